/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "fake-texture.h"

#include <glib.h>
#include <string.h>

#include "hw/virtio/vgpu/backing.h"

/* Where a level lies, in bytes, and how far its rows and layers are apart. */
struct level {
    uint64_t start;
    uint64_t stride;
    uint64_t layer_stride;
};

static uint32_t blocks(uint32_t texels, uint32_t block)
{
    return (texels + block - 1) / block;
}

static struct vgpu_block block_of(const struct vgpu_texture *shape)
{
    return shape->target == VGPU_TARGET_BUFFER
           ? (struct vgpu_block) { 1, 1, 1 } : shape->block;
}

static struct level find_level(const struct vgpu_texture *shape,
                               uint32_t number)
{
    struct vgpu_block block = block_of(shape);
    struct level level = { 0 };

    for (uint32_t i = 0; i <= number; i++) {
        struct vgpu_extent e = vgpu_texture_extent(shape, i);

        level.stride = (uint64_t)blocks(e.width, block.width) * block.bytes;
        level.layer_stride = level.stride * blocks(e.height, block.height);
        level.start += i < number ? level.layer_stride * e.depth : 0;
    }
    return level;
}

struct fake_texture *fake_texture_new(const struct vgpu_texture *shape)
{
    struct fake_texture *texture = g_new(struct fake_texture, 1);

    texture->shape = *shape;
    texture->data = g_malloc0(shape->bytes + shape->block.bytes);
    return texture;
}

void fake_texture_free(struct fake_texture *texture)
{
    g_free(texture->data);
    g_free(texture);
}

/* @bytes from @offset on, between the pieces of @iov and @data. */
static void copy(const struct iovec *iov, uint64_t offset, uint8_t *data,
                 uint64_t bytes, bool to_host)
{
    for (; bytes; iov++) {
        uint64_t piece;

        if (offset >= iov->iov_len) {
            offset -= iov->iov_len;
            continue;
        }
        piece = MIN(bytes, iov->iov_len - offset);
        if (to_host) {
            memcpy(data, (uint8_t *)iov->iov_base + offset, piece);
        } else {
            memcpy((uint8_t *)iov->iov_base + offset, data, piece);
        }
        data += piece;
        bytes -= piece;
        offset = 0;
    }
}

enum vgpu_status fake_texture_transfer(struct fake_texture *texture,
                                       struct vgpu_backing *backing,
                                       const struct vgpu_transfer_3d *transfer,
                                       enum vgpu_transfer_direction direction)
{
    struct level level = find_level(&texture->shape, transfer->level);
    struct vgpu_block block = block_of(&texture->shape);
    const struct vgpu_box *box = &transfer->box;
    uint64_t line = (uint64_t)blocks(box->width, block.width) * block.bytes;
    uint64_t stride = transfer->stride ? transfer->stride : level.stride;
    struct vgpu_extent e = vgpu_texture_extent(&texture->shape,
                                               transfer->level);
    uint64_t layer_stride = transfer->layer_stride ? transfer->layer_stride
                            : stride * blocks(e.height, block.height);
    bool to_host = direction == VGPU_TRANSFER_TO_HOST;
    uint32_t count;
    const struct iovec *iov = vgpu_backing_iov(backing, &count);

    if (!iov || (!to_host && !vgpu_backing_is_writable(backing))) {
        return VGPU_ERR_UNSPEC;
    }
    for (uint32_t z = 0; z < box->depth; z++) {
        for (uint32_t y = 0; y < blocks(box->height, block.height); y++) {
            uint64_t guest = transfer->offset + z * layer_stride + y * stride;
            uint8_t *host = texture->data + level.start +
                            (box->z + z) * level.layer_stride +
                            (box->y / block.height + y) * level.stride +
                            box->x / block.width * block.bytes;

            copy(iov, guest, host, line, to_host);
            if (!to_host) {
                vgpu_backing_wrote(backing, guest, line);
            }
        }
    }
    return VGPU_OK;
}
