/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "fence.h"

#include <assert.h>

#include "command.h"
#include "device-internal.h"
#include "hw/virtio/vgpu/context.h"
#include "request-answer.h"

/* The device's own timeline; those of rings have a bit that it has not. */
#define GLOBAL_TIMELINE 0
#define RING_TIMELINE (1ull << 63)

/* Of a flush without FENCE, which nothing else has to wait for. */
#define OWN_TIMELINE (1ull << 62)

/* Works for a single request: a display. */
#define OWN_WORKER (1ull << 63)

static uint64_t timeline_of(const struct vgpu_request *request)
{
    if (!vgpu_request_has_ring(request)) {
        return GLOBAL_TIMELINE;
    }
    return RING_TIMELINE | (uint64_t)request->header.ctx_id << 8 |
           request->header.ring_idx;
}

static bool is_fenced(const struct vgpu_request *request)
{
    return request->has_header && request->header.flags & VGPU_FLAG_FENCE;
}

static uint32_t ring_of(const struct vgpu_request *request)
{
    return vgpu_request_has_ring(request) ? request->header.ring_idx : 0;
}

/* The same of two requests: their fences end in order. */
static uint64_t worker(const struct vgpu_context *context, uint32_t ring)
{
    return context->serial * VGPU_MAX_RINGS + (context->has_rings ? ring : 0);
}

enum vgpu_status vgpu_fence_submit(struct vgpu_device *dev,
                                   struct vgpu_request *request,
                                   struct vgpu_context *context)
{
    uint64_t token;

    if (!is_fenced(request)) {
        return VGPU_OK;
    }
    /* Whatever becomes of it: one that is refused may have been reported. */
    token = ++dev->fences.last_token;
    if (dev->ops_3d->fence(dev->renderer, context, ring_of(request), token) !=
        VGPU_OK) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER,
                           "context %u has no fence for it", context->id);
    }
    request->fence_token = token;
    request->fence_worker = worker(context, ring_of(request));
    return VGPU_OK;
}

uint64_t vgpu_fence_hold(struct vgpu_device *dev)
{
    struct vgpu_request *request = dev->flushing;

    if (!request) {
        return 0;
    }
    if (request->holds++ == 0) {
        request->fence_token = ++dev->fences.last_token;
        request->fence_worker = OWN_WORKER | request->fence_token;
        if (!is_fenced(request)) {
            request->timeline = OWN_TIMELINE | request->serial;
        }
    }
    return request->fence_token;
}

static void complete(struct vgpu_device *dev, struct vgpu_request *request)
{
    request->state = VGPU_REQUEST_DONE;
    dev->env.host_ops->complete(dev->env.host, request);
}

static void publish_oldest(struct vgpu_device *dev)
{
    const struct vgpu_request *oldest = dev->fences.parked.first;

    vgpu_counter_set(&dev->env.metrics->oldest_fence_ns,
                     oldest ? oldest->parked_at_ns : 0);
}

static void park(struct vgpu_device *dev, struct vgpu_request *request)
{
    request->state = VGPU_REQUEST_PARKED;
    request->parked_at_ns = vgpu_clock_ns(dev);
    request->overdue = false;
    vgpu_request_list_insert(&dev->fences.parked, request);
    vgpu_counter_add(&dev->env.metrics->fences, 1);
    publish_oldest(dev);
    /* Work that is submitted needs its stream no longer. */
    vgpu_budget_free(dev->budget, request->tail);
    request->tail = NULL;
}

static void unpark(struct vgpu_device *dev, struct vgpu_request *request)
{
    assert(request->state == VGPU_REQUEST_PARKED);
    vgpu_request_list_remove(&dev->fences.parked, request);
    vgpu_counter_add(&dev->env.metrics->fences, -1);
    vgpu_histogram_add(&dev->env.metrics->fence_wait,
                       vgpu_clock_ns(dev) - request->parked_at_ns, 1);
    publish_oldest(dev);
    complete(dev, request);
}

static bool has_older(const struct vgpu_device *dev,
                      const struct vgpu_request *request)
{
    for (const struct vgpu_request *r = dev->fences.parked.last; r;
         r = r->list_prev) {
        if (r->timeline == request->timeline && r->serial < request->serial) {
            return true;
        }
    }
    return vgpu_window_waits(dev, request->timeline, request->serial);
}

/* What stands first on a timeline and waits for nothing goes. */
static void release_timeline(struct vgpu_device *dev, uint64_t timeline)
{
    struct vgpu_request *next;

    for (struct vgpu_request *r = dev->fences.parked.first; r; r = next) {
        next = r->list_next;
        if (r->timeline != timeline) {
            continue;
        }
        if (r->fence_token || vgpu_window_waits(dev, timeline, r->serial)) {
            break;
        }
        unpark(dev, r);
    }
}

void vgpu_fence_enter(struct vgpu_device *dev, struct vgpu_request *request)
{
    request->serial = ++dev->last_serial;
    request->timeline = is_fenced(request) ? timeline_of(request)
                                           : GLOBAL_TIMELINE;
}

void vgpu_fence_release(struct vgpu_device *dev, struct vgpu_request *request)
{
    uint64_t timeline = request->timeline;

    /* Cursors are independent of what the control queue waits for. */
    if ((!is_fenced(request) && !request->fence_token) ||
        request->queue == VGPU_QUEUE_CURSOR) {
        complete(dev, request);
    } else if (request->fence_token || has_older(dev, request)) {
        park(dev, request);
    } else {
        complete(dev, request);
        release_timeline(dev, timeline);
    }
}

static struct vgpu_request *find(const struct vgpu_device *dev, uint64_t token)
{
    struct vgpu_request *r = dev->fences.parked.first;

    while (r && r->fence_token != token) {
        r = r->list_next;
    }
    return r;
}

static void mark_done(struct vgpu_request *request, bool lost)
{
    request->fence_token = 0;
    if (lost) {
        vgpu_request_answer(request, VGPU_ERR_UNSPEC);
        request->state = VGPU_REQUEST_PARKED;
    }
}

/* Fences of one worker end in order, so those before it did. */
void vgpu_device_retire_fence(struct vgpu_device *dev, uint64_t token,
                              bool lost)
{
    struct vgpu_request *last = token ? find(dev, token) : NULL;
    struct vgpu_request *r = dev->fences.parked.first;
    uint64_t fence_worker;

    if (!last || (last->holds && --last->holds)) {
        return;
    }
    fence_worker = last->fence_worker;
    while (r) {
        if (r->fence_token && r->fence_token <= token &&
            r->fence_worker == fence_worker) {
            mark_done(r, lost);
            release_timeline(dev, r->timeline);
            /* Any of them may be gone. */
            r = dev->fences.parked.first;
        } else {
            r = r->list_next;
        }
    }
}

void vgpu_fence_finish_context(struct vgpu_device *dev, uint32_t id)
{
    struct vgpu_request *next;

    for (struct vgpu_request *r = dev->fences.parked.first; r; r = next) {
        next = r->list_next;
        if (r->timeline & RING_TIMELINE &&
            (r->timeline & ~RING_TIMELINE) >> 8 == id) {
            unpark(dev, r);
        }
    }
}

void vgpu_device_finish_fences(struct vgpu_device *dev)
{
    vgpu_window_drop(dev);
    while (dev->fences.parked.first) {
        unpark(dev, dev->fences.parked.first);
    }
}

void vgpu_device_overdue(struct vgpu_device *dev, int64_t before_ns,
                         void (*report)(void *opaque,
                                        const struct vgpu_request *request),
                         void *opaque)
{
    for (struct vgpu_request *r = dev->fences.parked.first; r;
         r = r->list_next) {
        if (r->parked_at_ns < before_ns && !r->overdue) {
            r->overdue = true;
            report(opaque, r);
        }
    }
}
