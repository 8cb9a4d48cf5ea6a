/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Everything that stops the device for a moment, again and again while both
 * queues have work: a stopped VM loses no request and answers none twice, a
 * reset one forgets them, and nothing hangs (conformance matrix, EDGE-95 to
 * EDGE-101, EDGE-105, T-644).
 */
#include "qemu/osdep.h"

#include "hw/pci/pci_regs.h"
#include "libqtest.h"
#include "gpu.h"
#include "harness.h"
#include "load.h"

#define ROUNDS  60
#define WORK    40              /* transfers of about 0.3 ms in a round */
#define CURSORS 8               /* cursor updates in a round */

struct storm {
    struct gpu *gpu;
    struct load load;
};

struct way {
    const char *name;
    const char *device;
    struct gpu_options options;
};

static const struct way ways[] = {
    { "split", "virtio-gpu-pci,id=gpu", { 0 } },
    { "packed", "virtio-gpu-pci,id=gpu,packed=on", { .packed = true } },
    { "no-ioeventfd", "virtio-gpu-pci,id=gpu,ioeventfd=off", { 0 } },
    { "msix", "virtio-gpu-pci,id=gpu", { .msix = true } },
    { "vga", "virtio-vga,id=gpu", { .msix = true } },
};

static void prepare(struct storm *storm)
{
    load_prepare_sized(&storm->load, storm->gpu, 1024, 768);
}

static void boot(struct storm *storm, const struct way *way)
{
    storm->gpu = gpu_boot(NULL, way->device, &way->options);
    prepare(storm);
}

static void post(struct storm *storm)
{
    load_post(&storm->load, WORK);
    load_post_cursors(&storm->load, CURSORS, 0);
}

static void collect(struct storm *storm)
{
    load_collect(&storm->load, WORK, CURSORS);
}

static void pause_a_while(void)
{
    g_usleep(g_test_rand_int_range(0, 4000));
}

static void qmp(struct storm *storm, const char *command)
{
    qtest_qmp_assert_success(storm->gpu->guest->qts, "{'execute': %s}",
                             command);
}

static void test_stop(const void *data)
{
    struct storm storm;

    boot(&storm, data);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint64_t mark = storm.gpu->guest->next_free;

        post(&storm);
        pause_a_while();
        qmp(&storm, "stop");
        pause_a_while();
        qmp(&storm, "cont");
        collect(&storm);
        storm.gpu->guest->next_free = mark;
    }
    gpu_expect_alive(storm.gpu);
}

/* A doorbell rung while the VM stands is heard when it goes on. */
static void test_post_while_stopped(const void *data)
{
    struct storm storm;

    boot(&storm, data);
    for (unsigned i = 0; i < 20; i++) {
        uint64_t mark = storm.gpu->guest->next_free;

        qmp(&storm, "stop");
        post(&storm);
        gpu_expect_silence(storm.gpu, "the VM is stopped");
        qmp(&storm, "cont");
        collect(&storm);
        storm.gpu->guest->next_free = mark;
    }
    gpu_expect_alive(storm.gpu);
}

static void test_reset_while_stopped(const void *data)
{
    const struct way *way = data;
    struct storm storm;

    boot(&storm, way);
    for (unsigned i = 0; i < ROUNDS; i++) {
        post(&storm);
        pause_a_while();
        qmp(&storm, "stop");
        vdev_reset(storm.gpu->vdev);
        qmp(&storm, "cont");
        gpu_restart(storm.gpu, &way->options);
        prepare(&storm);
    }
    post(&storm);
    collect(&storm);
}

static void reenable(struct storm *storm, unsigned index)
{
    virtio_pci_queue_reset(storm->gpu->pci, index);
    gpu_start_queue(storm->gpu, index);
}

static void test_queue_resets(const void *data)
{
    struct storm storm;

    boot(&storm, data);
    for (unsigned i = 0; i < ROUNDS; i++) {
        post(&storm);
        pause_a_while();
        reenable(&storm, i % 2);
        reenable(&storm, 1 - i % 2);
    }
    post(&storm);
    collect(&storm);
    gpu_expect_alive(storm.gpu);
}

static void test_system_resets(const void *data)
{
    const struct way *way = data;
    struct storm storm;

    boot(&storm, way);
    for (unsigned i = 0; i < 20; i++) {
        struct guest *guest = storm.gpu->guest;

        post(&storm);
        pause_a_while();
        qtest_system_reset(guest->qts);
        guest_ram_clear(guest);
        storm.gpu = gpu_find(guest, 0);
        gpu_start(storm.gpu, &way->options);
        prepare(&storm);
    }
    post(&storm);
    collect(&storm);
}

/* QEMU takes DRIVER_OK away with bus mastering; what is in flight is kept. */
static void test_bus_master(const void *data)
{
    struct storm storm;

    boot(&storm, data);
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct pci_function *pci = storm.gpu->pci->pci;
        uint64_t mark = storm.gpu->guest->next_free;

        post(&storm);
        pause_a_while();
        pci_command(pci, PCI_COMMAND_MASTER, false);
        pause_a_while();
        pci_command(pci, PCI_COMMAND_MASTER, true);
        gpu_set_driver_ok(storm.gpu);
        collect(&storm);
        storm.gpu->guest->next_free = mark;
    }
    gpu_expect_alive(storm.gpu);
}

/* Requests that come without bus mastering wait. */
static void test_no_bus_master(const void *data)
{
    struct storm storm;

    boot(&storm, data);
    for (unsigned i = 0; i < 20; i++) {
        struct pci_function *pci = storm.gpu->pci->pci;
        uint64_t mark = storm.gpu->guest->next_free;

        pci_command(pci, PCI_COMMAND_MASTER, false);
        post(&storm);
        gpu_expect_silence(storm.gpu, "bus mastering is off");
        pci_command(pci, PCI_COMMAND_MASTER, true);
        gpu_set_driver_ok(storm.gpu);
        collect(&storm);
        storm.gpu->guest->next_free = mark;
    }
    gpu_expect_alive(storm.gpu);
}

static void add(const char *name, void (*run)(const void *way))
{
    for (unsigned i = 0; i < G_N_ELEMENTS(ways); i++) {
        g_autofree char *path = g_strdup_printf("/%s/%s", name, ways[i].name);

        harness_add_data(path, run, &ways[i]);
    }
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    add("T-644/stop-and-cont", test_stop);
    add("T-644/posted-while-stopped", test_post_while_stopped);
    add("T-644,T-515/reset-while-stopped", test_reset_while_stopped);
    add("T-644,T-518,T-519/queue-resets", test_queue_resets);
    add("T-644,T-526/system-resets", test_system_resets);
    add("T-644,T-525/bus-master", test_bus_master);
    add("T-525/posted-without-bus-master", test_no_bus_master);
    return harness_run();
}
