/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The device's resources by id: find, make, end.
 *
 * One name space for all kinds (virtio 1.3, 5.7.6.8).  Device thread only.
 */
#ifndef HW_DISPLAY_CORE_RESOURCE_TABLE_H
#define HW_DISPLAY_CORE_RESOURCE_TABLE_H

#include "hw/virtio/vgpu/renderer.h"
#include "hw/virtio/vgpu/request.h"
#include "hw/virtio/vgpu/resource.h"
#include "hw/virtio/vgpu/wire.h"

struct vgpu_device;

void vgpu_resource_table_init(struct vgpu_device *dev);

/* Ends every resource and the table. */
void vgpu_resource_table_finish(struct vgpu_device *dev);

/* The resource of that id, or NULL; id 0 is nobody's. */
struct vgpu_resource *vgpu_resource_find(const struct vgpu_device *dev,
                                         uint32_t id);

/*
 * A zeroed record with @id and @kind, charged and counted but not yet to be
 * found.  NULL when there is no room.  Follow with vgpu_resource_insert(), or
 * undo with vgpu_resource_destroy().
 */
struct vgpu_resource *vgpu_resource_new(struct vgpu_device *dev, uint32_t id,
                                        enum vgpu_resource_kind kind);
void vgpu_resource_insert(struct vgpu_device *dev,
                          struct vgpu_resource *resource);

/*
 * Ends a resource with everything that hangs off it: heads that show it go
 * dark, its storage is freed, its guest memory is not touched again.
 */
void vgpu_resource_destroy(struct vgpu_device *dev,
                           struct vgpu_resource *resource);

/* Its backing goes, if it has one, and guest memory is not touched again. */
void vgpu_resource_detach(struct vgpu_device *dev,
                          struct vgpu_resource *resource);

/*
 * Takes it out of the table and destroys it; if it is mapped, when it is so no
 * longer: @request, if any, waits for that.
 */
void vgpu_resource_remove(struct vgpu_device *dev, struct vgpu_request *request,
                          struct vgpu_resource *resource);

/* As vgpu_resource_remove() for each of them. */
void vgpu_resource_remove_all(struct vgpu_device *dev);

/*
 * How a resource that has a shape of its own is read as a picture: an image, or
 * a texture of one of the eight formats.  False for all others.
 */
bool vgpu_resource_picture(const struct vgpu_resource *resource,
                           struct vgpu_layout *layout);

/*
 * Whether a blob has pixels that can be read as @layout: memory, or a texture
 * at least as large of a format that can be shown.
 */
bool vgpu_resource_shows(const struct vgpu_resource *resource,
                         const struct vgpu_layout *layout);

#endif
