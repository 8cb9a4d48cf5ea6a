/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "command.h"

#include "cpu.h"
#include "gpu.h"
#include "serial.h"

#define SAMPLES_MAX 65536

struct samples {
    uint32_t count;
    uint32_t ticks[SAMPLES_MAX];
};

static struct samples cursor_samples;
static struct samples control_samples;

struct worst {
    uint64_t doorbell;      /* the write itself */
    uint64_t answer;        /* from before the write to the used ring */
    uint64_t access;        /* a register that QEMU emulates */
};

static void note(uint64_t *worst, uint64_t value)
{
    if (value > *worst) {
        *worst = value;
    }
}

/* One cursor move and one access to the host bridge. */
static void probe(struct worst *worst)
{
    static const struct pci_function host_bridge;
    struct virtio_queue *q = gpu_queue(GPU_CURSOR);
    uint64_t start = ticks();

    virtio_publish(q, (uint16_t)(q->published + 1));
    note(&worst->doorbell, ticks() - start);
    while (!virtio_poll(q)) {
    }
    note(&worst->answer, ticks() - start);
    start = ticks();
    (void)pci_read32(&host_bridge, 0);
    note(&worst->access, ticks() - start);
}

const char *command_stall(const struct words *w)
{
    struct virtio_queue *q = gpu_queue(GPU_CONTROL);
    uint32_t left = w->number[1];
    uint32_t probes = 0;
    struct worst worst = { 0 };
    uint64_t start, kicked, spent = 0;

    start = ticks();
    if (left) {
        virtio_publish(q, (uint16_t)(q->published + left));
    }
    kicked = ticks() - start;
    while (left || probes < w->number[2]) {
        probe(&worst);
        probes++;
        if (left && (left -= virtio_poll(q)) == 0) {
            spent = ticks() - start;
        }
    }
    serial_write_value("ticks", spent);
    serial_write_value("kick", kicked);
    serial_write_value("probes", probes);
    serial_write_value("doorbell", worst.doorbell);
    serial_write_value("answer", worst.answer);
    serial_write_value("access", worst.access);
    return 0;
}

static void add(struct samples *samples, uint64_t value)
{
    if (samples->count < SAMPLES_MAX) {
        samples->ticks[samples->count++] =
            value < UINT32_MAX ? (uint32_t)value : UINT32_MAX;
    }
}

/*
 * The store that rings, with a request when there is room for one.  A guest
 * may ring as often as it likes: the cost to it is the same.
 */
static void ring_cursor(void)
{
    struct virtio_queue *q = gpu_queue(GPU_CURSOR);
    bool room = virtio_poll(q) || q->published == q->seen;
    uint64_t start = ticks();

    if (room) {
        virtio_offer(q, 1);
    }
    virtio_ring(q);
    add(&cursor_samples, ticks() - start);
}

/* What was answered is made available again, so the queue stays full. */
static void ring_control(bool refill)
{
    struct virtio_queue *q = gpu_queue(GPU_CONTROL);
    uint16_t answered = virtio_poll(q);
    uint64_t start = ticks();

    if (refill) {
        virtio_offer(q, answered);
    }
    virtio_ring(q);
    add(&control_samples, ticks() - start);
}

static void wait_until(uint64_t then)
{
    while (ticks() < then) {
        relax();
    }
}

const char *command_doorbells(const struct words *w)
{
    struct virtio_queue *control = gpu_queue(GPU_CONTROL);
    uint64_t end, start = ticks();
    uint32_t queued = w->number[1];

    cursor_samples.count = 0;
    control_samples.count = 0;
    end = start + (uint64_t)w->number[2] * 1000;
    if (queued) {
        virtio_publish(control, (uint16_t)(control->published + queued));
    }
    while ((start = ticks()) < end) {
        ring_cursor();
        ring_control(queued != 0);
        wait_until(start + w->number[3]);
    }
    while (virtio_poll(control), control->seen != control->published) {
        relax();
    }
    serial_write_value("cursor", (uintptr_t)cursor_samples.ticks);
    serial_write_value("cursor_count", cursor_samples.count);
    serial_write_value("control", (uintptr_t)control_samples.ticks);
    serial_write_value("control_count", control_samples.count);
    return 0;
}
