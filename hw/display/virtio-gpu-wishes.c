/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "hw/virtio/virtio-gpu.h"

#include "qemu/error-report.h"
#include "qemu/timer.h"

/*
 * A window that is dragged sends a wish for each picture of it, and a guest
 * needs far longer to change its mode.  The first wish is passed on at once;
 * those that follow it closely wait until no more come, for so long at most.
 */
#define QUIET_NS (100 * SCALE_MS)
#define HOLD_NS (500 * SCALE_MS)

/* Clients are remote and send any figures. */
#define MAX_WISH_PX 16384
#define BYTES_PER_PX 4

/* Blobs are the guest's own memory. */
uint64_t virtio_gpu_wishes_room(const VirtIOGPUBase *base)
{
    const VirtIOGPUConf *conf = &base->conf;

    if (base->has_3d) {
        return MAX(conf->max_hostmem, conf->max_hostmem_3d);
    }
    return conf->blob ? UINT64_MAX : conf->max_hostmem;
}

static bool is_possible(VirtIOGPUBase *base, const QemuUIInfo *info)
{
    uint64_t bytes;

    if (info->width > MAX_WISH_PX ||
        info->height > MAX_WISH_PX) {
        return false;
    }
    bytes = (uint64_t)info->width * info->height * BYTES_PER_PX;
    if (bytes <= virtio_gpu_wishes_room(base)) {
        return true;
    }
    if (!base->said_no_room) {
        base->said_no_room = true;
        warn_report("virtio-gpu: a client of the display wishes %ux%u, for "
                    "which the guest has no memory: set max_hostmem= to at "
                    "least %" PRIu64 " (said once)", info->width, info->height,
                    bytes);
    }
    return false;
}

/* Under modes_lock: true when the guest sees a difference. */
static bool apply_locked(VirtIOGPUOutput *output, const QemuUIInfo *info)
{
    VirtIOGPUMonitor *wish = &output->wish;

    if (!output->has_wish) {
        *wish = output->told;
        output->has_wish = true;
    }
    wish->mode.enabled = info->width && info->height;
    if (wish->mode.enabled) {
        wish->mode.rect = (struct vgpu_rect) {
            .x = MAX(info->xoff, 0),
            .y = MAX(info->yoff, 0),
            .width = info->width,
            .height = info->height,
        };
    }
    wish->refresh_mhz = info->refresh_rate;
    wish->width_mm = info->width_mm;
    wish->height_mm = info->height_mm;
    return virtio_gpu_control_settle_locked(output);
}

bool virtio_gpu_wishes_take_locked(VirtIOGPUBase *base)
{
    bool changed = false;

    for (uint32_t i = 0; i < base->conf.max_outputs; i++) {
        VirtIOGPUOutput *output = &base->outputs[i];

        if (output->is_held) {
            output->is_held = false;
            changed |= apply_locked(output, &output->held);
        }
    }
    return changed;
}

/* All of them: what a user arranges on several heads comes as one change. */
static void pass_on(void *opaque)
{
    VirtIOGPUBase *base = opaque;

    virtio_gpu_control_begin(base);
    virtio_gpu_control_end(base, virtio_gpu_wishes_take_locked(base));
}

static void hold(VirtIOGPUOutput *output, const QemuUIInfo *info, int64_t now)
{
    if (!output->is_held) {
        output->is_held = true;
        output->held_at_ns = now;
    }
    output->held = *info;
    output->due_at_ns = MIN(now + QUIET_NS, output->held_at_ns + HOLD_NS);
}

static void set_timer(VirtIOGPUBase *base)
{
    int64_t due = INT64_MAX;

    for (uint32_t i = 0; i < base->conf.max_outputs; i++) {
        if (base->outputs[i].is_held) {
            due = MIN(due, base->outputs[i].due_at_ns);
        }
    }
    timer_mod_ns(base->wish_timer, due);
}

void virtio_gpu_wishes_ui_info(void *opaque, uint32_t head, QemuUIInfo *info)
{
    VirtIOGPUOutput *output = opaque;
    VirtIOGPUBase *base = output->gpu;
    int64_t now = get_clock();
    bool is_first = !output->is_held &&
                    now - output->wished_at_ns >= QUIET_NS;

    if (!is_possible(base, info)) {
        return;
    }
    output->wished_at_ns = now;
    if (!is_first) {
        hold(output, info, now);
        set_timer(base);
        return;
    }
    virtio_gpu_control_begin(base);
    virtio_gpu_control_end(base, apply_locked(output, info));
}

void virtio_gpu_wishes_init(VirtIOGPUBase *base)
{
    base->wish_timer = timer_new_ns(QEMU_CLOCK_REALTIME, pass_on, base);
}

void virtio_gpu_wishes_finish(VirtIOGPUBase *base)
{
    timer_free(base->wish_timer);
}
