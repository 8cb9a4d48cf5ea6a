/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "window.h"

#include <assert.h>

#include "command.h"
#include "device-internal.h"
#include "execute.h"
#include "hw/virtio/vgpu/resource.h"
#include "request-answer.h"
#include "resource-table.h"

/* What the host is at, if it is. */
enum mapping_state {
    MAPPING,
    MAPPED,
    UNMAPPING,
};

struct vgpu_mapping {
    uint64_t offset;            /* in the window, bytes */
    uint64_t bytes;
    enum vgpu_map_info info;
    enum mapping_state state;
    bool ends;                  /* its resource does, when it is unmapped */
    struct vgpu_resource *resource;
    struct vgpu_request *request;   /* waits for the change, or NULL */
};

static int compare_offsets(const void *a, const void *b, void *opaque)
{
    uint64_t left = *(const uint64_t *)a, right = *(const uint64_t *)b;

    (void)opaque;
    return left < right ? -1 : left > right;
}

void vgpu_window_init(struct vgpu_device *dev)
{
    dev->window.mappings = g_tree_new_full(compare_offsets, NULL, NULL, g_free);
    dev->window.changing = g_hash_table_new(NULL, NULL);
}

void vgpu_window_finish(struct vgpu_device *dev)
{
    assert(g_tree_nnodes(dev->window.mappings) == 0);
    g_tree_destroy(dev->window.mappings);
    g_hash_table_destroy(dev->window.changing);
}

uint32_t vgpu_device_num_mappings(const struct vgpu_device *dev)
{
    return atomic_load_explicit(&dev->window.num_mappings,
                                memory_order_acquire);
}

static void count_mappings(struct vgpu_device *dev)
{
    atomic_store_explicit(&dev->window.num_mappings,
                          (uint32_t)g_tree_nnodes(dev->window.mappings),
                          memory_order_release);
}

bool vgpu_window_is_inside(const struct vgpu_device *dev, uint64_t offset,
                           uint64_t bytes)
{
    uint64_t window_bytes = dev->config.window_bytes;

    return offset <= window_bytes && bytes <= window_bytes - offset;
}

/* The last of those that lie in that part of the window, or NULL. */
static const struct vgpu_mapping *find_inside(const struct vgpu_device *dev,
                                              uint64_t offset, uint64_t bytes)
{
    uint64_t last = offset + bytes - 1;
    GTreeNode *above = g_tree_upper_bound(dev->window.mappings, &last);
    GTreeNode *node = above ? g_tree_node_previous(above)
                            : g_tree_node_last(dev->window.mappings);
    const struct vgpu_mapping *mapping = node ? g_tree_node_value(node) : NULL;

    return mapping && mapping->offset + mapping->bytes > offset ? mapping
                                                                : NULL;
}

bool vgpu_window_is_free(const struct vgpu_device *dev, uint64_t offset,
                         uint64_t bytes)
{
    return !find_inside(dev, offset, bytes);
}

/* --- requests that wait ----------------------------------------------- */

static void wait(struct vgpu_device *dev, struct vgpu_request *request,
                 uint32_t id)
{
    request->state = VGPU_REQUEST_WAITING;
    request->waits_for = id;
    vgpu_request_list_insert(&dev->window.waiting, request);
}

/* The resource that a request is about; 0: none. */
static uint32_t id_of(const struct vgpu_request *request)
{
    const union vgpu_args *args = &request->args;

    switch (request->command->type) {
    case VGPU_CMD_RESOURCE_CREATE_2D:
        return args->resource_create_2d.resource_id;
    case VGPU_CMD_RESOURCE_CREATE_3D:
        return args->resource_create_3d.resource_id;
    case VGPU_CMD_RESOURCE_CREATE_BLOB:
        return args->resource_create_blob.resource_id;
    case VGPU_CMD_RESOURCE_UNREF:
    case VGPU_CMD_RESOURCE_UNMAP_BLOB:
    case VGPU_CMD_RESOURCE_DETACH_BACKING:
    case VGPU_CMD_RESOURCE_ASSIGN_UUID:
    case VGPU_CMD_CTX_ATTACH_RESOURCE:
    case VGPU_CMD_CTX_DETACH_RESOURCE:
        return args->resource_ref.resource_id;
    case VGPU_CMD_RESOURCE_MAP_BLOB:
        return args->resource_map_blob.resource_id;
    case VGPU_CMD_RESOURCE_ATTACH_BACKING:
        return args->resource_attach_backing.resource_id;
    case VGPU_CMD_SET_SCANOUT:
        return args->set_scanout.resource_id;
    case VGPU_CMD_SET_SCANOUT_BLOB:
        return args->set_scanout_blob.resource_id;
    case VGPU_CMD_RESOURCE_FLUSH:
        return args->resource_flush.resource_id;
    case VGPU_CMD_TRANSFER_TO_HOST_2D:
        return args->transfer_to_host_2d.resource_id;
    case VGPU_CMD_TRANSFER_TO_HOST_3D:
    case VGPU_CMD_TRANSFER_FROM_HOST_3D:
        return args->transfer_3d.resource_id;
    default:
        return 0;
    }
}

static bool is_changing(const struct vgpu_device *dev, uint32_t id)
{
    return g_hash_table_contains(dev->window.changing, GUINT_TO_POINTER(id));
}

/* What is on its way out of where the request wants to map; 0: nothing is. */
static uint32_t id_in_the_way(const struct vgpu_device *dev,
                              const struct vgpu_request *request)
{
    const struct vgpu_resource_map_blob *a = &request->args.resource_map_blob;
    const struct vgpu_resource *resource = vgpu_resource_find(dev,
                                                              a->resource_id);
    const struct vgpu_mapping *mapping;

    if (!resource || resource->host_blob.size == 0 ||
        !vgpu_window_is_inside(dev, a->offset, resource->host_blob.size)) {
        return 0;
    }
    mapping = find_inside(dev, a->offset, resource->host_blob.size);
    return mapping && (mapping->state == UNMAPPING || mapping->ends)
           ? mapping->resource->id : 0;
}

/*
 * What an older request waits for that is about the same resource, or of the same
 * context, whose streams may name what it is about; 0: there is none.
 */
static uint32_t id_of_older(const struct vgpu_device *dev,
                            const struct vgpu_request *request)
{
    uint32_t id = id_of(request), ctx_id = request->header.ctx_id;

    for (const struct vgpu_request *r = dev->window.waiting.first;
         r && r->serial < request->serial; r = r->list_next) {
        if (r->waits_for && ((id && id_of(r) == id) ||
                             (ctx_id && r->header.ctx_id == ctx_id))) {
            return r->waits_for;
        }
    }
    return 0;
}

static uint32_t id_to_wait_for(const struct vgpu_device *dev,
                               const struct vgpu_request *request)
{
    uint32_t id = id_of(request);

    if (id && is_changing(dev, id)) {
        return id;
    }
    id = id_of_older(dev, request);
    if (!id && request->command->type == VGPU_CMD_RESOURCE_MAP_BLOB) {
        id = id_in_the_way(dev, request);
    }
    return id;
}

bool vgpu_window_defer(struct vgpu_device *dev, struct vgpu_request *request)
{
    uint32_t id = request->command && request->queue == VGPU_QUEUE_CONTROL
                  ? id_to_wait_for(dev, request) : 0;

    if (id) {
        wait(dev, request, id);
    }
    return id != 0;
}

bool vgpu_window_waits(const struct vgpu_device *dev, uint64_t timeline,
                       uint64_t serial)
{
    for (const struct vgpu_request *r = dev->window.waiting.first; r;
         r = r->list_next) {
        if (r->serial < serial && r->timeline == timeline &&
            r->header.flags & VGPU_FLAG_FENCE) {
            return true;
        }
    }
    return false;
}

/* Those that waited for @id, until one of them begins another change of it. */
static void execute_deferred(struct vgpu_device *dev, uint32_t id)
{
    struct vgpu_request *next;

    for (struct vgpu_request *r = dev->window.waiting.first; r; r = next) {
        next = r->list_next;
        if (r->waits_for != id) {
            continue;
        }
        vgpu_request_list_remove(&dev->window.waiting, r);
        r->state = VGPU_REQUEST_FETCHED;
        if (!vgpu_window_defer(dev, r)) {
            vgpu_execute_now(dev, r);
        }
        if (is_changing(dev, id)) {
            break;
        }
    }
}

void vgpu_window_drop(struct vgpu_device *dev)
{
    GHashTableIter iter;
    gpointer mapping;

    g_hash_table_iter_init(&iter, dev->window.changing);
    while (g_hash_table_iter_next(&iter, NULL, &mapping)) {
        ((struct vgpu_mapping *)mapping)->request = NULL;
    }
    while (dev->window.waiting.first) {
        struct vgpu_request *request = dev->window.waiting.first;

        vgpu_request_list_remove(&dev->window.waiting, request);
        request->state = VGPU_REQUEST_DONE;
        dev->env.host_ops->complete(dev->env.host, request);
    }
}

/* --- changes ---------------------------------------------------------- */

/* Its memory is nobody's but the renderer's again. */
static void forget(struct vgpu_device *dev, struct vgpu_mapping *mapping)
{
    struct vgpu_resource *resource = mapping->resource;
    bool ends = mapping->ends;

    dev->ops_3d->blob_unmap(dev->renderer, resource);
    resource->host_blob.mapping = NULL;
    g_tree_remove(dev->window.mappings, &mapping->offset);
    count_mappings(dev);
    if (ends) {
        vgpu_resource_destroy(dev, resource);
    }
}

static enum vgpu_status answer_map(struct vgpu_request *request,
                                   enum vgpu_map_info info)
{
    if (request) {
        vgpu_wire_put32(vgpu_reply_payload(request, VGPU_WIRE_MAP_INFO_BYTES),
                        info);
    }
    return VGPU_OK_MAP_INFO;
}

static enum vgpu_status unmap(struct vgpu_device *dev,
                              struct vgpu_mapping *mapping,
                              struct vgpu_request *request);

static enum vgpu_status end_change(struct vgpu_device *dev,
                                   struct vgpu_mapping *mapping, bool done)
{
    struct vgpu_request *request = mapping->request;
    enum vgpu_status status;

    if (!done) {
        status = VGPU_ERR_OUT_OF_MEMORY;
        if (request) {
            status = guest_error(dev, request, status,
                                 "no room to map resource %u",
                                 mapping->resource->id);
        }
        forget(dev, mapping);
        return status;
    }
    if (mapping->state == UNMAPPING) {
        forget(dev, mapping);
        return VGPU_OK;
    }
    mapping->state = MAPPED;
    status = answer_map(request, mapping->info);
    if (mapping->ends) {
        (void)!unmap(dev, mapping, NULL);
    }
    return status;
}

/* The host was asked for a change, for which @request waits if it has to. */
static enum vgpu_status change(struct vgpu_device *dev,
                               struct vgpu_mapping *mapping,
                               struct vgpu_request *request,
                               enum vgpu_window_answer answer)
{
    mapping->request = request;
    if (answer != VGPU_WINDOW_LATER) {
        return end_change(dev, mapping, answer == VGPU_WINDOW_DONE);
    }
    if (request) {
        wait(dev, request, 0);
    }
    g_hash_table_insert(dev->window.changing,
                        GUINT_TO_POINTER(mapping->resource->id), mapping);
    return VGPU_OK;
}

enum vgpu_status vgpu_window_map(struct vgpu_device *dev,
                                 struct vgpu_request *request,
                                 struct vgpu_resource *resource,
                                 uint64_t offset,
                                 const struct vgpu_host_memory *memory)
{
    struct vgpu_mapping *mapping = g_new0(struct vgpu_mapping, 1);

    mapping->offset = offset;
    mapping->bytes = resource->host_blob.size;
    mapping->info = memory->info;
    mapping->resource = resource;
    resource->host_blob.mapping = mapping;
    g_tree_insert(dev->window.mappings, &mapping->offset, mapping);
    count_mappings(dev);
    return change(dev, mapping, request,
                  dev->env.host_ops->window_map(dev->env.host, resource->id,
                                                offset, memory->data,
                                                mapping->bytes));
}

static enum vgpu_status unmap(struct vgpu_device *dev,
                              struct vgpu_mapping *mapping,
                              struct vgpu_request *request)
{
    assert(mapping->state == MAPPED);
    mapping->state = UNMAPPING;
    return change(dev, mapping, request,
                  dev->env.host_ops->window_unmap(dev->env.host,
                                                  mapping->resource->id));
}

enum vgpu_status vgpu_window_unmap(struct vgpu_device *dev,
                                   struct vgpu_request *request,
                                   struct vgpu_resource *resource)
{
    return unmap(dev, resource->host_blob.mapping, request);
}

/* Requests that end it wait while it changes, so that only a reset comes then. */
void vgpu_window_end(struct vgpu_device *dev, struct vgpu_request *request,
                     struct vgpu_resource *resource)
{
    struct vgpu_mapping *mapping = resource->host_blob.mapping;

    mapping->ends = true;
    if (mapping->state == MAPPED) {
        (void)!unmap(dev, mapping, request);
    }
}

void vgpu_device_window_done(struct vgpu_device *dev, uint32_t id, bool done)
{
    struct vgpu_mapping *mapping =
        g_hash_table_lookup(dev->window.changing, GUINT_TO_POINTER(id));
    struct vgpu_request *request = mapping->request;
    enum vgpu_status status;

    assert(done || mapping->state == MAPPING);
    g_hash_table_remove(dev->window.changing, GUINT_TO_POINTER(id));
    status = end_change(dev, mapping, done);
    if (request) {
        vgpu_request_list_remove(&dev->window.waiting, request);
        vgpu_execute_finish(dev, request, status);
    }
    if (!is_changing(dev, id)) {
        execute_deferred(dev, id);
    }
}
