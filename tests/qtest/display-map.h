/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A viewer of one console that maps its picture: it has the interface
 * org.qemu.Display1.Listener.Unix.Map.  QEMU stands still until it has answered
 * ScanoutMap, so all of it happens on a thread of its own, which these functions
 * ask.  Lives as long as its guest.
 */
#ifndef TESTS_QTEST_DISPLAY_MAP_H
#define TESTS_QTEST_DISPLAY_MAP_H

#include "display.h"
#include "picture.h"

struct display_map;

/* What came so far. */
struct display_map_calls {
    unsigned maps;              /* ScanoutMap */
    unsigned updates;           /* UpdateMap */
    unsigned pixels;            /* Scanout and Update: pixels in a message */
    unsigned bad;               /* of all of them that made no sense */
};

/* Watches @guest's console @index; returns when the first picture came. */
struct display_map *display_map_watch(struct guest *guest, unsigned index);

struct display_map_calls display_map_calls(struct display_map *map);

/*
 * Waits until the viewer, which reads of what is mapped only what UpdateMap says,
 * has all of @picture.
 */
void display_map_wait(struct display_map *map, const struct picture *picture,
                      const char *what);

/* Tries to give the file that is mapped another size; 0 or errno. */
int display_map_resize_file(struct display_map *map, uint64_t bytes);

#endif
