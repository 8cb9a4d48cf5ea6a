/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 * Copyright (c) 2026 The qemu-virtio-gpu authors
 *
 * What a viewer of one console has been shown: the picture that came whole and
 * in parts, and the cursor. One thread.
 */
#ifndef TESTS_GUEST_VIEWER_VIEW_H
#define TESTS_GUEST_VIEWER_VIEW_H

#include <pixman.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct view {
    pixman_image_t *picture;    /* x8r8g8b8, NULL before the first */
    pixman_image_t *cursor;     /* a8r8g8b8 premultiplied, NULL before one */
    int hot_x, hot_y;           /* of the cursor, px */
    int x, y;                   /* of the hot spot on the screen, px */
    bool cursor_on;
    unsigned pictures;          /* times that the whole picture came */
    unsigned updates;           /* times that a part came */
    uint64_t pixels;            /* of all parts that came */
    unsigned defines, moves;    /* times that the cursor's came */
};

/* Where pixels lie that came in a message. */
struct pixels {
    int width, height, stride;  /* px, px, bytes */
    uint32_t format;            /* pixman's code */
    const void *data;
    size_t size;                /* of data, bytes */
};

void view_finish(struct view *view);

/* These return false, with nothing changed, when size and layout disagree. */
bool view_replace(struct view *view, const struct pixels *pixels);
/* The picture is what lies there, and goes on lying there, from now on. */
bool view_share(struct view *view, const struct pixels *pixels);
bool view_update(struct view *view, int x, int y, const struct pixels *pixels);
bool view_set_cursor(struct view *view, int hot_x, int hot_y,
                     const struct pixels *pixels);

/*
 * Writes the picture as a binary PPM file, with the cursor drawn into it if
 * asked for. Returns 0 or a negative errno; -ENODATA when no picture came.
 */
int view_write(const struct view *view, const char *path, bool with_cursor);

#endif
