/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Heads and viewers (conformance matrix, T-001 to T-004, T-071, EDGE-64 to
 * EDGE-67): what the host wishes is what the guest is told, and nobody has to
 * look for the guest to go on.
 */
#include "qemu/osdep.h"

#include "display.h"
#include "gpu.h"
#include "harness.h"
#include "load.h"
#include "screen.h"

#define SIDE 64                 /* px */

static void expect_head(const struct wire_display_info *info, unsigned head,
                        const struct wire_rect *want)
{
    expect_eq(info->modes[head].enabled, want->width != 0, "head %u enabled",
              head);
    expect_eq(info->modes[head].flags, 0, "head %u flags", head);
    expect_eq(info->modes[head].rect.x, want->x, "head %u x", head);
    expect_eq(info->modes[head].rect.y, want->y, "head %u y", head);
    expect_eq(info->modes[head].rect.width, want->width, "head %u width",
              head);
    expect_eq(info->modes[head].rect.height, want->height, "head %u height",
              head);
}

static void expect_heads(struct gpu *gpu, const struct wire_rect *want,
                         unsigned num)
{
    static const struct wire_rect off;
    struct wire_display_info info;

    gpu_display_info(gpu, &info);
    for (unsigned i = 0; i < 16; i++) {
        expect_head(&info, i, i < num ? &want[i] : &off);
    }
}

static void test_some_heads(void)
{
    struct gpu *gpu = gpu_boot_with(",max_outputs=4", true);
    struct display *display = display_of(gpu->guest);
    static const struct wire_rect want[] = {
        { 0, 0, 800, 600 }, { 0 }, { 800, 100, 1024, 768 }, { 0 },
    };

    display_set_mode(display, 0, 800, 600);
    display_set_mode_at(display, 2, 800, 100, 1024, 768);
    expect_heads(gpu, want, 4);
}

static void test_all_heads(void)
{
    struct gpu *gpu = gpu_boot_with(",max_outputs=16", true);
    struct display *display = display_of(gpu->guest);
    struct wire_rect want[16];

    for (unsigned i = 0; i < 16; i++) {
        want[i] = (struct wire_rect){ i * 100, i, 640 + i * 8, 480 + i };
        display_set_mode_at(display, i, want[i].x, want[i].y, want[i].width,
                            want[i].height);
    }
    expect_heads(gpu, want, 16);
}

static void test_head_off_and_on(void)
{
    struct gpu *gpu = gpu_boot_with(",max_outputs=2", true);
    struct display *display = display_of(gpu->guest);
    static const struct wire_rect both[] = {
        { 0, 0, 800, 600 }, { 0, 0, 640, 480 },
    };
    static const struct wire_rect second[] = { { 0 }, { 0, 0, 640, 480 } };

    display_set_mode(display, 0, 800, 600);
    display_set_mode(display, 1, 640, 480);
    expect_heads(gpu, both, 2);
    display_set_mode(display, 0, 0, 0);
    expect_heads(gpu, second, 2);
    display_set_mode(display, 0, 800, 600);
    expect_heads(gpu, both, 2);
}

/* A wish survives a device reset: it is the user's, not the guest's. */
static void test_wish_survives(void)
{
    struct gpu *gpu = gpu_boot_with("", true);
    static const struct wire_rect want[] = { { 0, 0, 1600, 900 } };

    display_set_mode(display_of(gpu->guest), 0, 1600, 900);
    expect_heads(gpu, want, 1);
    gpu_restart(gpu, NULL);
    expect_heads(gpu, want, 1);
}

/* Any 16-bit figure a client can send; the guest is told it, or nothing. */
static void test_absurd_wishes(void)
{
    struct gpu *gpu = gpu_boot_with("", true);
    struct display *display = display_of(gpu->guest);
    static const uint32_t sizes[][2] = {
        { 65535, 65535 }, { 1, 1 }, { 65535, 1 }, { 0xffffffff, 0xffffffff },
        { 7, 0 }, { 16384, 16384 },
    };
    const struct wire_get_edid request = { .header.type = CMD_GET_EDID };
    struct wire_edid edid;

    guest_expect_noise(gpu->guest, "for which the guest has no memory");
    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        struct wire_display_info info;
        uint8_t sum = 0;

        display_set_mode(display, 0, sizes[i][0], sizes[i][1]);
        gpu_display_info(gpu, &info);
        expect_true(info.modes[0].rect.width <= 16384 &&
                    info.modes[0].rect.height <= 16384,
                    "a head of %ux%u", info.modes[0].rect.width,
                    info.modes[0].rect.height);
        gpu_command(gpu, QUEUE_CONTROL, &request, sizeof(request), &edid,
                    sizeof(edid));
        expect_eq(edid.header.type, RESP_OK_EDID, "GET_EDID");
        for (unsigned k = 0; k < 128; k++) {
            sum += edid.edid[k];
        }
        expect_eq(sum, 0, "checksum of the EDID for %ux%u", sizes[i][0],
                  sizes[i][1]);
    }
}

/* A wish that is refused changes nothing and is no event. */
static void test_refused_wishes(void)
{
    static const uint32_t sizes[][2] = {
        { 65535, 65535 }, { 16385, 768 }, { 1024, 16385 },
        { 0xffffffff, 0xffffffff },
    };
    static const struct wire_rect want[] = { { 0, 0, 1024, 768 } };
    struct gpu *gpu = gpu_boot_with("", true);
    struct display *display = display_of(gpu->guest);

    display_set_mode(display, 0, 1024, 768);
    vdev_set_config(gpu->vdev, CONFIG_EVENTS_CLEAR, 1);
    expect_heads(gpu, want, 1);
    vdev_set_config(gpu->vdev, CONFIG_EVENTS_CLEAR, 1);
    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        display_set_mode(display, 0, sizes[i][0], sizes[i][1]);
        expect_eq(vdev_config(gpu->vdev, CONFIG_EVENTS_READ), 0,
                  "events_read after a wish of %ux%u", sizes[i][0],
                  sizes[i][1]);
        expect_heads(gpu, want, 1);
    }
}

/* Every head comes and goes by itself, and each time the guest is told. */
static void test_connect_16(void)
{
    struct gpu *gpu = gpu_boot_with(",max_outputs=16", true);
    struct display *display = display_of(gpu->guest);
    struct wire_rect want[16] = { { 0, 0, 1280, 800 } };

    for (unsigned round = 0; round < 2; round++) {
        for (unsigned i = 0; i < 16; i++) {
            unsigned head = i * 7 % 16;

            want[head] = round ? (struct wire_rect){ 0 }
                               : (struct wire_rect){ 0, 0, 800 + head, 600 };
            vdev_set_config(gpu->vdev, CONFIG_EVENTS_CLEAR, 1);
            display_set_mode(display, head, want[head].width,
                             want[head].height);
            expect_eq(vdev_config(gpu->vdev, CONFIG_EVENTS_READ), 1,
                      "events_read after head %u %s", head,
                      round ? "went" : "came");
            expect_heads(gpu, want, 16);
        }
    }
}

static void show(struct gpu *gpu, struct load *load, uint32_t xrgb)
{
    const struct wire_set_scanout scanout = {
        .header.type = CMD_SET_SCANOUT,
        .rect = { 0, 0, SIDE, SIDE },
        .resource_id = 1,
    };
    const struct wire_flush flush = {
        .header.type = CMD_RESOURCE_FLUSH,
        .header.flags = FLAG_FENCE,
        .header.fence_id = xrgb,
        .rect = { 0, 0, SIDE, SIDE },
        .resource_id = 1,
    };
    uint32_t *words = guest_memory(gpu->guest, load->backing,
                                   SIDE * SIDE * 4);

    for (unsigned i = 0; i < SIDE * SIDE; i++) {
        words[i] = xrgb;
    }
    load_post(load, 1);
    expect_eq(vring_wait(gpu->queue[0]).bytes, 24, "used.len");
    gpu_expect(gpu, &scanout, sizeof(scanout), RESP_OK_NODATA, "SET_SCANOUT");
    gpu_expect(gpu, &flush, sizeof(flush), RESP_OK_NODATA, "FLUSH");
}

/* Nobody looks, for many frames; then somebody does and sees the last. */
static void test_no_viewer(void)
{
    struct gpu *gpu = gpu_boot_with("", false);
    struct load load;

    load_prepare_sized(&load, gpu, SIDE, SIDE);
    for (uint32_t i = 1; i <= 300; i++) {
        show(gpu, &load, i);
    }
    screen_expect_filled(gpu->guest, 0, SIDE, SIDE, 300);
}

/* A viewer that does not take what it is sent. */
static void test_slow_viewer(void)
{
    struct gpu *gpu = gpu_boot_with("", true);
    struct display *display = display_of(gpu->guest);
    struct load load;

    display_watch(display, 0);
    load_prepare_sized(&load, gpu, SIDE, SIDE);
    for (uint32_t i = 1; i <= 300; i++) {
        show(gpu, &load, i);            /* without display_sync() */
    }
    screen_expect_filled(gpu->guest, 0, SIDE, SIDE, 300);
    gpu_restart(gpu, NULL);
    gpu_expect_alive(gpu);
    display_sync(display);
}

static bool viewer_has_size(void *data)
{
    struct display_view *view = data;

    return view->width == SIDE && view->height == SIDE;
}

/* What the guest shows comes to the viewer, by itself. */
static void test_viewer_is_told(void)
{
    struct gpu *gpu = gpu_boot_with("", true);
    struct display *display = display_of(gpu->guest);
    struct display_view *view = display_watch(display, 0);
    struct load load;

    load_prepare_sized(&load, gpu, SIDE, SIDE);
    show(gpu, &load, 0x00102030);
    for (unsigned i = 0; i < 200 && !viewer_has_size(view); i++) {
        display_sync(display);
        g_usleep(10000);
    }
    expect_true(viewer_has_size(view), "the viewer's picture is %ux%u",
                view->width, view->height);
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add("/T-002/several-heads-one-off", test_some_heads);
    harness_add("/T-004/16-heads", test_all_heads);
    harness_add("/T-003,T-485/head-off-and-on", test_head_off_and_on);
    harness_add("/T-003/wish-survives-reset", test_wish_survives);
    harness_add("/T-071/absurd-wishes", test_absurd_wishes);
    harness_add("/T-003/refused-wishes", test_refused_wishes);
    harness_add("/T-003,T-004/heads-come-and-go", test_connect_16);
    harness_add("/T-486/no-viewer", test_no_viewer);
    harness_add("/T-487/slow-viewer", test_slow_viewer);
    harness_add("/T-020/viewer-is-told", test_viewer_is_told);
    return harness_run();
}
