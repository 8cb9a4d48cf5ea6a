/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Pixels that were read back from the library: of one picture, each pixel at
 * its place, so that what is compared with the picture that is shown need not
 * be read again to be shown.
 *
 * Lives as long as its renderer; device thread only.  Its memory is as large as
 * the largest picture that was looked at, of which only what was read takes
 * room, and goes back when another resource is read.
 */
#ifndef HW_DISPLAY_RENDERER_VIRGL_READBACK_H
#define HW_DISPLAY_RENDERER_VIRGL_READBACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <pixman.h>

#include "hw/virtio/vgpu/renderer.h"

struct vgpu_readback {
    uint32_t resource_id;       /* 0: none */
    uint32_t stride;            /* bytes */
    uint8_t *data;              /* x8r8g8b8 in host order; NULL: no room */
    size_t bytes;
    pixman_region32_t valid;
};

void vgpu_readback_init(struct vgpu_readback *readback);
void vgpu_readback_finish(struct vgpu_readback *readback);

/* What was read may have changed. */
void vgpu_readback_forget(struct vgpu_readback *readback);

/* From now on it is about this picture.  Returns false without memory. */
bool vgpu_readback_begin(struct vgpu_readback *readback, uint32_t resource_id,
                         const struct vgpu_layout *layout);

/* Whether all of @rect of that resource was read. */
bool vgpu_readback_has(const struct vgpu_readback *readback,
                       uint32_t resource_id, const struct vgpu_rect *rect);

/* @rect, in the picture, was read. */
void vgpu_readback_add(struct vgpu_readback *readback,
                       const struct vgpu_rect *rect);

/* Where the pixels of @rect are, or go. */
uint8_t *vgpu_readback_at(const struct vgpu_readback *readback,
                          const struct vgpu_rect *rect);

#endif
