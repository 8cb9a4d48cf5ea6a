/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "command.h"

#include "device-internal.h"
#include "hw/virtio/vgpu/backing.h"
#include "hw/virtio/vgpu/format.h"
#include "hw/virtio/vgpu/resource.h"
#include "lookup.h"

static enum vgpu_status transfer_image(struct vgpu_device *dev,
                                       struct vgpu_request *request,
                                       struct vgpu_resource *resource)
{
    const struct vgpu_transfer_to_host_2d *a =
        &request->args.transfer_to_host_2d;
    const struct vgpu_image *image = &resource->image;
    struct vgpu_backing_copy range = {
        .offset = a->offset,
        .stride = image->stride,
        .line = (uint64_t)a->rect.width * VGPU_BYTES_PER_PIXEL,
        .rows = a->rect.height,
    };

    if (!vgpu_rect_is_inside(&a->rect, image->width, image->height)) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER,
                           "%ux%u+%u+%u of a %ux%u image",
                           a->rect.width, a->rect.height, a->rect.x, a->rect.y,
                           image->width, image->height);
    }
    if (!vgpu_backing_copy_fits(&range,
                                vgpu_backing_bytes(resource->backing))) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER,
                           "%u rows from offset %" G_GUINT64_FORMAT
                           " end behind the backing's %" G_GUINT64_FORMAT
                           " bytes", a->rect.height, a->offset,
                           vgpu_backing_bytes(resource->backing));
    }
    if (vgpu_rect_is_empty(&a->rect)) {
        return VGPU_OK;
    }
    vgpu_counter_add(&dev->env.metrics->bytes_to_host,
                     range.line * range.rows);
    return dev->env.renderer_ops->transfer_to_host(dev->renderer, resource,
                                                   &a->rect, a->offset);
}

/* What a 2D command does to a texture is what the 3D one would. */
static enum vgpu_status transfer_texture(struct vgpu_device *dev,
                                         struct vgpu_request *request,
                                         struct vgpu_resource *resource)
{
    const struct vgpu_transfer_to_host_2d *a =
        &request->args.transfer_to_host_2d;
    const struct vgpu_texture *texture = &resource->texture;
    struct vgpu_transfer_3d transfer = {
        .box = {
            .x = a->rect.x,
            .y = a->rect.y,
            .width = a->rect.width,
            .height = a->rect.height,
            .depth = 1,
        },
        .offset = a->offset,
        .resource_id = a->resource_id,
    };

    if (!vgpu_texture_is_picture(texture) ||
        !vgpu_texture_has_box(texture, 0, &transfer.box) ||
        !vgpu_texture_transfer_fits(texture, &transfer,
                                    vgpu_backing_bytes(resource->backing))) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER,
                           "%ux%u+%u+%u of texture %u from offset %"
                           G_GUINT64_FORMAT, a->rect.width, a->rect.height,
                           a->rect.x, a->rect.y, a->resource_id, a->offset);
    }
    if (vgpu_rect_is_empty(&a->rect)) {
        return VGPU_OK;
    }
    return vgpu_transfer(dev, NULL, resource, &transfer, VGPU_TRANSFER_TO_HOST);
}

enum vgpu_status cmd_transfer_to_host_2d(struct vgpu_device *dev,
                                         struct vgpu_request *request,
                                         const union vgpu_args *args)
{
    uint32_t id = args->transfer_to_host_2d.resource_id;
    struct vgpu_resource *resource;
    enum vgpu_status status = vgpu_lookup_resource(dev, request, id,
                                                   &resource);

    if (status != VGPU_OK) {
        return status;
    }
    if (!resource->backing) {
        return guest_error(dev, request, VGPU_ERR_UNSPEC,
                           "resource %u has no backing", id);
    }
    if (resource->host_blob.size) {
        return VGPU_OK;         /* no picture: 3D copies it */
    }
    switch (resource->kind) {
    case VGPU_RESOURCE_IMAGE:
        return transfer_image(dev, request, resource);
    case VGPU_RESOURCE_TEXTURE:
        return transfer_texture(dev, request, resource);
    case VGPU_RESOURCE_GUEST_BLOB:
    case VGPU_RESOURCE_MEMORY:
        break;                  /* shared memory: nothing to copy */
    }
    return VGPU_OK;
}
