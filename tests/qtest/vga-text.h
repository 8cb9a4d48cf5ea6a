/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * VGA text mode as a firmware programs it: 80 x 25 cells of 8 x 16 pixels, a
 * font of solid and empty letters, sixteen colours.
 */
#ifndef TESTS_QTEST_VGA_TEXT_H
#define TESTS_QTEST_VGA_TEXT_H

#include "screen.h"
#include "vga.h"

#define VGA_TEXT_COLUMNS 80u
#define VGA_TEXT_LINES   25u
#define VGA_CELL_WIDTH   8u     /* px */
#define VGA_CELL_HEIGHT  16u

enum vga_letter { VGA_EMPTY, VGA_SOLID, VGA_LEFT_HALF, VGA_NUM_LETTERS };

/* Sets the mode, font and colours; the screen is then empty. */
void vga_text_set_mode(struct vga *vga);

/* Writes letters and colours all over the screen, others for each @seed. */
void vga_text_fill(struct vga *vga, unsigned seed);

/* Whether @screen is what vga_text_fill() wrote. */
bool vga_text_is_on(const struct screen *screen, unsigned seed);

/* Ends the case unless a screendump is what vga_text_fill() wrote. */
void vga_text_expect_filled(struct vga *vga, unsigned seed);

#endif
