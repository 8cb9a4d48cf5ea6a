/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What the viewer of one console was told: a listener on QEMU's D-Bus display.
 * Lives as long as its display, see display.h; one thread.
 */
#ifndef TESTS_QTEST_DISPLAY_VIEW_H
#define TESTS_QTEST_DISPLAY_VIEW_H

#include <gio/gio.h>

#include "screen.h"
#include "wire.h"

#define DISPLAY_CURSOR_PX 64
#define DISPLAY_LISTENER_PATH "/org/qemu/Display1/Listener"

/* A picture that came as a dma-buf, from a display with OpenGL. */
struct display_dmabuf {
    int fd;                     /* -1: none came */
    uint32_t width, height;     /* px */
    uint32_t stride, fourcc;
    uint64_t modifier;
    char *exporter;             /* as the kernel names it */
    bool readable;              /* some exporters' cannot be mapped */
};

struct display_view {
    const char *more;           /* the other interface that it has, or NULL */
    uint32_t width, height;     /* of the last whole picture, px */
    unsigned pictures;          /* times that a whole picture came */
    unsigned updates;           /* times that a part came */
    struct screen screen;       /* the picture with all parts put in */
    GArray *parts;              /* of struct wire_rect: what came, in order,
                                   whole pictures too; the test may empty it */
    unsigned bad;               /* of them that made no sense; must be 0 */
    struct display_dmabuf dmabuf;
    unsigned dmabufs;           /* times that one came, and that it changed: */
    unsigned dmabuf_updates;    /* where it is readable screen has it then */
    bool cursor_defined;
    int32_t cursor_width, cursor_height;
    int32_t hot_x, hot_y;
    uint32_t cursor[DISPLAY_CURSOR_PX * DISPLAY_CURSOR_PX]; /* a8r8g8b8 */
    uint32_t *whole_cursor;     /* all of it, rows without a gap */
    unsigned cursor_defines;
    int32_t x, y;               /* of the pointer */
    bool cursor_on;
    unsigned cursor_moves;
};

void display_view_init(struct display_view *view);
void display_view_finish(struct display_view *view);

/* The surfaces of the device and of VGA; the fourth byte means nothing. */
bool display_view_is_xrgb(uint32_t format);

/* A whole picture of this size is to come. */
void display_view_resize(struct display_view *view, uint32_t width,
                         uint32_t height);

/* Pixels of @rect, @stride bytes a row, become part of the picture. */
void display_view_put(struct display_view *view, const struct wire_rect *rect,
                      const uint8_t *pixels, uint32_t stride);

/* Exports the listener; returns its registration on @connection, 0: failed. */
unsigned display_view_export(struct display_view *view,
                             GDBusConnection *connection);

#endif
