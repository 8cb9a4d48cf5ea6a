/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The property "statistics" of a PCI device with the id gpu, as it was at a moment.
 */
#ifndef TESTS_QTEST_METRICS_H
#define TESTS_QTEST_METRICS_H

#include "gpu.h"

struct metrics;

/* To be ended with metrics_free(). */
struct metrics *metrics_take(struct gpu *gpu);
void metrics_free(struct metrics *metrics);

/*
 * The figure with these values of labels, in any order; the count of what has a
 * sum and a count.  0 when there is no such sample; the case ends when there is
 * no such family.
 */
#define metrics_get(metrics, ...) \
    metrics_find(metrics, (const char *const[]){ __VA_ARGS__, NULL })
uint64_t metrics_find(const struct metrics *metrics,
                      const char *const *family_and_labels);

/* A family that is one number of seconds. */
double metrics_seconds(const struct metrics *metrics, const char *family);

#endif
