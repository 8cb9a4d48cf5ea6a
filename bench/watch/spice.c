/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/* A SPICE client. */
#include "watch.h"

#include <spice-client.h>

static struct {
    const uint8_t *pixels;
    uint32_t stride;            /* bytes */
} screen;

static void on_part(SpiceDisplayChannel *channel, int x, int y, int width,
                    int height, void *data)
{
    if (screen.pixels && x >= 0 && y >= 0) {
        watch_part(&(struct watch_part){
            .x = (uint32_t)x,
            .y = (uint32_t)y,
            .width = (uint32_t)width,
            .height = (uint32_t)height,
            .stride = screen.stride,
            .pixels = screen.pixels + (size_t)y * screen.stride +
                      (size_t)x * 4,
        });
    }
}

static void on_primary(SpiceDisplayChannel *channel, int format, int width,
                       int height, int stride, int shmid, void *pixels,
                       void *data)
{
    screen.pixels = pixels;
    screen.stride = (uint32_t)stride;
    watch_size((uint32_t)width, (uint32_t)height);
    on_part(channel, 0, 0, width, height, data);
}

static void on_no_primary(SpiceDisplayChannel *channel, void *data)
{
    screen.pixels = NULL;
}

static void on_event(SpiceChannel *channel, SpiceChannelEvent event, void *data)
{
    if (event != SPICE_CHANNEL_OPENED && event != SPICE_CHANNEL_CLOSED) {
        g_printerr("SPICE: a channel failed (%d)\n", event);
        exit(1);
    }
}

static void on_channel(SpiceSession *session, SpiceChannel *channel, void *data)
{
    g_signal_connect(channel, "channel-event", G_CALLBACK(on_event), data);
    if (SPICE_IS_DISPLAY_CHANNEL(channel)) {
        g_signal_connect(channel, "display-primary-create",
                         G_CALLBACK(on_primary), data);
        g_signal_connect(channel, "display-primary-destroy",
                         G_CALLBACK(on_no_primary), data);
        g_signal_connect(channel, "display-invalidate", G_CALLBACK(on_part),
                         data);
        spice_channel_connect(channel);
    }
}

static bool connect_spice(const char *path)
{
    SpiceSession *session = spice_session_new();

    g_object_set(session, "unix-path", path, NULL);
    g_signal_connect(session, "channel-new", G_CALLBACK(on_channel), NULL);
    if (!spice_session_connect(session)) {
        g_printerr("SPICE: %s does not answer\n", path);
        return false;
    }
    return true;
}

/* Without an agent in the guest a SPICE client has no way to wish. */
const struct watch_client watch_spice = {
    .name = "spice",
    .connect = connect_spice,
};
