/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What streams of virgl make the library hold is charged before it does, and
 * given back with its context; whether they write guest memory is seen.
 */
#include "renderer/virgl/holdings.h"

#include <glib.h>

#include "hw/virtio/vgpu/budget.h"

#define LIMIT (256ull << 20)

/* Headers of commands: number, object type, dwords that follow. */
#define COMMAND(number, length) ((number) | (uint32_t)(length) << 16)
#define CREATE_OBJECT(length) COMMAND(1, length)
#define DESTROY_OBJECT COMMAND(3, 1)
#define SET_SUB COMMAND(28, 1)
#define CREATE_SUB COMMAND(29, 1)
#define DESTROY_SUB COMMAND(30, 1)
/* PIPE_RESOURCE_CREATE of a 2D texture with 4 bytes a texel. */
#define RESOURCE(width, height, blob_id) \
    COMMAND(48, 11), 2, 1, 8, width, height, 1, 1, 0, 0, 0, blob_id

struct fixture {
    struct vgpu_budget *budget;
    struct vgpu_virgl_holdings *holdings;
    uint64_t empty;             /* charged for a context with nothing */
};

static uint64_t charged(const struct fixture *f)
{
    return vgpu_budget_usage(f->budget).hosted;
}

static void set_up(struct fixture *f, const void *unused)
{
    (void)unused;
    f->budget = vgpu_budget_create(0, LIMIT);
    f->holdings = vgpu_virgl_holdings_create(f->budget);
    f->empty = charged(f);
    g_assert_cmpuint(f->empty, >, 1 << 20);
}

static void tear_down(struct fixture *f, const void *unused)
{
    (void)unused;
    vgpu_virgl_holdings_destroy(f->holdings);
    g_assert_cmpuint(charged(f), ==, 0);
    vgpu_budget_destroy(f->budget);
}

static enum vgpu_status charge(struct fixture *f, const uint32_t *words,
                               unsigned num)
{
    bool writes_guest;

    return vgpu_virgl_holdings_charge(f->holdings, (const uint8_t *)words,
                                      num * 4ull, &writes_guest);
}

#define CHARGE(f, ...) \
    charge(f, (const uint32_t[]) { __VA_ARGS__ }, \
           sizeof((const uint32_t[]) { __VA_ARGS__ }) / 4)

static void test_resources(struct fixture *f, const void *unused)
{
    (void)unused;
    g_assert_cmphex(CHARGE(f, RESOURCE(256, 256, 1)), ==, VGPU_OK);
    g_assert_cmpuint(charged(f), ==, f->empty + (256 << 10));
    g_assert_cmphex(CHARGE(f, COMMAND(0, 0), RESOURCE(256, 256, 2),
                           COMMAND(0, 1), 7, RESOURCE(512, 256, 3)), ==,
                    VGPU_OK);
    g_assert_cmpuint(charged(f), ==, f->empty + (1024 << 10));
}

/* Too much, in one command and in all together; nothing is counted then. */
static void test_no_room(struct fixture *f, const void *unused)
{
    (void)unused;
    g_assert_cmphex(CHARGE(f, RESOURCE(16384, 16384, 1)), ==,
                    VGPU_ERR_OUT_OF_MEMORY);
    g_assert_cmphex(CHARGE(f, RESOURCE(4096, 4096, 1), RESOURCE(4096, 4096, 2),
                           RESOURCE(4096, 4096, 3), RESOURCE(4096, 4096, 4)),
                    ==, VGPU_ERR_OUT_OF_MEMORY);
    g_assert_cmphex(CHARGE(f, RESOURCE(UINT32_MAX, UINT32_MAX / 4, 1),
                           RESOURCE(UINT32_MAX, UINT32_MAX / 4, 2)), ==,
                    VGPU_ERR_OUT_OF_MEMORY);
    g_assert_cmpuint(charged(f), ==, f->empty);
    for (unsigned i = 1; i <= 3; i++) {
        g_assert_cmphex(CHARGE(f, RESOURCE(4096, 4096, i)), ==, VGPU_OK);
    }
    g_assert_cmphex(CHARGE(f, RESOURCE(4096, 4096, 4)), ==,
                    VGPU_ERR_OUT_OF_MEMORY);
}

static void test_no_stream(struct fixture *f, const void *unused)
{
    (void)unused;
    g_assert_cmphex(CHARGE(f, COMMAND(0, 1)), ==, VGPU_ERR_UNSPEC);
    g_assert_cmphex(CHARGE(f, 0, 0, COMMAND(1, 0xffff), 1), ==,
                    VGPU_ERR_UNSPEC);
    /* What comes before the mistake is not counted. */
    g_assert_cmphex(CHARGE(f, RESOURCE(256, 256, 1), COMMAND(0, 1)), ==,
                    VGPU_ERR_UNSPEC);
    /* No such texture. */
    g_assert_cmphex(CHARGE(f, RESOURCE(0, 256, 1)), ==, VGPU_ERR_UNSPEC);
    g_assert_cmphex(CHARGE(f, COMMAND(48, 11), 99, 1, 8, 4, 4, 1, 1, 0, 0, 0,
                           1), ==, VGPU_ERR_UNSPEC);
    g_assert_cmphex(charge(f, NULL, 0), ==, VGPU_OK);
    g_assert_cmpuint(charged(f), ==, f->empty);
}

/* Sub-contexts are as large as contexts, and take their objects along. */
static void test_sub_contexts(struct fixture *f, const void *unused)
{
    (void)unused;
    g_assert_cmphex(CHARGE(f, CREATE_SUB, 5), ==, VGPU_OK);
    g_assert_cmpuint(charged(f), ==, 2 * f->empty);
    g_assert_cmphex(CHARGE(f, CREATE_SUB, 5, CREATE_SUB, 5, CREATE_SUB, 0), ==,
                    VGPU_OK);
    g_assert_cmpuint(charged(f), ==, 2 * f->empty);
    g_assert_cmphex(CHARGE(f, CREATE_SUB, 6, DESTROY_SUB, 5, DESTROY_SUB, 9,
                           DESTROY_SUB, 0), ==, VGPU_OK);
    g_assert_cmpuint(charged(f), ==, 2 * f->empty);
    g_assert_cmphex(CHARGE(f, SET_SUB, 6, CREATE_OBJECT(2), 77, 0), ==,
                    VGPU_OK);
    g_assert_cmpuint(charged(f), >, 2 * f->empty);
    g_assert_cmphex(CHARGE(f, DESTROY_SUB, 6), ==, VGPU_OK);
    g_assert_cmpuint(charged(f), ==, f->empty);
}

static void test_many_sub_contexts(struct fixture *f, const void *unused)
{
    uint32_t id = 1;

    (void)unused;
    while (CHARGE(f, CREATE_SUB, id) == VGPU_OK) {
        id++;
    }
    g_assert_cmpuint(id, ==, LIMIT / f->empty);
    g_assert_cmphex(CHARGE(f, DESTROY_SUB, 1), ==, VGPU_OK);
    g_assert_cmphex(CHARGE(f, CREATE_SUB, id), ==, VGPU_OK);
}

static void test_objects(struct fixture *f, const void *unused)
{
    uint64_t one, two;

    (void)unused;
    g_assert_cmphex(CHARGE(f, CREATE_OBJECT(3), 7, 0, 0), ==, VGPU_OK);
    one = charged(f) - f->empty;
    g_assert_cmpuint(one, >, 12);
    /* The same handle again is another object in its place. */
    g_assert_cmphex(CHARGE(f, CREATE_OBJECT(3), 7, 0, 0), ==, VGPU_OK);
    g_assert_cmpuint(charged(f), ==, f->empty + one);
    /* In another sub-context it is another one. */
    g_assert_cmphex(CHARGE(f, SET_SUB, 3, CREATE_OBJECT(3), 7, 0, 0), ==,
                    VGPU_OK);
    g_assert_cmpuint(charged(f), ==, f->empty + 2 * one);
    g_assert_cmphex(CHARGE(f, SET_SUB, 0, DESTROY_OBJECT, 7), ==, VGPU_OK);
    g_assert_cmpuint(charged(f), ==, f->empty + one);
    g_assert_cmphex(CHARGE(f, DESTROY_OBJECT, 7, DESTROY_OBJECT, 9), ==,
                    VGPU_OK);
    g_assert_cmpuint(charged(f), ==, f->empty + one);
    /* What is longer takes more. */
    g_assert_cmphex(CHARGE(f, CREATE_OBJECT(9), 8, 0, 0, 0, 0, 0, 0, 0, 0), ==,
                    VGPU_OK);
    two = charged(f) - f->empty - one;
    g_assert_cmpuint(two, >, one);
}

/* Objects without an end meet the limit, too. */
static void test_many_objects(struct fixture *f, const void *unused)
{
    uint32_t handle = 0;

    (void)unused;
    while (CHARGE(f, CREATE_OBJECT(2), handle, 0) == VGPU_OK) {
        handle++;
    }
    g_assert_cmpuint(handle, >, 1000);
    g_assert_cmpuint(charged(f), <=, LIMIT);
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
        { "an object", { CREATE_OBJECT(1), 1 }, 2, false },
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
        { "what is not known", { COMMAND(60, 0) }, 1, true },
        { "behind others", { 0, COMMAND(0, 1), 5, COMMAND(21, 2), 1, 0 }, 6,
          true },
    };

    (void)unused;
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        bool writes = !cases[i].writes;

        g_test_message("%s", cases[i].name);
        g_assert_cmphex(vgpu_virgl_holdings_charge(
                            f->holdings, (const uint8_t *)cases[i].words,
                            cases[i].num * 4ull, &writes), ==, VGPU_OK);
        g_assert_cmpint(writes, ==, cases[i].writes);
    }
}

/* Whatever it is: counted as long as the context lives, not longer. */
static void test_noise(struct fixture *f, const void *unused)
{
    static const uint8_t numbers[] = { 0, 1, 3, 28, 29, 30, 48 };
    GRand *rand = g_rand_new_with_seed(9);
    uint32_t words[64];

    (void)unused;
    for (unsigned round = 0; round < 20000; round++) {
        for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
            unsigned pick = g_rand_int_range(rand, 0, G_N_ELEMENTS(numbers));

            words[i] = g_rand_int_range(rand, 0, 3)
                       ? COMMAND(numbers[pick], g_rand_int_range(rand, 0, 13))
                       : (uint32_t)g_rand_int_range(rand, 0, 5);
        }
        (void)!charge(f, words, G_N_ELEMENTS(words));
        g_assert_cmpuint(charged(f), >=, f->empty);
        g_assert_cmpuint(charged(f), <=, LIMIT);
    }
    g_rand_free(rand);
}

static void add_test(const char *name,
                     void (*test)(struct fixture *f, const void *unused))
{
    g_autofree char *path = g_strdup_printf("/holdings/%s", name);

    g_test_add(path, struct fixture, NULL, set_up, test, tear_down);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    add_test("T-401/resources", test_resources);
    add_test("T-401/no-room", test_no_room);
    add_test("T-399/no-stream", test_no_stream);
    add_test("sub-contexts", test_sub_contexts);
    add_test("T-364/many-sub-contexts", test_many_sub_contexts);
    add_test("objects", test_objects);
    add_test("T-401/many-objects", test_many_objects);
    add_test("writes", test_writes);
    add_test("noise", test_noise);
    return g_test_run();
}
