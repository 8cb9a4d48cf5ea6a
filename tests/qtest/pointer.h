/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The cursor of one head: its driver, its viewer, and what the viewer must
 * see after the requests so far, applied in their order.  Lives as long as
 * its guest; one thread.
 */
#ifndef TESTS_QTEST_POINTER_H
#define TESTS_QTEST_POINTER_H

#include "display.h"
#include "picture.h"

#define POINTER_SLOTS 16        /* requests in flight, all that a queue holds */

struct pointer {
    struct gpu *gpu;
    struct display *display;
    struct display_view *view;
    unsigned head;
    uint64_t requests, replies; /* one page each */
    unsigned posted;

    /* Of the last requests. */
    const struct picture *image;        /* NULL: never shown */
    uint32_t hot_x, hot_y;
    bool visible;
    int32_t x, y;
};

void pointer_init(struct pointer *pointer, struct gpu *gpu, unsigned head);

/*
 * UPDATE_CURSOR, UPDATE_CURSOR with resource 0 and MOVE_CURSOR; they wait for
 * nothing.  At most POINTER_SLOTS until pointer_finish().
 */
void pointer_post_show(struct pointer *pointer, const struct picture *image,
                       int32_t x, int32_t y);
void pointer_post_hide(struct pointer *pointer, int32_t x, int32_t y);
void pointer_post_move(struct pointer *pointer, int32_t x, int32_t y);

/* Waits for the replies, which must all be OK. */
void pointer_finish(struct pointer *pointer);

/* Sends an UPDATE_CURSOR of this head that must fail with @want. */
void pointer_fail(struct pointer *pointer, uint32_t resource, uint32_t want,
                  const char *what);

/*
 * The same without waiting, as the first request that is posted, and
 * pointer_finish() for it.
 */
void pointer_post_failing(struct pointer *pointer, uint32_t resource);
void pointer_finish_failing(struct pointer *pointer, uint32_t want);

/* Ends the case unless the viewer sees what it must; waits for it. */
void pointer_check(struct pointer *pointer, const char *what);

/* The same for position and visibility, and it must be so already. */
void pointer_check_place(struct pointer *pointer, const char *what);

#endif
