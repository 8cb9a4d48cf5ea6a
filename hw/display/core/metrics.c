/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "hw/virtio/vgpu/metrics.h"

/* Commands are numbered from 0x100 on, in blocks of 256. */
#define BLOCKS 3
#define BLOCK_COMMANDS 16
#define NO_COMMAND (BLOCKS * BLOCK_COMMANDS)

_Static_assert(NO_COMMAND + 1 == VGPU_METRIC_COMMANDS, "one place each");

/* The first bucket has all below this, and the last all above. */
#define FIRST_SHIFT 8
#define LAST_BUCKET (VGPU_HISTOGRAM_BUCKETS - 1)

/* Those that there are, so that every place but the last has its name. */
static const uint8_t block_commands[BLOCKS] = {
    (VGPU_CMD_SET_SCANOUT_BLOB & 0xff) + 1,
    (VGPU_CMD_RESOURCE_UNMAP_BLOB & 0xff) + 1,
    (VGPU_CMD_MOVE_CURSOR & 0xff) + 1,
};

unsigned vgpu_metric_command(uint32_t type)
{
    uint32_t block = (type >> 8) - 1;
    uint32_t number = type & 0xff;

    return block < BLOCKS && number < block_commands[block]
           ? block * BLOCK_COMMANDS + number : NO_COMMAND;
}

uint32_t vgpu_metric_command_type(unsigned place)
{
    return place < NO_COMMAND
           ? (place / BLOCK_COMMANDS + 1) << 8 | place % BLOCK_COMMANDS : 0;
}

unsigned vgpu_metric_result(enum vgpu_status status)
{
    return vgpu_status_is_error(status) ? status - VGPU_ERR_UNSPEC + 1 : 0;
}

const char *vgpu_metric_result_name(unsigned place)
{
    return place ? vgpu_wire_name(VGPU_ERR_UNSPEC + place - 1) : "OK";
}

/* Of @ns in (2^n, 2^(n+1)]: the half it lies in. */
static unsigned bucket_of(uint64_t ns)
{
    unsigned shift;

    if (ns <= 1u << FIRST_SHIFT) {
        return 0;
    }
    shift = 63 - __builtin_clzll(ns - 1);
    if (shift - FIRST_SHIFT >= LAST_BUCKET / 2) {
        return LAST_BUCKET;
    }
    return 1 + 2 * (shift - FIRST_SHIFT) + ((ns - 1) >> (shift - 1) & 1);
}

uint64_t vgpu_histogram_bound_ns(unsigned index)
{
    uint64_t power;

    if (index >= LAST_BUCKET) {
        return UINT64_MAX;
    }
    if (index == 0) {
        return 1u << FIRST_SHIFT;
    }
    power = 1ull << (FIRST_SHIFT + (index - 1) / 2);
    return index % 2 ? power + power / 2 : power * 2;
}

void vgpu_histogram_add(struct vgpu_histogram *histogram, int64_t ns,
                        uint64_t count)
{
    uint64_t time = ns > 0 ? ns : 0;

    vgpu_counter_add(&histogram->buckets[bucket_of(time)], count);
    vgpu_counter_add(&histogram->sum_ns, time * count);
}

void vgpu_timing_add(struct vgpu_timing *timing, int64_t ns)
{
    vgpu_counter_add(&timing->count, 1);
    vgpu_counter_add(&timing->sum_ns, ns > 0 ? ns : 0);
}
