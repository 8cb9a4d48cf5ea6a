/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A device that the guest got by VFIO, beside ours: each does what it does
 * alone.
 */
#include "qemu/osdep.h"

#include "hw/pci/pci_regs.h"
#include "libqtest.h"
#include "assigned.h"
#include "gpu.h"
#include "harness.h"
#include "picture.h"

#define BOCHS_IDS   0x11111234u
#define PATTERN     0xfeed0000u
#define NUM_WORDS   64u

struct machine {
    struct gpu *gpu;
    struct assigned *assigned;
};

/* One for all cases: to start it takes most of the time. */
static struct machine *start(void)
{
    g_autofree char *devices = assigned_arguments(0);
    g_autofree char *args = g_strdup_printf(
        "-device virtio-gpu-pci,id=gpu %s", devices);
    struct guest *guest = guest_start(&(struct guest_options){
        .machine = "q35",
        .args = args,
        .ram_mib = ASSIGNED_RAM_MIB,
        .keep = args,
    });
    struct machine *machine = guest->user;

    if (machine) {
        gpu_restart(machine->gpu, NULL);
        return machine;
    }
    guest->user = machine = g_new0(struct machine, 1);
    guest_at_stop(guest, g_free, machine);
    machine->gpu = gpu_find(guest, 0);
    machine->assigned = assigned_of(guest, 0);
    gpu_start(machine->gpu, NULL);
    return machine;
}

/* Every way that leads to the memory leads to the same. */
static void test_memory(void)
{
    struct machine *machine = start();
    struct assigned *assigned = machine->assigned;
    QTestState *qts = machine->gpu->guest->qts;
    uint32_t *words = (uint32_t *)assigned->memory;

    expect_eq(pci_config_read(assigned->pci, PCI_VENDOR_ID, 4), BOCHS_IDS,
              "vendor and device of the assigned device");
    for (unsigned i = 0; i < NUM_WORDS; i++) {
        words[i] = PATTERN + i;
    }
    for (unsigned i = 0; i < NUM_WORDS; i++) {
        expect_eq(qtest_readl(qts, assigned->base + i * 4), PATTERN + i,
                  "word %u, as the guest reads it", i);
        qtest_writel(qts, assigned->base + i * 4, ~i);
        expect_eq(words[i], ~i, "word %u, as the guest wrote it", i);
    }
    gpu_expect_alive(machine->gpu);
}

static void test_picture(void)
{
    struct picture picture = { .id = 1, .width = 160, .height = 100 };

    picture_create(&picture, start()->gpu);
    picture_noise(&picture, NULL, 1);
    picture_transfer(&picture, NULL);
    picture_show(&picture, 0, NULL);
    picture_flush(&picture, NULL);
    picture_expect_shown(&picture, NULL, 0);
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add("/vfio/memory", test_memory);
    harness_add("/vfio/picture-beside", test_picture);
    return harness_run();
}
