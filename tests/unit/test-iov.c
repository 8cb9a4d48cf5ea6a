/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Backings as a library gets them: all pieces at once, for as long as they
 * last, and writable where the guest lets its device write.
 */
#include "hw/virtio/vgpu/backing.h"

#include <string.h>

#include "fake-host.h"
#include "hw/virtio/vgpu/budget.h"

#define PAGE 4096u
#define MIB (1ull << 20)
#define MAX_ENTRIES 100

struct fixture {
    struct fake_host *host;
    struct vgpu_host_ops ops;   /* the fake host's, looked at */
    struct vgpu_budget *budget;
    uint64_t ram;               /* 1 MiB */
    uint8_t *pointer;           /* the test's to it */
    uint8_t wire[MAX_ENTRIES * VGPU_WIRE_MEM_ENTRY_BYTES];
    uint32_t count;
    GByteArray *bytes;          /* what the entries hold */
};

/* Pages of RAM that were mapped to be written since the last look. */
static bool written[MIB / PAGE];
static uint64_t ram_addr;

static void *looking_map(void *host, uint64_t addr, uint64_t *bytes,
                         bool write)
{
    void *pointer = fake_host_ops.map(host, addr, bytes, write);

    if (pointer && write) {
        uint64_t last = (addr - ram_addr + *bytes - 1) / PAGE;

        for (uint64_t page = (addr - ram_addr) / PAGE; page <= last; page++) {
            written[page] = true;
        }
    }
    return pointer;
}

static void set_up(struct fixture *f, const void *translates)
{
    f->host = fake_host_create(16 * MIB);
    f->host->translates = translates != NULL;
    f->ops = fake_host_ops;
    f->ops.map = looking_map;
    f->budget = vgpu_budget_create(16 * MIB, 0);
    f->ram = guest_memory_alloc(f->host->memory, MIB, true);
    f->pointer = guest_memory_pointer(f->host->memory, f->ram, MIB);
    f->bytes = g_byte_array_new();
    for (uint32_t i = 0; i < MIB; i++) {
        f->pointer[i] = (i * 2654435761u) >> 24;
    }
    ram_addr = f->ram;
    memset(written, 0, sizeof(written));
}

static void tear_down(struct fixture *f, const void *translates)
{
    (void)translates;
    g_assert_cmpuint(guest_memory_num_mappings(f->host->memory), ==, 0);
    g_assert_cmpuint(vgpu_budget_usage(f->budget).held, ==, 0);
    vgpu_budget_destroy(f->budget);
    g_byte_array_unref(f->bytes);
    fake_host_destroy(f->host);
}

static void add(struct fixture *f, uint64_t offset, uint32_t length)
{
    uint8_t *p = f->wire + f->count++ * VGPU_WIRE_MEM_ENTRY_BYTES;

    g_assert(f->count <= MAX_ENTRIES);
    vgpu_wire_put64(p, f->ram + offset);
    vgpu_wire_put32(p + 8, length);
    g_byte_array_append(f->bytes, f->pointer + offset, length);
}

static struct vgpu_backing *create(struct fixture *f)
{
    struct vgpu_entry_list list = { .entries = f->wire, .count = f->count };
    struct vgpu_backing *backing;

    g_assert_cmpint(vgpu_backing_create(&f->ops, f->host, f->budget, &list,
                                        &backing), ==, VGPU_OK);
    g_assert_false(vgpu_backing_is_writable(backing));
    return backing;
}

static void check_pieces(const struct iovec *iov, uint32_t count,
                         const GByteArray *bytes)
{
    uint64_t offset = 0;

    g_assert_nonnull(iov);
    for (uint32_t i = 0; i < count; i++) {
        g_assert_cmpuint(iov[i].iov_len, >, 0);
        g_assert_cmpuint(offset + iov[i].iov_len, <=, bytes->len);
        g_assert_true(memcmp(iov[i].iov_base, bytes->data + offset,
                             iov[i].iov_len) == 0);
        offset += iov[i].iov_len;
    }
    g_assert_cmpuint(offset, ==, bytes->len);
}

static void add_random(struct fixture *f, GRand *rand)
{
    f->count = 0;
    g_byte_array_set_size(f->bytes, 0);
    for (int i = g_rand_int_range(rand, 1, 60); i > 0; i--) {
        uint32_t length = g_rand_int_range(rand, 1, 9000);

        add(f, g_rand_int_range(rand, 0, MIB - length), length);
    }
}

static void test_pieces(struct fixture *f, const void *translates)
{
    GRand *rand = g_rand_new_with_seed(7);

    (void)translates;
    for (unsigned round = 0; round < 60; round++) {
        const struct iovec *iov;
        struct vgpu_backing *backing;
        uint32_t count, again;
        uint64_t maps;

        guest_memory_set_longest(f->host->memory, round % 3 ? 0 : 777);
        add_random(f, rand);
        backing = create(f);
        iov = vgpu_backing_iov(backing, &count);
        check_pieces(iov, count, f->bytes);
        g_assert_true(vgpu_backing_is_writable(backing));
        maps = guest_memory_num_maps(f->host->memory);
        g_assert_true(vgpu_backing_iov(backing, &again) == iov);
        g_assert_cmpuint(again, ==, count);
        g_assert_cmpuint(guest_memory_num_maps(f->host->memory), ==, maps);
        vgpu_backing_destroy(backing);
    }
    g_rand_free(rand);
}

/* What the library writes is the guest's at once. */
static void test_writes(struct fixture *f, const void *translates)
{
    struct vgpu_backing *backing;
    const struct iovec *iov;
    uint32_t count;

    (void)translates;
    add(f, 8 * PAGE, PAGE);
    add(f, 2 * PAGE + 100, PAGE);
    backing = create(f);
    iov = vgpu_backing_iov(backing, &count);
    g_assert_cmpuint(count, ==, 2);
    memset(iov[1].iov_base, 0x5a, 10);
    g_assert_cmpuint(f->pointer[2 * PAGE + 100], ==, 0x5a);
    g_assert_cmpuint(f->pointer[2 * PAGE + 109], ==, 0x5a);
    vgpu_backing_destroy(backing);
}

/* One page that the device may not write, and all of it is to be read. */
static void test_read_only(struct fixture *f, const void *translates)
{
    struct vgpu_backing *backing;
    const struct iovec *iov;
    uint32_t count;

    (void)translates;
    guest_memory_set_read_only(f->host->memory, f->ram + 5 * PAGE, PAGE);
    add(f, 0, PAGE);
    add(f, 4 * PAGE, 4 * PAGE);
    add(f, 12 * PAGE, PAGE);
    backing = create(f);
    iov = vgpu_backing_iov(backing, &count);
    check_pieces(iov, count, f->bytes);
    g_assert_false(vgpu_backing_is_writable(backing));
    vgpu_backing_destroy(backing);
}

static void test_empty(struct fixture *f, const void *translates)
{
    struct vgpu_backing *backing;
    uint32_t count = 7;

    (void)translates;
    add(f, 0, 0);
    backing = create(f);
    g_assert_null(vgpu_backing_iov(backing, &count));
    g_assert_cmpuint(count, ==, 0);
    g_assert_false(vgpu_backing_is_writable(backing));
    vgpu_backing_destroy(backing);
}

/* No room for the list; later there is. */
static void test_budget(struct fixture *f, const void *translates)
{
    struct vgpu_backing *backing;
    uint64_t room, maps;
    uint32_t count;

    (void)translates;
    for (unsigned i = 0; i < 20; i++) {
        add(f, (2 * i) * PAGE, PAGE);
    }
    backing = create(f);
    room = vgpu_budget_usage(f->budget).held_limit -
           vgpu_budget_usage(f->budget).held;
    g_assert_true(vgpu_budget_charge(f->budget, room));
    maps = guest_memory_num_mappings(f->host->memory);
    g_assert_null(vgpu_backing_iov(backing, &count));
    g_assert_cmpuint(count, >, 0);
    g_assert_false(vgpu_backing_is_writable(backing));
    g_assert_cmpuint(guest_memory_num_mappings(f->host->memory), ==, maps);
    vgpu_budget_release(f->budget, room);
    check_pieces(vgpu_backing_iov(backing, &count), count, f->bytes);
    vgpu_backing_destroy(backing);
}

/* A page that is gone, and a mapping that became shorter, and all is well. */
static void test_translation_gone(struct fixture *f, const void *translates)
{
    struct guest_memory *memory = f->host->memory;
    struct vgpu_backing *backing;
    uint32_t count;

    (void)translates;
    add(f, 0, PAGE);
    add(f, 4 * PAGE, 4 * PAGE);
    backing = create(f);
    guest_memory_set_present(memory, f->ram + 6 * PAGE, PAGE, false);
    g_assert_null(vgpu_backing_iov(backing, &count));
    g_assert_cmpuint(guest_memory_num_mappings(memory), ==, 0);
    guest_memory_set_present(memory, f->ram + 6 * PAGE, PAGE, true);
    guest_memory_set_longest(memory, 2 * PAGE);
    g_assert_null(vgpu_backing_iov(backing, &count));
    g_assert_cmpuint(guest_memory_num_mappings(memory), ==, 0);
    guest_memory_set_longest(memory, 0);
    check_pieces(vgpu_backing_iov(backing, &count), count, f->bytes);
    vgpu_backing_destroy(backing);
}

static unsigned take_written(void)
{
    unsigned num = 0;

    for (unsigned i = 0; i < G_N_ELEMENTS(written); i++) {
        num += written[i];
    }
    return num;
}

/* Whoever watches hears of each page that was written, and of no other. */
static void test_wrote(struct fixture *f, const void *translates)
{
    static const struct {
        const char *name;
        uint64_t offset, bytes;
        unsigned first, last;   /* pages of RAM */
        unsigned num;
    } cases[] = {
        { "a byte", 2 * PAGE, 1, 42, 42, 1 },
        { "to the end of a page", PAGE, PAGE, 41, 41, 1 },
        { "over a piece's end", 4 * PAGE - 1, 2, 43, 20, 2 },
        { "the last piece", 5 * PAGE, PAGE, 21, 21, 1 },
        { "all of it", 0, 6 * PAGE, 40, 21, 6 },
        { "nothing", 3 * PAGE, 0, 0, 0, 0 },
    };
    struct vgpu_backing *backing;
    uint32_t count;

    (void)translates;
    add(f, 40 * PAGE, 4 * PAGE);
    add(f, 20 * PAGE, 2 * PAGE);
    backing = create(f);
    g_assert_nonnull(vgpu_backing_iov(backing, &count));
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].name);
        memset(written, 0, sizeof(written));
        vgpu_backing_wrote(backing, cases[i].offset, cases[i].bytes);
        g_assert_cmpuint(take_written(), ==, cases[i].num);
        g_assert_true(cases[i].num == 0 || (written[cases[i].first] &&
                                            written[cases[i].last]));
    }
    vgpu_backing_destroy(backing);
}

static void add_test(const char *name, const void *translates,
                     void (*test)(struct fixture *f, const void *translates))
{
    g_autofree char *path = g_strdup_printf("/iov/%s/%s",
                                            translates ? "translated"
                                                       : "direct", name);

    g_test_add(path, struct fixture, translates, set_up, test, tear_down);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (int translated = 0; translated < 2; translated++) {
        const void *mode = translated ? "" : NULL;

        add_test("pieces", mode, test_pieces);
        add_test("T-602/writes", mode, test_writes);
        add_test("T-395/read-only", mode, test_read_only);
        add_test("empty", mode, test_empty);
        add_test("budget", mode, test_budget);
        add_test("wrote", mode, test_wrote);
    }
    add_test("T-387/T-395/translation-gone", "", test_translation_gone);
    return g_test_run();
}
