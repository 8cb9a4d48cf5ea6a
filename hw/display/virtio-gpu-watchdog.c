/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "virtio-gpu-watchdog.h"

#include "qemu/error-report.h"
#include "qemu/timer.h"
#include "stall.h"
#include "system/runstate.h"

/* Fences that one look names; the others are a number. */
#define NAMED_FENCES 8

typedef struct Overdue {
    VirtIOGPU *gpu;
    int64_t now_ns;
    unsigned count;
} Overdue;

/*
 * The turn is odd while a command runs.  A look that reads the same odd turn
 * before and after the command has that turn's: each store is a release, and
 * each load an acquire, so who sees the next command sees that its turn is over.
 */
void virtio_gpu_watchdog_begin(VirtIOGPU *gpu, const VirtIOGPURequest *r)
{
    const struct vgpu_header *header = &r->request.header;
    uint64_t command = r->request.has_header
        ? (uint64_t)header->ctx_id << 32 | header->type : 0;

    qatomic_store_release(&gpu->watched_command, command);
    qatomic_store_release(&gpu->watched_turn, gpu->watched_turn + 1);
}

void virtio_gpu_watchdog_done(VirtIOGPU *gpu)
{
    qatomic_store_release(&gpu->watched_turn, gpu->watched_turn + 1);
}

/* "SUBMIT_3D of context 3", to be freed. */
static char *describe(uint32_t type, uint32_t context)
{
    return context ? g_strdup_printf("%s of context %u", vgpu_wire_name(type),
                                     context)
                   : g_strdup(vgpu_wire_name(type));
}

static void name_fence(void *opaque, const struct vgpu_request *request)
{
    Overdue *overdue = opaque;
    VirtIOGPU *gpu = overdue->gpu;
    g_autofree char *what = describe(request->header.type,
                                     request->header.ctx_id);

    vgpu_counter_add(&virtio_gpu_base(gpu)->metrics.overdue_fences, 1);
    if (overdue->count++ >= NAMED_FENCES) {
        return;
    }
    warn_report("virtio-gpu %s: watchdog: %s, fence %" PRIu64 ", has been "
                "waiting for %.1f s", gpu->metrics_device, what,
                request->header.fence_id,
                (overdue->now_ns - request->parked_at_ns) / 1e9);
}

/* Device thread. */
static void look_at_fences(void *opaque)
{
    VirtIOGPU *gpu = opaque;
    Overdue overdue = { .gpu = gpu, .now_ns = get_clock() };

    vgpu_device_overdue(gpu->device, qatomic_read(&gpu->watched_deadline_ns),
                        name_fence, &overdue);
    if (overdue.count > NAMED_FENCES) {
        warn_report("virtio-gpu %s: watchdog: and %u more",
                    gpu->metrics_device, overdue.count - NAMED_FENCES);
    }
    qatomic_set(&gpu->watched_answers, gpu->watched_answers + 1);
}

/* Main loop: the device thread has shown @turn for as long as this. */
static void report_stall(VirtIOGPU *gpu, uint64_t turn)
{
    struct vgpu_metrics *metrics = &virtio_gpu_base(gpu)->metrics;
    uint64_t command = qatomic_load_acquire(&gpu->watched_command);
    g_autofree char *what = describe((uint32_t)command, command >> 32);
    double age = (gpu->stall->looked_ns - gpu->stall->same_since_ns) / 1e9;

    if (qatomic_load_acquire(&gpu->watched_turn) != turn) {
        return;                 /* it has ended now */
    }
    if (turn % 2) {
        vgpu_counter_add(&metrics->overdue_commands, 1);
        warn_report("virtio-gpu %s: watchdog: %s has been running for %.1f s, "
                    "and what came after it waits", gpu->metrics_device, what,
                    age);
    } else {
        vgpu_counter_add(&metrics->overdue_thread, 1);
        warn_report("virtio-gpu %s: watchdog: its thread has not answered for "
                    "%.1f s, while it runs no command", gpu->metrics_device,
                    age);
    }
}

static void look(void *opaque)
{
    VirtIOGPU *gpu = opaque;
    int64_t now = get_clock();
    uint64_t turn = qatomic_load_acquire(&gpu->watched_turn);

    if (vgpu_stall_look(gpu->stall,
                        turn + qatomic_read(&gpu->watched_answers),
                        runstate_is_running(), now)) {
        report_stall(gpu, turn);
    }
    qatomic_set(&gpu->watched_deadline_ns,
                vgpu_stall_deadline_ns(gpu->stall));
    qemu_bh_schedule(gpu->watch_bh);
    timer_mod(gpu->watch_timer, qemu_clock_get_ns(QEMU_CLOCK_REALTIME) +
                                gpu->stall->period_ns);
}

void virtio_gpu_watchdog_start(VirtIOGPU *gpu)
{
    uint32_t seconds = virtio_gpu_base(gpu)->conf.watchdog;

    if (!seconds) {
        return;                 /* switched off */
    }
    gpu->stall = g_new(struct vgpu_stall, 1);
    vgpu_stall_init(gpu->stall, seconds * (int64_t)NANOSECONDS_PER_SECOND,
                    get_clock());
    gpu->watch_bh = aio_bh_new(gpu->ctx, look_at_fences, gpu);
    gpu->watch_timer = timer_new_ns(QEMU_CLOCK_REALTIME, look, gpu);
    look(gpu);
}

void virtio_gpu_watchdog_stop(VirtIOGPU *gpu)
{
    g_clear_pointer(&gpu->watch_timer, timer_free);
    g_clear_pointer(&gpu->stall, g_free);
}

void virtio_gpu_watchdog_end(VirtIOGPU *gpu)
{
    g_clear_pointer(&gpu->watch_bh, qemu_bh_delete);
}
