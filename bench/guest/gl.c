/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "command.h"

#include "cpu.h"
#include "gpu.h"
#include "serial.h"

#define CONTEXT 1
#define SURFACE 1
#define FORMAT_B8G8R8A8 1
#define BIND_RENDER_TARGET 2
#define BIND_SAMPLER_VIEW 8
#define TARGET_2D 2

#define STREAM_WORDS 1024
#define SAMPLES_MAX 16384

/* A command of virgl's streams: number, kind of object, length in words. */
#define COMMAND(number, object, words) ((number) | (object) << 8 | (words) << 16)
#define CREATE_SURFACE COMMAND(1, 8, 5)
#define SET_FRAMEBUFFER COMMAND(5, 0, 3)
#define CLEAR COMMAND(7, 0, 8)
#define COPY_REGION COMMAND(17, 0, 13)
#define CLEAR_COLOUR 4

#define ONE 0x3f800000      /* 1.0, the red one */

static uint32_t stream[STREAM_WORDS];
static uint32_t used;
static struct {
    uint32_t count;
    uint32_t ticks[SAMPLES_MAX];
} samples;

static void say(uint32_t word)
{
    stream[used++] = word;
}

static const char *create_texture(uint32_t id, uint32_t side)
{
    uint32_t *args = gpu_put_context(0, GPU_CREATE_3D, 0, 12);

    args[0] = id;
    args[1] = TARGET_2D;
    args[2] = FORMAT_B8G8R8A8;
    args[3] = BIND_RENDER_TARGET | BIND_SAMPLER_VIEW;
    args[4] = side;
    args[5] = side;
    args[6] = 1;
    args[7] = 1;
    gpu_put_context(1, GPU_CTX_ATTACH, CONTEXT, 2)[0] = id;
    gpu_run(GPU_CONTROL, 2, 2);
    return gpu_bad_replies(GPU_CONTROL, 2) ? "no texture" : 0;
}

static const char *submit_once(void)
{
    gpu_put_submit(0, CONTEXT, stream, used * 4);
    gpu_run(GPU_CONTROL, 1, 1);
    return gpu_bad_replies(GPU_CONTROL, 1) ? "a stream was refused" : 0;
}

const char *command_gl_start(const struct words *w)
{
    const char *error = 0;

    gpu_put_context(0, GPU_CTX_CREATE, CONTEXT, 18);
    gpu_run(GPU_CONTROL, 1, 1);
    if (gpu_bad_replies(GPU_CONTROL, 1)) {
        return "no context";
    }
    for (uint32_t id = 1; id <= 2 && !error; id++) {
        error = create_texture(id, w->number[1]);
    }
    used = 0;
    say(CREATE_SURFACE);
    say(SURFACE);
    say(1);
    say(FORMAT_B8G8R8A8);
    say(0);
    say(0);
    say(SET_FRAMEBUFFER);
    say(1);
    say(0);
    say(SURFACE);
    return error ? error : submit_once();
}

/* All slots of the control queue. */
static void put_everywhere(void)
{
    for (unsigned i = 0; i < gpu_queue(GPU_CONTROL)->size; i++) {
        gpu_put_submit(i, CONTEXT, stream, used * 4);
    }
}

const char *command_gl_clears(const struct words *w)
{
    uint32_t count = w->number[1];

    used = 0;
    say(CLEAR);
    say(CLEAR_COLOUR);
    say(ONE);
    for (unsigned i = 0; i < 6; i++) {
        say(0);
    }
    put_everywhere();
    samples.count = 0;
    while (samples.count < count && samples.count < SAMPLES_MAX) {
        samples.ticks[samples.count++] =
            (uint32_t)gpu_run(GPU_CONTROL, 1, 1);
    }
    serial_write_value("samples", (uintptr_t)samples.ticks);
    serial_write_value("count", samples.count);
    return gpu_bad_replies(GPU_CONTROL, 1) ? "an answer was not OK" : 0;
}

const char *command_gl_copies(const struct words *w)
{
    used = 0;
    for (uint32_t i = 0; i < w->number[1] && used + 14 <= STREAM_WORDS; i++) {
        const uint32_t side = w->number[2];
        const uint32_t arguments[13] = {
            2, 0, 0, 0, 0, 1, 0, 0, 0, 0, side, side, 1,
        };

        say(COPY_REGION);
        for (unsigned a = 0; a < 13; a++) {
            say(arguments[a]);
        }
    }
    put_everywhere();
    return 0;
}
