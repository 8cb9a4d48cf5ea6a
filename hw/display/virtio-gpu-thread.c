/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "hw/virtio/virtio-gpu.h"

#include "qapi/error.h"
#include "qemu/main-loop.h"
#include "qemu/timer.h"

/* How long the device thread is waited for with the big lock held. */
#define PATIENCE_MS 100

/* How often who waits for the end of a command looks. */
#define WRITER_RETRY_US 50

typedef struct Errand {
    void (*run)(void *opaque);
    void *opaque;
    QemuSemaphore done;
} Errand;

typedef struct Drain {
    VirtIOGPU *gpu;
    bool can_push;
} Drain;

/* Linux' names of threads have 15 characters, and three are "IO ". */
static char *free_name(void)
{
    char *name = NULL;

    for (unsigned number = 0; !name; number++) {
        name = g_strdup_printf("virtio-gpu%u", number);
        if (object_resolve_path_component(object_get_internal_root(), name)) {
            g_clear_pointer(&name, g_free);
        }
    }
    return name;
}

bool virtio_gpu_thread_start(VirtIOGPU *gpu, Error **errp)
{
    g_autofree char *id = NULL;

    gpu->iothread = virtio_gpu_base(gpu)->conf.iothread;
    if (gpu->iothread) {
        object_ref(OBJECT(gpu->iothread));
    } else {
        id = free_name();
        gpu->iothread = iothread_create(id, errp);
        gpu->own_iothread = true;
    }
    if (!gpu->iothread) {
        return false;
    }
    gpu->ctx = iothread_get_aio_context(gpu->iothread);
    return true;
}

void virtio_gpu_thread_finish(VirtIOGPU *gpu)
{
    if (gpu->own_iothread) {
        iothread_destroy(gpu->iothread);
    } else {
        object_unref(OBJECT(gpu->iothread));
    }
}

static void errand_bh(void *opaque)
{
    Errand *errand = opaque;

    errand->run(errand->opaque);
    qemu_sem_post(&errand->done);
}

void virtio_gpu_thread_run(VirtIOGPU *gpu, void (*run)(void *opaque),
                           void *opaque)
{
    Errand errand = { .run = run, .opaque = opaque };

    qemu_sem_init(&errand.done, 0);
    aio_bh_schedule_oneshot(gpu->ctx, errand_bh, &errand);
    if (!bql_locked()) {
        qemu_sem_wait(&errand.done);
    } else if (qemu_sem_timedwait(&errand.done, PATIENCE_MS) < 0) {
        /* The device thread may stand in line for it. */
        bql_unlock();
        qemu_sem_wait(&errand.done);
        bql_lock();
    }
    qemu_sem_destroy(&errand.done);
}

void virtio_gpu_thread_call(VirtIOGPU *gpu, void (*run)(void *opaque),
                            void *opaque)
{
    Errand errand = { .run = run, .opaque = opaque };

    qemu_sem_init(&errand.done, 0);
    aio_bh_schedule_oneshot(gpu->ctx, errand_bh, &errand);
    qemu_sem_wait(&errand.done);
    qemu_sem_destroy(&errand.done);
}

/*
 * A cursor update cannot be given back, since moves have overtaken it, and
 * needs the commands that stand before it.
 */
static void drain(void *opaque)
{
    Drain *d = opaque;

    virtio_gpu_queue_sync_reset(d->gpu);
    d->gpu->draining = d->can_push;
    if (d->can_push) {
        virtio_gpu_cursor_drain(d->gpu);
    }
    /* Without a context nobody sees when the work behind a fence ends. */
    if (vgpu_device_num_contexts(d->gpu->device) == 0 &&
        vgpu_device_num_mappings(d->gpu->device) == 0) {
        vgpu_device_finish_fences(d->gpu->device);
    }
    virtio_gpu_queue_flush(d->gpu);
    d->gpu->draining = false;
}

static bool has_in_flight(VirtIOGPU *gpu)
{
    bool some;

    virtio_gpu_queue_lock(gpu);
    some = !QTAILQ_EMPTY(&gpu->in_flight) ||
           !QTAILQ_EMPTY(&gpu->cursor_in_flight);
    virtio_gpu_queue_unlock(gpu);
    return some;
}

static void do_nothing(void *opaque)
{
}

/*
 * Rendering may take its time, and what comes of it stays with the host until
 * the VM goes on.  The command that runs is waited for only if it writes guest
 * memory.
 */
static void wait_for_writer(VirtIOGPU *gpu)
{
    /* Its partner is in virtio_gpu_fences_may_begin(). */
    smp_mb();
    if (qatomic_read(&gpu->may_write_guest)) {
        virtio_gpu_thread_run(gpu, do_nothing, NULL);
    }
}

void virtio_gpu_thread_wait_for_writer(VirtIOGPU *gpu)
{
    int64_t deadline = get_clock() + PATIENCE_MS * (int64_t)SCALE_MS;
    bool with_bql = bql_locked();

    /* Its partner is in virtio_gpu_fences_may_begin(). */
    smp_mb();
    while (qatomic_read(&gpu->may_write_guest)) {
        if (bql_locked() && get_clock() > deadline) {
            bql_unlock();
        }
        g_usleep(WRITER_RETRY_US);
    }
    if (with_bql && !bql_locked()) {
        bql_lock();
    }
}

void virtio_gpu_thread_drain(VirtIOGPU *gpu, bool can_push)
{
    Drain d = { .gpu = gpu, .can_push = can_push };

    if (vgpu_device_num_contexts(gpu->device) ||
        vgpu_device_num_mappings(gpu->device)) {
        wait_for_writer(gpu);
        return;
    }
    if (!has_in_flight(gpu)) {
        return;
    }
    virtio_gpu_thread_run(gpu, drain, &d);
    if (can_push) {
        virtio_gpu_cursor_flush(gpu);
    }
}
