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

static uint32_t texel_bytes(const struct vgpu_resource *resource)
{
    return resource->kind == VGPU_RESOURCE_TEXTURE
           ? resource->texture.block.bytes : VGPU_BYTES_PER_PIXEL;
}

/*
 * The library lets OpenGL have one piece of memory as it is, with strides in
 * whole texels and whole rows.  Other strides are right for memory in pieces,
 * which it goes through row by row.
 */
static bool is_even(const struct vgpu_resource *resource,
                    const struct vgpu_transfer_3d *t)
{
    if (t->stride % texel_bytes(resource)) {
        return false;
    }
    return t->box.depth == 1 || t->layer_stride == 0 ||
           (t->stride && t->layer_stride % t->stride == 0);
}

static bool find_pieces(struct pieces *pieces,
                        const struct vgpu_resource *resource,
                        const struct vgpu_transfer_3d *t)
{
    pieces->iov = vgpu_backing_iov(resource->backing, &pieces->count);
    if (pieces->iov && pieces->count == 1 && !is_even(resource, t)) {
        pieces->two[0] = pieces->iov[0];
        pieces->two[1] = (struct iovec) { pieces->iov[0].iov_base, 0 };
        pieces->iov = pieces->two;
        pieces->count = 2;
    }
    return pieces->iov;
}

static enum vgpu_status to_host(uint32_t context_id,
                                const struct vgpu_resource *resource,
                                const struct vgpu_transfer_3d *t)
{
    struct virgl_box box = {
        t->box.x, t->box.y, t->box.z, t->box.width, t->box.height, t->box.depth,
    };
    struct pieces pieces;

    if (!find_pieces(&pieces, resource, t)) {
        return VGPU_ERR_UNSPEC;
    }
    /* The library only reads the list. */
    return virgl_renderer_transfer_write_iov(resource->id, context_id,
                                             t->level, t->stride,
                                             t->layer_stride, &box, t->offset,
                                             (struct iovec *)pieces.iov,
                                             pieces.count)
           ? VGPU_ERR_UNSPEC : VGPU_OK;
}

/* The library reads back one layer at a time, whatever the box says. */
static bool read_layers(uint32_t context_id,
                        const struct vgpu_resource *resource,
                        const struct vgpu_transfer_3d *t)
{
    uint64_t layer_stride = t->box.depth == 1
                            ? 0 : vgpu_texture_layer_stride(&resource->texture,
                                                            t);
    struct pieces pieces;

    if (!find_pieces(&pieces, resource, t)) {
        return false;
    }
    for (uint32_t z = 0; z < t->box.depth; z++) {
        struct virgl_box box = {
            t->box.x, t->box.y, t->box.z + z, t->box.width, t->box.height, 1,
        };

        if (virgl_renderer_transfer_read_iov(resource->id, context_id,
                                             t->level, t->stride,
                                             t->layer_stride, &box,
                                             t->offset + z * layer_stride,
                                             (struct iovec *)pieces.iov,
                                             (int)pieces.count)) {
            return false;
        }
    }
    return true;
}

static enum vgpu_status from_host(uint32_t context_id,
                                  const struct vgpu_resource *resource,
                                  const struct vgpu_transfer_3d *t)
{
    if (!vgpu_backing_is_writable(resource->backing) ||
        !read_layers(context_id, resource, t)) {
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
    uint32_t context_id = context ? context->id : 0;
    enum vgpu_status status = virgl_host(renderer, resource);

    if (status != VGPU_OK) {
        return status;
    }
    if (direction == VGPU_TRANSFER_FROM_HOST) {
        return from_host(context_id, resource, transfer);
    }
    vgpu_readback_forget(&renderer->readback);
    return to_host(context_id, resource, transfer);
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
