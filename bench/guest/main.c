/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The benchmark's half in the guest: a shell on the serial port.  A line
 * names a command with numbers; the answer is "ok" with values, or "error"
 * and why.  bench/run knows what to ask.
 */
#include <stdbool.h>
#include <stdint.h>

#include "command.h"
#include "gpu.h"
#include "random.h"
#include "serial.h"

struct command {
    const char *name;
    const char *(*run)(const struct words *words);
};

static bool equal(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

static uint32_t to_number(const char *text)
{
    uint32_t value = 0;

    while (*text >= '0' && *text <= '9') {
        value = value * 10 + (uint32_t)(*text++ - '0');
    }
    return value;
}

/* Cuts @line into words; those that are missing are "" and 0. */
static void split(char *line, struct words *words)
{
    for (unsigned i = 0; i < WORDS_MAX; i++) {
        while (*line == ' ') {
            *line++ = 0;
        }
        words->text[i] = line;
        words->number[i] = to_number(line);
        while (*line && *line != ' ') {
            line++;
        }
    }
    *line = 0;
}

/* start MSIX INTERRUPTS EVENT_INDEX */
static const char *start(const struct words *w)
{
    struct virtio_options options = {
        .msix = w->number[1],
        .interrupts = w->number[2],
        .event_index = w->number[3],
    };

    return gpu_start(&options);
}

/* create FIRST COUNT WIDTH HEIGHT: images with ids from FIRST on */
static const char *create(const struct words *w)
{
    unsigned size = gpu_queue(GPU_CONTROL)->size;
    uint32_t id = w->number[1];
    uint32_t left = w->number[2];

    while (left) {
        uint32_t count = left < size ? left : size;

        for (unsigned i = 0; i < count; i++) {
            gpu_put_create(i, id++, w->number[3], w->number[4]);
        }
        gpu_run(GPU_CONTROL, count, count);
        if (gpu_bad_replies(GPU_CONTROL, count)) {
            return "an image was refused";
        }
        left -= count;
    }
    return 0;
}

/* backing ID BYTES contiguous|pages|scattered|repeated OFFSET */
static const char *backing(const struct words *w)
{
    enum gpu_shape shape = equal(w->text[3], "pages") ? GPU_PAGES :
                           equal(w->text[3], "scattered") ? GPU_SCATTERED :
                           equal(w->text[3], "repeated") ? GPU_REPEATED :
                           GPU_CONTIGUOUS;

    gpu_put_backing(w->number[1], w->number[2], shape, w->number[4]);
    gpu_run(GPU_CONTROL, 1, 1);
    return gpu_bad_replies(GPU_CONTROL, 1) ? "the backing was refused" : 0;
}

/*
 * fill FIRST COUNT WIDTH HEIGHT: gives every one of these images pixels, and
 * with that memory; they share one backing
 */
static const char *fill(const struct words *w)
{
    struct gpu_rect rect = { 0, 0, w->number[3], w->number[4] };
    uint32_t bytes = w->number[3] * w->number[4] * 4;

    for (uint32_t i = 0; i < w->number[2]; i++) {
        gpu_put_backing(w->number[1] + i, bytes, GPU_CONTIGUOUS, 0);
        gpu_put_transfer(1, w->number[1] + i, &rect, w->number[3] * 4);
        gpu_run(GPU_CONTROL, 2, 2);
        if (gpu_bad_replies(GPU_CONTROL, 2)) {
            return "an image was not filled";
        }
    }
    return 0;
}

/* flush ID WIDTH HEIGHT: what the control queue's slots hold from now on */
static const char *set_flush(const struct words *w)
{
    for (unsigned i = 0; i < gpu_queue(GPU_CONTROL)->size; i++) {
        gpu_put_flush(i, w->number[1], w->number[2], w->number[3]);
    }
    return 0;
}

/* pairs ID WIDTH HEIGHT: CREATE_2D and UNREF by turns */
static const char *set_pairs(const struct words *w)
{
    for (unsigned i = 0; i < gpu_queue(GPU_CONTROL)->size; i += 2) {
        uint32_t id = w->number[1] + i / 2;

        gpu_put_create(i, id, w->number[2], w->number[3]);
        gpu_put_unref(i + 1, id);
    }
    return 0;
}

/* transfer ID X Y WIDTH HEIGHT STRIDE */
static const char *set_transfer(const struct words *w)
{
    struct gpu_rect rect = { w->number[2], w->number[3],
                             w->number[4], w->number[5] };

    for (unsigned i = 0; i < gpu_queue(GPU_CONTROL)->size; i++) {
        gpu_put_transfer(i, w->number[1], &rect, w->number[6]);
    }
    return 0;
}

/* move: the cursor queue's slots */
static const char *set_move(const struct words *w)
{
    (void)w;
    for (unsigned i = 0; i < gpu_queue(GPU_CURSOR)->size; i++) {
        gpu_put_move(i, 100 + i, 100);
    }
    return 0;
}

/* run control|cursor DEPTH COUNT */
static const char *run(const struct words *w)
{
    unsigned queue = equal(w->text[1], "cursor") ? GPU_CURSOR : GPU_CONTROL;
    uint32_t count = w->number[3];
    uint32_t kicks = gpu_queue(queue)->kicks;
    uint64_t spent = gpu_run(queue, w->number[2], count);

    serial_write_value("ticks", spent);
    serial_write_value("kicks", gpu_queue(queue)->kicks - kicks);
    return gpu_bad_replies(queue, count) ? "an answer was not OK" : 0;
}

/* lookup COUNT BATCHES: flushes of random ones among the first COUNT */
static const char *lookup(const struct words *w)
{
    unsigned size = gpu_queue(GPU_CONTROL)->size;
    uint64_t spent = 0;
    uint32_t bad = 0;

    for (uint32_t batch = 0; batch < w->number[2]; batch++) {
        for (unsigned i = 0; i < size; i++) {
            gpu_retarget_flush(i, 1 + random_below(w->number[1]));
        }
        spent += gpu_run(GPU_CONTROL, size, size);
        bad += gpu_bad_replies(GPU_CONTROL, size);
    }
    serial_write_value("ticks", spent);
    serial_write_value("commands", (uint64_t)w->number[2] * size);
    return bad ? "an answer was not OK" : 0;
}

static const struct command commands[] = {
    { "start", start },
    { "create", create },
    { "backing", backing },
    { "fill", fill },
    { "flush", set_flush },
    { "pairs", set_pairs },
    { "transfer", set_transfer },
    { "move", set_move },
    { "run", run },
    { "lookup", lookup },
    { "stall", command_stall },
    { "doorbells", command_doorbells },
    { "scanout", command_scanout },
    { "wash", command_wash },
    { "draw", command_draw },
    { "n", command_next },
    { "s", command_show },
    { "point", command_point },
    { "follow", command_follow },
    { "flips", command_flips },
    { "gl-start", command_gl_start },
    { "gl-clears", command_gl_clears },
    { "gl-copies", command_gl_copies },
    { "blobs", command_blobs },
    { "maps", command_maps },
    { "map-pairs", command_map_pairs },
    { "map-stall", command_map_stall },
};

static const char *obey(const struct words *words)
{
    for (unsigned i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (equal(words->text[0], commands[i].name)) {
            return commands[i].run(words);
        }
    }
    return "unknown command";
}

void main(void)
{
    char line[128];
    struct words words;

    serial_write("ready\n");
    for (;;) {
        const char *error;

        serial_read_line(line, sizeof(line));
        split(line, &words);
        error = obey(&words);
        if (error) {
            serial_write(" error: ");
            serial_write(error);
        }
        serial_write(" done\n");
    }
}
