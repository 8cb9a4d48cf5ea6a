/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "resource-table.h"

#include "context.h"
#include "device-internal.h"
#include "hw/virtio/vgpu/backing.h"
#include "hw/virtio/vgpu/format.h"
#include "share.h"

/*
 * What GLib's table holds for an entry when it has just grown: key, value
 * and hash at a quarter of its slots filled.
 */
#define TABLE_BYTES_PER_ENTRY 80

void vgpu_resource_table_init(struct vgpu_device *dev)
{
    dev->resources = g_hash_table_new(NULL, NULL);
}

void vgpu_resource_table_finish(struct vgpu_device *dev)
{
    vgpu_resource_remove_all(dev);
    g_hash_table_destroy(dev->resources);
}

struct vgpu_resource *vgpu_resource_find(const struct vgpu_device *dev,
                                         uint32_t id)
{
    return g_hash_table_lookup(dev->resources, GUINT_TO_POINTER(id));
}

struct vgpu_resource *vgpu_resource_new(struct vgpu_device *dev, uint32_t id,
                                        enum vgpu_resource_kind kind)
{
    struct vgpu_resource *resource;

    if (g_hash_table_size(dev->resources) >= dev->config.max_resources ||
        !vgpu_budget_charge(dev->budget, TABLE_BYTES_PER_ENTRY)) {
        return NULL;
    }
    resource = vgpu_budget_alloc(dev->budget, sizeof(*resource));
    if (!resource) {
        vgpu_budget_release(dev->budget, TABLE_BYTES_PER_ENTRY);
        return NULL;
    }
    resource->id = id;
    resource->kind = kind;
    return resource;
}

static void publish_size(struct vgpu_device *dev)
{
    vgpu_counter_set(&dev->env.metrics->resources,
                     g_hash_table_size(dev->resources));
}

void vgpu_resource_insert(struct vgpu_device *dev,
                          struct vgpu_resource *resource)
{
    g_hash_table_insert(dev->resources, GUINT_TO_POINTER(resource->id),
                        resource);
    publish_size(dev);
}

void vgpu_resource_detach(struct vgpu_device *dev,
                          struct vgpu_resource *resource)
{
    if (!resource->backing) {
        return;
    }
    vgpu_resource_unshare(dev, resource);
    if (vgpu_backing_is_device(resource->backing)) {
        vgpu_scanout_blank(dev, resource);
    }
    if (dev->ops_3d) {
        dev->ops_3d->backing_detached(dev->renderer, resource);
    }
    vgpu_backing_destroy(resource->backing);
    resource->backing = NULL;
}

bool vgpu_resource_picture(const struct vgpu_resource *resource,
                           struct vgpu_layout *layout)
{
    const struct vgpu_texture *texture = &resource->texture;

    switch (resource->kind) {
    case VGPU_RESOURCE_IMAGE:
        *layout = (struct vgpu_layout) {
            .format = resource->image.format,
            .width = resource->image.width,
            .height = resource->image.height,
            .stride = resource->image.stride,
        };
        return true;
    case VGPU_RESOURCE_TEXTURE:
        if (resource->host_blob.size || !vgpu_texture_is_picture(texture) ||
            !vgpu_format_is_known(texture->format) ||
            texture->width > VGPU_MAX_AXIS_PX ||
            texture->height > VGPU_MAX_AXIS_PX) {
            return false;
        }
        *layout = (struct vgpu_layout) {
            .format = texture->format,
            .width = texture->width,
            .height = texture->height,
            .stride = texture->width * VGPU_BYTES_PER_PIXEL,
        };
        return true;
    case VGPU_RESOURCE_GUEST_BLOB:
    case VGPU_RESOURCE_MEMORY:
        break;
    }
    return false;
}

bool vgpu_resource_shows(const struct vgpu_resource *resource,
                         const struct vgpu_layout *layout)
{
    const struct vgpu_texture *shape = &resource->texture;

    if (!vgpu_resource_has_shape(resource)) {
        return resource->kind == VGPU_RESOURCE_MEMORY || resource->backing;
    }
    return shape->target == VGPU_TARGET_BUFFER ||
           (vgpu_texture_is_picture(shape) &&
            vgpu_format_is_known(shape->format) &&
            layout->width <= shape->width && layout->height <= shape->height);
}

static void forget(struct vgpu_device *dev, struct vgpu_resource *resource)
{
    vgpu_scanout_forget(dev, resource);
    vgpu_context_forget(dev, resource);
    vgpu_resource_detach(dev, resource);
}

void vgpu_resource_destroy(struct vgpu_device *dev,
                           struct vgpu_resource *resource)
{
    forget(dev, resource);
    if (dev->ops_3d) {
        dev->ops_3d->resource_destroy(dev->renderer, resource);
    }
    switch (resource->kind) {
    case VGPU_RESOURCE_IMAGE:
        dev->env.renderer_ops->image_destroy(dev->renderer, resource);
        break;
    case VGPU_RESOURCE_TEXTURE:
        vgpu_budget_release_hosted(dev->budget, resource->texture.bytes);
        break;
    case VGPU_RESOURCE_MEMORY:
        vgpu_budget_release_hosted(dev->budget, resource->memory.charge);
        break;
    case VGPU_RESOURCE_GUEST_BLOB:
        break;
    }
    vgpu_budget_free(dev->budget, resource);
    vgpu_budget_release(dev->budget, TABLE_BYTES_PER_ENTRY);
}

static void end(struct vgpu_device *dev, struct vgpu_request *request,
                struct vgpu_resource *resource)
{
    if (resource->host_blob.mapping) {
        forget(dev, resource);
        vgpu_window_end(dev, request, resource);
    } else {
        vgpu_resource_destroy(dev, resource);
    }
}

void vgpu_resource_remove(struct vgpu_device *dev, struct vgpu_request *request,
                          struct vgpu_resource *resource)
{
    g_hash_table_remove(dev->resources, GUINT_TO_POINTER(resource->id));
    publish_size(dev);
    end(dev, request, resource);
}

void vgpu_resource_remove_all(struct vgpu_device *dev)
{
    GHashTableIter iter;
    gpointer resource;

    g_hash_table_iter_init(&iter, dev->resources);
    while (g_hash_table_iter_next(&iter, NULL, &resource)) {
        g_hash_table_iter_remove(&iter);
        end(dev, NULL, resource);
    }
    publish_size(dev);
}
