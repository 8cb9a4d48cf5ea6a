/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What a head shows, by QMP screendump.  One thread.
 */
#ifndef TESTS_QTEST_SCREEN_H
#define TESTS_QTEST_SCREEN_H

#include <stdbool.h>
#include <stdint.h>

#include "guest.h"

struct screen {
    uint32_t width, height;     /* px */
    uint32_t *xrgb;             /* 0x00rrggbb, rows without a gap */
};

/*
 * The picture of head @head of the device with id @device; NULL: of the first
 * console.  The caller's, to end with screen_free().
 */
struct screen *screen_take(struct guest *guest, const char *device,
                           unsigned head);
/* The same by way of a PNG file. */
struct screen *screen_take_png(struct guest *guest, const char *device,
                               unsigned head);

/* Asks for @num pictures at once and then takes them all. */
void screen_take_many(struct guest *guest, const char *device, unsigned head,
                      struct screen **screens, unsigned num);
void screen_free(struct screen *screen);

uint32_t screen_pixel(const struct screen *screen, uint32_t x, uint32_t y);

/*
 * True when QEMU shows its own "Display output is not active." or "Guest has
 * not initialized the display (yet)." instead of a picture.  A head too small
 * for any letter counts as blank when it is black.
 */
bool screen_is_blank(const struct screen *screen);

/* Takes a picture and ends the case unless all of it is @xrgb. */
void screen_expect_filled(struct guest *guest, unsigned head, uint32_t width,
                          uint32_t height, uint32_t xrgb);

#endif
