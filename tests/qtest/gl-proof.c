/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "gl-proof.h"

#include "draw.h"
#include "gl-paint.h"
#include "harness.h"

#define WIDTH  80u              /* px */
#define HEIGHT 60u
#define XRGB   0xff306090

static const struct wire_rect all = { 0, 0, WIDTH, HEIGHT };
static const struct wire_rect spot = { 11, 7, 40, 30 };

static void paint(struct gl_image *image)
{
    struct gl_paint brush;

    gl_paint_open(&brush, image->texture.gpu, 1);
    gl_paint_on(&brush, &image->texture);
    gl_paint_clear(&brush, XRGB);
    gl_paint_rect(&brush, &spot, ~XRGB);
    gl_paint_submit(&brush);
    gl_image_fill(image, NULL, XRGB);
    gl_image_fill(image, &spot, ~XRGB);
}

struct gl_image gl_proof(struct gpu *gpu)
{
    struct gl_image image = {
        .texture = { .id = 1, .format = 1, .width = WIDTH, .height = HEIGHT },
    };
    struct screen *screen;

    expect_true(gpu->features & GPU_F_VIRGL, "VIRGL is not offered");
    expect_true(vdev_config(gpu->vdev, CONFIG_NUM_CAPSETS) >= 1, "num_capsets");
    gl_image_create(&image, gpu);
    gl_image_noise(&image, 1);
    gl_image_check(&image, "transferred there and back");
    paint(&image);
    gl_image_check(&image, "drawn");
    draw_scanout(gpu, 0, 1, &all);
    draw_flush(gpu, 1, &all);
    screen = screen_take(gpu->guest, "gpu", 0);
    gl_image_check_screen(&image, NULL, screen, "on the screen");
    screen_free(screen);
    return image;
}
