/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "hw/virtio/vgpu/rect.h"

#include <glib.h>

#define END UINT32_MAX

static void test_inside(void)
{
    static const struct {
        const char *name;
        struct vgpu_rect rect;
        uint32_t width, height;
        bool inside;
    } cases[] = {
        { "whole", { 0, 0, 64, 48 }, 64, 48, true },
        { "last pixel", { 63, 47, 1, 1 }, 64, 48, true },
        { "one too wide", { 0, 0, 65, 48 }, 64, 48, false },
        { "one too high", { 0, 0, 64, 49 }, 64, 48, false },
        { "one to the right", { 1, 0, 64, 48 }, 64, 48, false },
        { "one down", { 0, 1, 64, 48 }, 64, 48, false },
        { "behind the edge", { 64, 0, 1, 1 }, 64, 48, false },
        { "empty at the far corner", { 64, 48, 0, 0 }, 64, 48, true },
        { "empty beyond", { 65, 0, 0, 1 }, 64, 48, false },
        { "empty but too high", { 0, 0, 0, 49 }, 64, 48, false },
        { "width wraps", { 0xfffffff0, 0, 0x20, 1 }, 64, 48, false },
        { "height wraps", { 0, END, 1, 1 }, 64, 48, false },
        { "wraps to nothing", { 1, 1, END, END }, 64, 48, false },
        { "all there is", { 0, 0, END, END }, END, END, true },
        { "one more than all", { 1, 0, END, 1 }, END, END, false },
        { "nothing has room for nothing", { 0, 0, 0, 0 }, 0, 0, true },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].name);
        g_assert_cmpint(vgpu_rect_is_inside(&cases[i].rect, cases[i].width,
                                            cases[i].height),
                        ==, cases[i].inside);
    }
}

static void test_intersect(void)
{
    static const struct {
        const char *name;
        struct vgpu_rect a, b, common;
    } cases[] = {
        { "same", { 1, 2, 3, 4 }, { 1, 2, 3, 4 }, { 1, 2, 3, 4 } },
        { "corner", { 0, 0, 8, 8 }, { 6, 5, 9, 9 }, { 6, 5, 2, 3 } },
        { "inner", { 0, 0, 64, 64 }, { 9, 8, 7, 6 }, { 9, 8, 7, 6 } },
        { "beyond all", { 10, 10, END, END }, { 12, 13, 4, 4 },
          { 12, 13, 4, 4 } },
        { "both wrap", { END - 1, 0, 9, 9 }, { END, 0, 9, 9 },
          { END, 0, 8, 9 } },
    };
    struct vgpu_rect out;

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].name);
        g_assert_true(vgpu_rect_intersect(&cases[i].a, &cases[i].b, &out));
        g_assert_cmpmem(&out, sizeof(out), &cases[i].common, sizeof(out));
        out = cases[i].a;
        g_assert_true(vgpu_rect_intersect(&cases[i].b, &out, &out));
        g_assert_cmpmem(&out, sizeof(out), &cases[i].common, sizeof(out));
    }
}

static void test_disjoint(void)
{
    static const struct vgpu_rect pairs[][2] = {
        { { 0, 0, 8, 8 }, { 8, 0, 8, 8 } },
        { { 0, 0, 8, 8 }, { 0, 8, 8, 8 } },
        { { 0, 0, 0, 8 }, { 0, 0, 8, 8 } },
        { { 4, 4, 0, 0 }, { 0, 0, 8, 8 } },
        { { END, END, END, END }, { 0, 0, END, END } },
    };
    struct vgpu_rect out;

    for (unsigned i = 0; i < G_N_ELEMENTS(pairs); i++) {
        g_assert_false(vgpu_rect_intersect(&pairs[i][0], &pairs[i][1], &out));
        g_assert_true(vgpu_rect_is_empty(&out));
        g_assert_false(vgpu_rect_intersect(&pairs[i][1], &pairs[i][0], &out));
    }
}

static bool covers(const struct vgpu_rect *r, uint32_t x, uint32_t y)
{
    return x >= r->x && x < r->x + r->width && y >= r->y &&
           y < r->y + r->height;
}

static struct vgpu_rect random_rect(GRand *rand)
{
    return (struct vgpu_rect) {
        g_rand_int_range(rand, 0, 12), g_rand_int_range(rand, 0, 12),
        g_rand_int_range(rand, 0, 9), g_rand_int_range(rand, 0, 9),
    };
}

/* Against a raster. */
static void test_random(void)
{
    GRand *rand = g_rand_new_with_seed(1);

    for (unsigned i = 0; i < 2000; i++) {
        struct vgpu_rect a = random_rect(rand), b = random_rect(rand), out;
        unsigned common = 0;
        bool touch = vgpu_rect_intersect(&a, &b, &out);

        for (uint32_t y = 0; y < 24; y++) {
            for (uint32_t x = 0; x < 24; x++) {
                bool both = covers(&a, x, y) && covers(&b, x, y);

                common += both;
                g_assert_cmpint(both, ==, touch && covers(&out, x, y));
            }
        }
        g_assert_cmpint(touch, ==, common > 0);
    }
    g_rand_free(rand);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/rect/T-445/inside", test_inside);
    g_test_add_func("/rect/intersect", test_intersect);
    g_test_add_func("/rect/disjoint", test_disjoint);
    g_test_add_func("/rect/random", test_random);
    return g_test_run();
}
