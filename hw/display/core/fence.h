/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Fences: when a request with FENCE goes back to the guest
 * (virtio 1.3, 5.7.6.7).
 *
 * A timeline is what replies keep their order on: the device's one, or that of
 * a context's ring.  A request is parked while the renderer works for it, or
 * while one before it on its timeline is parked, since Linux takes a reply for
 * the end of everything older.  There are as many parked requests as the
 * queue has places at most, so they stand in one list, in the order of the
 * ring.  What waits for the window (window.h) counts as parked.  Device thread
 * only.
 */
#ifndef HW_DISPLAY_CORE_FENCE_H
#define HW_DISPLAY_CORE_FENCE_H

#include <stdint.h>

#include "request-list.h"

struct vgpu_context;
struct vgpu_device;

struct vgpu_fences {
    struct vgpu_request_list parked;
    uint64_t last_token;
};

/*
 * The request of a submit that succeeded: with FENCE, it is to wait for what
 * @context was submitted.  VGPU_ERR_PARAMETER when there is no such fence.
 */
enum vgpu_status vgpu_fence_submit(struct vgpu_device *dev,
                                   struct vgpu_request *request,
                                   struct vgpu_context *context)
    __attribute__((warn_unused_result));

/*
 * The reply of the flush under way waits for one display more; see
 * vgpu_view_hold().
 */
uint64_t vgpu_fence_hold(struct vgpu_device *dev);

/* A request is next in the ring. */
void vgpu_fence_enter(struct vgpu_device *dev, struct vgpu_request *request);

/*
 * Completes an answered request, and what was parked for it alone, or parks it.
 */
void vgpu_fence_release(struct vgpu_device *dev, struct vgpu_request *request);

/* Completes what is parked on the rings of context @id. */
void vgpu_fence_finish_context(struct vgpu_device *dev, uint32_t id);

#endif
