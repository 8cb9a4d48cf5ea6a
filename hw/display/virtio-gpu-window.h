/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The host-visible memory window as a PCI region (hostmem=SIZE).
 */
#ifndef HW_DISPLAY_VIRTIO_GPU_WINDOW_H
#define HW_DISPLAY_VIRTIO_GPU_WINDOW_H

#include "hw/virtio/virtio-gpu-pci.h"

/*
 * Registers the empty window as BAR 4, where the stock device has it; the
 * wrapper moves aside what is there otherwise.  Call in realize; false with @errp
 * set when the size cannot be a PCI region.
 */
bool virtio_gpu_window_add(VirtIOPCIProxy *proxy, VirtIOGPUBase *vgpu,
                           Error **errp);

/*
 * Tells the driver of it by a capability, once the device is realized: without
 * 3D nothing can be mapped into it.
 */
void virtio_gpu_window_announce(VirtIOPCIProxy *proxy,
                                const VirtIOGPUBase *vgpu);

#endif
