/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "command.h"

#include <assert.h>
#include <string.h>

#include "device-internal.h"
#include "hw/virtio/vgpu/backing.h"
#include "hw/virtio/vgpu/format.h"
#include "lookup.h"
#include "resource-table.h"

static enum vgpu_status check_new_id(struct vgpu_device *dev,
                                     struct vgpu_request *request, uint32_t id)
{
    if (id == 0 || vgpu_resource_find(dev, id)) {
        return guest_error(dev, request, VGPU_ERR_RESOURCE_ID,
                           "resource id %u is %s", id,
                           id ? "in use" : "reserved");
    }
    return VGPU_OK;
}

static enum vgpu_status out_of_memory(struct vgpu_device *dev,
                                      struct vgpu_request *request)
{
    struct vgpu_budget_usage usage = vgpu_budget_usage(dev->budget);

    return guest_error(dev, request, VGPU_ERR_OUT_OF_MEMORY,
                       "%u resources hold %" G_GUINT64_FORMAT
                       " bytes, max_hostmem is %" G_GUINT64_FORMAT,
                       vgpu_device_num_resources(dev), usage.held,
                       usage.limit);
}

enum vgpu_status cmd_resource_create_2d(struct vgpu_device *dev,
                                        struct vgpu_request *request,
                                        const union vgpu_args *args)
{
    const struct vgpu_resource_create_2d *a = &args->resource_create_2d;
    enum vgpu_status status = check_new_id(dev, request, a->resource_id);
    struct vgpu_resource *resource;

    if (status != VGPU_OK) {
        return status;
    }
    if (!vgpu_format_is_known(a->format)) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER, "format %u",
                           a->format);
    }
    if (a->width == 0 || a->width > VGPU_MAX_AXIS_PX ||
        a->height == 0 || a->height > VGPU_MAX_AXIS_PX) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER, "%u x %u pixels",
                           a->width, a->height);
    }
    resource = vgpu_resource_new(dev, a->resource_id, VGPU_RESOURCE_IMAGE);
    if (!resource) {
        return out_of_memory(dev, request);
    }
    resource->image.width = a->width;
    resource->image.height = a->height;
    resource->image.format = a->format;
    resource->image.stride = a->width * VGPU_BYTES_PER_PIXEL;
    status = dev->env.renderer_ops->image_create(dev->renderer, resource);
    if (status != VGPU_OK) {
        vgpu_resource_destroy(dev, resource);
        return out_of_memory(dev, request);
    }
    vgpu_resource_insert(dev, resource);
    return VGPU_OK;
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
    vgpu_resource_remove(dev, resource);
    return VGPU_OK;
}

/* A backing of the entry list that came with the request. */
static enum vgpu_status make_backing(struct vgpu_device *dev,
                                     struct vgpu_request *request,
                                     uint32_t nr_entries, uint64_t min_bytes,
                                     struct vgpu_backing **backing)
{
    enum vgpu_status status;

    switch (request->tail_state) {
    case VGPU_TAIL_SHORT:
        return guest_error(dev, request, VGPU_ERR_UNSPEC,
                           "list of %u entries is cut off", nr_entries);
    case VGPU_TAIL_NO_MEMORY:
        return out_of_memory(dev, request);
    case VGPU_TAIL_COPIED:
        break;
    case VGPU_TAIL_NONE:
        assert(!"commands with a list have a tail");
    }
    status = vgpu_backing_create(dev->env.host_ops, dev->env.host, dev->budget,
                                 request->tail, nr_entries, min_bytes,
                                 backing);
    switch (status) {
    case VGPU_OK:
        return VGPU_OK;
    case VGPU_ERR_OUT_OF_MEMORY:
        return out_of_memory(dev, request);
    case VGPU_ERR_PARAMETER:
        return guest_error(dev, request, status,
                           "entries wrap, or hold less than %"
                           G_GUINT64_FORMAT " bytes", min_bytes);
    default:
        return guest_error(dev, request, status, "an entry is not memory");
    }
}

enum vgpu_status cmd_resource_attach_backing(struct vgpu_device *dev,
                                             struct vgpu_request *request,
                                             const union vgpu_args *args)
{
    const struct vgpu_resource_attach_backing *a =
        &args->resource_attach_backing;
    struct vgpu_resource *resource;
    enum vgpu_status status = vgpu_lookup_resource(dev, request,
                                                   a->resource_id, &resource);
    uint64_t min_bytes;

    if (status != VGPU_OK) {
        return status;
    }
    if (resource->backing) {
        return guest_error(dev, request, VGPU_ERR_UNSPEC,
                           "resource %u has a backing", a->resource_id);
    }
    if (a->nr_entries == 0) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER, "no entries");
    }
    min_bytes = resource->kind == VGPU_RESOURCE_GUEST_BLOB
                ? resource->blob.size : 0;
    return make_backing(dev, request, a->nr_entries, min_bytes,
                        &resource->backing);
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
    vgpu_backing_destroy(resource->backing);
    resource->backing = NULL;
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

static enum vgpu_status check_blob(struct vgpu_device *dev,
                                   struct vgpu_request *request,
                                   const struct vgpu_resource_create_blob *a)
{
    if (a->blob_mem != VGPU_BLOB_MEM_GUEST) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER,
                           "blob memory %u needs 3D", a->blob_mem);
    }
    if (a->blob_flags & ~VGPU_BLOB_FLAGS) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER,
                           "blob flags 0x%x", a->blob_flags);
    }
    if (a->blob_flags & VGPU_BLOB_FLAG_CROSS_DEVICE &&
        !(request->features & VGPU_F_RESOURCE_UUID)) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER,
                           "cross-device blob without resource UUIDs");
    }
    if (a->size == 0 || a->size > VGPU_MAX_BLOB_BYTES ||
        (request->features & VGPU_F_BLOB_ALIGNMENT &&
         a->size % dev->config.blob_alignment)) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER,
                           "blob of %" G_GUINT64_FORMAT " bytes", a->size);
    }
    return VGPU_OK;
}

enum vgpu_status cmd_resource_create_blob(struct vgpu_device *dev,
                                          struct vgpu_request *request,
                                          const union vgpu_args *args)
{
    const struct vgpu_resource_create_blob *a = &args->resource_create_blob;
    enum vgpu_status status = check_new_id(dev, request, a->resource_id);
    struct vgpu_backing *backing = NULL;
    struct vgpu_resource *resource;

    if (status == VGPU_OK) {
        status = check_blob(dev, request, a);
    }
    if (status == VGPU_OK && a->nr_entries) {
        status = make_backing(dev, request, a->nr_entries, a->size, &backing);
    }
    if (status != VGPU_OK) {
        return status;
    }
    resource = vgpu_resource_new(dev, a->resource_id, VGPU_RESOURCE_GUEST_BLOB);
    if (!resource) {
        vgpu_backing_destroy(backing);
        return out_of_memory(dev, request);
    }
    resource->blob.size = a->size;
    resource->blob.flags = a->blob_flags;
    resource->backing = backing;
    vgpu_resource_insert(dev, resource);
    return VGPU_OK;
}
