/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "hw/virtio/virtio-gpu.h"

/*
 * The descriptor is closed by the main loop once notifier_open is false,
 * hence the lock around reading it.
 */
void virtio_gpu_doorbell_kicked(void *opaque)
{
    VirtIOGPU *gpu = opaque;
    bool kicked = false;

    virtio_gpu_queue_lock(gpu);
    if (gpu->notifier_open) {
        kicked = event_notifier_test_and_clear(
            virtio_queue_get_host_notifier(gpu->ctrl_vq));
    }
    virtio_gpu_queue_unlock(gpu);
    if (kicked) {
        virtio_gpu_queue_process(gpu);
    }
}

/*
 * Before it sleeps the IOThread looks at the queue for a few microseconds, as
 * long as that pays (poll-max-ns): the driver need not ring meanwhile.
 */
bool virtio_gpu_doorbell_poll(void *opaque)
{
    return virtio_gpu_queue_has_work(opaque);
}

void virtio_gpu_doorbell_poll_ready(void *opaque)
{
    virtio_gpu_queue_process(opaque);
}

void virtio_gpu_doorbell_poll_begin(void *opaque)
{
    VirtIOGPU *gpu = opaque;

    virtio_gpu_queue_lock(gpu);
    gpu->polling = gpu->notifier_open;
    virtio_gpu_queue_unlock(gpu);
    virtio_gpu_queue_set_kicks(gpu, false);
}

/* The IOThread polls once more after this. */
void virtio_gpu_doorbell_poll_end(void *opaque)
{
    VirtIOGPU *gpu = opaque;

    virtio_gpu_queue_lock(gpu);
    gpu->polling = false;
    virtio_gpu_queue_unlock(gpu);
    virtio_gpu_queue_set_kicks(gpu, true);
}

/*
 * Without ioeventfd, on transports that have none, or through a buffer that
 * lies in the doorbell.
 */
void virtio_gpu_doorbell_handle_output(VirtIODevice *vdev, VirtQueue *vq)
{
    qemu_bh_schedule(VIRTIO_GPU(vdev)->ctrl_bh);
}

void virtio_gpu_doorbell_allow(VirtIOGPU *gpu)
{
    virtio_gpu_queue_lock(gpu);
    if (!gpu->ctrl_held && !virtio_device_disabled(virtio_gpu_vdev(gpu))) {
        virtio_queue_set_notification(gpu->ctrl_vq, true);
    }
    virtio_gpu_queue_unlock(gpu);
}
