/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A line of the serial port, cut into words, and who obeys it.  A command
 * writes its values and returns NULL or what went wrong.
 */
#ifndef BENCH_GUEST_COMMAND_H
#define BENCH_GUEST_COMMAND_H

#include <stdint.h>

#define WORDS_MAX 10

struct words {
    const char *text[WORDS_MAX];
    uint32_t number[WORDS_MAX]; /* what does not start with a digit is 0 */
};

/*
 * stall REQUESTS PROBES: makes that many of the control queue's slots
 * available and probes until they are answered; at least PROBES times.
 */
const char *command_stall(const struct words *words);

/*
 * doorbells REQUESTS KILOTICKS INTERVAL: keeps that many of the control
 * queue's slots on the way for a time, and rings both doorbells every
 * INTERVAL ticks.  Answers where in memory the costs lie, 32 bits each.
 */
const char *command_doorbells(const struct words *words);

/* scanout ID WIDTH HEIGHT: shows that image on the first output */
const char *command_scanout(const struct words *words);

/* wash COLOUR: what a repeated backing consists of */
const char *command_wash(const struct words *words);

/*
 * draw ID X Y WIDTH HEIGHT STRIDE COLOUR: into the image's backing, which
 * starts where all do; transfers and flushes it.
 */
const char *command_draw(const struct words *words);

/* n: the same in another colour; short, so that it is read soon */
const char *command_next(const struct words *words);

/* s ID WIDTH HEIGHT: flips to that image */
const char *command_show(const struct words *words);

/* point X Y: moves the cursor there */
const char *command_point(const struct words *words);

/*
 * follow ID: waits until the device has another size for its first output, and
 * shows a new image of that size.  Answers which.
 */
const char *command_follow(const struct words *words);

/*
 * flips COUNT TICKS WIDTH HEIGHT FULL: shows image 1, whose backing starts
 * where all do, and image 2, whose backing follows it, by turns, one in so
 * many ticks.  Each time a square of 16x16 has changed; it is transferred, or
 * all of the image if FULL, and all of it is flushed.
 */
const char *command_flips(const struct words *words);

/* gl-start SIDE: a context, two textures of that side, drawing to the first */
const char *command_gl_start(const struct words *words);

/*
 * gl-clears COUNT: fenced clears, each when the one before is answered.
 * Answers where in memory the costs lie, 32 bits each.
 */
const char *command_gl_clears(const struct words *words);

/*
 * gl-copies COUNT SIDE: what the control queue's slots hold from now on, a
 * fenced stream that copies one texture to the other so often.
 */
const char *command_gl_copies(const struct words *words);

/*
 * blobs FIRST COUNT: blobs of the host, a page each, in the context of
 * gl-start; they are OpenGL's buffers
 */
const char *command_blobs(const struct words *words);

/* maps FIRST COUNT PAGE: those, side by side in the window from there on */
const char *command_maps(const struct words *words);

/*
 * map-pairs FIRST COUNT PERIOD: what the control queue's slots hold from now
 * on, MAP_BLOB and UNMAP_BLOB of so many blobs by turns, each at the page of
 * its number; one slot in PERIOD, if that is not 0, is a RESOURCE_FLUSH.
 */
const char *command_map_pairs(const struct words *words);

/*
 * map-stall DEPTH KILOTICKS INTERVAL: keeps so many of those on the way for a
 * time, and a MOVE_CURSOR every INTERVAL ticks.  Answers how many were
 * answered, and where in memory the costs of flushes and moves lie, 32 bits
 * each.
 */
const char *command_map_stall(const struct words *words);

#endif
