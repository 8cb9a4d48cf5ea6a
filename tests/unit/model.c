/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "model.h"

#include <string.h>

#include "command.h"

struct model_resource *model_find(struct model *m, uint32_t id)
{
    return id > 0 && id < MODEL_IDS &&
           m->resources[id].kind != MODEL_NOTHING ? &m->resources[id] : NULL;
}

bool model_leaves(const struct model_rect *r, uint32_t width, uint32_t height)
{
    return (uint64_t)r->x + r->width > width ||
           (uint64_t)r->y + r->height > height;
}

bool model_knows_format(uint32_t format)
{
    return format_name(format) != NULL;
}

static uint64_t backing_bytes(const GArray *backing)
{
    uint64_t bytes = 0;

    for (unsigned i = 0; i < backing->len; i++) {
        bytes += g_array_index(backing, struct model_piece, i).bytes;
    }
    return bytes;
}

/* One byte at a time: slow and hard to get wrong. */
uint8_t model_backing_byte(const GArray *backing, uint64_t at)
{
    for (unsigned i = 0; i < backing->len; i++) {
        const struct model_piece *piece =
            &g_array_index(backing, struct model_piece, i);

        if (at < piece->bytes) {
            return piece->data[at];
        }
        at -= piece->bytes;
    }
    g_assert_not_reached();
}

void model_darken(struct model *m, unsigned head)
{
    struct model_head *h = &m->heads[head];

    h->resource = 0;
    g_clear_pointer(&h->pixels, g_free);
    g_clear_pointer(&h->known, g_free);
}

static void drop(struct model *m, uint32_t id)
{
    struct model_resource *r = &m->resources[id];

    for (unsigned head = 0; head < MODEL_HEADS; head++) {
        if (m->heads[head].resource == id) {
            model_darken(m, head);
        }
    }
    g_free(r->pixels);
    g_clear_pointer(&r->backing, g_array_unref);
    memset(r, 0, sizeof(*r));
}

void model_reset(struct model *m)
{
    for (uint32_t id = 1; id < MODEL_IDS; id++) {
        drop(m, id);
    }
    for (unsigned head = 0; head < MODEL_HEADS; head++) {
        model_darken(m, head);
        m->heads[head].cursor_visible = false;
    }
}

uint32_t model_create_2d(struct model *m, uint32_t id, uint32_t format,
                         uint32_t width, uint32_t height)
{
    if (id == 0 || model_find(m, id)) {
        return MODEL_BAD_RESOURCE;
    }
    if (!model_knows_format(format) || width == 0 || height == 0 ||
        width > MODEL_MAX_AXIS || height > MODEL_MAX_AXIS) {
        return MODEL_BAD_PARAMETER;
    }
    m->resources[id] = (struct model_resource) {
        .kind = MODEL_IMAGE, .format = format, .width = width,
        .height = height, .pixels = g_malloc0(width * height * 4),
    };
    return OK_NODATA;
}

/* A list as the storage of something that needs so many bytes. */
static uint32_t take_list(const struct model_list *list, uint64_t needed,
                          GArray **backing)
{
    GArray *pieces = g_array_new(FALSE, FALSE, sizeof(struct model_piece));
    bool hole = false;

    for (unsigned i = 0; i < list->num; i++) {
        hole |= !list->pieces[i].data && list->pieces[i].bytes;
        g_array_append_val(pieces, list->pieces[i]);
    }
    if (backing_bytes(pieces) < needed || hole) {
        uint32_t answer = backing_bytes(pieces) < needed ? MODEL_BAD_PARAMETER
                                                         : ERR_UNSPEC;

        g_array_unref(pieces);
        return answer;
    }
    *backing = pieces;
    return OK_NODATA;
}

uint32_t model_create_blob(struct model *m, uint32_t id, uint32_t mem,
                           uint64_t size, const struct model_list *list)
{
    GArray *backing = NULL;

    if (id == 0 || model_find(m, id)) {
        return MODEL_BAD_RESOURCE;
    }
    if (mem != 1 || size == 0) {
        return MODEL_BAD_PARAMETER;
    }
    if (list->num) {
        uint32_t answer = take_list(list, size, &backing);

        if (answer != OK_NODATA) {
            return answer;
        }
    }
    m->resources[id] = (struct model_resource) {
        .kind = MODEL_BLOB, .size = size, .backing = backing,
    };
    return OK_NODATA;
}

uint32_t model_unref(struct model *m, uint32_t id)
{
    if (!model_find(m, id)) {
        return MODEL_BAD_RESOURCE;
    }
    drop(m, id);
    return OK_NODATA;
}

uint32_t model_attach(struct model *m, uint32_t id,
                      const struct model_list *list)
{
    struct model_resource *r = model_find(m, id);

    if (!r) {
        return MODEL_BAD_RESOURCE;
    }
    if (r->backing) {
        return ERR_UNSPEC;
    }
    if (list->num == 0) {
        return MODEL_BAD_PARAMETER;
    }
    return take_list(list, r->kind == MODEL_BLOB ? r->size : 0, &r->backing);
}

uint32_t model_detach(struct model *m, uint32_t id)
{
    struct model_resource *r = model_find(m, id);

    if (!r) {
        return MODEL_BAD_RESOURCE;
    }
    if (!r->backing) {
        return ERR_UNSPEC;
    }
    g_clear_pointer(&r->backing, g_array_unref);
    return OK_NODATA;
}

uint32_t model_transfer(struct model *m, uint32_t id,
                        const struct model_rect *rect, uint64_t offset)
{
    struct model_resource *r = model_find(m, id);
    uint64_t end;

    if (!r) {
        return MODEL_BAD_RESOURCE;
    }
    if (!r->backing) {
        return ERR_UNSPEC;
    }
    if (r->kind == MODEL_BLOB) {
        return OK_NODATA;
    }
    if (model_leaves(rect, r->width, r->height)) {
        return MODEL_BAD_PARAMETER;
    }
    if (rect->width == 0 || rect->height == 0) {
        return OK_NODATA;
    }
    end = (rect->height - 1ull) * r->width * 4 + rect->width * 4ull;
    if (offset > backing_bytes(r->backing) ||
        end > backing_bytes(r->backing) - offset) {
        return MODEL_BAD_PARAMETER;
    }
    for (uint32_t y = 0; y < rect->height; y++) {
        uint8_t *line = r->pixels +
                        ((rect->y + y) * r->width + rect->x) * 4;

        for (uint32_t i = 0; i < rect->width * 4; i++) {
            line[i] = model_backing_byte(r->backing,
                                   offset + (uint64_t)y * r->width * 4 + i);
        }
    }
    return OK_NODATA;
}
