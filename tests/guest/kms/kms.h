/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 * Copyright (c) 2026 The qemu-virtio-gpu authors
 *
 * What the parts of kms share: pictures in memory, and the commands' answers.
 */
#ifndef TESTS_GUEST_KMS_H
#define TESTS_GUEST_KMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <xf86drmMode.h>

struct rect {
    uint32_t x, y, w, h;
};

struct canvas {
    uint8_t *pixels;
    uint32_t width, height, stride;
};

/* A dumb buffer, or memory of another device's; all zeroes is none. */
struct buffer {
    struct canvas canvas;
    uint32_t handle, fb;
    uint64_t size;
};

/* A card; fd is -1 before "open" and after "close". */
struct screen {
    int fd;
    uint32_t connector, crtc;
    drmModeModeInfo mode;
    struct buffer front, back;
    struct buffer cursor;
};

/* A framebuffer of this size, in pixels; -1 with errno. finish takes zeroes. */
int buffer_init_fb(int fd, struct buffer *buffer, uint32_t w, uint32_t h);
void buffer_finish(int fd, struct buffer *buffer);

/* The rectangle of all of the canvas. */
struct rect canvas_whole(const struct canvas *canvas);

bool rect_inside(const struct rect *rect, const struct canvas *canvas);

/*
 * Draws the part of a picture that lies in area: "coords", "bars", or a colour
 * as hexadecimal ARGB. The first two must agree with screen.py.
 */
void picture_draw(struct canvas *canvas, const char *picture,
                  const struct rect *area);

/* A command ends with one of these, which print its one line of answer. */
int answer_ok(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Says what failed and what errno means; returns -1. */
int answer_error(const char *what);

/*
 * The commands. args ends with NULL and has what the command's comment asks
 * for; main.c counts it and sees to "open" and "mode" being first.
 */
int cmd_open(struct screen *screen, char **args);
int cmd_close(struct screen *screen, char **args);
int cmd_modes(struct screen *screen, char **args);
int cmd_mode(struct screen *screen, char **args);
int cmd_draw(struct screen *screen, char **args);
int cmd_flip(struct screen *screen, char **args);
int cmd_cursor(struct screen *screen, char **args);
int cmd_cursor_move(struct screen *screen, char **args);
int cmd_cursor_hide(struct screen *screen, char **args);
int cmd_follow(struct screen *screen, char **args);

/*
 * A buffer in the memory of the device that "assigned" opened, as a framebuffer
 * of the card's. Returns -1 when that was answered to be an error.
 */
int assigned_buffer(struct screen *screen, struct buffer *buffer, uint32_t w,
                    uint32_t h);
int cmd_assigned(struct screen *screen, char **args);
int cmd_assigned_power(struct screen *screen, char **args);
int cmd_assigned_mode(struct screen *screen, char **args);

/* Those that need no card. */
int console_fb(char **args);
int console_font(char **args);

#endif
