/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "virtio-gpu-assigned.h"

#include "hw/vfio/vfio-common.h"
#include "platform/guarded-copy.h"
#include "qemu/error-report.h"
#include "qemu/rcu.h"
#include "qemu/timer.h"

/* A QEMU may be built without VFIO: no region is one of it then. */
#pragma weak vfio_region_ops

/* A guest can switch its device off as often as it likes. */
#define WARNING_PERIOD_NS (60ll * NANOSECONDS_PER_SECOND)

static const VFIOMmap *find_mapping(const VFIORegion *region, uint64_t offset)
{
    for (uint32_t i = 0; i < region->nr_mmaps; i++) {
        const VFIOMmap *mapping = &region->mmaps[i];
        uint64_t first = mapping->offset;

        if (mapping->mmap && offset >= first &&
            offset - first < mapping->size) {
            return mapping;
        }
    }
    return NULL;
}

/*
 * VFIO has a region of registers behind each BAR, and in it a region of memory
 * for each piece of the BAR that is mapped.  A device that is unplugged takes
 * the pieces out; while an INTx waits for the guest they are hidden, so that VFIO
 * sees what the guest does, and are memory all the same.  The region, with
 * @offset and @bytes in it, or NULL.
 */
static MemoryRegion *find_region(MemoryRegion *mr, hwaddr *offset,
                                 hwaddr *bytes)
{
    MemoryRegion *container = qatomic_read(&mr->container);
    const VFIOMmap *mapping;

    if (memory_region_is_ram_device(mr)) {
        *offset += mr->addr;
        return container && container->ops == &vfio_region_ops ? container
                                                               : NULL;
    }
    mapping = mr->ops == &vfio_region_ops ? find_mapping(mr->opaque, *offset)
                                          : NULL;
    if (!mapping) {
        return NULL;
    }
    *bytes = MIN(*bytes, mapping->offset + mapping->size - *offset);
    return mr;
}

bool virtio_gpu_assigned_find(void *host, uint64_t addr, uint64_t bytes,
                              struct vgpu_device_piece *piece)
{
    VirtIOGPU *gpu = host;
    hwaddr offset, found = bytes;
    MemoryRegion *mr, *region;

    RCU_READ_LOCK_GUARD();
    mr = address_space_translate(virtio_gpu_vdev(gpu)->dma_as, addr, &offset,
                                 &found, false, MEMTXATTRS_UNSPECIFIED);
    region = find_region(mr, &offset, &found);
    if (!region || !found) {
        return false;
    }
    virtio_gpu_memory_pin(gpu, region);
    *piece = (struct vgpu_device_piece) {
        .region = region,
        .offset = offset,
        .bytes = found,
    };
    return true;
}

void virtio_gpu_assigned_release(void *host, void *region)
{
    virtio_gpu_memory_unpin(host, region);
}

static void warn(VirtIOGPU *gpu, const VFIODevice *device)
{
    int64_t now = get_clock();

    if (now >= gpu->assigned_warning_ns) {
        gpu->assigned_warning_ns = now + WARNING_PERIOD_NS;
        warn_report("virtio-gpu: memory of vfio-pci device %s cannot be read, "
                    "since the guest switched it off or reset it, or it was "
                    "unplugged: black is shown until the guest's driver has it "
                    "on again and draws", device->name);
    }
}

static bool copy(VirtIOGPU *gpu, const VFIORegion *region, uint64_t offset,
                 uint8_t *dest, uint64_t bytes)
{
    while (bytes) {
        const VFIOMmap *mapping = find_mapping(region, offset);
        uint64_t skip, piece;

        if (!mapping) {
            return false;
        }
        skip = offset - mapping->offset;
        piece = MIN(bytes, mapping->size - skip);
        if (!vgpu_guarded_copy(gpu->assigned_copy, dest,
                               (const uint8_t *)mapping->mmap + skip, piece)) {
            return false;
        }
        offset += piece;
        dest += piece;
        bytes -= piece;
    }
    return true;
}

bool virtio_gpu_assigned_read(void *host, void *region, uint64_t offset,
                              void *dest, uint64_t bytes)
{
    VirtIOGPU *gpu = host;
    const VFIORegion *vfio = ((MemoryRegion *)region)->opaque;

    if (!gpu->assigned_copy) {
        gpu->assigned_copy = vgpu_guarded_copy_create();
    }
    if (!gpu->assigned_copy) {
        warn_report_once("virtio-gpu: no memory to copy pictures of vfio-pci "
                         "devices with (%s): black is shown; raise the limit "
                         "of open files (ulimit -n)", strerror(errno));
        return false;
    }
    /* Unplugged, it is kept by us alone: the guest has no such device. */
    if (!qatomic_load_acquire(&vfio->vbasedev->dev->realized) ||
        !copy(gpu, vfio, offset, dest, bytes)) {
        warn(gpu, vfio->vbasedev);
        return false;
    }
    return true;
}

void virtio_gpu_assigned_finish(VirtIOGPU *gpu)
{
    g_clear_pointer(&gpu->assigned_copy, vgpu_guarded_copy_destroy);
}
