/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "command.h"

#include "cpu.h"
#include "gpu.h"
#include "serial.h"

#define SIDE 16
#define COLOUR_STEP 0x10305

static const char *run(unsigned count)
{
    gpu_run(GPU_CONTROL, count, count);
    return gpu_bad_replies(GPU_CONTROL, count) ? "an answer was not OK" : 0;
}

const char *command_scanout(const struct words *w)
{
    gpu_put_scanout(0, w->number[1], w->number[2], w->number[3]);
    return run(1);
}

static void paint(uint32_t offset, const struct gpu_rect *rect,
                  uint32_t stride, uint32_t colour)
{
    for (uint32_t y = 0; y < rect->height; y++) {
        uint32_t *row = gpu_memory(offset + (rect->y + y) * stride);

        fill32(row + rect->x, colour, rect->width);
    }
}

const char *command_wash(const struct words *w)
{
    fill32(gpu_memory(0), w->number[1], GPU_REPEAT / 4);
    return 0;
}

static struct {
    uint32_t id;
    uint32_t stride;
    uint32_t colour;
    struct gpu_rect rect;
} drawing;

static const char *draw(void)
{
    paint(0, &drawing.rect, drawing.stride, drawing.colour);
    gpu_put_transfer(0, drawing.id, &drawing.rect, drawing.stride);
    gpu_put_flush_rect(1, drawing.id, &drawing.rect);
    return run(2);
}

const char *command_draw(const struct words *w)
{
    struct gpu_rect rect = { w->number[2], w->number[3],
                             w->number[4], w->number[5] };

    drawing.id = w->number[1];
    drawing.rect = rect;
    drawing.stride = w->number[6];
    drawing.colour = w->number[7];
    return draw();
}

const char *command_next(const struct words *w)
{
    (void)w;
    drawing.colour += COLOUR_STEP;
    return draw();
}

const char *command_show(const struct words *w)
{
    gpu_put_scanout(0, w->number[1], w->number[2], w->number[3]);
    gpu_put_flush(1, w->number[1], w->number[2], w->number[3]);
    return run(2);
}

const char *command_point(const struct words *w)
{
    gpu_put_move(0, w->number[1], w->number[2]);
    gpu_run(GPU_CURSOR, 1, 1);
    return 0;
}

const char *command_follow(const struct words *w)
{
    struct gpu_rect mode;
    const char *error;

    gpu_wait_for_event();
    gpu_put_display_info(0);
    gpu_run(GPU_CONTROL, 1, 1);
    if (!gpu_get_mode(&mode)) {
        return "no sizes of outputs";
    }
    serial_write_value("width", mode.width);
    serial_write_value("height", mode.height);
    gpu_put_create(0, w->number[1], mode.width, mode.height);
    error = run(1);
    if (error) {
        return error;
    }
    gpu_put_backing(w->number[1], mode.width * mode.height * 4, GPU_CONTIGUOUS,
                    0);
    gpu_put_transfer(1, w->number[1], &mode, mode.width * 4);
    gpu_put_scanout(2, w->number[1], mode.width, mode.height);
    gpu_put_flush_rect(3, w->number[1], &mode);
    return run(4);
}

static const char *flip(unsigned n, const struct gpu_rect *whole, bool full)
{
    struct gpu_rect square = { 256, 256, SIDE, SIDE };
    uint32_t id = 1 + n % 2;
    uint32_t stride = whole->width * 4;

    paint((id - 1) * whole->height * stride, &square, stride,
          n * COLOUR_STEP + 0x808080);
    gpu_put_transfer(0, id, full ? whole : &square, stride);
    gpu_put_scanout(1, id, whole->width, whole->height);
    gpu_put_flush_rect(2, id, whole);
    return run(3);
}

const char *command_flips(const struct words *w)
{
    struct gpu_rect whole = { .width = w->number[3], .height = w->number[4] };
    uint64_t next = ticks();
    uint32_t late = 0;

    for (unsigned n = 0; n < w->number[1]; n++) {
        const char *error = flip(n, &whole, w->number[5]);

        if (error) {
            return error;
        }
        next += w->number[2];
        late += ticks() > next;
        while (ticks() < next) {
            relax();
        }
    }
    serial_write_value("late", late);
    return 0;
}
