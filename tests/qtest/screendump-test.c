/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Screenshots: each format, size, part and head, pixel by pixel, as PPM and
 * as PNG (conformance matrix, C, T-020 to T-026, T-047, T-480, T-500).
 */
#include "gpu.h"
#include "harness.h"
#include "picture.h"
#include "screen.h"

static struct gpu *boot(const char *properties)
{
    g_autofree char *device = g_strdup_printf("virtio-gpu-pci,id=gpu%s",
                                              properties);

    return gpu_boot(NULL, device, NULL);
}

/* All ways to take one say the same. */
static void expect_both(const struct picture *picture,
                        const struct wire_rect *rect, unsigned head)
{
    struct screen *png = screen_take_png(picture->gpu->guest, "gpu", head);

    picture_expect_shown(picture, rect, head);
    picture_expect_on(picture, rect, png, "screendump as PNG");
    screen_free(png);
}

static void test_formats(void)
{
    struct gpu *gpu = boot("");

    for (unsigned i = 0; i < PICTURE_NUM_FORMATS; i++) {
        struct picture picture = {
            .id = 1 + i, .format = picture_formats[i],
            .width = 123, .height = 77,
        };

        picture_create(&picture, gpu);
        picture_noise(&picture, NULL, i);
        picture_transfer(&picture, NULL);
        picture_show(&picture, 0, NULL);
        picture_flush(&picture, NULL);
        expect_both(&picture, NULL, 0);
    }
}

static void test_blob_formats(void)
{
    struct gpu *gpu = boot(",blob=on");

    for (unsigned i = 0; i < 2 * PICTURE_NUM_FORMATS; i++) {
        struct picture picture = {
            .id = 1 + i, .format = picture_formats[i / 2],
            .width = 124, .height = 77, .blob = true, .scattered = i % 2,
        };

        picture_create(&picture, gpu);
        picture_noise(&picture, NULL, i);
        picture_show(&picture, 0, NULL);
        picture_flush(&picture, NULL);
        expect_both(&picture, NULL, 0);
    }
}

static void test_sizes(void)
{
    static const uint32_t sizes[][2] = {
        { 16, 16 }, { 17, 16 }, { 63, 65 }, { 64, 64 }, { 65, 63 },
        { 640, 480 }, { 1366, 768 }, { 2000, 31 }, { 31, 2000 },
    };
    struct gpu *gpu = boot("");

    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        struct picture picture = {
            .id = 1 + i, .width = sizes[i][0], .height = sizes[i][1],
            .scattered = i % 2,
        };

        picture_create(&picture, gpu);
        picture_noise(&picture, NULL, i);
        picture_transfer(&picture, NULL);
        picture_show(&picture, 0, NULL);
        picture_flush(&picture, NULL);
        expect_both(&picture, NULL, 0);
        picture_unref(&picture);
    }
}

static void test_heads(void)
{
    struct gpu *gpu = boot(",max_outputs=16");
    struct picture pictures[16];

    for (unsigned i = 0; i < 16; i++) {
        pictures[i] = (struct picture){
            .id = 1 + i, .width = 64 + i, .height = 100 - i,
        };
        picture_create(&pictures[i], gpu);
        picture_noise(&pictures[i], NULL, i);
        picture_transfer(&pictures[i], NULL);
        picture_show(&pictures[i], i, NULL);
        picture_flush(&pictures[i], NULL);
    }
    for (unsigned i = 0; i < 16; i++) {
        expect_both(&pictures[i], NULL, i);
    }
}

/* One desktop on two heads side by side, overlapping by 40 px. */
static void test_shared(void)
{
    static const struct wire_rect parts[] = {
        { 0, 0, 200, 150 }, { 160, 10, 240, 90 },
    };
    static const struct wire_rect change = { 150, 5, 30, 30 };
    struct gpu *gpu = boot(",max_outputs=2");
    struct picture desktop = { .id = 1, .width = 400, .height = 150 };

    picture_create(&desktop, gpu);
    picture_noise(&desktop, NULL, 1);
    picture_transfer(&desktop, NULL);
    picture_show(&desktop, 0, &parts[0]);
    picture_show(&desktop, 1, &parts[1]);
    picture_flush(&desktop, NULL);
    expect_both(&desktop, &parts[0], 0);
    expect_both(&desktop, &parts[1], 1);
    picture_noise(&desktop, &change, 2);
    picture_update(&desktop, &change);
    expect_both(&desktop, &parts[0], 0);
    expect_both(&desktop, &parts[1], 1);
}

/* The picture is larger than the head, which moves over it. */
static void test_pan(void)
{
    struct gpu *gpu = boot("");
    struct picture desktop = {
        .id = 1, .width = 500, .height = 300, .scattered = true,
    };

    picture_create(&desktop, gpu);
    picture_noise(&desktop, NULL, 1);
    picture_transfer(&desktop, NULL);
    for (uint32_t i = 0; i < 8; i++) {
        const struct wire_rect part = { i * 37, i * 21, 200, 130 };

        picture_show(&desktop, 0, &part);
        picture_flush(&desktop, NULL);
        expect_both(&desktop, &part, 0);
    }
}

/* EDGE-60: a flush that only meets an edge of the head. */
static void test_partial_flush(void)
{
    static const struct wire_rect part = { 50, 40, 100, 80 };
    static const struct wire_rect changes[] = {
        { 0, 0, 60, 50 }, { 140, 110, 60, 40 }, { 149, 40, 1, 80 },
        { 50, 119, 100, 1 }, { 70, 60, 1, 1 }, { 0, 0, 200, 150 },
    };
    struct gpu *gpu = boot("");
    struct picture desktop = { .id = 1, .width = 200, .height = 150 };

    picture_create(&desktop, gpu);
    picture_noise(&desktop, NULL, 1);
    picture_transfer(&desktop, NULL);
    picture_show(&desktop, 0, &part);
    picture_flush(&desktop, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(changes); i++) {
        picture_noise(&desktop, &changes[i], 2 + i);
        picture_update(&desktop, &changes[i]);
        expect_both(&desktop, &part, 0);
    }
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add("/T-006,T-020,T-047/formats", test_formats);
    harness_add("/T-619/formats-of-blobs", test_blob_formats);
    harness_add("/T-500/sizes", test_sizes);
    harness_add("/T-004/every-head", test_heads);
    harness_add("/T-025,T-026,T-479/shared-by-heads", test_shared);
    harness_add("/T-021/pan", test_pan);
    harness_add("/T-480/partial-flush", test_partial_flush);
    return harness_run();
}
