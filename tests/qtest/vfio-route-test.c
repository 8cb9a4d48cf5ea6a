/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * renderer=vfio in its machine: what it offers and says, two devices, resets,
 * unplugging, an IOMMU.  What a GPU would have rendered this process writes;
 * vfio-blob-test has what does not depend on the route.
 */
#include "qemu/osdep.h"

#include "hw/pci/pci_regs.h"
#include "libqtest.h"
#include "assigned.h"
#include "gpu.h"
#include "harness.h"
#include "picture.h"
#include "qobject/qdict.h"
#include "vtd.h"

#define WIDTH  160u             /* px; 16 pages, the last one not full */
#define HEIGHT 100u
#define PLACE  (1024 * 1024u)   /* of the first picture, in BAR 0 */

struct machine {
    struct gpu *gpu;
    struct assigned *assigned[2];
};

static struct machine boot(const char *machine, const char *iommu,
                           unsigned num_assigned)
{
    g_autofree char *first = assigned_arguments(0);
    g_autofree char *second = num_assigned > 1 ? assigned_arguments(1)
                                               : g_strdup("");
    g_autofree char *args = g_strdup_printf(
        "%s %s -device virtio-gpu-pci,id=gpu,renderer=vfio,vfio=assigned0%s %s",
        iommu, first, *iommu ? ",iommu_platform=on" : "", second);
    struct guest *guest = guest_start(&(struct guest_options){
        .machine = machine,
        .args = args,
        .ram_mib = ASSIGNED_RAM_MIB,
    });
    struct machine result = { .gpu = gpu_find(guest, 0) };

    guest_expect_noise(guest, "renderer vfio: ");
    if (!assigned_exports()) {
        guest_expect_noise(guest, "dma-buf");
    }
    for (unsigned i = 0; i < num_assigned; i++) {
        result.assigned[i] = assigned_of(guest, i);
    }
    return result;
}

static struct machine start(void)
{
    struct machine machine = boot("q35", "", 1);

    gpu_start(machine.gpu, NULL);
    return machine;
}

static struct picture picture_in(const struct assigned *assigned,
                                 uint64_t place)
{
    return (struct picture){
        .id = 1, .width = WIDTH, .height = HEIGHT, .blob = true,
        .blob_flags = BLOB_SHAREABLE,
        .memory = assigned->memory + place, .address = assigned->base + place,
    };
}

static void show(struct picture *picture, struct gpu *gpu)
{
    picture_create(picture, gpu);
    picture_noise(picture, NULL, 1);
    picture_show(picture, 0, NULL);
    picture_flush(picture, NULL);
    picture_expect_shown(picture, NULL, 0);
}

static void expect_black(struct gpu *gpu)
{
    screen_expect_filled(gpu->guest, 0, WIDTH, HEIGHT, 0);
}

static uint32_t try_blob(struct gpu *gpu, uint64_t first, uint64_t second)
{
    const struct {
        struct wire_create_blob blob;
        struct wire_entry entries[2];
    } request = {
        .blob.header.type = CMD_RESOURCE_CREATE_BLOB,
        .blob.resource_id = 9,
        .blob.blob_mem = BLOB_MEM_GUEST,
        .blob.blob_flags = BLOB_SHAREABLE,
        .blob.nr_entries = 2,
        .blob.size = 2 * GUEST_PAGE,
        .entries = { { first, GUEST_PAGE, 0 }, { second, GUEST_PAGE, 0 } },
    };

    return gpu_status(gpu, &request, sizeof(request));
}

/* Devices, their registers and RAM do not mix. */
static void test_mixed(void)
{
    struct machine machine = boot("q35", "", 2);
    const struct assigned *assigned = machine.assigned[0];
    uint64_t here = assigned->base + PLACE, ram;
    struct gpu *gpu = machine.gpu;

    gpu_start(gpu, NULL);
    ram = guest_ram_alloc(gpu->guest, GUEST_PAGE);
    expect_eq(try_blob(gpu, here, ram), RESP_ERR_UNSPEC, "a device, then RAM");
    expect_eq(try_blob(gpu, ram, here), RESP_ERR_UNSPEC, "RAM, then a device");
    expect_eq(try_blob(gpu, here, machine.assigned[1]->base), RESP_ERR_UNSPEC,
              "two devices");
    expect_eq(try_blob(gpu, here, assigned->pci->bar[2]), RESP_ERR_UNSPEC,
              "memory and registers of one device");
    assigned_expect_dmabufs(gpu->guest, 0, "of what was refused");
    expect_eq(try_blob(gpu, here, here + 5 * GUEST_PAGE), RESP_OK_NODATA,
              "two pages of one device");
}

static void check_revoked(struct picture *picture)
{
    expect_eq(picture_try_flush(picture), RESP_ERR_UNSPEC,
              "FLUSH of memory that is away");
    expect_black(picture->gpu);
    gpu_expect_alive(picture->gpu);
}

/* Everything is reset while a picture is shown; all works from the beginning. */
static void test_machine_reset(void)
{
    struct machine machine = start();
    struct picture picture = picture_in(machine.assigned[0], PLACE);

    show(&picture, machine.gpu);
    qtest_system_reset(machine.gpu->guest->qts);
    assigned_expect_dmabufs(machine.gpu->guest, 0, "after a reset");
    guest_ram_clear(machine.gpu->guest);
    machine.gpu = gpu_find(machine.gpu->guest, 0);
    gpu_start(machine.gpu, NULL);
    pci_map_bars(machine.assigned[0]->pci);
    picture = picture_in(machine.assigned[0], PLACE);
    picture.address = machine.assigned[0]->pci->bar[0] + PLACE;
    show(&picture, machine.gpu);
}

#define PIIX_EJECT 0xae08       /* docs/specs/acpi_pci_hotplug.rst of QEMU */

/*
 * The device is taken out of the machine: its memory lives until the blob ends,
 * but nobody reads it.
 */
static void test_unplugged(void)
{
    struct machine machine = boot("pc", "", 1);
    struct picture picture = picture_in(machine.assigned[0], PLACE);
    QTestState *qts = machine.gpu->guest->qts;

    guest_expect_noise(machine.gpu->guest, "virtio-gpu: ");
    /* QEMU's own, of a VFIO device that goes where there is no KVM. */
    guest_expect_noise(machine.gpu->guest, "KVM VFIO device isn't created");
    gpu_start(machine.gpu, NULL);
    show(&picture, machine.gpu);
    qtest_qmp_device_del_send(qts, "assigned0");
    qtest_outl(qts, PIIX_EJECT, 1u << (machine.assigned[0]->pci->devfn >> 3));
    check_revoked(&picture);
    picture_unref(&picture);
    qtest_qmp_eventwait(qts, "DEVICE_DELETED");
    gpu_expect_alive(machine.gpu);
}

/* Behind an IOMMU the guest's addresses are the device's, a page at a time. */
static void test_iommu(void)
{
    struct machine machine = boot("q35", "-device intel-iommu,caching-mode=on",
                                  1);
    struct gpu *gpu = machine.gpu;
    struct vtd *vtd = vtd_enable(gpu->pci->pci);
    struct picture picture = picture_in(machine.assigned[0], PLACE);
    uint64_t bytes = ROUND_UP(WIDTH * HEIGHT * 4, GUEST_PAGE);

    gpu_start(gpu, NULL);
    picture.address = guest_ram_alloc(gpu->guest, bytes);
    vtd_remap(vtd, picture.address, VTD_BASE + machine.assigned[0]->base +
              PLACE, bytes);
    show(&picture, gpu);
    assigned_expect_dmabufs(gpu->guest, 1, "of a blob behind an IOMMU");
    expect_true(!vtd_take_fault(vtd), "a DMA fault in proper use");
    vtd_protect(vtd, picture.address, bytes, 0);
    guest_expect_noise(gpu->guest, "virtio-gpu: ");
    check_revoked(&picture);
    picture_unref(&picture);
    assigned_expect_dmabufs(gpu->guest, 0, "after UNREF");
}

static void test_info(void)
{
    struct machine machine = start();
    QDict *reply = qtest_qmp(machine.gpu->guest->qts,
                             "{'execute': 'qom-get', 'arguments': {'path': "
                             "'/machine/peripheral/gpu/virtio-backend', "
                             "'property': 'renderer-info'}}");
    const char *info = qdict_get_try_str(reply, "return") ?: "none";

    expect_true(g_str_has_prefix(info, "vfio: ") &&
                strstr(info, assigned_address(0)) &&
                strstr(info, assigned_exports() ? "dma-buf: yes"
                                                : "dma-buf: no, because"),
                "renderer-info: %s", info);
    qobject_unref(reply);
    expect_eq(machine.gpu->features & (GPU_F_VIRGL | GPU_F_RESOURCE_BLOB |
                                       GPU_F_RESOURCE_UUID),
              GPU_F_RESOURCE_BLOB | GPU_F_RESOURCE_UUID, "features");
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add("/vfio-route/info", test_info);
    harness_add("/vfio-route/mixed", test_mixed);
    harness_add("/vfio-route/machine-reset", test_machine_reset);
    harness_add("/vfio-route/unplugged", test_unplugged);
    harness_add("/vfio-route/iommu", test_iommu);
    return harness_run();
}
