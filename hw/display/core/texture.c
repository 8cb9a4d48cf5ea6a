/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "hw/virtio/vgpu/texture.h"

#include <glib.h>

#include "hw/virtio/vgpu/backing.h"
#include "hw/virtio/vgpu/format.h"
#include "hw/virtio/vgpu/resource.h"

/* More than any renderer has; keeps sums of levels short. */
#define MAX_LEVELS 32
#define MAX_SAMPLES 64
#define CUBE_FACES 6

static uint32_t blocks(uint32_t texels, uint32_t block)
{
    return texels / block + (texels % block != 0);
}

static uint32_t minify(uint32_t texels, uint32_t level)
{
    return MAX(texels >> level, 1u);
}

/* What the dimensions of each target must be. */
static const char *check_dimensions(const struct vgpu_texture *t)
{
    bool flat = t->target != VGPU_TARGET_3D;
    bool is_line = t->target == VGPU_TARGET_BUFFER ||
                   t->target == VGPU_TARGET_1D ||
                   t->target == VGPU_TARGET_1D_ARRAY;
    bool is_cube = t->target == VGPU_TARGET_CUBE ||
                   t->target == VGPU_TARGET_CUBE_ARRAY;

    if (t->width == 0 || t->height == 0 || t->depth == 0) {
        return "a dimension is 0";
    }
    if (is_line && t->height != 1) {
        return "the height of a line is 1";
    }
    if (flat && t->depth != 1) {
        return "only 3D textures have depth";
    }
    if (is_cube && t->width != t->height) {
        return "a cube is square";
    }
    return NULL;
}

static const char *check_layers(const struct vgpu_texture *t)
{
    switch (t->target) {
    case VGPU_TARGET_1D_ARRAY:
    case VGPU_TARGET_2D_ARRAY:
        return t->array_size == 0 ? "an array without layers" : NULL;
    case VGPU_TARGET_CUBE:
        return t->array_size != CUBE_FACES ? "a cube has six layers" : NULL;
    case VGPU_TARGET_CUBE_ARRAY:
        return t->array_size == 0 || t->array_size % CUBE_FACES
               ? "a cube has six layers" : NULL;
    default:
        return t->array_size != 1 ? "layers without an array" : NULL;
    }
}

static const char *check_levels(const struct vgpu_texture *t)
{
    uint32_t longest = MAX(MAX(t->width, t->height), t->depth);

    if (t->last_level == 0) {
        return NULL;
    }
    if (t->target == VGPU_TARGET_BUFFER || t->target == VGPU_TARGET_RECT ||
        t->nr_samples > 1) {
        return "this target has one level";
    }
    return t->last_level >= MAX_LEVELS || longest >> t->last_level == 0
           ? "more levels than halvings" : NULL;
}

static const char *check_samples(const struct vgpu_texture *t)
{
    if (t->nr_samples <= 1) {
        return NULL;
    }
    if (t->target != VGPU_TARGET_2D && t->target != VGPU_TARGET_2D_ARRAY) {
        return "this target has one sample";
    }
    return t->nr_samples > MAX_SAMPLES || t->nr_samples & (t->nr_samples - 1)
           ? "a number of samples that is none" : NULL;
}

const char *vgpu_texture_complaint(const struct vgpu_texture *texture)
{
    const char *complaint;

    if (texture->target > VGPU_TARGET_CUBE_ARRAY) {
        return "target";
    }
    complaint = check_dimensions(texture);
    complaint = complaint ? complaint : check_layers(texture);
    complaint = complaint ? complaint : check_levels(texture);
    return complaint ? complaint : check_samples(texture);
}

struct vgpu_extent vgpu_texture_extent(const struct vgpu_texture *texture,
                                       uint32_t level)
{
    struct vgpu_extent extent = {
        .width = minify(texture->width, level),
        .height = minify(texture->height, level),
        .depth = texture->target == VGPU_TARGET_3D
                 ? minify(texture->depth, level) : texture->array_size,
    };

    return extent;
}

uint64_t vgpu_texture_bytes(const struct vgpu_texture *texture)
{
    const struct vgpu_block *block = &texture->block;
    uint64_t sum = 0;

    if (texture->target == VGPU_TARGET_BUFFER) {
        return texture->width;
    }
    for (uint32_t level = 0; level <= texture->last_level; level++) {
        struct vgpu_extent e = vgpu_texture_extent(texture, level);
        uint64_t bytes = (uint64_t)blocks(e.width, block->width) *
                         blocks(e.height, block->height);

        if (__builtin_mul_overflow(bytes, (uint64_t)block->bytes * e.depth,
                                   &bytes) ||
            __builtin_mul_overflow(bytes, MAX(texture->nr_samples, 1u),
                                   &bytes) ||
            __builtin_add_overflow(sum, bytes, &sum)) {
            return UINT64_MAX;
        }
    }
    return sum;
}

static bool is_inside(uint32_t start, uint32_t length, uint32_t whole)
{
    return start <= whole && length <= whole - start;
}

bool vgpu_texture_has_box(const struct vgpu_texture *texture, uint32_t level,
                          const struct vgpu_box *box)
{
    struct vgpu_extent e = vgpu_texture_extent(texture, level);

    return is_inside(box->x, box->width, e.width) &&
           is_inside(box->y, box->height, e.height) &&
           is_inside(box->z, box->depth, e.depth);
}

static struct vgpu_block block_of(const struct vgpu_texture *texture)
{
    return texture->target == VGPU_TARGET_BUFFER
           ? (struct vgpu_block) { 1, 1, 1 } : texture->block;
}

static uint64_t row_stride(const struct vgpu_texture *texture,
                           const struct vgpu_transfer_3d *transfer)
{
    struct vgpu_extent e = vgpu_texture_extent(texture, transfer->level);
    struct vgpu_block block = block_of(texture);

    return transfer->stride ? transfer->stride
           : (uint64_t)blocks(e.width, block.width) * block.bytes;
}

uint64_t vgpu_texture_layer_stride(const struct vgpu_texture *texture,
                                   const struct vgpu_transfer_3d *transfer)
{
    struct vgpu_extent e = vgpu_texture_extent(texture, transfer->level);

    return transfer->layer_stride ? transfer->layer_stride
           : row_stride(texture, transfer) *
             blocks(e.height, block_of(texture).height);
}

uint64_t vgpu_texture_box_bytes(const struct vgpu_texture *texture,
                                const struct vgpu_box *box)
{
    struct vgpu_block block = block_of(texture);

    return (uint64_t)blocks(box->width, block.width) * block.bytes *
           blocks(box->height, block.height) * box->depth;
}

bool vgpu_texture_transfer_fits(const struct vgpu_texture *texture,
                                const struct vgpu_transfer_3d *transfer,
                                uint64_t bytes)
{
    struct vgpu_block block = block_of(texture);
    const struct vgpu_box *box = &transfer->box;
    struct vgpu_backing_copy layer;
    uint64_t stride, layer_stride, end;

    if (vgpu_box_is_empty(box)) {
        return true;
    }
    layer = (struct vgpu_backing_copy) {
        .offset = transfer->offset,
        .line = (uint64_t)blocks(box->width, block.width) * block.bytes,
        .rows = blocks(box->height, block.height),
    };
    stride = row_stride(texture, transfer);
    layer_stride = vgpu_texture_layer_stride(texture, transfer);
    if (stride < layer.line ||
        (box->depth > 1 && layer_stride < stride * layer.rows)) {
        return false;
    }
    layer.stride = stride;
    return !__builtin_mul_overflow(layer_stride, box->depth - 1, &end) &&
           !__builtin_add_overflow(layer.offset, end, &layer.offset) &&
           vgpu_backing_copy_fits(&layer, bytes);
}

struct vgpu_texture vgpu_resource_shape(const struct vgpu_resource *resource)
{
    if (resource->kind == VGPU_RESOURCE_TEXTURE) {
        return resource->texture;
    }
    return (struct vgpu_texture) {
        .target = VGPU_TARGET_2D,
        .format = resource->image.format,
        .width = resource->image.width,
        .height = resource->image.height,
        .depth = 1,
        .array_size = 1,
        .block = { VGPU_BYTES_PER_PIXEL, 1, 1 },
    };
}

bool vgpu_texture_is_picture(const struct vgpu_texture *texture)
{
    return (texture->target == VGPU_TARGET_2D ||
            texture->target == VGPU_TARGET_RECT) && texture->nr_samples <= 1;
}
