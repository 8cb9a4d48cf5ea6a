/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "hw/virtio/virtio-gpu.h"

#include "qemu/main-loop.h"
#include "virtio-gpu-metrics.h"
#include "virtio-gpu-watchdog.h"

/* Commands after which other work of the device thread gets its turn. */
#define BATCH_COMMANDS 64

/* How long, and how often, the glue lock is asked for with the big lock. */
#define LOCK_PATIENCE_NS (100 * SCALE_MS)
#define LOCK_RETRY_US 20

/*
 * Requests are popped, and replies pushed, so many at a time: the driver can
 * refill the ring while we work on the next.  Replies wait at the latest so
 * long for the others.
 */
#define FLUSH_COMMANDS 16
#define FLUSH_INTERVAL_NS (200 * SCALE_US)

/*
 * The glue lock is held for a few descriptors, so who holds the big lock
 * waits for it.  But virtio takes the big lock by itself where a hostile
 * guest keeps its rings or descriptors in device registers, or makes an IOMMU
 * report a fault: then both threads would wait for each other.  After longer
 * than a thread is ever kept from its processor the big lock is given up for a
 * moment.
 */
void virtio_gpu_queue_lock(VirtIOGPU *gpu)
{
    int64_t deadline;

    if (!bql_locked()) {
        qemu_rec_mutex_lock(&gpu->lock);
        return;
    }
    if (qemu_rec_mutex_trylock(&gpu->lock) == 0) {
        return;
    }
    deadline = get_clock() + LOCK_PATIENCE_NS;
    while (get_clock() < deadline) {
        g_usleep(LOCK_RETRY_US);
        if (qemu_rec_mutex_trylock(&gpu->lock) == 0) {
            return;
        }
    }
    bql_unlock();
    qemu_rec_mutex_lock(&gpu->lock);
    bql_lock();
}

void virtio_gpu_queue_unlock(VirtIOGPU *gpu)
{
    qemu_rec_mutex_unlock(&gpu->lock);
}

/* Under the lock: the control queue may be popped from and pushed to. */
static bool is_live(VirtIOGPU *gpu)
{
    return (gpu->running || gpu->draining) && !gpu->ctrl_held &&
           !virtio_device_disabled(virtio_gpu_vdev(gpu));
}

/*
 * On a transport whose interrupts cannot be left to the main loop popping
 * needs the big lock, since a malformed chain raises one.
 */
static bool lock_for_pop(VirtIOGPU *gpu)
{
    bool with_bql = !gpu->interrupts_deferred;

    if (with_bql) {
        bql_lock();
    }
    virtio_gpu_queue_lock(gpu);
    return with_bql;
}

static void unlock_after_pop(VirtIOGPU *gpu, bool with_bql)
{
    virtio_gpu_queue_unlock(gpu);
    if (with_bql) {
        bql_unlock();
    }
}

bool virtio_gpu_queue_sync_reset(VirtIOGPU *gpu)
{
    VirtIOGPUBase *base = virtio_gpu_base(gpu);
    uint32_t asked = qatomic_load_acquire(&base->resets_asked);

    if (asked == base->resets_done) {
        return false;
    }
    vgpu_device_reset(gpu->device);
    virtio_gpu_contexts_changed(gpu);
    qatomic_store_release(&base->resets_done, asked);
    qemu_bh_schedule(base->display_bh);
    return true;
}

/*
 * Whether there is something to pop.  Virtio pops what the available index
 * says without asking whether the ring has as many places; only the question
 * for bytes makes it look (virtio 1.3, 2.7.13.3), at the index it read last.
 */
static bool has_requests_locked(VirtIOGPU *gpu)
{
    unsigned in_bytes, out_bytes;

    if (!is_live(gpu) || virtio_queue_empty(gpu->ctrl_vq)) {
        return false;
    }
    virtqueue_get_avail_bytes(gpu->ctrl_vq, &in_bytes, &out_bytes, 0, 0);
    return true;
}

/* Appends up to @limit requests to @popped; returns how many. */
static unsigned pop_locked(VirtIOGPU *gpu, VirtIOGPURequestList *popped,
                           unsigned limit)
{
    unsigned count;

    for (count = 0; count < limit && is_live(gpu); count++) {
        VirtIOGPURequest *r = virtqueue_pop(gpu->ctrl_vq, sizeof(*r));

        if (!r) {
            break;
        }
        virtio_gpu_request_init(gpu, r, VGPU_QUEUE_CONTROL);
        r->noticed_ns = gpu->noticed_ns;
        QTAILQ_INSERT_TAIL(&gpu->in_flight, r, in_flight);
        QTAILQ_INSERT_TAIL(popped, r, next);
    }
    return count;
}

/*
 * Under the lock, with nothing popped that is not executed: whether the queue
 * was reset since.  All that is parked is detached then.
 */
static bool take_parked_detached(VirtIOGPU *gpu)
{
    bool was = gpu->parked_detached;

    gpu->parked_detached = false;
    return was;
}

/*
 * The next requests, up to @limit.  A reset that came before its driver's
 * first request is carried out before it, also that of the queue: what waits
 * for a fence is never more than the queue has places.
 */
static unsigned pop(VirtIOGPU *gpu, VirtIOGPURequestList *popped,
                    unsigned limit)
{
    VirtIOGPUBase *base = virtio_gpu_base(gpu);
    bool is_current, drops, with_bql;
    unsigned count = 0;

    QTAILQ_INIT(popped);
    do {
        virtio_gpu_queue_sync_reset(gpu);
        with_bql = lock_for_pop(gpu);
        is_current = base->resets_asked == base->resets_done;
        drops = take_parked_detached(gpu);
        if (is_current && !drops && has_requests_locked(gpu)) {
            count = pop_locked(gpu, popped, limit);
        }
        unlock_after_pop(gpu, with_bql);
        if (drops) {
            vgpu_device_finish_fences(gpu->device);
        }
    } while (!is_current || drops);
    return count;
}

/* Beside its reply, which is written when it is pushed. */
static bool may_write_guest(const struct vgpu_request *request)
{
    return request->has_header &&
           (request->header.type == VGPU_CMD_TRANSFER_FROM_HOST_3D ||
            request->header.type == VGPU_CMD_SUBMIT_3D);
}

/* A request from before a reset is not to touch what comes after it. */
static bool is_dropped(VirtIOGPU *gpu, const VirtIOGPURequest *r)
{
    return qatomic_read(&r->detached) ||
           r->epoch != qatomic_load_acquire(
               &virtio_gpu_base(gpu)->resets_asked);
}

static void execute(VirtIOGPU *gpu, VirtIOGPURequest *r)
{
    VirtIOGPUSample sample;

    if (is_dropped(gpu, r)) {
        QTAILQ_INSERT_TAIL(&gpu->finished, r, next);
        return;
    }
    virtio_gpu_metrics_begin(gpu, &sample);
    virtio_gpu_request_fetch(gpu, r);
    virtio_gpu_metrics_decoded(gpu, &sample, r);
    if (!may_write_guest(&r->request)) {
        virtio_gpu_fences_writes_no_more(gpu);
    }
    virtio_gpu_watchdog_begin(gpu, r);
    vgpu_device_execute(gpu->device, &r->request);
    virtio_gpu_watchdog_done(gpu);
    virtio_gpu_metrics_executed(gpu, &sample);
}

/* No more commands are to begin. */
static bool is_stopped(const VirtIOGPU *gpu)
{
    return !qatomic_read(&gpu->running) && !gpu->draining;
}

/*
 * What was popped and not begun when the queue stopped is left for when it
 * goes on, here or where the VM migrates to.  Newest first, which is the only
 * order that virtio can turn back in.
 */
static void give_back(VirtIOGPU *gpu, VirtIOGPURequestList *popped)
{
    VirtIOGPURequest *r;

    virtio_gpu_queue_lock(gpu);
    while (is_stopped(gpu) && (r = QTAILQ_LAST(popped))) {
        QTAILQ_REMOVE(popped, r, next);
        if (!r->detached) {
            QTAILQ_REMOVE(&gpu->in_flight, r, in_flight);
            virtqueue_rewind(gpu->ctrl_vq, r->elem.ndescs);
        }
        virtio_gpu_request_free(gpu, gpu->ctrl_vq, r);
    }
    virtio_gpu_queue_unlock(gpu);
}

/*
 * Executes what is popped in one go and pushes the replies: together, so that
 * the lock, the used index and the interrupt are paid for once, unless one
 * takes its time.
 */
static unsigned run_some(VirtIOGPU *gpu, unsigned limit)
{
    int64_t start = get_clock();
    int64_t flush_at = start + FLUSH_INTERVAL_NS;
    VirtIOGPURequestList popped;
    VirtIOGPURequest *r;
    unsigned count;

    virtio_gpu_metrics_look(gpu, start);
    count = pop(gpu, &popped, limit);
    gpu->backlog = count == limit;
    while ((r = QTAILQ_FIRST(&popped))) {
        if (!virtio_gpu_fences_may_begin(gpu)) {
            give_back(gpu, &popped);
            continue;
        }
        QTAILQ_REMOVE(&popped, r, next);
        virtio_gpu_frames_fetch(gpu);
        virtio_gpu_fences_retire(gpu);
        virtio_gpu_mapping_retire(gpu);
        execute(gpu, r);
        if (!QTAILQ_EMPTY(&popped) && get_clock() > flush_at) {
            virtio_gpu_queue_flush(gpu);
            flush_at = get_clock() + FLUSH_INTERVAL_NS;
        }
    }
    virtio_gpu_fences_writes_no_more(gpu);
    virtio_gpu_contexts_changed(gpu);
    virtio_gpu_queue_flush(gpu);
    if (count) {
        virtio_gpu_metrics_worked(gpu, start);
    }
    return count;
}

/* Executes up to @limit commands; true when there may be more. */
static bool run_batch(VirtIOGPU *gpu, unsigned limit)
{
    unsigned count = 0;
    unsigned some;

    do {
        some = run_some(gpu, MIN(limit - count, FLUSH_COMMANDS));
        count += some;
    } while (some && count < limit);
    return count == limit;
}

bool virtio_gpu_queue_set_kicks(VirtIOGPU *gpu, bool enable)
{
    bool more = false;

    virtio_gpu_queue_lock(gpu);
    if (is_live(gpu)) {
        virtio_queue_set_notification(gpu->ctrl_vq, enable && !gpu->polling);
        more = !virtio_queue_empty(gpu->ctrl_vq);
    }
    virtio_gpu_queue_unlock(gpu);
    return more;
}

void virtio_gpu_queue_process(VirtIOGPU *gpu)
{
    gpu->backlog = false;
    virtio_gpu_queue_set_kicks(gpu, false);
    if (run_batch(gpu, BATCH_COMMANDS) || virtio_gpu_queue_set_kicks(gpu, true)) {
        qemu_bh_schedule(gpu->ctrl_bh);
    }
}

bool virtio_gpu_queue_has_work(VirtIOGPU *gpu)
{
    bool work;

    virtio_gpu_queue_lock(gpu);
    work = is_live(gpu) && !virtio_queue_empty(gpu->ctrl_vq);
    virtio_gpu_queue_unlock(gpu);
    return work;
}

static void ctrl_bh(void *opaque)
{
    virtio_gpu_fences_resume(opaque);
    virtio_gpu_queue_process(opaque);
}

void virtio_gpu_queue_drain(VirtIOGPU *gpu)
{
    run_batch(gpu, virtio_queue_get_num(virtio_gpu_vdev(gpu),
                                        VGPU_QUEUE_CONTROL));
}

/*
 * What is in flight keeps running, from buffers that stay mapped until it
 * ends, and is forgotten then.
 */
void virtio_gpu_queue_detach_locked(VirtIOGPU *gpu)
{
    VirtIOGPURequest *r;

    while ((r = QTAILQ_FIRST(&gpu->in_flight))) {
        QTAILQ_REMOVE(&gpu->in_flight, r, in_flight);
        qatomic_set(&r->detached, true);
    }
}

void virtio_gpu_queue_init(VirtIOGPU *gpu)
{
    qemu_rec_mutex_init(&gpu->lock);
    QTAILQ_INIT(&gpu->finished);
    QTAILQ_INIT(&gpu->in_flight);
    gpu->ctrl_bh = aio_bh_new(gpu->ctx, ctrl_bh, gpu);
}

void virtio_gpu_queue_finish(VirtIOGPU *gpu)
{
    VirtIOGPURequest *r;

    while ((r = QTAILQ_FIRST(&gpu->finished))) {
        QTAILQ_REMOVE(&gpu->finished, r, next);
        virtio_gpu_request_free(gpu, gpu->ctrl_vq, r);
    }
    qemu_rec_mutex_destroy(&gpu->lock);
}
