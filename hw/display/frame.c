/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "frame.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <glib.h>

#include "hw/virtio/vgpu/format.h"
#include "platform/memory-file.h"

uint64_t vgpu_frame_bytes(uint32_t width, uint32_t height)
{
    return (uint64_t)width * VGPU_BYTES_PER_PIXEL * height;
}

static uint64_t whole_pages(uint64_t bytes)
{
    const uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

    return (bytes + page - 1) / page * page;
}

static void *map_anonymous(uint64_t bytes)
{
    void *data = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    return data == MAP_FAILED ? NULL : data;
}

struct vgpu_frame *vgpu_frame_create(uint32_t width, uint32_t height)
{
    uint64_t bytes = whole_pages(vgpu_frame_bytes(width, height));
    int file = vgpu_memory_file_make(bytes);
    void *data = file >= 0 ? vgpu_memory_file_map(file, bytes)
                           : map_anonymous(bytes);
    struct vgpu_frame *frame;

    if (!data) {
        if (file >= 0) {
            close(file);
        }
        return NULL;
    }
    frame = g_new0(struct vgpu_frame, 1);
    frame->refs = 1;
    frame->width = width;
    frame->height = height;
    frame->stride = width * VGPU_BYTES_PER_PIXEL;
    frame->data = data;
    frame->file = file;
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
        munmap(frame->data, whole_pages(vgpu_frame_bytes(frame->width,
                                                         frame->height)));
        if (frame->file >= 0) {
            close(frame->file);
        }
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
