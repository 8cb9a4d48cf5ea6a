/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A driver that rings the doorbell only when it is asked to, against the device
 * thread that says when (virtio 1.3, 2.7.10, 2.8.10): it is never left waiting.
 * Guest RAM is shared with this process, which so is a second processor.
 */
#include "qemu/osdep.h"

#include "gpu.h"
#include "harness.h"

/* One at a time, as they come, until all are back; -m thorough: 20 times more. */
#define BURSTS    3000
#define THOROUGH  20
#define MOST      6             /* requests in a burst */
#define PAUSE     3000          /* turns of a loop at most between two */

struct way {
    const char *name;
    struct gpu_options options;
    const char *properties;
};

struct driver {
    struct gpu *gpu;
    struct vring *ring;
    GRand *rand;
    unsigned on_the_way;
    unsigned offered, rung;
};

static bool passed(uint16_t event, uint16_t to, uint16_t from)
{
    return (uint16_t)(to - event - 1) < (uint16_t)(to - from);
}

static bool split_wants(struct driver *d, uint16_t from)
{
    if (!(d->gpu->features & F_EVENT_IDX)) {
        return !(__atomic_load_n(&d->ring->used->flags, __ATOMIC_RELAXED) & 1);
    }
    return passed(vring_avail_event(d->ring), d->ring->avail_idx, from);
}

/* Places go round; those of the round before are counted below 0. */
static bool packed_wants(struct driver *d, unsigned descriptors)
{
    struct vring *ring = d->ring;
    uint16_t flags = __atomic_load_n(&ring->device_event->flags,
                                     __ATOMIC_ACQUIRE);
    uint16_t off_wrap = __atomic_load_n(&ring->device_event->off_wrap,
                                        __ATOMIC_RELAXED);
    uint16_t event = off_wrap & 0x7fff;

    if (flags != VRING_EVENTS_DESC) {
        return flags != VRING_EVENTS_DISABLE;
    }
    if (off_wrap >> 15 != ring->avail_wrap) {
        event -= ring->areas.size;
    }
    return passed(event, ring->next_avail, ring->next_avail - descriptors);
}

static void offer(struct driver *d)
{
    const struct vring_buffer buffers[] = {
        { d->gpu->request, sizeof(struct wire_header), false },
        { d->gpu->reply, sizeof(struct wire_display_info), true },
    };
    uint16_t from = d->ring->avail_idx;

    vring_add(d->ring, &(struct vring_chain){ buffers, 2, VRING_ALL_DIRECT });
    vring_publish(d->ring);
    /* Its partner is behind virtio_queue_set_notification(). */
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (d->gpu->options.packed ? packed_wants(d, 2) : split_wants(d, from)) {
        d->ring->vdev->ops->notify(d->ring->vdev, QUEUE_CONTROL);
        d->rung++;
    }
    d->offered++;
    d->on_the_way++;
}

static bool all_are_back(void *data)
{
    struct driver *d = data;
    struct vring_done done;

    while (vring_take(d->ring, &done)) {
        d->on_the_way--;
    }
    return d->on_the_way == 0;
}

static void pause_a_little(struct driver *d)
{
    unsigned turns = g_rand_int_range(d->rand, 0, PAUSE);

    for (volatile unsigned i = 0; i < turns; i++) {
    }
}

static void test_never_waits(const void *data)
{
    const struct way *way = data;
    g_autofree char *device = g_strdup_printf("virtio-gpu-pci,id=gpu%s",
                                              way->properties);
    struct driver d = { .gpu = gpu_boot(NULL, device, &way->options) };
    struct wire_header *request = guest_memory(d.gpu->guest, d.gpu->request,
                                               sizeof(*request));
    unsigned bursts = BURSTS * (g_test_thorough() ? THOROUGH : 1);

    *request = (struct wire_header) { .type = CMD_GET_DISPLAY_INFO };
    d.ring = d.gpu->queue[QUEUE_CONTROL];
    d.rand = g_rand_new_with_seed(1);
    for (unsigned i = 0; i < bursts; i++) {
        unsigned count = g_rand_int_range(d.rand, 1, MOST + 1);
        g_autofree char *what = NULL;

        for (unsigned j = 0; j < count; j++) {
            offer(&d);
            pause_a_little(&d);
        }
        what = g_strdup_printf("the requests of burst %u, of whose doorbells "
                               "the device wanted %u of %u", i, d.rung,
                               d.offered);
        harness_wait(all_are_back, &d, what);
    }
    g_test_message("%u requests, %u doorbells", d.offered, d.rung);
    expect_true(d.rung < d.offered, "no doorbell was spared");
    g_rand_free(d.rand);
}

int main(int argc, char **argv)
{
    /* As the device comes, and on a thread that sleeps at once. */
    static const char sleeps[] =
        ",iothread=t -object iothread,id=t,poll-max-ns=0";
    static const struct way ways[] = {
        { "split/event", { 0 }, "" },
        { "split/flags", { .refuse = F_EVENT_IDX }, "" },
        { "packed/event", { .packed = true }, ",packed=on" },
        { "packed/flags", { .packed = true, .refuse = F_EVENT_IDX },
          ",packed=on" },
        { "split/event/sleeps", { 0 }, sleeps },
        { "split/flags/sleeps", { .refuse = F_EVENT_IDX }, sleeps },
        { "packed/event/sleeps", { .packed = true },
          ",packed=on,iothread=t -object iothread,id=t,poll-max-ns=0" },
        { "packed/flags/sleeps", { .packed = true, .refuse = F_EVENT_IDX },
          ",packed=on,iothread=t -object iothread,id=t,poll-max-ns=0" },
    };

    harness_init(&argc, &argv);
    for (unsigned i = 0; i < G_N_ELEMENTS(ways); i++) {
        g_autofree char *path = g_strdup_printf("/kick/%s", ways[i].name);

        harness_add_data(path, test_never_waits, &ways[i]);
    }
    return harness_run();
}
