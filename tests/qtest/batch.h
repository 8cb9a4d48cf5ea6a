/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Many requests by few doorbells: the control queue is kept full and replies
 * are looked at when they come.  Lives on the caller's stack; one thread.
 */
#ifndef TESTS_QTEST_BATCH_H
#define TESTS_QTEST_BATCH_H

#include "gpu.h"

#define BATCH_SLOTS 64          /* requests in flight, at most */
#define BATCH_REQUEST_BYTES 1024

struct batch {
    struct gpu *gpu;
    uint64_t requests;          /* BATCH_REQUEST_BYTES a slot */
    uint64_t replies;           /* 64 bytes a slot */
    unsigned slot_of[1024];     /* [id of a chain] */
    unsigned free_slots[BATCH_SLOTS];
    unsigned num_free;
    unsigned unkicked;
    /* Called for every reply; NULL: it must be OK_NODATA. */
    void (*done)(struct batch *batch, const struct wire_header *reply);
    void *data;
};

void batch_init(struct batch *batch, struct gpu *gpu);

/* Sends a request that has a 24-byte reply; waits when the queue is full. */
void batch_send(struct batch *batch, const void *request, uint32_t bytes);

/* Waits until every request came back. */
void batch_finish(struct batch *batch);

#endif
