/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * In place of include/hw/virtio/vgpu/counter.h: the same device, but it counts
 * nothing and looks at no clock for it.  To measure what counting costs.
 */
#ifndef HW_VIRTIO_VGPU_COUNTER_H
#define HW_VIRTIO_VGPU_COUNTER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define VGPU_COUNTS false

typedef _Atomic uint64_t vgpu_counter;

static inline uint64_t vgpu_counter_read(const vgpu_counter *counter)
{
    return 0;
}

static inline void vgpu_counter_set(vgpu_counter *counter, uint64_t value)
{
}

static inline void vgpu_counter_add(vgpu_counter *counter, uint64_t value)
{
}

static inline void vgpu_counter_add_shared(vgpu_counter *counter,
                                           uint64_t value)
{
}

#endif
