/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Random requests, more often nearly right than nonsense; the numbers are
 * GLib's (g_test_rand_int), so that --seed repeats them.
 */
#ifndef TESTS_QTEST_RANDOM_REQUEST_H
#define TESTS_QTEST_RANDOM_REQUEST_H

#include "gpu.h"

/*
 * Writes a request for @gpu to @to, which has a page; few resource ids are
 * used, so that they exist as often as not.  Returns its readable bytes, from
 * 0 to a page.
 */
uint32_t random_request(struct gpu *gpu, void *to);

/* Writable bytes to give it: often enough for any reply, sometimes not. */
uint32_t random_room(void);

/* Fills the whole ring with random descriptors and makes some available. */
void random_descriptors(struct gpu *gpu, struct vring *ring);

#endif
