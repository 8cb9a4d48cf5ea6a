/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "hw/virtio/virtio-gpu-pci.h"

#include "hw/qdev-properties.h"
#include "qemu/module.h"
#include "virtio-gpu-window.h"

/* The wrapper of the plain device. */
#define TYPE_VIRTIO_GPU_PCI "virtio-gpu-pci"
OBJECT_DECLARE_SIMPLE_TYPE(VirtIOGPUPCI, VIRTIO_GPU_PCI)

struct VirtIOGPUPCI {
    VirtIOGPUPCIBase parent_obj;
    VirtIOGPU vdev;
};

static const Property pci_base_properties[] = {
    DEFINE_PROP_BIT("ioeventfd", VirtIOPCIProxy, flags,
                    VIRTIO_PCI_FLAG_USE_IOEVENTFD_BIT, true),
    DEFINE_PROP_UINT32("vectors", VirtIOPCIProxy, nvectors, 3),
};

static void pci_base_realize(VirtIOPCIProxy *proxy, Error **errp)
{
    VirtIOGPUBase *vgpu = VIRTIO_GPU_PCI_BASE(proxy)->vgpu;

    if (vgpu->conf.hostmem) {
        proxy->msix_bar_idx = 1;
        proxy->modern_mem_bar_idx = 2;
        if (!virtio_gpu_window_add(proxy, vgpu, errp)) {
            return;
        }
    }
    virtio_pci_force_virtio_1(proxy);
    if (qdev_realize(DEVICE(vgpu), BUS(&proxy->bus), errp)) {
        virtio_gpu_window_announce(proxy, vgpu);
        virtio_gpu_pci_own_consoles(vgpu, proxy);
    }
}

static void pci_base_class_init(ObjectClass *klass, void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    VirtioPCIClass *k = VIRTIO_PCI_CLASS(klass);
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(klass);

    set_bit(DEVICE_CATEGORY_DISPLAY, dc->categories);
    device_class_set_props(dc, pci_base_properties);
    dc->hotpluggable = false;
    k->realize = pci_base_realize;
    pc->class_id = PCI_CLASS_DISPLAY_OTHER;
}

static const TypeInfo pci_base_info = {
    .name = TYPE_VIRTIO_GPU_PCI_BASE,
    .parent = TYPE_VIRTIO_PCI,
    .instance_size = sizeof(VirtIOGPUPCIBase),
    .class_init = pci_base_class_init,
    .abstract = true,
};

static void pci_instance_init(Object *obj)
{
    VirtIOGPUPCI *dev = VIRTIO_GPU_PCI(obj);

    virtio_instance_init_common(obj, &dev->vdev, sizeof(dev->vdev),
                                TYPE_VIRTIO_GPU);
    VIRTIO_GPU_PCI_BASE(obj)->vgpu = VIRTIO_GPU_BASE(&dev->vdev);
    object_property_add_alias(obj, "statistics", OBJECT(&dev->vdev),
                              "statistics");
}

static const VirtioPCIDeviceTypeInfo pci_info = {
    .generic_name = TYPE_VIRTIO_GPU_PCI,
    .parent = TYPE_VIRTIO_GPU_PCI_BASE,
    .instance_size = sizeof(VirtIOGPUPCI),
    .instance_init = pci_instance_init,
};

static void register_types(void)
{
    type_register_static(&pci_base_info);
    virtio_pci_types_register(&pci_info);
}

type_init(register_types)

module_obj(TYPE_VIRTIO_GPU_PCI_BASE);
module_obj(TYPE_VIRTIO_GPU_PCI);
module_kconfig(VIRTIO_PCI);
