/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Textures: the shape of what RESOURCE_CREATE_3D makes, buffers among it, and
 * the arithmetic on it.
 *
 * The specification names the command without a layout; fields and their
 * meaning are those of Linux' virtio_gpu.h and of Gallium, on which both the
 * guest's driver and the renderer are built.  Plain values, no life, any
 * thread.  All figures are computed in 64 bits; none wraps.
 */
#ifndef HW_VIRTIO_VGPU_TEXTURE_H
#define HW_VIRTIO_VGPU_TEXTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "hw/virtio/vgpu/wire.h"

/* How texels of a format stand in memory; compressed ones in blocks. */
struct vgpu_block {
    uint32_t bytes;
    uint32_t width;             /* texels */
    uint32_t height;
};

/* Fixed from creation on. */
struct vgpu_texture {
    uint32_t target;            /* enum vgpu_target */
    uint32_t format;
    uint32_t bind;              /* the renderer's */
    uint32_t width;             /* texels; bytes of a buffer */
    uint32_t height;
    uint32_t depth;
    uint32_t array_size;
    uint32_t last_level;
    uint32_t nr_samples;        /* 0 and 1: not multisampled */
    uint32_t flags;             /* VGPU_TEXTURE_FLAG_… */
    struct vgpu_block block;
    uint64_t bytes;             /* charged for it */
};

/* Extent of a level: width, height, and slices or layers. */
struct vgpu_extent {
    uint32_t width;
    uint32_t height;
    uint32_t depth;
};

/*
 * The block of a format in the renderer's enumeration, where the eight of
 * vgpu/format.h have their values.  False for those that have no single
 * plane, and for numbers that are no format.
 */
bool vgpu_texture_block(uint32_t format, struct vgpu_block *block);

/*
 * NULL when target, dimensions, levels and samples fit together, else what
 * does not, for a message.  Says nothing about limits of the renderer.
 */
const char *vgpu_texture_complaint(const struct vgpu_texture *texture);

/* Texels of all levels, layers and samples, bytes; UINT64_MAX when it wraps. */
uint64_t vgpu_texture_bytes(const struct vgpu_texture *texture);

/* @level is at most last_level. */
struct vgpu_extent vgpu_texture_extent(const struct vgpu_texture *texture,
                                       uint32_t level);

bool vgpu_texture_has_box(const struct vgpu_texture *texture, uint32_t level,
                          const struct vgpu_box *box);

/*
 * Whether the box of a transfer lies in @bytes of backing: a stride at least as
 * long as a row, layers that do not meet, no sum wraps.  An empty box always does.
 */
bool vgpu_texture_transfer_fits(const struct vgpu_texture *texture,
                                const struct vgpu_transfer_3d *transfer,
                                uint64_t bytes);

/* Texels in it; it is inside the texture. */
uint64_t vgpu_texture_box_bytes(const struct vgpu_texture *texture,
                                const struct vgpu_box *box);

/* Bytes from layer to layer of a transfer, said or implied. */
uint64_t vgpu_texture_layer_stride(const struct vgpu_texture *texture,
                                   const struct vgpu_transfer_3d *transfer);

static inline bool vgpu_box_is_empty(const struct vgpu_box *box)
{
    return box->width == 0 || box->height == 0 || box->depth == 0;
}

/* A picture can be shown of it: one layer, one sample, of 2D or RECT. */
bool vgpu_texture_is_picture(const struct vgpu_texture *texture);

#endif
