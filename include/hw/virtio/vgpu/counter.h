/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A counter that any thread may read.  bench/without-metrics has a header in
 * place of this one, with which nothing is counted.
 */
#ifndef HW_VIRTIO_VGPU_COUNTER_H
#define HW_VIRTIO_VGPU_COUNTER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

/* Whether time is taken. */
#define VGPU_COUNTS true

typedef _Atomic uint64_t vgpu_counter;

static inline uint64_t vgpu_counter_read(const vgpu_counter *counter)
{
    return atomic_load_explicit(counter, memory_order_relaxed);
}

static inline void vgpu_counter_set(vgpu_counter *counter, uint64_t value)
{
    atomic_store_explicit(counter, value, memory_order_relaxed);
}

/* By its one writer: no locked instruction. */
static inline void vgpu_counter_add(vgpu_counter *counter, uint64_t value)
{
    vgpu_counter_set(counter, vgpu_counter_read(counter) + value);
}

/* By any thread. */
static inline void vgpu_counter_add_shared(vgpu_counter *counter,
                                           uint64_t value)
{
    atomic_fetch_add_explicit(counter, value, memory_order_relaxed);
}

#endif
