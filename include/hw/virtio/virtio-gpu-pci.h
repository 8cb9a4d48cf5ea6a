/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * virtio-gpu on PCI: what its wrappers share.
 */
#ifndef HW_VIRTIO_VIRTIO_GPU_PCI_H
#define HW_VIRTIO_VIRTIO_GPU_PCI_H

#include "qapi/error.h"
#include "hw/virtio/virtio-gpu.h"
#include "hw/virtio/virtio-pci.h"

/* The abstract parent of the wrappers without VGA. */
#define TYPE_VIRTIO_GPU_PCI_BASE "virtio-gpu-pci-base"
OBJECT_DECLARE_SIMPLE_TYPE(VirtIOGPUPCIBase, VIRTIO_GPU_PCI_BASE)

struct VirtIOGPUPCIBase {
    VirtIOPCIProxy parent_obj;
    VirtIOGPUBase *vgpu;        /* embedded in the subclass */
};

/* The user names the wrapper: its consoles are found by it. */
static inline void virtio_gpu_pci_own_consoles(VirtIOGPUBase *vgpu,
                                               VirtIOPCIProxy *proxy)
{
    for (uint32_t i = 0; i < vgpu->conf.max_outputs; i++) {
        object_property_set_link(OBJECT(vgpu->outputs[i].con), "device",
                                 OBJECT(proxy), &error_abort);
    }
}

#endif
