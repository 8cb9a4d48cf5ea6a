/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include <sys/mman.h>

#include "libqtest.h"
#include "qobject/qdict.h"
#include "screen.h"
#include "harness.h"
#include "png.h"

/* QEMU's placeholder: grey letters of the VGA font, one centred line. */
#define LETTER_XRGB  0x00aaaaaa
#define LETTER_WIDTH 8
#define LINE_HEIGHT  16
#define MAX_LETTERS  44

static void dump(struct guest *guest, const char *device, unsigned head,
                 const char *format, const char *path)
{
    if (device) {
        qtest_qmp_assert_success(guest->qts,
                                 "{'execute': 'screendump', 'arguments': "
                                 "{'filename': %s, 'device': %s, 'head': %u, "
                                 "'format': %s}}", path, device, head, format);
    } else {
        qtest_qmp_assert_success(guest->qts,
                                 "{'execute': 'screendump', 'arguments': "
                                 "{'filename': %s, 'format': %s}}", path,
                                 format);
    }
}

static struct screen *parse_ppm(const char *text, size_t bytes)
{
    struct screen *screen = g_new0(struct screen, 1);
    size_t stride, pixels;
    int start = 0;

    if (sscanf(text, "P6 %u %u 255%n", &screen->width, &screen->height,
               &start) != 2 || !start) {
        harness_fail("screendump wrote no PPM");
    }
    start++;                            /* one white space */
    pixels = (size_t)screen->width * screen->height;
    /* QEMU 10.0 writes the padding of its line buffer too. */
    stride = ROUND_UP(screen->width * 3, 4);
    expect_eq(bytes, start + stride * screen->height,
              "bytes of a screendump of %ux%u", screen->width, screen->height);
    screen->xrgb = g_new(uint32_t, pixels);
    for (size_t i = 0; i < pixels; i++) {
        const uint8_t *rgb = (const uint8_t *)text + start +
                             i / screen->width * stride + i % screen->width * 3;

        screen->xrgb[i] = rgb[0] << 16 | rgb[1] << 8 | rgb[2];
    }
    return screen;
}

static int make_file(char **path)
{
    int fd = memfd_create("screendump", MFD_CLOEXEC);

    *path = g_strdup_printf("/proc/%d/fd/%d", getpid(), fd);
    return fd;
}

/* Closes the file; its bytes with a 0 behind them are the caller's. */
static char *read_file(int fd, off_t *bytes)
{
    char *text;

    *bytes = lseek(fd, 0, SEEK_END);
    text = g_malloc0(*bytes + 1);
    if (pread(fd, text, *bytes, 0) != *bytes) {
        harness_fail("reading a screendump: %s", strerror(errno));
    }
    close(fd);
    return text;
}

static char *take_file(struct guest *guest, const char *device, unsigned head,
                       const char *format, off_t *bytes)
{
    g_autofree char *path = NULL;
    int fd = make_file(&path);

    dump(guest, device, head, format, path);
    return read_file(fd, bytes);
}

struct screen *screen_take(struct guest *guest, const char *device,
                           unsigned head)
{
    off_t bytes;
    g_autofree char *text = take_file(guest, device, head, "ppm", &bytes);

    return parse_ppm(text, bytes);
}

struct screen *screen_take_png(struct guest *guest, const char *device,
                               unsigned head)
{
    off_t bytes;
    g_autofree char *file = take_file(guest, device, head, "png", &bytes);
    struct screen *screen = g_new0(struct screen, 1);

    screen->xrgb = png_read((const uint8_t *)file, bytes, &screen->width,
                            &screen->height);
    return screen;
}

void screen_take_many(struct guest *guest, const char *device, unsigned head,
                      struct screen **screens, unsigned num)
{
    g_autofree int *fds = g_new(int, num);

    for (unsigned i = 0; i < num; i++) {
        g_autofree char *path = NULL;

        fds[i] = make_file(&path);
        qtest_qmp_send(guest->qts, "{'execute': 'screendump', 'arguments': "
                       "{'filename': %s, 'device': %s, 'head': %u}}", path,
                       device, head);
    }
    for (unsigned i = 0; i < num; i++) {
        QDict *reply = qtest_qmp_receive(guest->qts);
        g_autofree char *text = NULL;
        off_t bytes;

        expect_true(qdict_haskey(reply, "return"), "a screendump failed");
        qobject_unref(reply);
        text = read_file(fds[i], &bytes);
        screens[i] = parse_ppm(text, bytes);
    }
}

void screen_free(struct screen *screen)
{
    g_free(screen->xrgb);
    g_free(screen);
}

uint32_t screen_pixel(const struct screen *screen, uint32_t x, uint32_t y)
{
    expect_true(x < screen->width && y < screen->height,
                "pixel %u,%u of a picture of %ux%u", x, y, screen->width,
                screen->height);
    return screen->xrgb[(size_t)y * screen->width + x];
}

bool screen_is_blank(const struct screen *screen)
{
    uint32_t first = UINT32_MAX, last = 0;
    uint32_t left = UINT32_MAX, right = 0;

    for (uint32_t y = 0; y < screen->height; y++) {
        for (uint32_t x = 0; x < screen->width; x++) {
            uint32_t pixel = screen->xrgb[(size_t)y * screen->width + x];

            if (pixel == LETTER_XRGB) {
                first = MIN(first, y);
                last = MAX(last, y);
                left = MIN(left, x);
                right = MAX(right, x);
            } else if (pixel != 0) {
                return false;
            }
        }
    }
    if (first > last) {                 /* all black */
        return screen->width < LETTER_WIDTH || screen->height < LINE_HEIGHT;
    }
    return last - first < LINE_HEIGHT &&
           right - left < MAX_LETTERS * LETTER_WIDTH;
}

void screen_expect_filled(struct guest *guest, unsigned head, uint32_t width,
                          uint32_t height, uint32_t xrgb)
{
    struct screen *screen = screen_take(guest, "gpu", head);

    expect_eq(screen->width, width, "width of head %u", head);
    expect_eq(screen->height, height, "height of head %u", head);
    for (uint32_t i = 0; i < width * height; i++) {
        expect_eq(screen->xrgb[i], xrgb, "head %u, pixel %u,%u", head,
                  i % width, i / width);
    }
    screen_free(screen);
}
