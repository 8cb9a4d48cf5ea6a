/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The device's contexts by id: find, make, end, and what is attached to them.
 *
 * Device thread only.
 */
#ifndef HW_DISPLAY_CORE_CONTEXT_H
#define HW_DISPLAY_CORE_CONTEXT_H

#include <stdbool.h>

#include "hw/virtio/vgpu/context.h"
#include "hw/virtio/vgpu/wire.h"

struct vgpu_device;
struct vgpu_request;
struct vgpu_resource;

void vgpu_contexts_init(struct vgpu_device *dev);

/* Ends every context and the table. */
void vgpu_contexts_finish(struct vgpu_device *dev);

/* The context of that id, or NULL; id 0 is nobody's. */
struct vgpu_context *vgpu_context_find(const struct vgpu_device *dev,
                                       uint32_t id);

/*
 * A context, found from then on.  @name is VGPU_WIRE_NAME_BYTES long at most
 * and anything.  VGPU_ERR_OUT_OF_MEMORY, or what the renderer says.
 */
enum vgpu_status vgpu_context_create(struct vgpu_device *dev, uint32_t id,
                                     uint32_t capset_id, const char *name,
                                     uint32_t name_bytes)
    __attribute__((warn_unused_result));

/* Detaches everything, completes the fences of its rings, and ends it. */
void vgpu_context_remove(struct vgpu_device *dev, struct vgpu_context *context);
void vgpu_context_remove_all(struct vgpu_device *dev);

/* What is attached is attached once; the other way round as well. */
enum vgpu_status vgpu_context_attach(struct vgpu_device *dev,
                                     struct vgpu_context *context,
                                     struct vgpu_resource *resource)
    __attribute__((warn_unused_result));
void vgpu_context_detach(struct vgpu_device *dev, struct vgpu_context *context,
                         struct vgpu_resource *resource);
bool vgpu_context_has(const struct vgpu_context *context,
                      const struct vgpu_resource *resource);

/* No context has @resource any more: it ends. */
void vgpu_context_forget(struct vgpu_device *dev,
                         struct vgpu_resource *resource);

#endif
