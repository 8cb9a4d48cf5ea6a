/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The cursor that a viewer sees (conformance matrix, UPDATE_CURSOR and
 * MOVE_CURSOR): image, place and visibility, in the order of the requests,
 * whatever the control queue does.
 */
#include "qemu/osdep.h"

#include "gpu.h"
#include "harness.h"
#include "load.h"
#include "outputs.h"
#include "pointer.h"

#define MAX_SIDE_PX 512

static void draw(struct picture *image, struct gpu *gpu)
{
    picture_create(image, gpu);
    picture_noise(image, NULL, image->id);
    picture_transfer(image, NULL);
}

/* Two usual images. */
static void draw_two(struct picture *images, struct gpu *gpu)
{
    for (unsigned i = 0; i < 2; i++) {
        images[i] = (struct picture){
            .id = 2 + i, .format = FORMAT_B8G8R8A8, .width = 64, .height = 64,
        };
        draw(&images[i], gpu);
    }
}

static void show(struct pointer *pointer, const struct picture *image,
                 int32_t x, int32_t y, const char *what)
{
    pointer_post_show(pointer, image, x, y);
    pointer_finish(pointer);
    pointer_check(pointer, what);
}

static void test_formats(void)
{
    struct gpu *gpu = gpu_boot_with("", true);
    struct pointer pointer;

    pointer_init(&pointer, gpu, 0);
    for (unsigned i = 0; i < PICTURE_NUM_FORMATS; i++) {
        struct picture image = {
            .id = 1 + i, .format = picture_formats[i],
            .width = 64, .height = 64,
        };
        unsigned defines = pointer.view->cursor_defines;

        draw(&image, gpu);
        show(&pointer, &image, 10 + i, 20, "a cursor of a format");
        expect_eq(pointer.view->cursor_defines, defines + 1,
                  "times that a cursor was defined");
    }
}

static void test_sizes(void)
{
    static const uint32_t sizes[][2] = {
        { 1, 1 }, { 16, 16 }, { 63, 64 }, { 64, 1 }, { 65, 65 }, { 128, 128 },
        { 256, 256 }, { 128, 32 }, { 32, 300 }, { 512, 512 }, { 512, 64 },
    };
    struct gpu *gpu = gpu_boot_with("", true);
    struct pointer pointer;

    pointer_init(&pointer, gpu, 0);
    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        struct picture image = {
            .id = 1 + i, .format = FORMAT_B8G8R8A8,
            .width = sizes[i][0], .height = sizes[i][1],
        };

        draw(&image, gpu);
        show(&pointer, &image, 3, i, "a cursor of a size");
    }
}

static void test_hot_spots(void)
{
    static const uint32_t spots[][2] = {
        { 0, 0 }, { 63, 63 }, { 64, 5 }, { 100, 100 },
        { 0xffffffff, 0x80000000 }, { 7, 9 },
    };
    struct gpu *gpu = gpu_boot_with("", true);
    struct picture images[2] = {
        { .id = 1, .format = FORMAT_B8G8R8A8, .width = 64, .height = 64 },
        { .id = 2, .format = FORMAT_B8G8R8A8, .width = 200, .height = 130 },
    };
    struct pointer pointer;

    pointer_init(&pointer, gpu, 0);
    draw(&images[0], gpu);
    draw(&images[1], gpu);
    for (unsigned i = 0; i < 2 * G_N_ELEMENTS(spots); i++) {
        pointer.hot_x = spots[i / 2][0];
        pointer.hot_y = spots[i / 2][1];
        show(&pointer, &images[i % 2], i, i, "a hot spot");
    }
}

/* The same shape again is news of its place only. */
static void test_same_shape(void)
{
    struct gpu *gpu = gpu_boot_with("", true);
    struct picture images[2];
    struct pointer pointer;
    unsigned defines;

    pointer_init(&pointer, gpu, 0);
    draw_two(images, gpu);
    show(&pointer, &images[0], 1, 1, "the first shape");
    defines = pointer.view->cursor_defines;
    for (unsigned i = 0; i < 20; i++) {
        show(&pointer, &images[0], i, 5, "the same shape");
    }
    expect_eq(pointer.view->cursor_defines, defines,
              "definitions of the same shape");
    pointer.hot_x = 3;
    show(&pointer, &images[0], 7, 5, "another hot spot");
    show(&pointer, &images[1], 8, 5, "another shape");
    pointer_post_hide(&pointer, 9, 5);
    pointer_finish(&pointer);
    pointer_check(&pointer, "hidden");
    show(&pointer, &images[1], 9, 6, "the same shape after hiding");
    picture_noise(&images[1], NULL, 77);
    pointer_check_place(&pointer, "drawn, not transferred");
    picture_transfer(&images[1], NULL);
    show(&pointer, &images[1], 9, 6, "the same resource, other pixels");
}

static void test_failures(void)
{
    struct gpu *gpu = gpu_boot_with(",blob=on", true);
    struct picture large = {
        .id = 10, .width = MAX_SIDE_PX + 1, .height = 1,
    };
    struct picture high = {
        .id = 11, .width = 1, .height = MAX_SIDE_PX + 1,
    };
    struct picture blob = {
        .id = 12, .width = 32, .height = 32, .blob = true,
    };
    struct picture images[2];
    struct pointer pointer;
    unsigned defines;

    pointer_init(&pointer, gpu, 0);
    draw_two(images, gpu);
    draw(&large, gpu);
    draw(&high, gpu);
    draw(&blob, gpu);
    for (unsigned visible = 0; visible < 2; visible++) {
        if (visible) {
            show(&pointer, &images[0], 50, 60, "a good cursor");
        }
        defines = pointer.view->cursor_defines;
        pointer_fail(&pointer, 99, RESP_ERR_RESOURCE_ID, "unknown resource");
        pointer_fail(&pointer, 10, RESP_ERR_PARAMETER, "too wide");
        pointer_fail(&pointer, 11, RESP_ERR_PARAMETER, "too high");
        pointer_fail(&pointer, 12, RESP_ERR_PARAMETER, "a blob too small");
        pointer_check(&pointer, "after updates that fail");
        expect_eq(pointer.view->cursor_defines, defines,
                  "definitions by updates that fail");
    }
    pointer_post_move(&pointer, 51, 61);
    pointer_finish(&pointer);
    pointer_check(&pointer, "a move after updates that fail");
}

/* The place of an update that fails later is taken back, a move's is not. */
static void test_failures_under_load(void)
{
    struct gpu *gpu = gpu_boot_with("", true);
    struct picture images[2];
    struct pointer pointer;
    struct load load;

    pointer_init(&pointer, gpu, 0);
    load_prepare(&load, gpu);
    draw_two(images, gpu);
    show(&pointer, &images[0], 50, 60, "a good cursor");
    load_post(&load, 16);
    pointer_fail(&pointer, 99, RESP_ERR_RESOURCE_ID, "unknown resource");
    pointer_check(&pointer, "after an update that fails");
    load_post(&load, 16);
    pointer_post_failing(&pointer, 99);
    pointer_post_move(&pointer, 70, 80);
    pointer_check_place(&pointer, "a move behind an update that will fail");
    pointer_finish_failing(&pointer, RESP_ERR_RESOURCE_ID);
    pointer_check(&pointer, "a move behind an update that failed");
}

static void test_two_heads(void)
{
    struct gpu *gpu = gpu_boot_with(",max_outputs=2", true);
    struct picture images[2];
    struct pointer pointers[2];

    draw_two(images, gpu);
    for (unsigned i = 0; i < 2; i++) {
        pointer_init(&pointers[i], gpu, i);
    }
    show(&pointers[0], &images[0], 1, 2, "head 0");
    pointer_check(&pointers[1], "head 1, which has none");
    show(&pointers[1], &images[1], 3, 4, "head 1, which is off");
    pointer_check(&pointers[0], "head 0 behind head 1");
    pointer_post_hide(&pointers[0], 5, 6);
    pointer_finish(&pointers[0]);
    pointer_check(&pointers[0], "head 0 hidden");
    pointer_check(&pointers[1], "head 1 behind head 0");
}

/* Images of any size, on heads of any size, at places that others lack. */
static void test_large_on_any_head(void)
{
    static const uint32_t sizes[][2] = {
        { 512, 512 }, { 64, 64 }, { 300, 20 }, { 128, 512 },
    };
    struct gpu *gpu = gpu_boot_with(",max_outputs=4", true);
    struct picture images[4];
    struct pointer pointers[4];

    outputs_set(gpu, "[{\"xres\": 640, \"yres\": 480}, {\"connected\": true, "
                "\"xres\": 3840, \"yres\": 2160}, {\"connected\": true, "
                "\"xres\": 1080, \"yres\": 1920}, {\"connected\": true}]");
    for (unsigned i = 0; i < 4; i++) {
        images[i] = (struct picture){
            .id = 1 + i, .format = FORMAT_B8G8R8A8,
            .width = sizes[i][0], .height = sizes[i][1],
        };
        draw(&images[i], gpu);
        pointer_init(&pointers[i], gpu, i);
        show(&pointers[i], &images[i], i, 7, "a cursor of a size on a head");
    }
    for (unsigned i = 0; i < 4; i++) {
        pointer_post_move(&pointers[i], 600 + i * 900, 400 + i * 500);
        pointer_finish(&pointers[i]);
    }
    for (unsigned i = 0; i < 4; i++) {
        pointer_check(&pointers[i], "the cursors of four heads");
    }
}

static void test_reset(void)
{
    struct gpu *gpu = gpu_boot_with("", true);
    struct picture images[2];
    struct pointer pointer;

    pointer_init(&pointer, gpu, 0);
    draw_two(images, gpu);
    show(&pointer, &images[0], 1, 2, "before the reset");
    vdev_reset(gpu->vdev);
    display_sync(pointer.display);
    expect_true(!pointer.view->cursor_on, "a cursor after a reset");
    gpu_restart(gpu, NULL);
    pointer_init(&pointer, gpu, 0);
    draw_two(images, gpu);
    show(&pointer, &images[0], 1, 2, "the same after the reset");
}

/* An image that was still to come at the reset never comes. */
static void test_reset_under_load(void)
{
    struct gpu *gpu = gpu_boot_with("", true);
    struct picture images[2];
    struct pointer pointer;
    struct load load;

    for (unsigned i = 0; i < 3; i++) {
        pointer_init(&pointer, gpu, 0);
        load_prepare(&load, gpu);
        draw_two(images, gpu);
        load_post(&load, 32);
        pointer_post_show(&pointer, &images[i % 2], 5, 5);
        gpu_restart(gpu, NULL);
        gpu_expect_alive(gpu);
        display_sync(pointer.display);
        expect_true(!pointer.view->cursor_on,
                    "a cursor that was asked for before the reset");
    }
}

/* The control queue still works: not all chains came back. */
static void expect_busy(struct gpu *gpu, const char *what)
{
    expect_true(__atomic_load_n(&gpu->queue[0]->used->idx, __ATOMIC_ACQUIRE) !=
                gpu->queue[0]->avail_idx,
                "%s had to wait for the control queue", what);
}

/* Places and hiding do not wait for images, images for the control queue. */
static void test_busy(const void *properties)
{
    struct gpu *gpu = gpu_boot_with(properties, true);
    struct picture images[2];
    struct pointer pointer;
    struct load load;

    pointer_init(&pointer, gpu, 0);
    load_prepare(&load, gpu);
    draw_two(images, gpu);
    show(&pointer, &images[0], 1, 1, "before the load");
    load_post(&load, 64);
    pointer_post_show(&pointer, &images[1], 30, 40);
    pointer_check_place(&pointer, "the place of an image to come");
    pointer_post_move(&pointer, 31, 41);
    pointer_check_place(&pointer, "a move");
    pointer_post_hide(&pointer, 32, 42);
    pointer_check_place(&pointer, "hiding");
    expect_busy(gpu, "the cursor");
    pointer_finish(&pointer);
    pointer_check(&pointer, "hidden in the end");
    pointer_post_show(&pointer, &images[1], 33, 43);
    pointer_finish(&pointer);
    pointer_check(&pointer, "shown in the end");
}

static void post_at_random(struct pointer *pointer, struct picture *images,
                           GRand *random)
{
    int32_t x = g_rand_int_range(random, -100, 2000);
    int32_t y = g_rand_int_range(random, -100, 2000);

    switch (g_rand_int_range(random, 0, 4)) {
    case 0:
        pointer_post_hide(pointer, x, y);
        break;
    case 1:
        pointer_post_move(pointer, x, y);
        break;
    default:
        pointer_post_show(pointer, &images[g_rand_int_range(random, 0, 2)],
                          x, y);
        break;
    }
}

static void check_races(struct gpu *gpu, struct load *load, unsigned rounds)
{
    g_autoptr(GRand) random = g_rand_new_with_seed(rounds);
    struct picture images[2];
    struct pointer pointer;

    pointer_init(&pointer, gpu, 0);
    draw_two(images, gpu);
    for (unsigned i = 0; i < rounds; i++) {
        unsigned num = g_rand_int_range(random, 1, POINTER_SLOTS + 1);

        if (load) {
            load_post(load, 8);
        }
        for (unsigned k = 0; k < num; k++) {
            post_at_random(&pointer, images, random);
        }
        pointer_finish(&pointer);
        pointer_check(&pointer, "requests in a row");
        for (unsigned k = 0; load && k < 8; k++) {
            vring_wait(gpu->queue[QUEUE_CONTROL]);
        }
    }
}

static void test_races(void)
{
    check_races(gpu_boot_with("", true), NULL, 300);
}

static void test_races_under_load(void)
{
    struct gpu *gpu = gpu_boot_with("", true);
    struct load load;

    load_prepare_sized(&load, gpu, 1024, 1024);
    check_races(gpu, &load, 100);
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add("/T-145,T-147/formats", test_formats);
    harness_add("/T-145,T-415/sizes", test_sizes);
    harness_add("/T-150/hot-spots", test_hot_spots);
    harness_add("/T-145,T-146/same-shape", test_same_shape);
    harness_add("/T-414,T-415,T-416/failures", test_failures);
    harness_add("/T-414/failures-under-load", test_failures_under_load);
    harness_add("/T-153,T-495,T-496/two-heads", test_two_heads);
    harness_add("/T-153,T-415/large-on-any-head", test_large_on_any_head);
    harness_add("/T-516/reset", test_reset);
    harness_add("/T-516/reset-under-load", test_reset_under_load);
    harness_add_data("/T-159,T-609/busy/ioeventfd", test_busy, "");
    harness_add_data("/T-159,T-609/busy/no-ioeventfd", test_busy,
                     ",ioeventfd=off");
    harness_add("/T-158/requests-in-a-row", test_races);
    harness_add("/T-158/requests-in-a-row-under-load", test_races_under_load);
    return harness_run();
}
