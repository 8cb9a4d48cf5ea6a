/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A texture in the format of a picture together with what must be in it.  The
 * test draws twice: commands for the device, and the same here.  Rows in the
 * order in which transfers see them.  Lives as long as its guest; one thread.
 */
#ifndef TESTS_QTEST_GL_IMAGE_H
#define TESTS_QTEST_GL_IMAGE_H

#include "gl.h"
#include "screen.h"

struct gl_image {
    struct gl_texture texture;  /* format, width and height are set */
    uint32_t *want;             /* 0xaarrggbb */
    uint8_t *vague;             /* 1: the rasterizer may choose */
};

/* Creates the texture; all must be 0. */
void gl_image_create(struct gl_image *image, struct gpu *gpu);

void gl_image_fill(struct gl_image *image, const struct wire_rect *rect,
                   uint32_t argb);

/* picture_noise_at(), and the same in the texture, by way of its backing. */
void gl_image_noise(struct gl_image *image, uint32_t seed);

/* Reads the texture back and ends the case unless it is as it must be. */
void gl_image_check(struct gl_image *image, const char *what);

/* The same of what is on a screen: @rect (NULL: all) of the image. */
void gl_image_check_screen(const struct gl_image *image,
                           const struct wire_rect *rect,
                           const struct screen *screen, const char *what);

#endif
