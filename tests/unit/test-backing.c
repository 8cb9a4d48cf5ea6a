/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "hw/virtio/vgpu/backing.h"

#include <string.h>

#include "fake-host.h"
#include "hw/virtio/vgpu/budget.h"

#define PAGE 4096u
#define MIB (1ull << 20)
#define MAX_ENTRIES 200

struct fixture {
    struct fake_host *host;
    struct vgpu_budget *budget;
    uint64_t ram;               /* 1 MiB of memory with content */
    uint64_t hole;
    uint8_t wire[MAX_ENTRIES * VGPU_WIRE_MEM_ENTRY_BYTES];
    uint32_t count;
};

static void set_up(struct fixture *f, const void *translates)
{
    uint32_t *words;

    f->host = fake_host_create(16 * MIB);
    f->host->translates = translates != NULL;
    f->budget = vgpu_budget_create(16 * MIB, 0);
    f->ram = guest_memory_alloc(f->host->memory, MIB, true);
    f->hole = guest_memory_alloc(f->host->memory, MIB, false);
    words = (uint32_t *)guest_memory_pointer(f->host->memory, f->ram, MIB);
    for (uint32_t i = 0; i < MIB / 4; i++) {
        words[i] = i * 2654435761u;
    }
}

static void tear_down(struct fixture *f, const void *translates)
{
    (void)translates;
    g_assert_cmpuint(guest_memory_num_mappings(f->host->memory), ==, 0);
    g_assert_cmpuint(vgpu_budget_usage(f->budget).held, ==, 0);
    vgpu_budget_destroy(f->budget);
    fake_host_destroy(f->host);
}

static void add(struct fixture *f, uint64_t addr, uint32_t length)
{
    uint8_t *p = f->wire + f->count++ * VGPU_WIRE_MEM_ENTRY_BYTES;

    g_assert(f->count <= MAX_ENTRIES);
    vgpu_wire_put64(p, addr);
    vgpu_wire_put32(p + 8, length);
    vgpu_wire_put32(p + 12, 0xdeadbeef);
}

static enum vgpu_status create(struct fixture *f, uint64_t min_bytes,
                               struct vgpu_backing **backing)
{
    struct vgpu_entry_list list = {
        .entries = f->wire,
        .count = f->count,
        .min_bytes = min_bytes,
    };

    return vgpu_backing_create(&fake_host_ops, f->host, f->budget, &list,
                               backing);
}

/* The same bytes by the simplest code. */
static GByteArray *reference(struct fixture *f)
{
    GByteArray *bytes = g_byte_array_new();

    for (uint32_t i = 0; i < f->count; i++) {
        const uint8_t *p = f->wire + i * VGPU_WIRE_MEM_ENTRY_BYTES;
        uint32_t length = vgpu_wire_get32(p + 8);

        if (length) {
            g_byte_array_append(bytes,
                                guest_memory_pointer(f->host->memory,
                                                     vgpu_wire_get64(p),
                                                     length), length);
        }
    }
    return bytes;
}

static void check_copy(const struct vgpu_backing *backing,
                       const GByteArray *bytes,
                       struct vgpu_backing_copy copy)
{
    size_t dest_bytes = copy.dest_stride * copy.rows + 1;
    g_autofree uint8_t *dest = g_malloc(dest_bytes);

    memset(dest, 0xa5, dest_bytes);
    copy.dest = dest;
    g_assert_true(vgpu_backing_copy_fits(&copy, bytes->len));
    g_assert_true(vgpu_backing_read(backing, &copy));
    for (uint32_t row = 0; row < copy.rows; row++) {
        const uint8_t *line = dest + row * copy.dest_stride;

        g_assert_true(copy.line == 0 ||
                      memcmp(line, bytes->data + copy.offset +
                             row * copy.stride, copy.line) == 0);
        for (uint64_t i = copy.line; i < copy.dest_stride; i++) {
            g_assert_cmpuint(line[i], ==, 0xa5);
        }
    }
}

static void random_copies(const struct vgpu_backing *backing,
                          const GByteArray *bytes, GRand *rand)
{
    for (unsigned i = 0; i < 40; i++) {
        struct vgpu_backing_copy copy = {
            .offset = g_rand_int_range(rand, 0, bytes->len),
            .stride = g_rand_int_range(rand, 0, 300),
            .line = g_rand_int_range(rand, 0, 300),
            .rows = g_rand_int_range(rand, 0, 20),
        };

        copy.dest_stride = copy.line + g_rand_int_range(rand, 0, 3) * 5;
        if (vgpu_backing_copy_fits(&copy, bytes->len)) {
            check_copy(backing, bytes, copy);
        }
    }
    check_copy(backing, bytes, (struct vgpu_backing_copy) {
        .stride = bytes->len, .dest_stride = bytes->len, .line = bytes->len,
        .rows = 1,
    });
}

static uint32_t random_length(GRand *rand)
{
    static const uint32_t limits[] = { 2, 9, 100, 5000, 20000 };

    return g_rand_int_range(rand, 0, limits[g_rand_int_range(rand, 0, 5)]);
}

/* Fragments of any size and order, overlapping ones too. */
static void test_random(struct fixture *f, const void *translates)
{
    GRand *rand = g_rand_new_with_seed(3);

    (void)translates;
    for (unsigned round = 0; round < 150; round++) {
        struct vgpu_backing *backing = NULL;
        GByteArray *bytes;

        guest_memory_set_longest(f->host->memory, round % 3 ? 0 : 777);
        f->count = 0;
        add(f, f->ram, 1);
        for (int i = g_rand_int_range(rand, 0, 60); i > 0; i--) {
            uint32_t length = random_length(rand);

            add(f, f->ram + g_rand_int_range(rand, 0, MIB - length), length);
        }
        bytes = reference(f);
        g_assert_cmpint(create(f, 0, &backing), ==, VGPU_OK);
        g_assert_cmpuint(vgpu_backing_bytes(backing), ==, bytes->len);
        random_copies(backing, bytes, rand);
        vgpu_backing_destroy(backing);
        g_byte_array_unref(bytes);
    }
    g_rand_free(rand);
}

/*
 * A large picture out of pieces shorter than a page, which may be copied by
 * other means than a small one: whole, and line by line.
 */
static void test_large(struct fixture *f, const void *translates)
{
    enum { PIECES = 5000 };
    g_autofree uint8_t *wire = g_malloc(PIECES * VGPU_WIRE_MEM_ENTRY_BYTES);
    GByteArray *bytes = g_byte_array_new();
    GRand *rand = g_rand_new_with_seed(4);
    struct vgpu_entry_list list = { .entries = wire, .count = PIECES };
    struct vgpu_backing *backing = NULL;

    (void)translates;
    for (int i = 0; i < PIECES; i++) {
        uint32_t length = g_rand_int_range(rand, 1, 5000);
        uint64_t addr = f->ram + g_rand_int_range(rand, 0, MIB - length);
        uint8_t *p = wire + i * VGPU_WIRE_MEM_ENTRY_BYTES;

        vgpu_wire_put64(p, addr);
        vgpu_wire_put32(p + 8, length);
        g_byte_array_append(bytes, guest_memory_pointer(f->host->memory, addr,
                                                        length), length);
    }
    g_assert_cmpuint(bytes->len, >, 8 * MIB);
    g_assert_cmpint(vgpu_backing_create(&fake_host_ops, f->host, f->budget,
                                        &list, &backing), ==, VGPU_OK);
    check_copy(backing, bytes, (struct vgpu_backing_copy) {
        .stride = bytes->len, .dest_stride = bytes->len, .line = bytes->len,
        .rows = 1,
    });
    check_copy(backing, bytes, (struct vgpu_backing_copy) {
        .offset = 3, .stride = 8003, .dest_stride = 8009, .line = 7001,
        .rows = 1000,
    });
    vgpu_backing_destroy(backing);
    g_byte_array_unref(bytes);
    g_rand_free(rand);
}

/* Neighbours become one mapping, whatever the list looks like. */
static void test_merge(struct fixture *f, const void *translates)
{
    struct vgpu_backing *backing = NULL;
    uint64_t maps;

    (void)translates;
    for (unsigned i = 0; i < 64; i++) {
        add(f, f->ram + i * PAGE, PAGE);
    }
    add(f, 0, 0);
    add(f, f->ram + 64 * PAGE, 1);
    add(f, f->ram + 64 * PAGE + 1, 99);
    maps = guest_memory_num_maps(f->host->memory);
    g_assert_cmpint(create(f, 64 * PAGE + 100, &backing), ==, VGPU_OK);
    g_assert_cmpuint(guest_memory_num_maps(f->host->memory) - maps, ==, 1);
    g_assert_cmpuint(vgpu_backing_bytes(backing), ==, 64 * PAGE + 100);
    vgpu_backing_destroy(backing);
}

static void expect_failure(struct fixture *f, uint64_t min_bytes,
                           enum vgpu_status expected)
{
    struct vgpu_backing *backing = NULL;

    g_assert_cmphex(create(f, min_bytes, &backing), ==, expected);
    g_assert_null(backing);
    g_assert_cmpuint(guest_memory_num_mappings(f->host->memory), ==, 0);
    g_assert_cmpuint(vgpu_budget_usage(f->budget).held, ==, 0);
}

static void test_failures(struct fixture *f, const void *translates)
{
    static const struct {
        const char *name;
        int64_t second;         /* from the hole's beginning */
        uint32_t length;
        uint64_t min_bytes;
        enum vgpu_status status;
    } cases[] = {
        { "hole", 0, PAGE, 0, VGPU_ERR_UNSPEC },
        { "end of the hole", MIB - 1, 1, 0, VGPU_ERR_UNSPEC },
        { "partly a hole", -(int64_t)PAGE - 100, 200, 0, VGPU_ERR_UNSPEC },
        { "too short", -(int64_t)(MIB + PAGE), PAGE, 2 * PAGE + 1,
          VGPU_ERR_PARAMETER },
        { "too short and a hole", 0, PAGE, 2 * PAGE + 1,
          VGPU_ERR_PARAMETER },
    };

    (void)translates;
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].name);
        f->count = 0;
        add(f, f->ram, PAGE);
        add(f, f->hole + cases[i].second, cases[i].length);
        expect_failure(f, cases[i].min_bytes, cases[i].status);
    }
}

static void test_wrap(struct fixture *f, const void *translates)
{
    (void)translates;
    add(f, f->ram, PAGE);
    add(f, 0xfffffffffffff000, 0x1001);
    expect_failure(f, 0, VGPU_ERR_PARAMETER);
    f->count = 0;
    add(f, UINT64_MAX, 2);
    expect_failure(f, 0, VGPU_ERR_PARAMETER);
    f->count = 0;
    add(f, 0xfffffffffffff000, 0x1000);
    expect_failure(f, 0, VGPU_ERR_UNSPEC);
    f->count = 0;
    add(f, 0xfffffffffffff000, 0x1000);
    add(f, 0, 0x1000);
    expect_failure(f, 0, VGPU_ERR_UNSPEC);
}

static void test_budget(struct fixture *f, const void *translates)
{
    struct vgpu_budget *full = vgpu_budget_create(1, 0);
    struct vgpu_entry_list list = { .entries = f->wire, .count = 1 };
    struct vgpu_backing *backing = NULL;

    (void)translates;
    add(f, f->ram, PAGE);
    g_assert_cmphex(vgpu_backing_create(&fake_host_ops, f->host, full, &list,
                                        &backing), ==,
                    VGPU_ERR_OUT_OF_MEMORY);
    g_assert_cmpuint(guest_memory_num_mappings(f->host->memory), ==, 0);
    vgpu_budget_destroy(full);
}

static void test_empty(struct fixture *f, const void *translates)
{
    struct vgpu_backing *backing = NULL;
    struct vgpu_backing_copy nothing = { .rows = 3, .line = 0 };

    (void)translates;
    add(f, f->hole, 0);
    g_assert_cmpint(create(f, 0, &backing), ==, VGPU_OK);
    g_assert_cmpuint(vgpu_backing_bytes(backing), ==, 0);
    g_assert_true(vgpu_backing_read(backing, &nothing));
    vgpu_backing_destroy(backing);
    vgpu_backing_destroy(NULL);
}

/* A translated address stops leading to memory. */
static void test_translation_gone(struct fixture *f, const void *translates)
{
    struct vgpu_backing *backing = NULL;
    uint8_t dest[2 * PAGE];
    struct vgpu_backing_copy copy = {
        .stride = 2 * PAGE, .dest_stride = 2 * PAGE, .line = 2 * PAGE,
        .rows = 1, .dest = dest,
    };

    (void)translates;
    add(f, f->ram, 2 * PAGE);
    g_assert_cmpint(create(f, 0, &backing), ==, VGPU_OK);
    g_assert_cmpuint(guest_memory_num_mappings(f->host->memory), ==, 0);
    g_assert_true(vgpu_backing_read(backing, &copy));
    guest_memory_set_present(f->host->memory, f->ram + PAGE, PAGE, false);
    g_assert_false(vgpu_backing_read(backing, &copy));
    copy.line = PAGE;
    g_assert_true(vgpu_backing_read(backing, &copy));
    guest_memory_set_present(f->host->memory, f->ram + PAGE, PAGE, true);
    vgpu_backing_destroy(backing);
}

static void test_fits(void)
{
    static const struct {
        const char *name;
        struct vgpu_backing_copy copy;
        uint64_t bytes;
        bool fits;
    } cases[] = {
        { "exact", { .stride = 10, .line = 4, .rows = 3 }, 24, true },
        { "short", { .stride = 10, .line = 4, .rows = 3 }, 23, false },
        { "offset", { .offset = 1, .stride = 10, .line = 4, .rows = 3 }, 24,
          false },
        { "no rows", { .offset = UINT64_MAX, .line = 4 }, 0, true },
        { "no line", { .offset = UINT64_MAX, .rows = 4 }, 0, true },
        { "offset wraps", { .offset = UINT64_MAX - 1, .line = 4, .rows = 1 },
          UINT64_MAX, false },
        { "stride wraps", { .stride = 1ull << 63, .line = 1, .rows = 3 },
          UINT64_MAX, false },
        { "sum wraps", { .offset = 1ull << 63, .stride = 1ull << 63,
                         .line = 1, .rows = 2 }, UINT64_MAX, false },
        { "4 GiB", { .offset = 4ull << 30, .stride = 256, .line = 256,
                     .rows = 48 }, (4ull << 30) + 12288, true },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].name);
        g_assert_cmpint(vgpu_backing_copy_fits(&cases[i].copy,
                                               cases[i].bytes),
                        ==, cases[i].fits);
    }
}

static void add_test(const char *name, const void *translates,
                     void (*test)(struct fixture *f, const void *translates))
{
    g_autofree char *path = g_strdup_printf("/backing/%s/%s",
                                            translates ? "translated"
                                                       : "direct", name);

    g_test_add(path, struct fixture, translates, set_up, test, tear_down);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (int translated = 0; translated < 2; translated++) {
        const void *mode = translated ? "" : NULL;

        add_test("T-040/T-469/random", mode, test_random);
        add_test("T-040/T-052/large", mode, test_large);
        add_test("merge", mode, test_merge);
        add_test("T-317/T-345/failures", mode, test_failures);
        add_test("T-315/T-343/wrap", mode, test_wrap);
        add_test("T-318/budget", mode, test_budget);
        add_test("T-057/empty", mode, test_empty);
    }
    add_test("T-467/translation-gone", "", test_translation_gone);
    g_test_add_func("/backing/T-449/fits", test_fits);
    return g_test_run();
}
