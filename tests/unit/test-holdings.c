/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What streams of virgl make the library hold is charged before it does, and
 * given back with its context, or with the objects and programs that end.
 */
#include "renderer/virgl/holdings.h"

#include <glib.h>

#include "hw/virtio/vgpu/budget.h"
#include "hw/virtio/vgpu/context.h"
#include "hw/virtio/vgpu/resource.h"
#include "renderer/virgl/pins.h"

#define LIMIT (256ull << 20)

/* Headers of commands: number, object type, dwords that follow. */
#define COMMAND(number, length) ((number) | (uint32_t)(length) << 16)
#define CREATE_OBJECT(length) COMMAND(1, length)
#define DESTROY_OBJECT COMMAND(3, 1)
#define SET_SUB COMMAND(28, 1)
#define CREATE_SUB COMMAND(29, 1)
#define DESTROY_SUB COMMAND(30, 1)
#define CREATE_SHADER(length) (CREATE_OBJECT(length) | 4 << 8)
#define CREATE_VIEW (CREATE_OBJECT(6) | 6 << 8)
#define SET_VIEWS(number) COMMAND(10, 2 + (number))
#define BIND_SHADER COMMAND(31, 2)
#define LINK COMMAND(52, 6)
#define DRAW COMMAND(8, 12), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
/* PIPE_RESOURCE_CREATE of a 2D texture with 4 bytes a texel. */
#define RESOURCE(width, height, blob_id) \
    COMMAND(48, 11), 2, 1, 8, width, height, 1, 1, 0, 0, 0, blob_id

struct fixture {
    struct vgpu_budget *budget;
    struct vgpu_virgl_pins *pins;
    struct vgpu_virgl_holdings *holdings;
    struct vgpu_context context;
    uint64_t left;              /* counted for ever */
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
    f->pins = vgpu_virgl_pins_create(f->budget);
    f->context.resources = g_hash_table_new(NULL, NULL);
    f->holdings = vgpu_virgl_holdings_create(f->budget, f->pins);
    f->empty = charged(f);
    g_assert_cmpuint(f->empty, >, 1 << 20);
}

static void tear_down(struct fixture *f, const void *unused)
{
    (void)unused;
    vgpu_virgl_holdings_destroy(f->holdings);
    vgpu_virgl_pins_destroy(f->pins);
    g_hash_table_destroy(f->context.resources);
    g_assert_cmpuint(charged(f), ==, f->left);
    vgpu_budget_destroy(f->budget);
}

/* The library takes what there is room for, and does it, or fails half way. */
static enum vgpu_status charge_for(struct fixture *f, const uint32_t *words,
                                   unsigned num, bool done)
{
    uint64_t charged_for;
    enum vgpu_status status =
        vgpu_virgl_holdings_charge(f->holdings, (const uint8_t *)words,
                                   num * 4ull, &charged_for);

    if (status == VGPU_OK) {
        vgpu_virgl_holdings_settle(f->holdings, &f->context,
                                   (const uint8_t *)words, num * 4ull,
                                   charged_for, done);
    }
    return status;
}

static enum vgpu_status charge(struct fixture *f, const uint32_t *words,
                               unsigned num)
{
    return charge_for(f, words, num, true);
}

#define CHARGE(f, ...) \
    charge(f, (const uint32_t[]) { __VA_ARGS__ }, \
           sizeof((const uint32_t[]) { __VA_ARGS__ }) / 4)

static void test_resources(struct fixture *f, const void *unused)
{
    (void)unused;
    g_assert_cmphex(CHARGE(f, RESOURCE(256, 256, 1)), ==, VGPU_OK);
    g_assert_cmpuint(charged(f), ==,
                     f->empty + (256 << 10) + VGPU_VIRGL_RESOURCE_BYTES);
    g_assert_cmphex(CHARGE(f, COMMAND(0, 0), RESOURCE(256, 256, 2),
                           COMMAND(0, 1), 7, RESOURCE(512, 256, 3)), ==,
                    VGPU_OK);
    f->left = (1024 << 10) + 3 * VGPU_VIRGL_RESOURCE_BYTES;
    g_assert_cmpuint(charged(f), ==, f->empty + f->left);
    g_assert_cmpuint(vgpu_virgl_pins_kept(f->pins), ==, f->left);
}

/* Whoever takes one has its charge; the oldest of a name is taken first. */
static void test_take(struct fixture *f, const void *unused)
{
    struct vgpu_texture shape;

    (void)unused;
    g_assert_cmphex(CHARGE(f, RESOURCE(256, 256, 7), RESOURCE(128, 256, 7)), ==,
                    VGPU_OK);
    g_assert_false(vgpu_virgl_holdings_object(f->holdings, 8, &shape));
    g_assert_false(vgpu_virgl_holdings_object(f->holdings, 1ull << 32 | 7,
                                              &shape));
    g_assert_true(vgpu_virgl_holdings_object(f->holdings, 7, &shape));
    g_assert_cmpuint(shape.width, ==, 256);
    g_assert_cmpuint(shape.bytes, ==,
                     (256 << 10) + VGPU_VIRGL_RESOURCE_BYTES);
    vgpu_virgl_holdings_take(f->holdings, 7);
    f->left = (128 << 10) + VGPU_VIRGL_RESOURCE_BYTES;
    g_assert_cmpuint(vgpu_virgl_pins_kept(f->pins), ==, f->left);
    g_assert_true(vgpu_virgl_holdings_object(f->holdings, 7, &shape));
    g_assert_cmpuint(shape.width, ==, 128);
    vgpu_budget_release_hosted(f->budget,
                               (256 << 10) + VGPU_VIRGL_RESOURCE_BYTES);
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
    f->left = 3 * (4096ull * 4096 * 4 + VGPU_VIRGL_RESOURCE_BYTES);
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
    /* In another sub-context it is another one, if that exists. */
    g_assert_cmphex(CHARGE(f, SET_SUB, 3, CREATE_OBJECT(3), 7, 0, 0), ==,
                    VGPU_OK);
    g_assert_cmpuint(charged(f), ==, f->empty + one);
    g_assert_cmphex(CHARGE(f, CREATE_SUB, 3, SET_SUB, 3, CREATE_OBJECT(3), 7, 0,
                           0), ==, VGPU_OK);
    g_assert_cmpuint(charged(f), ==, 2 * f->empty + 2 * one);
    g_assert_cmphex(CHARGE(f, DESTROY_OBJECT, 7, DESTROY_SUB, 3), ==, VGPU_OK);
    g_assert_cmpuint(charged(f), ==, f->empty + one);
    g_assert_cmphex(CHARGE(f, DESTROY_OBJECT, 9, DESTROY_OBJECT, 7), ==,
                    VGPU_OK);
    g_assert_cmpuint(charged(f), ==, f->empty);
    /* What is longer takes more. */
    g_assert_cmphex(CHARGE(f, CREATE_OBJECT(9), 8, 0, 0, 0, 0, 0, 0, 0, 0), ==,
                    VGPU_OK);
    two = charged(f) - f->empty;
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

/* After the end of the chosen one the first follows. */
static void test_chosen(struct fixture *f, const void *unused)
{
    uint64_t one;

    (void)unused;
    g_assert_cmphex(CHARGE(f, CREATE_SUB, 2, SET_SUB, 2, DESTROY_SUB, 2,
                           CREATE_OBJECT(3), 7, 0, 0), ==, VGPU_OK);
    one = charged(f) - f->empty;
    g_assert_cmpuint(one, >, 12);
    g_assert_cmphex(CHARGE(f, CREATE_SUB, 2, DESTROY_SUB, 2), ==, VGPU_OK);
    g_assert_cmpuint(charged(f), ==, f->empty + one);
}

/* Nobody knows what became of a stream that failed: it all counts. */
static void test_failed(struct fixture *f, const void *unused)
{
    static const uint32_t ends[] = { DESTROY_SUB, 1, DESTROY_SUB, 2 };
    static const uint32_t begins[] = { CREATE_SUB, 3 };
    uint64_t before;

    (void)unused;
    g_assert_cmphex(CHARGE(f, CREATE_SUB, 1, CREATE_SUB, 2), ==, VGPU_OK);
    before = charged(f);
    g_assert_cmphex(charge_for(f, ends, G_N_ELEMENTS(ends), false), ==,
                    VGPU_OK);
    g_assert_cmpuint(charged(f), ==, before);
    g_assert_cmphex(charge_for(f, begins, G_N_ELEMENTS(begins), true), ==,
                    VGPU_OK);
    g_assert_cmphex(charge_for(f, ends, G_N_ELEMENTS(ends), true), ==, VGPU_OK);
    g_assert_cmpuint(charged(f), ==, before + f->empty);
}

/* A shader in two commands is one, as large as both. */
static void test_long_shader(struct fixture *f, const void *unused)
{
    uint64_t half;

    (void)unused;
    g_assert_cmphex(CHARGE(f, CREATE_SHADER(4), 7, 0, 100, 0), ==, VGPU_OK);
    half = charged(f) - f->empty;
    g_assert_cmphex(CHARGE(f, CREATE_SHADER(4), 7, 0, 1u << 31 | 50, 0), ==,
                    VGPU_OK);
    g_assert_cmpuint(charged(f), ==, f->empty + 2 * half);
    g_assert_cmphex(CHARGE(f, DESTROY_OBJECT, 7), ==, VGPU_OK);
    g_assert_cmpuint(charged(f), ==, f->empty);
}

/* What is drawn with, or linked, counts once, until a shader of it ends. */
static void test_programs(struct fixture *f, const void *unused)
{
    uint64_t shaders, one;

    (void)unused;
    g_assert_cmphex(CHARGE(f, CREATE_SHADER(2), 1, 0, CREATE_SHADER(2), 2, 1,
                           CREATE_SHADER(2), 3, 1), ==, VGPU_OK);
    shaders = charged(f) - f->empty;
    g_assert_cmphex(CHARGE(f, BIND_SHADER, 1, 0, BIND_SHADER, 2, 1, DRAW), ==,
                    VGPU_OK);
    one = charged(f) - f->empty - shaders;
    g_assert_cmpuint(one, >, 100 << 10);
    g_assert_cmphex(CHARGE(f, DRAW, LINK, 1, 2, 0, 0, 0, 0, DRAW), ==, VGPU_OK);
    g_assert_cmpuint(charged(f), ==, f->empty + shaders + one);
    g_assert_cmphex(CHARGE(f, LINK, 1, 3, 0, 0, 0, 0, BIND_SHADER, 3, 1, DRAW),
                    ==, VGPU_OK);
    g_assert_cmpuint(charged(f), ==, f->empty + shaders + 2 * one);
    g_assert_cmphex(CHARGE(f, DESTROY_OBJECT, 2), ==, VGPU_OK);
    g_assert_cmpuint(charged(f), <, f->empty + shaders + one);
    g_assert_cmphex(CHARGE(f, DESTROY_OBJECT, 1, DESTROY_OBJECT, 3), ==,
                    VGPU_OK);
    g_assert_cmpuint(charged(f), ==, f->empty);
}

static void test_many_programs(struct fixture *f, const void *unused)
{
    uint32_t handle = 1;

    (void)unused;
    while (CHARGE(f, CREATE_SHADER(2), handle, 0, LINK, handle, 0, 0, 0, 0, 0)
           == VGPU_OK) {
        handle++;
    }
    g_assert_cmpuint(handle, <, LIMIT / (300 << 10));
    g_assert_cmpuint(handle, >, 500);
}

#define TEXTURE_BYTES (4ull << 20)

/* A texture of the guest's, charged by who made it. */
static void begin_texture(struct fixture *f, struct vgpu_resource *texture,
                          uint32_t id)
{
    *texture = (struct vgpu_resource) {
        .id = id, .kind = VGPU_RESOURCE_TEXTURE,
    };
    g_assert_true(vgpu_budget_charge_hosted(f->budget, TEXTURE_BYTES));
    g_hash_table_insert(f->context.resources, GUINT_TO_POINTER(id), texture);
}

static void end_texture(struct fixture *f, uint32_t id)
{
    g_hash_table_remove(f->context.resources, GUINT_TO_POINTER(id));
    vgpu_virgl_pins_resource_ended(f->pins, id, TEXTURE_BYTES);
    vgpu_budget_release_hosted(f->budget, TEXTURE_BYTES);
}

/* Views and bindings keep what the guest ended; and one of its id is another. */
static void test_pins(struct fixture *f, const void *unused)
{
    static const uint32_t binds[][8] = {
        { COMMAND(6, 3), 16, 0, 9 },            /* vertex buffer */
        { COMMAND(11, 3), 9, 2, 0 },            /* index buffer */
        { COMMAND(27, 5), 0, 4, 0, 16, 9 },     /* uniform buffer */
        { COMMAND(34, 5), 1, 0, 0, 16, 9 },     /* shader buffer */
        { COMMAND(35, 7), 1, 0, 0, 0, 0, 0, 9 },        /* image */
        { COMMAND(40, 4), 0, 0, 16, 9 },        /* atomic buffer */
    };
    struct vgpu_resource texture;

    (void)unused;
    for (unsigned i = 0; i < G_N_ELEMENTS(binds); i++) {
        uint32_t unbind[8];
        unsigned num = (binds[i][0] >> 16) + 1;

        begin_texture(f, &texture, 9);
        g_assert_cmphex(charge(f, binds[i], num), ==, VGPU_OK);
        end_texture(f, 9);
        g_assert_cmpuint(charged(f), ==, f->empty + TEXTURE_BYTES);
        for (unsigned w = 0; w < num; w++) {
            unbind[w] = binds[i][w] == 9 ? 0 : binds[i][w];
        }
        g_assert_cmphex(charge(f, unbind, num), ==, VGPU_OK);
        g_assert_cmpuint(charged(f), ==, f->empty);
    }
}

static void test_pins_of_views(struct fixture *f, const void *unused)
{
    struct vgpu_resource texture;
    uint64_t object;

    (void)unused;
    begin_texture(f, &texture, 9);
    g_assert_cmphex(CHARGE(f, CREATE_VIEW, 1, 9, 0, 0, 0, 0), ==, VGPU_OK);
    object = charged(f) - f->empty - TEXTURE_BYTES;
    end_texture(f, 9);
    begin_texture(f, &texture, 9);
    end_texture(f, 9);
    g_assert_cmpuint(charged(f), ==, f->empty + TEXTURE_BYTES + object);
    g_assert_cmphex(CHARGE(f, SET_VIEWS(1), 1, 0, 1, DESTROY_OBJECT, 1), ==,
                    VGPU_OK);
    g_assert_cmpuint(charged(f), ==, f->empty + TEXTURE_BYTES);
    /* Fewer are set: those behind are not bound any more. */
    g_assert_cmphex(CHARGE(f, SET_VIEWS(0), 1, 0), ==, VGPU_OK);
    g_assert_cmpuint(charged(f), ==, f->empty);
    /* With the context everything ends. */
    begin_texture(f, &texture, 9);
    g_assert_cmphex(CHARGE(f, CREATE_VIEW, 1, 9, 0, 0, 0, 0, SET_VIEWS(1), 0, 0,
                           1), ==, VGPU_OK);
    end_texture(f, 9);
    g_assert_cmpuint(charged(f), ==, f->empty + TEXTURE_BYTES + object);
}

/* Whatever it is: counted as long as the context lives, not longer. */
static void test_noise(struct fixture *f, const void *unused)
{
    static const uint8_t numbers[] = {
        0, 1, 3, 5, 6, 8, 10, 25, 27, 28, 29, 30, 31, 35, 37, 52,
    };
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
    add_test("T-340/take", test_take);
    add_test("T-401/no-room", test_no_room);
    add_test("T-399/no-stream", test_no_stream);
    add_test("sub-contexts", test_sub_contexts);
    add_test("T-364/many-sub-contexts", test_many_sub_contexts);
    add_test("objects", test_objects);
    add_test("T-401/many-objects", test_many_objects);
    add_test("chosen", test_chosen);
    add_test("failed", test_failed);
    add_test("long-shader", test_long_shader);
    add_test("programs", test_programs);
    add_test("many-programs", test_many_programs);
    add_test("pins", test_pins);
    add_test("pins-of-views", test_pins_of_views);
    add_test("noise", test_noise);
    return g_test_run();
}
