/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "tiles.h"

#include <string.h>
#include <glib.h>

#include "driver.h"
#include "frame.h"

#define OK_NODATA 0x1100
#define FORMAT_BGRX 2
#define FORMAT_RGBA 67

/* Not a whole number of tiles, and wider than a run of them. */
#define WIDTH 4321
#define HEIGHT 150

struct shown {
    struct fake_driver driver;
    uint64_t addr;              /* of the guest's pixels */
    uint8_t *pixels;
    struct vgpu_frame *frame;   /* what the display has */
};

static void command(uint32_t got)
{
    g_assert_cmphex(got, ==, OK_NODATA);
}

static void upload(struct shown *s)
{
    command(DRIVER_COMMAND(&s->driver, "TRANSFER_TO_HOST_2D", { "id", 0, 1 },
                           DRIVER_RECT(0, 0, WIDTH, HEIGHT)));
}

/* The pixel as the display wants it. */
static uint32_t pixel(const struct shown *s, uint32_t format, uint32_t at)
{
    const uint8_t *b = s->pixels + (size_t)at * 4;

    return format == FORMAT_BGRX ? b[2] << 16 | b[1] << 8 | b[0]
                                 : b[0] << 16 | b[1] << 8 | b[2];
}

static void begin(struct shown *s, uint32_t format)
{
    struct vgpu_mem_entry entry = { .length = WIDTH * HEIGHT * 4 };

    fake_driver_init(&s->driver, &driver_config);
    s->addr = guest_memory_alloc(s->driver.host->memory, entry.length, true);
    s->pixels = guest_memory_pointer(s->driver.host->memory, s->addr,
                                     entry.length);
    entry.addr = s->addr;
    command(DRIVER_COMMAND(&s->driver, "RESOURCE_CREATE_2D", { "id", 0, 1 },
                           { "format", 0, format }, { "width", 0, WIDTH },
                           { "height", 0, HEIGHT }));
    command(DRIVER_LIST(&s->driver, "RESOURCE_ATTACH_BACKING", &entry, 1,
                        { "id", 0, 1 }, { "nr_entries", 0, 1 }));
    command(DRIVER_COMMAND(&s->driver, "SET_SCANOUT", { "id", 0, 1 },
                           DRIVER_RECT(0, 0, WIDTH, HEIGHT)));
    for (uint32_t i = 0; i < WIDTH * HEIGHT; i++) {
        ((uint32_t *)s->pixels)[i] = i * 2654435761u;
    }
    upload(s);
    s->frame = vgpu_frame_create(WIDTH, HEIGHT);
    for (uint32_t i = 0; i < WIDTH * HEIGHT; i++) {
        ((uint32_t *)s->frame->data)[i] = pixel(s, format, i) | 0x5a000000;
    }
}

static void end(struct shown *s)
{
    vgpu_frame_unref(s->frame);
    fake_driver_finish(&s->driver);
}

static void compare(struct shown *s, const struct vgpu_rect *rect,
                    pixman_region32_t *changed)
{
    pixman_region32_t region;

    upload(s);
    pixman_region32_init_rect(&region, rect->x, rect->y, rect->width,
                              rect->height);
    pixman_region32_init(changed);
    g_assert_cmphex(vgpu_tiles_changed(vgpu_device_view(s->driver.dev, 0),
                                       s->frame, &region, changed),
                    ==, VGPU_OK);
    pixman_region32_fini(&region);
}

static void assert_changed(struct shown *s, const struct vgpu_rect *rect,
                           const struct vgpu_rect *expected)
{
    pixman_region32_t changed, wanted;

    compare(s, rect, &changed);
    pixman_region32_init_rect(&wanted, expected->x, expected->y,
                              expected->width, expected->height);
    g_assert_true(pixman_region32_equal(&changed, &wanted));
    pixman_region32_fini(&changed);
    pixman_region32_fini(&wanted);
}

static void touch(struct shown *s, uint32_t x, uint32_t y, unsigned byte)
{
    s->pixels[((size_t)y * WIDTH + x) * 4 + byte] ^= 0x10;
}

/* One pixel in a tile, in a part of a tile, in the last one, in none. */
static void test_exact(gconstpointer format)
{
    const struct vgpu_rect all = { 0, 0, WIDTH, HEIGHT };
    const struct vgpu_rect part = { 70, 70, 20, 10 };
    const struct vgpu_rect none = { 0 };
    struct shown s;

    begin(&s, GPOINTER_TO_UINT(format));
    assert_changed(&s, &all, &none);
    touch(&s, 64, 64, 3);
    assert_changed(&s, &all, &none);
    touch(&s, 127, 127, 0);
    assert_changed(&s, &all, &(struct vgpu_rect) { 64, 64, 64, 64 });
    assert_changed(&s, &part, &none);
    touch(&s, 89, 79, 1);
    assert_changed(&s, &part, &part);
    touch(&s, 127, 127, 0);
    touch(&s, 89, 79, 1);
    touch(&s, WIDTH - 1, HEIGHT - 1, 2);
    assert_changed(&s, &all, &(struct vgpu_rect) { 4288, 128, 33, 22 });
    end(&s);
}

/* Whether some pixel of @tile, cut to @rect, differs. */
static bool tile_differs(struct shown *s, uint32_t format,
                         const struct vgpu_rect *part)
{
    for (uint32_t y = part->y; y < part->y + part->height; y++) {
        for (uint32_t x = part->x; x < part->x + part->width; x++) {
            uint32_t shown = ((uint32_t *)s->frame->data)[y * WIDTH + x];

            if (pixel(s, format, y * WIDTH + x) != (shown & 0xffffff)) {
                return true;
            }
        }
    }
    return false;
}

static void check_tile(struct shown *s, uint32_t format,
                       const struct vgpu_rect *part,
                       pixman_region32_t *changed)
{
    pixman_box32_t box = { part->x, part->y, part->x + part->width,
                           part->y + part->height };

    g_assert_cmpint(pixman_region32_contains_rectangle(changed, &box), ==,
                    tile_differs(s, format, part) ? PIXMAN_REGION_IN
                                                  : PIXMAN_REGION_OUT);
}

/* Once what changed was read, nothing differs any more. */
static void bring_up_to_date(struct shown *s, const struct vgpu_rect *rect,
                             const pixman_region32_t *changed)
{
    const struct vgpu_rect none = { 0 };

    g_assert_cmphex(vgpu_tiles_read(vgpu_device_view(s->driver.dev, 0),
                                    changed, s->frame), ==, VGPU_OK);
    assert_changed(s, rect, &none);
}

/* Against the obvious way to do it, with rectangles and changes anywhere. */
static void test_any(gconstpointer format)
{
    GRand *rand = g_rand_new_with_seed(7);
    pixman_region32_t changed;
    struct shown s;

    begin(&s, GPOINTER_TO_UINT(format));
    for (unsigned round = 0; round < 40; round++) {
        struct vgpu_rect rect = { g_rand_int_range(rand, 0, WIDTH),
                                  g_rand_int_range(rand, 0, HEIGHT), 0, 0 };

        rect.width = g_rand_int_range(rand, 1, WIDTH - rect.x + 1);
        rect.height = g_rand_int_range(rand, 1, HEIGHT - rect.y + 1);
        touch(&s, g_rand_int_range(rand, 0, WIDTH),
              g_rand_int_range(rand, 0, HEIGHT), g_rand_int_range(rand, 0, 4));
        compare(&s, &rect, &changed);
        for (uint32_t y = 0; y < HEIGHT; y += VGPU_TILE_PX) {
            for (uint32_t x = 0; x < WIDTH; x += VGPU_TILE_PX) {
                struct vgpu_rect part;
                struct vgpu_rect tile = { x, y, VGPU_TILE_PX, VGPU_TILE_PX };

                if (vgpu_rect_intersect(&tile, &rect, &part)) {
                    check_tile(&s, GPOINTER_TO_UINT(format), &part, &changed);
                }
            }
        }
        bring_up_to_date(&s, &rect, &changed);
        pixman_region32_fini(&changed);
    }
    end(&s);
    g_rand_free(rand);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_data_func("/tiles/exact/where-they-lie",
                         GUINT_TO_POINTER(FORMAT_BGRX), test_exact);
    g_test_add_data_func("/tiles/exact/converted",
                         GUINT_TO_POINTER(FORMAT_RGBA), test_exact);
    g_test_add_data_func("/tiles/any/where-they-lie",
                         GUINT_TO_POINTER(FORMAT_BGRX), test_any);
    g_test_add_data_func("/tiles/any/converted",
                         GUINT_TO_POINTER(FORMAT_RGBA), test_any);
    return g_test_run();
}
