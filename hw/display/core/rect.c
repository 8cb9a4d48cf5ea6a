/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "hw/virtio/vgpu/rect.h"

static bool range_is_inside(uint64_t start, uint64_t length, uint64_t end)
{
    return start + length <= end;
}

bool vgpu_rect_is_inside(const struct vgpu_rect *r,
                         uint32_t width, uint32_t height)
{
    return range_is_inside(r->x, r->width, width) &&
           range_is_inside(r->y, r->height, height);
}

/* The common part of two ranges; a length of 0 when there is none. */
static void intersect_range(uint32_t a, uint32_t a_length,
                            uint32_t b, uint32_t b_length,
                            uint32_t *start, uint32_t *length)
{
    uint64_t a_end = (uint64_t)a + a_length;
    uint64_t b_end = (uint64_t)b + b_length;
    uint64_t end = a_end < b_end ? a_end : b_end;
    uint64_t first = a > b ? a : b;

    *start = first;
    *length = end > first ? end - first : 0;
}

bool vgpu_rect_intersect(const struct vgpu_rect *a, const struct vgpu_rect *b,
                         struct vgpu_rect *out)
{
    struct vgpu_rect r;

    intersect_range(a->x, a->width, b->x, b->width, &r.x, &r.width);
    intersect_range(a->y, a->height, b->y, b->height, &r.y, &r.height);
    *out = r;
    return !vgpu_rect_is_empty(out);
}
