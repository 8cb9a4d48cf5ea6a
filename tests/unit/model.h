/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A reference model of the 2D device: what each command answers and what the
 * screens then show, written from the conformance matrix in the simplest way
 * and without a line of the library.  All arguments are decoded; geometry is
 * kept small by whoever chooses them.  One thread.
 */
#ifndef TESTS_UNIT_MODEL_H
#define TESTS_UNIT_MODEL_H

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>

#define MODEL_IDS 9             /* 1 to 8 are used, 0 is not a resource */
#define MODEL_HEADS 4
#define MODEL_MAX_PX 96         /* longest side of an image */
#define MODEL_CURSOR_PX 64
#define MODEL_CURSOR_MAX_PX 512
#define MODEL_MAX_AXIS 32767    /* longer sides are refused */

#define MODEL_BAD_SCANOUT 0x1202
#define MODEL_BAD_RESOURCE 0x1203
#define MODEL_BAD_PARAMETER 0x1205

struct model_rect {
    uint32_t x, y, width, height;
};

/* Guest memory by pointer: the model reads it, the device by address. */
struct model_piece {
    const uint8_t *data;        /* NULL: nothing there */
    uint32_t bytes;
};

struct model_list {
    const struct model_piece *pieces;
    unsigned num;
};

struct model_layout {
    uint32_t format, width, height, stride, offset;
};

enum model_kind {
    MODEL_NOTHING,
    MODEL_IMAGE,
    MODEL_BLOB,
};

struct model_resource {
    enum model_kind kind;
    uint32_t format, width, height;
    uint8_t *pixels;            /* image: as the guest wrote them */
    uint64_t size;              /* blob */
    GArray *backing;            /* of struct model_piece; NULL: none */
};

struct model_head {
    uint32_t resource;          /* 0: dark */
    struct model_layout layout;
    struct model_rect rect;
    uint32_t *pixels;           /* x8r8g8b8 as last flushed */
    bool *known;                /* false: the matrix leaves it open */
    bool cursor_visible;
    int32_t cursor_x, cursor_y;
    uint32_t hot_x, hot_y;
    uint32_t cursor[MODEL_CURSOR_PX * MODEL_CURSOR_PX];
};

struct model {
    struct model_resource resources[MODEL_IDS];
    struct model_head heads[MODEL_HEADS];
    bool open;                  /* the last answer: this or OK_NODATA */
};

void model_reset(struct model *model);

/* Each returns the reply's type. */
uint32_t model_create_2d(struct model *m, uint32_t id, uint32_t format,
                         uint32_t width, uint32_t height);
uint32_t model_create_blob(struct model *m, uint32_t id, uint32_t mem,
                           uint64_t size, const struct model_list *list);
uint32_t model_unref(struct model *m, uint32_t id);
uint32_t model_attach(struct model *m, uint32_t id,
                      const struct model_list *list);
uint32_t model_detach(struct model *m, uint32_t id);
uint32_t model_transfer(struct model *m, uint32_t id,
                        const struct model_rect *r, uint64_t offset);
uint32_t model_set_scanout(struct model *m, uint32_t head, uint32_t id,
                           const struct model_rect *r);
uint32_t model_set_scanout_blob(struct model *m, uint32_t head, uint32_t id,
                                const struct model_rect *r,
                                const struct model_layout *layout);
uint32_t model_flush(struct model *m, uint32_t id, const struct model_rect *r);
uint32_t model_update_cursor(struct model *m, uint32_t head, uint32_t id,
                             int32_t x, int32_t y);
uint32_t model_move_cursor(struct model *m, uint32_t head, int32_t x,
                           int32_t y);

/* Between model.c and model-heads.c. */
struct model_resource *model_find(struct model *m, uint32_t id);
void model_darken(struct model *m, unsigned head);
bool model_leaves(const struct model_rect *r, uint32_t width, uint32_t height);
bool model_knows_format(uint32_t format);
uint8_t model_backing_byte(const GArray *backing, uint64_t at);

#endif
