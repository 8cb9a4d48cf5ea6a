/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Frames are read when somebody looks, and then show all whose flush was
 * answered (conformance matrix, EDGE-63, EDGE-66, EDGE-96).
 *
 * Whether pixels were read at the flush is seen by changing them behind it.
 */
#include "qemu/osdep.h"

#include "libqtest.h"
#include "qobject/qdict.h"
#include "display.h"
#include "gpu.h"
#include "harness.h"
#include "load.h"
#include "picture.h"
#include "screen.h"

/* A console that nobody looked at for 3.5 s is not looked at. */
#define FORGOTTEN_US (3700 * 1000)

#define FRAMES_PER_HEAD 3

static struct gpu *boot(const char *properties)
{
    return gpu_boot_with(properties, false);
}

static uint64_t frame_bytes(struct gpu *gpu)
{
    return gpu_property(gpu, "frame-bytes");
}

static void draw(struct picture *picture, struct gpu *gpu, uint32_t seed)
{
    picture_create(picture, gpu);
    picture_noise(picture, NULL, seed);
    picture_transfer(picture, NULL);
}

static void present(struct picture *picture, struct gpu *gpu, unsigned head,
                    uint32_t seed)
{
    draw(picture, gpu, seed);
    picture_show(picture, head, NULL);
    picture_flush(picture, NULL);
}

static void redraw(struct picture *picture, uint32_t seed)
{
    picture_noise(picture, NULL, seed);
    picture_transfer(picture, NULL);
}

/* The head shows what was drawn when @copy was made of the picture's pixels. */
static void expect_copy(struct picture *picture, uint32_t *copy)
{
    struct picture then = *picture;

    then.argb = copy;
    picture_expect_shown(&then, NULL, 0);
}

/* Pixels behind the flush: seen if it did not read, not seen if it did. */
static void check_on_demand(struct picture *picture, const char *properties)
{
    struct gpu *gpu = boot(properties);
    g_autofree uint32_t *flushed = NULL;

    present(picture, gpu, 0, 1);
    expect_eq(frame_bytes(gpu), 0, "frame-bytes before anybody looks");
    redraw(picture, 2);
    picture_expect_shown(picture, NULL, 0);
    redraw(picture, 3);
    picture_flush(picture, NULL);
    flushed = g_memdup2(picture->argb, picture->width * picture->height * 4);
    redraw(picture, 4);
    expect_copy(picture, flushed);
    g_usleep(FORGOTTEN_US);
    picture_flush(picture, NULL);
    redraw(picture, 5);
    picture_expect_shown(picture, NULL, 0);
}

static void test_on_demand(void)
{
    check_on_demand(&(struct picture){
        .id = 1, .width = 300, .height = 200,
    }, "");
}

static void test_blob_on_demand(void)
{
    check_on_demand(&(struct picture){
        .id = 1, .width = 300, .height = 200, .blob = true, .scattered = true,
    }, ",blob=on");
}

/* A flush and a look in turn, all that was answered is seen. */
static void check_in_turn(const char *properties, bool displays)
{
    struct gpu *gpu = gpu_boot_with(properties, displays);
    struct picture picture = { .id = 1, .width = 130, .height = 70 };

    if (displays) {
        display_watch(display_of(gpu->guest), 0);
    }
    present(&picture, gpu, 0, 0);
    for (uint32_t i = 1; i <= 200; i++) {
        const struct wire_rect dot = { i % 130, i % 70, 1, 1 };

        picture_noise(&picture, i % 3 ? &dot : NULL, i);
        picture_update(&picture, i % 3 ? &dot : NULL);
        picture_expect_shown(&picture, NULL, 0);
    }
}

static void test_in_turn(void)
{
    check_in_turn("", false);
}

static void test_in_turn_with_viewer(void)
{
    check_in_turn("", true);
}

static void test_in_turn_no_ioeventfd(void)
{
    check_in_turn(",ioeventfd=off", false);
}

/* Much is flushed before the first look. */
static void test_late_look(void)
{
    struct gpu *gpu = boot("");
    struct picture picture = { .id = 1, .width = 640, .height = 480 };

    present(&picture, gpu, 0, 1);
    for (uint32_t i = 0; i < 400; i++) {
        const struct wire_rect spot = {
            i * 37 % 600, i * 53 % 440, 1 + i % 40, 1 + i % 30,
        };

        picture_noise(&picture, &spot, 2 + i);
        picture_update(&picture, &spot);
    }
    expect_eq(frame_bytes(gpu), 0, "frame-bytes before anybody looks");
    picture_expect_shown(&picture, NULL, 0);
}

static void test_stopped(void)
{
    struct gpu *gpu = boot("");
    struct picture picture = { .id = 1, .width = 300, .height = 200 };

    present(&picture, gpu, 0, 1);
    for (uint32_t i = 2; i < 5; i++) {
        qtest_qmp_assert_success(gpu->guest->qts, "{'execute': 'stop'}");
        picture_expect_shown(&picture, NULL, 0);
        picture_expect_shown(&picture, NULL, 0);
        qtest_qmp_assert_success(gpu->guest->qts, "{'execute': 'cont'}");
        redraw(&picture, i);
        picture_flush(&picture, NULL);
    }
}

static void test_twenty(void)
{
    struct gpu *gpu = boot("");
    struct picture picture = { .id = 1, .width = 640, .height = 480 };
    struct screen *screens[20];

    present(&picture, gpu, 0, 0);
    for (uint32_t round = 1; round < 4; round++) {
        screen_take_many(gpu->guest, "gpu", 0, screens, 20);
        for (unsigned i = 0; i < 20; i++) {
            picture_expect_on(&picture, NULL, screens[i],
                              "one of twenty screendumps");
            screen_free(screens[i]);
        }
        redraw(&picture, round);
        picture_flush(&picture, NULL);
    }
}

/* The device thread has seconds of other work, behind the flush. */
static void check_busy(const char *properties)
{
    struct gpu *gpu = boot(properties);
    struct picture picture = { .id = 2, .width = 300, .height = 200 };
    struct load load;

    load_prepare(&load, gpu);
    present(&picture, gpu, 0, 1);
    load_post(&load, 64);
    for (unsigned i = 0; i < 3; i++) {
        picture_expect_shown(&picture, NULL, 0);
    }
    expect_true(__atomic_load_n(&gpu->queue[0]->used->idx, __ATOMIC_ACQUIRE) !=
                gpu->queue[0]->avail_idx,
                "a screendump waited for all of the control queue");
}

static void test_busy(void)
{
    check_busy("");
}

static void test_busy_no_ioeventfd(void)
{
    check_busy(",ioeventfd=off");
}

static void expect_blank(struct gpu *gpu, unsigned head, const char *when)
{
    struct screen *screen = screen_take(gpu->guest, "gpu", head);

    expect_true(screen_is_blank(screen), "head %u shows a picture %s", head,
                when);
    screen_free(screen);
}

static bool has_no_frames(void *gpu)
{
    return frame_bytes(gpu) == 0;
}

static void check_reset(bool looked_at)
{
    struct gpu *gpu = boot(",max_outputs=2");

    for (uint32_t round = 0; round < 3; round++) {
        struct picture pictures[2] = {
            { .id = 1, .width = 300, .height = 200 },
            { .id = 2, .width = 64, .height = 64 },
        };

        for (unsigned i = 0; i < 2; i++) {
            present(&pictures[i], gpu, i, round);
            if (looked_at) {
                picture_expect_shown(&pictures[i], NULL, i);
            }
        }
        vdev_reset(gpu->vdev);
        expect_blank(gpu, 0, "after a reset");
        expect_blank(gpu, 1, "after a reset");
        /* The device thread does it when it comes to it. */
        harness_wait(has_no_frames, gpu, "the end of frames after a reset");
        gpu_restart(gpu, NULL);
    }
}

static void test_reset(void)
{
    check_reset(true);
}

static void test_reset_before_a_look(void)
{
    check_reset(false);
}

static void test_every_head(void)
{
    struct gpu *gpu = boot(",max_outputs=16");
    struct picture pictures[16];

    for (unsigned i = 0; i < 16; i++) {
        pictures[i] = (struct picture){
            .id = 1 + i, .width = 100 + i * 4, .height = 90,
        };
        present(&pictures[i], gpu, i, i);
    }
    for (unsigned i = 16; i-- > 0;) {
        picture_expect_shown(&pictures[i], NULL, i);
        redraw(&pictures[i], 100 + i);
        picture_flush(&pictures[i], NULL);
    }
    for (unsigned i = 0; i < 16; i++) {
        picture_expect_shown(&pictures[i], NULL, i);
    }
}

/* Room for rows and frames that are rounded up. */
static uint64_t most_bytes(const struct picture *picture)
{
    return FRAMES_PER_HEAD *
           ((uint64_t)(picture->width + 64) * picture->height * 4 + 65536);
}

static void test_bounds(void)
{
    struct gpu *gpu = gpu_boot_with(",max_outputs=2", true);
    struct picture pictures[2] = {
        { .id = 1, .width = 1024, .height = 768 },
        { .id = 2, .width = 640, .height = 480 },
    };
    uint64_t one;

    display_watch(display_of(gpu->guest), 0);
    present(&pictures[0], gpu, 0, 0);
    picture_expect_shown(&pictures[0], NULL, 0);
    one = frame_bytes(gpu);
    expect_true(one > 0, "frame-bytes is 0 although a picture is seen");
    present(&pictures[1], gpu, 1, 0);
    picture_expect_shown(&pictures[1], NULL, 1);
    for (uint32_t i = 1; i < 30; i++) {
        redraw(&pictures[i % 2], i);
        picture_flush(&pictures[i % 2], NULL);
        expect_true(frame_bytes(gpu) <= most_bytes(&pictures[0]) +
                    most_bytes(&pictures[1]), "frame-bytes is %" PRIu64,
                    frame_bytes(gpu));
    }
    picture_hide(gpu, 1);
    guest_settle(gpu->guest);
    expect_true(frame_bytes(gpu) <= most_bytes(&pictures[0]),
                "frame-bytes is %" PRIu64 " with one head of two",
                frame_bytes(gpu));
    picture_hide(gpu, 0);
    guest_settle(gpu->guest);
    expect_eq(frame_bytes(gpu), 0, "frame-bytes with all heads off");
    expect_blank(gpu, 0, "after it was disabled");
}

/* Sizes that come and go leave nothing behind. */
static void test_sizes(void)
{
    struct gpu *gpu = boot("");

    for (uint32_t i = 0; i < 12; i++) {
        struct picture picture = {
            .id = 1, .width = 100 + i * 50, .height = 700 - i * 50,
        };

        present(&picture, gpu, 0, i);
        picture_expect_shown(&picture, NULL, 0);
        expect_true(frame_bytes(gpu) <= most_bytes(&picture),
                    "frame-bytes is %" PRIu64 " for %ux%u", frame_bytes(gpu),
                    picture.width, picture.height);
        picture_unref(&picture);
    }
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add("/T-486/read-on-demand", test_on_demand);
    harness_add("/T-486/blob-read-on-demand", test_blob_on_demand);
    harness_add("/T-486/flush-and-look-in-turn", test_in_turn);
    harness_add("/T-486/flush-and-look-with-a-viewer",
                test_in_turn_with_viewer);
    harness_add("/T-486/flush-and-look-without-ioeventfd",
                test_in_turn_no_ioeventfd);
    harness_add("/T-486/late-look", test_late_look);
    harness_add("/T-486/look-at-a-stopped-vm", test_stopped);
    harness_add("/T-486/twenty-looks", test_twenty);
    harness_add("/T-534/look-while-busy/ioeventfd", test_busy);
    harness_add("/T-534/look-while-busy/no-ioeventfd",
                test_busy_no_ioeventfd);
    harness_add("/T-516/look-after-reset", test_reset);
    harness_add("/T-516/first-look-after-reset", test_reset_before_a_look);
    harness_add("/T-004/every-head-on-demand", test_every_head);
    harness_add("/T-483/frame-bytes", test_bounds);
    harness_add("/T-020/frame-bytes-of-sizes", test_sizes);
    return harness_run();
}
