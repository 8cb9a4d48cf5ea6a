/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 * Copyright (c) 2026 The qemu-virtio-gpu authors
 *
 * One console of QEMU's D-Bus display, seen from a viewer, peer to peer.
 * docs/interop/dbus-display.rst in QEMU's sources. All of it runs in the
 * thread of the default main context; calls are answered while it is iterated.
 */
#ifndef TESTS_GUEST_VIEWER_CONSOLE_H
#define TESTS_GUEST_VIEWER_CONSOLE_H

#include <gio/gio.h>

#include "view.h"

struct console;

/* The bus at the other end of a socket; the descriptor is taken. */
GDBusConnection *console_bus(int fd, GError **error);

/*
 * Starts to watch console @index and returns when its first picture came.
 * With @maps QEMU may hand it over as memory (map.h). console_free() ends it. NULL and @error when there is no such console.
 */
struct console *console_watch(GDBusConnection *bus, unsigned index, bool maps,
                              GError **error);
void console_free(struct console *console);

/*
 * Calls @news whenever QEMU has sent something about the console, which @view
 * has then.
 */
void console_on_news(struct console *console,
                     void (*news)(const struct view *view));

/*
 * What has been shown so far: all that QEMU had sent before this call. Good
 * until the next call of a function of this file. NULL when QEMU ended or sent
 * what cannot be drawn.
 */
struct view *console_view(struct console *console, GError **error);

/* Wishes a size and a place for console @index; 0x0 unplugs its monitor. */
bool console_wish(GDBusConnection *bus, unsigned index, const int place[4],
                  GError **error);

#endif
