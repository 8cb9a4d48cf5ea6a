/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A VNC client (RFC 6143): raw pixels, cursor and size as pseudo-encodings.
 * For guests that were started with VNC_ARGS.  Lives as long as its guest;
 * one thread.
 */
#ifndef TESTS_QTEST_VNC_H
#define TESTS_QTEST_VNC_H

#include <stdbool.h>
#include <stdint.h>

#include "guest.h"
#include "screen.h"
#include "wire.h"

/* A VNC server that listens nowhere and shows one head of device "gpu". */
#define VNC_ARGS(head) "-vnc none,display=gpu,head=" #head

struct vnc {
    int fd;
    struct screen screen;       /* as the server told it so far */
    GArray *rects;              /* of struct wire_rect: pixels came, in order */
    unsigned updates;           /* messages that held pixels */
    unsigned resizes;           /* by the server's own will */
    int wish_status;            /* of the last vnc_wish(), -1: not answered */
    uint32_t cursor_width, cursor_height;
    uint32_t hot_x, hot_y;
    uint32_t *cursor;           /* a8r8g8b8; NULL: none came */
    unsigned cursor_defines;
};

/* Returns when the server said which size it shows. */
struct vnc *vnc_connect(struct guest *guest);

/* Asks for pixels: those that change from now on, or all at once. */
void vnc_request(struct vnc *vnc, bool incremental);

/* SetDesktopSize. */
void vnc_wish(struct vnc *vnc, uint16_t width, uint16_t height);

/* Handles one message; false when none comes within @timeout_us. */
bool vnc_receive(struct vnc *vnc, int64_t timeout_us);

/*
 * Handles messages, with a request for changes behind each, until @done is
 * true; a hang ends the case and says @what did not come.
 */
void vnc_wait(struct vnc *vnc, bool (*done)(struct vnc *vnc, void *data),
              void *data, const char *what);

#endif
