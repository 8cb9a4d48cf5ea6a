/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "scanout.h"

#include <string.h>

#include "device-internal.h"
#include "hw/virtio/vgpu/backing.h"
#include "hw/virtio/vgpu/format.h"
#include "hw/virtio/vgpu/resource.h"
#include "share.h"

void vgpu_scanouts_init(struct vgpu_device *dev)
{
    for (uint32_t id = 0; id < dev->config.num_scanouts; id++) {
        dev->scanouts[id].view = (struct vgpu_view) { dev, id };
    }
}

static void release(struct vgpu_scanout *scanout, uint32_t id)
{
    if (scanout->resource) {
        vgpu_scanout_unshare(scanout);
        scanout->resource->scanouts &= ~(1u << id);
        scanout->resource = NULL;
    }
}

static bool shows_same(const struct vgpu_scanout *scanout,
                       const struct vgpu_resource *resource,
                       const struct vgpu_layout *layout,
                       const struct vgpu_rect *rect)
{
    return scanout->resource == resource &&
           scanout->layout.format == layout->format &&
           scanout->layout.width == layout->width &&
           scanout->layout.height == layout->height &&
           scanout->layout.stride == layout->stride &&
           scanout->layout.offset == layout->offset &&
           scanout->rect.x == rect->x && scanout->rect.y == rect->y &&
           scanout->rect.width == rect->width &&
           scanout->rect.height == rect->height;
}

enum vgpu_status vgpu_scanout_show(struct vgpu_device *dev, uint32_t id,
                                   struct vgpu_resource *resource,
                                   const struct vgpu_layout *layout,
                                   const struct vgpu_rect *rect)
{
    struct vgpu_scanout *scanout = &dev->scanouts[id];

    if (shows_same(scanout, resource, layout, rect)) {
        return VGPU_OK;
    }
    if (!dev->env.display_ops->enable(dev->env.display, id,
                                      rect->width, rect->height)) {
        return VGPU_ERR_UNSPEC;
    }
    release(scanout, id);
    scanout->resource = resource;
    scanout->layout = *layout;
    scanout->rect = *rect;
    scanout->stale = true;
    scanout->is_blank = false;
    resource->scanouts |= 1u << id;
    return VGPU_OK;
}

void vgpu_scanout_disable(struct vgpu_device *dev, uint32_t id)
{
    struct vgpu_scanout *scanout = &dev->scanouts[id];

    if (scanout->resource) {
        release(scanout, id);
        dev->env.display_ops->disable(dev->env.display, id);
    }
}

void vgpu_scanout_forget(struct vgpu_device *dev,
                         struct vgpu_resource *resource)
{
    for (uint32_t id = 0; resource->scanouts; id++) {
        if (resource->scanouts & 1u << id) {
            vgpu_scanout_disable(dev, id);
        }
    }
}

/* The display reads black instead of the resource; what it has is gone. */
static void blank_head(struct vgpu_device *dev, uint32_t id)
{
    struct vgpu_scanout *scanout = &dev->scanouts[id];
    struct vgpu_rect all = {
        .width = scanout->rect.width,
        .height = scanout->rect.height,
    };

    scanout->is_blank = true;
    scanout->stale = true;
    /* Without room for the picture now, the next flush blanks it again. */
    (void)!dev->env.display_ops->damage(dev->env.display, id, &all,
                                        &scanout->view);
}

void vgpu_scanout_blank(struct vgpu_device *dev,
                        const struct vgpu_resource *resource)
{
    for (uint32_t id = 0; id < dev->config.num_scanouts; id++) {
        if (resource->scanouts & 1u << id) {
            blank_head(dev, id);
        }
    }
}

/* What memory of a device showed must not stay when it is gone. */
static bool is_of_device(const struct vgpu_resource *resource)
{
    return resource->backing && vgpu_backing_is_device(resource->backing);
}

void vgpu_device_picture_lost(struct vgpu_device *dev, uint32_t id)
{
    if (is_of_device(dev->scanouts[id].resource)) {
        blank_head(dev, id);
    }
}

/* The display need not read now, so whether it could is found here. */
static bool has_pixels(const struct vgpu_resource *resource)
{
    switch (resource->kind) {
    case VGPU_RESOURCE_IMAGE:
    case VGPU_RESOURCE_TEXTURE:
    case VGPU_RESOURCE_MEMORY:
        return true;
    case VGPU_RESOURCE_GUEST_BLOB:
        return resource->backing != NULL;
    }
    return false;
}

static enum vgpu_status flush_head(struct vgpu_device *dev, uint32_t id,
                                   const struct vgpu_rect *rect)
{
    struct vgpu_scanout *scanout = &dev->scanouts[id];
    enum vgpu_status status;
    struct vgpu_rect shown;

    /*
     * After a change of picture a driver may flush only what differs from
     * the one before, in contents that the display never had.  The same goes
     * for what an earlier flush could not show.
     */
    if (!vgpu_rect_intersect(scanout->stale ? &scanout->rect : rect,
                             &scanout->rect, &shown)) {
        return VGPU_OK;
    }
    if (!has_pixels(scanout->resource)) {
        scanout->stale = true;
        return VGPU_ERR_UNSPEC;
    }
    shown.x -= scanout->rect.x;
    shown.y -= scanout->rect.y;
    scanout->is_blank = false;
    status = dev->env.display_ops->damage(dev->env.display, id, &shown,
                                          &scanout->view);
    scanout->stale = status != VGPU_OK;
    if (status == VGPU_ERR_UNSPEC) {
        vgpu_device_picture_lost(dev, id);
    }
    return status == VGPU_ERR_OUT_OF_MEMORY ? VGPU_OK : status;
}

enum vgpu_status vgpu_scanout_flush(struct vgpu_device *dev,
                                    struct vgpu_resource *resource,
                                    const struct vgpu_rect *rect)
{
    enum vgpu_status first_error = VGPU_OK;

    for (uint32_t id = 0; id < dev->config.num_scanouts; id++) {
        enum vgpu_status status;

        if (!(resource->scanouts & 1u << id)) {
            continue;
        }
        status = flush_head(dev, id, rect);
        if (first_error == VGPU_OK) {
            first_error = status;
        }
    }
    return first_error;
}

const struct vgpu_view *vgpu_device_view(const struct vgpu_device *dev,
                                         uint32_t id)
{
    const struct vgpu_scanout *scanout = &dev->scanouts[id];

    return scanout->resource ? &scanout->view : NULL;
}

/* @rect of the scanout in pixels of the layout. */
static struct vgpu_rect in_layout(const struct vgpu_scanout *scanout,
                                  const struct vgpu_rect *rect)
{
    return (struct vgpu_rect) {
        .x = scanout->rect.x + rect->x,
        .y = scanout->rect.y + rect->y,
        .width = rect->width,
        .height = rect->height,
    };
}

void vgpu_view_prepare(const struct vgpu_view *view,
                       const struct vgpu_rect *rect)
{
    const struct vgpu_device *dev = view->dev;
    const struct vgpu_scanout *scanout = &dev->scanouts[view->id];
    struct vgpu_rect source = in_layout(scanout, rect);

    if (dev->env.renderer_ops->prepare_pixels && !scanout->is_blank) {
        dev->env.renderer_ops->prepare_pixels(dev->renderer,
                                              scanout->resource,
                                              &scanout->layout, &source);
    }
}

static void fill_black(const struct vgpu_rect *rect,
                       const struct vgpu_pixels *dest)
{
    for (uint32_t y = 0; y < rect->height; y++) {
        memset(dest->data + (uint64_t)y * dest->stride, 0,
               (uint64_t)rect->width * VGPU_BYTES_PER_PIXEL);
    }
}

enum vgpu_status vgpu_view_read(const struct vgpu_view *view,
                                const struct vgpu_rect *rect,
                                const struct vgpu_pixels *dest)
{
    const struct vgpu_device *dev = view->dev;
    const struct vgpu_scanout *scanout = &dev->scanouts[view->id];
    struct vgpu_rect source = in_layout(scanout, rect);

    if (scanout->is_blank) {
        fill_black(rect, dest);
        return VGPU_OK;
    }
    return dev->env.renderer_ops->read_pixels(dev->renderer, scanout->resource,
                                              &scanout->layout, &source, dest);
}

bool vgpu_view_peek(const struct vgpu_view *view, const struct vgpu_rect *rect,
                    struct vgpu_const_pixels *pixels)
{
    const struct vgpu_device *dev = view->dev;
    const struct vgpu_scanout *scanout = &dev->scanouts[view->id];
    struct vgpu_rect source = in_layout(scanout, rect);

    return !scanout->is_blank &&
           dev->env.renderer_ops->peek_pixels(dev->renderer, scanout->resource,
                                              &scanout->layout, &source,
                                              pixels);
}

struct vgpu_frame *vgpu_view_frame(const struct vgpu_view *view)
{
    const struct vgpu_device *dev = view->dev;
    const struct vgpu_scanout *scanout = &dev->scanouts[view->id];
    const struct vgpu_rect *rect = &scanout->rect;

    if (!dev->env.renderer_ops->picture || scanout->is_blank || rect->x ||
        rect->y || rect->width != scanout->layout.width ||
        rect->height != scanout->layout.height) {
        return NULL;
    }
    return dev->env.renderer_ops->picture(dev->renderer, scanout->resource,
                                          &scanout->layout);
}
