/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "hw/virtio/virtio-gpu.h"

#include "qemu/lockable.h"
#include "qemu/main-loop.h"
#include "qemu/rcu.h"
#include "virtio-gpu-metrics.h"

/* Requests of one turn; the queue is not larger unless the guest refills it. */
#define TURN_REQUESTS 64

static VirtIOGPUOutput *output_of(VirtIOGPU *gpu, const VirtIOGPURequest *r)
{
    VirtIOGPUBase *base = virtio_gpu_base(gpu);
    uint32_t id = r->request.args.cursor.scanout_id;

    return id < base->conf.max_outputs ? &base->outputs[id] : NULL;
}

static void push(VirtIOGPU *gpu, VirtIOGPURequest *r)
{
    QTAILQ_REMOVE(&gpu->cursor_in_flight, r, in_flight);
    WITH_RCU_READ_LOCK_GUARD() {
        virtio_gpu_request_fill(gpu, gpu->cursor_vq, r, 0);
        virtqueue_flush(gpu->cursor_vq, 1);
    }
    virtio_gpu_metrics_cursor_pushed(gpu, r);
    virtio_gpu_request_free(gpu, gpu->cursor_vq, r);
}

/*
 * Moves overtake images, unless the driver was promised its buffers back in
 * order (VIRTIO_F_IN_ORDER).
 */
static void push_when_due(VirtIOGPU *gpu, VirtIOGPURequest *r)
{
    VirtIODevice *vdev = virtio_gpu_vdev(gpu);

    r->answered = true;
    if (!virtio_vdev_has_feature(vdev, VIRTIO_F_IN_ORDER)) {
        push(gpu, r);
        return;
    }
    while ((r = QTAILQ_FIRST(&gpu->cursor_in_flight)) && r->answered) {
        push(gpu, r);
    }
}

static bool is_update(const VirtIOGPURequest *r)
{
    return r->request.command &&
           r->request.header.type == VGPU_CMD_UPDATE_CURSOR;
}

/* Position and hiding apply here and now. */
static void apply_position(VirtIOGPUOutput *output, VirtIOGPURequest *r)
{
    const struct vgpu_cursor_request *a = &r->request.args.cursor;

    r->cursor_x = output->cursor_x;
    r->cursor_y = output->cursor_y;
    virtio_gpu_pointer_move(output, a->x, a->y);
    r->cursor_moves = output->cursor_moves;
    if (a->resource_id == 0) {
        virtio_gpu_pointer_hide(output);
    }
    r->cursor_hides = output->cursor_hides;
}

/* An image is the device thread's: it knows the resources. */
static void forward(VirtIOGPU *gpu, VirtIOGPURequest *r)
{
    VirtIOGPUOutput *output = output_of(gpu, r);

    if (output) {
        apply_position(output, r);
    }
    WITH_QEMU_LOCK_GUARD(&gpu->cursor_jobs_lock) {
        QTAILQ_INSERT_TAIL(&gpu->cursor_jobs, r, next);
    }
    qemu_bh_schedule(gpu->cursor_job_bh);
}

/* A position is applied here and now, and so is a refusal. */
static void answer(VirtIOGPU *gpu, VirtIOGPURequest *r)
{
    const struct vgpu_cursor_request *a = &r->request.args.cursor;
    enum vgpu_status status = vgpu_device_move_cursor(gpu->device,
                                                      &r->request);

    if (status == VGPU_OK) {
        virtio_gpu_pointer_move(output_of(gpu, r), a->x, a->y);
    }
    push_when_due(gpu, r);
}

void virtio_gpu_cursor_handle_output(VirtIODevice *vdev, VirtQueue *vq)
{
    VirtIOGPU *gpu = VIRTIO_GPU(vdev);
    bool answered = false;
    int64_t now = get_clock();
    unsigned count;

    if (!virtio_gpu_in_main_thread(virtio_gpu_base(gpu))) {
        /* Without ioeventfd, on a vCPU. */
        qemu_bh_schedule(gpu->cursor_done_bh);
        return;
    }
    for (count = 0; gpu->running && count < TURN_REQUESTS; count++) {
        VirtIOGPURequest *r = virtqueue_pop(vq, sizeof(*r));

        if (!r) {
            break;
        }
        QTAILQ_INSERT_TAIL(&gpu->cursor_in_flight, r, in_flight);
        virtio_gpu_request_init(gpu, r, VGPU_QUEUE_CURSOR);
        r->noticed_ns = now;
        virtio_gpu_request_fetch(gpu, r);
        if (is_update(r)) {
            forward(gpu, r);
        } else {
            answer(gpu, r);
            answered = true;
        }
    }
    if (answered) {
        virtio_notify(vdev, vq);
    }
    if (count == TURN_REQUESTS) {
        qemu_bh_schedule(gpu->cursor_done_bh);
    }
}

/* The oldest update that was forwarded; @more when there are others. */
static VirtIOGPURequest *take_job(VirtIOGPU *gpu, bool *more)
{
    VirtIOGPURequest *r;

    QEMU_LOCK_GUARD(&gpu->cursor_jobs_lock);
    r = QTAILQ_FIRST(&gpu->cursor_jobs);
    if (r) {
        QTAILQ_REMOVE(&gpu->cursor_jobs, r, next);
    }
    *more = !QTAILQ_EMPTY(&gpu->cursor_jobs);
    return r;
}

/*
 * While the VM stands still the control queue does, too, and an update must
 * not overtake the transfer before it.
 */
static bool must_wait(VirtIOGPU *gpu, const VirtIOGPURequest *r)
{
    bool wait;

    virtio_gpu_queue_lock(gpu);
    wait = !gpu->running && r->epoch == virtio_gpu_base(gpu)->resets_asked;
    virtio_gpu_queue_unlock(gpu);
    return wait;
}

static void put_back(VirtIOGPU *gpu, VirtIOGPURequest *r)
{
    QEMU_LOCK_GUARD(&gpu->cursor_jobs_lock);
    QTAILQ_INSERT_HEAD(&gpu->cursor_jobs, r, next);
}

static void run_job(VirtIOGPU *gpu, VirtIOGPURequest *r)
{
    virtio_gpu_pointer_expect(virtio_gpu_base(gpu), r->cursor_hides);
    if (r->epoch == virtio_gpu_base(gpu)->resets_done) {
        vgpu_device_execute(gpu->device, &r->request);
    } else {
        virtio_gpu_cursor_complete(gpu, r);
    }
}

/* Device thread: one update a turn. */
static void cursor_job_bh(void *opaque)
{
    VirtIOGPU *gpu = opaque;
    VirtIOGPURequest *r;
    bool more;

    r = take_job(gpu, &more);
    if (!r) {
        return;
    }
    /*
     * Windows fills the image by a transfer on the control queue and does
     * not wait for it.
     */
    virtio_gpu_queue_drain(gpu);
    if (must_wait(gpu, r)) {
        put_back(gpu, r);
        return;
    }
    run_job(gpu, r);
    if (more) {
        qemu_bh_schedule(gpu->cursor_job_bh);
    }
}

void virtio_gpu_cursor_drain(VirtIOGPU *gpu)
{
    VirtIOGPURequest *r;
    bool more;

    while ((r = take_job(gpu, &more))) {
        virtio_gpu_queue_drain(gpu);
        run_job(gpu, r);
    }
}

void virtio_gpu_cursor_complete(VirtIOGPU *gpu, VirtIOGPURequest *r)
{
    WITH_QEMU_LOCK_GUARD(&gpu->cursor_jobs_lock) {
        QTAILQ_INSERT_TAIL(&gpu->cursor_done, r, next);
    }
    qemu_bh_schedule(gpu->cursor_done_bh);
}

/* A refused one leaves the cursor where it was, unless it was moved since. */
static void finish_update(VirtIOGPU *gpu, VirtIOGPURequest *r)
{
    VirtIOGPUOutput *output = output_of(gpu, r);

    if (output && r->request.status != VGPU_OK &&
        output->cursor_moves == r->cursor_moves) {
        virtio_gpu_pointer_move(output, r->cursor_x, r->cursor_y);
    }
    push_when_due(gpu, r);
}

/*
 * The oldest finished update whose reply can go now: without @may_push only
 * those that have none any more.
 */
static VirtIOGPURequest *take_done(VirtIOGPU *gpu, bool may_push)
{
    VirtIOGPURequest *r;

    QEMU_LOCK_GUARD(&gpu->cursor_jobs_lock);
    QTAILQ_FOREACH(r, &gpu->cursor_done, next) {
        if (may_push || r->detached) {
            QTAILQ_REMOVE(&gpu->cursor_done, r, next);
            return r;
        }
    }
    return NULL;
}

static void push_done(VirtIOGPU *gpu, bool may_push)
{
    VirtIOGPURequest *r;
    bool pushed = false;

    while ((r = take_done(gpu, may_push))) {
        if (r->detached) {
            virtio_gpu_request_free(gpu, gpu->cursor_vq, r);
        } else {
            finish_update(gpu, r);
            pushed = true;
        }
    }
    if (pushed) {
        virtio_notify(virtio_gpu_vdev(gpu), gpu->cursor_vq);
    }
}

static void cursor_done_bh(void *opaque)
{
    VirtIOGPU *gpu = opaque;

    push_done(gpu, gpu->running);
    virtio_gpu_cursor_handle_output(virtio_gpu_vdev(gpu), gpu->cursor_vq);
}

void virtio_gpu_cursor_flush(VirtIOGPU *gpu)
{
    push_done(gpu, true);
}

void virtio_gpu_cursor_resume(VirtIOGPU *gpu)
{
    qemu_bh_schedule(gpu->cursor_job_bh);
    qemu_bh_schedule(gpu->cursor_done_bh);
}

/*
 * An update that the device thread works on stays its own until it is done;
 * one that only waits for older replies is nobody's.
 */
void virtio_gpu_cursor_reset(VirtIOGPU *gpu)
{
    VirtIOGPURequest *r;

    while ((r = QTAILQ_FIRST(&gpu->cursor_in_flight))) {
        QTAILQ_REMOVE(&gpu->cursor_in_flight, r, in_flight);
        r->detached = true;
        if (r->answered) {
            virtio_gpu_request_free(gpu, gpu->cursor_vq, r);
        }
    }
}

void virtio_gpu_cursor_init(VirtIOGPU *gpu)
{
    qemu_mutex_init(&gpu->cursor_jobs_lock);
    QTAILQ_INIT(&gpu->cursor_in_flight);
    QTAILQ_INIT(&gpu->cursor_jobs);
    QTAILQ_INIT(&gpu->cursor_done);
    gpu->cursor_job_bh = aio_bh_new(gpu->ctx, cursor_job_bh, gpu);
    gpu->cursor_done_bh = qemu_bh_new(cursor_done_bh, gpu);
}

static void free_all(VirtIOGPU *gpu, VirtIOGPURequestList *list)
{
    VirtIOGPURequest *r;

    while ((r = QTAILQ_FIRST(list))) {
        QTAILQ_REMOVE(list, r, next);
        virtio_gpu_request_free(gpu, gpu->cursor_vq, r);
    }
}

void virtio_gpu_cursor_finish(VirtIOGPU *gpu)
{
    free_all(gpu, &gpu->cursor_jobs);
    free_all(gpu, &gpu->cursor_done);
    qemu_bh_delete(gpu->cursor_done_bh);
    qemu_mutex_destroy(&gpu->cursor_jobs_lock);
}
