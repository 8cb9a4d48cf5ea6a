/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "virtio-gpu-bus.h"

#include "hw/virtio/virtio-gpu.h"
#include "hw/virtio/virtio-mmio.h"
#include "hw/virtio/virtio-pci.h"
#include "qemu/main-loop.h"

#define TYPE_VIRTIO_GPU_PCI_BUS "virtio-gpu-pci-bus"
#define TYPE_VIRTIO_GPU_MMIO_BUS "virtio-gpu-mmio-bus"

typedef struct Interrupt {
    DeviceState *proxy;
    uint16_t vector;
} Interrupt;

static VirtioBusClass *parent_class_of(DeviceState *proxy)
{
    Object *bus = OBJECT(QLIST_FIRST(&proxy->child_bus));

    return VIRTIO_BUS_CLASS(object_class_get_parent(object_get_class(bus)));
}

static void notify_bh(void *opaque)
{
    Interrupt *interrupt = opaque;

    parent_class_of(interrupt->proxy)->notify(interrupt->proxy,
                                              interrupt->vector);
    object_unref(OBJECT(interrupt->proxy));
    g_free(interrupt);
}

static void bus_notify(DeviceState *proxy, uint16_t vector)
{
    Interrupt *interrupt;

    if (bql_locked()) {
        parent_class_of(proxy)->notify(proxy, vector);
        return;
    }
    interrupt = g_new(Interrupt, 1);
    interrupt->proxy = proxy;
    interrupt->vector = vector;
    object_ref(OBJECT(proxy));
    aio_bh_schedule_oneshot(qemu_get_aio_context(), notify_bh, interrupt);
}

static void bus_class_init(ObjectClass *klass, void *data)
{
    VIRTIO_BUS_CLASS(klass)->notify = bus_notify;
}

/*
 * To the command register; virtio stops the device when it masters no more.
 * While the VM stands still nothing is in flight, and stopping waits for the
 * device thread.
 */
static void write_config(PCIDevice *pci, uint32_t address, uint32_t value,
                         int bytes)
{
    VirtIODevice *vdev = virtio_bus_get_device(&VIRTIO_PCI(pci)->bus);
    VirtIOGPU *gpu = VIRTIO_GPU(vdev);
    bool commands = vdev->vm_running &&
                    range_covers_byte(address, bytes, PCI_COMMAND);

    if (commands) {
        virtio_gpu_queue_lock(gpu);
    }
    gpu->write_config(pci, address, value, bytes);
    if (commands) {
        virtio_gpu_queue_unlock(gpu);
    }
}

static void pci_plugged(DeviceState *proxy, Error **errp)
{
    VirtIOPCIProxy *pci = VIRTIO_PCI(proxy);
    VirtIOGPU *gpu = VIRTIO_GPU(virtio_bus_get_device(&pci->bus));

    parent_class_of(proxy)->device_plugged(proxy, errp);
    gpu->write_config = pci->pci_dev.config_write;
    pci->pci_dev.config_write = write_config;
}

static void pci_bus_class_init(ObjectClass *klass, void *data)
{
    bus_class_init(klass, data);
    VIRTIO_BUS_CLASS(klass)->device_plugged = pci_plugged;
}

/*
 * The class of ours that replaces a bus of type @parent.  Registered on first
 * use: a type whose parent the binary lacks would end it when types are listed.
 */
static ObjectClass *bus_class(const char *name, const char *parent,
                              void (*init)(ObjectClass *klass, void *data))
{
    ObjectClass *klass = object_class_by_name(name);
    const TypeInfo info = {
        .name = name,
        .parent = parent,
        .class_init = init,
    };

    if (!klass) {
        type_register_static(&info);
        klass = object_class_by_name(name);
    }
    return klass;
}

bool virtio_gpu_bus_defer_interrupts(BusState *bus)
{
    const char *type = object_get_typename(OBJECT(bus));

    /*
     * The transport makes its bus before it knows the device.  The new class
     * adds nothing to the object, so the object may change over.
     */
    if (strcmp(type, TYPE_VIRTIO_PCI_BUS) == 0) {
        OBJECT(bus)->class = bus_class(TYPE_VIRTIO_GPU_PCI_BUS, type,
                                       pci_bus_class_init);
    } else if (strcmp(type, TYPE_VIRTIO_MMIO_BUS) == 0) {
        OBJECT(bus)->class = bus_class(TYPE_VIRTIO_GPU_MMIO_BUS, type,
                                       bus_class_init);
    } else {
        return strcmp(type, TYPE_VIRTIO_GPU_PCI_BUS) == 0 ||
               strcmp(type, TYPE_VIRTIO_GPU_MMIO_BUS) == 0;
    }
    return true;
}
