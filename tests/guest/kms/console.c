/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 * Copyright (c) 2026 The qemu-virtio-gpu authors
 */
#include "kms.h"

#include <fcntl.h>
#include <linux/fb.h>
#include <linux/kd.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

/*
 * fb PICTURE: written to /dev/fb0. Not through a mapping: after one, Linux 6.12
 * loops for ever in shmem_undo_range() when the driver is unbound.
 */
int console_fb(char **args)
{
    struct fb_var_screeninfo variable;
    struct fb_fix_screeninfo fixed;
    struct canvas canvas;
    struct rect area;
    size_t size;
    ssize_t written;
    int fd = open("/dev/fb0", O_RDWR | O_CLOEXEC);

    if (fd < 0 || ioctl(fd, FBIOGET_VSCREENINFO, &variable) ||
        ioctl(fd, FBIOGET_FSCREENINFO, &fixed)) {
        return answer_error("/dev/fb0");
    }
    size = (size_t)fixed.line_length * variable.yres;
    canvas = (struct canvas) {
        .width = variable.xres, .height = variable.yres,
        .stride = fixed.line_length, .pixels = calloc(1, size),
    };
    if (!canvas.pixels) {
        close(fd);
        return answer_error("memory for a picture");
    }
    area = canvas_whole(&canvas);
    picture_draw(&canvas, args[0], &area);
    written = write(fd, canvas.pixels, size);
    free(canvas.pixels);
    close(fd);
    if (written != (ssize_t)size) {
        return answer_error("write to /dev/fb0");
    }
    return answer_ok("%ux%u %u bpp %s", canvas.width, canvas.height,
                     variable.bits_per_pixel, fixed.id);
}

/* font: the console's own glyphs, so that the host can compare text exactly */
int console_font(char **args)
{
    static uint8_t glyphs[512 * 32 * 4];
    struct console_font_op op = {
        .op = KD_FONT_OP_GET, .width = 32, .height = 32, .charcount = 512,
        .data = glyphs,
    };
    int fd = open("/dev/tty1", O_RDWR | O_CLOEXEC | O_NOCTTY);
    unsigned row;

    (void)args;
    if (fd < 0 || ioctl(fd, KDFONTOP, &op)) {
        return answer_error("KDFONTOP on /dev/tty1");
    }
    close(fd);
    /* The kernel keeps 32 rows for each glyph, however many it has. */
    row = (op.width + 7) / 8;
    printf("ok %u %u ", op.width, op.height);
    for (unsigned c = 0; c < 256; c++) {
        for (unsigned i = 0; i < row * op.height; i++) {
            printf("%02x", glyphs[c * row * 32 + i]);
        }
    }
    putchar('\n');
    return 0;
}
