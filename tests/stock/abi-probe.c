/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Compares the structs of the prepared headers with those of the binary.
 *
 * The module stamp does not cover the layout of structs: a header that was
 * configured or patched otherwise would corrupt memory silently.  The binary
 * tells the size of an object by what it allocates for an empty subclass.
 * Loads in the place of hw-display-virtio-vga and prints TAP when it does.
 */
#include "qemu/osdep.h"

#include <malloc.h>
#include "hw/pci/pci_bus.h"
#include "hw/pci/pci_device.h"
#include "hw/virtio/virtio-pci.h"
#include "qemu/module.h"
#include "system/iothread.h"

static const struct {
    const char *type;
    size_t size;
    bool is_pci;
} structs[] = {
    { TYPE_DEVICE, sizeof(DeviceState), false },
    { TYPE_PCI_DEVICE, sizeof(PCIDevice), true },
    { TYPE_VIRTIO_PCI, sizeof(VirtIOPCIProxy), true },
    { TYPE_VIRTIO_DEVICE, sizeof(VirtIODevice), false },
    { TYPE_PCI_BUS, sizeof(PCIBus), false },
    { TYPE_VIRTIO_PCI_BUS, sizeof(VirtioPCIBusState), false },
    { TYPE_MEMORY_REGION, sizeof(MemoryRegion), false },
    { TYPE_IOTHREAD, sizeof(IOThread), false },
};

static size_t size_in_binary(const char *type, bool is_pci)
{
    g_autofree char *name = g_strdup_printf("abi-probe-%s", type);
    InterfaceInfo pci[] = { { INTERFACE_CONVENTIONAL_PCI_DEVICE }, { } };
    TypeInfo info = {
        .name = name,
        .parent = type,
        .interfaces = is_pci ? pci : NULL,
    };
    Object *object;
    size_t size;

    type_register_static(&info);
    object = object_new(name);
    size = malloc_usable_size(object);
    object_unref(object);
    return size;
}

static size_t size_in_headers(size_t size)
{
    g_autofree void *memory = g_malloc(size);

    return malloc_usable_size(memory);
}

static void probe(void)
{
    printf("1..%zu\n", ARRAY_SIZE(structs));
    for (size_t i = 0; i < ARRAY_SIZE(structs); i++) {
        size_t theirs = size_in_binary(structs[i].type, structs[i].is_pci);
        size_t ours = size_in_headers(structs[i].size);

        printf("%s %zu - size of %s # %zu in the binary, %zu in the headers\n",
               theirs == ours ? "ok" : "not ok", i + 1, structs[i].type,
               theirs, ours);
    }
    exit(0);
}

type_init(probe)
