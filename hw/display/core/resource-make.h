/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * New resources and backings, checked: for commands, and for what a snapshot
 * restores.  Mistakes are reported as those of @request.
 *
 * What is made is the caller's, who puts it into the table or destroys it;
 * on an error there is nothing.  Device thread only.
 */
#ifndef HW_DISPLAY_CORE_RESOURCE_MAKE_H
#define HW_DISPLAY_CORE_RESOURCE_MAKE_H

#include "hw/virtio/vgpu/request.h"
#include "hw/virtio/vgpu/resource.h"

struct vgpu_device;
struct vgpu_entry_list;

/* VGPU_ERR_RESOURCE_ID when there is a resource of that id, or none can be. */
enum vgpu_status vgpu_check_new_id(struct vgpu_device *dev,
                                   const struct vgpu_request *request,
                                   uint32_t id)
    __attribute__((warn_unused_result));

/* An image with its storage (virtio 1.3, 5.7.6.8, RESOURCE_CREATE_2D). */
enum vgpu_status vgpu_make_image(struct vgpu_device *dev,
                                 const struct vgpu_request *request,
                                 const struct vgpu_resource_create_2d *a,
                                 struct vgpu_resource **out)
    __attribute__((warn_unused_result));

/*
 * A texture with its storage; the command's layout is that of Linux'
 * virtio_gpu.h, RESOURCE_CREATE_3D.
 */
enum vgpu_status vgpu_make_texture(struct vgpu_device *dev,
                                   const struct vgpu_request *request,
                                   const struct vgpu_resource_create_3d *a,
                                   struct vgpu_resource **out)
    __attribute__((warn_unused_result));

/*
 * A guest blob whose backing was just attached: where it is memory of a device
 * and the guest says that others will see it, its dma-buf is made now, so that
 * whether it can be had is known, and said, before a display asks for it.
 */
void vgpu_share_early(const struct vgpu_resource *resource);

/* Everything but the entry list (virtio 1.3, 5.7.6.8, CREATE_BLOB). */
enum vgpu_status vgpu_check_new_blob(struct vgpu_device *dev,
                                     const struct vgpu_request *request,
                                     const struct vgpu_resource_create_blob *a)
    __attribute__((warn_unused_result));

/* A blob without backing, of arguments that were checked. */
enum vgpu_status vgpu_make_blob(struct vgpu_device *dev,
                                const struct vgpu_request *request,
                                const struct vgpu_resource_create_blob *a,
                                struct vgpu_resource **out)
    __attribute__((warn_unused_result));

/*
 * The same of memory of the host: what the context made becomes a texture, or is
 * memory.
 */
enum vgpu_status vgpu_make_host_blob(struct vgpu_device *dev,
                                     const struct vgpu_request *request,
                                     const struct vgpu_resource_create_blob *a,
                                     struct vgpu_resource **out)
    __attribute__((warn_unused_result));

/*
 * A backing of the entry list that is the tail of the request; what else there
 * is to know of it stands in @list.
 */
enum vgpu_status vgpu_make_backing(struct vgpu_device *dev,
                                   const struct vgpu_request *request,
                                   struct vgpu_entry_list *list,
                                   struct vgpu_backing **backing)
    __attribute__((warn_unused_result));

#endif
