/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "command.h"

#include "arena.h"
#include "device-internal.h"
#include "hw/virtio/vgpu/backing.h"
#include "lookup.h"
#include "resource-make.h"
#include "resource-table.h"

static enum vgpu_status make(struct vgpu_device *dev,
                             struct vgpu_request *request,
                             struct vgpu_backing *backing)
{
    const struct vgpu_resource_create_blob *a =
        &request->args.resource_create_blob;
    struct vgpu_resource *resource;
    enum vgpu_status status;

    status = a->blob_mem == VGPU_BLOB_MEM_GUEST
             ? vgpu_make_blob(dev, request, a, &resource)
             : vgpu_make_host_blob(dev, request, a, &resource);
    if (status != VGPU_OK) {
        vgpu_backing_destroy(backing);
        return status;
    }
    resource->backing = backing;
    if (backing && resource->host_blob.size) {
        status = dev->ops_3d->backing_attached(dev->renderer, resource);
    }
    if (status != VGPU_OK) {
        vgpu_backing_destroy(backing);
        resource->backing = NULL;
        vgpu_resource_destroy(dev, resource);
        return guest_error(dev, request, status, "blob %u takes no backing",
                           a->resource_id);
    }
    vgpu_share_early(resource);
    vgpu_resource_insert(dev, resource);
    return VGPU_OK;
}

enum vgpu_status cmd_resource_create_blob(struct vgpu_device *dev,
                                          struct vgpu_request *request,
                                          const union vgpu_args *args)
{
    const struct vgpu_resource_create_blob *a = &args->resource_create_blob;
    enum vgpu_status status = vgpu_check_new_blob(dev, request, a);
    struct vgpu_backing *backing = NULL;
    struct vgpu_entry_list list = {
        .count = a->nr_entries,
        .min_bytes = a->size,
        .takes_devices = a->blob_mem == VGPU_BLOB_MEM_GUEST,
    };

    if (status == VGPU_OK && a->nr_entries) {
        status = vgpu_make_backing(dev, request, &list, &backing);
    }
    return status == VGPU_OK ? make(dev, request, backing) : status;
}

/* Pages of the host's, too: the guest is to see nothing beside the blob. */
static enum vgpu_status check_offset(struct vgpu_device *dev,
                                     const struct vgpu_request *request,
                                     uint64_t offset, uint64_t bytes)
{
    uint64_t unit = request->features & VGPU_F_BLOB_ALIGNMENT
                    ? MAX(dev->config.blob_alignment, VGPU_PAGE_BYTES)
                    : VGPU_PAGE_BYTES;

    if (offset % unit) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER,
                           "offset 0x%" G_GINT64_MODIFIER "x is no multiple of "
                           "%" G_GUINT64_FORMAT, offset, unit);
    }
    if (!vgpu_window_is_inside(dev, offset, bytes)) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER,
                           "%" G_GUINT64_FORMAT " bytes at 0x%"
                           G_GINT64_MODIFIER "x leave the window", bytes,
                           offset);
    }
    if (!vgpu_window_is_free(dev, offset, bytes)) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER,
                           "something is mapped at 0x%" G_GINT64_MODIFIER "x",
                           offset);
    }
    return VGPU_OK;
}

static enum vgpu_status check_blob(struct vgpu_device *dev,
                                   const struct vgpu_request *request,
                                   const struct vgpu_resource *resource)
{
    const struct vgpu_host_blob *blob = &resource->host_blob;

    if (blob->size == 0 || blob->is_shadowed) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER,
                           "resource %u is not memory of the host",
                           resource->id);
    }
    if (!(blob->flags & VGPU_BLOB_FLAG_MAPPABLE)) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER,
                           "blob %u is not mappable", resource->id);
    }
    if (blob->mapping) {
        return guest_error(dev, request, VGPU_ERR_UNSPEC,
                           "blob %u is mapped", resource->id);
    }
    return VGPU_OK;
}

enum vgpu_status cmd_resource_map_blob(struct vgpu_device *dev,
                                       struct vgpu_request *request,
                                       const union vgpu_args *args)
{
    const struct vgpu_resource_map_blob *a = &args->resource_map_blob;
    struct vgpu_host_memory memory;
    struct vgpu_resource *resource;
    enum vgpu_status status = vgpu_lookup_resource(dev, request,
                                                   a->resource_id, &resource);

    if (status == VGPU_OK) {
        status = check_blob(dev, request, resource);
    }
    if (status == VGPU_OK) {
        status = check_offset(dev, request, a->offset,
                              resource->host_blob.size);
    }
    if (status != VGPU_OK) {
        return status;
    }
    if (resource->host_blob.size % VGPU_PAGE_BYTES ||
        dev->ops_3d->blob_map(dev->renderer, resource, &memory) != VGPU_OK) {
        return guest_error(dev, request, VGPU_ERR_UNSPEC,
                           "the %" G_GUINT64_FORMAT " bytes of blob %u are no "
                           "pages that can be mapped",
                           resource->host_blob.size, a->resource_id);
    }
    return vgpu_window_map(dev, request, resource, a->offset, &memory);
}

enum vgpu_status cmd_resource_unmap_blob(struct vgpu_device *dev,
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
    if (!resource->host_blob.mapping) {
        return guest_error(dev, request, VGPU_ERR_UNSPEC,
                           "resource %u is not mapped", id);
    }
    return vgpu_window_unmap(dev, request, resource);
}
