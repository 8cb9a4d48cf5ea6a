/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "virtio-gpu-dmabuf.h"

#include "exec/cpu-common.h"
#include "exec/ramblock.h"
#include "hw/vfio/vfio-common.h"
#include "platform/udmabuf.h"
#include "platform/vfio.h"
#include "qemu/error-report.h"
#include "qemu/iov.h"
#include "qemu/rcu.h"
#include "qemu/units.h"

/*
 * Three pictures and a cursor of each of 16 heads, four times.  A process may
 * have 1024 files open by default.
 */
#define MAX_DMABUFS 256

/* /dev/udmabuf was not asked for yet. */
#define NOT_OPENED INT_MIN

static uint64_t bytes_of(int fd)
{
    off_t end = lseek(fd, 0, SEEK_END);

    return end > 0 ? end : 0;
}

static int note(VirtIOGPU *gpu, int fd)
{
    gpu->num_dmabufs++;
    gpu->dmabuf_bytes += bytes_of(fd);
    return fd;
}

static bool has_room(VirtIOGPU *gpu)
{
    if (gpu->num_dmabufs < MAX_DMABUFS) {
        return true;
    }
    warn_report_once("virtio-gpu: the guest shares more than %d buffers at a "
                     "time: further ones are read by the CPU, until its driver "
                     "ends some", MAX_DMABUFS);
    return false;
}

/*
 * They keep pages that the guest has given back since, by its balloon: no more
 * than pixels of the pictures would take.
 */
static bool has_room_for(VirtIOGPU *gpu, const struct iovec *iov,
                         uint32_t count)
{
    uint64_t max = virtio_gpu_base(gpu)->frame_bytes_max;
    uint64_t bytes = iov_size(iov, count);

    if (gpu->dmabuf_bytes <= max && bytes <= max - gpu->dmabuf_bytes) {
        return true;
    }
    warn_report_once("virtio-gpu: the guest shares more than %" PRIu64 " MiB "
                     "of its memory with displays at a time: further buffers "
                     "are read by the CPU; raise max_hostmem if they are to "
                     "be shared", max / MiB);
    return false;
}

static void say_why_not_of_device(VirtIOGPU *gpu, const VFIODevice *device,
                                  int error)
{
    if (!gpu->said_no_dmabuf) {
        gpu->said_no_dmabuf = true;
        warn_report("virtio-gpu: no dma-buf of a buffer in vfio-pci device %s, "
                    "so it is read by the CPU, which is slow: %s",
                    device->name, vgpu_vfio_dmabuf_complaint(error));
    }
}

int virtio_gpu_dmabuf_of_device(void *host,
                                const struct vgpu_device_piece *pieces,
                                uint32_t count)
{
    const VFIORegion *region = ((MemoryRegion *)pieces[0].region)->opaque;
    g_autofree struct vgpu_vfio_range *ranges = NULL;
    VirtIOGPU *gpu = host;
    int fd;

    if (!has_room(gpu)) {
        return -1;
    }
    ranges = g_try_new(struct vgpu_vfio_range, count);
    for (uint32_t i = 0; ranges && i < count; i++) {
        ranges[i].offset = pieces[i].offset;
        ranges[i].bytes = pieces[i].bytes;
    }
    fd = ranges ? vgpu_vfio_make_dmabuf(region->vbasedev->fd, region->nr,
                                        ranges, count) : -ENOMEM;
    if (fd < 0) {
        say_why_not_of_device(gpu, region->vbasedev, -fd);
        return -1;
    }
    return note(gpu, fd);
}

/*
 * Where a piece of this process's memory is in a file that shows the same to
 * others: of a private mapping of a file it would show what was there before.
 */
static bool find_in_file(const struct iovec *iov,
                         struct vgpu_udmabuf_piece *piece)
{
    ram_addr_t offset;
    RAMBlock *block;

    RCU_READ_LOCK_GUARD();
    block = qemu_ram_block_from_host(iov->iov_base, false, &offset);
    if (!block || qemu_ram_get_fd(block) < 0 || !qemu_ram_is_shared(block)) {
        return false;
    }
    *piece = (struct vgpu_udmabuf_piece) {
        .file = qemu_ram_get_fd(block),
        .offset = block->fd_offset + offset,
        .bytes = iov->iov_len,
    };
    return true;
}

static int make_udmabuf(VirtIOGPU *gpu, const struct iovec *iov,
                        uint32_t count)
{
    g_autofree struct vgpu_udmabuf_piece *pieces =
        g_try_new(struct vgpu_udmabuf_piece, count);

    if (!pieces) {
        return -ENOMEM;
    }
    for (uint32_t i = 0; i < count; i++) {
        if (!find_in_file(&iov[i], &pieces[i])) {
            return -EBADFD;
        }
    }
    if (gpu->udmabuf == NOT_OPENED) {
        gpu->udmabuf = vgpu_udmabuf_open();
    }
    return gpu->udmabuf < 0 ? gpu->udmabuf
                            : vgpu_udmabuf_make(gpu->udmabuf, pieces, count);
}

int virtio_gpu_dmabuf_of_memory(void *host, const struct iovec *pieces,
                                uint32_t count)
{
    VirtIOGPU *gpu = host;
    int fd;

    if (!has_room(gpu) || !has_room_for(gpu, pieces, count)) {
        return -1;
    }
    fd = make_udmabuf(gpu, pieces, count);
    if (fd < 0) {
        if (!gpu->said_no_udmabuf) {
            gpu->said_no_udmabuf = true;
            info_report("virtio-gpu: no dma-buf of a buffer in the guest's "
                        "memory, so it is read by the CPU: %s",
                        vgpu_udmabuf_complaint(-fd));
        }
        return -1;
    }
    return note(gpu, fd);
}

void virtio_gpu_dmabuf_close(void *host, int fd)
{
    VirtIOGPU *gpu = host;

    gpu->dmabuf_bytes -= bytes_of(fd);
    gpu->num_dmabufs--;
    close(fd);
}

void virtio_gpu_dmabuf_init(VirtIOGPU *gpu)
{
    gpu->udmabuf = NOT_OPENED;
}

void virtio_gpu_dmabuf_finish(VirtIOGPU *gpu)
{
    if (gpu->udmabuf >= 0) {
        close(gpu->udmabuf);
    }
    gpu->udmabuf = NOT_OPENED;
}
