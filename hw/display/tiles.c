/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "tiles.h"

#include <string.h>
#include <glib.h>

#include "hw/virtio/vgpu/format.h"
#include "frame.h"
#include "hw/virtio/vgpu/rect.h"
#include "hw/virtio/vgpu/renderer.h"

/*
 * Tiles looked at together, row by row.  Where the pixels lie a row is as long
 * as there are bits, for the processor's prefetcher; where they must be
 * copied out first the copy stays in its cache (256 KiB).
 */
#define LONG_RUN_TILES 64
#define COPIED_RUN_TILES 16
#define COPIED_RUN_BYTES (COPIED_RUN_TILES * VGPU_TILE_PX * VGPU_TILE_PX * \
                          VGPU_BYTES_PER_PIXEL)

#define COLOUR_BITS 0x00ffffffu

/* Four pixels, anywhere: GCC makes vector instructions of it. */
typedef uint32_t pixels4 __attribute__((vector_size(16), aligned(4)));

struct comparison {
    const struct vgpu_view *view;
    const struct vgpu_frame *picture;
    uint8_t *copied;            /* COPIED_RUN_BYTES, made when needed */
    GArray *boxes;              /* of pixman_box32_t, those that changed */
};

static bool differ(const uint32_t *a, const uint32_t *b, uint32_t count)
{
    pixels4 sum = { 0 };
    uint32_t rest = 0;
    uint32_t i;

    for (i = 0; i + 4 <= count; i += 4) {
        sum |= *(const pixels4 *)(a + i) ^ *(const pixels4 *)(b + i);
    }
    for (; i < count; i++) {
        rest |= a[i] ^ b[i];
    }
    return (rest | sum[0] | sum[1] | sum[2] | sum[3]) & COLOUR_BITS;
}

/* First pixel behind the tile that holds pixel @x. */
static uint32_t tile_end(uint32_t x)
{
    return (x / VGPU_TILE_PX + 1) * VGPU_TILE_PX;
}

/* One row of a run: sets the bits of tiles that differ in it. */
static uint64_t compare_row(const uint32_t *a, const uint32_t *b,
                            const struct vgpu_rect *run, uint64_t changed)
{
    uint32_t end = run->x + run->width;
    uint32_t tile = 0;

    if (memcmp(a, b, (size_t)run->width * VGPU_BYTES_PER_PIXEL) == 0) {
        return changed;
    }
    for (uint32_t x = run->x; x < end; x = tile_end(x), tile++) {
        uint32_t at = x - run->x;

        if (!(changed & 1ull << tile) &&
            differ(a + at, b + at, MIN(tile_end(x), end) - x)) {
            changed |= 1ull << tile;
        }
    }
    return changed;
}

/* The new pixels of a run: where they lie, or copied. */
static enum vgpu_status pixels_of(struct comparison *c,
                                  const struct vgpu_rect *run,
                                  struct vgpu_const_pixels *pixels)
{
    struct vgpu_pixels copy = { .stride = run->width * VGPU_BYTES_PER_PIXEL };

    if (vgpu_view_peek(c->view, run, pixels)) {
        return VGPU_OK;
    }
    if (!c->copied) {
        c->copied = g_malloc(COPIED_RUN_BYTES);
    }
    copy.data = c->copied;
    pixels->data = c->copied;
    pixels->stride = copy.stride;
    return vgpu_view_read(c->view, run, &copy);
}

/* Bit n of the result: the run's tile n changed. */
static uint64_t compare_pixels(const struct comparison *c,
                               const struct vgpu_const_pixels *pixels,
                               const struct vgpu_rect *run)
{
    const struct vgpu_frame *picture = c->picture;
    const uint8_t *shown = picture->data + (size_t)run->y * picture->stride +
                           (size_t)run->x * VGPU_BYTES_PER_PIXEL;
    uint32_t tiles = (run->x + run->width - 1) / VGPU_TILE_PX -
                     run->x / VGPU_TILE_PX + 1;
    uint64_t all = UINT64_MAX >> (LONG_RUN_TILES - tiles);
    uint64_t changed = 0;

    for (uint32_t y = 0; y < run->height && changed != all; y++) {
        changed = compare_row(
            (const uint32_t *)(pixels->data + (size_t)y * pixels->stride),
            (const uint32_t *)(shown + (size_t)y * picture->stride),
            run, changed);
    }
    return changed;
}

/* Neighbours become one box. */
static void add_changed(struct comparison *c, const struct vgpu_rect *run,
                        uint64_t changed)
{
    uint32_t end = run->x + run->width;
    pixman_box32_t box = { .y1 = run->y, .y2 = run->y + run->height };
    bool open = false;

    for (uint32_t x = run->x; x < end; x = tile_end(x), changed >>= 1) {
        if (changed & 1) {
            box.x1 = open ? box.x1 : (int32_t)x;
            box.x2 = MIN(tile_end(x), end);
            open = true;
        } else if (open) {
            g_array_append_val(c->boxes, box);
            open = false;
        }
    }
    if (open) {
        g_array_append_val(c->boxes, box);
    }
}

static enum vgpu_status compare_run(struct comparison *c,
                                    const struct vgpu_rect *run)
{
    struct vgpu_const_pixels pixels;
    enum vgpu_status status = pixels_of(c, run, &pixels);

    if (status == VGPU_OK) {
        add_changed(c, run, compare_pixels(c, &pixels, run));
    }
    return status;
}

/* As much of a row of tiles as is looked at together, from @x on. */
static struct vgpu_rect next_run(const struct comparison *c, uint32_t x,
                                 uint32_t y, const pixman_box32_t *box)
{
    uint32_t right = box->x2;
    uint32_t bottom = box->y2;
    uint32_t first = tile_end(x);
    struct vgpu_rect run = {
        .x = x,
        .y = y,
        .width = MIN(first + (LONG_RUN_TILES - 1) * VGPU_TILE_PX, right) - x,
        .height = MIN(tile_end(y), bottom) - y,
    };
    struct vgpu_const_pixels pixels;

    if (!vgpu_view_peek(c->view, &run, &pixels)) {
        run.width = MIN(first + (COPIED_RUN_TILES - 1) * VGPU_TILE_PX, right) -
                    x;
    }
    return run;
}

static struct vgpu_rect rect_of(const pixman_box32_t *box)
{
    return (struct vgpu_rect) {
        .x = box->x1,
        .y = box->y1,
        .width = box->x2 - box->x1,
        .height = box->y2 - box->y1,
    };
}

static enum vgpu_status compare_box(struct comparison *c,
                                    const pixman_box32_t *box)
{
    uint32_t right = box->x2;
    uint32_t bottom = box->y2;
    struct vgpu_rect whole = rect_of(box);
    struct vgpu_rect run;

    vgpu_view_prepare(c->view, &whole);
    for (uint32_t y = box->y1; y < bottom; y = tile_end(y)) {
        for (uint32_t x = box->x1; x < right; x = run.x + run.width) {
            enum vgpu_status status;

            run = next_run(c, x, y, box);
            status = compare_run(c, &run);
            if (status != VGPU_OK) {
                return status;
            }
        }
    }
    return VGPU_OK;
}

enum vgpu_status vgpu_tiles_changed(const struct vgpu_view *view,
                                    const struct vgpu_frame *picture,
                                    const pixman_region32_t *region,
                                    pixman_region32_t *changed)
{
    struct comparison c = {
        .view = view,
        .picture = picture,
        .boxes = g_array_new(FALSE, FALSE, sizeof(pixman_box32_t)),
    };
    enum vgpu_status status = VGPU_OK;
    const pixman_box32_t *boxes;
    int count;

    boxes = pixman_region32_rectangles((pixman_region32_t *)region, &count);
    for (int i = 0; i < count && status == VGPU_OK; i++) {
        status = compare_box(&c, &boxes[i]);
    }
    pixman_region32_fini(changed);
    pixman_region32_init_rects(changed, (pixman_box32_t *)c.boxes->data,
                               (int)c.boxes->len);
    g_array_unref(c.boxes);
    g_free(c.copied);
    return status;
}

enum vgpu_status vgpu_tiles_read(const struct vgpu_view *view,
                                 const pixman_region32_t *region,
                                 struct vgpu_frame *frame)
{
    enum vgpu_status status = VGPU_OK;
    const pixman_box32_t *boxes;
    int count;

    boxes = pixman_region32_rectangles((pixman_region32_t *)region, &count);
    for (int i = 0; i < count && status == VGPU_OK; i++) {
        struct vgpu_rect rect = rect_of(&boxes[i]);
        struct vgpu_pixels dest = {
            .data = frame->data + (size_t)rect.y * frame->stride +
                    (size_t)rect.x * VGPU_BYTES_PER_PIXEL,
            .stride = frame->stride,
        };

        status = vgpu_view_read(view, &rect, &dest);
    }
    return status;
}
