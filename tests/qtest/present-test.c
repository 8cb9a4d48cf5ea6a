/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * When pictures reach a viewer (conformance matrix, T-020, T-486): soon,
 * however long nothing changed, and not more often than a display shows them.
 */
#include "qemu/osdep.h"

#include "gpu.h"
#include "harness.h"
#include "outputs.h"
#include "scene.h"
#include "vnc.h"

/*
 * QEMU's VNC server looks every 3 s after some idle time. A viewer is woken
 * within milliseconds; this bound only tells one from the other on a machine
 * with much else to do.
 */
#define PROMPT_US G_USEC_PER_SEC

#define BURST 1000

static struct gpu *boot(const char *properties, const char *args,
                        bool displays)
{
    g_autofree char *line = g_strdup_printf("%s %s", properties, args);

    return gpu_boot_with(line, displays);
}

static void draw(struct picture *picture, struct gpu *gpu)
{
    picture_create(picture, gpu);
    picture_noise(picture, NULL, 1);
    picture_transfer(picture, NULL);
}

static bool has_pixel(struct vnc *vnc, void *data)
{
    const struct picture *picture = data;

    return vnc->screen.width == picture->width &&
           vnc->screen.xrgb[0] == (picture->argb[0] & 0xffffff);
}

/* Draws a dot and returns how long the client waits for it. */
static int64_t time_of_dot(struct vnc *vnc, struct picture *picture,
                           uint32_t seed)
{
    static const struct wire_rect dot = { 0, 0, 1, 1 };
    int64_t start;

    picture_noise(picture, &dot, seed);
    picture_transfer(picture, NULL);
    start = g_get_monotonic_time();
    picture_flush(picture, NULL);
    while (!has_pixel(vnc, picture)) {
        expect_true(vnc_receive(vnc, HARNESS_PATIENCE_US),
                    "VNC: the dot did not come");
    }
    return g_get_monotonic_time() - start;
}

static void test_idle(void)
{
    static const unsigned idle_s[] = { 0, 1, 4, 11 };
    struct gpu *gpu = boot("", VNC_ARGS(0), false);
    struct vnc *vnc = vnc_connect(gpu->guest);
    struct picture picture = { .id = 1, .width = 640, .height = 480 };

    draw(&picture, gpu);
    picture_show(&picture, 0, NULL);
    picture_flush(&picture, NULL);
    vnc_wait(vnc, has_pixel, &picture, "the picture");
    for (unsigned i = 0; i < G_N_ELEMENTS(idle_s); i++) {
        int64_t time_us;

        vnc_request(vnc, true);         /* what an idle client has pending */
        g_usleep(idle_s[i] * G_USEC_PER_SEC);
        time_us = time_of_dot(vnc, &picture, 10 + i);
        g_test_message("VNC update after %u s: %.2f ms", idle_s[i],
                       time_us / 1000.0);
        expect_true(time_us < PROMPT_US, "a VNC update came %" PRId64
                    " us after a flush", time_us);
    }
}

/* Who connects after nobody looked for long does not wait either. */
static void test_late_client(void)
{
    struct gpu *gpu = boot("", VNC_ARGS(0), false);
    struct picture picture = { .id = 1, .width = 640, .height = 480 };

    draw(&picture, gpu);
    picture_show(&picture, 0, NULL);
    picture_flush(&picture, NULL);
    for (unsigned i = 0; i < 2; i++) {
        struct vnc *vnc;
        int64_t start, time_us;

        g_usleep(5 * G_USEC_PER_SEC);
        start = g_get_monotonic_time();
        vnc = vnc_connect(gpu->guest);
        vnc_wait(vnc, has_pixel, &picture, "the picture");
        time_us = g_get_monotonic_time() - start;
        g_test_message("VNC connection to picture: %.2f ms", time_us / 1000.0);
        expect_true(time_us < PROMPT_US, "a new VNC client got its picture "
                    "after %" PRId64 " us", time_us);
    }
}

/* Hz, of a display that says nothing of it. */
#define RATE 75

/*
 * Of one picture: dots from left to right and line by line are three rectangles
 * at most, and one more where two pictures were added up.
 */
#define BOXES 4

/* Dots all in one tile, as fast as the device answers. */
static void burst(struct scene *scene)
{
    for (uint32_t i = 0; i < BURST; i++) {
        const struct wire_rect dot = { 64 + i % 64, 64 + i / 64, 1, 1 };

        picture_noise(scene->picture, &dot, 100 + i);
        scene_expect(scene, &dot);
        picture_update(scene->picture, &dot);
    }
}

static void test_burst(void)
{
    struct gpu *gpu = boot("", "", true);
    struct picture picture = { .id = 1, .width = 640, .height = 480 };
    struct scene scene;
    unsigned updates;
    int64_t us;

    scene_init(&scene, gpu, 0);
    draw(&picture, gpu);
    scene_show(&scene, &picture, NULL);
    updates = scene.view->updates;
    us = g_get_monotonic_time();
    burst(&scene);
    scene_check(&scene, "the last of a burst");
    us = g_get_monotonic_time() - us;
    updates = scene.view->updates - updates;
    g_test_message("%u flushes and %u updates in %.0f ms", BURST, updates,
                   us / 1000.0);
    /* The first and the last are there whatever the time. */
    expect_true(updates <= BOXES * (us * RATE / G_USEC_PER_SEC + 3),
                "%u updates in %.0f ms", updates, us / 1000.0);
}

#define SLOW_RATE 10

/* At the rate of the monitor that the operator plugged in. */
static void test_rate(void)
{
    struct gpu *gpu = boot("", "", true);
    struct picture picture = { .id = 1, .width = 640, .height = 480 };
    struct scene scene;
    unsigned updates;
    int64_t us;

    outputs_set(gpu, "[{\"refresh\": 10}]");
    scene_init(&scene, gpu, 0);
    draw(&picture, gpu);
    scene_show(&scene, &picture, NULL);
    updates = scene.view->updates;
    us = g_get_monotonic_time();
    for (unsigned round = 0; round < 4; round++) {
        burst(&scene);
    }
    scene_check(&scene, "the last of a burst");
    us = g_get_monotonic_time() - us;
    updates = scene.view->updates - updates;
    g_test_message("%u updates in %.0f ms at %u Hz", updates, us / 1000.0,
                   SLOW_RATE);
    expect_true(updates <= BOXES * (us * SLOW_RATE / G_USEC_PER_SEC + 3),
                "%u updates in %.0f ms", updates, us / 1000.0);
}

/* The rate is each head's own. */
static void test_burst_on_two_heads(void)
{
    struct gpu *gpu = boot(",max_outputs=2", "", true);
    struct picture pictures[2] = {
        { .id = 1, .width = 640, .height = 480 },
        { .id = 2, .width = 320, .height = 240 },
    };
    struct scene scenes[2];

    for (unsigned i = 0; i < 2; i++) {
        scene_init(&scenes[i], gpu, i);
        draw(&pictures[i], gpu);
        scene_show(&scenes[i], &pictures[i], NULL);
    }
    burst(&scenes[0]);
    picture_noise(&pictures[1], NULL, 9);
    scene_expect(&scenes[1], NULL);
    picture_update(&pictures[1], NULL);
    scene_check(&scenes[1], "one picture on the other head");
    scene_check(&scenes[0], "the last of a burst");
}

/* What changed once is sent once. */
static void test_quiet(void)
{
    struct gpu *gpu = boot("", "", true);
    struct picture picture = { .id = 1, .width = 640, .height = 480 };
    struct scene scene;
    unsigned updates, pictures;

    scene_init(&scene, gpu, 0);
    draw(&picture, gpu);
    scene_show(&scene, &picture, NULL);
    updates = scene.view->updates;
    pictures = scene.view->pictures;
    g_usleep(2 * G_USEC_PER_SEC);
    display_sync(scene.display);
    expect_eq(scene.view->updates, updates, "updates while nothing changes");
    expect_eq(scene.view->pictures, pictures, "pictures while nothing changes");
}

static bool shows_all(struct vnc *vnc, void *data)
{
    const struct picture *picture = data;

    for (size_t i = 0; i < (size_t)picture->width * picture->height; i++) {
        if (vnc->screen.xrgb[i] != (picture->argb[i] & 0xffffff)) {
            return false;
        }
    }
    return true;
}

static void test_vnc_burst(void)
{
    struct gpu *gpu = boot("", VNC_ARGS(0), false);
    struct vnc *vnc = vnc_connect(gpu->guest);
    struct picture picture = { .id = 1, .width = 640, .height = 480 };

    draw(&picture, gpu);
    picture_show(&picture, 0, NULL);
    picture_flush(&picture, NULL);
    vnc_wait(vnc, has_pixel, &picture, "the picture");
    for (uint32_t i = 0; i < BURST; i++) {
        const struct wire_rect spot = {
            i * 37 % 600, i * 53 % 440, 1 + i % 40, 1 + i % 30,
        };

        picture_noise(&picture, &spot, 2 + i);
        picture_update(&picture, &spot);
    }
    vnc_wait(vnc, shows_all, &picture, "the last of a burst");
    g_test_message("%u messages for %u flushes", vnc->updates, BURST);
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add("/T-020/vnc-after-idle-time", test_idle);
    harness_add("/T-020/vnc-late-client", test_late_client);
    harness_add("/T-020/burst", test_burst);
    harness_add("/T-479/burst-on-two-heads", test_burst_on_two_heads);
    harness_add("/T-020/rate-of-outputs", test_rate);
    harness_add("/T-020/quiet", test_quiet);
    harness_add("/T-020/vnc-burst", test_vnc_burst);
    return harness_run();
}
