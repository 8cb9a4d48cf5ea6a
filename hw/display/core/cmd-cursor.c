/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "command.h"

#include "device-internal.h"
#include "hw/virtio/vgpu/format.h"
#include "hw/virtio/vgpu/resource.h"
#include "lookup.h"
#include "resource-table.h"

#define CURSOR_BYTES (VGPU_CURSOR_PX * VGPU_CURSOR_PX * VGPU_BYTES_PER_PIXEL)

/*
 * How @resource is read as a cursor.  A blob has no shape: Linux without 3D
 * sends 64x64 ARGB in it (virtgpu_plane.c).
 */
static enum vgpu_status blob_layout(struct vgpu_device *dev,
                                    struct vgpu_request *request,
                                    const struct vgpu_resource *resource,
                                    struct vgpu_layout *layout)
{
    *layout = (struct vgpu_layout) {
        .format = VGPU_FORMAT_B8G8R8A8,
        .width = VGPU_CURSOR_PX,
        .height = VGPU_CURSOR_PX,
        .stride = VGPU_CURSOR_PX * VGPU_BYTES_PER_PIXEL,
    };
    if (vgpu_resource_blob_bytes(resource) < CURSOR_BYTES) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER,
                           "cursor in a blob of %" G_GUINT64_FORMAT " bytes",
                           vgpu_resource_blob_bytes(resource));
    }
    if (!vgpu_resource_shows(resource, layout)) {
        return guest_error(dev, request, VGPU_ERR_UNSPEC,
                           "blob %u has no memory", resource->id);
    }
    return VGPU_OK;
}

static enum vgpu_status cursor_layout(struct vgpu_device *dev,
                                      struct vgpu_request *request,
                                      const struct vgpu_resource *resource,
                                      struct vgpu_layout *layout)
{
    if (vgpu_resource_is_blob(resource)) {
        return blob_layout(dev, request, resource, layout);
    }
    if (!vgpu_resource_picture(resource, layout)) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER,
                           "resource %u is no picture", resource->id);
    }
    if (layout->width > VGPU_CURSOR_MAX_PX ||
        layout->height > VGPU_CURSOR_MAX_PX) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER, "cursor of %ux%u",
                           layout->width, layout->height);
    }
    return VGPU_OK;
}

static void remember(struct vgpu_device *dev,
                     const struct vgpu_cursor_request *a)
{
    dev->scanouts[a->scanout_id].cursor = (struct vgpu_saved_cursor) {
        .resource_id = a->resource_id,
        .hot_x = a->hot_x,
        .hot_y = a->hot_y,
    };
}

/* Samples the image: later transfers need another update. */
static enum vgpu_status load_cursor(struct vgpu_device *dev,
                                    const struct vgpu_resource *resource,
                                    const struct vgpu_layout *layout,
                                    const struct vgpu_cursor_request *a)
{
    uint32_t width = MAX(layout->width, VGPU_CURSOR_PX);
    uint32_t height = MAX(layout->height, VGPU_CURSOR_PX);
    g_autofree uint32_t *data = g_new0(uint32_t, (size_t)width * height);
    struct vgpu_cursor_image image = {
        .width = width,
        .height = height,
        .hot_x = MIN(a->hot_x, width - 1),
        .hot_y = MIN(a->hot_y, height - 1),
        .pixels = data,
    };
    struct vgpu_pixels pixels = {
        .data = (uint8_t *)data,
        .stride = width * VGPU_BYTES_PER_PIXEL,
    };
    enum vgpu_status status =
        dev->env.renderer_ops->read_cursor(dev->renderer, resource, layout,
                                           &pixels);

    if (status == VGPU_OK) {
        remember(dev, a);
        dev->env.display_ops->cursor(dev->env.display, a->scanout_id, &image);
    }
    return status;
}

enum vgpu_status cmd_update_cursor(struct vgpu_device *dev,
                                   struct vgpu_request *request,
                                   const union vgpu_args *args)
{
    const struct vgpu_cursor_request *a = &args->cursor;
    enum vgpu_status status = vgpu_lookup_scanout(dev, request,
                                                  a->scanout_id);
    struct vgpu_resource *resource;
    struct vgpu_layout layout;

    if (status != VGPU_OK) {
        return status;
    }
    if (a->resource_id == 0) {
        remember(dev, a);
        dev->env.display_ops->cursor(dev->env.display, a->scanout_id, NULL);
        return VGPU_OK;
    }
    status = vgpu_lookup_resource(dev, request, a->resource_id, &resource);
    if (status != VGPU_OK) {
        return status;
    }
    status = cursor_layout(dev, request, resource, &layout);
    if (status != VGPU_OK) {
        return status;
    }
    return load_cursor(dev, resource, &layout, a);
}

enum vgpu_status cmd_move_cursor(struct vgpu_device *dev,
                                 struct vgpu_request *request,
                                 const union vgpu_args *args)
{
    return vgpu_lookup_scanout(dev, request, args->cursor.scanout_id);
}
