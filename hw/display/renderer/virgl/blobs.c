/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "internal.h"

#include <glib.h>

#include "hw/virtio/vgpu/budget.h"
#include "hw/virtio/vgpu/context.h"
#include "hw/virtio/vgpu/resource.h"
#include "holdings.h"
#include "stream.h"
#include "ring-context.h"
#include "virgl-compat.h"

#define PAGE_BYTES 4096

void virgl_tame_objects(uint8_t *stream, uint64_t bytes)
{
    struct vgpu_virgl_stream walk = vgpu_virgl_stream(stream, bytes);
    struct vgpu_virgl_command command;

    while (vgpu_virgl_stream_next(&walk, &command)) {
        /* The stream is ours. */
        uint32_t *words = (uint32_t *)command.words;

        if (command.number == VGPU_VIRGL_PIPE_RESOURCE_CREATE &&
            command.length >= VGPU_VIRGL_RESOURCE_BLOB_ID &&
            words[VGPU_VIRGL_RESOURCE_TARGET] == VGPU_TARGET_BUFFER) {
            words[VGPU_VIRGL_RESOURCE_FORMAT] = VIRGL_BYTE_FORMAT;
        }
    }
}

bool virgl_blob_shape(void *opaque, const struct vgpu_context *context,
                      uint64_t blob_id, struct vgpu_texture *shape)
{
    /* As of a texture that the guest makes itself. */
    return vgpu_virgl_holdings_object(context->rendering, blob_id, shape) &&
           vgpu_texture_block(shape->format, &shape->block) &&
           !virgl_texture_complaint(opaque, shape);
}

bool virgl_take_object(const struct vgpu_context *context,
                       const struct vgpu_resource *resource, uint64_t blob_id)
{
    struct virgl_renderer_resource_create_blob_args args = {
        .res_handle = resource->id,
        .ctx_id = context->id,
        .blob_mem = VIRGL_RENDERER_BLOB_MEM_HOST3D,
        .blob_flags = resource->host_blob.flags,
        .blob_id = blob_id,
        .size = resource->host_blob.size,
    };

    return virgl_renderer_resource_create_blob(&args) == 0;
}

/* What shadows it is attached afterwards, as to any texture. */
enum vgpu_status virgl_blob_create(void *opaque, struct vgpu_context *context,
                                   struct vgpu_resource *resource,
                                   uint64_t blob_id)
{
    struct virgl_renderer *renderer = opaque;
    struct vgpu_texture shape;
    enum vgpu_status status;

    if (virgl_has_rings(context)) {
        return virgl_ring_context_blob(opaque, context, resource, blob_id);
    }
    virgl_blob_shape(opaque, context, blob_id, &shape);
    if (!virgl_take_object(context, resource, blob_id)) {
        return VGPU_ERR_UNSPEC;
    }
    vgpu_virgl_holdings_take(context->rendering, blob_id);
    status = virgl_made(renderer, resource, &shape);
    if (status != VGPU_OK) {
        vgpu_budget_release_hosted(renderer->budget, shape.bytes);
    }
    return status;
}

/*
 * A page that begins before the memory, or ends behind it, would show the guest
 * what else this process has there.
 */
static bool is_whole_pages(const void *data, uint64_t bytes,
                           const struct vgpu_resource *resource)
{
    uint64_t wanted = resource->host_blob.size;

    return (uintptr_t)data % PAGE_BYTES == 0 && wanted % PAGE_BYTES == 0 &&
           wanted <= bytes;
}

static bool map_info(const struct vgpu_resource *resource,
                     enum vgpu_map_info *info)
{
    uint32_t value;

    if (virgl_renderer_resource_get_map_info(resource->id, &value)) {
        return false;
    }
    *info = value & VIRGL_RENDERER_MAP_CACHE_MASK;
    return *info >= VGPU_MAP_CACHED && *info <= VGPU_MAP_WRITE_COMBINED;
}

/* Its bytes, which are in pages of their own, or NULL. */
static uint8_t *map_pages(const struct vgpu_resource *resource)
{
    uint64_t bytes;
    void *data;

    virgl_renderer_force_ctx_0();
    if (virgl_renderer_resource_map(resource->id, &data, &bytes)) {
        return NULL;
    }
    if (!is_whole_pages(data, bytes, resource)) {
        virgl_renderer_resource_unmap(resource->id);
        return NULL;
    }
    return data;
}

enum vgpu_status virgl_blob_map(void *opaque,
                                struct vgpu_resource *resource,
                                struct vgpu_host_memory *memory)
{
    bool has_shape = vgpu_resource_has_shape(resource);

    (void)opaque;
    virgl_renderer_force_ctx_0();
    if (!map_info(resource, &memory->info)) {
        return VGPU_ERR_UNSPEC;
    }
    memory->data = has_shape ? map_pages(resource)
                             : virgl_memory_data(resource);
    if (has_shape) {
        resource->host_blob.data = memory->data;
    }
    return memory->data ? VGPU_OK : VGPU_ERR_UNSPEC;
}

bool virgl_memory_is_readable(void *opaque,
                              const struct vgpu_resource *resource)
{
    (void)opaque;
    return virgl_memory_data(resource) != NULL;
}

/* Memory without a shape is read where it is mapped, and so stays. */
void virgl_blob_unmap(void *opaque, struct vgpu_resource *resource)
{
    (void)opaque;
    if (vgpu_resource_has_shape(resource)) {
        virgl_renderer_force_ctx_0();
        virgl_renderer_resource_unmap(resource->id);
        resource->host_blob.data = NULL;
    }
}
