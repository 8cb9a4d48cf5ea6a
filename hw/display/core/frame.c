/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "hw/virtio/vgpu/frame.h"

#include <string.h>
#include <sys/mman.h>
#include <glib.h>

#include "hw/virtio/vgpu/format.h"

uint64_t vgpu_frame_bytes(uint32_t width, uint32_t height)
{
    return (uint64_t)width * VGPU_BYTES_PER_PIXEL * height;
}

struct vgpu_frame *vgpu_frame_create(uint32_t width, uint32_t height)
{
    void *data = mmap(NULL, vgpu_frame_bytes(width, height),
                      PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                      -1, 0);
    struct vgpu_frame *frame;

    if (data == MAP_FAILED) {
        return NULL;
    }
    frame = g_new0(struct vgpu_frame, 1);
    frame->refs = 1;
    frame->width = width;
    frame->height = height;
    frame->stride = width * VGPU_BYTES_PER_PIXEL;
    frame->data = data;
    return frame;
}

struct vgpu_frame *vgpu_frame_ref(struct vgpu_frame *frame)
{
    g_atomic_int_inc(&frame->refs);
    return frame;
}

void vgpu_frame_unref(struct vgpu_frame *frame)
{
    if (frame && g_atomic_int_dec_and_test(&frame->refs)) {
        munmap(frame->data, vgpu_frame_bytes(frame->width, frame->height));
        g_free(frame);
    }
}

bool vgpu_frame_is_shared(const struct vgpu_frame *frame)
{
    /* Acquires what the last holder did with it before its unref. */
    return g_atomic_int_get(&frame->refs) > 1;
}

void vgpu_frame_mark_written(struct vgpu_frame *frame)
{
    g_atomic_int_set(&frame->written, 1);
}

bool vgpu_frame_is_written(const struct vgpu_frame *frame)
{
    return g_atomic_int_get(&frame->written);
}

void vgpu_frame_copy(struct vgpu_frame *to, const struct vgpu_frame *from,
                     const pixman_region32_t *region)
{
    const pixman_box32_t *boxes;
    int count;

    boxes = pixman_region32_rectangles((pixman_region32_t *)region, &count);
    for (int i = 0; i < count; i++) {
        size_t left = (size_t)boxes[i].x1 * VGPU_BYTES_PER_PIXEL;
        size_t bytes = (size_t)(boxes[i].x2 - boxes[i].x1) *
                       VGPU_BYTES_PER_PIXEL;

        for (int32_t y = boxes[i].y1; y < boxes[i].y2; y++) {
            memcpy(to->data + (size_t)y * to->stride + left,
                   from->data + (size_t)y * from->stride + left, bytes);
        }
    }
}
