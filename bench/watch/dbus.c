/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Clients of QEMU's D-Bus display, the one that the guest's tests have: one is sent
 * pixels, one maps the picture's memory.
 */
#include "watch.h"

#include <stdlib.h>

#include "../../tests/guest/viewer/console.h"

static struct {
    GDBusConnection *bus;
    struct console *console;
    uint32_t width, height;     /* px, as told last */
    unsigned moves;             /* likewise */
} screen;

static void tell_picture(pixman_image_t *picture)
{
    const struct watch_part all = {
        .width = (uint32_t)pixman_image_get_width(picture),
        .height = (uint32_t)pixman_image_get_height(picture),
        .stride = (uint32_t)pixman_image_get_stride(picture),
        .pixels = (const uint8_t *)pixman_image_get_data(picture),
    };

    if (all.width != screen.width || all.height != screen.height) {
        screen.width = all.width;
        screen.height = all.height;
        watch_size(all.width, all.height);
    }
    watch_part(&all);
}

static void on_news(const struct view *view)
{
    if (view->picture) {
        tell_picture(view->picture);
    }
    if (view->moves != screen.moves) {
        screen.moves = view->moves;
        watch_mouse(view->x, view->y);
    }
}

static bool connect_bus(const char *fd, bool maps)
{
    g_autoptr(GError) error = NULL;

    screen.bus = console_bus(atoi(fd), &error);
    if (screen.bus) {
        g_dbus_connection_start_message_processing(screen.bus);
        screen.console = console_watch(screen.bus, 0, maps, &error);
    }
    if (!screen.console) {
        g_printerr("QEMU's D-Bus display: %s\n", error->message);
        return false;
    }
    console_on_news(screen.console, on_news);
    on_news(console_view(screen.console, NULL));
    return true;
}

static bool connect_dbus(const char *fd)
{
    return connect_bus(fd, false);
}

static bool connect_dbus_map(const char *fd)
{
    return connect_bus(fd, true);
}

static void wish_dbus(uint32_t width, uint32_t height)
{
    const int place[4] = { (int)width, (int)height };
    g_autoptr(GError) error = NULL;

    if (!console_wish(screen.bus, 0, place, &error)) {
        g_printerr("QEMU's D-Bus display: %s\n", error->message);
    }
}

const struct watch_client watch_dbus = {
    .name = "dbus",
    .connect = connect_dbus,
    .wish = wish_dbus,
};

const struct watch_client watch_dbus_map = {
    .name = "dbus_map",
    .connect = connect_dbus_map,
    .wish = wish_dbus,
};
