/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "virtio-vga.h"

#include "hw/acpi/acpi_aml_interface.h"
#include "hw/qdev-properties.h"
#include "migration/vmstate.h"
#include "qapi/error.h"
#include "qemu/module.h"
#include "virtio-gpu-window.h"

/* Video memory: BAR 0, and what VGA BIOS modes fit into. */
#define VRAM_MIB 8

/*
 * BAR 2 holds the remapped VGA ports (0x400), the dispi interface (0x500)
 * and QEMU's extended registers (0x600), then virtio's structures.
 */
#define COMMON_OFFSET 0x1000
#define COMMON_BYTES 0x800
#define ISR_OFFSET 0x1800
#define ISR_BYTES 0x800

#define TYPE_VIRTIO_VGA "virtio-vga"
OBJECT_DECLARE_SIMPLE_TYPE(VirtIOVGA, VIRTIO_VGA)

struct VirtIOVGA {
    VirtIOVGABase parent_obj;
    VirtIOGPU vdev;
};

/* The console's operations: whoever owns head 0 at the moment. */
static void console_invalidate(void *opaque)
{
    VirtIOVGABase *vvga = opaque;

    if (vvga->vgpu->native) {
        vvga->vgpu->hw_ops->invalidate(&vvga->vgpu->outputs[0]);
    } else {
        vvga->vga.hw_ops->invalidate(&vvga->vga);
    }
}

/*
 * The driver's first picture is found by looking: until then VGA's memory is
 * scanned as well, and first, since the driver's side says when all is done.
 */
static void console_gfx_update(void *opaque)
{
    VirtIOVGABase *vvga = opaque;

    if (!vvga->vgpu->native) {
        vvga->vga.hw_ops->gfx_update(&vvga->vga);
    }
    vvga->vgpu->hw_ops->gfx_update(&vvga->vgpu->outputs[0]);
}

static void console_text_update(void *opaque, console_ch_t *text)
{
    VirtIOVGABase *vvga = opaque;

    if (!vvga->vgpu->native && vvga->vga.hw_ops->text_update) {
        vvga->vga.hw_ops->text_update(&vvga->vga, text);
    }
}

static void console_ui_info(void *opaque, uint32_t head, QemuUIInfo *info)
{
    VirtIOVGABase *vvga = opaque;

    vvga->vgpu->hw_ops->ui_info(&vvga->vgpu->outputs[0], head, info);
}

static void console_gl_block(void *opaque, bool block)
{
    VirtIOVGABase *vvga = opaque;

    vvga->vgpu->hw_ops->gl_block(&vvga->vgpu->outputs[0], block);
}

static const GraphicHwOps console_ops = {
    .invalidate = console_invalidate,
    .gfx_update = console_gfx_update,
    .gfx_update_async = true,
    .text_update = console_text_update,
    .ui_info = console_ui_info,
    .gl_block = console_gl_block,
};

static void native_changed(void *opaque, bool native)
{
    VirtIOVGABase *vvga = opaque;

    if (native) {
        /* The driver may begin with another head. */
        dpy_gfx_replace_surface(vvga->vga.con, NULL);
    } else {
        /* VGA compares with what it drew last, which is long gone. */
        vvga->vga.hw_ops->invalidate(&vvga->vga);
    }
}

static bool init_vga(VirtIOVGABase *vvga, Error **errp)
{
    VirtIOPCIProxy *proxy = VIRTIO_PCI(vvga);
    VGACommonState *vga = &vvga->vga;

    vga->vram_size_mb = VRAM_MIB;
    if (!vga_common_init(vga, OBJECT(proxy), errp)) {
        return false;
    }
    vga_init(vga, OBJECT(proxy), pci_address_space(&proxy->pci_dev),
             pci_address_space_io(&proxy->pci_dev), true);
    pci_register_bar(&proxy->pci_dev, 0, PCI_BASE_ADDRESS_MEM_PREFETCH,
                     &vga->vram);
    return true;
}

static void lay_out_bars(VirtIOPCIProxy *proxy)
{
    proxy->modern_mem_bar_idx = 2;
    proxy->msix_bar_idx = 4;
    proxy->modern_io_bar_idx = 5;
    proxy->common.offset = COMMON_OFFSET;
    proxy->common.size = COMMON_BYTES;
    proxy->isr.offset = ISR_OFFSET;
    proxy->isr.size = ISR_BYTES;
}

static void vga_base_realize(VirtIOPCIProxy *proxy, Error **errp)
{
    VirtIOVGABase *vvga = VIRTIO_VGA_BASE(proxy);
    VirtIOGPUBase *vgpu = vvga->vgpu;

    if (!init_vga(vvga, errp)) {
        return;
    }
    lay_out_bars(proxy);
    if (vgpu->conf.hostmem) {
        proxy->msix_bar_idx = 1;
        if (!virtio_gpu_window_add(proxy, vgpu, errp)) {
            return;
        }
    }
    vgpu->native_changed = native_changed;
    vgpu->native_opaque = vvga;
    virtio_pci_force_virtio_1(proxy);
    if (!qdev_realize(DEVICE(vgpu), BUS(&proxy->bus), errp)) {
        return;
    }
    pci_std_vga_mmio_region_init(&vvga->vga, OBJECT(vvga), &proxy->modern_bar,
                                 vvga->vga_mrs, true, false);
    vvga->vga.con = vgpu->outputs[0].con;
    graphic_console_set_hwops(vvga->vga.con, &console_ops, vvga);
    virtio_gpu_window_announce(proxy, vgpu);
    virtio_gpu_pci_own_consoles(vgpu, proxy);
}

/* The device itself is reset by the parent, before. */
static void vga_base_reset_hold(Object *obj, ResetType type)
{
    VirtIOVGABase *vvga = VIRTIO_VGA_BASE(obj);
    VirtIOVGABaseClass *klass = VIRTIO_VGA_BASE_GET_CLASS(obj);

    if (klass->parent_phases.hold) {
        klass->parent_phases.hold(obj, type);
    }
    vga_common_reset(&vvga->vga);
}

static bool get_big_endian(Object *obj, Error **errp)
{
    return VIRTIO_VGA_BASE(obj)->vga.big_endian_fb;
}

static void set_big_endian(Object *obj, bool value, Error **errp)
{
    VIRTIO_VGA_BASE(obj)->vga.big_endian_fb = value;
}

static const VMStateDescription vga_base_vmstate = {
    .name = "virtio-vga",
    .version_id = 2,
    .minimum_version_id = 2,
    .fields = (const VMStateField[]) {
        VMSTATE_STRUCT(vga, VirtIOVGABase, 0, vmstate_vga_common,
                       VGACommonState),
        VMSTATE_END_OF_LIST()
    },
};

static const Property vga_base_properties[] = {
    DEFINE_PROP_BIT("ioeventfd", VirtIOPCIProxy, flags,
                    VIRTIO_PCI_FLAG_USE_IOEVENTFD_BIT, true),
    DEFINE_PROP_UINT32("vectors", VirtIOPCIProxy, nvectors, 3),
};

static void vga_base_class_init(ObjectClass *klass, void *data)
{
    DeviceClass *dc = DEVICE_CLASS(klass);
    VirtioPCIClass *k = VIRTIO_PCI_CLASS(klass);
    VirtIOVGABaseClass *v = VIRTIO_VGA_BASE_CLASS(klass);
    PCIDeviceClass *pc = PCI_DEVICE_CLASS(klass);
    ResettableClass *rc = RESETTABLE_CLASS(klass);
    AcpiDevAmlIfClass *adev = ACPI_DEV_AML_IF_CLASS(klass);

    set_bit(DEVICE_CATEGORY_DISPLAY, dc->categories);
    dc->vmsd = &vga_base_vmstate;
    device_class_set_props(dc, vga_base_properties);
    dc->hotpluggable = false;
    resettable_class_set_parent_phases(rc, NULL, vga_base_reset_hold, NULL,
                                       &v->parent_phases);
    k->realize = vga_base_realize;
    pc->romfile = "vgabios-virtio.bin";
    pc->class_id = PCI_CLASS_DISPLAY_VGA;
    adev->build_dev_aml = build_vga_aml;
    object_class_property_add_bool(klass, "big-endian-framebuffer",
                                   get_big_endian, set_big_endian);
}

static const TypeInfo vga_base_info = {
    .name = TYPE_VIRTIO_VGA_BASE,
    .parent = TYPE_VIRTIO_PCI,
    .instance_size = sizeof(VirtIOVGABase),
    .class_size = sizeof(VirtIOVGABaseClass),
    .class_init = vga_base_class_init,
    .abstract = true,
    .interfaces = (InterfaceInfo[]) {
        { TYPE_ACPI_DEV_AML_IF },
        { },
    },
};

static void vga_instance_init(Object *obj)
{
    VirtIOVGA *dev = VIRTIO_VGA(obj);

    virtio_instance_init_common(obj, &dev->vdev, sizeof(dev->vdev),
                                TYPE_VIRTIO_GPU);
    VIRTIO_VGA_BASE(obj)->vgpu = VIRTIO_GPU_BASE(&dev->vdev);
    object_property_add_alias(obj, "statistics", OBJECT(&dev->vdev),
                              "statistics");
}

static const VirtioPCIDeviceTypeInfo vga_info = {
    .generic_name = TYPE_VIRTIO_VGA,
    .parent = TYPE_VIRTIO_VGA_BASE,
    .instance_size = sizeof(VirtIOVGA),
    .instance_init = vga_instance_init,
};

static void register_types(void)
{
    type_register_static(&vga_base_info);
    virtio_pci_types_register(&vga_info);
}

type_init(register_types)

module_obj(TYPE_VIRTIO_VGA_BASE);
module_obj(TYPE_VIRTIO_VGA);
module_kconfig(VGA);
