/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Scanouts: which rectangle of which resource each head shows
 * (virtio 1.3, 5.7.6.8, SET_SCANOUT).
 *
 * As many as the configuration says, for the life of the device; disabled
 * after create and reset.  A scanout holds a plain pointer to its resource;
 * ending the resource disables it.  Device thread only.
 */
#ifndef HW_DISPLAY_CORE_SCANOUT_H
#define HW_DISPLAY_CORE_SCANOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "hw/virtio/vgpu/rect.h"
#include "hw/virtio/vgpu/renderer.h"
#include "hw/virtio/vgpu/snapshot.h"
#include "hw/virtio/vgpu/wire.h"

struct vgpu_device;
struct vgpu_dmabuf;
struct vgpu_resource;

struct vgpu_view {
    struct vgpu_device *dev;
    uint32_t id;
};

struct vgpu_scanout {
    struct vgpu_view view;              /* fixed after create */
    struct vgpu_resource *resource;     /* NULL: disabled */
    struct vgpu_layout layout;
    struct vgpu_rect rect;              /* part of the layout that is shown */
    bool stale;                         /* the next flush shows all of it */
    bool is_blank;                      /* black, whatever the resource holds */
    struct vgpu_dmabuf *dmabuf;         /* of this picture, or NULL */
    bool is_shared_tried;               /* NULL: it cannot be, then */
    struct vgpu_saved_cursor cursor;    /* updated last */
};

/* All heads of a new device, disabled. */
void vgpu_scanouts_init(struct vgpu_device *dev);

/*
 * Shows @rect of @resource, which is inside @layout, on head @id.
 * VGPU_ERR_UNSPEC when the display cannot; the head then keeps what it has.
 */
enum vgpu_status vgpu_scanout_show(struct vgpu_device *dev, uint32_t id,
                                   struct vgpu_resource *resource,
                                   const struct vgpu_layout *layout,
                                   const struct vgpu_rect *rect)
    __attribute__((warn_unused_result));

/* Head @id shows nothing; fine when it did not before. */
void vgpu_scanout_disable(struct vgpu_device *dev, uint32_t id);

/* Disables every head that shows @resource. */
void vgpu_scanout_forget(struct vgpu_device *dev,
                         struct vgpu_resource *resource);

/*
 * Every head that shows @resource is black until its next flush: what it showed
 * is memory that went away.
 */
void vgpu_scanout_blank(struct vgpu_device *dev,
                        const struct vgpu_resource *resource);

/*
 * @rect of @resource, in pixels of the layout, has new contents: passes what
 * of it each head shows on to the display.  Returns the first error.
 */
enum vgpu_status vgpu_scanout_flush(struct vgpu_device *dev,
                                    struct vgpu_resource *resource,
                                    const struct vgpu_rect *rect)
    __attribute__((warn_unused_result));

#endif
