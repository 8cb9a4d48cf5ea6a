/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "resource-make.h"

#include <assert.h>

#include "command.h"
#include "context.h"
#include "device-internal.h"
#include "hw/virtio/vgpu/backing.h"
#include "hw/virtio/vgpu/format.h"
#include "resource-table.h"

/*
 * What a library holds for a texture beside its texels, with virglrenderer on
 * Mesa 1.5 KiB.
 */
#define TEXTURE_BYTES 2048

/* And for memory beside its bytes: names, descriptors, a mapping. */
#define MEMORY_BYTES 1024

enum vgpu_status vgpu_check_new_id(struct vgpu_device *dev,
                                   const struct vgpu_request *request,
                                   uint32_t id)
{
    if (id == 0 || vgpu_resource_find(dev, id)) {
        return guest_error(dev, request, VGPU_ERR_RESOURCE_ID,
                           "resource id %u is %s", id,
                           id ? "in use" : "reserved");
    }
    return VGPU_OK;
}

static enum vgpu_status out_of_memory(struct vgpu_device *dev,
                                      const struct vgpu_request *request)
{
    struct vgpu_budget_usage usage = vgpu_budget_usage(dev->budget);

    return guest_error(dev, request, VGPU_ERR_OUT_OF_MEMORY,
                       "%u resources of %u hold %" G_GUINT64_FORMAT
                       " bytes, max_hostmem is %" G_GUINT64_FORMAT
                       "; 3D %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT,
                       vgpu_device_num_resources(dev),
                       dev->config.max_resources, usage.held, usage.limit,
                       usage.hosted, usage.hosted_limit);
}

enum vgpu_status vgpu_make_image(struct vgpu_device *dev,
                                 const struct vgpu_request *request,
                                 const struct vgpu_resource_create_2d *a,
                                 struct vgpu_resource **out)
{
    enum vgpu_status status = vgpu_check_new_id(dev, request, a->resource_id);
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
    *out = resource;
    return VGPU_OK;
}

/* In the order of the matrix: target, format, dimensions, flags. */
static enum vgpu_status check_texture(struct vgpu_device *dev,
                                      const struct vgpu_request *request,
                                      struct vgpu_texture *texture)
{
    const char *complaint;

    if (texture->target > VGPU_TARGET_CUBE_ARRAY) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER, "target %u",
                           texture->target);
    }
    if (!vgpu_texture_block(texture->format, &texture->block)) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER, "format %u",
                           texture->format);
    }
    complaint = vgpu_texture_complaint(texture);
    if (!complaint) {
        complaint = dev->ops_3d->texture_complaint(dev->renderer, texture);
    }
    if (complaint) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER,
                           "%ux%ux%u, %u layers, %u levels, %u samples of "
                           "format %u: %s", texture->width, texture->height,
                           texture->depth, texture->array_size,
                           texture->last_level + 1, texture->nr_samples,
                           texture->format, complaint);
    }
    if (texture->flags & ~VGPU_TEXTURE_FLAG_Y_0_TOP) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER, "flags 0x%x",
                           texture->flags);
    }
    return VGPU_OK;
}

enum vgpu_status vgpu_make_texture(struct vgpu_device *dev,
                                   const struct vgpu_request *request,
                                   const struct vgpu_resource_create_3d *a,
                                   struct vgpu_resource **out)
{
    struct vgpu_texture texture = {
        .target = a->target,
        .format = a->format,
        .bind = a->bind,
        .width = a->width,
        .height = a->height,
        .depth = a->depth,
        .array_size = a->array_size,
        .last_level = a->last_level,
        .nr_samples = a->nr_samples,
        .flags = a->flags,
    };
    enum vgpu_status status = vgpu_check_new_id(dev, request, a->resource_id);
    struct vgpu_resource *resource;

    if (status == VGPU_OK) {
        status = check_texture(dev, request, &texture);
    }
    if (status != VGPU_OK) {
        return status;
    }
    resource = vgpu_resource_new(dev, a->resource_id, VGPU_RESOURCE_TEXTURE);
    if (!resource) {
        return out_of_memory(dev, request);
    }
    if (__builtin_add_overflow(vgpu_texture_bytes(&texture), TEXTURE_BYTES,
                               &texture.bytes)) {
        texture.bytes = UINT64_MAX;
    }
    resource->texture = texture;
    if (!vgpu_budget_charge_hosted(dev->budget, texture.bytes)) {
        resource->texture.bytes = 0;
        vgpu_resource_destroy(dev, resource);
        return out_of_memory(dev, request);
    }
    status = dev->ops_3d->texture_create(dev->renderer, resource);
    if (status != VGPU_OK) {
        vgpu_resource_destroy(dev, resource);
        return guest_error(dev, request, status,
                           "the renderer refuses a texture of target %u, "
                           "format %u, bind 0x%x", a->target, a->format,
                           a->bind);
    }
    *out = resource;
    return VGPU_OK;
}

void vgpu_share_early(const struct vgpu_resource *resource)
{
    uint32_t flags = VGPU_BLOB_FLAG_SHAREABLE | VGPU_BLOB_FLAG_CROSS_DEVICE;

    if (resource->kind == VGPU_RESOURCE_GUEST_BLOB && resource->backing &&
        vgpu_backing_is_device(resource->backing) &&
        resource->blob.flags & flags) {
        (void)vgpu_backing_dmabuf(resource->backing);
    }
}

enum vgpu_status vgpu_make_backing(struct vgpu_device *dev,
                                   const struct vgpu_request *request,
                                   struct vgpu_entry_list *list,
                                   struct vgpu_backing **backing)
{
    enum vgpu_status status;

    switch (request->tail_state) {
    case VGPU_TAIL_SHORT:
        return guest_error(dev, request, VGPU_ERR_UNSPEC,
                           "list of %u entries is cut off", list->count);
    case VGPU_TAIL_NO_MEMORY:
        return out_of_memory(dev, request);
    case VGPU_TAIL_COPIED:
        break;
    case VGPU_TAIL_NONE:
        assert(!"commands with a list have a tail");
    }
    list->entries = request->tail;
    status = vgpu_backing_create(dev->env.host_ops, dev->env.host, dev->budget,
                                 list, backing);
    switch (status) {
    case VGPU_OK:
        return VGPU_OK;
    case VGPU_ERR_OUT_OF_MEMORY:
        return out_of_memory(dev, request);
    case VGPU_ERR_PARAMETER:
        return guest_error(dev, request, status,
                           "entries wrap, or hold less than %"
                           G_GUINT64_FORMAT " bytes", list->min_bytes);
    default:
        return guest_error(dev, request, status, "%s", list->complaint);
    }
}

/* Which kind of memory, and whose. */
static enum vgpu_status check_blob_memory(struct vgpu_device *dev,
                                          const struct vgpu_request *request,
                                          uint32_t blob_mem)
{
    if (blob_mem < VGPU_BLOB_MEM_GUEST ||
        blob_mem > VGPU_BLOB_MEM_HOST3D_GUEST) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER, "blob memory %u",
                           blob_mem);
    }
    if (blob_mem == VGPU_BLOB_MEM_GUEST) {
        return VGPU_OK;
    }
    if (!(request->features & VGPU_F_VIRGL)) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER,
                           "blob memory %u needs 3D", blob_mem);
    }
    if (!vgpu_context_find(dev, request->header.ctx_id)) {
        return guest_error(dev, request, VGPU_ERR_CONTEXT_ID,
                           "there is no context %u", request->header.ctx_id);
    }
    return VGPU_OK;
}

static enum vgpu_status check_host_memory(
    struct vgpu_device *dev, const struct vgpu_request *request,
    const struct vgpu_resource_create_blob *a)
{
    struct vgpu_context *context = vgpu_context_find(dev,
                                                     request->header.ctx_id);
    struct vgpu_texture shape;

    if (a->blob_mem == VGPU_BLOB_MEM_HOST3D && a->nr_entries) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER,
                           "%u entries for memory of the host", a->nr_entries);
    }
    if (context->makes_memory) {
        return a->blob_mem == VGPU_BLOB_MEM_HOST3D
               ? VGPU_OK
               : guest_error(dev, request, VGPU_ERR_PARAMETER,
                             "the memory of context %u has no shadow",
                             context->id);
    }
    if (!dev->ops_3d->blob_shape(dev->renderer, context, a->blob_id, &shape)) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER,
                           "context %u has no object %" G_GUINT64_FORMAT,
                           context->id, a->blob_id);
    }
    if (a->size > vgpu_texture_bytes(&shape)) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER,
                           "%" G_GUINT64_FORMAT " bytes of an object with %"
                           G_GUINT64_FORMAT, a->size,
                           vgpu_texture_bytes(&shape));
    }
    return VGPU_OK;
}

enum vgpu_status vgpu_check_new_blob(struct vgpu_device *dev,
                                     const struct vgpu_request *request,
                                     const struct vgpu_resource_create_blob *a)
{
    enum vgpu_status status = vgpu_check_new_id(dev, request, a->resource_id);

    if (status != VGPU_OK) {
        return status;
    }
    status = check_blob_memory(dev, request, a->blob_mem);
    if (status != VGPU_OK) {
        return status;
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
    return a->blob_mem == VGPU_BLOB_MEM_GUEST
           ? VGPU_OK : check_host_memory(dev, request, a);
}

enum vgpu_status vgpu_make_blob(struct vgpu_device *dev,
                                const struct vgpu_request *request,
                                const struct vgpu_resource_create_blob *a,
                                struct vgpu_resource **out)
{
    struct vgpu_resource *resource =
        vgpu_resource_new(dev, a->resource_id, VGPU_RESOURCE_GUEST_BLOB);

    if (!resource) {
        return out_of_memory(dev, request);
    }
    resource->blob.size = a->size;
    resource->blob.flags = a->blob_flags;
    *out = resource;
    return VGPU_OK;
}

/* An object that the context made becomes a texture. */
static enum vgpu_status take_object(struct vgpu_device *dev,
                                    struct vgpu_context *context,
                                    struct vgpu_resource *resource,
                                    uint64_t blob_id)
{
    struct vgpu_texture shape;
    enum vgpu_status status;

    dev->ops_3d->blob_shape(dev->renderer, context, blob_id, &shape);
    status = dev->ops_3d->blob_create(dev->renderer, context, resource,
                                      blob_id);
    if (status == VGPU_OK) {
        resource->texture = shape;
    }
    return status;
}

/* How much there is of it only the context knows: what is wanted counts. */
static enum vgpu_status take_memory(struct vgpu_device *dev,
                                    struct vgpu_context *context,
                                    struct vgpu_resource *resource,
                                    uint64_t blob_id)
{
    uint64_t bytes = resource->host_blob.size + MEMORY_BYTES;

    if (!vgpu_budget_charge_hosted(dev->budget, bytes)) {
        return VGPU_ERR_OUT_OF_MEMORY;
    }
    resource->memory.charge = bytes;
    return dev->ops_3d->blob_create(dev->renderer, context, resource, blob_id);
}

enum vgpu_status vgpu_make_host_blob(struct vgpu_device *dev,
                                     const struct vgpu_request *request,
                                     const struct vgpu_resource_create_blob *a,
                                     struct vgpu_resource **out)
{
    struct vgpu_context *context = vgpu_context_find(dev,
                                                     request->header.ctx_id);
    struct vgpu_resource *resource =
        vgpu_resource_new(dev, a->resource_id,
                          context->makes_memory ? VGPU_RESOURCE_MEMORY
                                                : VGPU_RESOURCE_TEXTURE);
    enum vgpu_status status;

    if (!resource) {
        return out_of_memory(dev, request);
    }
    resource->host_blob.size = a->size;
    resource->host_blob.flags = a->blob_flags;
    resource->host_blob.is_shadowed =
        a->blob_mem == VGPU_BLOB_MEM_HOST3D_GUEST;
    status = context->makes_memory
             ? take_memory(dev, context, resource, a->blob_id)
             : take_object(dev, context, resource, a->blob_id);
    if (status != VGPU_OK) {
        vgpu_resource_destroy(dev, resource);
        return status == VGPU_ERR_OUT_OF_MEMORY
               ? out_of_memory(dev, request)
               : guest_error(dev, request, status,
                             "object %" G_GUINT64_FORMAT " of context %u "
                             "becomes no blob", a->blob_id, context->id);
    }
    *out = resource;
    return VGPU_OK;
}
