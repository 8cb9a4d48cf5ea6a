/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What happens to requests, as the glue counts it, and the device seen whole.
 *
 * Each function counts for the queue of the request on that queue's thread, but
 * where it says otherwise.  A kick counts from when the device learns of it: the
 * guest's store to the doorbell itself is not seen.
 */
#ifndef HW_DISPLAY_VIRTIO_GPU_METRICS_H
#define HW_DISPLAY_VIRTIO_GPU_METRICS_H

#include "hw/virtio/virtio-gpu.h"
#include "metrics/families.h"

/* A command that is timed, or is not. */
typedef struct VirtIOGPUSample {
    int64_t start_ns;           /* 0: it is not */
    int64_t decoded_ns;
    uint32_t type;
} VirtIOGPUSample;

void virtio_gpu_metrics_popped(VirtIOGPU *gpu, const VirtIOGPURequest *r);
void virtio_gpu_metrics_answered(VirtIOGPU *gpu, const VirtIOGPURequest *r);
void virtio_gpu_metrics_freed(VirtIOGPU *gpu, const VirtIOGPURequest *r);

/* A reply is in the cursor queue's used ring. */
void virtio_gpu_metrics_cursor_pushed(VirtIOGPU *gpu,
                                      const VirtIOGPURequest *r);

/* The queue is about to be looked at; requests that were left are older. */
void virtio_gpu_metrics_look(VirtIOGPU *gpu, int64_t now_ns);

/* Replies are in the control queue's used ring, but those of detached ones. */
void virtio_gpu_metrics_flushed(VirtIOGPU *gpu,
                                const VirtIOGPURequestList *pushed);

/* Commands were executed since @start_ns. */
void virtio_gpu_metrics_worked(VirtIOGPU *gpu, int64_t start_ns);

/*
 * Around a command.  Two readings of a clock are a tenth of what a small one
 * takes, so one in 64 is timed.
 */
void virtio_gpu_metrics_begin(VirtIOGPU *gpu, VirtIOGPUSample *sample);
void virtio_gpu_metrics_decoded(VirtIOGPU *gpu, VirtIOGPUSample *sample,
                                const VirtIOGPURequest *r);
void virtio_gpu_metrics_executed(VirtIOGPU *gpu,
                                 const VirtIOGPUSample *sample);

/* Any thread; @request NULL: the renderer complains. */
void virtio_gpu_metrics_error(VirtIOGPU *gpu,
                              const struct vgpu_request *request);

/*
 * What the device is at this moment.  Any thread between realize and unrealize,
 * which is where @view's pointers go.
 */
void virtio_gpu_metrics_view(VirtIOGPU *gpu, struct vgpu_metrics_view *view);

/* Realize, and unrealize: the strings of views. */
void virtio_gpu_metrics_init(VirtIOGPU *gpu);

/* Main loop, once: renderer_info says more than at realize. */
void virtio_gpu_metrics_know_renderer(VirtIOGPU *gpu);
void virtio_gpu_metrics_finish(VirtIOGPU *gpu);

/* The QOM property "statistics", virtio-gpu-stats.c. */
void virtio_gpu_stats_add_property(Object *obj);

#endif
