/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "internal.h"

#include <glib.h>

#include "hw/virtio/vgpu/backing.h"
#include "hw/virtio/vgpu/context.h"
#include "hw/virtio/vgpu/format.h"
#include "hw/virtio/vgpu/resource.h"
#include "virgl-compat.h"

/* The memory of a transfer as the library is to have it. */
struct pieces {
    const struct iovec *iov;
    uint32_t count;
    struct iovec two[2];
};

struct layer {
    struct virgl_box box;
    uint32_t level;
    uint32_t stride;            /* bytes; 0: it plays no part, or implied */
    uint64_t offset;            /* bytes, in the backing */
};

static uint32_t texel_bytes(const struct vgpu_resource *resource)
{
    return resource->kind == VGPU_RESOURCE_TEXTURE
           ? resource->texture.block.bytes : VGPU_BYTES_PER_PIXEL;
}

/*
 * The library lets OpenGL have one piece of memory as it is, with a stride in
 * whole texels.  Any stride is right for memory in pieces, which it goes
 * through row by row.
 */
static bool find_pieces(struct pieces *pieces,
                        const struct vgpu_resource *resource, uint32_t stride)
{
    pieces->iov = vgpu_backing_iov(resource->backing, &pieces->count);
    if (pieces->iov && pieces->count == 1 && stride % texel_bytes(resource)) {
        pieces->two[0] = pieces->iov[0];
        pieces->two[1] = (struct iovec) { pieces->iov[0].iov_base, 0 };
        pieces->iov = pieces->two;
        pieces->count = 2;
    }
    return pieces->iov;
}

/*
 * On behalf of no context: core has checked what this one may reach, and one
 * that the library refuses a transfer would be lost.  The library only reads
 * the list.
 */
static bool copy_layer(const struct vgpu_resource *resource,
                       const struct layer *layer, const struct pieces *pieces,
                       enum vgpu_transfer_direction direction)
{
    struct virgl_box box = layer->box;
    struct iovec *iov = (struct iovec *)pieces->iov;

    if (direction == VGPU_TRANSFER_FROM_HOST) {
        return virgl_renderer_transfer_read_iov(resource->id, 0, layer->level,
                                                layer->stride, 0, &box,
                                                layer->offset, iov,
                                                (int)pieces->count) == 0;
    }
    return virgl_renderer_transfer_write_iov(resource->id, 0, (int)layer->level,
                                             (int)layer->stride, 0, &box,
                                             layer->offset, iov,
                                             pieces->count) == 0;
}

/*
 * One layer at a time: the library reads no more, whatever the box says, and
 * takes one face of a cube and a line's layers from row to row.  It has strides
 * only where they play a part, since it refuses some that do not.
 */
static bool copy_layers(const struct vgpu_resource *resource,
                        const struct vgpu_transfer_3d *t,
                        enum vgpu_transfer_direction direction)
{
    const struct vgpu_texture shape = vgpu_resource_shape(resource);
    uint64_t layer_stride = vgpu_texture_layer_stride(&shape, t);
    struct layer layer = {
        .box = {
            t->box.x, t->box.y, t->box.z, t->box.width, t->box.height, 1,
        },
        .level = t->level,
        .stride = t->box.height > shape.block.height ? t->stride : 0,
        .offset = t->offset,
    };
    struct pieces pieces;

    if (!find_pieces(&pieces, resource, layer.stride)) {
        return false;
    }
    for (uint32_t z = 0; z < t->box.depth; z++) {
        if (!copy_layer(resource, &layer, &pieces, direction)) {
            return false;
        }
        layer.box.z++;
        layer.offset += layer_stride;
    }
    return true;
}

static enum vgpu_status from_host(const struct vgpu_resource *resource,
                                  const struct vgpu_transfer_3d *t)
{
    if (!vgpu_backing_is_writable(resource->backing) ||
        !copy_layers(resource, t, VGPU_TRANSFER_FROM_HOST)) {
        return VGPU_ERR_UNSPEC;
    }
    vgpu_backing_wrote(resource->backing, t->offset,
                       vgpu_backing_bytes(resource->backing) - t->offset);
    return VGPU_OK;
}

enum vgpu_status virgl_transfer(void *opaque, struct vgpu_context *context,
                                struct vgpu_resource *resource,
                                const struct vgpu_transfer_3d *transfer,
                                enum vgpu_transfer_direction direction)
{
    struct virgl_renderer *renderer = opaque;
    enum vgpu_status status = virgl_host(renderer, resource);

    (void)context;
    if (status != VGPU_OK) {
        return status;
    }
    if (direction == VGPU_TRANSFER_FROM_HOST) {
        return from_host(resource, transfer);
    }
    vgpu_readback_forget(&renderer->readback);
    return copy_layers(resource, transfer, VGPU_TRANSFER_TO_HOST)
           ? VGPU_OK : VGPU_ERR_UNSPEC;
}

void virgl_wrote(const struct vgpu_resource *resource)
{
    /* Textures end before anything is saved, which tells of all of them. */
    if (resource->hosted && resource->kind != VGPU_RESOURCE_TEXTURE &&
        resource->backing && vgpu_backing_is_writable(resource->backing)) {
        vgpu_backing_wrote(resource->backing, 0,
                           vgpu_backing_bytes(resource->backing));
    }
}

void virgl_streams_wrote(const struct vgpu_context *context)
{
    GHashTableIter iter;
    gpointer resource;

    g_hash_table_iter_init(&iter, context->resources);
    while (g_hash_table_iter_next(&iter, NULL, &resource)) {
        virgl_wrote(resource);
    }
}

enum vgpu_status virgl_transfer_2d(void *opaque,
                                   struct vgpu_resource *resource,
                                   const struct vgpu_rect *rect,
                                   uint64_t offset)
{
    struct virgl_renderer *renderer = opaque;
    struct vgpu_transfer_3d transfer = {
        .box = { rect->x, rect->y, 0, rect->width, rect->height, 1 },
        .offset = offset,
        .stride = resource->image.stride,
    };

    if (!resource->hosted) {
        return vgpu_pixman_ops.transfer_to_host(renderer->pixman, resource,
                                                rect, offset);
    }
    return virgl_transfer(opaque, NULL, resource, &transfer,
                          VGPU_TRANSFER_TO_HOST);
}
