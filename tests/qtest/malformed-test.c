/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Chains that no driver makes (conformance matrix, EDGE-06, EDGE-11 to
 * EDGE-21).  A broken ring stops the device until reset and tells the driver;
 * after a reset it works again.
 */
#include <string.h>

#include "gpu.h"
#include "harness.h"

static struct gpu *boot(const struct gpu_options *options)
{
    struct gpu *gpu = gpu_boot(NULL, "virtio-gpu-pci,id=gpu,packed=on",
                               options);

    guest_expect_noise(gpu->guest, "qemu-system-x86_64: virtio: ");
    guest_expect_noise(gpu->guest, "qemu-system-x86_64: Guest says index");
    guest_expect_noise(gpu->guest, "qemu-system-x86_64: Guest moved used");
    guest_expect_noise(gpu->guest, "qemu-system-x86_64: Desc next is");
    guest_expect_noise(gpu->guest, "qemu-system-x86_64: Looped descriptor");
    guest_expect_noise(gpu->guest, "qemu-system-x86_64: Incorrect order");
    guest_expect_noise(gpu->guest, "qemu-system-x86_64: Invalid size for");
    guest_expect_noise(gpu->guest, "qemu-system-x86_64: Cannot map");
    guest_expect_noise(gpu->guest, "qemu-system-x86_64: Virtqueue size");
    return gpu;
}

static struct gpu *boot_msix(void)
{
    return boot(&(struct gpu_options){ .msix = true });
}

static struct gpu *boot_packed(void)
{
    return boot(&(struct gpu_options){ .msix = true, .packed = true });
}

/* T-571: NEEDS_RESET comes with a configuration notification. */
static void expect_stopped(struct gpu *gpu, const char *why)
{
    gpu_expect_broken(gpu, why);
    guest_settle(gpu->guest);
    expect_true(pci_msix_taken(gpu->pci->pci, 0),
                "no configuration notification with NEEDS_RESET");
    gpu->vdev->ops->notify(gpu->vdev, 0);
    gpu_expect_silence(gpu, "the device needs a reset");
    gpu_restart(gpu, &gpu->options);
    gpu_expect_alive(gpu);
}

static void put_request(struct gpu *gpu)
{
    *(struct wire_header *)guest_memory(gpu->guest, gpu->request, 24) =
        (struct wire_header){ .type = CMD_GET_DISPLAY_INFO };
}

/* Makes slot 0 to 1 of the table a proper GET_DISPLAY_INFO, to be spoiled. */
static void put_chain(struct gpu *gpu, struct vring_desc *table)
{
    put_request(gpu);
    table[0] = (struct vring_desc){ gpu->request, 24, VRING_NEXT, 1 };
    table[1] = (struct vring_desc){ gpu->reply, 408, VRING_WRITE, 0 };
}

/* Makes descriptor @head available as it stands. */
static void post(struct gpu *gpu, uint16_t head)
{
    struct vring *ring = gpu->queue[0];

    ring->avail->ring[ring->avail_idx++ % ring->areas.size] = head;
    vring_kick(ring);
}

static struct vring_desc *new_table(struct gpu *gpu, unsigned num,
                                    uint64_t *addr)
{
    *addr = guest_ram_alloc(gpu->guest, num * sizeof(struct vring_desc));
    return guest_memory(gpu->guest, *addr, num * sizeof(struct vring_desc));
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
    { "T-431/readable-after-writable", write_first, 0 },
    { "T-432/head-out-of-range", good_chain, 64 },
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

    put_chain(gpu, gpu->queue[0]->desc);
    spoil->spoil(gpu, gpu->queue[0]->desc);
    post(gpu, spoil->head);
    expect_stopped(gpu, spoil->name);
}

/* One indirect table, described by the first descriptor of the ring. */
struct indirect {
    const char *name;
    uint32_t length;            /* of the table, as described */
    uint16_t outer_flags;       /* besides INDIRECT */
    uint16_t inner_flags;       /* besides what table[0] needs */
    uint64_t refuse;
};

static const struct indirect indirects[] = {
    { "T-433/length-15", 15 },
    { "T-433/length-0", 0 },
    { "T-433/nested", 32, 0, VRING_INDIRECT },
    { "T-433/indirect-and-next", 32, VRING_NEXT },
    { "T-433/not-negotiated", 32, 0, 0, F_INDIRECT_DESC },
};

static bool broken_or_answered(void *data)
{
    struct gpu *gpu = data;
    struct vring *ring = gpu->queue[0];

    return gpu->vdev->ops->status(gpu->vdev) & STATUS_NEEDS_RESET ||
           __atomic_load_n(&ring->used->idx, __ATOMIC_ACQUIRE);
}

/*
 * The core does not look at every rule.  Then the chain must at least be
 * answered once, and the device go on.
 */
static void expect_stopped_or_core(struct gpu *gpu, const char *why,
                                   const char *core)
{
    harness_wait(broken_or_answered, gpu, why);
    if (!(gpu->vdev->ops->status(gpu->vdev) & STATUS_NEEDS_RESET)) {
        gpu_restart(gpu, &gpu->options);
        gpu_expect_alive(gpu);
        harness_core_limit("%s", core);
    }
    expect_stopped(gpu, why);
}

static void test_indirect(const void *data)
{
    const struct indirect *c = data;
    struct gpu *gpu = boot(&(struct gpu_options){
        .msix = true,
        .refuse = c->refuse,
    });
    struct vring_desc *table;
    uint64_t addr;

    table = new_table(gpu, 2, &addr);
    put_chain(gpu, table);
    table[0].flags |= c->inner_flags;
    gpu->queue[0]->desc[0] = (struct vring_desc){
        .addr = addr,
        .len = c->length,
        .flags = VRING_INDIRECT | c->outer_flags,
        .next = 1,
    };
    post(gpu, 0);
    expect_stopped_or_core(gpu, c->name, "does not refuse this indirect table "
                           "(nested, with NEXT, or not negotiated)");
}

/* EDGE-14: WRITE on the descriptor of the table means nothing. */
static void test_write_flag(void)
{
    struct gpu *gpu = boot_msix();
    struct vring_desc *table;
    uint64_t addr;

    table = new_table(gpu, 2, &addr);
    put_chain(gpu, table);
    gpu->queue[0]->desc[0] = (struct vring_desc){
        addr, 32, VRING_INDIRECT | VRING_WRITE, 0,
    };
    gpu->queue[0]->slots[0] = 1;
    post(gpu, 0);
    expect_eq(vring_wait(gpu->queue[0]).bytes, 408, "used.len");
}

/* EDGE-15: the header stands in the ring, the rest in a table. */
static void test_direct_then_indirect(void)
{
    struct gpu *gpu = boot_msix();
    struct vring_desc *desc = gpu->queue[0]->desc, *table;
    uint64_t addr;

    put_request(gpu);
    table = new_table(gpu, 1, &addr);
    table[0] = (struct vring_desc){ gpu->reply, 408, VRING_WRITE, 0 };
    desc[0] = (struct vring_desc){ gpu->request, 24, VRING_NEXT, 1 };
    desc[1] = (struct vring_desc){ addr, 16, VRING_INDIRECT, 0 };
    gpu->queue[0]->slots[0] = 2;
    post(gpu, 0);
    if (vring_wait(gpu->queue[0]).bytes == 0) {
        gpu_restart(gpu, &gpu->options);
        gpu_expect_alive(gpu);
        harness_core_limit("an indirect table is seen only in the first "
                           "descriptor of a chain");
    }
}

/* EDGE-16: the table may be longer than the ring, up to the core's 1024. */
static void send_table(struct gpu *gpu, unsigned num)
{
    struct vring_desc *table;
    uint64_t addr, tail = guest_ram_alloc(gpu->guest, GUEST_PAGE);

    put_request(gpu);
    table = new_table(gpu, num, &addr);
    for (unsigned i = 0; i < num; i++) {
        table[i] = (struct vring_desc){ tail + i, 1, VRING_NEXT, i + 1 };
    }
    table[0] = (struct vring_desc){ gpu->request, 24, VRING_NEXT, 1 };
    table[num - 1] = (struct vring_desc){ gpu->reply, 408, VRING_WRITE, 0 };
    gpu->queue[0]->desc[0] = (struct vring_desc){
        addr, num * sizeof(*table), VRING_INDIRECT, 0,
    };
    gpu->queue[0]->slots[0] = 1;
    post(gpu, 0);
}

static void test_long_table(const void *data)
{
    struct gpu *gpu = boot_msix();

    send_table(gpu, *(const unsigned *)data);
    expect_eq(vring_wait(gpu->queue[0]).bytes, 408, "used.len");
}

static void test_too_long_table(void)
{
    struct gpu *gpu = boot_msix();

    send_table(gpu, 1025);
    expect_stopped(gpu, "a chain of 1025 descriptors");
}

static void test_index_ahead(void)
{
    struct gpu *gpu = boot_msix();

    put_chain(gpu, gpu->queue[0]->desc);
    gpu->queue[0]->avail_idx += 65;
    vring_kick(gpu->queue[0]);
    expect_stopped(gpu, "an available index 65 ahead of 64");
}

/* EDGE-18: the reply lies over the request. */
static void test_overlap(void)
{
    struct gpu *gpu = boot_msix();
    const struct wire_header *reply =
        guest_memory(gpu->guest, gpu->request, 408);

    put_chain(gpu, gpu->queue[0]->desc);
    gpu->queue[0]->desc[1].addr = gpu->request;
    gpu->queue[0]->slots[0] = 2;
    post(gpu, 0);
    expect_eq(vring_wait(gpu->queue[0]).bytes, 408, "used.len");
    expect_eq(reply->type, RESP_OK_DISPLAY_INFO, "reply over the request");
}

/* EDGE-20: descriptors that point to the device's own registers. */
static void check_own_registers(struct gpu *gpu, unsigned which, uint64_t addr)
{
    put_chain(gpu, gpu->queue[0]->desc);
    gpu->queue[0]->desc[which].addr = addr;
    gpu->queue[0]->slots[0] = 2;
    post(gpu, 0);
    harness_wait(broken_or_answered, gpu, "a chain in the registers");
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
    struct gpu *gpu = boot(&(struct gpu_options){
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

    put_chain(gpu, desc);
    desc[1] = (struct vring_desc){ gpu->request, 0, VRING_NEXT, 2 };
    desc[2] = (struct vring_desc){ gpu->reply, 408, VRING_WRITE, 0 };
    post(gpu, 0);
    harness_wait(broken_or_answered, gpu, "a descriptor of no bytes");
    gpu_restart(gpu, &gpu->options);
    gpu_expect_alive(gpu);
}

static void post_packed(struct gpu *gpu, const struct vring_packed_desc *desc,
                        unsigned num)
{
    struct vring_packed_desc *at = gpu->queue[0]->packed;

    put_request(gpu);
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
    expect_stopped(gpu, "a readable descriptor behind a writable one");
}

/* Every slot says that the chain goes on. */
static void test_packed_endless(void)
{
    struct gpu *gpu = boot_packed();
    struct vring_packed_desc desc[64];

    for (unsigned i = 0; i < 64; i++) {
        desc[i] = (struct vring_packed_desc){ gpu->request, 24, 0,
                                              VRING_NEXT };
    }
    post_packed(gpu, desc, 64);
    expect_stopped(gpu, "a chain without an end");
}

static void test_packed_table_length(void)
{
    struct gpu *gpu = boot_packed();

    post_packed(gpu, (struct vring_packed_desc[]){
        { gpu->request, 17, 0, VRING_INDIRECT },
    }, 1);
    expect_stopped(gpu, "an indirect table of 17 bytes");
}

static void add_split_cases(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(split_spoils); i++) {
        g_autofree char *path = g_strdup_printf("/%s", split_spoils[i].name);

        harness_add_data(path, test_split, &split_spoils[i]);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(indirects); i++) {
        g_autofree char *path = g_strdup_printf("/%s", indirects[i].name);

        harness_add_data(path, test_indirect, &indirects[i]);
    }
}

int main(int argc, char **argv)
{
    static const unsigned lengths[] = { 65, 1000, 1024 };

    harness_init(&argc, &argv);
    add_split_cases();
    harness_add("/T-434/write-flag-on-the-table", test_write_flag);
    harness_add("/T-435/direct-then-indirect", test_direct_then_indirect);
    for (unsigned i = 0; i < G_N_ELEMENTS(lengths); i++) {
        g_autofree char *path = g_strdup_printf("/T-436/table-of/%u",
                                                lengths[i]);

        harness_add_data(path, test_long_table, &lengths[i]);
    }
    harness_add("/T-436/table-of/1025", test_too_long_table);
    harness_add("/T-437/available-index-ahead", test_index_ahead);
    harness_add("/T-438/reply-over-request", test_overlap);
    harness_add_data("/T-440/own-registers/ioeventfd", test_own_registers,
                     "ioeventfd=on");
    harness_add_data("/T-440/own-registers/no-ioeventfd", test_own_registers,
                     "ioeventfd=off");
    harness_add("/T-441/spurious-kicks", test_spurious_kicks);
    harness_add("/T-426/zero-length", test_zero_length);
    harness_add("/T-431/packed/readable-after-writable", test_packed_order);
    harness_add("/T-432/packed/endless", test_packed_endless);
    harness_add("/T-433/packed/length-17", test_packed_table_length);
    return harness_run();
}
