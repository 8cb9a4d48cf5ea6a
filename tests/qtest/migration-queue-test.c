/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Migration with requests under way: each is answered once, where the VM came
 * from or where it went, and nothing is written after the VM has stopped.
 */
#include "qemu/osdep.h"

#include "libqtest.h"
#include "draw.h"
#include "harness.h"
#include "load.h"
#include "migrate.h"

#define WORK 32
#define CURSORS 6
#define ROUNDS 8

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
};

static const struct way no_event_idx = {
    .device = "virtio-gpu-pci,id=gpu", .options = { .refuse = F_EVENT_IDX },
};

struct run {
    struct gpu *gpu;
    struct load load;
    struct guest_options options;
    char *args;
};

static void boot(struct run *run, const struct way *way)
{
    run->args = g_strdup_printf("-device %s", way->device);
    run->options = (struct guest_options){ .args = run->args, .ram_mib = 64 };
    run->gpu = gpu_find(guest_start(&run->options), 0);
    guest_at_stop(run->gpu->guest, g_free, run->args);
    gpu_start(run->gpu, &way->options);
    load_prepare_sized(&run->load, run->gpu, 2048, 1024);
    draw_image(run->gpu, 2, 1, 64, 64, 7);
}

/* As Windows: without waiting for anything. */
static void post(struct run *run)
{
    load_post(&run->load, WORK);
    load_post_cursors(&run->load, CURSORS, 2);
}

static void collect(struct run *run)
{
    load_collect(&run->load, WORK, CURSORS);
}

static void qmp(struct run *run, const char *command)
{
    qtest_qmp_assert_success(run->gpu->guest->qts, "{'execute': %s}",
                             command);
}

static char *checksum(struct guest *guest)
{
    return g_compute_checksum_for_data(G_CHECKSUM_SHA256, guest->ram,
                                       guest->ram_bytes);
}

/* Paused in the middle of its work, long before it is migrated. */
static void test_paused(const void *data)
{
    struct run run;
    g_autofree char *before = NULL, *after = NULL;

    boot(&run, data);
    post(&run);
    qmp(&run, "stop");
    before = checksum(run.gpu->guest);
    guest_settle(run.gpu->guest);
    migrate_guest(run.gpu->guest, &run.options);
    after = checksum(run.gpu->guest);
    expect_true(strcmp(before, after) == 0, "guest memory differs from what "
                "it was when the VM stopped");
    qmp(&run, "cont");
    collect(&run);
    gpu_expect_alive(run.gpu);
}

/* Migrated while it works; where that stops it is left to chance. */
static void test_running(const void *data)
{
    struct run run;

    boot(&run, data);
    for (unsigned i = 0; i < ROUNDS; i++) {
        struct guest *receiver = migrate_receiver(&run.options);
        uint64_t mark = run.gpu->guest->next_free;

        post(&run);
        g_usleep(g_test_rand_int_range(0, 20000));
        migrate_begin(run.gpu->guest, receiver);
        migrate_end(run.gpu->guest, receiver);
        collect(&run);
        run.gpu->guest->next_free = mark;
    }
    gpu_expect_alive(run.gpu);
}

/* The other side is gone when the images come: the VM goes on where it was. */
static void test_failed(const void *data)
{
    struct run run;
    g_autofree char *reason = NULL;

    boot(&run, data);
    post(&run);
    guest_expect_noise(run.gpu->guest, "Broken pipe");
    guest_expect_noise(run.gpu->guest, "error");
    reason = migrate_refusal(run.gpu->guest,
                             "exec:head -c 6000000 >/dev/null");
    qmp(&run, "cont");
    collect(&run);
    gpu_expect_alive(run.gpu);
}

/* Requests that nobody rang for are found where the VM goes on. */
static void test_posted_while_stopped(const void *data)
{
    struct run run;

    boot(&run, data);
    qmp(&run, "stop");
    post(&run);
    migrate_guest(run.gpu->guest, &run.options);
    qmp(&run, "cont");
    collect(&run);
    gpu_expect_alive(run.gpu);
}

/* Whether the driver would ring for the next chain (virtio 1.3, 2.7.10, 2.8.10). */
static bool kicks_are_wanted(const struct vring *ring,
                             const struct gpu_options *options)
{
    if (options->packed) {
        return ring->device_event->flags != 1;
    }
    if (options->refuse & F_EVENT_IDX) {
        return !(ring->used->flags & 1);
    }
    return vring_avail_event((struct vring *)ring) == ring->avail->idx;
}

/*
 * A device that goes on with the ring may be one that waits for a kick, so a
 * VM that stopped does not leave a wish for none in memory.
 */
static void test_kicks(const void *data)
{
    const struct way *way = data;
    struct run run;

    boot(&run, way);
    for (unsigned i = 0; i < 4 * ROUNDS; i++) {
        uint64_t mark = run.gpu->guest->next_free;

        post(&run);
        g_usleep(g_test_rand_int_range(0, 10000));
        qmp(&run, "stop");
        expect_true(kicks_are_wanted(run.gpu->queue[0], &way->options),
                    "stop %u: the ring says that no kicks are wanted", i);
        qmp(&run, "cont");
        collect(&run);
        run.gpu->guest->next_free = mark;
    }
}

/* The interrupt of what ended while the VM stopped comes before it goes on. */
static void test_interrupt(void)
{
    static const struct way way = {
        .device = "virtio-gpu-pci,id=gpu",
        .options = { .msix = true, .refuse = F_EVENT_IDX },
    };
    struct vring_done done;
    unsigned seen = 0;
    struct run run;

    boot(&run, &way);
    for (unsigned i = 0; i < 50; i++) {
        guest_settle(run.gpu->guest);
        pci_msix_taken(run.gpu->pci->pci, 1);
        load_post(&run.load, 1);
        qmp(&run, "stop");
        if (vring_take(run.gpu->queue[0], &done)) {
            expect_true(pci_msix_taken(run.gpu->pci->pci, 1),
                        "a reply without its interrupt");
            qmp(&run, "cont");
            seen++;
        } else {
            qmp(&run, "cont");
            vring_wait(run.gpu->queue[0]);
        }
    }
    expect_true(seen, "no request was under way when the VM stopped");
}

static void add(const char *name, void (*run)(const void *way))
{
    for (unsigned i = 0; i < G_N_ELEMENTS(ways); i++) {
        g_autofree char *path = g_strdup_printf("/migration/%s/%s", name,
                                                ways[i].name);

        harness_add_data(path, run, &ways[i]);
    }
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    add("paused-with-work", test_paused);
    add("running-with-work", test_running);
    add("failed-with-work", test_failed);
    add("posted-while-stopped", test_posted_while_stopped);
    add("kicks-wanted", test_kicks);
    harness_add_data("/migration/kicks-wanted/no-event-idx", test_kicks,
                     &no_event_idx);
    harness_add("/migration/interrupt-of-the-last", test_interrupt);
    return harness_run();
}
