/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Dma-bufs of the memory of a VFIO device, from Linux 6.19 on
 * (VFIO_DEVICE_FEATURE_DMA_BUF of linux/vfio.h).
 *
 * Whoever has such a dma-buf sees the device's own memory.  When the device is
 * reset or its memory is switched off it is revoked: its holders lose their
 * mappings.  It has no mmap(): a CPU reads through the device's descriptor.
 * Any thread.
 */
#ifndef HW_DISPLAY_PLATFORM_VFIO_H
#define HW_DISPLAY_PLATFORM_VFIO_H

#include <stdint.h>

/* A piece of a region of the device's, in bytes. */
struct vgpu_vfio_range {
    uint64_t offset;
    uint64_t bytes;
};

/*
 * 0 when the kernel makes dma-bufs of @device, the descriptor that VFIO gave, or
 * a negative errno.
 */
int vgpu_vfio_probe_dmabuf(int device);

/*
 * A dma-buf of @count pieces of region @index, one behind the other: its
 * descriptor, to be closed by the caller, or a negative errno.  All offsets and
 * sizes are whole pages.
 */
int vgpu_vfio_make_dmabuf(int device, uint32_t index,
                          const struct vgpu_vfio_range *ranges, uint32_t count);

/* Why the two failed with -@error, and what to do; no full stop. */
const char *vgpu_vfio_dmabuf_complaint(int error);

#endif
