/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 * Copyright (c) 2026 The qemu-virtio-gpu authors
 */
#include "kms.h"

#include <stdlib.h>
#include <string.h>

/* The colour of a pixel is its own place: a stray one tells its home. */
static uint32_t coords_at(uint32_t x, uint32_t y)
{
    return (x & 0xff) << 16 | (y & 0xff) << 8 | (y >> 8 & 0xf) << 4 |
           (x >> 8 & 0xf);
}

static uint32_t bars_at(uint32_t x, uint32_t y, const struct canvas *canvas)
{
    static const uint32_t colours[] = {
        0xffffff, 0xffff00, 0x00ffff, 0x00ff00,
        0xff00ff, 0xff0000, 0x0000ff, 0x000000,
    };
    uint32_t w = canvas->width, h = canvas->height;
    uint32_t grey = x * 255 / (w - 1);

    if (x == 0 || y == 0 || x == w - 1 || y == h - 1) {
        return 0xffffff;
    }
    if (y < h / 2) {
        return colours[x * 8 / w];
    }
    if (y < h * 5 / 8) {
        return grey << 16 | grey << 8 | grey;
    }
    if (y < h * 6 / 8) {
        return grey << (x * 3 / w * 8);
    }
    if (y < h * 7 / 8) {
        return (x ^ y) & 1 ? 0xffffff : 0;
    }
    return x & 1 ? 0xffffff : 0;
}

static void put(struct canvas *canvas, uint32_t x, uint32_t y, uint32_t colour)
{
    memcpy(canvas->pixels + (size_t)y * canvas->stride + x * 4, &colour, 4);
}

void picture_draw(struct canvas *canvas, const char *picture,
                  const struct rect *area)
{
    bool bars = !strcmp(picture, "bars");
    bool coords = !strcmp(picture, "coords");
    uint32_t colour = strtoul(picture, NULL, 16);

    for (uint32_t y = area->y; y < area->y + area->h; y++) {
        for (uint32_t x = area->x; x < area->x + area->w; x++) {
            put(canvas, x, y, coords ? coords_at(x, y) :
                              bars ? bars_at(x, y, canvas) : colour);
        }
    }
}

struct rect canvas_whole(const struct canvas *canvas)
{
    return (struct rect) { 0, 0, canvas->width, canvas->height };
}

bool rect_inside(const struct rect *rect, const struct canvas *canvas)
{
    return rect->x < canvas->width && rect->w <= canvas->width - rect->x &&
           rect->y < canvas->height && rect->h <= canvas->height - rect->y;
}
