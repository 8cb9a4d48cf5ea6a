/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Chains that no driver makes (conformance matrix, EDGE-06, EDGE-11, EDGE-12,
 * EDGE-17 to EDGE-21).  A broken ring stops the device until reset and tells
 * the driver; after a reset it works again.
 */
#include "broken-ring.h"
#include "harness.h"

/* Some cases count on rings of this size, which is the most in some QEMUs. */
#define PLACES 64

static struct gpu *boot_msix(void)
{
    return broken_ring_boot(NULL, &(struct gpu_options){
        .msix = true,
        .size = { PLACES },
    });
}

static struct gpu *boot_packed(void)
{
    return broken_ring_boot(NULL, &(struct gpu_options){
        .msix = true,
        .packed = true,
        .size = { PLACES },
    });
}

/* What to spoil, given a proper chain in the ring's table. */
struct spoil {
    const char *name;
    void (*spoil)(struct gpu *gpu, struct vring_desc *desc);
    uint16_t head;
};

static void write_first(struct gpu *gpu, struct vring_desc *desc)
{
    desc[0] = (struct vring_desc){ gpu->reply, 408, VRING_WRITE | VRING_NEXT,
                                   1 };
    desc[1] = (struct vring_desc){ gpu->request, 24, 0, 0 };
}

static void next_out_of_range(struct gpu *gpu, struct vring_desc *desc)
{
    desc[0].next = gpu->queue[0]->areas.size;
}

static void next_far_away(struct gpu *gpu, struct vring_desc *desc)
{
    desc[0].next = 0xffff;
}

static void loop_of_one(struct gpu *gpu, struct vring_desc *desc)
{
    desc[0].next = 0;
}

static void loop_of_two(struct gpu *gpu, struct vring_desc *desc)
{
    desc[1] = (struct vring_desc){ gpu->request, 24, VRING_NEXT, 0 };
}

static void good_chain(struct gpu *gpu, struct vring_desc *desc)
{
}

static const struct spoil split_spoils[] = {
    { "T-431/T-571/readable-after-writable", write_first, 0 },
    { "T-432/head-out-of-range", good_chain, PLACES },
    { "T-432/head-far-away", good_chain, 0xffff },
    { "T-432/next-out-of-range", next_out_of_range, 0 },
    { "T-432/next-far-away", next_far_away, 0 },
    { "T-432/loop-of-one", loop_of_one, 0 },
    { "T-432/loop-of-two", loop_of_two, 0 },
};

static void test_split(const void *data)
{
    const struct spoil *spoil = data;
    struct gpu *gpu = boot_msix();

    broken_ring_put_chain(gpu, gpu->queue[0]->desc);
    spoil->spoil(gpu, gpu->queue[0]->desc);
    broken_ring_post(gpu, spoil->head);
    broken_ring_expect_stopped(gpu, spoil->name);
}

static void test_index_ahead(void)
{
    struct gpu *gpu = boot_msix();

    broken_ring_put_chain(gpu, gpu->queue[0]->desc);
    gpu->queue[0]->avail_idx += PLACES + 1;
    vring_kick(gpu->queue[0]);
    broken_ring_expect_stopped(gpu, "an available index too far ahead");
}

/*
 * The way that the bad news takes depends on interrupts and doorbells: a wire
 * instead of a message, the main loop instead of an eventfd.
 */
struct way {
    const char *name;
    const char *properties;
    struct gpu_options options;
};

static const struct way ways[] = {
    { "wire", NULL, { 0 } },
    { "wire-no-ioeventfd", ",ioeventfd=off", { 0 } },
    { "message-no-ioeventfd", ",ioeventfd=off", { .msix = true } },
    { "no-vector", ",vectors=0", { 0 } },
};

static void test_way(const void *data)
{
    const struct way *way = data;
    struct gpu *gpu = broken_ring_boot(way->properties, &way->options);

    for (unsigned i = 0; i < 3; i++) {
        broken_ring_put_chain(gpu, gpu->queue[0]->desc);
        loop_of_one(gpu, gpu->queue[0]->desc);
        broken_ring_post(gpu, 0);
        broken_ring_expect_stopped(gpu, "a loop");
    }
}

/* The cursor queue is the other thread's. */
static void test_cursor_queue(const void *data)
{
    const struct way *way = data;
    struct gpu *gpu = broken_ring_boot(way->properties, &way->options);
    struct vring *ring = gpu->queue[1];

    broken_ring_put_chain(gpu, ring->desc);
    loop_of_one(gpu, ring->desc);
    ring->avail_idx++;
    vring_kick(ring);
    broken_ring_expect_stopped(gpu, "a loop in the cursor queue");
}

/* EDGE-18: the reply lies over the request. */
static void test_overlap(void)
{
    struct gpu *gpu = boot_msix();
    const struct wire_header *reply =
        guest_memory(gpu->guest, gpu->request, 408);

    broken_ring_put_chain(gpu, gpu->queue[0]->desc);
    gpu->queue[0]->desc[1].addr = gpu->request;
    vring_expect(gpu->queue[0], 0);
    broken_ring_post(gpu, 0);
    expect_eq(vring_wait(gpu->queue[0]).bytes, 408, "used.len");
    expect_eq(reply->type, RESP_OK_DISPLAY_INFO, "reply over the request");
}

/* EDGE-20: descriptors that point to the device's own registers. */
static void check_own_registers(struct gpu *gpu, unsigned which, uint64_t addr)
{
    broken_ring_put_chain(gpu, gpu->queue[0]->desc);
    gpu->queue[0]->desc[which].addr = addr;
    vring_expect(gpu->queue[0], 0);
    broken_ring_post(gpu, 0);
    harness_wait(broken_ring_or_answered, gpu, "a chain in the registers");
    /* The device may be broken or have written nonsense into itself. */
    gpu_restart(gpu, &gpu->options);
    gpu_expect_alive(gpu);
}

static void test_own_registers(const void *data)
{
    g_autofree char *device = g_strdup_printf("virtio-gpu-pci,id=gpu,%s",
                                              (const char *)data);
    struct gpu *gpu = gpu_boot(NULL, device,
                               &(struct gpu_options){ .msix = true });

    guest_expect_noise(gpu->guest, "qemu-system-x86_64: ");
    check_own_registers(gpu, 0, gpu->pci->common);
    check_own_registers(gpu, 1, gpu->pci->common);
    check_own_registers(gpu, 0, gpu->pci->notify);
    check_own_registers(gpu, 1, gpu->pci->notify);
    check_own_registers(gpu, 1, gpu->pci->device);
    check_own_registers(gpu, 1, gpu->pci->pci->msix_table);
}

/* EDGE-21. */
static void test_spurious_kicks(void)
{
    struct gpu *gpu = broken_ring_boot(NULL, &(struct gpu_options){
        .size = { 0, GPU_NO_QUEUE },
    });

    for (unsigned i = 0; i < 1000; i++) {
        gpu->vdev->ops->notify(gpu->vdev, i % 3);   /* 1: off, 2: not there */
    }
    gpu_expect_alive(gpu);
    vdev_reset(gpu->vdev);
    for (unsigned i = 0; i < 100; i++) {
        gpu->vdev->ops->notify(gpu->vdev, i % 2);
    }
    gpu_restart(gpu, &gpu->options);
    gpu_expect_alive(gpu);
}

/* EDGE-06: the core decides, but no hang and no crash. */
static void test_zero_length(void)
{
    struct gpu *gpu = boot_msix();
    struct vring_desc *desc = gpu->queue[0]->desc;

    broken_ring_put_chain(gpu, desc);
    desc[1] = (struct vring_desc){ gpu->request, 0, VRING_NEXT, 2 };
    desc[2] = (struct vring_desc){ gpu->reply, 408, VRING_WRITE, 0 };
    broken_ring_post(gpu, 0);
    harness_wait(broken_ring_or_answered, gpu, "a descriptor of no bytes");
    gpu_restart(gpu, &gpu->options);
    gpu_expect_alive(gpu);
}

static void post_packed(struct gpu *gpu, const struct vring_packed_desc *desc,
                        unsigned num)
{
    struct vring_packed_desc *at = gpu->queue[0]->packed;

    broken_ring_put_request(gpu);
    for (unsigned i = num; i > 0; i--) {
        at[i - 1] = desc[i - 1];
        at[i - 1].flags |= VRING_PACKED_AVAIL;
    }
    gpu->vdev->ops->notify(gpu->vdev, 0);
}

static void test_packed_order(void)
{
    struct gpu *gpu = boot_packed();

    post_packed(gpu, (struct vring_packed_desc[]){
        { gpu->reply, 408, 0, VRING_WRITE | VRING_NEXT },
        { gpu->request, 24, 0, 0 },
    }, 2);
    broken_ring_expect_stopped(gpu, "a readable descriptor behind a writable "
                               "one");
}

/* Every slot says that the chain goes on. */
static void test_packed_endless(void)
{
    struct gpu *gpu = boot_packed();
    struct vring_packed_desc desc[PLACES];

    for (unsigned i = 0; i < PLACES; i++) {
        desc[i] = (struct vring_packed_desc){ gpu->request, 24, 0,
                                              VRING_NEXT };
    }
    post_packed(gpu, desc, PLACES);
    broken_ring_expect_stopped(gpu, "a chain without an end");
}

static void add_split_cases(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(split_spoils); i++) {
        g_autofree char *path = g_strdup_printf("/%s", split_spoils[i].name);

        harness_add_data(path, test_split, &split_spoils[i]);
    }
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    add_split_cases();
    harness_add("/T-431/packed/readable-after-writable", test_packed_order);
    harness_add("/T-432/packed/endless", test_packed_endless);
    for (unsigned i = 0; i < G_N_ELEMENTS(ways); i++) {
        g_autofree char *one = g_strdup_printf("/T-432,T-571/%s",
                                               ways[i].name);
        g_autofree char *other = g_strdup_printf(
            "/T-432,T-571/cursor-queue/%s", ways[i].name);

        harness_add_data(one, test_way, &ways[i]);
        harness_add_data(other, test_cursor_queue, &ways[i]);
    }
    harness_add("/T-437/available-index-ahead", test_index_ahead);
    harness_add("/T-438/reply-over-request", test_overlap);
    harness_add_data("/T-440/own-registers/ioeventfd", test_own_registers,
                     "ioeventfd=on");
    harness_add_data("/T-440/own-registers/no-ioeventfd", test_own_registers,
                     "ioeventfd=off");
    harness_add("/T-441/spurious-kicks", test_spurious_kicks);
    harness_add("/T-426/zero-length", test_zero_length);
    return harness_run();
}
