/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "virtio-gpu-pace.h"

#include "qemu/timer.h"

#define MILLIHERTZ_PER_HZ 1000ll

static void read_due(void *opaque)
{
    virtio_gpu_frames_fetch_due(opaque);
}

void virtio_gpu_pace_init(VirtIOGPU *gpu)
{
    VirtIOGPUBase *base = virtio_gpu_base(gpu);

    if (base->conf.max_fps) {
        base->pace_ns = NANOSECONDS_PER_SECOND / base->conf.max_fps;
    }
    base->pace_timer = aio_timer_new(gpu->ctx, QEMU_CLOCK_REALTIME, SCALE_NS,
                                     read_due, gpu);
}

void virtio_gpu_pace_end(VirtIOGPUBase *base)
{
    timer_free(base->pace_timer);
}

bool virtio_gpu_pace_allows(VirtIOGPUOutput *output)
{
    if (get_clock() >= output->read_at_ns) {
        return true;
    }
    timer_mod_anticipate_ns(output->gpu->pace_timer, output->read_at_ns);
    return false;
}

void virtio_gpu_pace_note(VirtIOGPUOutput *output)
{
    if (output->gpu->pace_ns) {
        output->read_at_ns = get_clock() + output->gpu->pace_ns;
    }
}

int64_t virtio_gpu_pace_period_ns(VirtIOGPUOutput *output, bool is_shared)
{
    uint32_t mhz = virtio_gpu_control_refresh_mhz(output);

    /* What was read was held up before that. */
    return is_shared ? output->gpu->pace_ns
                     : MILLIHERTZ_PER_HZ * NANOSECONDS_PER_SECOND / mhz;
}
