/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Frames as a renderer sees them: memory of one picture, which a display may
 * show without a copy (hw/display/frame.h).
 *
 * A renderer may keep the pixels of an image in one.  It draws in it while its
 * reference is the only one; while a display shows it, it takes another and
 * leaves that one to the display.
 */
#ifndef HW_VIRTIO_VGPU_FRAME_H
#define HW_VIRTIO_VGPU_FRAME_H

#include <stdbool.h>
#include <stdint.h>

struct vgpu_frame {
    int refs;                   /* atomic */
    int written;                /* atomic: pixels take memory, not only room */
    bool is_drawn_in;           /* device thread: a renderer's, for its image */
    uint32_t width;             /* px */
    uint32_t height;            /* px */
    uint32_t stride;            /* bytes, without gaps between lines */
    uint8_t *data;              /* x8r8g8b8 in host order */
    int file;                   /* the frame's, pixels from its start; or -1 */
};

/* Where a renderer has frames from.  Device thread. */
struct vgpu_frame_ops {
    /*
     * One of any pixels, perhaps one that no display needs any more, with one
     * reference.  NULL: the host has no memory.
     */
    struct vgpu_frame *(*take)(void *opaque, uint32_t width, uint32_t height);
    struct vgpu_frame *(*ref)(struct vgpu_frame *frame);
    void (*unref)(struct vgpu_frame *frame);

    /* True when the caller's reference is not the only one. */
    bool (*is_shared)(const struct vgpu_frame *frame);
};

#endif
