/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "command.h"

#include <string.h>

#include "device-internal.h"
#include "hw/virtio/vgpu/backing.h"
#include "lookup.h"
#include "resource-make.h"
#include "resource-table.h"
#include "share.h"

enum vgpu_status cmd_resource_create_2d(struct vgpu_device *dev,
                                        struct vgpu_request *request,
                                        const union vgpu_args *args)
{
    struct vgpu_resource *resource;
    enum vgpu_status status = vgpu_make_image(dev, request,
                                              &args->resource_create_2d,
                                              &resource);

    if (status == VGPU_OK) {
        vgpu_resource_insert(dev, resource);
    }
    return status;
}

enum vgpu_status cmd_resource_unref(struct vgpu_device *dev,
                                    struct vgpu_request *request,
                                    const union vgpu_args *args)
{
    uint32_t id = args->resource_ref.resource_id;
    struct vgpu_resource *resource;
    enum vgpu_status status = vgpu_lookup_resource(dev, request, id,
                                                   &resource);

    if (status != VGPU_OK) {
        return status;
    }
    vgpu_resource_remove(dev, request, resource);
    return VGPU_OK;
}

static enum vgpu_status tell_renderer(struct vgpu_device *dev,
                                      struct vgpu_request *request,
                                      struct vgpu_resource *resource)
{
    enum vgpu_status status = dev->ops_3d->backing_attached(dev->renderer,
                                                            resource);

    if (status != VGPU_OK) {
        vgpu_backing_destroy(resource->backing);
        resource->backing = NULL;
        return guest_error(dev, request, status,
                           "resource %u takes no backing", resource->id);
    }
    return VGPU_OK;
}

enum vgpu_status cmd_resource_attach_backing(struct vgpu_device *dev,
                                             struct vgpu_request *request,
                                             const union vgpu_args *args)
{
    const struct vgpu_resource_attach_backing *a =
        &args->resource_attach_backing;
    struct vgpu_entry_list list = { .count = a->nr_entries };
    struct vgpu_resource *resource;
    enum vgpu_status status = vgpu_lookup_resource(dev, request,
                                                   a->resource_id, &resource);

    if (status != VGPU_OK) {
        return status;
    }
    if (resource->backing) {
        return guest_error(dev, request, VGPU_ERR_UNSPEC,
                           "resource %u has a backing", a->resource_id);
    }
    if (resource->host_blob.size && !resource->host_blob.is_shadowed) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER,
                           "blob %u is memory of the host", a->resource_id);
    }
    if (a->nr_entries == 0) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER, "no entries");
    }
    list.min_bytes = vgpu_resource_blob_bytes(resource);
    list.takes_devices = resource->kind == VGPU_RESOURCE_GUEST_BLOB;
    status = vgpu_make_backing(dev, request, &list, &resource->backing);
    vgpu_resource_unshare(dev, resource);
    if (status == VGPU_OK && dev->ops_3d) {
        status = tell_renderer(dev, request, resource);
    }
    if (status == VGPU_OK) {
        vgpu_share_early(resource);
    }
    return status;
}

enum vgpu_status cmd_resource_detach_backing(struct vgpu_device *dev,
                                             struct vgpu_request *request,
                                             const union vgpu_args *args)
{
    uint32_t id = args->resource_ref.resource_id;
    struct vgpu_resource *resource;
    enum vgpu_status status = vgpu_lookup_resource(dev, request, id,
                                                   &resource);

    if (status != VGPU_OK) {
        return status;
    }
    if (!resource->backing) {
        return guest_error(dev, request, VGPU_ERR_UNSPEC,
                           "resource %u has no backing", id);
    }
    vgpu_resource_detach(dev, resource);
    return VGPU_OK;
}

enum vgpu_status cmd_resource_assign_uuid(struct vgpu_device *dev,
                                          struct vgpu_request *request,
                                          const union vgpu_args *args)
{
    uint32_t id = args->resource_ref.resource_id;
    struct vgpu_resource *resource;
    enum vgpu_status status = vgpu_lookup_resource(dev, request, id,
                                                   &resource);

    if (status != VGPU_OK) {
        return status;
    }
    if (!resource->has_uuid) {
        dev->env.host_ops->make_uuid(dev->env.host, resource->uuid);
        resource->has_uuid = true;
    }
    memcpy(vgpu_reply_payload(request, VGPU_WIRE_RESOURCE_UUID_BYTES),
           resource->uuid, sizeof(resource->uuid));
    return VGPU_OK_RESOURCE_UUID;
}
