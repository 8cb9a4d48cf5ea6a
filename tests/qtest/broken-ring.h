/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What the tests of malformed chains share: chains written by hand, and a
 * device that must notice.
 */
#ifndef TESTS_QTEST_BROKEN_RING_H
#define TESTS_QTEST_BROKEN_RING_H

#include "gpu.h"

/*
 * A started device with these further properties, or NULL; what the virtio
 * core says of broken rings is expected.
 */
struct gpu *broken_ring_boot(const char *properties,
                             const struct gpu_options *options);

/* A GET_DISPLAY_INFO at gpu->request. */
void broken_ring_put_request(struct gpu *gpu);

/* The same, and a proper chain for it in @table[0] and [1], to be spoiled. */
void broken_ring_put_chain(struct gpu *gpu, struct vring_desc *table);

/* Makes descriptor @head available as it stands, and rings. */
void broken_ring_post(struct gpu *gpu, uint16_t head);

/* Waits until the device is broken or has used something; see harness.h. */
bool broken_ring_or_answered(void *gpu);

/*
 * NEEDS_RESET comes, with a configuration notification (T-571): a message of
 * vector 0 or the bit of ISR.  Then nothing happens, and after a reset all is
 * well.
 */
void broken_ring_expect_stopped(struct gpu *gpu, const char *why);

/*
 * The same; but the core does not look at every rule.  Then the chain must at
 * least be answered once and the device go on, and the case is skipped: @core
 * says what the core does not do.
 */
void broken_ring_expect_stopped_or_core(struct gpu *gpu, const char *why,
                                        const char *core);

#endif
