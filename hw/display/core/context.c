/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "context.h"

#include <string.h>

#include "device-internal.h"
#include "fence.h"
#include "hw/virtio/vgpu/resource.h"

/*
 * What GLib's tables hold for an attached resource when they have just grown;
 * see resource-table.c.
 */
#define ATTACHMENT_BYTES 80

/* The record itself, its table and an entry of the device's. */
#define CONTEXT_BYTES 512

/* Of contexts that a message names. */
#define MAX_NAMES 8

void vgpu_contexts_init(struct vgpu_device *dev)
{
    dev->contexts = g_hash_table_new(NULL, NULL);
}

void vgpu_contexts_finish(struct vgpu_device *dev)
{
    vgpu_context_remove_all(dev);
    g_hash_table_destroy(dev->contexts);
}

struct vgpu_context *vgpu_context_find(const struct vgpu_device *dev,
                                       uint32_t id)
{
    return g_hash_table_lookup(dev->contexts, GUINT_TO_POINTER(id));
}

uint32_t vgpu_device_num_contexts(const struct vgpu_device *dev)
{
    return atomic_load_explicit(&dev->num_contexts, memory_order_acquire);
}

static void count_contexts(struct vgpu_device *dev)
{
    atomic_store_explicit(&dev->num_contexts,
                          g_hash_table_size(dev->contexts),
                          memory_order_release);
}

/* The guest's bytes go into logs and messages. */
static void copy_name(char *dest, const char *name, uint32_t bytes)
{
    uint32_t i;

    for (i = 0; i < bytes && name[i]; i++) {
        dest[i] = g_ascii_isprint(name[i]) ? name[i] : '?';
    }
    dest[i] = '\0';
}

enum vgpu_status vgpu_context_create(struct vgpu_device *dev, uint32_t id,
                                     uint32_t capset_id, const char *name,
                                     uint32_t name_bytes)
{
    struct vgpu_context *context;
    enum vgpu_status status;

    if (g_hash_table_size(dev->contexts) >= dev->config.max_contexts ||
        !vgpu_budget_charge(dev->budget, CONTEXT_BYTES)) {
        return VGPU_ERR_OUT_OF_MEMORY;
    }
    context = g_new0(struct vgpu_context, 1);
    context->id = id;
    context->serial = ++dev->contexts_made;
    context->capset_id = capset_id;
    copy_name(context->name, name, MIN(name_bytes, VGPU_WIRE_NAME_BYTES));
    context->resources = g_hash_table_new(NULL, NULL);
    status = dev->ops_3d->context_create(dev->renderer, context);
    if (status != VGPU_OK) {
        g_hash_table_destroy(context->resources);
        g_free(context);
        vgpu_budget_release(dev->budget, CONTEXT_BYTES);
        return status;
    }
    g_hash_table_insert(dev->contexts, GUINT_TO_POINTER(id), context);
    count_contexts(dev);
    return VGPU_OK;
}

static void destroy(struct vgpu_device *dev, struct vgpu_context *context)
{
    GHashTableIter iter;
    gpointer resource;

    g_hash_table_iter_init(&iter, context->resources);
    while (g_hash_table_iter_next(&iter, NULL, &resource)) {
        ((struct vgpu_resource *)resource)->num_contexts--;
        vgpu_budget_release(dev->budget, ATTACHMENT_BYTES);
    }
    vgpu_fence_finish_context(dev, context->id);
    dev->ops_3d->context_destroy(dev->renderer, context);
    g_hash_table_destroy(context->resources);
    g_free(context);
    vgpu_budget_release(dev->budget, CONTEXT_BYTES);
}

void vgpu_context_remove(struct vgpu_device *dev, struct vgpu_context *context)
{
    g_hash_table_remove(dev->contexts, GUINT_TO_POINTER(context->id));
    destroy(dev, context);
    count_contexts(dev);
}

void vgpu_context_remove_all(struct vgpu_device *dev)
{
    GHashTableIter iter;
    gpointer context;

    g_hash_table_iter_init(&iter, dev->contexts);
    while (g_hash_table_iter_next(&iter, NULL, &context)) {
        g_hash_table_iter_remove(&iter);
        destroy(dev, context);
    }
    count_contexts(dev);
}

bool vgpu_context_has(const struct vgpu_context *context,
                      const struct vgpu_resource *resource)
{
    return vgpu_context_resource(context, resource->id) == resource;
}

enum vgpu_status vgpu_context_attach(struct vgpu_device *dev,
                                     struct vgpu_context *context,
                                     struct vgpu_resource *resource)
{
    enum vgpu_status status;

    if (vgpu_context_has(context, resource)) {
        return VGPU_OK;
    }
    if (!vgpu_budget_charge(dev->budget, ATTACHMENT_BYTES)) {
        return VGPU_ERR_OUT_OF_MEMORY;
    }
    status = dev->ops_3d->context_attach(dev->renderer, context, resource);
    if (status != VGPU_OK) {
        vgpu_budget_release(dev->budget, ATTACHMENT_BYTES);
        return status;
    }
    g_hash_table_insert(context->resources, GUINT_TO_POINTER(resource->id),
                        resource);
    resource->num_contexts++;
    return VGPU_OK;
}

void vgpu_context_detach(struct vgpu_device *dev, struct vgpu_context *context,
                         struct vgpu_resource *resource)
{
    if (g_hash_table_remove(context->resources,
                            GUINT_TO_POINTER(resource->id))) {
        resource->num_contexts--;
        vgpu_budget_release(dev->budget, ATTACHMENT_BYTES);
        dev->ops_3d->context_detach(dev->renderer, context, resource);
    }
}

void vgpu_context_forget(struct vgpu_device *dev,
                         struct vgpu_resource *resource)
{
    GHashTableIter iter;
    gpointer context;

    if (resource->num_contexts == 0) {
        return;
    }
    g_hash_table_iter_init(&iter, dev->contexts);
    while (g_hash_table_iter_next(&iter, NULL, &context)) {
        vgpu_context_detach(dev, context, resource);
    }
}

char *vgpu_device_context_names(const struct vgpu_device *dev)
{
    GString *names = g_string_new("");
    GHashTableIter iter;
    gpointer value;
    unsigned count = 0;

    g_hash_table_iter_init(&iter, dev->contexts);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        const struct vgpu_context *context = value;

        if (count++ == MAX_NAMES) {
            g_string_append(names, ", ...");
            break;
        }
        g_string_append_printf(names, "%s%u (%s)", names->len ? ", " : "",
                               context->id,
                               *context->name ? context->name : "no name");
    }
    return g_string_free(names, FALSE);
}
