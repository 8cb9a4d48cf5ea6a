/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 * Copyright (c) 2026 The qemu-virtio-gpu authors
 */
#include "view.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

static void clear_image(pixman_image_t **image)
{
    if (*image) {
        pixman_image_unref(*image);
        *image = NULL;
    }
}

void view_finish(struct view *view)
{
    clear_image(&view->picture);
    clear_image(&view->cursor);
}

/* The pixels where they lie; NULL when they do not fit into the data. */
static pixman_image_t *wrap(const struct pixels *pixels)
{
    size_t row = (size_t)pixels->width * PIXMAN_FORMAT_BPP(pixels->format) / 8;

    if (pixels->width <= 0 || pixels->height <= 0 || pixels->stride % 4 ||
        (size_t)pixels->stride < row ||
        (size_t)pixels->stride * (pixels->height - 1) + row > pixels->size) {
        return NULL;
    }
    return pixman_image_create_bits(pixels->format, pixels->width,
                                    pixels->height, (uint32_t *)pixels->data,
                                    pixels->stride);
}

static pixman_image_t *copy(pixman_image_t *source, pixman_format_code_t format)
{
    int width = pixman_image_get_width(source);
    int height = pixman_image_get_height(source);
    pixman_image_t *image =
        pixman_image_create_bits(format, width, height, NULL, 0);

    pixman_image_composite32(PIXMAN_OP_SRC, source, NULL, image, 0, 0, 0, 0, 0,
                             0, width, height);
    return image;
}

/* Replaces an image by a copy of the pixels. */
static bool replace(pixman_image_t **image, pixman_format_code_t format,
                    const struct pixels *pixels)
{
    pixman_image_t *source = wrap(pixels);

    if (!source) {
        return false;
    }
    clear_image(image);
    *image = copy(source, format);
    pixman_image_unref(source);
    return true;
}

bool view_replace(struct view *view, const struct pixels *pixels)
{
    if (!replace(&view->picture, PIXMAN_x8r8g8b8, pixels)) {
        return false;
    }
    view->pictures++;
    return true;
}

bool view_share(struct view *view, const struct pixels *pixels)
{
    pixman_image_t *picture = wrap(pixels);

    if (!picture) {
        return false;
    }
    clear_image(&view->picture);
    view->picture = picture;
    view->pictures++;
    return true;
}

bool view_update(struct view *view, int x, int y, const struct pixels *pixels)
{
    pixman_image_t *source = view->picture ? wrap(pixels) : NULL;

    if (!source) {
        return false;
    }
    pixman_image_composite32(PIXMAN_OP_SRC, source, NULL, view->picture, 0, 0,
                             0, 0, x, y, pixels->width, pixels->height);
    pixman_image_unref(source);
    view->updates++;
    view->pixels += (uint64_t)pixels->width * pixels->height;
    return true;
}

bool view_set_cursor(struct view *view, int hot_x, int hot_y,
                     const struct pixels *pixels)
{
    if (!replace(&view->cursor, PIXMAN_a8r8g8b8, pixels)) {
        return false;
    }
    view->hot_x = hot_x;
    view->hot_y = hot_y;
    view->defines++;
    return true;
}

static void draw_cursor(const struct view *view, pixman_image_t *image)
{
    pixman_image_composite32(PIXMAN_OP_OVER, view->cursor, NULL, image, 0, 0,
                             0, 0, view->x - view->hot_x, view->y - view->hot_y,
                             pixman_image_get_width(view->cursor),
                             pixman_image_get_height(view->cursor));
}

static void write_pixels(FILE *file, pixman_image_t *image)
{
    int width = pixman_image_get_width(image);
    int height = pixman_image_get_height(image);
    uint32_t *row = pixman_image_get_data(image);

    fprintf(file, "P6\n%d %d\n255\n", width, height);
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++) {
            fputc(row[x] >> 16 & 0xff, file);
            fputc(row[x] >> 8 & 0xff, file);
            fputc(row[x] & 0xff, file);
        }
        row += pixman_image_get_stride(image) / (int)sizeof(*row);
    }
}

int view_write(const struct view *view, const char *path, bool with_cursor)
{
    pixman_image_t *image;
    FILE *file;
    int failed;

    if (!view->picture) {
        return -ENODATA;
    }
    file = fopen(path, "wb");
    if (!file) {
        return -errno;
    }
    image = copy(view->picture, PIXMAN_x8r8g8b8);
    if (with_cursor && view->cursor && view->cursor_on) {
        draw_cursor(view, image);
    }
    write_pixels(file, image);
    pixman_image_unref(image);
    failed = ferror(file);
    return fclose(file) || failed ? -EIO : 0;
}
