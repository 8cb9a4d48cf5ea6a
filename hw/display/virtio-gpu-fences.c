/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "hw/virtio/virtio-gpu.h"

#include "qemu/lockable.h"
#include "qemu/main-loop.h"

typedef struct FenceDone {
    uint64_t token;
    bool lost;
} FenceDone;

/*
 * On a thread of the renderer's.  The device thread may be in the middle of a
 * command; it looks between two of them, and the bottom half is for when it
 * sleeps.
 */
void virtio_gpu_fences_done(void *opaque, uint64_t token, bool lost)
{
    VirtIOGPU *gpu = opaque;
    FenceDone done = { token, lost };

    WITH_QEMU_LOCK_GUARD(&gpu->fences_lock) {
        g_array_append_val(gpu->fences_done, done);
        qatomic_store_release(&gpu->has_fences_done, true);
    }
    qemu_bh_schedule(gpu->fences_bh);
}

static GArray *take(VirtIOGPU *gpu)
{
    GArray *taken;

    QEMU_LOCK_GUARD(&gpu->fences_lock);
    taken = gpu->fences_done;
    gpu->fences_done = g_array_new(false, false, sizeof(FenceDone));
    qatomic_set(&gpu->has_fences_done, false);
    return taken;
}

void virtio_gpu_fences_retire(VirtIOGPU *gpu)
{
    GArray *done;

    if (!qatomic_load_acquire(&gpu->has_fences_done)) {
        return;
    }
    done = take(gpu);
    for (guint i = 0; i < done->len; i++) {
        const FenceDone *fence = &g_array_index(done, FenceDone, i);

        vgpu_device_retire_fence(gpu->device, fence->token, fence->lost);
    }
    g_array_unref(done);
    virtio_gpu_queue_flush(gpu);
}

static void fences_bh(void *opaque)
{
    virtio_gpu_fences_retire(opaque);
}

void virtio_gpu_fences_writes_no_more(void *opaque)
{
    VirtIOGPU *gpu = opaque;

    qatomic_store_release(&gpu->may_write_guest, false);
}

bool virtio_gpu_fences_may_begin(VirtIOGPU *gpu)
{
    qatomic_set_mb(&gpu->may_write_guest, true);
    return qatomic_read(&gpu->running) || gpu->draining;
}

static void poll_ready(void *opaque)
{
    VirtIOGPU *gpu = opaque;

    if (!virtio_gpu_fences_may_begin(gpu)) {
        /* It may write guest memory; level-triggered, it would spin. */
        gpu->poll_waits = true;
        aio_set_fd_handler(gpu->ctx, gpu->poll_fd, NULL, NULL, NULL, NULL,
                           NULL);
    } else {
        vgpu_device_poll(gpu->device);
    }
    virtio_gpu_fences_writes_no_more(gpu);
    virtio_gpu_fences_retire(gpu);
}

static void watch(VirtIOGPU *gpu)
{
    aio_set_fd_handler(gpu->ctx, gpu->poll_fd, poll_ready, NULL, NULL, NULL,
                       gpu);
}

void virtio_gpu_fences_watch(VirtIOGPU *gpu)
{
    gpu->poll_fd = vgpu_device_poll_fd(gpu->device);
    if (gpu->poll_fd >= 0) {
        watch(gpu);
    }
}

void virtio_gpu_fences_unwatch(VirtIOGPU *gpu)
{
    if (gpu->poll_fd >= 0) {
        aio_set_fd_handler(gpu->ctx, gpu->poll_fd, NULL, NULL, NULL, NULL,
                           NULL);
        gpu->poll_fd = -1;
    }
}

void virtio_gpu_fences_resume(VirtIOGPU *gpu)
{
    if (gpu->poll_waits) {
        gpu->poll_waits = false;
        watch(gpu);
    }
}

void virtio_gpu_fences_init(VirtIOGPU *gpu)
{
    qemu_mutex_init(&gpu->fences_lock);
    gpu->fences_done = g_array_new(false, false, sizeof(FenceDone));
    gpu->fences_bh = aio_bh_new(gpu->ctx, fences_bh, gpu);
    gpu->poll_fd = -1;
}

void virtio_gpu_fences_end(VirtIOGPU *gpu)
{
    qemu_bh_delete(gpu->fences_bh);
}

void virtio_gpu_fences_finish(VirtIOGPU *gpu)
{
    g_array_unref(gpu->fences_done);
    qemu_mutex_destroy(&gpu->fences_lock);
}
