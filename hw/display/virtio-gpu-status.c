/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "hw/virtio/virtio-gpu.h"

#include "hw/virtio/virtio-bus.h"
#include "qapi/error.h"
#include "qemu/main-loop.h"
#include "virtio-gpu-pace.h"
#include "virtio-gpu-watchdog.h"

/* Sizes of the stock device: part of the guest ABI. */
#define CONTROL_QUEUE_SIZE 64
#define CONTROL_QUEUE_SIZE_3D 256
#define CURSOR_QUEUE_SIZE 16

/* Lines a second in the log, however many mistakes a guest makes. */
#define GUEST_ERRORS_PER_S 10

/*
 * Without irqfd the interrupt is the main loop's: virtio_notify() needs the
 * big lock before QEMU 10.2.
 */
static void raise_owed(VirtIOGPU *gpu)
{
    if (qatomic_xchg(&gpu->notify_owed, false)) {
        virtio_notify(virtio_gpu_vdev(gpu), gpu->ctrl_vq);
    }
}

static void notify_bh(void *opaque)
{
    VirtIOGPU *gpu = opaque;

    if (gpu->running) {
        raise_owed(gpu);
    }
}

/* The guest's driver is up, given device status @status. */
static bool is_driven(VirtIOGPU *gpu, uint8_t status)
{
    VirtIODevice *vdev = virtio_gpu_vdev(gpu);

    return status & VIRTIO_CONFIG_S_DRIVER_OK &&
           !gpu->failed && virtio_vdev_has_feature(vdev, VIRTIO_F_VERSION_1);
}

/*
 * The VM stops: its memory may be saved next, so every request that began
 * has its reply there, and its interrupt, before this returns; but while
 * contexts exist, when nobody can save it.
 */
static void come_to_rest(VirtIOGPU *gpu, uint8_t status)
{
    virtio_gpu_thread_drain(gpu, is_driven(gpu, status));
    if (is_driven(gpu, status)) {
        virtio_gpu_doorbell_allow(gpu);
    }
    qemu_bh_cancel(gpu->notify_bh);
    raise_owed(gpu);
}

void virtio_gpu_status_rest(VirtIOGPU *gpu)
{
    come_to_rest(gpu, virtio_gpu_vdev(gpu)->status);
}

/*
 * The driver's status is @status.  Decided under the lock: against a hostile
 * guest the big lock may have been given up for it, and a reset come first.
 */
static void update_running(VirtIOGPU *gpu, uint8_t status)
{
    uint32_t resets = virtio_gpu_base(gpu)->resets_asked;
    bool started;

    virtio_gpu_queue_lock(gpu);
    started = !gpu->running;
    gpu->running = virtio_gpu_vdev(gpu)->vm_running &&
                   is_driven(gpu, status) &&
                   resets == virtio_gpu_base(gpu)->resets_asked;
    started &= gpu->running;
    virtio_gpu_queue_unlock(gpu);
    if (started) {
        /* Requests that are already there. */
        qemu_bh_schedule(gpu->ctrl_bh);
        virtio_gpu_cursor_resume(gpu);
        virtio_gpu_contexts_block(gpu);
        qemu_bh_schedule(gpu->notify_bh);
    }
    if (!virtio_gpu_vdev(gpu)->vm_running) {
        come_to_rest(gpu, status);
    }
}

/*
 * QEMU takes any size up to 1024 but has arrays of the offered one, which it
 * uses with VIRTIO_F_IN_ORDER.  A driver on virtio-mmio is offered 1024
 * whatever the device says.
 */
bool virtio_gpu_status_ring_fits(VirtIOGPU *gpu, uint32_t index)
{
    VirtIODevice *vdev = virtio_gpu_vdev(gpu);
    int size = virtio_queue_get_num(vdev, index);

    return size <= virtio_queue_get_max_num(vdev, index) ||
           (!gpu->pci && size <= VIRTQUEUE_MAX_SIZE &&
            !virtio_vdev_has_feature(vdev, VIRTIO_F_IN_ORDER));
}

static void check_rings(VirtIOGPU *gpu)
{
    VirtIODevice *vdev = virtio_gpu_vdev(gpu);

    for (uint32_t i = 0; i < VGPU_NUM_QUEUES; i++) {
        if (!virtio_gpu_status_ring_fits(gpu, i)) {
            virtio_error(vdev, "virtio-gpu: queue %u enlarged to %d", i,
                         virtio_queue_get_num(vdev, i));
            gpu->failed = true;
            return;
        }
    }
}

void virtio_gpu_status_set(VirtIODevice *vdev, uint8_t status)
{
    VirtIOGPU *gpu = VIRTIO_GPU(vdev);

    if (status & VIRTIO_CONFIG_S_DRIVER_OK && vdev->vm_running &&
        !gpu->failed) {
        check_rings(gpu);
    }
    if (status & VIRTIO_CONFIG_S_FAILED) {
        gpu->failed = true;
    }
    update_running(gpu, status);
}

void virtio_gpu_status_queue_reset(VirtIODevice *vdev, uint32_t index)
{
    VirtIOGPU *gpu = VIRTIO_GPU(vdev);

    switch (index) {
    case VGPU_QUEUE_CONTROL:
        virtio_gpu_queue_lock(gpu);
        gpu->ctrl_held = true;
        gpu->parked_detached = true;
        virtio_gpu_queue_detach_locked(gpu);
        virtio_gpu_queue_unlock(gpu);
        qemu_bh_schedule(gpu->ctrl_bh);
        virtio_gpu_thread_wait_for_writer(gpu);
        break;
    case VGPU_QUEUE_CURSOR:
        virtio_gpu_cursor_reset(gpu);
        break;
    }
}

void virtio_gpu_status_queue_enable(VirtIODevice *vdev, uint32_t index)
{
    VirtIOGPU *gpu = VIRTIO_GPU(vdev);

    if (!virtio_gpu_status_ring_fits(gpu, index)) {
        virtio_error(vdev, "virtio-gpu: queue %u enlarged to %d", index,
                     virtio_queue_get_num(vdev, index));
        return;
    }
    if (index == VGPU_QUEUE_CONTROL) {
        virtio_gpu_queue_lock(gpu);
        gpu->ctrl_held = false;
        virtio_gpu_queue_unlock(gpu);
        qemu_bh_schedule(gpu->ctrl_bh);
    }
}

/*
 * Returns at once, unless the device thread is in a command that writes guest
 * memory, which is the guest's again after this.  Whatever else it is doing ends
 * without a reply, and the objects go before the next request starts.
 */
void virtio_gpu_status_reset(VirtIOGPU *gpu)
{
    VirtIOGPUBase *base = virtio_gpu_base(gpu);

    virtio_gpu_queue_lock(gpu);
    gpu->running = false;
    gpu->failed = false;
    gpu->ctrl_held = false;
    virtio_gpu_queue_detach_locked(gpu);
    qatomic_store_release(&base->resets_asked, base->resets_asked + 1);
    virtio_gpu_queue_unlock(gpu);
    virtio_gpu_thread_wait_for_writer(gpu);
    qemu_bh_cancel(gpu->notify_bh);
    qatomic_set(&gpu->notify_owed, false);
    vgpu_counter_add(&base->metrics.resets, 1);
    virtio_gpu_cursor_reset(gpu);
    qemu_bh_schedule(gpu->ctrl_bh);
    qemu_bh_schedule(gpu->cursor_job_bh);
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
    for (count = 0; count < VGPU_NUM_QUEUES; count++) {
        ret = virtio_bus_set_host_notifier(bus, count, true);
        if (ret < 0) {
            break;
        }
    }
    memory_region_transaction_commit();
    if (ret < 0) {
        clear_host_notifiers(bus, count);
    }
    return ret;
}

/*
 * The doorbell's descriptor is the device thread's, or nobody's.  QEMU's own
 * handlers for this would read it without the glue lock.
 */
static void attach_doorbell(VirtIOGPU *gpu)
{
    EventNotifier *doorbell = virtio_queue_get_host_notifier(gpu->ctrl_vq);

    aio_set_fd_handler(gpu->ctx, event_notifier_get_fd(doorbell),
                       virtio_gpu_doorbell_kicked, NULL,
                       virtio_gpu_doorbell_poll,
                       virtio_gpu_doorbell_poll_ready, gpu);
    /* Called with what was registered above, which is not a notifier. */
    aio_set_event_notifier_poll(
        gpu->ctx, doorbell,
        (EventNotifierHandler *)virtio_gpu_doorbell_poll_begin,
        (EventNotifierHandler *)virtio_gpu_doorbell_poll_end);
}

static void detach_doorbell(VirtIOGPU *gpu)
{
    EventNotifier *doorbell = virtio_queue_get_host_notifier(gpu->ctrl_vq);

    aio_set_fd_handler(gpu->ctx, event_notifier_get_fd(doorbell),
                       NULL, NULL, NULL, NULL, NULL);
}

static int open_doorbell(VirtIOGPU *gpu)
{
    VirtIODevice *vdev = virtio_gpu_vdev(gpu);
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
    attach_doorbell(gpu);
    virtio_queue_aio_attach_host_notifier_no_poll(gpu->cursor_vq,
                                                  qemu_get_aio_context());
    gpu->irqfd = true;
    gpu->notifier_open = true;
    return 0;
}

static void close_doorbell(VirtIOGPU *gpu)
{
    BusState *bus = qdev_get_parent_bus(DEVICE(gpu));
    VirtioBusClass *k = VIRTIO_BUS_GET_CLASS(bus);

    gpu->irqfd = false;
    gpu->notifier_open = false;
    gpu->polling = false;
    detach_doorbell(gpu);
    virtio_queue_aio_detach_host_notifier(gpu->cursor_vq,
                                          qemu_get_aio_context());
    clear_host_notifiers(VIRTIO_BUS(bus), VGPU_NUM_QUEUES);
    k->set_guest_notifiers(bus->parent, VGPU_NUM_QUEUES, false);
}

/* Under the glue lock all through, so that two vCPUs cannot both be here. */
int virtio_gpu_status_start_ioeventfd(VirtIODevice *vdev)
{
    VirtIOGPU *gpu = VIRTIO_GPU(vdev);
    int ret = 0;

    virtio_gpu_queue_lock(gpu);
    if (!gpu->notifier_open) {
        ret = open_doorbell(gpu);
    }
    virtio_gpu_queue_unlock(gpu);
    if (ret == 0) {
        update_running(gpu, vdev->status);
        /* Kicks from before the notifier was there went to handle_output. */
        qemu_bh_schedule(gpu->ctrl_bh);
    }
    return ret;
}

void virtio_gpu_status_stop_ioeventfd(VirtIODevice *vdev)
{
    VirtIOGPU *gpu = VIRTIO_GPU(vdev);

    virtio_gpu_queue_lock(gpu);
    gpu->running = false;
    if (gpu->notifier_open) {
        close_doorbell(gpu);
    }
    virtio_gpu_queue_unlock(gpu);
}

bool virtio_gpu_status_init(VirtIOGPU *gpu, Error **errp)
{
    VirtIODevice *vdev = virtio_gpu_vdev(gpu);

    if (!virtio_gpu_thread_start(gpu, errp)) {
        return false;
    }
    ratelimit_init(&gpu->guest_error_rate);
    ratelimit_set_speed(&gpu->guest_error_rate, GUEST_ERRORS_PER_S,
                        NANOSECONDS_PER_SECOND);
    gpu->notify_bh = qemu_bh_new(notify_bh, gpu);
    gpu->ctrl_vq = virtio_add_queue(vdev, virtio_gpu_base(gpu)->has_3d
                                          ? CONTROL_QUEUE_SIZE_3D
                                          : CONTROL_QUEUE_SIZE,
                                    virtio_gpu_doorbell_handle_output);
    gpu->cursor_vq = virtio_add_queue(vdev, CURSOR_QUEUE_SIZE,
                                      virtio_gpu_cursor_handle_output);
    virtio_gpu_memory_init(gpu);
    virtio_gpu_queue_init(gpu);
    virtio_gpu_fences_init(gpu);
    virtio_gpu_contexts_init(gpu);
    virtio_gpu_mapping_init(gpu);
    virtio_gpu_cursor_init(gpu);
    return true;
}

static void reset_on_thread(void *opaque)
{
    VirtIOGPU *gpu = opaque;

    if (gpu->device) {
        virtio_gpu_queue_sync_reset(gpu);
        virtio_gpu_queue_flush(gpu);
    }
}

/* On the device thread: nothing of ours is scheduled there after this. */
static void finish_on_thread(void *opaque)
{
    VirtIOGPU *gpu = opaque;

    qemu_bh_delete(gpu->window_changed_bh);
    virtio_gpu_watchdog_end(gpu);
    qemu_bh_delete(gpu->ctrl_bh);
    qemu_bh_delete(gpu->cursor_job_bh);
    qemu_bh_delete(virtio_gpu_base(gpu)->fetch_bh);
    virtio_gpu_pace_end(virtio_gpu_base(gpu));
}

void virtio_gpu_status_finish(VirtIOGPU *gpu)
{
    VirtIODevice *vdev = virtio_gpu_vdev(gpu);

    virtio_gpu_watchdog_stop(gpu);
    if (gpu->device) {
        virtio_gpu_status_reset(gpu);
    }
    aio_wait_bh_oneshot(gpu->ctx, reset_on_thread, gpu);
    virtio_gpu_mapping_drain(gpu);
    aio_wait_bh_oneshot(gpu->ctx, finish_on_thread, gpu);
    virtio_gpu_cursor_finish(gpu);
    virtio_gpu_queue_finish(gpu);
    virtio_gpu_renderer_unrealize(gpu);
    virtio_gpu_fences_finish(gpu);
    virtio_gpu_contexts_finish(gpu);
    virtio_gpu_mapping_finish(gpu);
    virtio_gpu_memory_finish(gpu);
    virtio_del_queue(vdev, VGPU_QUEUE_CURSOR);
    virtio_del_queue(vdev, VGPU_QUEUE_CONTROL);
    qemu_bh_delete(gpu->notify_bh);
    virtio_gpu_thread_finish(gpu);
    ratelimit_destroy(&gpu->guest_error_rate);
}
