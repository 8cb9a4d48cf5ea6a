/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "lookup.h"

#include "command.h"
#include "context.h"
#include "device-internal.h"
#include "resource-table.h"

enum vgpu_status vgpu_lookup_resource(struct vgpu_device *dev,
                                      const struct vgpu_request *request,
                                      uint32_t id,
                                      struct vgpu_resource **resource)
{
    *resource = vgpu_resource_find(dev, id);
    if (!*resource) {
        return guest_error(dev, request, VGPU_ERR_RESOURCE_ID,
                           "there is no resource %u", id);
    }
    return VGPU_OK;
}

enum vgpu_status vgpu_lookup_scanout(struct vgpu_device *dev,
                                     const struct vgpu_request *request,
                                     uint32_t id)
{
    if (id >= dev->config.num_scanouts) {
        return guest_error(dev, request, VGPU_ERR_SCANOUT_ID,
                           "scanout %u of %u", id, dev->config.num_scanouts);
    }
    return VGPU_OK;
}

enum vgpu_status vgpu_lookup_context(struct vgpu_device *dev,
                                     const struct vgpu_request *request,
                                     struct vgpu_context **context)
{
    uint32_t id = request->header.ctx_id;

    *context = vgpu_context_find(dev, id);
    if (!*context) {
        return guest_error(dev, request, VGPU_ERR_CONTEXT_ID,
                           "there is no context %u", id);
    }
    return VGPU_OK;
}
