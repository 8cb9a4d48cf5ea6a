/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "hw/virtio/virtio-gpu.h"

#include "hw/pci/msix.h"
#include "hw/pci/pci_device.h"
#include "hw/virtio/virtio-bus.h"
#include "qemu/error-report.h"
#include "qemu/iov.h"
#include "qemu/log.h"
#include "qemu/main-loop.h"
#include "trace/trace-hw_display.h"

#include "virtio-gpu-trace.h"

/* Commands after which other work of the device thread gets its turn. */
#define BATCH_COMMANDS 64

/* Replies are pushed at the latest after this long in one batch. */
#define FLUSH_INTERVAL_NS (200 * SCALE_US)

/* Sizes of the stock device: part of the guest ABI. */
#define CONTROL_QUEUE_SIZE 64
#define CURSOR_QUEUE_SIZE 16

/* Lines a second in the log, however many mistakes a guest makes. */
#define GUEST_ERRORS_PER_S 10

/* Tries for the glue lock before the big lock is given up for it. */
#define LOCK_SPINS 1000

/*
 * The order is glue lock, then big lock, because virtio takes the big lock
 * by itself where a hostile chain leads to device registers.  Who holds the
 * big lock already must not wait for the glue lock with it: it is held for
 * microseconds otherwise, so a few tries nearly always do.
 */
void virtio_gpu_queue_lock(VirtIOGPU *gpu)
{
    if (!bql_locked()) {
        qemu_rec_mutex_lock(&gpu->lock);
        return;
    }
    for (int i = 0; i < LOCK_SPINS; i++) {
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

void virtio_gpu_request_free(VirtIOGPU *gpu, VirtIOGPURequest *r)
{
    vgpu_request_clear(gpu->device, &r->request);
    g_free(r);
}

void virtio_gpu_request_fetch(VirtIOGPU *gpu, VirtIOGPURequest *r,
                              enum vgpu_queue queue)
{
    struct vgpu_request *request = &r->request;

    memset(request, 0, sizeof(*request));
    r->detached = false;
    request->out = r->elem.out_sg;
    request->out_num = r->elem.out_num;
    request->in_bytes = iov_size(r->elem.in_sg, r->elem.in_num);
    request->queue = queue;
    request->features = VIRTIO_DEVICE(gpu)->guest_features;
    vgpu_request_fetch(gpu->device, request);
    request->out = NULL;
    request->out_num = 0;
    virtio_gpu_trace_request(request);
}

void virtio_gpu_request_fill(VirtQueue *vq, VirtIOGPURequest *r,
                             unsigned index)
{
    struct vgpu_request *request = &r->request;

    if (request->header.flags & VGPU_FLAG_FENCE) {
        trace_virtio_gpu_fence_resp(request->header.fence_id);
    }
    iov_from_buf(r->elem.in_sg, r->elem.in_num, 0, request->reply,
                 request->reply_bytes);
    virtqueue_fill(vq, &r->elem, request->reply_bytes, index);
}

/*
 * Inside virtqueue_pop() a malformed chain makes virtio raise a configuration
 * interrupt.  As a message that is a write to memory which takes the big lock
 * where it needs it; as a wire it requires the big lock to be held.
 */
static bool interrupts_are_wires(VirtIOGPU *gpu)
{
    return !gpu->pci || !msix_enabled(gpu->pci);
}

static VirtIOGPURequest *pop_locked(VirtIOGPU *gpu)
{
    bool need_bql = interrupts_are_wires(gpu) && !bql_locked();
    VirtIOGPURequest *r;

    /* Nothing to take the big lock for in the common case. */
    if (virtio_queue_empty(gpu->ctrl_vq)) {
        return NULL;
    }
    if (need_bql) {
        bql_lock();
    }
    r = virtqueue_pop(gpu->ctrl_vq, sizeof(*r));
    if (need_bql) {
        bql_unlock();
    }
    if (r) {
        QTAILQ_INSERT_TAIL(&gpu->in_flight, r, in_flight);
        virtio_gpu_request_fetch(gpu, r, VGPU_QUEUE_CONTROL);
    }
    return r;
}

void virtio_gpu_queue_sync_reset(VirtIOGPU *gpu)
{
    VirtIOGPUBase *base = VIRTIO_GPU_BASE(gpu);
    uint32_t asked = qatomic_load_acquire(&base->resets_asked);

    if (asked == base->resets_done) {
        return;
    }
    vgpu_device_reset(gpu->device);
    qatomic_store_release(&base->resets_done, asked);
    qemu_bh_schedule(base->display_bh);
}

/* Under the lock: the control queue may be popped from and pushed to. */
static bool is_live(const VirtIOGPU *gpu)
{
    return gpu->running && !gpu->ctrl_held;
}

/* The next request, fetched, or NULL when there is none for now. */
static VirtIOGPURequest *pop(VirtIOGPU *gpu)
{
    VirtIOGPURequest *r = NULL;

    virtio_gpu_queue_sync_reset(gpu);
    virtio_gpu_queue_lock(gpu);
    if (is_live(gpu)) {
        r = pop_locked(gpu);
    }
    virtio_gpu_queue_unlock(gpu);
    return r;
}

void virtio_gpu_queue_complete(void *host, struct vgpu_request *request)
{
    VirtIOGPU *gpu = host;
    VirtIOGPURequest *r = container_of(request, VirtIOGPURequest, request);

    if (request->queue == VGPU_QUEUE_CURSOR) {
        virtio_gpu_cursor_complete(gpu, r);
        return;
    }
    QTAILQ_INSERT_TAIL(&gpu->finished, r, next);
}

/* Pushes one finished request, or only forgets it after a queue reset. */
static unsigned push_locked(VirtIOGPU *gpu, VirtIOGPURequest *r,
                            unsigned index)
{
    if (r->detached) {
        return 0;
    }
    QTAILQ_REMOVE(&gpu->in_flight, r, in_flight);
    r->detached = true;
    virtio_gpu_request_fill(gpu->ctrl_vq, r, index);
    return 1;
}

static void notify_locked(VirtIOGPU *gpu)
{
    if (gpu->irqfd) {
        virtio_notify_irqfd(VIRTIO_DEVICE(gpu), gpu->ctrl_vq);
    } else {
        qemu_bh_schedule(gpu->notify_bh);
    }
}

/*
 * The replies so far go into the used ring, with one interrupt for all.
 * While the VM stands still they wait: its memory is not to change.
 */
static void flush(VirtIOGPU *gpu)
{
    VirtIOGPURequestList pushed = QTAILQ_HEAD_INITIALIZER(pushed);
    VirtIOGPURequest *r, *next;
    unsigned count = 0;

    if (QTAILQ_EMPTY(&gpu->finished)) {
        return;
    }
    virtio_gpu_queue_lock(gpu);
    QTAILQ_FOREACH_SAFE(r, &gpu->finished, next, next) {
        if (!is_live(gpu) && !r->detached) {
            continue;
        }
        QTAILQ_REMOVE(&gpu->finished, r, next);
        count += push_locked(gpu, r, count);
        QTAILQ_INSERT_TAIL(&pushed, r, next);
    }
    if (count) {
        virtqueue_flush(gpu->ctrl_vq, count);
        notify_locked(gpu);
    }
    virtio_gpu_queue_unlock(gpu);
    QTAILQ_FOREACH_SAFE(r, &pushed, next, next) {
        virtio_gpu_request_free(gpu, r);
    }
}

/* Executes up to @limit commands; true when there may be more. */
static bool run_batch(VirtIOGPU *gpu, unsigned limit)
{
    int64_t flush_at = get_clock() + FLUSH_INTERVAL_NS;
    unsigned count;
    int64_t now;

    for (count = 0; count < limit; count++) {
        VirtIOGPURequest *r = pop(gpu);

        if (!r) {
            break;
        }
        vgpu_device_execute(gpu->device, &r->request);
        now = get_clock();
        if (now > flush_at) {
            flush(gpu);
            flush_at = now + FLUSH_INTERVAL_NS;
        }
    }
    flush(gpu);
    return count == limit;
}

/* Lets the driver kick or not; false when nothing can be waited for. */
static bool set_kicks(VirtIOGPU *gpu, bool enable)
{
    bool more;

    virtio_gpu_queue_lock(gpu);
    if (is_live(gpu)) {
        virtio_queue_set_notification(gpu->ctrl_vq, enable);
    }
    more = is_live(gpu) && !virtio_queue_empty(gpu->ctrl_vq);
    virtio_gpu_queue_unlock(gpu);
    return more;
}

/*
 * A turn at the control queue.  Bounded, so that the cursor, a reset and
 * whatever else lives on this thread get theirs however busy the guest is.
 */
static void process_control(VirtIOGPU *gpu)
{
    set_kicks(gpu, false);
    if (run_batch(gpu, BATCH_COMMANDS) || set_kicks(gpu, true)) {
        qemu_bh_schedule(gpu->ctrl_bh);
    }
}

static void ctrl_bh(void *opaque)
{
    process_control(opaque);
}

void virtio_gpu_queue_drain(VirtIOGPU *gpu)
{
    run_batch(gpu, VIRTQUEUE_MAX_SIZE);
}

/*
 * The notifier's descriptor is closed by the main loop once running is
 * false, hence the lock around reading it.
 */
static void ctrl_kicked(void *opaque)
{
    VirtIOGPU *gpu = opaque;
    EventNotifier *notifier = virtio_queue_get_host_notifier(gpu->ctrl_vq);
    bool kicked = false;

    virtio_gpu_queue_lock(gpu);
    if (gpu->running) {
        kicked = event_notifier_test_and_clear(notifier);
    }
    virtio_gpu_queue_unlock(gpu);
    if (kicked) {
        process_control(gpu);
    }
}

/*
 * A kick that came through a vCPU or the main loop: without ioeventfd, on
 * transports that have none, or through a buffer that lies in the doorbell.
 */
static void ctrl_handle_output(VirtIODevice *vdev, VirtQueue *vq)
{
    qemu_bh_schedule(VIRTIO_GPU(vdev)->ctrl_bh);
}

/*
 * Without irqfd the interrupt is the main loop's: virtio_notify() needs the
 * big lock before QEMU 10.2.
 */
static void notify_bh(void *opaque)
{
    VirtIOGPU *gpu = opaque;

    virtio_notify(VIRTIO_DEVICE(gpu), gpu->ctrl_vq);
}

/* The guest's driver is up and the VM runs, given device status @status. */
static bool can_run(VirtIODevice *vdev, uint8_t status)
{
    return vdev->vm_running && status & VIRTIO_CONFIG_S_DRIVER_OK &&
           !(status & VIRTIO_CONFIG_S_FAILED);
}

static void set_running(VirtIOGPU *gpu, bool running)
{
    bool started;

    virtio_gpu_queue_lock(gpu);
    started = running && !gpu->running;
    gpu->running = running;
    virtio_gpu_queue_unlock(gpu);
    if (started) {
        /* Replies that waited for the VM, and requests already there. */
        qemu_bh_schedule(gpu->ctrl_bh);
        virtio_gpu_cursor_resume(gpu);
    }
}

void virtio_gpu_queue_set_status(VirtIODevice *vdev, uint8_t status)
{
    set_running(VIRTIO_GPU(vdev), can_run(vdev, status));
}

/*
 * What is in flight on the control queue keeps running and is forgotten when
 * it ends: its buffers are unmapped here, and nothing of the request is read
 * from them any more since it was fetched.
 */
static void detach_in_flight_locked(VirtIOGPU *gpu)
{
    VirtIOGPURequest *r;

    while ((r = QTAILQ_FIRST(&gpu->in_flight))) {
        QTAILQ_REMOVE(&gpu->in_flight, r, in_flight);
        virtqueue_detach_element(gpu->ctrl_vq, &r->elem, 0);
        r->detached = true;
    }
}

void virtio_gpu_queue_reset(VirtIODevice *vdev, uint32_t index)
{
    VirtIOGPU *gpu = VIRTIO_GPU(vdev);

    switch (index) {
    case VGPU_QUEUE_CONTROL:
        virtio_gpu_queue_lock(gpu);
        gpu->ctrl_held = true;
        detach_in_flight_locked(gpu);
        virtio_gpu_queue_unlock(gpu);
        break;
    case VGPU_QUEUE_CURSOR:
        virtio_gpu_cursor_reset(gpu);
        break;
    }
}

void virtio_gpu_queue_enable(VirtIODevice *vdev, uint32_t index)
{
    VirtIOGPU *gpu = VIRTIO_GPU(vdev);

    if (index == VGPU_QUEUE_CONTROL) {
        virtio_gpu_queue_lock(gpu);
        gpu->ctrl_held = false;
        virtio_gpu_queue_unlock(gpu);
        qemu_bh_schedule(gpu->ctrl_bh);
    }
}

/*
 * Returns at once, whatever the device thread is doing: what it does then
 * ends without a reply, and the objects go before the next request starts.
 */
void virtio_gpu_queue_reset_all(VirtIOGPU *gpu)
{
    VirtIOGPUBase *base = VIRTIO_GPU_BASE(gpu);

    virtio_gpu_queue_lock(gpu);
    gpu->running = false;
    gpu->ctrl_held = false;
    detach_in_flight_locked(gpu);
    qatomic_store_release(&base->resets_asked, base->resets_asked + 1);
    virtio_gpu_queue_unlock(gpu);
    virtio_gpu_cursor_reset(gpu);
    qemu_bh_schedule(gpu->ctrl_bh);
}

static void clear_host_notifiers(VirtioBusState *bus, unsigned count)
{
    memory_region_transaction_begin();
    for (unsigned i = 0; i < count; i++) {
        virtio_bus_set_host_notifier(bus, i, false);
    }
    /* The descriptors must be open while the transaction ends. */
    memory_region_transaction_commit();
    for (unsigned i = 0; i < count; i++) {
        virtio_bus_cleanup_host_notifier(bus, i);
    }
}

static int set_host_notifiers(VirtioBusState *bus)
{
    unsigned count;
    int ret = 0;

    memory_region_transaction_begin();
    for (count = 0; count < VGPU_NUM_QUEUES && ret == 0; count++) {
        ret = virtio_bus_set_host_notifier(bus, count, true);
    }
    memory_region_transaction_commit();
    if (ret < 0) {
        clear_host_notifiers(bus, count - 1);
    }
    return ret;
}

int virtio_gpu_queue_start_ioeventfd(VirtIODevice *vdev)
{
    VirtIOGPU *gpu = VIRTIO_GPU(vdev);
    BusState *bus = qdev_get_parent_bus(DEVICE(vdev));
    VirtioBusClass *k = VIRTIO_BUS_GET_CLASS(bus);
    int ret;

    ret = k->set_guest_notifiers(bus->parent, VGPU_NUM_QUEUES, true);
    if (ret < 0) {
        return ret;
    }
    ret = set_host_notifiers(VIRTIO_BUS(bus));
    if (ret < 0) {
        k->set_guest_notifiers(bus->parent, VGPU_NUM_QUEUES, false);
        return ret;
    }
    virtio_gpu_queue_lock(gpu);
    gpu->irqfd = true;
    virtio_gpu_queue_unlock(gpu);
    aio_set_fd_handler(gpu->ctx,
                       event_notifier_get_fd(
                           virtio_queue_get_host_notifier(gpu->ctrl_vq)),
                       ctrl_kicked, NULL, NULL, NULL, gpu);
    virtio_queue_aio_attach_host_notifier_no_poll(gpu->cursor_vq,
                                                  qemu_get_aio_context());
    set_running(gpu, can_run(vdev, vdev->status));
    /* Kicks from before the notifier was there went to handle_output. */
    qemu_bh_schedule(gpu->ctrl_bh);
    return 0;
}

void virtio_gpu_queue_stop_ioeventfd(VirtIODevice *vdev)
{
    VirtIOGPU *gpu = VIRTIO_GPU(vdev);
    BusState *bus = qdev_get_parent_bus(DEVICE(vdev));
    VirtioBusClass *k = VIRTIO_BUS_GET_CLASS(bus);

    virtio_gpu_queue_lock(gpu);
    gpu->running = false;
    gpu->irqfd = false;
    virtio_gpu_queue_unlock(gpu);
    aio_set_fd_handler(gpu->ctx,
                       event_notifier_get_fd(
                           virtio_queue_get_host_notifier(gpu->ctrl_vq)),
                       NULL, NULL, NULL, NULL, NULL);
    virtio_queue_aio_detach_host_notifier(gpu->cursor_vq,
                                          qemu_get_aio_context());
    clear_host_notifiers(VIRTIO_BUS(bus), VGPU_NUM_QUEUES);
    k->set_guest_notifiers(bus->parent, VGPU_NUM_QUEUES, false);
}

void virtio_gpu_queue_guest_error(void *host,
                                  const struct vgpu_request *request,
                                  const char *text)
{
    VirtIOGPU *gpu = host;

    qatomic_inc(&gpu->guest_errors);
    if (!qemu_loglevel_mask(LOG_GUEST_ERROR) ||
        ratelimit_calculate_delay(&gpu->guest_error_rate, 1)) {
        return;
    }
    qemu_log("virtio-gpu: %s: %s\n", vgpu_request_name(request), text);
}

/* The device thread: the user's, or one of our own. */
static bool start_thread(VirtIOGPU *gpu, Error **errp)
{
    g_autofree char *id = NULL;

    gpu->iothread = VIRTIO_GPU_BASE(gpu)->conf.iothread;
    if (gpu->iothread) {
        object_ref(OBJECT(gpu->iothread));
    } else {
        id = g_strdup_printf("virtio-gpu-%p", gpu);
        gpu->iothread = iothread_create(id, errp);
        gpu->own_iothread = true;
    }
    if (!gpu->iothread) {
        return false;
    }
    gpu->ctx = iothread_get_aio_context(gpu->iothread);
    return true;
}

bool virtio_gpu_queue_init(VirtIOGPU *gpu, Error **errp)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(gpu);

    if (!start_thread(gpu, errp)) {
        return false;
    }
    qemu_rec_mutex_init(&gpu->lock);
    QTAILQ_INIT(&gpu->finished);
    QTAILQ_INIT(&gpu->in_flight);
    ratelimit_init(&gpu->guest_error_rate);
    ratelimit_set_speed(&gpu->guest_error_rate, GUEST_ERRORS_PER_S,
                        NANOSECONDS_PER_SECOND);
    gpu->ctrl_bh = aio_bh_new(gpu->ctx, ctrl_bh, gpu);
    gpu->notify_bh = qemu_bh_new(notify_bh, gpu);
    gpu->ctrl_vq = virtio_add_queue(vdev, CONTROL_QUEUE_SIZE,
                                    ctrl_handle_output);
    gpu->cursor_vq = virtio_add_queue(vdev, CURSOR_QUEUE_SIZE,
                                      virtio_gpu_cursor_handle_output);
    virtio_gpu_cursor_init(gpu);
    return true;
}

/* Runs on the device thread after everything that was scheduled there. */
static void finish_on_thread(void *opaque)
{
    VirtIOGPU *gpu = opaque;

    qemu_bh_delete(gpu->ctrl_bh);
    qemu_bh_delete(gpu->cursor_job_bh);
}

void virtio_gpu_queue_finish(VirtIOGPU *gpu)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(gpu);
    VirtIOGPURequest *r;

    virtio_gpu_queue_reset_all(gpu);
    aio_wait_bh_oneshot(gpu->ctx, finish_on_thread, gpu);
    while ((r = QTAILQ_FIRST(&gpu->finished))) {
        QTAILQ_REMOVE(&gpu->finished, r, next);
        virtio_gpu_request_free(gpu, r);
    }
    virtio_gpu_cursor_finish(gpu);
    virtio_del_queue(vdev, VGPU_QUEUE_CURSOR);
    virtio_del_queue(vdev, VGPU_QUEUE_CONTROL);
    qemu_bh_delete(gpu->notify_bh);
    if (gpu->own_iothread) {
        iothread_destroy(gpu->iothread);
    } else {
        object_unref(OBJECT(gpu->iothread));
    }
    ratelimit_destroy(&gpu->guest_error_rate);
    qemu_rec_mutex_destroy(&gpu->lock);
}
