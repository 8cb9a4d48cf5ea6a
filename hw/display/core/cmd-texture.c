/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "command.h"

#include "context.h"
#include "device-internal.h"
#include "hw/virtio/vgpu/backing.h"
#include "hw/virtio/vgpu/format.h"
#include "lookup.h"
#include "resource-make.h"
#include "resource-table.h"

enum vgpu_status cmd_resource_create_3d(struct vgpu_device *dev,
                                        struct vgpu_request *request,
                                        const union vgpu_args *args)
{
    struct vgpu_resource *resource;
    enum vgpu_status status = vgpu_make_texture(dev, request,
                                                &args->resource_create_3d,
                                                &resource);

    if (status == VGPU_OK) {
        vgpu_resource_insert(dev, resource);
    }
    return status;
}

/* The resource, and the context that it must be attached to, if any. */
static enum vgpu_status lookup(struct vgpu_device *dev,
                               struct vgpu_request *request,
                               struct vgpu_context **context,
                               struct vgpu_resource **resource)
{
    uint32_t id = request->args.transfer_3d.resource_id;
    enum vgpu_status status = VGPU_OK;

    *context = NULL;
    if (request->header.ctx_id) {
        status = vgpu_lookup_context(dev, request, context);
    }
    if (status == VGPU_OK) {
        status = vgpu_lookup_resource(dev, request, id, resource);
    }
    if (status == VGPU_OK && *context &&
        !vgpu_context_has(*context, *resource)) {
        return guest_error(dev, request, VGPU_ERR_RESOURCE_ID,
                           "resource %u is not attached to context %u", id,
                           (*context)->id);
    }
    return status;
}

static enum vgpu_status check_transfer(struct vgpu_device *dev,
                                       struct vgpu_request *request,
                                       const struct vgpu_texture *texture,
                                       uint64_t backing_bytes)
{
    const struct vgpu_transfer_3d *a = &request->args.transfer_3d;
    const struct vgpu_box *box = &a->box;

    if (a->level > texture->last_level) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER, "level %u of %u",
                           a->level, texture->last_level);
    }
    if (!vgpu_texture_has_box(texture, a->level, box)) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER,
                           "%ux%ux%u+%u+%u+%u leaves level %u", box->width,
                           box->height, box->depth, box->x, box->y, box->z,
                           a->level);
    }
    if (!vgpu_texture_transfer_fits(texture, a, backing_bytes)) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER,
                           "%ux%ux%u from offset %" G_GUINT64_FORMAT
                           " with strides %u and %u of %" G_GUINT64_FORMAT
                           " bytes", box->width, box->height, box->depth,
                           a->offset, a->stride, a->layer_stride,
                           backing_bytes);
    }
    return VGPU_OK;
}

enum vgpu_status vgpu_transfer(struct vgpu_device *dev,
                               struct vgpu_context *context,
                               struct vgpu_resource *resource,
                               const struct vgpu_transfer_3d *transfer,
                               enum vgpu_transfer_direction direction)
{
    struct vgpu_metrics *metrics = dev->env.metrics;
    struct vgpu_texture shape = vgpu_resource_shape(resource);
    int64_t start_ns = vgpu_clock_ns(dev);
    enum vgpu_status status = dev->ops_3d->transfer(dev->renderer, context,
                                                    resource, transfer,
                                                    direction);

    vgpu_count_rendering(dev, start_ns);
    vgpu_counter_add(direction == VGPU_TRANSFER_TO_HOST
                     ? &metrics->bytes_to_host : &metrics->bytes_from_host,
                     vgpu_texture_box_bytes(&shape, &transfer->box));
    return status;
}

static enum vgpu_status transfer(struct vgpu_device *dev,
                                 struct vgpu_request *request,
                                 enum vgpu_transfer_direction direction)
{
    const struct vgpu_transfer_3d *a = &request->args.transfer_3d;
    struct vgpu_context *context;
    struct vgpu_resource *resource;
    struct vgpu_texture shape;
    enum vgpu_status status = lookup(dev, request, &context, &resource);

    if (status != VGPU_OK) {
        return status;
    }
    if (!resource->backing) {
        return guest_error(dev, request, VGPU_ERR_UNSPEC,
                           "resource %u has no backing", a->resource_id);
    }
    if (!vgpu_resource_has_shape(resource)) {
        return VGPU_OK;         /* shared memory: nothing to copy */
    }
    shape = vgpu_resource_shape(resource);
    status = check_transfer(dev, request, &shape,
                            vgpu_backing_bytes(resource->backing));
    if (status != VGPU_OK || vgpu_box_is_empty(&a->box)) {
        return status;
    }
    status = vgpu_transfer(dev, context, resource, a, direction);
    if (status != VGPU_OK) {
        return guest_error(dev, request, status,
                           "resource %u could not be copied", a->resource_id);
    }
    return VGPU_OK;
}

enum vgpu_status cmd_transfer_to_host_3d(struct vgpu_device *dev,
                                         struct vgpu_request *request,
                                         const union vgpu_args *args)
{
    (void)args;
    return transfer(dev, request, VGPU_TRANSFER_TO_HOST);
}

enum vgpu_status cmd_transfer_from_host_3d(struct vgpu_device *dev,
                                           struct vgpu_request *request,
                                           const union vgpu_args *args)
{
    (void)args;
    return transfer(dev, request, VGPU_TRANSFER_FROM_HOST);
}
