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
    return dev->env.renderer_ops->transfer_to_host(dev->renderer, resource,
                                                   &a->rect, a->offset);
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
    switch (resource->kind) {
    case VGPU_RESOURCE_IMAGE:
        return transfer_image(dev, request, resource);
    case VGPU_RESOURCE_GUEST_BLOB:
        break;                  /* shared memory: nothing to copy */
    }
    return VGPU_OK;
}
