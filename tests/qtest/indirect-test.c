/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Indirect tables, proper and not (conformance matrix, EDGE-13 to EDGE-16).
 */
#include "broken-ring.h"
#include "harness.h"

static struct gpu *boot_msix(void)
{
    return broken_ring_boot(NULL, &(struct gpu_options){ .msix = true });
}

static struct vring_desc *new_table(struct gpu *gpu, unsigned num,
                                    uint64_t *addr)
{
    *addr = guest_ram_alloc(gpu->guest, num * sizeof(struct vring_desc));
    return guest_memory(gpu->guest, *addr, num * sizeof(struct vring_desc));
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

static void test_indirect(const void *data)
{
    const struct indirect *c = data;
    struct gpu *gpu = broken_ring_boot(NULL, &(struct gpu_options){
        .msix = true,
        .refuse = c->refuse,
    });
    struct vring_desc *table;
    uint64_t addr;

    table = new_table(gpu, 2, &addr);
    broken_ring_put_chain(gpu, table);
    table[0].flags |= c->inner_flags;
    gpu->queue[0]->desc[0] = (struct vring_desc){
        .addr = addr,
        .len = c->length,
        .flags = VRING_INDIRECT | c->outer_flags,
        .next = 1,
    };
    broken_ring_post(gpu, 0);
    broken_ring_expect_stopped_or_core(
        gpu, c->name, "does not refuse this indirect table (nested, with "
        "NEXT, or not negotiated)");
}

/* EDGE-14: WRITE on the descriptor of the table means nothing. */
static void test_write_flag(void)
{
    struct gpu *gpu = boot_msix();
    struct vring_desc *table;
    uint64_t addr;

    table = new_table(gpu, 2, &addr);
    broken_ring_put_chain(gpu, table);
    gpu->queue[0]->desc[0] = (struct vring_desc){
        addr, 32, VRING_INDIRECT | VRING_WRITE, 0,
    };
    vring_expect(gpu->queue[0], 0);
    broken_ring_post(gpu, 0);
    expect_eq(vring_wait(gpu->queue[0]).bytes, 408, "used.len");
}

/* EDGE-15: the header stands in the ring, the rest in a table. */
static void test_direct_then_indirect(void)
{
    struct gpu *gpu = boot_msix();
    struct vring_desc *desc = gpu->queue[0]->desc, *table;
    uint64_t addr;

    broken_ring_put_request(gpu);
    table = new_table(gpu, 1, &addr);
    table[0] = (struct vring_desc){ gpu->reply, 408, VRING_WRITE, 0 };
    desc[0] = (struct vring_desc){ gpu->request, 24, VRING_NEXT, 1 };
    desc[1] = (struct vring_desc){ addr, 16, VRING_INDIRECT, 0 };
    vring_expect(gpu->queue[0], 0);
    broken_ring_post(gpu, 0);
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

    broken_ring_put_request(gpu);
    table = new_table(gpu, num, &addr);
    for (unsigned i = 0; i < num; i++) {
        table[i] = (struct vring_desc){ tail + i, 1, VRING_NEXT, i + 1 };
    }
    table[0] = (struct vring_desc){ gpu->request, 24, VRING_NEXT, 1 };
    table[num - 1] = (struct vring_desc){ gpu->reply, 408, VRING_WRITE, 0 };
    gpu->queue[0]->desc[0] = (struct vring_desc){
        addr, num * sizeof(*table), VRING_INDIRECT, 0,
    };
    vring_expect(gpu->queue[0], 0);
    broken_ring_post(gpu, 0);
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
    broken_ring_expect_stopped(gpu, "a chain of 1025 descriptors");
}

static void post_packed(struct gpu *gpu, const struct vring_packed_desc *desc)
{
    gpu->queue[0]->packed[0] = *desc;
    gpu->queue[0]->packed[0].flags |= VRING_PACKED_AVAIL;
    gpu->vdev->ops->notify(gpu->vdev, 0);
}

static void test_packed_table_length(void)
{
    struct gpu *gpu = broken_ring_boot(NULL, &(struct gpu_options){
        .msix = true,
        .packed = true,
    });

    post_packed(gpu, &(struct vring_packed_desc){
        gpu->request, 17, 0, VRING_INDIRECT,
    });
    broken_ring_expect_stopped(gpu, "an indirect table of 17 bytes");
}

int main(int argc, char **argv)
{
    static const unsigned lengths[] = { 65, 1000, 1024 };

    harness_init(&argc, &argv);
    for (unsigned i = 0; i < G_N_ELEMENTS(indirects); i++) {
        g_autofree char *path = g_strdup_printf("/%s", indirects[i].name);

        harness_add_data(path, test_indirect, &indirects[i]);
    }
    harness_add("/T-433/packed/length-17", test_packed_table_length);
    harness_add("/T-434/write-flag-on-the-table", test_write_flag);
    harness_add("/T-435/direct-then-indirect", test_direct_then_indirect);
    for (unsigned i = 0; i < G_N_ELEMENTS(lengths); i++) {
        g_autofree char *path = g_strdup_printf("/T-436/table-of/%u",
                                                lengths[i]);

        harness_add_data(path, test_long_table, &lengths[i]);
    }
    harness_add("/T-436/table-of/1025", test_too_long_table);
    return harness_run();
}
