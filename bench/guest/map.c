/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "command.h"

#include <stdbool.h>

#include "cpu.h"
#include "gpu.h"
#include "serial.h"

/* Those of gl.c; its first texture is what is flushed. */
#define CONTEXT 1
#define TEXTURE 1

#define PAGE 4096

#define MEM_HOST3D 2
#define MAPPABLE 1

/* virgl's PIPE_RESOURCE_CREATE of a buffer that is used while it is mapped. */
#define CREATE_WORDS 12
#define CREATE (48 | (CREATE_WORDS - 1) << 16)
#define FORMAT_R8 64
#define BIND_VERTEX_BUFFER 16
#define PERSISTENT 6

/* Blobs that are made at once: a stream and one request each. */
#define BATCH 32

#define SAMPLES_MAX 65536

struct samples {
    uint32_t count;
    uint32_t ticks[SAMPLES_MAX];
};

static struct samples flush_samples;
static struct samples cursor_samples;

/* When each of the control queue's slots was published. */
static uint64_t published[QUEUE_MAX];
static bool is_flush[QUEUE_MAX];
static unsigned period;
static uint16_t begin;      /* published when they were put there */

static void add(struct samples *samples, uint64_t value)
{
    if (samples->count < SAMPLES_MAX) {
        samples->ticks[samples->count++] =
            value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
    }
}

static void write_create(uint32_t *words, uint32_t id)
{
    const uint32_t create[CREATE_WORDS] = {
        CREATE, 0, FORMAT_R8, BIND_VERTEX_BUFFER, PAGE, 1, 1, 1, 0, 0,
        PERSISTENT, id,
    };

    for (unsigned i = 0; i < CREATE_WORDS; i++) {
        words[i] = create[i];
    }
}

static void put_blob(unsigned ahead, uint32_t id)
{
    uint32_t *args = gpu_put_context(ahead, GPU_CREATE_BLOB, CONTEXT, 8);

    args[0] = id;
    args[1] = MEM_HOST3D;
    args[2] = MAPPABLE;
    args[4] = id;
    args[6] = PAGE;
}

static void put_map(unsigned ahead, uint32_t id, uint32_t page)
{
    uint32_t *args = gpu_put_context(ahead, GPU_MAP_BLOB, 0, 4);

    args[0] = id;
    args[2] = page * PAGE;
}

static void put_unmap(unsigned ahead, uint32_t id)
{
    gpu_put_context(ahead, GPU_UNMAP_BLOB, 0, 2)[0] = id;
}

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

const char *command_blobs(const struct words *w)
{
    static uint32_t stream[BATCH * CREATE_WORDS];
    uint32_t id = w->number[1];
    uint32_t count;

    for (uint32_t left = w->number[2]; left; left -= count) {
        count = smaller(left, BATCH);
        for (uint32_t i = 0; i < count; i++) {
            write_create(stream + i * CREATE_WORDS, id + i);
            put_blob(1 + i, id + i);
        }
        id += count;
        gpu_put_stream(0, CONTEXT, stream, count * CREATE_WORDS * 4);
        gpu_run(GPU_CONTROL, 1 + count, 1 + count);
        if (gpu_bad_replies(GPU_CONTROL, 1 + count)) {
            return "a blob was refused";
        }
    }
    return 0;
}

const char *command_maps(const struct words *w)
{
    uint32_t id = w->number[1];
    uint32_t page = w->number[3];
    uint32_t count;

    for (uint32_t left = w->number[2]; left; left -= count) {
        count = smaller(left, BATCH);
        for (uint32_t i = 0; i < count; i++) {
            put_map(i, id++, page++);
        }
        gpu_run(GPU_CONTROL, count, count);
        if (gpu_bad_replies(GPU_CONTROL, count)) {
            return "a mapping was refused";
        }
    }
    return 0;
}

const char *command_map_pairs(const struct words *w)
{
    struct virtio_queue *q = gpu_queue(GPU_CONTROL);
    unsigned mapping = 0;

    period = w->number[3];
    begin = q->published;
    for (unsigned i = 0; i < q->size; i++) {
        bool flush = period && i % period == period - 1;
        uint32_t blob = mapping / 2 % w->number[2];

        is_flush[virtio_slot(q, i)] = flush;
        if (flush) {
            gpu_put_flush(i, TEXTURE, 1, 1);
        } else if (mapping++ % 2) {
            put_unmap(i, w->number[1] + blob);
        } else {
            put_map(i, w->number[1] + blob, blob);
        }
    }
    return 0;
}

static void publish_control(unsigned count)
{
    struct virtio_queue *q = gpu_queue(GPU_CONTROL);
    uint64_t now = ticks();

    for (unsigned i = 0; i < count; i++) {
        published[virtio_slot(q, i)] = now;
    }
    virtio_publish(q, (uint16_t)(q->published + count));
}

/* Notes what has come back, in whatever order.  Returns how many. */
static unsigned poll_control(void)
{
    struct virtio_queue *q = gpu_queue(GPU_CONTROL);
    uint16_t first = q->seen;
    unsigned count = virtio_poll(q);
    uint64_t now = ticks();

    for (unsigned i = 0; i < count; i++) {
        unsigned slot = q->used.ring[(uint16_t)(first + i) % q->size].id;

        if (is_flush[slot]) {
            add(&flush_samples, now - published[slot]);
        }
    }
    return count;
}

/* One is on the way at a time; the next starts when @interval is over. */
static void probe_cursor(uint64_t *start, uint32_t interval)
{
    struct virtio_queue *q = gpu_queue(GPU_CURSOR);

    if (virtio_poll(q)) {
        add(&cursor_samples, ticks() - *start);
    }
    if (q->published == q->seen && ticks() - *start >= interval) {
        *start = ticks();
        virtio_publish(q, (uint16_t)(q->published + 1));
    }
}

/* Whether what is published ends with an UNMAP_BLOB: it can begin anew. */
static bool is_whole(void)
{
    uint16_t sent = (uint16_t)(gpu_queue(GPU_CONTROL)->published - begin);

    return sent % (2 * period) == 0;
}

/* Returns how many were answered. */
static uint32_t keep_mapping(uint32_t depth, uint64_t end, uint32_t interval)
{
    uint32_t sent = depth, done = 0;
    uint64_t cursor = 0;

    publish_control(depth);
    while (done < sent) {
        done += poll_control();
        probe_cursor(&cursor, interval);
        while (sent - done < depth && (ticks() < end || !is_whole())) {
            publish_control(1);
            sent++;
        }
    }
    return done;
}

static void finish_cursor(void)
{
    struct virtio_queue *q = gpu_queue(GPU_CURSOR);

    while (virtio_poll(q), q->published != q->seen) {
        relax();
    }
}

const char *command_map_stall(const struct words *w)
{
    uint64_t start = ticks();
    uint64_t end = start + (uint64_t)w->number[2] * 1000;
    uint32_t done;

    flush_samples.count = 0;
    cursor_samples.count = 0;
    done = keep_mapping(w->number[1], end, w->number[3]);
    serial_write_value("ticks", ticks() - start);
    serial_write_value("answered", done);
    finish_cursor();
    serial_write_value("flush", (uintptr_t)flush_samples.ticks);
    serial_write_value("flush_count", flush_samples.count);
    serial_write_value("cursor", (uintptr_t)cursor_samples.ticks);
    serial_write_value("cursor_count", cursor_samples.count);
    return gpu_bad_replies(GPU_CONTROL, done) ? "an answer was not OK" : 0;
}
