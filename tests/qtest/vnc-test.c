/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What a VNC client sees: pixels, small changes, cursor, sizes (conformance
 * matrix, T-003, T-020, T-031, T-145).
 */
#include "qemu/osdep.h"

#include "gpu.h"
#include "harness.h"
#include "picture.h"
#include "vnc.h"

#define BLOCK_PX 16             /* QEMU's VNC sends columns of this width */

static struct gpu *boot_with(const char *properties, const char *vnc)
{
    g_autofree char *args = g_strdup_printf("-device virtio-gpu-pci,id=gpu%s "
                                            "%s", properties, vnc);
    struct gpu *gpu = gpu_find(guest_start(&(struct guest_options){
        .args = args,
    }), 0);

    gpu_start(gpu, NULL);
    return gpu;
}

static struct gpu *boot(const char *properties)
{
    return boot_with(properties, VNC_ARGS(0));
}

struct expected {
    const struct picture *picture;
    struct wire_rect rect;
};

/* Equal to the picture, all of it. */
static bool shows(struct vnc *vnc, void *data)
{
    const struct expected *want = data;
    const struct picture *picture = want->picture;

    if (vnc->screen.width != want->rect.width ||
        vnc->screen.height != want->rect.height) {
        return false;
    }
    for (uint32_t y = 0; y < want->rect.height; y++) {
        const uint32_t *row = picture->argb + want->rect.x +
                              (size_t)(want->rect.y + y) * picture->width;

        for (uint32_t x = 0; x < want->rect.width; x++) {
            if (vnc->screen.xrgb[(size_t)y * want->rect.width + x] !=
                (row[x] & 0xffffff)) {
                return false;
            }
        }
    }
    return true;
}

static void wait_shown(struct vnc *vnc, const struct picture *picture,
                       const struct wire_rect *rect, const char *what)
{
    struct expected want = { picture, rect ? *rect : picture_rect(picture) };

    vnc_wait(vnc, shows, &want, what);
}

static void present(struct picture *picture, struct gpu *gpu, uint32_t seed)
{
    picture_create(picture, gpu);
    picture_noise(picture, NULL, seed);
    picture_transfer(picture, NULL);
    picture_show(picture, 0, NULL);
    picture_flush(picture, NULL);
}

static void test_pixels(void)
{
    struct gpu *gpu = boot("");
    struct vnc *vnc = vnc_connect(gpu->guest);

    for (unsigned i = 0; i < PICTURE_NUM_FORMATS; i++) {
        struct picture picture = {
            .id = 1 + i, .format = picture_formats[i],
            .width = 320, .height = 201 + i,
        };

        present(&picture, gpu, i);
        wait_shown(vnc, &picture, NULL, "a picture");
    }
}

static bool is_inside(const struct wire_rect *in, const struct wire_rect *out)
{
    return in->x >= out->x && in->y >= out->y &&
           in->x + in->width <= out->x + out->width &&
           in->y + in->height <= out->y + out->height;
}

/* @rect, as wide as VNC's columns make it. */
static struct wire_rect in_columns(const struct wire_rect *rect)
{
    uint32_t end = ROUND_UP(rect->x + rect->width, BLOCK_PX);
    uint32_t x = ROUND_DOWN(rect->x, BLOCK_PX);

    return (struct wire_rect){ x, rect->y, end - x, rect->height };
}

static bool rects_are_inside(struct vnc *vnc, const struct wire_rect *rect)
{
    struct wire_rect bound = in_columns(rect);

    for (guint i = 0; i < vnc->rects->len; i++) {
        if (!is_inside(&g_array_index(vnc->rects, struct wire_rect, i),
                       &bound)) {
            return false;
        }
    }
    return vnc->rects->len > 0;
}

/* A small change of the screen, seen by the client; what came is in rects. */
static void change(struct vnc *vnc, struct picture *picture,
                   const struct wire_rect *rect, uint32_t seed)
{
    g_array_set_size(vnc->rects, 0);
    picture_noise(picture, rect, seed);
    picture_update(picture, rect);
    wait_shown(vnc, picture, NULL, "a change");
}

/*
 * QEMU sends all that it owes the client in one update, with the pixels of the
 * moment of sending.  So the client may show a new picture while another whole
 * update, of the change of surfaces, is on its way.  An update that holds
 * nothing but a small change is behind them.
 */
static void drain_whole_updates(struct vnc *vnc, struct picture *picture)
{
    static const struct wire_rect mark = { 32, 200, 8, 8 };
    uint32_t seed = 100;

    do {
        change(vnc, picture, &mark, seed++);
    } while (!rects_are_inside(vnc, &mark));
}

static void expect_rects_inside(struct vnc *vnc, const struct wire_rect *rect)
{
    struct wire_rect bound = in_columns(rect);

    expect_true(vnc->rects->len > 0, "no pixels came");
    for (guint i = 0; i < vnc->rects->len; i++) {
        const struct wire_rect *got = &g_array_index(vnc->rects,
                                                     struct wire_rect, i);

        expect_true(is_inside(got, &bound), "VNC: %ux%u at %u,%u came for a "
                    "change of %ux%u at %u,%u", got->width, got->height,
                    got->x, got->y, rect->width, rect->height, rect->x,
                    rect->y);
    }
}

static void test_small_changes(void)
{
    static const struct wire_rect changes[] = {
        { 100, 50, 10, 10 }, { 0, 0, 1, 1 }, { 399, 299, 1, 1 },
        { 63, 63, 2, 2 }, { 0, 150, 400, 1 },
    };
    struct gpu *gpu = boot("");
    struct vnc *vnc = vnc_connect(gpu->guest);
    struct picture picture = { .id = 1, .width = 400, .height = 300 };

    present(&picture, gpu, 1);
    wait_shown(vnc, &picture, NULL, "the picture");
    drain_whole_updates(vnc, &picture);
    for (unsigned i = 0; i < G_N_ELEMENTS(changes); i++) {
        change(vnc, &picture, &changes[i], 2 + i);
        expect_rects_inside(vnc, &changes[i]);
    }
}

static void test_size_changes(void)
{
    static const uint32_t sizes[][2] = {
        { 640, 480 }, { 1024, 768 }, { 16, 16 }, { 800, 601 }, { 2048, 1200 },
    };
    struct gpu *gpu = boot("");
    struct vnc *vnc = vnc_connect(gpu->guest);

    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        unsigned resizes = vnc->resizes;
        struct picture picture = {
            .id = 1 + i, .width = sizes[i][0], .height = sizes[i][1],
        };

        present(&picture, gpu, i);
        wait_shown(vnc, &picture, NULL, "the picture of another size");
        expect_true(i == 0 || vnc->resizes == resizes + 1,
                    "%u resizes for one new size", vnc->resizes - resizes);
    }
}

static void test_second_head(void)
{
    static const struct wire_rect part = { 100, 20, 304, 200 };
    struct gpu *gpu = boot_with(",max_outputs=2", VNC_ARGS(1));
    struct vnc *vnc = vnc_connect(gpu->guest);
    struct picture picture = { .id = 1, .width = 404, .height = 300 };

    present(&picture, gpu, 1);
    picture_show(&picture, 1, &part);
    picture_flush(&picture, NULL);
    wait_shown(vnc, &picture, &part, "the second head's part");
}

static void update_cursor(struct gpu *gpu, uint32_t resource, uint32_t hot)
{
    const struct wire_cursor request = {
        .header.type = CMD_UPDATE_CURSOR,
        .resource_id = resource,
        .hot_x = hot,
        .hot_y = hot + 1,
        .x = 10,
    };

    gpu_expect(gpu, &request, sizeof(request), RESP_OK_NODATA,
               "UPDATE_CURSOR");
}

static bool has_cursor(struct vnc *vnc, void *data)
{
    const struct picture *want = data;

    if (!vnc->cursor || vnc->cursor_width != want->width ||
        vnc->cursor_height != want->height) {
        return false;
    }
    return memcmp(vnc->cursor, want->argb,
                  (size_t)want->width * want->height * 4) == 0;
}

static bool has_no_cursor(struct vnc *vnc, void *data)
{
    uint32_t pixels = vnc->cursor_width * vnc->cursor_height;
    uint32_t i = 0;

    while (i < pixels && vnc->cursor[i] >> 24 == 0) {
        i++;
    }
    return vnc->cursor && i == pixels;
}

static void test_cursor(void)
{
    struct gpu *gpu = boot("");
    struct vnc *vnc = vnc_connect(gpu->guest);
    struct picture image = {
        .id = 1, .format = FORMAT_B8G8R8A8, .width = 64, .height = 64,
    };

    picture_create(&image, gpu);
    for (unsigned i = 0; i < 3; i++) {
        picture_noise(&image, NULL, i);
        picture_transfer(&image, NULL);
        update_cursor(gpu, 1, 5 + i);
        vnc_wait(vnc, has_cursor, &image, "the cursor");
        expect_eq(vnc->hot_x, 5 + i, "hot spot x");
        expect_eq(vnc->hot_y, 6 + i, "hot spot y");
        update_cursor(gpu, 0, 0);
        vnc_wait(vnc, has_no_cursor, NULL, "the hidden cursor");
    }
}

/* Who comes late sees what is there: picture, size and cursor. */
static void test_late_client(void)
{
    struct gpu *gpu = boot("");
    struct picture picture = { .id = 1, .width = 640, .height = 400 };
    struct picture image = {
        .id = 2, .format = FORMAT_B8G8R8A8, .width = 64, .height = 64,
    };
    struct vnc *vnc;

    present(&picture, gpu, 1);
    picture_create(&image, gpu);
    picture_noise(&image, NULL, 2);
    picture_transfer(&image, NULL);
    update_cursor(gpu, 2, 3);
    for (unsigned i = 0; i < 3; i++) {
        vnc = vnc_connect(gpu->guest);
        wait_shown(vnc, &picture, NULL, "the picture");
        vnc_wait(vnc, has_cursor, &image, "the cursor");
        picture_noise(&picture, NULL, 3 + i);
        picture_update(&picture, NULL);
    }
}

struct wanted {
    struct gpu *gpu;
    uint32_t width;
    uint32_t height;
};

static bool has_mode(void *data)
{
    const struct wanted *want = data;
    struct wire_display_info info;

    gpu_display_info(want->gpu, &info);
    return info.modes[0].enabled == 1 &&
           info.modes[0].rect.width == want->width &&
           info.modes[0].rect.height == want->height;
}

/* The device holds wishes back that follow one another closely. */
static void expect_mode(struct gpu *gpu, uint32_t width, uint32_t height)
{
    struct wanted want = { gpu, width, height };

    guest_settle(gpu->guest);           /* QEMU tells the device by a timer */
    harness_wait(has_mode, &want, "the size that is wished");
}

static bool is_answered(struct vnc *vnc, void *data)
{
    return vnc->wish_status >= 0;
}

static void wish(struct vnc *vnc, uint16_t width, uint16_t height)
{
    vnc_wish(vnc, width, height);
    vnc_wait(vnc, is_answered, NULL, "the answer to a wish");
}

static void test_wishes(void)
{
    static const uint32_t event = CONFIG_EVENTS_READ;
    struct gpu *gpu = boot(",max_hostmem=1G");
    struct vnc *vnc = vnc_connect(gpu->guest);

    wish(vnc, 1024, 768);
    expect_eq(vnc->wish_status, 4, "status: the request is forwarded");
    expect_mode(gpu, 1024, 768);
    expect_eq(vdev_config(gpu->vdev, event), 1, "events_read");
    vdev_set_config(gpu->vdev, CONFIG_EVENTS_CLEAR, 1);
    wish(vnc, 65535, 65535);
    expect_mode(gpu, 1024, 768);
    expect_eq(vdev_config(gpu->vdev, event), 0,
              "events_read after a wish that is refused");
    wish(vnc, 16384, 16384);            /* the most that fits into 1 GiB */
    expect_mode(gpu, 16384, 16384);
    wish(vnc, 640, 480);
    expect_mode(gpu, 640, 480);
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add("/T-020/vnc-pixels", test_pixels);
    harness_add("/T-031/vnc-small-changes", test_small_changes);
    harness_add("/T-020/vnc-size-changes", test_size_changes);
    harness_add("/T-026/vnc-second-head", test_second_head);
    harness_add("/T-145,T-146/vnc-cursor", test_cursor);
    harness_add("/T-486/vnc-late-client", test_late_client);
    harness_add("/T-003/vnc-wishes", test_wishes);
    return harness_run();
}
