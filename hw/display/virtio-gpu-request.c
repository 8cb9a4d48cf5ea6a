/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "hw/virtio/virtio-gpu.h"

#include "qemu/iov.h"
#include "qemu/log.h"
#include "trace/trace-hw_display.h"
#include "virtio-gpu-metrics.h"
#include "virtio-gpu-trace.h"

void virtio_gpu_request_init(VirtIOGPU *gpu, VirtIOGPURequest *r,
                             enum vgpu_queue queue)
{
    struct vgpu_request *request = &r->request;

    memset(request, 0, sizeof(*request));
    request->out = r->elem.out_sg;
    request->out_num = r->elem.out_num;
    request->in_bytes = iov_size(r->elem.in_sg, r->elem.in_num);
    request->queue = queue;
    request->features = virtio_gpu_vdev(gpu)->guest_features;
    r->mapped = true;
    r->detached = false;
    r->answered = false;
    r->epoch = virtio_gpu_base(gpu)->resets_asked;
    r->cursor_moves = 0;
    virtio_gpu_metrics_popped(gpu, r);
}

void virtio_gpu_request_fetch(VirtIOGPU *gpu, VirtIOGPURequest *r)
{
    vgpu_request_fetch(gpu->device, &r->request);
    r->request.out = NULL;
    r->request.out_num = 0;
    virtio_gpu_trace_request(&r->request);
}

void virtio_gpu_request_fill(VirtIOGPU *gpu, VirtQueue *vq,
                             VirtIOGPURequest *r, unsigned index)
{
    struct vgpu_request *request = &r->request;

    if (request->header.flags & VGPU_FLAG_FENCE) {
        trace_virtio_gpu_fence_resp(request->header.fence_id);
    }
    iov_from_buf(r->elem.in_sg, r->elem.in_num, 0, request->reply,
                 request->reply_bytes);
    virtqueue_fill(vq, &r->elem, request->reply_bytes, index);
    r->mapped = false;
    virtio_gpu_metrics_answered(gpu, r);
}

void virtio_gpu_request_free(VirtIOGPU *gpu, VirtQueue *vq,
                             VirtIOGPURequest *r)
{
    if (r->mapped) {
        /* The reset has set the queue's count of elements to 0 already. */
        r->elem.ndescs = 0;
        virtqueue_detach_element(vq, &r->elem, 0);
    }
    vgpu_request_clear(gpu->device, &r->request);
    virtio_gpu_metrics_freed(gpu, r);
    g_free(r);
}

void virtio_gpu_request_guest_error(void *host,
                                    const struct vgpu_request *request,
                                    const char *text)
{
    VirtIOGPU *gpu = host;

    virtio_gpu_metrics_error(gpu, request);
    if (!qemu_loglevel_mask(LOG_GUEST_ERROR) ||
        ratelimit_calculate_delay(&gpu->guest_error_rate, 1)) {
        return;
    }
    qemu_log("virtio-gpu: %s: %s\n",
             request ? vgpu_request_name(request) : "virglrenderer", text);
}
