/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The device behind an IOMMU that the guest programs (conformance matrix,
 * T-590, EDGE-47): every address is translated, at the time of its use, and
 * an address without translation is never host memory.
 */
#include <string.h>

#include "hw/pci/pci_regs.h"
#include "gpu.h"
#include "harness.h"
#include "migrate.h"
#include "picture.h"
#include "screen.h"
#include "vtd.h"

#define SIDE  64                /* px */
#define BYTES (SIDE * SIDE * 4)
#define XRGB  0x00336699

static const struct guest_options options_of_guest = {
    .machine = "q35",
    .args = "-device intel-iommu "
            "-device virtio-gpu-pci,id=gpu,iommu_platform=on,packed=on",
};

static struct gpu *start(struct vtd **vtd, const struct gpu_options *options)
{
    struct guest *guest = guest_start(&options_of_guest);
    struct gpu *gpu = gpu_find(guest, 0);

    *vtd = vtd_enable(gpu->pci->pci);
    gpu_start(gpu, options);
    expect_true(gpu->features & F_ACCESS_PLATFORM,
                "ACCESS_PLATFORM is not offered");
    return gpu;
}

static uint32_t attach(struct gpu *gpu, uint64_t addr, uint32_t bytes)
{
    const struct {
        struct wire_attach attach;
        struct wire_entry entry;
    } request = {
        .attach.header.type = CMD_RESOURCE_ATTACH_BACKING,
        .attach.resource_id = 1,
        .attach.nr_entries = 1,
        .entry = { addr, bytes, 0 },
    };

    return gpu_status(gpu, &request, sizeof(request));
}

static void create(struct gpu *gpu)
{
    const struct wire_create_2d request = {
        .header.type = CMD_RESOURCE_CREATE_2D,
        .resource_id = 1,
        .format = FORMAT_B8G8R8X8,
        .width = SIDE,
        .height = SIDE,
    };

    gpu_expect(gpu, &request, sizeof(request), RESP_OK_NODATA, "CREATE_2D");
}

static uint32_t transfer(struct gpu *gpu)
{
    const struct wire_transfer request = {
        .header.type = CMD_TRANSFER_TO_HOST_2D,
        .rect = { 0, 0, SIDE, SIDE },
        .resource_id = 1,
    };

    return gpu_status(gpu, &request, sizeof(request));
}

static void detach(struct gpu *gpu)
{
    const struct wire_resource request = {
        .header.type = CMD_RESOURCE_DETACH_BACKING,
        .resource_id = 1,
    };

    gpu_expect(gpu, &request, sizeof(request), RESP_OK_NODATA, "DETACH");
}

static void show(struct gpu *gpu)
{
    const struct wire_set_scanout scanout = {
        .header.type = CMD_SET_SCANOUT,
        .rect = { 0, 0, SIDE, SIDE },
        .resource_id = 1,
    };
    const struct wire_flush flush = {
        .header.type = CMD_RESOURCE_FLUSH,
        .rect = { 0, 0, SIDE, SIDE },
        .resource_id = 1,
    };

    gpu_expect(gpu, &scanout, sizeof(scanout), RESP_OK_NODATA, "SET_SCANOUT");
    gpu_expect(gpu, &flush, sizeof(flush), RESP_OK_NODATA, "FLUSH");
    screen_expect_filled(gpu->guest, 0, SIDE, SIDE, XRGB);
}

static uint64_t picture(struct gpu *gpu)
{
    uint64_t addr = guest_ram_alloc(gpu->guest, BYTES);
    uint32_t *words = guest_memory(gpu->guest, addr, BYTES);

    for (unsigned i = 0; i < SIDE * SIDE; i++) {
        words[i] = XRGB;
    }
    return addr;
}

static bool has_message(void *data)
{
    return pci_msix_taken(data, 1);
}

static void test_translated(const void *data)
{
    struct vtd *vtd;
    struct gpu *gpu = start(&vtd, data);

    gpu_expect_alive(gpu);
    create(gpu);
    expect_eq(attach(gpu, picture(gpu), BYTES), RESP_OK_NODATA, "ATTACH");
    expect_eq(transfer(gpu), RESP_OK_NODATA, "TRANSFER");
    show(gpu);
    if (gpu->options.msix) {
        harness_wait(has_message, gpu->pci->pci, "message");
    }
    expect_true(!vtd_take_fault(vtd), "a DMA fault in proper use");
}

static void test_untranslated_entry(void)
{
    struct vtd *vtd;
    struct gpu *gpu = start(&vtd, NULL);
    uint64_t addr = picture(gpu);

    create(gpu);
    expect_eq(attach(gpu, addr - VTD_BASE, BYTES), RESP_ERR_UNSPEC,
              "ATTACH of a guest-physical address");
    expect_eq(attach(gpu, VTD_BASE + gpu->guest->ram_bytes - GUEST_PAGE,
                     BYTES), RESP_ERR_UNSPEC,
              "ATTACH of a range that is mapped in its first page only");
    expect_eq(attach(gpu, addr, BYTES), RESP_OK_NODATA, "ATTACH");
}

static bool broken_or_answered(void *data)
{
    struct gpu *gpu = data;

    return gpu->vdev->ops->status(gpu->vdev) & STATUS_NEEDS_RESET ||
           __atomic_load_n(&gpu->queue[0]->used->idx, __ATOMIC_ACQUIRE);
}

/* QEMU reads zeros there or breaks the ring; type 0 is no command. */
static void test_untranslated_request(void)
{
    struct vtd *vtd;
    struct gpu *gpu = start(&vtd, NULL);
    const struct wire_header *reply = guest_memory(gpu->guest, gpu->reply, 24);

    guest_expect_noise(gpu->guest, "virtio: bogus descriptor");
    vtd_protect(vtd, gpu->request, GUEST_PAGE, 0);
    gpu_post_display_info(gpu);
    harness_wait(broken_or_answered, gpu, "an untranslated request");
    if (!(gpu->vdev->ops->status(gpu->vdev) & STATUS_NEEDS_RESET)) {
        expect_eq(vring_wait(gpu->queue[0]).bytes, 24, "used.len");
        expect_eq(reply->type, RESP_ERR_UNSPEC, "reply");
        expect_eq(reply->fence_id, 0, "fence_id of a header nobody wrote");
    }
    vdev_reset(gpu->vdev);
    guest_ram_clear(gpu->guest);
    vtd_restore(vtd);
    gpu_start(gpu, NULL);
    gpu_expect_alive(gpu);
}

/* EDGE-47: between two commands a translation goes away and comes back. */
static void test_mapping_goes(void)
{
    struct vtd *vtd;
    struct gpu *gpu = start(&vtd, NULL);
    uint64_t addr = picture(gpu);

    create(gpu);
    expect_eq(attach(gpu, addr, BYTES), RESP_OK_NODATA, "ATTACH");
    expect_eq(transfer(gpu), RESP_OK_NODATA, "TRANSFER");
    show(gpu);
    vtd_protect(vtd, addr + GUEST_PAGE, GUEST_PAGE, 0);
    expect_eq(transfer(gpu), RESP_ERR_UNSPEC,
              "TRANSFER when the second page of four is not mapped");
    vtd_protect(vtd, addr + GUEST_PAGE, GUEST_PAGE, VTD_READ | VTD_WRITE);
    expect_eq(transfer(gpu), RESP_OK_NODATA, "TRANSFER, mapped again");
    show(gpu);
    gpu_expect_alive(gpu);
}

static void test_no_access_after_detach(void)
{
    struct vtd *vtd;
    struct gpu *gpu = start(&vtd, NULL);
    uint64_t addr = picture(gpu);

    create(gpu);
    expect_eq(attach(gpu, addr, BYTES), RESP_OK_NODATA, "ATTACH");
    expect_eq(transfer(gpu), RESP_OK_NODATA, "TRANSFER");
    detach(gpu);
    vtd_protect(vtd, addr, BYTES, 0);
    vtd_take_fault(vtd);
    expect_eq(transfer(gpu), RESP_ERR_UNSPEC, "TRANSFER without backing");
    show(gpu);
    expect_true(!vtd_take_fault(vtd), "a DMA fault after DETACH_BACKING");
}

/* What the device may only read is mapped so. */
static void test_read_only(const void *data)
{
    struct vtd *vtd;
    struct gpu *gpu = start(&vtd, data);
    const struct vdev_queue *areas = &gpu->queue[0]->areas;
    uint64_t addr = picture(gpu);

    vtd_protect(vtd, gpu->request, GPU_REQUEST_BYTES, VTD_READ);
    vtd_protect(vtd, areas->descriptors, GUEST_PAGE, VTD_READ);
    vtd_protect(vtd, areas->driver, GUEST_PAGE, VTD_READ);
    vtd_protect(vtd, addr, BYTES, VTD_READ);
    vtd_take_fault(vtd);
    create(gpu);
    expect_eq(attach(gpu, addr, BYTES), RESP_OK_NODATA,
              "ATTACH of read-only pages");
    expect_eq(transfer(gpu), RESP_OK_NODATA, "TRANSFER of read-only pages");
    show(gpu);
    expect_true(!vtd_take_fault(vtd),
                "the device wrote where it may only read");
}

static void test_other_mapping(void)
{
    struct vtd *vtd;
    struct gpu *gpu = start(&vtd, NULL);
    uint64_t addr = picture(gpu);
    uint64_t empty = guest_ram_alloc(gpu->guest, BYTES);

    create(gpu);
    expect_eq(attach(gpu, empty, BYTES), RESP_OK_NODATA, "ATTACH");
    vtd_remap(vtd, empty, addr, BYTES);
    expect_eq(transfer(gpu), RESP_OK_NODATA, "TRANSFER");
    show(gpu);                  /* the pages behind the new translation */
}

static void test_not_accepted(void)
{
    struct vtd *vtd;
    struct gpu *gpu = start(&vtd, NULL);
    uint8_t status = vdev_negotiate(gpu->vdev,
                                    gpu->features & ~F_ACCESS_PLATFORM);

    expect_true(!(status & STATUS_FEATURES_OK),
                "FEATURES_OK without ACCESS_PLATFORM behind an IOMMU");
}

/* Addresses are migrated as the guest gave them, and translated again. */
static void test_migration(void)
{
    struct picture picture = { .id = 1, .format = FORMAT_B8G8R8X8,
                               .width = SIDE, .height = SIDE,
                               .scattered = true };
    struct vtd *vtd;
    struct gpu *gpu = start(&vtd, NULL);

    picture_create(&picture, gpu);
    picture_noise(&picture, NULL, 1);
    picture_transfer(&picture, NULL);
    picture_show(&picture, 0, NULL);
    picture_flush(&picture, NULL);
    migrate_guest(gpu->guest, &options_of_guest);
    picture_expect_shown(&picture, NULL, 0);
    picture_noise(&picture, NULL, 2);
    picture_update(&picture, NULL);
    picture_expect_shown(&picture, NULL, 0);
}

/*
 * Linux turns bus mastering off when the machine goes to sleep, and leaves
 * resources of a driver that knows nothing of sleep their memory.
 */
static void test_migration_asleep(void)
{
    struct picture picture = { .id = 1, .format = FORMAT_B8G8R8X8,
                               .width = SIDE, .height = SIDE,
                               .scattered = true };
    struct vtd *vtd;
    struct gpu *gpu = start(&vtd, NULL);
    struct guest *receiver;

    picture_create(&picture, gpu);
    picture_noise(&picture, NULL, 1);
    picture_transfer(&picture, NULL);
    picture_show(&picture, 0, NULL);
    picture_flush(&picture, NULL);
    pci_command(gpu->pci->pci, PCI_COMMAND_MASTER, false);
    receiver = migrate_receiver(&options_of_guest);
    guest_expect_noise(receiver, "inconsistent with Host index");
    migrate_begin(gpu->guest, receiver);
    migrate_end(gpu->guest, receiver);
    picture_expect_shown(&picture, NULL, 0);
    /* Virtio finds no ring behind an IOMMU while asleep: reset, as Linux does. */
    pci_command(gpu->pci->pci, PCI_COMMAND_MASTER, true);
    gpu_start(gpu, NULL);
    picture_create(&picture, gpu);
    picture_noise(&picture, NULL, 2);
    picture_transfer(&picture, NULL);
    picture_show(&picture, 0, NULL);
    picture_flush(&picture, NULL);
    picture_expect_shown(&picture, NULL, 0);
}

int main(int argc, char **argv)
{
    static const struct gpu_options split = { .msix = true };
    static const struct gpu_options packed = { .packed = true };
    static const struct gpu_options direct = { .direct = true };

    harness_init(&argc, &argv);
    harness_add_data("/T-590/translated/split", test_translated, &split);
    harness_add_data("/T-590/translated/packed", test_translated, &packed);
    harness_add_data("/T-590/translated/direct", test_translated, &direct);
    harness_add("/T-590/untranslated-entry", test_untranslated_entry);
    harness_add("/T-590/untranslated-request", test_untranslated_request);
    harness_add("/T-309,T-467/mapping-goes", test_mapping_goes);
    harness_add("/T-467/other-mapping", test_other_mapping);
    harness_add("/T-062/no-access-after-detach", test_no_access_after_detach);
    harness_add_data("/T-591/read-only/indirect", test_read_only, &split);
    harness_add_data("/T-591/read-only/direct", test_read_only, &direct);
    harness_add("/T-590/access-platform-not-accepted", test_not_accepted);
    harness_add("/migration/iommu", test_migration);
    harness_add("/migration/iommu-asleep", test_migration_asleep);
    return harness_run();
}
