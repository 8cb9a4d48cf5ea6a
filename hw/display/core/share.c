/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "share.h"

#include <string.h>

#include "device-internal.h"
#include "hw/virtio/vgpu/backing.h"
#include "hw/virtio/vgpu/dmabuf.h"
#include "hw/virtio/vgpu/resource.h"

/* Bytes in lines, as SET_SCANOUT_BLOB says. */
static bool share_blob(const struct vgpu_resource *resource,
                       const struct vgpu_layout *layout,
                       struct vgpu_dmabuf *shape)
{
    int fd = resource->backing ? vgpu_backing_dmabuf(resource->backing) : -1;

    if (fd < 0 || layout->offset > UINT32_MAX) {
        return false;
    }
    fd = vgpu_dmabuf_dup(fd);
    if (fd < 0) {
        return false;
    }
    vgpu_dmabuf_set_lines(shape, fd, layout);
    return true;
}

static bool share(struct vgpu_device *dev, const struct vgpu_scanout *scanout,
                  struct vgpu_dmabuf *shape)
{
    if (scanout->resource->kind == VGPU_RESOURCE_GUEST_BLOB) {
        return share_blob(scanout->resource, &scanout->layout, shape);
    }
    return dev->ops_3d && dev->ops_3d->share_pixels &&
           dev->ops_3d->share_pixels(dev->renderer, scanout->resource,
                                     &scanout->layout, shape);
}

/*
 * Memory of a device that the guest switched off, or that was unplugged: displays
 * would go on with what they have, and nobody would be told.
 */
static bool is_away(const struct vgpu_scanout *scanout)
{
    const struct vgpu_backing *backing = scanout->resource->backing;
    uint32_t pixel;
    const struct vgpu_backing_copy first = {
        .offset = scanout->layout.offset,
        .dest = (uint8_t *)&pixel,
        .line = sizeof(pixel),
        .rows = 1,
    };

    return backing && vgpu_backing_is_device(backing) &&
           !vgpu_backing_read(backing, &first);
}

struct vgpu_dmabuf *vgpu_view_dmabuf(const struct vgpu_view *view)
{
    struct vgpu_scanout *scanout = &view->dev->scanouts[view->id];
    struct vgpu_dmabuf shape = {
        .width = scanout->layout.width,
        .height = scanout->layout.height,
        .shown = scanout->rect,
    };

    if (scanout->is_blank || is_away(scanout)) {
        return NULL;
    }
    if (scanout->dmabuf && view->dev->ops_3d) {
        view->dev->ops_3d->flush_shared(view->dev->renderer);
    }
    if (!scanout->is_shared_tried) {
        scanout->is_shared_tried = true;
        if (share(view->dev, scanout, &shape)) {
            scanout->dmabuf = vgpu_dmabuf_create(&shape);
        }
    }
    return scanout->dmabuf ? vgpu_dmabuf_ref(scanout->dmabuf) : NULL;
}

void vgpu_scanout_unshare(struct vgpu_scanout *scanout)
{
    vgpu_dmabuf_unref(scanout->dmabuf);
    scanout->dmabuf = NULL;
    scanout->is_shared_tried = false;
}

void vgpu_resource_unshare(struct vgpu_device *dev,
                           const struct vgpu_resource *resource)
{
    for (uint32_t id = 0; id < dev->config.num_scanouts; id++) {
        if (resource->scanouts & 1u << id) {
            vgpu_scanout_unshare(&dev->scanouts[id]);
        }
    }
}

uint64_t vgpu_view_hold(const struct vgpu_view *view)
{
    return vgpu_fence_hold(view->dev);
}
