/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What a client of a display sees of one pixel, as lines on standard output.
 * NS is CLOCK_MONOTONIC's, when the picture was in the client's memory.
 *
 *   pixel RRGGBB NS        it has another colour
 *   size WIDTH HEIGHT NS   so has the screen
 *   mouse X Y NS           the server has moved the pointer
 *
 * Lines of standard input are wishes: "size WIDTH HEIGHT".
 */
#ifndef BENCH_WATCH_H
#define BENCH_WATCH_H

#include <gio/gio.h>
#include <stdbool.h>
#include <stdint.h>

struct watch_part {
    uint32_t x, y, width, height;   /* px */
    uint32_t stride;                /* bytes */
    const uint8_t *pixels;          /* of 4 bytes, blue first */
};

/* Sets which pixel it is; before all others. */
void watch_at(uint32_t x, uint32_t y);

/* A part of the screen has come. */
void watch_part(const struct watch_part *part);

void watch_size(uint32_t width, uint32_t height);
void watch_mouse(int32_t x, int32_t y);

/*
 * A client, in the default main context.  The source says where the server is:
 * a file descriptor or the path of a socket.  False: complained on stderr.
 */
struct watch_client {
    const char *name;
    bool (*connect)(const char *source);
    void (*wish)(uint32_t width, uint32_t height);  /* NULL: it cannot */
};

extern const struct watch_client watch_dbus;
extern const struct watch_client watch_dbus_map;
extern const struct watch_client watch_spice;

#endif
