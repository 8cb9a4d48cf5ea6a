/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Work that takes a while: a painter with a target that a draw fills slowly.
 * How slowly was measured on this machine, so that a test knows what it asks
 * for, whatever the machine.  Lives as long as its guest; one thread.
 */
#ifndef TESTS_QTEST_GL_WORK_H
#define TESTS_QTEST_GL_WORK_H

#include "gl-paint.h"
#include "posts.h"

#define GL_WORK_PX 512u

/* How a submit is fenced. */
struct gl_fence {
    uint64_t id;
    uint8_t ring;
    bool has_ring;
};

struct gl_work {
    struct gl_paint paint;
    struct gl_texture target;   /* id: 2000 and the context's */
};

/* Creates context @context with its target. */
void gl_work_open(struct gl_work *work, struct gpu *gpu, uint32_t context);

/* The same without a look at the clock: for a few rounds of work at most. */
void gl_work_open_quickly(struct gl_work *work, struct gpu *gpu,
                          uint32_t context);

/* Into the stream: the target becomes @argb, after about @ms of work. */
void gl_work_add(struct gl_work *work, uint32_t argb, unsigned ms);

/*
 * Posts what is in the stream, fenced unless @fence is NULL, and begins a new
 * stream.  Returns the number of the post.
 */
unsigned gl_work_post(struct gl_work *work, struct posts *posts,
                      const struct gl_fence *fence);

/* Waits for everything and ends the case unless the target is all @argb. */
void gl_work_check(struct gl_work *work, uint32_t argb);

/* Its memory is all @argb, as it is now. */
void gl_work_check_memory(struct gl_work *work, uint32_t argb);

#endif
