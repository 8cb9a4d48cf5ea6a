/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "hw/virtio/virtio-gpu-pci.h"

#include "qemu/module.h"
#include "virtio-gpu-gl.h"

#define TYPE_VIRTIO_GPU_GL_PCI "virtio-gpu-gl-pci"
OBJECT_DECLARE_SIMPLE_TYPE(VirtIOGPUGLPCI, VIRTIO_GPU_GL_PCI)

struct VirtIOGPUGLPCI {
    VirtIOGPUPCIBase parent_obj;
    VirtIOGPUGL vdev;
};

static void gl_pci_instance_init(Object *obj)
{
    VirtIOGPUGLPCI *dev = VIRTIO_GPU_GL_PCI(obj);

    virtio_instance_init_common(obj, &dev->vdev, sizeof(dev->vdev),
                                TYPE_VIRTIO_GPU_GL);
    VIRTIO_GPU_PCI_BASE(obj)->vgpu = VIRTIO_GPU_BASE(&dev->vdev);
    object_property_add_alias(obj, "statistics", OBJECT(&dev->vdev),
                              "statistics");
}

static const VirtioPCIDeviceTypeInfo gl_pci_info = {
    .generic_name = TYPE_VIRTIO_GPU_GL_PCI,
    .parent = TYPE_VIRTIO_GPU_PCI_BASE,
    .instance_size = sizeof(VirtIOGPUGLPCI),
    .instance_init = gl_pci_instance_init,
};

static void register_types(void)
{
    virtio_pci_types_register(&gl_pci_info);
}

type_init(register_types)

module_dep("hw-display-virtio-gpu-pci");
module_obj(TYPE_VIRTIO_GPU_GL_PCI);
module_kconfig(VIRTIO_PCI);
