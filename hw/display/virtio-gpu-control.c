/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "hw/virtio/virtio-gpu.h"

#include "qemu/bswap.h"

/* The configuration space, virtio 1.3, 5.7.4, and 1.4 for the last field. */
enum {
    CONFIG_EVENTS_READ = 0,
    CONFIG_EVENTS_CLEAR = 4,
    CONFIG_NUM_SCANOUTS = 8,
    CONFIG_NUM_CAPSETS = 12,
    CONFIG_BLOB_ALIGNMENT = 16,
};

/* What the generated EDID says when no viewer tells, and sane bounds. */
#define DEFAULT_REFRESH_MHZ 75000
#define MIN_REFRESH_MHZ 10000
#define MAX_REFRESH_MHZ 500000

static void lock_modes(VirtIOGPUBase *base)
{
    qemu_mutex_lock(&base->modes_lock);
}

static void unlock_modes(VirtIOGPUBase *base)
{
    qemu_mutex_unlock(&base->modes_lock);
}

void virtio_gpu_control_init(VirtIOGPUBase *base)
{
    qemu_mutex_init(&base->modes_lock);
    virtio_gpu_wishes_init(base);
}

void virtio_gpu_control_finish(VirtIOGPUBase *base)
{
    virtio_gpu_wishes_finish(base);
    qemu_mutex_destroy(&base->modes_lock);
}

void virtio_gpu_control_reset(VirtIOGPUBase *base)
{
    lock_modes(base);
    base->events_read = 0;
    base->modes_changed = false;
    base->notify_config = false;
    unlock_modes(base);
}

void virtio_gpu_control_get_config(VirtIODevice *vdev, uint8_t *config)
{
    VirtIOGPUBase *base = VIRTIO_GPU_BASE(vdev);

    lock_modes(base);
    stl_le_p(config + CONFIG_EVENTS_READ, base->events_read);
    unlock_modes(base);
    stl_le_p(config + CONFIG_EVENTS_CLEAR, 0);
    stl_le_p(config + CONFIG_NUM_SCANOUTS, base->conf.max_outputs);
    stl_le_p(config + CONFIG_NUM_CAPSETS,
             vgpu_device_num_capsets(VIRTIO_GPU(vdev)->device));
    if (base->conf.blob_alignment) {
        stl_le_p(config + CONFIG_BLOB_ALIGNMENT, base->conf.blob_alignment);
    }
}

void virtio_gpu_control_notify(VirtIOGPUBase *base)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(base);

    if (base->notify_config && vdev->status & VIRTIO_CONFIG_S_DRIVER_OK) {
        base->notify_config = false;
        virtio_notify_config(vdev);
    }
}

static void raise_display_event(VirtIOGPUBase *base)
{
    lock_modes(base);
    base->events_read |= VGPU_EVENT_DISPLAY;
    unlock_modes(base);
    base->notify_config = true;
    virtio_gpu_control_notify(base);
}

/*
 * Linux and Windows ask for the modes first and clear the event last: what
 * changed in between would be lost without a second event.  One, and only for
 * a change that came while the first was pending: Linux clears before its
 * question is answered, and would ask again for ever.
 */
void virtio_gpu_control_set_config(VirtIODevice *vdev, const uint8_t *config)
{
    VirtIOGPUBase *base = VIRTIO_GPU_BASE(vdev);
    uint32_t clear = ldl_le_p(config + CONFIG_EVENTS_CLEAR);
    bool again;

    lock_modes(base);
    base->events_read &= ~clear;
    again = clear & VGPU_EVENT_DISPLAY && base->modes_changed;
    base->modes_changed &= !again;
    unlock_modes(base);
    /* Virtio keeps what was written: a later write would clear it again. */
    stl_le_p((uint8_t *)vdev->config + CONFIG_EVENTS_CLEAR, 0);
    if (again) {
        raise_display_event(base);
    }
}

static bool are_equal(const VirtIOGPUMonitor *a, const VirtIOGPUMonitor *b)
{
    return a->mode.enabled == b->mode.enabled &&
           a->mode.rect.x == b->mode.rect.x &&
           a->mode.rect.y == b->mode.rect.y &&
           a->mode.rect.width == b->mode.rect.width &&
           a->mode.rect.height == b->mode.rect.height &&
           a->refresh_mhz == b->refresh_mhz &&
           a->width_mm == b->width_mm && a->height_mm == b->height_mm;
}

static uint32_t at_most(uint32_t px, uint32_t max)
{
    return max ? MIN(px, max) : px;
}

bool virtio_gpu_control_settle_locked(VirtIOGPUOutput *output)
{
    const VirtIOGPUOutputConf *conf = &output->conf;
    VirtIOGPUMonitor monitor = {
        .mode.enabled = conf->connected,
        .mode.rect = { conf->x, conf->y, conf->xres, conf->yres },
        .refresh_mhz = conf->refresh_mhz,
        .width_mm = conf->width_mm,
        .height_mm = conf->height_mm,
    };
    bool changed;

    if (output->has_wish && !conf->fixed) {
        const VirtIOGPUMonitor *wish = &output->wish;

        monitor.mode = wish->mode;
        if (wish->refresh_mhz) {
            monitor.refresh_mhz = wish->refresh_mhz;
        }
        if (wish->width_mm && wish->height_mm) {
            monitor.width_mm = wish->width_mm;
            monitor.height_mm = wish->height_mm;
        }
    }
    monitor.mode.rect.width = at_most(monitor.mode.rect.width, conf->xmax);
    monitor.mode.rect.height = at_most(monitor.mode.rect.height, conf->ymax);
    changed = !are_equal(&monitor, &output->told);
    output->told = monitor;
    return changed;
}

void virtio_gpu_control_begin(VirtIOGPUBase *base)
{
    lock_modes(base);
}

void virtio_gpu_control_end_later(VirtIOGPUBase *base, bool changed)
{
    base->modes_changed |= changed && base->events_read & VGPU_EVENT_DISPLAY;
    if (changed) {
        base->events_read |= VGPU_EVENT_DISPLAY;
        base->notify_config = true;
    }
    unlock_modes(base);
}

void virtio_gpu_control_end(VirtIOGPUBase *base, bool changed)
{
    base->modes_changed |= changed && base->events_read & VGPU_EVENT_DISPLAY;
    unlock_modes(base);
    if (changed) {
        raise_display_event(base);
    }
}

uint32_t virtio_gpu_control_refresh_mhz(VirtIOGPUOutput *output)
{
    uint32_t mhz;

    lock_modes(output->gpu);
    mhz = output->told.refresh_mhz;
    unlock_modes(output->gpu);
    return mhz ? MIN(MAX(mhz, MIN_REFRESH_MHZ), MAX_REFRESH_MHZ)
               : DEFAULT_REFRESH_MHZ;
}

void virtio_gpu_control_display_mode(void *host, uint32_t id,
                                     struct vgpu_mode *mode)
{
    VirtIOGPUBase *base = VIRTIO_GPU_BASE(host);

    lock_modes(base);
    *mode = base->outputs[id].told.mode;
    unlock_modes(base);
}

void virtio_gpu_control_display_info_read(void *host)
{
    VirtIOGPUBase *base = VIRTIO_GPU_BASE(host);

    lock_modes(base);
    base->modes_changed = false;
    unlock_modes(base);
}
