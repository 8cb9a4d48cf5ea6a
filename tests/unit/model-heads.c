/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "model.h"

#include <string.h>

#include "command.h"

static void show(struct model *m, uint32_t head, uint32_t id,
                 const struct model_rect *rect,
                 const struct model_layout *layout)
{
    struct model_head *h = &m->heads[head];

    if (h->resource == id && memcmp(&h->rect, rect, sizeof(*rect)) == 0 &&
        memcmp(&h->layout, layout, sizeof(*layout)) == 0) {
        return;
    }
    model_darken(m, head);
    h->resource = id;
    h->rect = *rect;
    h->layout = *layout;
    h->pixels = g_new0(uint32_t, rect->width * rect->height);
    h->known = g_new0(bool, rect->width * rect->height);
}

uint32_t model_set_scanout(struct model *m, uint32_t head, uint32_t id,
                           const struct model_rect *rect)
{
    struct model_resource *r = model_find(m, id);

    if (head >= MODEL_HEADS) {
        return MODEL_BAD_SCANOUT;
    }
    if (id == 0) {
        model_darken(m, head);
        return OK_NODATA;
    }
    if (!r) {
        return MODEL_BAD_RESOURCE;
    }
    if (r->kind == MODEL_BLOB || rect->width == 0 || rect->height == 0 ||
        model_leaves(rect, r->width, r->height)) {
        return MODEL_BAD_PARAMETER;
    }
    show(m, head, id, rect, &(struct model_layout) {
        .format = r->format, .width = r->width, .height = r->height,
        .stride = r->width * 4,
    });
    return OK_NODATA;
}

static bool layout_is_valid(const struct model_layout *l, uint64_t size)
{
    return l->width > 0 && l->width <= MODEL_MAX_AXIS && l->height > 0 &&
           l->height <= MODEL_MAX_AXIS && l->stride >= l->width * 4 &&
           l->stride % 4 == 0 && l->offset % 4 == 0 &&
           l->offset + (uint64_t)l->stride * (l->height - 1) +
           l->width * 4ull <= size;
}

uint32_t model_set_scanout_blob(struct model *m, uint32_t head, uint32_t id,
                                const struct model_rect *rect,
                                const struct model_layout *layout)
{
    struct model_resource *r = model_find(m, id);

    if (head >= MODEL_HEADS) {
        return MODEL_BAD_SCANOUT;
    }
    if (id == 0) {
        model_darken(m, head);
        return OK_NODATA;
    }
    if (!r) {
        return MODEL_BAD_RESOURCE;
    }
    if (r->kind != MODEL_BLOB || !model_knows_format(layout->format) ||
        rect->width == 0 || rect->height == 0 ||
        model_leaves(rect, layout->width, layout->height) ||
        !layout_is_valid(layout, r->size)) {
        return MODEL_BAD_PARAMETER;
    }
    if (!r->backing) {
        return ERR_UNSPEC;
    }
    show(m, head, id, rect, layout);
    return OK_NODATA;
}

/* A pixel of the picture in a8r8g8b8. */
static uint32_t picture_pixel(const struct model_resource *r,
                              const struct model_layout *l, uint32_t x,
                              uint32_t y)
{
    uint64_t at = l->offset + (uint64_t)y * l->stride + x * 4ull;
    struct format_bytes channel;
    uint8_t p[4];

    for (unsigned i = 0; i < 4; i++) {
        p[i] = r->kind == MODEL_IMAGE ? r->pixels[at + i]
                                      : model_backing_byte(r->backing, at + i);
    }
    g_assert(format_layout(l->format, &channel));
    return (uint32_t)p[channel.a] << 24 | (uint32_t)p[channel.r] << 16 |
           (uint32_t)p[channel.g] << 8 | p[channel.b];
}

static void flush_head(struct model_head *h, const struct model_resource *r,
                       const struct model_rect *rect)
{
    for (uint32_t y = 0; y < h->rect.height; y++) {
        for (uint32_t x = 0; x < h->rect.width; x++) {
            uint64_t px = (uint64_t)h->rect.x + x, py = (uint64_t)h->rect.y + y;
            unsigned at = y * h->rect.width + x;

            if (px >= rect->x && px < (uint64_t)rect->x + rect->width &&
                py >= rect->y && py < (uint64_t)rect->y + rect->height) {
                h->pixels[at] = picture_pixel(r, &h->layout, px, py) &
                                0xffffff;
                h->known[at] = true;
            }
        }
    }
}

static bool touches(const struct model_rect *a, const struct model_rect *b)
{
    return (uint64_t)a->x + a->width > b->x &&
           (uint64_t)b->x + b->width > a->x &&
           (uint64_t)a->y + a->height > b->y &&
           (uint64_t)b->y + b->height > a->y;
}

uint32_t model_flush(struct model *m, uint32_t id,
                     const struct model_rect *rect)
{
    struct model_resource *r = model_find(m, id);
    uint32_t answer = OK_NODATA;

    if (!r) {
        return MODEL_BAD_RESOURCE;
    }
    if (r->kind == MODEL_IMAGE && model_leaves(rect, r->width, r->height)) {
        return MODEL_BAD_PARAMETER;
    }
    if (rect->width == 0 || rect->height == 0) {
        return OK_NODATA;
    }
    m->open = true;
    for (unsigned head = 0; head < MODEL_HEADS; head++) {
        struct model_head *h = &m->heads[head];

        if (h->resource != id) {
            continue;
        }
        if (r->kind == MODEL_BLOB && !r->backing) {
            /* Where the flush misses the head the matrix leaves it open. */
            answer = ERR_UNSPEC;
            m->open &= !touches(rect, &h->rect);
        } else {
            flush_head(h, r, rect);
        }
    }
    return answer;
}

static uint32_t load_cursor(struct model_head *h,
                            const struct model_resource *r)
{
    struct model_layout l = {
        .format = 1, .width = MODEL_CURSOR_PX, .height = MODEL_CURSOR_PX,
        .stride = MODEL_CURSOR_PX * 4,
    };

    if (r->kind == MODEL_IMAGE) {
        l.format = r->format;
        l.width = r->width;
        l.height = r->height;
        l.stride = r->width * 4;
    }
    if (l.width > MODEL_CURSOR_MAX_PX || l.height > MODEL_CURSOR_MAX_PX ||
        (r->kind == MODEL_BLOB && r->size < 16384)) {
        return MODEL_BAD_PARAMETER;
    }
    if (r->kind == MODEL_BLOB && !r->backing) {
        return ERR_UNSPEC;
    }
    for (uint32_t y = 0; y < MODEL_CURSOR_PX; y++) {
        for (uint32_t x = 0; x < MODEL_CURSOR_PX; x++) {
            h->cursor[y * MODEL_CURSOR_PX + x] =
                x < l.width && y < l.height ? picture_pixel(r, &l, x, y) : 0;
        }
    }
    return OK_NODATA;
}

uint32_t model_update_cursor(struct model *m, uint32_t head, uint32_t id,
                             int32_t x, int32_t y)
{
    struct model_head *h = &m->heads[head % MODEL_HEADS];
    uint32_t answer = OK_NODATA;

    if (head >= MODEL_HEADS) {
        return MODEL_BAD_SCANOUT;
    }
    if (id && !model_find(m, id)) {
        return MODEL_BAD_RESOURCE;
    }
    if (id) {
        answer = load_cursor(h, model_find(m, id));
    }
    if (answer == OK_NODATA) {
        h->cursor_visible = id != 0;
        h->cursor_x = x;
        h->cursor_y = y;
    }
    return answer;
}

uint32_t model_move_cursor(struct model *m, uint32_t head, int32_t x,
                           int32_t y)
{
    if (head >= MODEL_HEADS) {
        return MODEL_BAD_SCANOUT;
    }
    m->heads[head].cursor_x = x;
    m->heads[head].cursor_y = y;
    return OK_NODATA;
}
