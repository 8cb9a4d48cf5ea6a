/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A viewer of the guest: QEMU's D-Bus display, peer to peer.
 *
 * It wishes sizes for heads, as a user who drags a window, and it is told of
 * cursors, which screendumps do not show.  For guests that were started with
 * the displays option.  Lives as long as its guest; one thread of ours (GLib
 * has one of its own for the bus).
 */
#ifndef TESTS_QTEST_DISPLAY_H
#define TESTS_QTEST_DISPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "display-view.h"
#include "guest.h"

struct display;

/*
 * The display of this guest, connected on the first call.  Skips the case
 * when QEMU has no D-Bus display (Debian: qemu-system-modules-opengl).
 */
struct display *display_of(struct guest *guest);

/*
 * Wishes a size for console @index; 0x0 closes its window.  Returns when the
 * device was told.
 */
void display_set_mode(struct display *display, unsigned index, uint32_t width,
                      uint32_t height);
void display_set_mode_at(struct display *display, unsigned index, int32_t x,
                         int32_t y, uint32_t width, uint32_t height);

/* The same, of a screen of this size in millimetres. */
struct display_wish {
    uint32_t width, height;     /* px */
    uint16_t width_mm, height_mm;
    int32_t x, y;
};
void display_wish(struct display *display, unsigned index,
                  const struct display_wish *wish);

/* The same of a window that is being dragged: the device may hold it back. */
void display_drag(struct display *display, unsigned index,
                  const struct display_wish *wish);

/*
 * Watches console @index from now on.  The view changes only inside
 * display_sync().
 */
struct display_view *display_watch(struct display *display, unsigned index);

/*
 * Another viewer of console @index: a connection, the caller's, on which nothing
 * is processed yet.  QEMU stands still until it is, and the listener answers there.
 */
GDBusConnection *display_listen(struct display *display, unsigned index);

/*
 * The viewer of console @index, which is watched, reads nothing of what it is sent
 * until it is unclogged; no display_sync() meanwhile.
 */
void display_clog(struct display *display, unsigned index);
void display_unclog(struct display *display, unsigned index);

/* Returns when everything was received that QEMU had sent before. */
void display_sync(struct display *display);

/*
 * Syncs until @done is true; a hang ends the case and says @what did not
 * come.  Pictures are presented at the display's rate, not at once.
 */
void display_wait(struct display *display, bool (*done)(void *data),
                  void *data, const char *what);

#endif
