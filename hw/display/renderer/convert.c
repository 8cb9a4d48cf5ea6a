/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "convert.h"

#include <assert.h>
#include <glib.h>

#include "hw/virtio/vgpu/format.h"

/* Pixman refuses, silently, what reaches beyond 16-bit coordinates. */
#define TILE_PX 16384

static void convert_tile(pixman_format_code_t source,
                         pixman_format_code_t target,
                         const struct vgpu_pixels *pixels,
                         uint32_t width, uint32_t rows)
{
    pixman_image_t *from, *to;

    from = pixman_image_create_bits_no_clear(source, width, rows,
                                             (uint32_t *)pixels->data,
                                             pixels->stride);
    to = pixman_image_create_bits_no_clear(target, width, rows,
                                           (uint32_t *)pixels->data,
                                           pixels->stride);
    assert(from && to);
    /* Same size of pixel, same place: each is read before it is written. */
    pixman_image_composite32(PIXMAN_OP_SRC, from, NULL, to, 0, 0, 0, 0, 0, 0,
                             width, rows);
    pixman_image_unref(from);
    pixman_image_unref(to);
}

void vgpu_convert_pixels(pixman_format_code_t source,
                         pixman_format_code_t target,
                         const struct vgpu_pixels *pixels,
                         const struct vgpu_rect *rect)
{
    if (source == target) {
        return;
    }
    for (uint32_t y = 0; y < rect->height; y += TILE_PX) {
        for (uint32_t x = 0; x < rect->width; x += TILE_PX) {
            struct vgpu_pixels tile = {
                .data = pixels->data + (uint64_t)y * pixels->stride +
                        (uint64_t)x * VGPU_BYTES_PER_PIXEL,
                .stride = pixels->stride,
            };

            convert_tile(source, target, &tile, MIN(rect->width - x, TILE_PX),
                         MIN(rect->height - y, TILE_PX));
        }
    }
}
