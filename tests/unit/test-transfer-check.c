/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What streams of virgl do with the memory of resources: whether they may write
 * the guest's, and whether their transfers lie in what they name.
 */
#include "renderer/virgl/transfer-check.h"

#include <string.h>
#include <glib.h>

#include "hw/virtio/vgpu/context.h"
#include "hw/virtio/vgpu/resource.h"

#define COMMAND(number, length) ((number) | (uint32_t)(length) << 16)

/* Resource 2 is a buffer in guest memory, 3 a texture of 4x4; no backings. */
struct fixture {
    struct vgpu_resource staging;
    struct vgpu_resource texture;
    struct vgpu_context context;
};

static void set_up(struct fixture *f, const void *unused)
{
    (void)unused;
    f->staging = (struct vgpu_resource) {
        .id = 2, .kind = VGPU_RESOURCE_TEXTURE,
        .texture = {
            .target = VGPU_TARGET_BUFFER, .bind = 1u << 19, .width = 64,
            .height = 1, .depth = 1, .array_size = 1, .block = { 1, 1, 1 },
        },
    };
    f->texture = (struct vgpu_resource) {
        .id = 3, .kind = VGPU_RESOURCE_TEXTURE,
        .texture = {
            .target = VGPU_TARGET_2D, .format = 1, .width = 4, .height = 4,
            .depth = 1, .array_size = 1, .block = { 4, 1, 1 },
        },
    };
    f->context.resources = g_hash_table_new(NULL, NULL);
    g_hash_table_insert(f->context.resources, GUINT_TO_POINTER(2), &f->staging);
    g_hash_table_insert(f->context.resources, GUINT_TO_POINTER(3), &f->texture);
}

static void tear_down(struct fixture *f, const void *unused)
{
    (void)unused;
    g_hash_table_destroy(f->context.resources);
}

static void test_writes(struct fixture *f, const void *unused)
{
    static const struct {
        const char *name;
        uint32_t words[16];
        unsigned num;
        bool writes;
    } cases[] = {
        { "nothing", { 0, 0 }, 2, false },
        { "an object", { COMMAND(1, 1), 1 }, 2, false },
        { "clear", { COMMAND(7, 8) }, 9, false },
        { "result of a query", { COMMAND(21, 2), 1, 0 }, 3, true },
        { "memory info", { COMMAND(50, 1), 1 }, 2, true },
        { "transfer to the host",
          { COMMAND(43, 13), 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 1 }, 14,
          false },
        { "transfer from the host",
          { COMMAND(43, 13), 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 2 }, 14,
          true },
        { "copy to the host",
          { COMMAND(45, 14), 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 0, 1 }, 15,
          false },
        { "copy from the host",
          { COMMAND(45, 14), 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 2, 0, 3 }, 15,
          true },
        { "what stands in a stream, to a texture",
          { COMMAND(9, 12), 3, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 7 }, 13, false },
        { "what stands in a stream, to guest memory",
          { COMMAND(9, 12), 2, 0, 0, 0, 0, 0, 0, 0, 4, 1, 1, 7 }, 13, true },
        { "what is not known", { COMMAND(60, 0) }, 1, true },
        { "behind others", { 0, COMMAND(0, 1), 5, COMMAND(21, 2), 1, 0 }, 6,
          true },
    };

    (void)unused;
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        bool writes = !cases[i].writes;

        g_test_message("%s", cases[i].name);
        g_assert_true(vgpu_virgl_transfers_fit(
            &f->context, (const uint8_t *)cases[i].words,
            cases[i].num * 4ull, &writes));
        g_assert_cmpint(writes, ==, cases[i].writes);
    }
}

static bool fits(struct fixture *f, const uint32_t *words, unsigned num)
{
    bool writes;

    return vgpu_virgl_transfers_fit(&f->context, (const uint8_t *)words,
                                    num * 4ull, &writes);
}

/* Words of the texture that stand in the stream, and how many there are. */
static void test_inline(struct fixture *f, const void *unused)
{
    static const uint32_t good[32] = {
        COMMAND(9, 11 + 16), 3, 0, 0, 0, 0, 0, 0, 0, 4, 4, 1,
    };
    static const struct {
        unsigned field;
        uint32_t value;
    } wrong[] = {
        { 2, 1 }, { 2, 0x80000000 }, { 4, 17 }, { 4, 0x80000000 }, { 6, 1 },
        { 6, UINT32_MAX }, { 7, 1 }, { 8, 1 }, { 8, 0xfd050f80 }, { 9, 5 },
        { 10, 5 }, { 11, 2 },
    };

    (void)unused;
    g_assert_true(fits(f, good, 28));
    for (unsigned i = 0; i < G_N_ELEMENTS(wrong); i++) {
        uint32_t bad[32];

        memcpy(bad, good, sizeof(bad));
        bad[wrong[i].field] = wrong[i].value;
        g_assert_false(fits(f, bad, 28));
    }
    /* One word less than the texture has. */
    g_assert_false(fits(f, (uint32_t[32]) {
        COMMAND(9, 11 + 15), 3, 0, 0, 0, 0, 0, 0, 0, 4, 4, 1,
    }, 27));
}

/* Without backing there is nothing to copy; and none for what is not known. */
static void test_no_backing(struct fixture *f, const void *unused)
{
    uint32_t transfer[] = {
        COMMAND(43, 13), 3, 0, 0, 0, 0, 0, 0, 0, 4, 4, 1, 0, 1,
    };
    uint32_t info[] = { COMMAND(50, 1), 3 };
    uint32_t query[] = { COMMAND(1, 4) | 9 << 8, 77, 0, 0, 3 };

    (void)unused;
    g_assert_false(fits(f, transfer, G_N_ELEMENTS(transfer)));
    g_assert_false(fits(f, info, G_N_ELEMENTS(info)));
    /* Its result has 16 bytes. */
    g_assert_false(fits(f, query, G_N_ELEMENTS(query)));
    query[4] = 2;
    g_assert_true(fits(f, query, G_N_ELEMENTS(query)));
    transfer[1] = info[1] = query[4] = 9;
    g_assert_true(fits(f, transfer, G_N_ELEMENTS(transfer)));
    g_assert_true(fits(f, info, G_N_ELEMENTS(info)));
    g_assert_true(fits(f, query, G_N_ELEMENTS(query)));
}

static void add_test(const char *name,
                     void (*test)(struct fixture *f, const void *unused))
{
    g_autofree char *path = g_strdup_printf("/transfer-check/%s", name);

    g_test_add(path, struct fixture, NULL, set_up, test, tear_down);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add_test("writes", test_writes);
    add_test("T-399/inline", test_inline);
    add_test("T-399/no-backing", test_no_backing);
    return g_test_run();
}
