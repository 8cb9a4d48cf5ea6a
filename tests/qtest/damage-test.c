/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Which parts of the screen a viewer is sent (conformance matrix,
 * RESOURCE_FLUSH and SET_SCANOUT): those that really changed, to the pixel.
 */
#include "qemu/osdep.h"

#include "gpu.h"
#include "harness.h"
#include "scene.h"

static void draw(struct picture *picture, struct gpu *gpu, uint32_t seed)
{
    picture_create(picture, gpu);
    picture_noise(picture, NULL, seed);
    picture_transfer(picture, NULL);
}

static void test_one_pixel(void)
{
    static const uint32_t places[][2] = {
        { 0, 0 }, { 63, 63 }, { 64, 64 }, { 63, 64 }, { 299, 199 },
        { 256, 192 }, { 150, 100 },
    };
    struct gpu *gpu = gpu_boot_with("", true);
    struct picture picture = { .id = 1, .width = 300, .height = 200 };
    struct scene scene;

    scene_init(&scene, gpu, 0);
    draw(&picture, gpu, 1);
    scene_show(&scene, &picture, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(places); i++) {
        picture_noise(&picture, &(struct wire_rect){
            places[i][0], places[i][1], 1, 1,
        }, 2 + i);
        scene_update(&scene, NULL, "one pixel, all flushed");
    }
}

/* EDGE-60: only what was flushed is looked at, and sent. */
static void test_cut_to_flush(void)
{
    static const struct wire_rect changes[] = {
        { 0, 0, 1, 1 }, { 60, 60, 8, 8 }, { 10, 10, 200, 3 },
        { 128, 0, 64, 200 }, { 127, 63, 66, 66 }, { 299, 0, 1, 200 },
    };
    struct gpu *gpu = gpu_boot_with("", true);
    struct picture picture = { .id = 1, .width = 300, .height = 200 };
    struct scene scene;

    scene_init(&scene, gpu, 0);
    draw(&picture, gpu, 1);
    scene_show(&scene, &picture, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(changes); i++) {
        picture_noise(&picture, &changes[i], 2 + i);
        scene_update(&scene, &changes[i], "a change, just it flushed");
    }
}

static void flip_alpha(struct picture *picture)
{
    for (uint32_t y = 0; y < picture->height; y++) {
        for (uint32_t x = 0; x < picture->width; x++) {
            uint32_t argb = picture->argb[(size_t)y * picture->width + x];

            picture_fill(picture, &(struct wire_rect){ x, y, 1, 1 },
                         argb ^ 0xff000000);
        }
    }
}

static void test_nothing(void)
{
    struct gpu *gpu = gpu_boot_with("", true);
    struct scene scene;

    scene_init(&scene, gpu, 0);
    for (unsigned i = 0; i < PICTURE_NUM_FORMATS; i++) {
        struct picture picture = {
            .id = 1 + i, .format = picture_formats[i],
            .width = 200, .height = 130,
        };

        draw(&picture, gpu, i);
        scene_show(&scene, &picture, NULL);
        scene_update_to_nothing(&scene, NULL, "a flush without a change");
        flip_alpha(&picture);
        scene_update_to_nothing(&scene, NULL, "the fourth byte changed");
    }
}

/* What Linux does for each frame: another buffer, all of it flushed. */
static void check_flips(const struct picture *kind, const char *properties)
{
    static const struct wire_rect cursor = { 200, 100, 16, 16 };
    struct gpu *gpu = gpu_boot_with(properties, true);
    struct picture pictures[2] = { *kind, *kind };
    struct scene scene;
    unsigned whole;

    scene_init(&scene, gpu, 0);
    for (unsigned i = 0; i < 2; i++) {
        pictures[i].id = 1 + i;
        draw(&pictures[i], gpu, 1);
    }
    scene_show(&scene, &pictures[0], NULL);
    whole = scene.view->pictures;
    for (unsigned i = 1; i <= 6; i++) {
        struct picture *next = &pictures[i % 2];
        unsigned updates = scene.view->updates;

        picture_noise(next, &cursor, 10 + i);
        scene_set(&scene, next, NULL);
        scene_update(&scene, NULL, "a flip with a change of 16x16");
        expect_eq(scene.view->updates, updates + 1, "updates for one flip");
    }
    expect_eq(scene.view->pictures, whole, "whole pictures after six flips");
}

static void test_flips(void)
{
    check_flips(&(struct picture){ .width = 500, .height = 300 }, "");
}

static void test_blob_flips(void)
{
    check_flips(&(struct picture){
        .width = 500, .height = 300, .blob = true,
    }, ",blob=on");
}

static void test_scattered_blob_flips(void)
{
    check_flips(&(struct picture){
        .width = 501, .height = 300, .blob = true, .scattered = true,
    }, ",blob=on");
}

/* Up to four changes anywhere, all or a part flushed. */
static void change_at_random(struct scene *scene, GRand *random, uint32_t seed)
{
    struct picture *picture = scene->picture;
    struct wire_rect all = picture_rect(picture);
    unsigned num = g_rand_int_range(random, 1, 5);

    for (unsigned i = 0; i < num; i++) {
        struct wire_rect rect = {
            .x = g_rand_int_range(random, 0, picture->width),
            .y = g_rand_int_range(random, 0, picture->height),
        };

        rect.width = g_rand_int_range(random, 1,
                                      MIN(picture->width - rect.x, 80) + 1);
        rect.height = g_rand_int_range(random, 1,
                                       MIN(picture->height - rect.y, 80) + 1);
        picture_noise(picture, &rect, seed * 8 + i);
        scene_expect(scene, i % 2 ? &rect : &all);
        picture_update(picture, i % 2 ? &rect : &all);
    }
}

static void check_random(struct picture *picture, const struct wire_rect *part,
                         const char *properties)
{
    struct gpu *gpu = gpu_boot_with(properties, true);
    g_autoptr(GRand) random = g_rand_new_with_seed(picture->width);
    struct scene scene;

    scene_init(&scene, gpu, 0);
    draw(picture, gpu, 1);
    scene_show(&scene, picture, part);
    for (unsigned i = 0; i < 25; i++) {
        change_at_random(&scene, random, i + 1);
        if (memchr(scene.sent, 1, scene.part.width * scene.part.height)) {
            scene_check(&scene, "changes at random");
        }
    }
}

static void test_formats(void)
{
    for (unsigned i = 0; i < PICTURE_NUM_FORMATS; i++) {
        struct picture picture = {
            .id = 1, .format = picture_formats[i],
            .width = 190 + i * 9, .height = 140, .scattered = i % 2,
        };

        check_random(&picture, NULL, "");
    }
}

static void test_blobs(void)
{
    for (unsigned i = 0; i < PICTURE_NUM_FORMATS; i++) {
        struct picture picture = {
            .id = 1, .format = picture_formats[i], .blob = true,
            .width = 190 + i * 9, .height = 140, .scattered = i % 2,
        };

        check_random(&picture, NULL, ",blob=on");
    }
}

/* The grid begins at the head's corner, not at the resource's. */
static void test_part(void)
{
    static const struct wire_rect parts[] = {
        { 1, 1, 200, 150 }, { 63, 65, 129, 128 }, { 100, 50, 64, 64 },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(parts); i++) {
        struct picture picture = { .id = 1, .width = 301, .height = 203 };

        check_random(&picture, &parts[i], "");
    }
}

static void test_pan(void)
{
    struct gpu *gpu = gpu_boot_with("", true);
    struct picture picture = { .id = 1, .width = 500, .height = 300 };
    struct scene scene;
    unsigned whole;

    scene_init(&scene, gpu, 0);
    draw(&picture, gpu, 1);
    /* Half of it is of one colour: there nothing changes in panning. */
    picture_fill(&picture, &(struct wire_rect){ 0, 0, 500, 150 }, 0x336699);
    picture_transfer(&picture, NULL);
    scene_show(&scene, &picture, &(struct wire_rect){ 0, 0, 260, 260 });
    whole = scene.view->pictures;
    for (uint32_t i = 1; i < 8; i++) {
        scene_set(&scene, &picture,
                  &(struct wire_rect){ i * 30, i * 5, 260, 260 });
        scene_update(&scene, NULL, "panning");
    }
    expect_eq(scene.view->pictures, whole, "whole pictures in panning");
}

static void test_two_heads(void)
{
    static const struct wire_rect parts[] = {
        { 0, 0, 200, 150 }, { 130, 30, 180, 120 },
    };
    static const struct wire_rect changes[] = {
        { 150, 60, 10, 10 }, { 0, 0, 310, 150 }, { 129, 29, 2, 2 },
    };
    struct gpu *gpu = gpu_boot_with(",max_outputs=2", true);
    struct picture desktop = { .id = 1, .width = 310, .height = 150 };
    struct scene scenes[2];

    draw(&desktop, gpu, 1);
    for (unsigned i = 0; i < 2; i++) {
        scene_init(&scenes[i], gpu, i);
        scene_show(&scenes[i], &desktop, &parts[i]);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(changes); i++) {
        picture_noise(&desktop, &changes[i], 2 + i);
        scene_expect(&scenes[0], &changes[i]);
        scene_expect(&scenes[1], &changes[i]);
        picture_update(&desktop, &changes[i]);
        scene_check(&scenes[0], "a change that two heads show");
        scene_check(&scenes[1], "a change that two heads show");
    }
}

static void test_sizes(void)
{
    static const uint32_t sizes[][2] = {
        { 640, 480 }, { 64, 64 }, { 65, 63 }, { 1000, 17 }, { 640, 480 },
    };
    struct gpu *gpu = gpu_boot_with("", true);
    struct scene scene;

    scene_init(&scene, gpu, 0);
    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        struct picture picture = {
            .id = 1 + i, .width = sizes[i][0], .height = sizes[i][1],
        };
        unsigned whole = scene.view->pictures;

        draw(&picture, gpu, i);
        scene_show(&scene, &picture, NULL);
        expect_true(scene.view->pictures > whole, "no new picture for %ux%u",
                    picture.width, picture.height);
        picture_noise(&picture, &(struct wire_rect){ 5, 5, 2, 2 }, 90 + i);
        scene_update(&scene, NULL, "a change after another size");
    }
}

/* A hundred changes in a row cost at most their tiles. */
static void test_many_small(void)
{
    struct gpu *gpu = gpu_boot_with("", true);
    struct picture picture = { .id = 1, .width = 640, .height = 480 };
    struct scene scene;

    scene_init(&scene, gpu, 0);
    draw(&picture, gpu, 1);
    scene_show(&scene, &picture, NULL);
    for (uint32_t i = 0; i < 100; i++) {
        const struct wire_rect dot = { 130 + i % 10, 70 + i / 10, 1, 1 };

        picture_noise(&picture, &dot, 2 + i);
        scene_expect(&scene, NULL);
        picture_update(&picture, NULL);
    }
    scene_check(&scene, "a hundred dots in one tile");
}

/* Every other tile of @columns x @lines tiles changes. */
static void draw_board(struct picture *picture, unsigned columns,
                       unsigned lines)
{
    for (unsigned i = 0; i < columns * lines; i++) {
        unsigned x = i % columns, y = i / columns;

        if ((x + y) % 2 == 0) {
            picture_fill(picture, &(struct wire_rect){
                x * SCENE_TILE_PX + 9, y * SCENE_TILE_PX + 9, 1, 1,
            }, 0xabcdef);
        }
    }
}

static void test_200_rectangles(void)
{
    struct gpu *gpu = gpu_boot_with("", true);
    struct picture picture = { .id = 1, .width = 1400, .height = 1300 };
    struct scene scene;

    scene_init(&scene, gpu, 0);
    draw(&picture, gpu, 1);
    scene_show(&scene, &picture, NULL);
    draw_board(&picture, 20, 20);
    scene_update(&scene, NULL, "200 tiles of a chessboard");
}

/* More than 256 rectangles are one: that around them. */
static void test_500_rectangles(void)
{
    struct gpu *gpu = gpu_boot_with("", true);
    struct picture picture = { .id = 1, .width = 2200, .height = 2100 };
    struct scene scene;

    scene_init(&scene, gpu, 0);
    draw(&picture, gpu, 1);
    scene_show(&scene, &picture, NULL);
    draw_board(&picture, 33, 31);
    scene_expect(&scene, NULL);
    for (uint32_t y = 0; y < 31 * SCENE_TILE_PX; y++) {
        memset(scene.sent + (size_t)y * picture.width, 1, 33 * SCENE_TILE_PX);
    }
    picture_update(&picture, NULL);
    scene_check(&scene, "512 tiles of a chessboard");
    expect_eq(scene.view->updates, 1, "updates for 512 rectangles");
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add("/T-031/damage-of-one-pixel", test_one_pixel);
    harness_add("/T-031,T-480/damage-cut-to-flush", test_cut_to_flush);
    harness_add("/T-031/damage-of-nothing", test_nothing);
    harness_add("/T-618/damage-of-flips", test_flips);
    harness_add("/T-619/damage-of-blob-flips", test_blob_flips);
    harness_add("/T-619/damage-of-scattered-blob-flips",
                test_scattered_blob_flips);
    harness_add("/T-047/damage-in-every-format", test_formats);
    harness_add("/T-035/damage-of-blobs", test_blobs);
    harness_add("/T-021/damage-of-a-part", test_part);
    harness_add("/T-021/damage-of-panning", test_pan);
    harness_add("/T-025,T-479/damage-on-two-heads", test_two_heads);
    harness_add("/T-020/damage-of-another-size", test_sizes);
    harness_add("/T-031/many-small-changes", test_many_small);
    harness_add("/T-031/200-rectangles", test_200_rectangles);
    harness_add("/T-031/512-rectangles", test_500_rectangles);
    return harness_run();
}
