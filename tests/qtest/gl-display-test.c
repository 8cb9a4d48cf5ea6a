/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Pictures to a display with OpenGL, which is gl-viewer.c and takes dma-bufs:
 * what it is told in which order, that a flush waits for it and for how long,
 * and that screenshots show the picture all the same.
 */
#include "qemu/osdep.h"

#include <glib/gstdio.h>

#include "libqtest.h"
#include "draw.h"
#include "harness.h"
#include "picture.h"
#include "posts.h"
#include "screen.h"
#include "vnc.h"

#define WIDTH  300u             /* px */
#define HEIGHT 200u

/* That a flush waits at all is seen within this. */
#define MOMENT_US (50 * 1000)

static const struct wire_rect all = { 0, 0, WIDTH, HEIGHT };

static char *viewer_file;

static void set_busy(bool busy)
{
    g_autofree char *path = g_strconcat(viewer_file, ".busy", NULL);

    if (busy) {
        g_assert_true(g_file_set_contents(path, "", 0, NULL));
    } else {
        g_unlink(path);
    }
}

static char *heard(void)
{
    char *text = NULL;

    g_file_get_contents(viewer_file, &text, NULL, NULL);
    return text ? text : g_strdup("");
}

static void forget(void)
{
    g_assert_true(g_file_set_contents(viewer_file, "", 0, NULL));
}

/* Ends the case when it does not come. */
static void wait_for(const char *words)
{
    int64_t end = g_get_monotonic_time() + HARNESS_PATIENCE_US;
    g_autofree char *text = heard();

    while (!strstr(text, words)) {
        expect_true(g_get_monotonic_time() < end, "%s of: %s", words, text);
        g_usleep(1000);
        g_free(text);
        text = heard();
    }
}

static struct gpu *boot(const char *args)
{
    g_autofree char *line = g_strdup_printf(",blob=on -display egl-headless %s",
                                            args);

    set_busy(false);
    forget();
    return gpu_boot_with(line, false);
}

static struct picture picture_of(uint32_t id)
{
    return (struct picture) {
        .id = id, .width = WIDTH, .height = HEIGHT, .blob = true,
    };
}

/* The second picture may be the first that is shared: the first look is new. */
static void show(struct picture *picture, struct gpu *gpu, uint32_t seed)
{
    picture_create(picture, gpu);
    picture_noise(picture, NULL, seed);
    picture_show(picture, 0, NULL);
    picture_flush(picture, NULL);
}

static void settle(struct picture *picture)
{
    static const struct wire_rect dot = { 0, 0, 1, 1 };
    int64_t end = g_get_monotonic_time() + HARNESS_PATIENCE_US;
    g_autofree char *text = NULL;

    do {
        picture_flush(picture, &dot);
        g_usleep(20 * 1000);
        g_free(text);
        text = heard();
        expect_true(g_get_monotonic_time() < end, "no dma-buf: %s", text);
    } while (!strstr(text, "dmabuf "));
}

static void test_shared(void)
{
    static const struct wire_rect part = { 8, 16, 40, 30 };
    struct gpu *gpu = boot("");
    struct picture picture = picture_of(1);
    g_autofree char *text = NULL;

    show(&picture, gpu, 1);
    settle(&picture);
    wait_for("dmabuf 300x200 stride 1200 bytes ");
    wait_for("update 300x200+0+0");
    g_usleep(MOMENT_US);
    forget();
    picture_flush(&picture, &part);
    wait_for("update 40x30+8+16");
    g_usleep(MOMENT_US);
    text = heard();
    expect_true(!strstr(text, "pixels") && !strstr(text, "dmabuf") &&
                !strstr(text, "surface"), "only an update: %s", text);
}

/* The old one ends before the new one begins. */
static void test_flip(void)
{
    struct gpu *gpu = boot("");
    struct picture first = picture_of(1), second = picture_of(2);
    g_autofree char *text = NULL;

    show(&first, gpu, 1);
    settle(&first);
    g_usleep(MOMENT_US);
    forget();
    show(&second, gpu, 2);
    wait_for("update 300x200+0+0");
    text = heard();
    expect_true(g_str_has_prefix(text, "release\ndmabuf 300x200"),
                "release, then dmabuf: %s", text);
    g_usleep(MOMENT_US);
    forget();
    draw_unref(gpu, 2);
    wait_for("release\n");
    wait_for("surface ");
}

/* What is shown is what the memory holds, and the display has it back. */
static void test_screendump(void)
{
    struct gpu *gpu = boot("");
    struct picture picture = picture_of(1);
    struct screen *screen;

    show(&picture, gpu, 3);
    settle(&picture);
    for (unsigned i = 0; i < 3; i++) {
        g_usleep(MOMENT_US);
        forget();
        picture_noise(&picture, NULL, 10 + i);
        picture_flush(&picture, NULL);
        screen = screen_take(gpu->guest, "gpu", 0);
        picture_expect_on(&picture, &all, screen, "a screendump");
        screen_free(screen);
        wait_for("surface 300x200\nrelease\ndmabuf 300x200");
    }
}

static unsigned post_flush(struct posts *posts, uint32_t flags)
{
    struct {
        struct wire_header header;
        struct wire_rect rect;
        uint32_t id;
        uint32_t padding;
    } flush = {
        .header = { .type = CMD_RESOURCE_FLUSH, .flags = flags },
        .rect = all,
        .id = 1,
    };

    return posts_send(posts, &flush, sizeof(flush));
}

/* A flush waits while the display draws, and nothing else does. */
static void test_waits(void)
{
    struct gpu *gpu = boot("");
    struct picture picture = picture_of(1);
    g_autofree struct posts *posts = g_new0(struct posts, 1);
    unsigned flush;

    show(&picture, gpu, 1);
    settle(&picture);
    g_usleep(MOMENT_US);
    forget();
    set_busy(true);
    posts_init(posts, gpu);
    flush = post_flush(posts, 0);
    wait_for("update ");
    expect_true(!posts_is_done(posts, flush), "the flush waits");
    set_busy(false);
    expect_eq(posts_wait(posts, flush), RESP_OK_NODATA, "flush");
    wait_for("done");
}

/* A display that never draws holds up one flush for a while, others not. */
static void test_stuck(void)
{
    struct gpu *gpu = boot("");
    struct picture picture = picture_of(1);
    g_autofree struct posts *posts = g_new0(struct posts, 1);
    int64_t start;

    show(&picture, gpu, 1);
    settle(&picture);
    g_usleep(MOMENT_US);
    set_busy(true);
    posts_init(posts, gpu);
    start = g_get_monotonic_time();
    expect_eq(posts_wait(posts, post_flush(posts, 0)), RESP_OK_NODATA,
              "flush");
    expect_true(g_get_monotonic_time() - start >= 200 * 1000, "it waited");
    for (unsigned i = 0; i < 20; i++) {
        expect_eq(posts_wait(posts, post_flush(posts, 0)), RESP_OK_NODATA,
                  "flush");
    }
    g_usleep(MOMENT_US);
    /* What it holds does not go below it, whatever the guest does. */
    forget();
    draw_unref(gpu, 1);
    wait_for("surface ");
    expect_true(!strstr(heard(), "release"), "not while it draws");
    set_busy(false);
    /* D-Bus takes that for the end of what it got since. */
    wait_for("disable\nrelease\nsurface ");
    guest_expect_noise(gpu->guest, "no gl-unblock within one second");
}

/* A display without OpenGL beside it has both get pixels. */
static void test_mixed(void)
{
    struct gpu *gpu = boot(VNC_ARGS(0));
    struct picture picture = picture_of(1);
    g_autofree char *text = NULL;

    show(&picture, gpu, 1);
    wait_for("pixels ");
    g_usleep(MOMENT_US);
    picture_flush(&picture, NULL);
    g_usleep(MOMENT_US);
    text = heard();
    expect_true(!strstr(text, "dmabuf"), "no dma-buf: %s", text);
}

/* Of fake-udmabuf.c, that QEMU has open. */
static unsigned num_dmabufs(struct gpu *gpu)
{
    g_autofree char *folder = g_strdup_printf("/proc/%d/fd",
                                              qtest_pid(gpu->guest->qts));
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *fd;
    unsigned num = 0;

    while ((fd = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, fd, NULL);
        g_autofree char *file = g_file_read_link(path, NULL);

        num += file && g_str_has_prefix(file, "/memfd:dma-buf");
    }
    return num;
}

static bool has_no_dmabuf(void *gpu)
{
    return num_dmabufs(gpu) == 0;
}

/* New pictures all the time: whatever the display does, few are kept, then none. */
static void flip(struct gpu *gpu, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        struct picture picture = picture_of(1 + i);

        show(&picture, gpu, i);
        if (i) {
            draw_unref(gpu, i);
        }
        /* The backing's; the device's, on its way, new and old at the display. */
        expect_true(num_dmabufs(gpu) <= 7, "%u dma-bufs at picture %u",
                    num_dmabufs(gpu), i);
    }
}

static void test_descriptors(void)
{
    struct gpu *gpu = boot("");
    struct picture first = picture_of(100);

    show(&first, gpu, 1);
    settle(&first);
    expect_true(num_dmabufs(gpu) > 0, "a dma-buf is open");
    for (unsigned i = 0; i < 2; i++) {
        set_busy(i);
        flip(gpu, 30);
        gpu_restart(gpu, NULL);
        set_busy(false);
        harness_wait(has_no_dmabuf, gpu, "the end of all dma-bufs");
    }
    guest_expect_noise(gpu->guest, "no gl-unblock within one second");
}

/* A display that holds none of them: the guest's driver keeps the buffers. */
static void test_bytes(void)
{
    struct gpu *gpu = boot("-global virtio-gpu-device.max_hostmem=1M");
    struct picture first = picture_of(100);

    show(&first, gpu, 1);
    settle(&first);
    draw_unref(gpu, 100);
    for (unsigned i = 1; i <= 4; i++) {
        struct picture picture = {
            .id = i, .width = 3840, .height = 2160, .blob = true,
        };
        g_autofree char *text = NULL;

        forget();
        picture_create(&picture, gpu);
        picture_show(&picture, 0, NULL);
        picture_flush(&picture, NULL);
        wait_for(i <= 3 ? "update 3840x2160" : "pixels ");
        text = heard();
        expect_true(!strstr(text, "dmabuf") == (i > 3), "buffer %u: %s", i,
                    text);
    }
    guest_expect_noise(gpu->guest, "shares more than 94 MiB of its memory");
}

static void preload(void)
{
    const char *others = g_getenv("LD_PRELOAD");
    g_autofree char *preloaded =
        g_strjoin(others ? ":" : "", others ? others : "",
                  g_getenv("QTEST_FAKE_UDMABUF"), NULL);

    g_setenv("LD_PRELOAD", preloaded, true);
    g_setenv("QEMU_MODULE_DIR", g_getenv("QTEST_GL_VIEWER_MODULES"), true);
}

int main(int argc, char **argv)
{
    g_autofree char *folder = g_dir_make_tmp("gl-viewer-XXXXXX", NULL);
    int ret;

    viewer_file = g_build_filename(folder, "heard", NULL);
    g_setenv("QTEST_GL_VIEWER", viewer_file, true);
    preload();
    harness_init(&argc, &argv);
    harness_add("/gl-display/shared", test_shared);
    harness_add("/gl-display/flip", test_flip);
    harness_add("/gl-display/screendump", test_screendump);
    harness_add("/gl-display/waits", test_waits);
    harness_add("/gl-display/stuck", test_stuck);
    harness_add("/gl-display/mixed", test_mixed);
    harness_add("/gl-display/descriptors", test_descriptors);
    harness_add("/gl-display/bytes", test_bytes);
    ret = harness_run();
    set_busy(false);
    g_unlink(viewer_file);
    g_rmdir(folder);
    return ret;
}
