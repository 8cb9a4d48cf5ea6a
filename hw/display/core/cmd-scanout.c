/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "command.h"

#include "device-internal.h"
#include "hw/virtio/vgpu/backing.h"
#include "hw/virtio/vgpu/format.h"
#include "hw/virtio/vgpu/resource.h"
#include "lookup.h"
#include "resource-table.h"
#include "scanout.h"

static enum vgpu_status check_rect(struct vgpu_device *dev,
                                   struct vgpu_request *request,
                                   const struct vgpu_rect *rect,
                                   const struct vgpu_layout *layout)
{
    if (vgpu_rect_is_empty(rect) ||
        !vgpu_rect_is_inside(rect, layout->width, layout->height)) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER,
                           "%ux%u+%u+%u of %ux%u", rect->width, rect->height,
                           rect->x, rect->y, layout->width, layout->height);
    }
    return VGPU_OK;
}

enum vgpu_status cmd_set_scanout(struct vgpu_device *dev,
                                 struct vgpu_request *request,
                                 const union vgpu_args *args)
{
    const struct vgpu_set_scanout *a = &args->set_scanout;
    enum vgpu_status status = vgpu_lookup_scanout(dev, request,
                                                  a->scanout_id);
    struct vgpu_resource *resource;
    struct vgpu_layout layout;

    if (status != VGPU_OK) {
        return status;
    }
    if (a->resource_id == 0) {
        vgpu_scanout_disable(dev, a->scanout_id);
        return VGPU_OK;
    }
    status = vgpu_lookup_resource(dev, request, a->resource_id, &resource);
    if (status != VGPU_OK) {
        return status;
    }
    if (!vgpu_resource_picture(resource, &layout)) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER,
                           "resource %u is no picture", a->resource_id);
    }
    status = check_rect(dev, request, &a->rect, &layout);
    if (status != VGPU_OK) {
        return status;
    }
    return vgpu_scanout_show(dev, a->scanout_id, resource, &layout, &a->rect);
}

static enum vgpu_status check_layout(struct vgpu_device *dev,
                                     struct vgpu_request *request,
                                     const struct vgpu_set_scanout_blob *a,
                                     uint64_t blob_bytes)
{
    struct vgpu_backing_copy picture = {
        .offset = a->offset,
        .stride = a->stride,
        .line = (uint64_t)a->width * VGPU_BYTES_PER_PIXEL,
        .rows = a->height,
    };

    if (a->stride < picture.line ||
        a->stride % VGPU_BYTES_PER_PIXEL || a->offset % VGPU_BYTES_PER_PIXEL ||
        !vgpu_backing_copy_fits(&picture, blob_bytes)) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER,
                           "%ux%u pixels with stride %u at %u in %"
                           G_GUINT64_FORMAT " bytes", a->width, a->height,
                           a->stride, a->offset, blob_bytes);
    }
    return VGPU_OK;
}

/* Some of the host's memory only its driver can read. */
static bool has_pixels(const struct vgpu_device *dev,
                       const struct vgpu_resource *resource,
                       const struct vgpu_layout *layout)
{
    return vgpu_resource_shows(resource, layout) &&
           (resource->kind != VGPU_RESOURCE_MEMORY ||
            dev->ops_3d->memory_is_readable(dev->renderer, resource));
}

/* Everything about the picture that can be wrong, in the matrix's order. */
static enum vgpu_status check_blob_picture(struct vgpu_device *dev,
                                           struct vgpu_request *request,
                                           const struct vgpu_resource *resource,
                                           const struct vgpu_layout *layout)
{
    const struct vgpu_set_scanout_blob *a = &request->args.set_scanout_blob;
    enum vgpu_status status;

    if (!vgpu_resource_is_blob(resource)) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER,
                           "resource %u is not a blob", a->resource_id);
    }
    if (!vgpu_format_is_known(a->format)) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER, "format %u",
                           a->format);
    }
    if (a->width == 0 || a->width > VGPU_MAX_AXIS_PX ||
        a->height == 0 || a->height > VGPU_MAX_AXIS_PX) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER, "%u x %u pixels",
                           a->width, a->height);
    }
    status = check_rect(dev, request, &a->rect, layout);
    if (status == VGPU_OK) {
        status = check_layout(dev, request, a,
                              vgpu_resource_blob_bytes(resource));
    }
    if (status == VGPU_OK && !has_pixels(dev, resource, layout)) {
        return guest_error(dev, request, VGPU_ERR_UNSPEC,
                           "blob %u has no such picture", a->resource_id);
    }
    return status;
}

enum vgpu_status cmd_set_scanout_blob(struct vgpu_device *dev,
                                      struct vgpu_request *request,
                                      const union vgpu_args *args)
{
    const struct vgpu_set_scanout_blob *a = &args->set_scanout_blob;
    enum vgpu_status status = vgpu_lookup_scanout(dev, request,
                                                  a->scanout_id);
    struct vgpu_layout layout = {
        .format = a->format,
        .width = a->width,
        .height = a->height,
        .stride = a->stride,
        .offset = a->offset,
    };
    struct vgpu_resource *resource;

    if (status != VGPU_OK) {
        return status;
    }
    if (a->resource_id == 0) {
        vgpu_scanout_disable(dev, a->scanout_id);
        return VGPU_OK;
    }
    status = vgpu_lookup_resource(dev, request, a->resource_id, &resource);
    if (status != VGPU_OK) {
        return status;
    }
    status = check_blob_picture(dev, request, resource, &layout);
    if (status != VGPU_OK) {
        return status;
    }
    return vgpu_scanout_show(dev, a->scanout_id, resource, &layout, &a->rect);
}

enum vgpu_status cmd_resource_flush(struct vgpu_device *dev,
                                    struct vgpu_request *request,
                                    const union vgpu_args *args)
{
    const struct vgpu_resource_flush *a = &args->resource_flush;
    struct vgpu_layout layout;
    struct vgpu_resource *resource;
    enum vgpu_status status = vgpu_lookup_resource(dev, request,
                                                   a->resource_id, &resource);

    if (status != VGPU_OK) {
        return status;
    }
    if (vgpu_resource_picture(resource, &layout) &&
        !vgpu_rect_is_inside(&a->rect, layout.width, layout.height)) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER,
                           "%ux%u+%u+%u of a %ux%u image",
                           a->rect.width, a->rect.height, a->rect.x, a->rect.y,
                           layout.width, layout.height);
    }
    if (vgpu_rect_is_empty(&a->rect)) {
        return VGPU_OK;
    }
    dev->flushing = request;
    status = vgpu_scanout_flush(dev, resource, &a->rect);
    dev->flushing = NULL;
    return status;
}
