/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * virtio-gpu with VGA compatibility: what its variants share.
 */
#ifndef HW_DISPLAY_VIRTIO_VGA_H
#define HW_DISPLAY_VIRTIO_VGA_H

#include "hw/display/vga_int.h"
#include "hw/virtio/virtio-gpu-pci.h"

#define TYPE_VIRTIO_VGA_BASE "virtio-vga-base"
OBJECT_DECLARE_TYPE(VirtIOVGABase, VirtIOVGABaseClass, VIRTIO_VGA_BASE)

/*
 * Head 0 has one console with two owners: VGA after reset, the guest's
 * driver from its first picture on.
 */
struct VirtIOVGABase {
    VirtIOPCIProxy parent_obj;

    VirtIOGPUBase *vgpu;        /* embedded in the subclass */
    VGACommonState vga;
    MemoryRegion vga_mrs[3];
};

struct VirtIOVGABaseClass {
    VirtioPCIClass parent_class;

    ResettablePhases parent_phases;
};

#endif
