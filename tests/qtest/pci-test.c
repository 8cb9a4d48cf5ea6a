/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The PCI function: identity, capabilities, the window into the structures
 * (conformance matrix, A.1, A.6 and D.1 "PCI transport").
 */
#include "qemu/osdep.h"

#include "hw/pci/pci_regs.h"
#include "qemu/host-utils.h"
#include "libqtest.h"
#include "gpu.h"
#include "harness.h"

#define SHM_HOST_VISIBLE 1

enum { CAP_COMMON = 1, CAP_NOTIFY, CAP_ISR, CAP_DEVICE, CAP_PCI, CAP_SHM = 8 };

struct virtio_cap {
    unsigned at;                /* in configuration space */
    uint8_t length;
    uint8_t type;
    uint8_t bar;
    uint8_t id;
    uint64_t offset;
    uint64_t bytes;
};

static struct guest *start(const char *machine, const char *device)
{
    g_autofree char *args = g_strdup_printf("-device %s", device);

    return guest_start(&(struct guest_options){
        .machine = machine,
        .args = args,
    });
}

static struct pci_function *function(const char *device)
{
    return pci_find_gpu(start(NULL, device), 0);
}

static void read_cap(struct pci_function *pci, unsigned at,
                     struct virtio_cap *cap)
{
    cap->at = at;
    cap->length = pci_config_read(pci, at + 2, 1);
    cap->type = pci_config_read(pci, at + 3, 1);
    cap->bar = pci_config_read(pci, at + 4, 1);
    cap->id = pci_config_read(pci, at + 5, 1);
    cap->offset = pci_config_read(pci, at + 8, 4);
    cap->bytes = pci_config_read(pci, at + 12, 4);
    if (cap->type == CAP_SHM) {
        cap->offset |= (uint64_t)pci_config_read(pci, at + 16, 4) << 32;
        cap->bytes |= (uint64_t)pci_config_read(pci, at + 20, 4) << 32;
    }
}

/* How many capabilities of @type there are; the last one in @cap. */
static unsigned find_caps(struct pci_function *pci, unsigned type,
                          struct virtio_cap *cap)
{
    unsigned num = 0;

    for (unsigned at = pci_next_capability(pci, PCI_CAP_ID_VNDR, 0); at;
         at = pci_next_capability(pci, PCI_CAP_ID_VNDR, at)) {
        struct virtio_cap one;

        read_cap(pci, at, &one);
        if (one.type == type) {
            *cap = one;
            num++;
        }
    }
    return num;
}

static void test_ids(const void *data)
{
    struct pci_function *pci = function(data);

    expect_eq(pci_config_read(pci, PCI_VENDOR_ID, 2), 0x1af4, "vendor");
    expect_eq(pci_config_read(pci, PCI_DEVICE_ID, 2), 0x1050, "device");
    expect_true(pci_config_read(pci, PCI_REVISION_ID, 1) >= 1,
                "revision: expected 1 or higher, got 0");
    expect_eq(pci_config_read(pci, PCI_SUBSYSTEM_ID, 2), 0x1100,
              "subsystem device, as the Windows INF has it");
}

static void test_class_other(void)
{
    expect_eq(pci_config_read(function("virtio-gpu-pci"), PCI_CLASS_DEVICE, 2),
              0x0380, "class without VGA compatibility");
}

static void test_class_vga(void)
{
    expect_eq(pci_config_read(function("virtio-vga"), PCI_CLASS_DEVICE, 2),
              0x0300, "class with VGA compatibility");
}

static void check_cap(struct pci_function *pci, unsigned type,
                      unsigned cap_len, unsigned align, unsigned least)
{
    struct virtio_cap cap;

    expect_eq(find_caps(pci, type, &cap), 1, "capabilities of type %u", type);
    expect_eq(cap.length, cap_len, "cap_len of type %u", type);
    if (type == CAP_PCI) {
        return;
    }
    expect_true(pci->bar[cap.bar], "type %u is in BAR %u, which is not there",
                type, cap.bar);
    expect_eq(cap.offset % align, 0, "offset of type %u modulo %u", type,
              align);
    expect_true(cap.bytes >= least, "type %u has %" PRIu64 " bytes, needs %u",
                type, cap.bytes, least);
    expect_true(cap.offset + cap.bytes <= pci->bar_bytes[cap.bar],
                "type %u ends behind its BAR", type);
}

static void test_capabilities(const void *data)
{
    struct pci_function *pci = function(data);

    check_cap(pci, CAP_COMMON, 16, 4, 56);
    check_cap(pci, CAP_NOTIFY, 20, 2, 2);
    check_cap(pci, CAP_ISR, 16, 1, 1);
    check_cap(pci, CAP_DEVICE, 16, 4, 16);
    check_cap(pci, CAP_PCI, 20, 1, 4);
}

static void test_no_window(const void *data)
{
    struct virtio_cap cap;

    expect_eq(find_caps(function(data), CAP_SHM, &cap), 0,
              "shared memory capabilities without a window");
}

/* A.6: without host-backed blobs there is nothing to map, no region. */
static void test_no_window_2d(void)
{
    struct virtio_cap cap;
    struct pci_function *pci = function("virtio-gpu-pci,hostmem=64M");

    expect_eq(find_caps(pci, CAP_SHM, &cap), 0,
              "shared memory capabilities of a device without VIRGL");
}


/* DEV-147, DEV-148 for the two queues. */
static void test_notify(void)
{
    struct pci_function *pci = function("virtio-gpu-pci");
    struct virtio_pci *dev = virtio_pci_at(pci);
    unsigned width = vdev_features(&dev->vdev) & F_NOTIFICATION_DATA ? 4 : 2;
    uint32_t multiplier = dev->notify_multiplier;
    struct virtio_cap cap;

    find_caps(pci, CAP_NOTIFY, &cap);
    expect_eq(cap.offset % width, 0, "notify offset modulo %u", width);
    expect_true(multiplier == 0 || (is_power_of_2(multiplier) &&
                                    multiplier % width == 0),
                "notify_off_multiplier %u", multiplier);
    for (unsigned i = 0; i < 2; i++) {
        uint64_t end = virtio_pci_doorbell(dev, i) - dev->notify + width;

        expect_true(end <= cap.bytes, "doorbell %u ends at %" PRIu64 " of %"
                    PRIu64, i, end, cap.bytes);
        expect_eq(virtio_pci_doorbell(dev, i) - dev->notify, i * multiplier,
                  "doorbell %u, as the tests ring it", i);
    }
}

/* The data window of VIRTIO_PCI_CAP_PCI_CFG, virtio 1.3, 4.1.4.9. */
struct window {
    struct pci_function *pci;
    unsigned at;
};

static void aim(struct window *window, const struct virtio_cap *cap,
                unsigned offset, unsigned bytes)
{
    pci_config_write(window->pci, window->at + 4, 1, cap->bar);
    pci_config_write(window->pci, window->at + 8, 4, cap->offset + offset);
    pci_config_write(window->pci, window->at + 12, 4, bytes);
}

static void test_window_access(void)
{
    struct pci_function *pci = function("virtio-gpu-pci");
    struct virtio_pci *dev = virtio_pci_at(pci);
    struct virtio_cap common, device, access;
    struct window window = { .pci = pci };

    find_caps(pci, CAP_COMMON, &common);
    find_caps(pci, CAP_DEVICE, &device);
    find_caps(pci, CAP_PCI, &access);
    window.at = access.at;
    aim(&window, &common, COMMON_NUM_QUEUES, 2);
    expect_eq(pci_config_read(pci, window.at + 16, 2), 2, "num_queues");
    aim(&window, &device, CONFIG_NUM_SCANOUTS, 4);
    expect_eq(pci_config_read(pci, window.at + 16, 4), 1, "num_scanouts");
    aim(&window, &common, COMMON_STATUS, 1);
    pci_config_write(pci, window.at + 16, 1, STATUS_ACKNOWLEDGE);
    expect_eq(dev->vdev.ops->status(&dev->vdev), STATUS_ACKNOWLEDGE,
              "status written through the window, read in the BAR");
    expect_eq(pci_config_read(pci, window.at + 16, 1), STATUS_ACKNOWLEDGE,
              "status through the window");
    aim(&window, &common, COMMON_QUEUE_SELECT, 2);
    pci_config_write(pci, window.at + 16, 2, 1);
    expect_eq(virtio_pci_get(dev, COMMON_QUEUE_SELECT, 2), 1, "queue_select");
}

static void test_vectors(void)
{
    expect_true(pci_msix_table_size(function("virtio-gpu-pci")) >= 3,
                "MSI-X table: expected 3 vectors or more");
}

static const char *const pci_devices[] = { "virtio-gpu-pci", "virtio-vga" };

static void add_each(const char *id, const char *name,
                     void (*run)(const void *device))
{
    for (unsigned i = 0; i < G_N_ELEMENTS(pci_devices); i++) {
        g_autofree char *path = g_strdup_printf("/%s/%s/%s", id, name,
                                                pci_devices[i]);

        harness_add_data(path, run, pci_devices[i]);
    }
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    add_each("T-548", "pci-ids", test_ids);
    harness_add("/T-549/class/virtio-gpu-pci", test_class_other);
    harness_add("/T-549/class/virtio-vga", test_class_vga);
    add_each("T-550", "capabilities", test_capabilities);
    add_each("T-551", "no-window", test_no_window);
    harness_add("/T-551/no-window-without-3d", test_no_window_2d);
    harness_add("/T-552/notify-layout", test_notify);
    harness_add("/T-553/msix-size", test_vectors);
    harness_add("/T-559/pci-access-window", test_window_access);
    return harness_run();
}
