/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "hw/virtio/virtio-gpu.h"

#include "exec/address-spaces.h"
#include "hw/pci/pci_device.h"
#include "qemu/lockable.h"
#include "qemu/main-loop.h"
#include "qemu/rcu.h"
#include "system/dma.h"
#include "virtio-gpu-assigned.h"
#include "virtio-gpu-dmabuf.h"

/*
 * A mapping lives as long as its resource, so the device thread may hold the
 * last reference to memory that was unplugged meanwhile, and ending a memory
 * region needs the big lock.  Each region we have mappings of is therefore
 * held once more, and that reference is dropped by the main loop.
 */
void virtio_gpu_memory_pin(VirtIOGPU *gpu, MemoryRegion *mr)
{
    uintptr_t count = (uintptr_t)g_hash_table_lookup(gpu->pinned, mr);

    if (count == 0) {
        memory_region_ref(mr);
    }
    g_hash_table_insert(gpu->pinned, mr, (gpointer)(count + 1));
}

void virtio_gpu_memory_unpin(VirtIOGPU *gpu, MemoryRegion *mr)
{
    uintptr_t count = (uintptr_t)g_hash_table_lookup(gpu->pinned, mr);

    if (count > 1) {
        g_hash_table_insert(gpu->pinned, mr, (gpointer)(count - 1));
        return;
    }
    g_hash_table_remove(gpu->pinned, mr);
    WITH_QEMU_LOCK_GUARD(&gpu->unpin_lock) {
        gpu->unpin = g_slist_prepend(gpu->unpin, mr);
    }
    qemu_bh_schedule(gpu->unpin_bh);
}

static void unpin_bh(void *opaque)
{
    VirtIOGPU *gpu = opaque;
    GSList *list;

    WITH_QEMU_LOCK_GUARD(&gpu->unpin_lock) {
        list = gpu->unpin;
        gpu->unpin = NULL;
    }
    g_slist_free_full(list, (GDestroyNotify)memory_region_unref);
}

void virtio_gpu_memory_init(VirtIOGPU *gpu)
{
    virtio_gpu_dmabuf_init(gpu);
    gpu->pinned = g_hash_table_new(NULL, NULL);
    qemu_mutex_init(&gpu->unpin_lock);
    gpu->unpin_bh = qemu_bh_new(unpin_bh, gpu);
}

void virtio_gpu_memory_finish(VirtIOGPU *gpu)
{
    virtio_gpu_dmabuf_finish(gpu);
    virtio_gpu_assigned_finish(gpu);
    unpin_bh(gpu);
    qemu_bh_delete(gpu->unpin_bh);
    qemu_mutex_destroy(&gpu->unpin_lock);
    g_hash_table_destroy(gpu->pinned);
    if (gpu->has_dma_as) {
        address_space_destroy(&gpu->dma_as);
        gpu->has_dma_as = false;
    }
}

/*
 * Where a guest lets a buffer lie in device registers, mapping it would read
 * them into a bounce buffer, and returning it would write them: under the big
 * lock, with whatever effect that has, perhaps on this very device.  Without
 * bounce buffers such a chain is a broken one (virtio 1.3, 2.7.13).
 */
void virtio_gpu_memory_set_up_dma(VirtIOGPU *gpu)
{
    VirtIODevice *vdev = virtio_gpu_vdev(gpu);

    if (!gpu->has_dma_as) {
        address_space_init(&gpu->dma_as, vdev->dma_as->root, "virtio-gpu-dma");
        gpu->dma_as.max_bounce_buffer_size = 0;
        gpu->has_dma_as = true;
    }
    vdev->dma_as = &gpu->dma_as;
}

static DMADirection direction(bool write)
{
    return write ? DMA_DIRECTION_FROM_DEVICE : DMA_DIRECTION_TO_DEVICE;
}

void *virtio_gpu_memory_map(void *host, uint64_t addr, uint64_t *bytes,
                            bool write)
{
    VirtIOGPU *gpu = host;
    hwaddr mapped = *bytes;
    ram_addr_t unused;
    void *pointer;

    pointer = dma_memory_map(virtio_gpu_vdev(gpu)->dma_as, addr, &mapped,
                             direction(write), MEMTXATTRS_UNSPECIFIED);
    if (!pointer) {
        return NULL;
    }
    WITH_RCU_READ_LOCK_GUARD() {
        virtio_gpu_memory_pin(gpu, memory_region_from_host(pointer, &unused));
    }
    *bytes = mapped;
    return pointer;
}

void virtio_gpu_memory_unmap(void *host, void *pointer, uint64_t bytes,
                             bool write)
{
    VirtIOGPU *gpu = host;
    MemoryRegion *mr;
    ram_addr_t unused;

    WITH_RCU_READ_LOCK_GUARD() {
        mr = memory_region_from_host(pointer, &unused);
    }
    dma_memory_unmap(virtio_gpu_vdev(gpu)->dma_as, pointer, bytes,
                     direction(write), bytes);
    virtio_gpu_memory_unpin(gpu, mr);
}

bool virtio_gpu_memory_translates(void *host)
{
    VirtIOGPU *gpu = host;

    return gpu->pci &&
           virtio_host_has_feature(virtio_gpu_vdev(gpu),
                                   VIRTIO_F_IOMMU_PLATFORM) &&
           pci_device_iommu_address_space(gpu->pci) != &address_space_memory;
}
