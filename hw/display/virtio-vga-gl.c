/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "virtio-vga.h"

#include "qemu/module.h"
#include "virtio-gpu-gl.h"

#define TYPE_VIRTIO_VGA_GL "virtio-vga-gl"
OBJECT_DECLARE_SIMPLE_TYPE(VirtIOVGAGL, VIRTIO_VGA_GL)

struct VirtIOVGAGL {
    VirtIOVGABase parent_obj;
    VirtIOGPUGL vdev;
};

static void gl_vga_instance_init(Object *obj)
{
    VirtIOVGAGL *dev = VIRTIO_VGA_GL(obj);

    virtio_instance_init_common(obj, &dev->vdev, sizeof(dev->vdev),
                                TYPE_VIRTIO_GPU_GL);
    VIRTIO_VGA_BASE(obj)->vgpu = VIRTIO_GPU_BASE(&dev->vdev);
    object_property_add_alias(obj, "statistics", OBJECT(&dev->vdev),
                              "statistics");
}

static const VirtioPCIDeviceTypeInfo gl_vga_info = {
    .generic_name = TYPE_VIRTIO_VGA_GL,
    .parent = TYPE_VIRTIO_VGA_BASE,
    .instance_size = sizeof(VirtIOVGAGL),
    .instance_init = gl_vga_instance_init,
};

static void register_types(void)
{
    virtio_pci_types_register(&gl_vga_info);
}

type_init(register_types)

module_dep("hw-display-virtio-vga");
module_obj(TYPE_VIRTIO_VGA_GL);
module_kconfig(VGA);
