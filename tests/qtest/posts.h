/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Requests on the control queue that nobody waits for yet: when each came
 * back, in which order, and with what.  While some are on the way
 * gpu_command() must not use that queue.  Lives as long as its guest; one
 * thread.
 */
#ifndef TESTS_QTEST_POSTS_H
#define TESTS_QTEST_POSTS_H

#include "gpu.h"

/* The places of the largest queue that QEMU has. */
#define POSTS_MAX 1024

struct post {
    unsigned chain;
    uint64_t reply;             /* guest RAM */
    struct wire_header request;
    bool done;
    unsigned order;             /* of its completion, from 0 */
};

struct posts {
    struct gpu *gpu;
    struct post post[POSTS_MAX];
    unsigned num;
    unsigned num_done;
    bool held;
};

void posts_init(struct posts *posts, struct gpu *gpu);

/*
 * Sends a request that has a 24-byte reply.  Returns its number, counted from
 * 0.
 */
unsigned posts_send(struct posts *posts, const void *request, uint32_t bytes);

/* Between the two no doorbell is rung; then one for all. */
void posts_hold(struct posts *posts);
void posts_release(struct posts *posts);

/* Whether it is back by now. */
bool posts_is_done(struct posts *posts, unsigned number);

/*
 * Waits; checks its reply against B.1 of the matrix, with CONTEXT_INIT, and
 * returns its type.
 */
uint32_t posts_wait(struct posts *posts, unsigned number);

/* posts_wait() for all, each of which must be OK_NODATA. */
void posts_wait_all(struct posts *posts);

/* The device was reset, or its queue: those on the way never come back. */
void posts_forget(struct posts *posts);

#endif
