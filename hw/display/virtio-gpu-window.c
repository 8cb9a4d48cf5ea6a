/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "virtio-gpu-window.h"

#include "qapi/error.h"
#include "qemu/host-utils.h"

#define WINDOW_BAR 4
#define WINDOW_BYTES_MIN 4096

/* Virtio 1.3, 5.7.3: the shared memory region of host-visible memory. */
#define SHM_HOST_VISIBLE 1

bool virtio_gpu_window_add(VirtIOPCIProxy *proxy, VirtIOGPUBase *vgpu,
                           Error **errp)
{
    uint64_t bytes = vgpu->conf.hostmem;

    if (bytes < WINDOW_BYTES_MIN || !is_power_of_2(bytes)) {
        error_setg(errp, "hostmem=%" PRIu64 " cannot be a PCI region: "
                   "choose a power of two from %d on", bytes,
                   WINDOW_BYTES_MIN);
        return false;
    }
    memory_region_init(&vgpu->hostmem, OBJECT(vgpu), "virtio-gpu-hostmem",
                       bytes);
    pci_register_bar(&proxy->pci_dev, WINDOW_BAR,
                     PCI_BASE_ADDRESS_SPACE_MEMORY |
                     PCI_BASE_ADDRESS_MEM_PREFETCH |
                     PCI_BASE_ADDRESS_MEM_TYPE_64, &vgpu->hostmem);
    return true;
}

void virtio_gpu_window_announce(VirtIOPCIProxy *proxy,
                                const VirtIOGPUBase *vgpu)
{
    if (vgpu->conf.hostmem && vgpu->has_3d) {
        virtio_pci_add_shm_cap(proxy, WINDOW_BAR, 0, vgpu->conf.hostmem,
                               SHM_HOST_VISIBLE);
    }
}
