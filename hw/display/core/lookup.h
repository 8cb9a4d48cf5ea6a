/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What a request names: found, or the guest's mistake reported.
 */
#ifndef HW_DISPLAY_CORE_LOOKUP_H
#define HW_DISPLAY_CORE_LOOKUP_H

#include <stdint.h>

#include "hw/virtio/vgpu/request.h"
#include "hw/virtio/vgpu/wire.h"

struct vgpu_context;
struct vgpu_device;
struct vgpu_resource;

/* VGPU_OK with *@resource set, or VGPU_ERR_RESOURCE_ID: 0 is nobody's. */
enum vgpu_status vgpu_lookup_resource(struct vgpu_device *dev,
                                      const struct vgpu_request *request,
                                      uint32_t id,
                                      struct vgpu_resource **resource)
    __attribute__((warn_unused_result));

/* VGPU_OK, or VGPU_ERR_SCANOUT_ID for an index that is not configured. */
enum vgpu_status vgpu_lookup_scanout(struct vgpu_device *dev,
                                     const struct vgpu_request *request,
                                     uint32_t id)
    __attribute__((warn_unused_result));

/* VGPU_OK with *@context set, or VGPU_ERR_CONTEXT_ID: 0 is nobody's. */
enum vgpu_status vgpu_lookup_context(struct vgpu_device *dev,
                                     const struct vgpu_request *request,
                                     struct vgpu_context **context)
    __attribute__((warn_unused_result));

#endif
