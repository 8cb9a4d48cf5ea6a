/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Rectangles as the guest sends them, and what may be asked about them.
 *
 * Origin top left, x to the right, y down, units pixels (virtio 1.3, 5.7.6.8).
 * The four fields come from the guest unchecked, so every sum here is taken
 * in 64 bits: x + width may exceed 32 bits.  Plain values, no life, any
 * thread.
 */
#ifndef HW_VIRTIO_VGPU_RECT_H
#define HW_VIRTIO_VGPU_RECT_H

#include <stdbool.h>
#include <stdint.h>

struct vgpu_rect {
    uint32_t x;
    uint32_t y;
    uint32_t width;
    uint32_t height;
};

/* True when the rectangle covers no pixel. */
static inline bool vgpu_rect_is_empty(const struct vgpu_rect *r)
{
    return r->width == 0 || r->height == 0;
}

/*
 * True when @r lies inside an area of @width x @height that starts at 0,0.
 * An empty rectangle is inside as long as its corner is: drivers send those
 * at the far edge.
 */
bool vgpu_rect_is_inside(const struct vgpu_rect *r,
                         uint32_t width, uint32_t height);

/*
 * The common part of @a and @b into @out.  Returns false, and leaves @out
 * empty, when they do not touch.  Neither argument needs to be checked
 * before.  @out may be one of them.
 */
bool vgpu_rect_intersect(const struct vgpu_rect *a, const struct vgpu_rect *b,
                         struct vgpu_rect *out);

#endif
