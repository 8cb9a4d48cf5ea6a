/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * bench-watch dbus|dbus_map FD X Y
 * bench-watch spice SOCKET X Y
 *
 * A client of QEMU's display that says when a pixel changes: see watch.h.  It
 * ends with its standard input.
 */
#include "watch.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static struct {
    uint32_t x, y;
    uint32_t colour;
    bool seen;
} pixel;

static uint64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void watch_at(uint32_t x, uint32_t y)
{
    pixel.x = x;
    pixel.y = y;
}

void watch_part(const struct watch_part *part)
{
    uint32_t colour;

    /* What lies before the part wraps to a large number. */
    if (pixel.x - part->x >= part->width || pixel.y - part->y >= part->height) {
        return;
    }
    memcpy(&colour, part->pixels +
           (size_t)(pixel.y - part->y) * part->stride +
           (size_t)(pixel.x - part->x) * 4, sizeof(colour));
    colour &= 0xffffff;
    if (pixel.seen && colour == pixel.colour) {
        return;
    }
    pixel.seen = true;
    pixel.colour = colour;
    printf("pixel %06x %" G_GUINT64_FORMAT "\n", colour, now_ns());
}

void watch_size(uint32_t width, uint32_t height)
{
    printf("size %u %u %" G_GUINT64_FORMAT "\n", width, height, now_ns());
}

void watch_mouse(int32_t x, int32_t y)
{
    printf("mouse %d %d %" G_GUINT64_FORMAT "\n", x, y, now_ns());
}

struct session {
    GMainLoop *loop;
    const struct watch_client *client;
};

static gboolean on_line(GIOChannel *channel, GIOCondition condition, void *data)
{
    struct session *session = data;
    g_autofree char *line = NULL;
    unsigned width, height;

    if (g_io_channel_read_line(channel, &line, NULL, NULL, NULL) !=
        G_IO_STATUS_NORMAL) {
        g_main_loop_quit(session->loop);
        return G_SOURCE_REMOVE;
    }
    if (session->client->wish &&
        sscanf(line, "size %u %u", &width, &height) == 2) {
        session->client->wish(width, height);
    }
    return G_SOURCE_CONTINUE;
}

int main(int argc, char **argv)
{
    const struct watch_client *clients[] = {
        &watch_dbus,
        &watch_dbus_map,
#ifdef HAVE_SPICE
        &watch_spice,
#endif
    };
    struct session session = { 0 };
    g_autoptr(GIOChannel) input = g_io_channel_unix_new(0);

    for (unsigned i = 0; argc == 5 && i < G_N_ELEMENTS(clients); i++) {
        if (g_str_equal(argv[1], clients[i]->name)) {
            session.client = clients[i];
        }
    }
    if (!session.client) {
        fprintf(stderr, "usage: bench-watch dbus|dbus_map|spice SOURCE X Y;"
                " spice needs libspice-client-glib-2.0-dev, which make bench installs\n");
        return 2;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    watch_at((uint32_t)g_ascii_strtoull(argv[3], NULL, 10),
             (uint32_t)g_ascii_strtoull(argv[4], NULL, 10));
    session.loop = g_main_loop_new(NULL, FALSE);
    g_io_add_watch(input, G_IO_IN | G_IO_HUP, on_line, &session);
    if (!session.client->connect(argv[2])) {
        return 1;
    }
    g_main_loop_run(session.loop);
    g_main_loop_unref(session.loop);
    return 0;
}
