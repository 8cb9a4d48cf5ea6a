/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Work for the control queue that takes a while: copies of a 4K image.
 */
#ifndef TESTS_QTEST_LOAD_H
#define TESTS_QTEST_LOAD_H

#include "gpu.h"

#define LOAD_WIDTH  3840u
#define LOAD_HEIGHT 2160u
#define LOAD_BYTES  (LOAD_WIDTH * LOAD_HEIGHT * 4)

struct load {
    struct gpu *gpu;
    uint64_t backing;           /* LOAD_BYTES of guest RAM */
    uint64_t requests;          /* one page: 64 bytes a request */
    uint64_t replies;           /* one page: 64 bytes a reply */
};

/* Resource 1, a 4K image with backing. */
void load_prepare(struct load *load, struct gpu *gpu);

/*
 * @num (up to 64) fenced transfers of all of it by one doorbell; waits for
 * nothing.  Fence ids are 1, 2, …; the replies are poisoned before.
 */
void load_post(struct load *load, unsigned num);

/* The reply of request @i. */
const struct wire_header *load_reply(struct load *load, unsigned i);

#endif
