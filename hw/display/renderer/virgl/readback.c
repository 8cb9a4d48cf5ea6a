/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "readback.h"

#include <sys/mman.h>

#include "hw/virtio/vgpu/format.h"

void vgpu_readback_init(struct vgpu_readback *readback)
{
    *readback = (struct vgpu_readback) { .resource_id = 0 };
    pixman_region32_init(&readback->valid);
}

static void free_pixels(struct vgpu_readback *readback)
{
    if (readback->data) {
        munmap(readback->data, readback->bytes);
        readback->data = NULL;
    }
}

void vgpu_readback_finish(struct vgpu_readback *readback)
{
    free_pixels(readback);
    pixman_region32_fini(&readback->valid);
}

void vgpu_readback_forget(struct vgpu_readback *readback)
{
    pixman_region32_clear(&readback->valid);
}

bool vgpu_readback_begin(struct vgpu_readback *readback, uint32_t resource_id,
                         const struct vgpu_layout *layout)
{
    uint32_t stride = layout->width * VGPU_BYTES_PER_PIXEL;
    size_t bytes = (size_t)stride * layout->height;
    void *data;

    if (readback->data && readback->bytes == bytes &&
        readback->stride == stride) {
        if (readback->resource_id != resource_id) {
            vgpu_readback_forget(readback);
        }
        readback->resource_id = resource_id;
        return true;
    }
    free_pixels(readback);
    vgpu_readback_forget(readback);
    readback->resource_id = 0;
    data = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (data == MAP_FAILED) {
        return false;
    }
    readback->data = data;
    readback->bytes = bytes;
    readback->stride = stride;
    readback->resource_id = resource_id;
    return true;
}

static pixman_box32_t box_of(const struct vgpu_rect *rect)
{
    return (pixman_box32_t) {
        .x1 = (int32_t)rect->x,
        .y1 = (int32_t)rect->y,
        .x2 = (int32_t)(rect->x + rect->width),
        .y2 = (int32_t)(rect->y + rect->height),
    };
}

bool vgpu_readback_has(const struct vgpu_readback *readback,
                       uint32_t resource_id, const struct vgpu_rect *rect)
{
    pixman_box32_t box = box_of(rect);

    return readback->resource_id == resource_id &&
           pixman_region32_contains_rectangle(
               (pixman_region32_t *)&readback->valid, &box) ==
           PIXMAN_REGION_IN;
}

void vgpu_readback_add(struct vgpu_readback *readback,
                       const struct vgpu_rect *rect)
{
    pixman_region32_union_rect(&readback->valid, &readback->valid,
                               (int)rect->x, (int)rect->y, rect->width,
                               rect->height);
}

uint8_t *vgpu_readback_at(const struct vgpu_readback *readback,
                          const struct vgpu_rect *rect)
{
    return readback->data + (size_t)rect->y * readback->stride +
           (size_t)rect->x * VGPU_BYTES_PER_PIXEL;
}
