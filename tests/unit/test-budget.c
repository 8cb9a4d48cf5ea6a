/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "hw/virtio/vgpu/budget.h"

#include <string.h>
#include <glib.h>

#define MIB (1ull << 20)
#define PAGE 4096u

static void assert_zero(const uint8_t *memory, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        g_assert_cmpuint(memory[i], ==, 0);
    }
}

static void test_pixels(void)
{
    struct vgpu_budget *budget = vgpu_budget_create(16 * MIB, 0);

    g_assert_true(vgpu_budget_charge_pixels(budget, 16 * MIB));
    g_assert_false(vgpu_budget_charge_pixels(budget, 1));
    g_assert_true(vgpu_budget_charge_pixels(budget, 0));
    g_assert_cmpuint(vgpu_budget_usage(budget).pixels, ==, 16 * MIB);
    vgpu_budget_release_pixels(budget, 4);
    g_assert_false(vgpu_budget_charge_pixels(budget, 5));
    g_assert_false(vgpu_budget_charge_pixels(budget, UINT64_MAX));
    g_assert_true(vgpu_budget_charge_pixels(budget, 4));
    vgpu_budget_release_pixels(budget, 16 * MIB);
    g_assert_cmpuint(vgpu_budget_usage(budget).pixels, ==, 0);
    vgpu_budget_destroy(budget);
}

static void test_charge(void)
{
    struct vgpu_budget *budget = vgpu_budget_create(16 * MIB, 0);
    struct vgpu_budget_usage usage = vgpu_budget_usage(budget);

    g_assert_cmpuint(usage.limit, ==, 16 * MIB);
    g_assert_cmpuint(usage.held_limit, ==, 17 * MIB);
    g_assert_false(vgpu_budget_charge(budget, usage.held_limit + 1));
    g_assert_false(vgpu_budget_charge(budget, UINT64_MAX));
    g_assert_true(vgpu_budget_charge(budget, usage.held_limit));
    g_assert_null(vgpu_budget_alloc(budget, 1));
    g_assert_false(vgpu_budget_charge(budget, 1));
    vgpu_budget_release(budget, usage.held_limit);
    g_assert_cmpuint(vgpu_budget_usage(budget).held, ==, 0);
    vgpu_budget_destroy(budget);
}

static void test_extremes(void)
{
    struct vgpu_budget *none = vgpu_budget_create(0, 0);
    struct vgpu_budget *all = vgpu_budget_create(UINT64_MAX, 0);
    uint8_t *memory;

#ifdef __SANITIZE_THREAD__
    g_test_skip("the thread sanitizer leaves no 4 TiB of addresses to others");
    vgpu_budget_destroy(none);
    vgpu_budget_destroy(all);
    return;
#endif
    g_assert_null(vgpu_budget_alloc(none, 1));
    g_assert_false(vgpu_budget_charge_pixels(none, 1));
    g_assert_false(vgpu_budget_charge(none, 1));
    g_assert_null(vgpu_budget_alloc(all, 0));
    g_assert_null(vgpu_budget_alloc(all, SIZE_MAX));
    g_assert_null(vgpu_budget_alloc(all, SIZE_MAX / 2));
    memory = vgpu_budget_alloc(all, 3 * PAGE);
    g_assert_nonnull(memory);
    assert_zero(memory, 3 * PAGE);
    vgpu_budget_free(all, memory);
    vgpu_budget_free(all, NULL);
    vgpu_budget_destroy(none);
    vgpu_budget_destroy(all);
    vgpu_budget_destroy(NULL);
}

/* What was written by one owner is never seen by the next. */
static void test_zeroed(void)
{
    static const size_t sizes[] = { 1, 16, 63, 64, 65, 100, 2047, 2048, 2049,
                                    PAGE - 1, PAGE, PAGE + 1, 10 * PAGE + 7 };
    struct vgpu_budget *budget = vgpu_budget_create(16 * MIB, 0);

    for (unsigned round = 0; round < 5; round++) {
        for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
            uint8_t *memory[8];

            for (unsigned n = 0; n < G_N_ELEMENTS(memory); n++) {
                memory[n] = vgpu_budget_alloc(budget, sizes[i]);
                g_assert_cmpuint((uintptr_t)memory[n] % 16, ==, 0);
                g_assert_true(sizes[i] < PAGE ||
                              (uintptr_t)memory[n] % PAGE == 0);
                assert_zero(memory[n], sizes[i]);
                memset(memory[n], 0xff, sizes[i]);
            }
            for (unsigned n = 0; n < G_N_ELEMENTS(memory); n++) {
                vgpu_budget_free(budget, memory[(n + round) % 8]);
            }
        }
    }
    g_assert_cmpuint(vgpu_budget_usage(budget).held, ==, 0);
    vgpu_budget_destroy(budget);
}

/* All of the limit can be handed out, however it was used before. */
static void test_whole_limit(void)
{
    struct vgpu_budget *budget = vgpu_budget_create(16 * MIB, 0);
    void *half[2];
    void *memory;

    memory = vgpu_budget_alloc(budget, 17 * MIB);
    g_assert_nonnull(memory);
    g_assert_null(vgpu_budget_alloc(budget, 1));
    vgpu_budget_free(budget, memory);
    g_assert_null(vgpu_budget_alloc(budget, 17 * MIB + 1));
    for (unsigned i = 0; i < 100; i++) {
        half[0] = vgpu_budget_alloc(budget, 8 * MIB + i * PAGE);
        half[1] = vgpu_budget_alloc(budget, 8 * MIB);
        g_assert_nonnull(half[0]);
        g_assert_nonnull(half[1]);
        vgpu_budget_free(budget, half[i % 2]);
        vgpu_budget_free(budget, half[1 - i % 2]);
    }
    memory = vgpu_budget_alloc(budget, 17 * MIB);
    g_assert_nonnull(memory);
    vgpu_budget_free(budget, memory);
    vgpu_budget_destroy(budget);
}

#define OBJECTS 300

struct object {
    uint8_t *memory;
    size_t bytes;
    uint8_t mark;
};

static size_t random_size(GRand *rand)
{
    switch (g_rand_int_range(rand, 0, 4)) {
    case 0:
        return g_rand_int_range(rand, 1, 200);
    case 1:
        return g_rand_int_range(rand, 200, 5000);
    case 2:
        return g_rand_int_range(rand, 1, 20) * PAGE;
    default:
        return g_rand_int_range(rand, 1, 300000);
    }
}

static void check_object(const struct object *object)
{
    for (size_t i = 0; i < object->bytes; i += 61) {
        g_assert_cmpuint(object->memory[i], ==, object->mark);
    }
    g_assert_cmpuint(object->memory[object->bytes - 1], ==, object->mark);
}

static void check_usage(const struct vgpu_budget *budget, uint64_t asked)
{
    struct vgpu_budget_usage usage = vgpu_budget_usage(budget);

    g_assert_cmpuint(usage.held, >=, asked);
    g_assert_cmpuint(usage.held, <=, usage.held_limit);
}

/* Objects never overlap, nothing is lost, the figures are never too small. */
static void test_random(void)
{
    struct vgpu_budget *budget = vgpu_budget_create(8 * MIB, 0);
    struct object objects[OBJECTS] = { { 0 } };
    GRand *rand = g_rand_new_with_seed(2);
    uint64_t asked = 0;
    unsigned refused = 0;

    for (unsigned i = 0; i < 60000; i++) {
        struct object *object = &objects[g_rand_int_range(rand, 0, OBJECTS)];

        if (object->memory) {
            check_object(object);
            vgpu_budget_free(budget, object->memory);
            asked -= object->bytes;
            object->memory = NULL;
            continue;
        }
        object->bytes = random_size(rand);
        object->mark = i;
        object->memory = vgpu_budget_alloc(budget, object->bytes);
        if (object->memory) {
            g_assert_cmpuint(object->memory[0], ==, 0);
            g_assert_cmpuint(object->memory[object->bytes - 1], ==, 0);
            memset(object->memory, object->mark, object->bytes);
            asked += object->bytes;
        } else {
            refused++;
        }
        check_usage(budget, asked);
    }
    g_assert_cmpuint(refused, >, 100);
    for (unsigned i = 0; i < OBJECTS; i++) {
        vgpu_budget_free(budget, objects[i].memory);
    }
    g_assert_cmpuint(vgpu_budget_usage(budget).held, ==, 0);
    g_rand_free(rand);
    vgpu_budget_destroy(budget);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/budget/pixels", test_pixels);
    g_test_add_func("/budget/charge", test_charge);
    g_test_add_func("/budget/extremes", test_extremes);
    g_test_add_func("/budget/T-537/zeroed", test_zeroed);
    g_test_add_func("/budget/whole-limit", test_whole_limit);
    g_test_add_func("/budget/T-538/random", test_random);
    return g_test_run();
}
