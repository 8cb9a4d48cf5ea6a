/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "virtio-gpu-metrics.h"

#include "qemu/timer.h"
#include "system/system.h"

#define COMMANDS_PER_SAMPLE 64

static struct vgpu_queue_metrics *queue_of(VirtIOGPU *gpu,
                                           const VirtIOGPURequest *r)
{
    return &virtio_gpu_base(gpu)->metrics.queues[r->request.queue];
}

static int64_t now_ns(void)
{
    return VGPU_COUNTS ? get_clock() : 0;
}

static uint32_t type_of(const struct vgpu_request *request)
{
    return request->has_header ? request->header.type : 0;
}

void virtio_gpu_metrics_popped(VirtIOGPU *gpu, const VirtIOGPURequest *r)
{
    vgpu_counter_add(&queue_of(gpu, r)->depth, 1);
}

void virtio_gpu_metrics_answered(VirtIOGPU *gpu, const VirtIOGPURequest *r)
{
    unsigned command = vgpu_metric_command(type_of(&r->request));
    unsigned result = vgpu_metric_result(r->request.status);

    vgpu_counter_add(&queue_of(gpu, r)->requests[command][result], 1);
}

void virtio_gpu_metrics_freed(VirtIOGPU *gpu, const VirtIOGPURequest *r)
{
    vgpu_counter_add(&queue_of(gpu, r)->depth, -1);
}

void virtio_gpu_metrics_cursor_pushed(VirtIOGPU *gpu,
                                      const VirtIOGPURequest *r)
{
    vgpu_histogram_add(&queue_of(gpu, r)->latency, now_ns() - r->noticed_ns,
                       1);
}

void virtio_gpu_metrics_look(VirtIOGPU *gpu, int64_t now_ns)
{
    if (!gpu->backlog) {
        gpu->noticed_ns = now_ns;
    }
}

/* Those that were noticed together went together, most of the time. */
void virtio_gpu_metrics_flushed(VirtIOGPU *gpu,
                                const VirtIOGPURequestList *pushed)
{
    struct vgpu_histogram *latency =
        &virtio_gpu_base(gpu)->metrics.queues[VGPU_QUEUE_CONTROL].latency;
    int64_t now = now_ns();
    const VirtIOGPURequest *r;
    int64_t noticed = 0;
    uint64_t count = 0;

    QTAILQ_FOREACH(r, pushed, next) {
        if (r->mapped) {
            continue;           /* detached */
        }
        if (count && r->noticed_ns != noticed) {
            vgpu_histogram_add(latency, now - noticed, count);
            count = 0;
        }
        noticed = r->noticed_ns;
        count++;
    }
    if (count) {
        vgpu_histogram_add(latency, now - noticed, count);
    }
    gpu->flushed_ns = now;
}

void virtio_gpu_metrics_worked(VirtIOGPU *gpu, int64_t start_ns)
{
    /* Most often the replies have just gone; else they wait for a fence. */
    int64_t end = gpu->flushed_ns >= start_ns ? gpu->flushed_ns : now_ns();

    vgpu_counter_add(&virtio_gpu_base(gpu)->metrics.busy_ns,
                     MAX(end - start_ns, 0));
}

void virtio_gpu_metrics_begin(VirtIOGPU *gpu, VirtIOGPUSample *sample)
{
    bool timed = gpu->samples++ % COMMANDS_PER_SAMPLE == 0;

    sample->start_ns = timed ? now_ns() : 0;
}

void virtio_gpu_metrics_decoded(VirtIOGPU *gpu, VirtIOGPUSample *sample,
                                const VirtIOGPURequest *r)
{
    if (sample->start_ns) {
        sample->decoded_ns = get_clock();
        sample->type = type_of(&r->request);
    }
}

void virtio_gpu_metrics_executed(VirtIOGPU *gpu,
                                 const VirtIOGPUSample *sample)
{
    struct vgpu_metrics *metrics = &virtio_gpu_base(gpu)->metrics;

    if (sample->start_ns) {
        vgpu_timing_add(&metrics->decode,
                        sample->decoded_ns - sample->start_ns);
        vgpu_timing_add(&metrics->execute[vgpu_metric_command(sample->type)],
                        get_clock() - sample->decoded_ns);
    }
}

void virtio_gpu_metrics_error(VirtIOGPU *gpu,
                              const struct vgpu_request *request)
{
    struct vgpu_metrics *metrics = &virtio_gpu_base(gpu)->metrics;

    vgpu_counter_add_shared(request ? &metrics->command_errors
                                    : &metrics->renderer_errors, 1);
}

static void view_memory(VirtIOGPU *gpu, struct vgpu_metrics_memory *kinds)
{
    struct vgpu_budget_usage usage = vgpu_device_memory(gpu->device);

    kinds[0] = (struct vgpu_metrics_memory) {
        "pixels", usage.pixels, usage.limit,
    };
    kinds[1] = (struct vgpu_metrics_memory) {
        "held", usage.held, usage.held_limit,
    };
    kinds[2] = (struct vgpu_metrics_memory) {
        "renderer", usage.hosted, usage.hosted_limit,
    };
}

void virtio_gpu_metrics_view(VirtIOGPU *gpu, struct vgpu_metrics_view *view)
{
    VirtIOGPUBase *base = virtio_gpu_base(gpu);

    *view = (struct vgpu_metrics_view) {
        .metrics = &base->metrics,
        .now_ns = get_clock(),
        .domain = gpu->metrics_domain,
        .device = gpu->metrics_device,
        .route = gpu->metrics_route,
        .renderer = qatomic_load_acquire(&gpu->metrics_renderer),
        .profile = base->conf.profile ?: "",
        .version = VIRTIO_GPU_VERSION,
        .frame_bytes = virtio_gpu_frames_bytes(base),
        .contexts = vgpu_device_num_contexts(gpu->device),
        .max_contexts = base->conf.max_contexts,
        .max_resources = base->conf.max_resources,
    };
    view_memory(gpu, view->memory);
}

/* The id that the user gave, or else the place: what he names it by. */
static char *device_name(VirtIOGPU *gpu)
{
    DeviceState *wrapper = qdev_get_parent_bus(DEVICE(gpu))->parent;
    DeviceState *dev = DEVICE(gpu);

    if (dev->id) {
        return g_strdup(dev->id);
    }
    if (wrapper && wrapper->id && gpu->pci) {
        return g_strdup(wrapper->id);
    }
    return gpu->pci ? qdev_get_dev_path(DEVICE(gpu->pci))
                    : object_get_canonical_path(OBJECT(gpu));
}

/* "ROUTE: what renders" in two; the caller's. */
static void split_info(VirtIOGPU *gpu, char **route, char **renderer)
{
    g_auto(GStrv) parts =
        g_strsplit(virtio_gpu_base(gpu)->renderer_info, ": ", 2);

    *route = g_strdup(parts[0]);
    *renderer = g_strdup(parts[1] ? parts[1] : "");
}

void virtio_gpu_metrics_init(VirtIOGPU *gpu)
{
    const char *name = qemu_get_vm_name();

    gpu->metrics_domain = g_strdup(name ? name : "");
    gpu->metrics_device = device_name(gpu);
    split_info(gpu, &gpu->metrics_route, &gpu->metrics_renderer);
}

void virtio_gpu_metrics_know_renderer(VirtIOGPU *gpu)
{
    g_autofree char *route = NULL;
    char *renderer;

    split_info(gpu, &route, &renderer);
    gpu->metrics_renderer_before = gpu->metrics_renderer;
    qatomic_store_release(&gpu->metrics_renderer, renderer);
}

void virtio_gpu_metrics_finish(VirtIOGPU *gpu)
{
    g_clear_pointer(&gpu->metrics_domain, g_free);
    g_clear_pointer(&gpu->metrics_device, g_free);
    g_clear_pointer(&gpu->metrics_route, g_free);
    g_clear_pointer(&gpu->metrics_renderer, g_free);
    g_clear_pointer(&gpu->metrics_renderer_before, g_free);
}
