/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A frame: pixels of one picture, reference counted.
 *
 * x8r8g8b8 in host order, in memory of its own that starts black and goes
 * back to the kernel with the last reference, so that a display may hold a
 * picture whatever the guest destroys meanwhile.  It is a file whose size is
 * fixed, for displays whose clients map it, or anonymous when the host has no
 * descriptor left.  Any thread may take and drop references; the pixels are
 * written by the one thread that knows nobody else holds the frame
 * (vgpu_frame_is_shared()).
 */
#ifndef HW_DISPLAY_FRAME_H
#define HW_DISPLAY_FRAME_H

#include <stdbool.h>
#include <stdint.h>
#include <pixman.h>

#include "hw/virtio/vgpu/frame.h"

/* A black frame with one reference, or NULL when the host has no memory. */
struct vgpu_frame *vgpu_frame_create(uint32_t width, uint32_t height);

struct vgpu_frame *vgpu_frame_ref(struct vgpu_frame *frame);

/* NULL is accepted. */
void vgpu_frame_unref(struct vgpu_frame *frame);

/*
 * Whoever is about to write pixels says so: until then the frame costs
 * address space only, unless a display reads all that black.  Any thread.
 */
void vgpu_frame_mark_written(struct vgpu_frame *frame);
bool vgpu_frame_is_written(const struct vgpu_frame *frame);

/* True when the caller's reference is not the only one. */
bool vgpu_frame_is_shared(const struct vgpu_frame *frame);

/* Copies @region, which is inside both; who writes to @to may. */
void vgpu_frame_copy(struct vgpu_frame *to, const struct vgpu_frame *from,
                     const pixman_region32_t *region);

/* What frames of that size take, bytes. */
uint64_t vgpu_frame_bytes(uint32_t width, uint32_t height);

#endif
