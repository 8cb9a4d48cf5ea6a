/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "fake-context.h"

#include "hw/virtio/vgpu/backing.h"
#include "hw/virtio/vgpu/context.h"
#include "hw/virtio/vgpu/resource.h"
#include "hw/virtio/vgpu/wire.h"
#include "renderer/virgl/holdings.h"
#include "renderer/virgl/transfer-check.h"

/* What stands in vgpu_context.rendering. */
struct rendering {
    GHashTable *resources;      /* attached: a set */
    struct vgpu_virgl_holdings *holdings;
    bool lost;
};

struct fence {
    uint32_t context_id;
    bool has_ring;
    uint32_t ring;
    uint64_t token;
};

void fake_contexts_init(struct fake_contexts *contexts,
                        const struct vgpu_renderer_config *config)
{
    contexts->faults = config->options;
    contexts->host = config->host;
    contexts->budget = config->budget;
    contexts->pins = vgpu_virgl_pins_create(config->budget);
    contexts->fences = g_array_new(FALSE, FALSE, sizeof(struct fence));
}

void fake_contexts_finish(struct fake_contexts *contexts)
{
    g_assert_cmpuint(contexts->num_contexts, ==, 0);
    vgpu_virgl_pins_destroy(contexts->pins);
    g_array_unref(contexts->fences);
}

enum vgpu_status fake_context_create(struct fake_contexts *contexts,
                                     struct vgpu_context *context)
{
    struct vgpu_virgl_holdings *holdings;
    struct rendering *rendering;

    if (contexts->faults->context) {
        return VGPU_ERR_UNSPEC;
    }
    holdings = vgpu_virgl_holdings_create(contexts->budget, contexts->pins);
    if (!holdings) {
        return VGPU_ERR_OUT_OF_MEMORY;
    }
    rendering = context->rendering = g_new0(struct rendering, 1);
    rendering->resources = g_hash_table_new(NULL, NULL);
    rendering->holdings = holdings;
    context->has_rings = context->makes_memory =
        context->capset_id == VGPU_CAPSET_VENUS;
    contexts->num_contexts++;
    return VGPU_OK;
}

void fake_context_destroy(struct fake_contexts *contexts,
                          struct vgpu_context *context)
{
    struct rendering *rendering = context->rendering;

    vgpu_virgl_holdings_destroy(rendering->holdings);
    g_hash_table_destroy(rendering->resources);
    g_free(rendering);
    contexts->num_contexts--;
}

/* A stream could write all of a blob. */
enum vgpu_status fake_context_attach(struct vgpu_context *context,
                                     struct vgpu_resource *resource)
{
    struct rendering *rendering = context->rendering;
    uint32_t count;

    if (resource->kind == VGPU_RESOURCE_GUEST_BLOB && resource->backing &&
        vgpu_backing_iov(resource->backing, &count) &&
        !vgpu_backing_is_writable(resource->backing)) {
        return VGPU_ERR_UNSPEC;
    }
    g_assert(g_hash_table_add(rendering->resources, resource));
    return VGPU_OK;
}

void fake_context_detach(struct vgpu_context *context,
                         struct vgpu_resource *resource)
{
    struct rendering *rendering = context->rendering;

    g_assert(g_hash_table_remove(rendering->resources, resource));
}

bool fake_context_object(const struct vgpu_context *context, uint64_t blob_id,
                         struct vgpu_texture *shape)
{
    const struct rendering *rendering = context->rendering;

    return vgpu_virgl_holdings_object(rendering->holdings, blob_id, shape);
}

void fake_context_take(struct vgpu_context *context, uint64_t blob_id)
{
    struct rendering *rendering = context->rendering;

    vgpu_virgl_holdings_take(rendering->holdings, blob_id);
}

bool fake_context_is_lost(const struct vgpu_context *context)
{
    return ((const struct rendering *)context->rendering)->lost;
}

bool fake_context_has(const struct vgpu_context *context,
                      struct vgpu_resource *resource)
{
    const struct rendering *rendering = context->rendering;

    return g_hash_table_contains(rendering->resources, resource);
}

/* Whether the commands of a stream, whose lengths fit, are such. */
static bool is_good(const uint32_t *words, uint64_t count)
{
    for (uint64_t at = 0; at < count; at += (words[at] >> 16) + 1) {
        uint32_t command = words[at] & 0xff;

        if (command > FAKE_LAST_COMMAND || command == FAKE_BIND_OBJECT) {
            return false;
        }
    }
    return true;
}

/* The work of a lost context has ended, all of it. */
static void lose(struct fake_contexts *contexts, struct vgpu_context *context)
{
    ((struct rendering *)context->rendering)->lost = true;
    for (guint i = 0; i < contexts->fences->len;) {
        struct fence fence = g_array_index(contexts->fences, struct fence, i);

        if (fence.context_id != context->id) {
            i++;
            continue;
        }
        g_array_remove_index(contexts->fences, i);
        contexts->host.fence_done(contexts->host.opaque, fence.token, true);
    }
}

static enum vgpu_status submit_venus(struct fake_contexts *contexts,
                                     struct vgpu_context *context,
                                     const uint32_t *words, uint64_t count)
{
    if (count && words[0] == FAKE_NO_VULKAN) {
        lose(contexts, context);
    }
    return fake_context_is_lost(context) ? VGPU_ERR_UNSPEC : VGPU_OK;
}

enum vgpu_status fake_context_submit(struct fake_contexts *contexts,
                                     struct vgpu_context *context,
                                     const uint8_t *stream, uint64_t bytes)
{
    struct rendering *rendering = context->rendering;
    enum vgpu_status status;
    bool writes_guest;
    uint64_t charged;

    if (contexts->faults->submit_memory) {
        return VGPU_ERR_OUT_OF_MEMORY;
    }
    if (context->makes_memory) {
        return submit_venus(contexts, context, (const uint32_t *)stream,
                            bytes / 4);
    }
    if (!vgpu_virgl_transfers_fit(context, stream, bytes, &writes_guest)) {
        return VGPU_ERR_UNSPEC;
    }
    status = vgpu_virgl_holdings_charge(rendering->holdings, stream, bytes,
                                        &charged);
    if (status != VGPU_OK) {
        return status;
    }
    rendering->lost |= !is_good((const uint32_t *)stream, bytes / 4);
    vgpu_virgl_holdings_settle(rendering->holdings, context, stream, bytes,
                               charged, !rendering->lost);
    return rendering->lost ? VGPU_ERR_UNSPEC : VGPU_OK;
}

enum vgpu_status fake_context_fence(struct fake_contexts *contexts,
                                    const struct vgpu_context *context,
                                    uint32_t ring, uint64_t token)
{
    struct fence fence = { context->id, context->has_rings, ring, token };

    if (contexts->faults->fence ||
        (context->has_rings && fake_context_is_lost(context))) {
        return VGPU_ERR_UNSPEC;
    }
    g_array_append_val(contexts->fences, fence);
    fake_contexts_release(contexts);
    return VGPU_OK;
}

static bool is_held(const struct fake_contexts *contexts,
                    const struct fence *fence)
{
    return (fence->context_id < 64 &&
            contexts->faults->held >> fence->context_id & 1) ||
           (fence->has_ring && contexts->faults->held_rings >> fence->ring & 1);
}

void fake_contexts_release(struct fake_contexts *contexts)
{
    for (guint i = 0; i < contexts->fences->len;) {
        struct fence fence = g_array_index(contexts->fences, struct fence, i);

        if (is_held(contexts, &fence)) {
            i++;
            continue;
        }
        g_array_remove_index(contexts->fences, i);
        contexts->host.fence_done(contexts->host.opaque, fence.token,
                                  contexts->faults->fence_lost);
    }
}
