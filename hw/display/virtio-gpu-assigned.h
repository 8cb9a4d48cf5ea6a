/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Memory of PCI devices that the guest owns by VFIO: what lies behind their BARs
 * and is mapped into QEMU.  Device registers that are not mapped are no memory.
 *
 * A region is held as long as a backing is made of it, and with it the vfio-pci
 * device: one that is unplugged meanwhile ends when the guest lets go.  Its
 * memory is gone at once, and so is that of one that the guest switched off.
 *
 * Device thread.
 */
#ifndef HW_DISPLAY_VIRTIO_GPU_ASSIGNED_H
#define HW_DISPLAY_VIRTIO_GPU_ASSIGNED_H

#include "hw/virtio/virtio-gpu.h"

/* vgpu_host_ops.device_find, .device_release and .device_read. */
bool virtio_gpu_assigned_find(void *host, uint64_t addr, uint64_t bytes,
                              struct vgpu_device_piece *piece);
void virtio_gpu_assigned_release(void *host, void *region);
bool virtio_gpu_assigned_read(void *host, void *region, uint64_t offset,
                              void *dest, uint64_t bytes);

/* The device thread has come to rest. */
void virtio_gpu_assigned_finish(VirtIOGPU *gpu);

#endif
