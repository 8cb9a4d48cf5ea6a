/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * max_fps: what is flushed sooner than a head may have another picture is read
 * once, when it may; nothing is lost, and who takes a screenshot does not wait.
 *
 * Pictures are counted against the time that the test took, which bounds them
 * from above on the slowest machine too.
 */
#include "qemu/osdep.h"

#include "libqtest.h"
#include "harness.h"
#include "metrics.h"
#include "scene.h"
#include "vnc.h"

#define BURST 200u

struct counts {
    int64_t taken_us;
    uint64_t flushed, read, too_soon;
};

static struct counts take(struct gpu *gpu)
{
    struct metrics *metrics = metrics_take(gpu);
    struct counts counts = {
        .taken_us = g_get_monotonic_time(),
        .flushed = metrics_get(metrics, "frames_flushed_total"),
        .read = metrics_get(metrics, "frames_read_total"),
        .too_soon = metrics_get(metrics, "frames_dropped_total", "too_soon"),
    };

    metrics_free(metrics);
    return counts;
}

/* One at the beginning of each period, and the one that has begun before. */
static void expect_rate(struct gpu *gpu, const struct counts *before,
                        unsigned fps, unsigned heads)
{
    struct counts now = take(gpu);
    int64_t us = now.taken_us - before->taken_us;
    uint64_t most = heads * (us * fps / G_USEC_PER_SEC + 2);

    g_test_message("%" PRIu64 " flushes, %" PRIu64 " pictures in %" PRId64
                   " ms", now.flushed - before->flushed,
                   now.read - before->read, us / 1000);
    expect_true(now.read - before->read <= most, "%" PRIu64 " pictures in %"
                PRId64 " us at %u a second", now.read - before->read, us, fps);
}

static void draw(struct picture *picture, struct gpu *gpu)
{
    picture_create(picture, gpu);
    picture_noise(picture, NULL, picture->id);
    picture_transfer(picture, NULL);
}

/* On the first head. */
static void show(struct scene *scene, struct picture *picture, struct gpu *gpu)
{
    scene_init(scene, gpu, 0);
    draw(picture, gpu);
    scene_show(scene, picture, NULL);
}

/* Each in a tile of its own, as fast as the device answers. */
static void burst(struct scene *scene)
{
    for (uint32_t i = 0; i < BURST; i++) {
        const struct wire_rect dot = { i % 10 * 64, i / 10 % 7 * 64, 9, 9 };

        picture_noise(scene->picture, &dot, 100 + i);
        scene_expect(scene, &dot);
        picture_update(scene->picture, &dot);
    }
}

/* @fps 0: no cap. */
static void check_burst(unsigned fps, const char *properties)
{
    struct gpu *gpu = gpu_boot_with(properties, true);
    struct picture picture = { .id = 1, .width = 640, .height = 480 };
    struct scene scene;
    struct counts before;

    show(&scene, &picture, gpu);
    before = take(gpu);
    burst(&scene);
    scene_check(&scene, "the last of a burst");
    if (fps) {
        expect_rate(gpu, &before, fps, 1);
        expect_true(take(gpu).too_soon > 0, "no flush came too soon");
    } else {
        expect_eq(take(gpu).too_soon, 0, "flushes that came too soon");
    }
}

static void test_burst(void)
{
    check_burst(3, ",max_fps=3");
}

static void test_no_cap(void)
{
    check_burst(0, "");
}

static void test_no_ioeventfd(void)
{
    check_burst(5, ",max_fps=5,ioeventfd=off");
}

/* The first after a while is read before its flush is answered. */
static void test_first(void)
{
    struct gpu *gpu = gpu_boot_with(",max_fps=20", true);
    struct picture picture = { .id = 1, .width = 640, .height = 480 };
    struct scene scene;

    show(&scene, &picture, gpu);
    for (uint32_t i = 0; i < 5; i++) {
        const struct wire_rect dot = { i * 64, 0, 1, 1 };
        struct counts before, now;

        g_usleep(2 * G_USEC_PER_SEC / 20);
        picture_noise(&picture, &dot, 50 + i);
        scene_expect(&scene, &dot);
        before = take(gpu);
        picture_update(&picture, &dot);
        now = take(gpu);
        expect_eq(now.read - before.read, 1, "pictures read");
        expect_eq(now.too_soon - before.too_soon, 0, "too soon");
        scene_check(&scene, "the first after a while");
    }
}

/* With a viewer, whose looks are not those of a screenshot. */
static void test_screendump(void)
{
    struct gpu *gpu = gpu_boot_with(",max_fps=1", true);
    struct picture picture = { .id = 1, .width = 640, .height = 480 };
    struct scene scene;

    show(&scene, &picture, gpu);
    for (uint32_t i = 0; i < 30; i++) {
        picture_noise(&picture, NULL, 100 + i);
        picture_update(&picture, NULL);
        picture_expect_shown(&picture, NULL, 0);
    }
}

static void test_screendump_unseen(void)
{
    struct gpu *gpu = gpu_boot_with(",max_fps=1", false);
    struct picture picture = { .id = 1, .width = 320, .height = 200 };

    draw(&picture, gpu);
    picture_show(&picture, 0, NULL);
    for (uint32_t i = 0; i < 30; i++) {
        picture_noise(&picture, NULL, 100 + i);
        picture_update(&picture, NULL);
        picture_expect_shown(&picture, NULL, 0);
    }
}

/* A head does not wait for another's time. */
static void test_heads(void)
{
    struct gpu *gpu = gpu_boot_with(",max_outputs=2,max_fps=4", true);
    struct picture pictures[2] = {
        { .id = 1, .width = 640, .height = 480 },
        { .id = 2, .width = 640, .height = 480 },
    };
    struct scene scenes[2];
    struct counts before;

    for (unsigned i = 0; i < 2; i++) {
        scene_init(&scenes[i], gpu, i);
        draw(&pictures[i], gpu);
        scene_show(&scenes[i], &pictures[i], NULL);
    }
    before = take(gpu);
    burst(&scenes[0]);
    burst(&scenes[1]);
    scene_check(&scenes[1], "the last of a burst on the second head");
    scene_check(&scenes[0], "the last of a burst on the first head");
    expect_rate(gpu, &before, 4, 2);
}

static bool shows_all(struct vnc *vnc, void *data)
{
    const struct picture *picture = data;

    for (size_t i = 0; i < (size_t)picture->width * picture->height; i++) {
        if (vnc->screen.width != picture->width ||
            vnc->screen.xrgb[i] != (picture->argb[i] & 0xffffff)) {
            return false;
        }
    }
    return true;
}

/* Who connects later, to a guest that draws on, is no screenshot either. */
static void test_vnc(void)
{
    struct gpu *gpu = gpu_boot_with(",max_fps=2 " VNC_ARGS(0), false);
    struct picture picture = { .id = 1, .width = 640, .height = 480 };
    struct vnc *vnc;
    struct counts before;

    draw(&picture, gpu);
    picture_show(&picture, 0, NULL);
    picture_flush(&picture, NULL);
    vnc = vnc_connect(gpu->guest);
    vnc_wait(vnc, shows_all, &picture, "the picture");
    before = take(gpu);
    for (uint32_t i = 0; i < BURST; i++) {
        const struct wire_rect spot = { i * 37 % 600, i * 53 % 440, 30, 30 };

        picture_noise(&picture, &spot, 2 + i);
        picture_update(&picture, &spot);
    }
    vnc_wait(vnc, shows_all, &picture, "the last of a burst");
    expect_rate(gpu, &before, 2, 1);
}

/* The VM stops between a flush and its time. */
static void test_stop(void)
{
    struct gpu *gpu = gpu_boot_with(",max_fps=1", true);
    struct picture picture = { .id = 1, .width = 640, .height = 480 };
    struct scene scene;

    show(&scene, &picture, gpu);
    picture_noise(&picture, NULL, 7);
    scene_expect(&scene, NULL);
    picture_update(&picture, NULL);
    qtest_qmp_assert_success(gpu->guest->qts, "{'execute': 'stop'}");
    scene_check(&scene, "what was flushed before the stop");
}

/* The picture goes before its time comes, or the device does. */
static void test_gone(void)
{
    struct gpu *gpu = gpu_boot_with(",max_fps=5", true);
    struct picture picture = { .id = 1, .width = 640, .height = 480 };
    struct scene scene;

    show(&scene, &picture, gpu);
    picture_noise(&picture, NULL, 7);
    picture_update(&picture, NULL);
    picture_unref(&picture);
    g_usleep(G_USEC_PER_SEC / 4);
    gpu_expect_alive(gpu);
    gpu_restart(gpu, NULL);
    scene_end(&scene);
    picture = (struct picture){ .id = 2, .width = 320, .height = 200 };
    draw(&picture, gpu);
    scene_show(&scene, &picture, NULL);
    picture_noise(&picture, NULL, 8);
    picture_update(&picture, NULL);
    guest_stop(gpu->guest);             /* status 0, nothing on stderr */
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add("/pace/burst", test_burst);
    harness_add("/pace/no-cap", test_no_cap);
    harness_add("/pace/no-ioeventfd", test_no_ioeventfd);
    harness_add("/pace/first", test_first);
    harness_add("/pace/screendump", test_screendump);
    harness_add("/pace/screendump-unseen", test_screendump_unseen);
    harness_add("/pace/heads", test_heads);
    harness_add("/pace/vnc", test_vnc);
    harness_add("/pace/stop", test_stop);
    harness_add("/pace/gone", test_gone);
    return harness_run();
}
