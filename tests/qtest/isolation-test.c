/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What a guest freed cannot be seen in what it is given next: images that were
 * never transferred to are black, whose memory they have.  gl-isolation-test.c has
 * the same of 3D, gl-blob-test.c that of the window.
 */
#include "qemu/osdep.h"

#include "draw.h"
#include "harness.h"
#include "picture.h"
#include "screen.h"

#define ROUNDS 4
#define MANY   48u              /* small images, of one piece of the heap */

/* Small ones share pages, large ones have mappings of their own. */
static const struct size {
    uint32_t width, height;
} sizes[] = { { 8, 8 }, { 64, 64 }, { 200, 120 }, { 1024, 512 } };

/* An image with a secret in it, which is on the screen and goes. */
static void leave_secret(struct gpu *gpu, uint32_t id, const struct size *size)
{
    struct picture secret = {
        .id = id, .width = size->width, .height = size->height,
    };

    picture_create(&secret, gpu);
    picture_noise(&secret, NULL, id);
    picture_show(&secret, 0, NULL);
    picture_update(&secret, NULL);
    picture_expect_shown(&secret, NULL, 0);
    picture_hide(gpu, 0);
    picture_unref(&secret);
}

static void expect_black(struct gpu *gpu, uint32_t id, const struct size *size)
{
    const struct wire_rect all = { 0, 0, size->width, size->height };

    draw_scanout(gpu, 0, id, &all);
    draw_flush(gpu, id, &all);
    screen_expect_filled(gpu->guest, 0, size->width, size->height, 0);
}

static void test_one(void)
{
    struct gpu *gpu = gpu_boot_with("", true);

    for (unsigned i = 0; i < ROUNDS * G_N_ELEMENTS(sizes); i++) {
        const struct size *size = &sizes[i % G_N_ELEMENTS(sizes)];

        leave_secret(gpu, 1, size);
        draw_create(gpu, 2, FORMAT_B8G8R8X8, size->width, size->height);
        expect_black(gpu, 2, size);
        draw_unref(gpu, 2);
    }
}

/* Of many, every other one goes; what comes in its place is of other shapes. */
static void test_many(void)
{
    static const struct size before = { 16, 16 };
    static const struct size after[] = { { 16, 16 }, { 8, 32 }, { 32, 16 } };
    struct gpu *gpu = gpu_boot_with("", true);

    for (uint32_t id = 1; id <= MANY; id++) {
        draw_image(gpu, id, FORMAT_B8G8R8X8, before.width, before.height, id);
    }
    for (uint32_t id = 1; id <= MANY; id += 2) {
        draw_unref(gpu, id);
    }
    for (uint32_t id = 1; id <= MANY; id += 2) {
        const struct size *size = &after[id / 2 % G_N_ELEMENTS(after)];

        draw_create(gpu, id, FORMAT_B8G8R8X8, size->width, size->height);
        expect_black(gpu, id, size);
    }
}

/* What the guest before a reset had is nothing that the next one sees. */
static void test_reset(void)
{
    struct gpu *gpu = gpu_boot_with("", true);

    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        draw_image(gpu, 1, FORMAT_B8G8R8X8, sizes[i].width, sizes[i].height, 1);
        gpu_restart(gpu, NULL);
        draw_create(gpu, 1, FORMAT_B8G8R8X8, sizes[i].width, sizes[i].height);
        expect_black(gpu, 1, &sizes[i]);
        gpu_restart(gpu, NULL);
    }
}

/* Only what is transferred is there: not the heap around it. */
static void test_part(void)
{
    const struct wire_rect corner = { 0, 0, 16, 16 };
    struct gpu *gpu = gpu_boot_with("", true);
    struct picture picture = { .id = 2, .width = 64, .height = 64 };

    leave_secret(gpu, 1, &sizes[1]);
    picture_create(&picture, gpu);
    picture_noise(&picture, &corner, 5);
    picture_transfer(&picture, &corner);
    picture_show(&picture, 0, NULL);
    picture_flush(&picture, NULL);
    picture_expect_shown(&picture, NULL, 0);
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add("/isolation/one", test_one);
    harness_add("/isolation/many", test_many);
    harness_add("/isolation/reset", test_reset);
    harness_add("/isolation/part", test_part);
    return harness_run();
}
