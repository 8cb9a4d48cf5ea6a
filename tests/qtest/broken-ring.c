/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "broken-ring.h"

#include "harness.h"

struct gpu *broken_ring_boot(const char *properties,
                             const struct gpu_options *options)
{
    g_autofree char *device = g_strdup_printf(
        "virtio-gpu-pci,id=gpu,packed=on%s", properties ?: "");
    struct gpu *gpu = gpu_boot(NULL, device, options);

    guest_expect_noise(gpu->guest, "qemu-system-x86_64: virtio: ");
    guest_expect_noise(gpu->guest, "qemu-system-x86_64: Guest says index");
    guest_expect_noise(gpu->guest, "qemu-system-x86_64: Guest moved used");
    guest_expect_noise(gpu->guest, "qemu-system-x86_64: Desc next is");
    guest_expect_noise(gpu->guest, "qemu-system-x86_64: Looped descriptor");
    guest_expect_noise(gpu->guest, "qemu-system-x86_64: Incorrect order");
    guest_expect_noise(gpu->guest, "qemu-system-x86_64: Invalid size for");
    guest_expect_noise(gpu->guest, "qemu-system-x86_64: Cannot map");
    guest_expect_noise(gpu->guest, "qemu-system-x86_64: Virtqueue size");
    return gpu;
}

void broken_ring_put_request(struct gpu *gpu)
{
    *(struct wire_header *)guest_memory(gpu->guest, gpu->request, 24) =
        (struct wire_header){ .type = CMD_GET_DISPLAY_INFO };
}

void broken_ring_put_chain(struct gpu *gpu, struct vring_desc *table)
{
    broken_ring_put_request(gpu);
    table[0] = (struct vring_desc){ gpu->request, 24, VRING_NEXT, 1 };
    table[1] = (struct vring_desc){ gpu->reply, 408, VRING_WRITE, 0 };
}

void broken_ring_post(struct gpu *gpu, uint16_t head)
{
    struct vring *ring = gpu->queue[0];

    ring->avail->ring[ring->avail_idx++ % ring->areas.size] = head;
    vring_kick(ring);
}

bool broken_ring_or_answered(void *data)
{
    struct gpu *gpu = data;
    struct vring *ring = gpu->queue[0];

    return gpu->vdev->ops->status(gpu->vdev) & STATUS_NEEDS_RESET ||
           __atomic_load_n(&ring->used->idx, __ATOMIC_ACQUIRE);
}

static bool config_notified(void *data)
{
    struct gpu *gpu = data;

    return gpu->options.msix ? pci_msix_taken(gpu->pci->pci, 0) :
           gpu->vdev->ops->take_isr(gpu->vdev) & ISR_CONFIG;
}

void broken_ring_expect_stopped(struct gpu *gpu, const char *why)
{
    gpu_expect_broken(gpu, why);
    harness_wait(config_notified, gpu, "configuration notification with "
                 "NEEDS_RESET");
    gpu->vdev->ops->notify(gpu->vdev, 0);
    gpu_expect_silence(gpu, "the device needs a reset");
    gpu_restart(gpu, &gpu->options);
    gpu_expect_alive(gpu);
}

void broken_ring_expect_stopped_or_core(struct gpu *gpu, const char *why,
                                        const char *core)
{
    harness_wait(broken_ring_or_answered, gpu, why);
    if (!(gpu->vdev->ops->status(gpu->vdev) & STATUS_NEEDS_RESET)) {
        gpu_restart(gpu, &gpu->options);
        gpu_expect_alive(gpu);
        harness_core_limit("%s", core);
    }
    broken_ring_expect_stopped(gpu, why);
}
