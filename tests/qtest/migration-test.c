/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Migration of 2D state: from ours to ours, from and to QEMU's own device.
 * What the screens show is the same on both sides, and the driver goes on
 * with the resources it has.
 */
#include "qemu/osdep.h"

#include "libqtest.h"
#include "draw.h"
#include "harness.h"
#include "migrate.h"
#include "screen.h"

#define WIDTH  80u              /* px, of the images */
#define HEIGHT 60u
#define FIRST  10u              /* id of the first of them */

static const uint32_t formats[] = { 1, 2, 3, 4, 67, 68, 121, 134 };
static const struct wire_rect whole = { 0, 0, WIDTH, HEIGHT };
static const struct wire_rect part = { 8, 5, 40, 32 };

#define NO_FOOTERS "-global migration.send-section-footer=off"

enum transport { OVER_SOCKET, THROUGH_FILE };

struct way {
    const char *name;
    const char *device;         /* with an id */
    const char *machine;        /* NULL: "pc" */
    bool from_stock, to_stock;
    unsigned heads;
    enum transport transport;
    const char *more;           /* properties of ours */
    bool whole;                 /* no sub-rectangles */
    const char *globals;        /* further arguments, NULL: none */
};

static const struct way ways[] = {
    { "ours", "virtio-gpu-pci", NULL, false, false, 2, OVER_SOCKET, "" },
    { "ours-through-file", "virtio-gpu-pci", NULL, false, false, 16,
      THROUGH_FILE, "" },
    { "ours-version-1", "virtio-gpu-pci,x-scanout-vmstate-version=1", NULL,
      false, false, 4, THROUGH_FILE, "" },
    { "ours-outputs", "virtio-gpu-pci", NULL, false, false, 3, OVER_SOCKET,
      ",x-outputs-vmstate=on" },
    { "ours-blob", "virtio-gpu-pci", NULL, false, false, 2, THROUGH_FILE,
      ",blob=on" },
    { "ours-no-ioeventfd", "virtio-gpu-pci,ioeventfd=off", NULL, false, false,
      1, OVER_SOCKET, "" },
    { "ours-vga", "virtio-vga", NULL, false, false, 2, OVER_SOCKET, "" },
    { "ours-metrics", "virtio-gpu-pci", NULL, false, false, 1, OVER_SOCKET,
      ",metrics=127.0.0.1:0" },
    { "ours-no-footers", "virtio-gpu-pci", NULL, false, false, 3,
      THROUGH_FILE, "", .globals = NO_FOOTERS },
    { "from-stock", "virtio-gpu-pci", NULL, true, false, 1, OVER_SOCKET, "" },
    { "from-stock-no-footers", "virtio-gpu-pci", NULL, true, false, 1,
      OVER_SOCKET, "", .globals = NO_FOOTERS },
    { "from-stock-heads", "virtio-gpu-pci", NULL, true, false, 5,
      THROUGH_FILE, "" },
    { "from-stock-16-heads", "virtio-gpu-pci", NULL, true, false, 16,
      THROUGH_FILE, "" },
    { "from-stock-version-1", "virtio-gpu-pci,x-scanout-vmstate-version=1",
      NULL, true, false, 3, THROUGH_FILE, "" },
    { "from-stock-vga", "virtio-vga", NULL, true, false, 1, OVER_SOCKET, "" },
    { "to-stock", "virtio-gpu-pci", NULL, false, true, 1, OVER_SOCKET, "" },
    { "to-stock-version-1", "virtio-gpu-pci,x-scanout-vmstate-version=1", NULL,
      false, true, 1, OVER_SOCKET, "", .whole = true },
    { "to-stock-vga", "virtio-vga", NULL, false, true, 1, THROUGH_FILE, "" },
};

/*
 * Without an fb in the stream the stock device shows all of a resource, hence
 * "whole".  It has no ioeventfd by default, which is no matter here.
 */
static char *arguments(const struct way *way, bool stock)
{
    return g_strdup_printf("-device %s,id=gpu,max_outputs=%u%s %s",
                           way->device, way->heads, stock ? "" : way->more,
                           way->globals ? way->globals : "");
}

static struct guest_options options_of(const struct way *way, const char *args,
                                       bool stock)
{
    return (struct guest_options){
        .machine = way->machine,
        .args = args,
        .ram_mib = 64,
        .stock = stock,
    };
}

static struct gpu *boot(const struct way *way)
{
    g_autofree char *args = arguments(way, way->from_stock);
    struct guest_options options = options_of(way, args, way->from_stock);
    struct gpu *gpu = gpu_find(guest_start(&options), 0);

    gpu_start(gpu, NULL);
    return gpu;
}

static void migrate(struct gpu *gpu, const struct way *way)
{
    g_autofree char *args = arguments(way, way->to_stock);
    struct guest_options options = options_of(way, args, way->to_stock);
    int fd;

    switch (way->transport) {
    case OVER_SOCKET:
        migrate_guest(gpu->guest, &options);
        break;
    case THROUGH_FILE:
        fd = migrate_to_file(gpu->guest);
        migrate_from_file(gpu->guest, &options, fd);
        close(fd);
        break;
    }
}

static void expect_same(const struct screen *got, const struct screen *want,
                        const char *what)
{
    uint64_t pixels = (uint64_t)want->width * want->height;

    expect_eq(got->width, want->width, "%s: width", what);
    expect_eq(got->height, want->height, "%s: height", what);
    for (uint64_t i = 0; i < pixels; i++) {
        expect_eq(got->xrgb[i], want->xrgb[i], "%s: pixel %" PRIu64, what, i);
    }
}

static struct screen *show(struct gpu *gpu, unsigned head, uint32_t id)
{
    draw_scanout(gpu, head, id, &whole);
    draw_flush(gpu, id, &whole);
    return screen_take(gpu->guest, "gpu", head);
}

/* One of each format with its memory, the last in three pieces. */
static void make_images(struct gpu *gpu)
{
    uint32_t third = WIDTH * HEIGHT * 4 / 3;
    uint64_t ram = guest_ram_alloc(gpu->guest, 16 * third);
    const struct wire_entry pieces[] = {
        { ram + 8 * third, third, 0 }, { ram, third, 0 },
        { ram + 4 * third, third, 0 },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(formats); i++) {
        draw_image(gpu, FIRST + i, formats[i], WIDTH, HEIGHT, i);
    }
    draw_detach(gpu, FIRST + 7);
    draw_attach(gpu, FIRST + 7, pieces, 3);
    for (unsigned i = 0; i < 3; i++) {
        draw_pattern(gpu, pieces[i].addr, third / 4, 100 + i);
    }
    draw_transfer(gpu, FIRST + 7, WIDTH, HEIGHT);
    draw_create(gpu, 1, 1, 33, 17);         /* without memory */
    draw_create(gpu, 2, 2, 100, 100);       /* with too little of it */
    draw_attach(gpu, 2, pieces, 1);
}

/* Both heads pan over an image; they may be the same head. */
static void test_pictures(const void *data)
{
    const struct way *way = data;
    struct gpu *gpu = boot(way);
    unsigned last = way->heads - 1;
    struct screen *before[G_N_ELEMENTS(formats)], *now, *panned[2];

    make_images(gpu);
    for (unsigned i = 0; i < G_N_ELEMENTS(formats); i++) {
        before[i] = show(gpu, 0, FIRST + i);
    }
    draw_scanout(gpu, 0, FIRST + 7, way->whole ? &whole : &part);
    draw_flush(gpu, FIRST + 7, &whole);
    draw_scanout(gpu, last, FIRST + 2, way->whole ? &whole : &part);
    draw_flush(gpu, FIRST + 2, &whole);
    panned[0] = screen_take(gpu->guest, "gpu", 0);
    panned[1] = screen_take(gpu->guest, "gpu", last);
    migrate(gpu, way);
    now = screen_take(gpu->guest, "gpu", 0);
    expect_same(now, panned[0], "head 0");
    screen_free(now);
    now = screen_take(gpu->guest, "gpu", last);
    expect_same(now, panned[1], "the last head");
    screen_free(now);
    for (unsigned i = 0; i < G_N_ELEMENTS(formats); i++) {
        now = show(gpu, 0, FIRST + i);
        expect_same(now, before[i], "an image");
        screen_free(now);
        screen_free(before[i]);
    }
    /* The memory is still attached, and so is the driver. */
    draw_transfer(gpu, FIRST + 7, WIDTH, HEIGHT);
    draw_unref(gpu, FIRST);
    draw_image(gpu, FIRST, 2, WIDTH, HEIGHT, 50);
    screen_free(show(gpu, last, FIRST));
    draw_unref(gpu, 1);
    draw_detach(gpu, 2);
    gpu_expect_alive(gpu);
    screen_free(panned[0]);
    screen_free(panned[1]);
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    for (unsigned i = 0; i < G_N_ELEMENTS(ways); i++) {
        g_autofree char *path = g_strdup_printf("/migration/pictures/%s",
                                                ways[i].name);

        harness_add_data(path, test_pictures, &ways[i]);
    }
    return harness_run();
}
