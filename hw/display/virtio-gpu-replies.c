/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "hw/virtio/virtio-gpu.h"

#include "qemu/main-loop.h"
#include "qemu/rcu.h"
#include "virtio-gpu-metrics.h"

void virtio_gpu_queue_complete(void *host, struct vgpu_request *request)
{
    VirtIOGPU *gpu = host;
    VirtIOGPURequest *r = container_of(request, VirtIOGPURequest, request);

    if (request->queue == VGPU_QUEUE_CURSOR) {
        virtio_gpu_cursor_complete(gpu, r);
        return;
    }
    QTAILQ_INSERT_TAIL(&gpu->finished, r, next);
}

static void notify_locked(VirtIOGPU *gpu)
{
    if (gpu->irqfd) {
        virtio_notify_irqfd(virtio_gpu_vdev(gpu), gpu->ctrl_vq);
    } else {
        qatomic_set_mb(&gpu->notify_owed, true);
        qemu_bh_schedule(gpu->notify_bh);
    }
}

/*
 * Fills the used ring with what is finished and takes it off the lists, into
 * @pushed.  Virtio notes no more entries for one flush than the queue has.
 */
static unsigned fill_locked(VirtIOGPU *gpu, VirtIOGPURequestList *pushed)
{
    unsigned limit = virtio_queue_get_max_num(virtio_gpu_vdev(gpu),
                                              VGPU_QUEUE_CONTROL);
    VirtIOGPURequest *r, *next;
    unsigned count = 0;

    QTAILQ_FOREACH_SAFE(r, &gpu->finished, next, next) {
        if (!r->detached) {
            if (!(gpu->running || gpu->draining) || count == limit ||
                virtio_device_disabled(virtio_gpu_vdev(gpu))) {
                continue;
            }
            QTAILQ_REMOVE(&gpu->in_flight, r, in_flight);
            r->detached = true;
            virtio_gpu_request_fill(gpu, gpu->ctrl_vq, r, count++);
        }
        QTAILQ_REMOVE(&gpu->finished, r, next);
        QTAILQ_INSERT_TAIL(pushed, r, next);
    }
    return count;
}

/*
 * The replies so far go into the used ring, with one interrupt for all.
 * While the queue stands still they wait, but while the VM comes to rest.
 */
void virtio_gpu_queue_flush(VirtIOGPU *gpu)
{
    VirtIOGPURequestList pushed = QTAILQ_HEAD_INITIALIZER(pushed);
    VirtIOGPURequest *r;
    unsigned count;

    if (QTAILQ_EMPTY(&gpu->finished)) {
        return;
    }
    virtio_gpu_queue_lock(gpu);
    WITH_RCU_READ_LOCK_GUARD() {
        while ((count = fill_locked(gpu, &pushed))) {
            virtqueue_flush(gpu->ctrl_vq, count);
            notify_locked(gpu);
        }
    }
    virtio_gpu_queue_unlock(gpu);
    virtio_gpu_metrics_flushed(gpu, &pushed);
    while ((r = QTAILQ_FIRST(&pushed))) {
        QTAILQ_REMOVE(&pushed, r, next);
        virtio_gpu_request_free(gpu, gpu->ctrl_vq, r);
    }
}
