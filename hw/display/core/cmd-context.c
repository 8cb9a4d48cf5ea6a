/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "command.h"

#include <assert.h>

#include "context.h"
#include "device-internal.h"
#include "fence.h"
#include "lookup.h"

/* The largest stream, bytes: far more than any driver collects. */
#define MAX_STREAM_BYTES (64u << 20)

/*
 * The protocol of a new context.  Who says none speaks the newest dialect of
 * OpenGL: Windows' driver asks for one without accepting CONTEXT_INIT.
 */
static enum vgpu_status choose_capset(struct vgpu_device *dev,
                                      struct vgpu_request *request,
                                      uint32_t context_init, uint32_t *id)
{
    uint32_t wanted = context_init & VGPU_CONTEXT_INIT_CAPSET;
    uint32_t count = vgpu_device_num_capsets(dev);

    if (!(dev->config.features & VGPU_F_CONTEXT_INIT)) {
        wanted = 0;
    } else if (context_init & ~VGPU_CONTEXT_INIT_CAPSET) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER,
                           "context_init 0x%x", context_init);
    }
    for (uint32_t i = count; i-- > 0;) {
        *id = dev->ops_3d->capset(dev->renderer, i).id;
        if (wanted == *id || (wanted == 0 && *id <= VGPU_CAPSET_VIRGL2)) {
            return VGPU_OK;
        }
    }
    return guest_error(dev, request, VGPU_ERR_PARAMETER, "capset %u", wanted);
}

enum vgpu_status cmd_ctx_create(struct vgpu_device *dev,
                                struct vgpu_request *request,
                                const union vgpu_args *args)
{
    const struct vgpu_ctx_create *a = &args->ctx_create;
    uint32_t id = request->header.ctx_id;
    enum vgpu_status status;
    uint32_t capset_id = 0;

    if (id == 0 || vgpu_context_find(dev, id)) {
        return guest_error(dev, request, VGPU_ERR_CONTEXT_ID,
                           "context id %u is %s", id,
                           id ? "in use" : "reserved");
    }
    status = choose_capset(dev, request, a->context_init, &capset_id);
    if (status != VGPU_OK) {
        return status;
    }
    status = vgpu_context_create(dev, id, capset_id, a->debug_name, a->nlen);
    if (status != VGPU_OK) {
        return guest_error(dev, request, status, "no context beside %u of %u",
                           vgpu_device_num_contexts(dev),
                           dev->config.max_contexts);
    }
    return VGPU_OK;
}

enum vgpu_status cmd_ctx_destroy(struct vgpu_device *dev,
                                 struct vgpu_request *request,
                                 const union vgpu_args *args)
{
    struct vgpu_context *context;
    enum vgpu_status status = vgpu_lookup_context(dev, request, &context);

    (void)args;
    if (status == VGPU_OK) {
        vgpu_context_remove(dev, context);
    }
    return status;
}

static enum vgpu_status lookup_both(struct vgpu_device *dev,
                                    struct vgpu_request *request,
                                    struct vgpu_context **context,
                                    struct vgpu_resource **resource)
{
    enum vgpu_status status = vgpu_lookup_context(dev, request, context);

    if (status != VGPU_OK) {
        return status;
    }
    return vgpu_lookup_resource(dev, request,
                                request->args.resource_ref.resource_id,
                                resource);
}

enum vgpu_status cmd_ctx_attach_resource(struct vgpu_device *dev,
                                         struct vgpu_request *request,
                                         const union vgpu_args *args)
{
    struct vgpu_context *context;
    struct vgpu_resource *resource;
    enum vgpu_status status = lookup_both(dev, request, &context, &resource);

    (void)args;
    if (status != VGPU_OK) {
        return status;
    }
    status = vgpu_context_attach(dev, context, resource);
    if (status != VGPU_OK) {
        return guest_error(dev, request, status,
                           "resource %u does not go into context %u",
                           resource->id, context->id);
    }
    return VGPU_OK;
}

enum vgpu_status cmd_ctx_detach_resource(struct vgpu_device *dev,
                                         struct vgpu_request *request,
                                         const union vgpu_args *args)
{
    struct vgpu_context *context;
    struct vgpu_resource *resource;
    enum vgpu_status status = lookup_both(dev, request, &context, &resource);

    (void)args;
    if (status == VGPU_OK) {
        vgpu_context_detach(dev, context, resource);
    }
    return status;
}

static enum vgpu_status check_tail(struct vgpu_device *dev,
                                   struct vgpu_request *request, uint32_t size)
{
    switch (request->tail_state) {
    case VGPU_TAIL_SHORT:
        return guest_error(dev, request, VGPU_ERR_UNSPEC,
                           "stream of %u bytes is cut off", size);
    case VGPU_TAIL_NO_MEMORY:
        return guest_error(dev, request, VGPU_ERR_OUT_OF_MEMORY,
                           "stream of %u bytes", size);
    case VGPU_TAIL_COPIED:
        return VGPU_OK;
    case VGPU_TAIL_NONE:
        break;
    }
    assert(!"a stream is a tail");
    return VGPU_ERR_UNSPEC;
}

enum vgpu_status cmd_submit_3d(struct vgpu_device *dev,
                               struct vgpu_request *request,
                               const union vgpu_args *args)
{
    uint32_t size = args->submit_3d.size;
    struct vgpu_context *context;
    enum vgpu_status status = vgpu_lookup_context(dev, request, &context);
    int64_t start_ns;

    if (status == VGPU_OK) {
        status = check_tail(dev, request, size);
    }
    if (status != VGPU_OK) {
        return status;
    }
    if (dev->ops_3d->check_stream(dev->renderer, context, size) != VGPU_OK) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER,
                           "a stream of %u bytes", size);
    }
    if (size > MAX_STREAM_BYTES) {
        return guest_error(dev, request, VGPU_ERR_OUT_OF_MEMORY,
                           "a stream of %u bytes", size);
    }
    start_ns = vgpu_clock_ns(dev);
    status = dev->ops_3d->submit(dev->renderer, context, request->tail, size);
    vgpu_count_rendering(dev, start_ns);
    vgpu_counter_add(&dev->env.metrics->bytes_stream, size);
    if (status != VGPU_OK) {
        return guest_error(dev, request, status,
                           "context %u refuses a stream of %u bytes",
                           context->id, size);
    }
    return vgpu_fence_submit(dev, request, context);
}
