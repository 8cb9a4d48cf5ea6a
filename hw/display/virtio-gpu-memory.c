/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "hw/virtio/virtio-gpu.h"
#include "exec/address-spaces.h"
#include "hw/pci/pci_device.h"
#include "qemu/rcu.h"
#include "system/dma.h"

/*
 * Only memory is mapped.  For anything else address_space_map() would read
 * device registers into a bounce buffer, under the big lock, with whatever
 * effect the read has.  The topology may change between the look and the
 * mapping, hence the look at the result.
 */
void *virtio_gpu_memory_map(void *host, uint64_t addr, uint64_t *bytes)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(host);
    hwaddr left = *bytes;
    hwaddr offset, mapped;
    ram_addr_t unused;
    MemoryRegion *mr;
    void *pointer;

    RCU_READ_LOCK_GUARD();
    mr = address_space_translate(vdev->dma_as, addr, &offset, &left, false,
                                 MEMTXATTRS_UNSPECIFIED);
    if (!memory_access_is_direct(mr, false, MEMTXATTRS_UNSPECIFIED)) {
        return NULL;
    }
    mapped = *bytes;
    pointer = dma_memory_map(vdev->dma_as, addr, &mapped,
                             DMA_DIRECTION_TO_DEVICE, MEMTXATTRS_UNSPECIFIED);
    if (pointer && !memory_region_from_host(pointer, &unused)) {
        dma_memory_unmap(vdev->dma_as, pointer, mapped,
                         DMA_DIRECTION_TO_DEVICE, mapped);
        return NULL;
    }
    *bytes = mapped;
    return pointer;
}

void virtio_gpu_memory_unmap(void *host, void *pointer, uint64_t bytes)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(host);

    dma_memory_unmap(vdev->dma_as, pointer, bytes, DMA_DIRECTION_TO_DEVICE,
                     bytes);
}

bool virtio_gpu_memory_translates(void *host)
{
    VirtIOGPU *gpu = host;

    return gpu->pci &&
           virtio_host_has_feature(VIRTIO_DEVICE(gpu),
                                   VIRTIO_F_IOMMU_PLATFORM) &&
           pci_device_iommu_address_space(gpu->pci) != &address_space_memory;
}
