/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "vfio.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <linux/vfio.h>

#include "device-ioctl.h"

/*
 * As Linux 6.19 has it; the headers that QEMU is built with may be older.  The
 * names are ours, so that newer ones do not collide.
 */
#define FEATURE_DMA_BUF 11u

struct dma_range {
    uint64_t offset;
    uint64_t length;
};

struct dma_buf_request {
    uint32_t argsz;             /* struct vfio_device_feature */
    uint32_t feature_flags;
    uint32_t region_index;      /* its data */
    uint32_t open_flags;
    uint32_t flags;
    uint32_t nr_ranges;
    struct dma_range ranges[];
};

int vgpu_vfio_probe_dmabuf(int device)
{
    struct vfio_device_feature request = {
        .argsz = sizeof(request),
        .flags = VFIO_DEVICE_FEATURE_PROBE | VFIO_DEVICE_FEATURE_GET |
                 FEATURE_DMA_BUF,
    };
    int result = vgpu_device_ioctl(device, VFIO_DEVICE_FEATURE, &request);

    return result < 0 ? result : 0;
}

int vgpu_vfio_make_dmabuf(int device, uint32_t index,
                          const struct vgpu_vfio_range *ranges, uint32_t count)
{
    uint64_t bytes = sizeof(struct dma_buf_request) +
                     (uint64_t)count * sizeof(struct dma_range);
    g_autofree struct dma_buf_request *request = NULL;

    if (bytes > UINT32_MAX) {
        return -E2BIG;
    }
    request = g_try_malloc0(bytes);
    if (!request) {
        return -ENOMEM;
    }
    request->argsz = bytes;
    request->feature_flags = VFIO_DEVICE_FEATURE_GET | FEATURE_DMA_BUF;
    request->region_index = index;
    request->open_flags = O_RDWR | O_CLOEXEC;
    request->nr_ranges = count;
    for (uint32_t i = 0; i < count; i++) {
        request->ranges[i].offset = ranges[i].offset;
        request->ranges[i].length = ranges[i].bytes;
    }
    return vgpu_device_ioctl(device, VFIO_DEVICE_FEATURE, request);
}

const char *vgpu_vfio_dmabuf_complaint(int error)
{
    switch (error) {
    case ENOTTY:
        return "the host's kernel makes none of VFIO devices: it takes Linux "
               "6.19 or later with CONFIG_VFIO_PCI_DMABUF";
    case EOPNOTSUPP:
        return "the driver that the device is bound to in the host makes none: "
               "bind it to vfio-pci itself";
    case EINVAL:
        return "the guest's buffer is no whole pages of the device's memory: "
               "its driver has to place it at a page";
    case ENODEV:
        return "this part of the device cannot be given away: the guest's "
               "driver has to place buffers in the memory of its BARs";
    case EMFILE:
    case ENFILE:
        return "too many files are open: raise the limit (ulimit -n)";
    default:
        return g_strerror(error);
    }
}
