/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Work for the control queue that takes a while: copies of an image as large
 * as the budget allows, some 30 ms each.
 */
#ifndef TESTS_QTEST_LOAD_H
#define TESTS_QTEST_LOAD_H

#include "gpu.h"

#define LOAD_WIDTH  8192u       /* px */
#define LOAD_HEIGHT 4320u
#define LOAD_BYTES  (8u * 1024 * 1024)  /* of guest RAM, used repeatedly */

struct load {
    struct gpu *gpu;
    uint32_t width, height;     /* px */
    uint64_t backing;           /* LOAD_BYTES of guest RAM */
    uint64_t requests;          /* one page: 64 bytes a request */
    uint64_t replies;           /* one page: 64 bytes a reply */
    uint64_t cursors;           /* one page: 64 bytes a cursor request */
};

/* Resource 1, a large image with backing. */
void load_prepare(struct load *load, struct gpu *gpu);

/* The same of another size, up to LOAD_WIDTH x LOAD_HEIGHT. */
void load_prepare_sized(struct load *load, struct gpu *gpu, uint32_t width,
                        uint32_t height);

/*
 * @num (up to 64) fenced transfers of all of it by one doorbell; waits for
 * nothing.  Fence ids are 1, 2, …; the replies are poisoned before.
 */
void load_post(struct load *load, unsigned num);

/*
 * The same on the cursor queue, by turns an image (@resource, 0 hides) and a
 * move, without room for replies as Linux sends them.
 */
void load_post_cursors(struct load *load, unsigned num, uint32_t resource);

/*
 * Waits for @num transfers and @num_cursors: every request is answered, once,
 * and as it should be.
 */
void load_collect(struct load *load, unsigned num, unsigned num_cursors);

/* The reply of request @i. */
const struct wire_header *load_reply(struct load *load, unsigned i);

#endif
