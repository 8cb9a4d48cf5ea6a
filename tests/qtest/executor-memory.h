/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Guest memory of all kinds for the script executor: RAM, what the guest
 * cannot write, what is not there, registers, and that of assigned devices.
 */
#ifndef TESTS_QTEST_EXECUTOR_MEMORY_H
#define TESTS_QTEST_EXECUTOR_MEMORY_H

#include "assigned.h"
#include "executor-device.h"
#include "gpu.h"

/* Of an assigned device, up to the end of its BAR. */
struct executor_region {
    uint64_t addr, bytes;       /* 0 bytes: not given out */
    struct assigned *assigned;
};

struct executor_memory {
    struct gpu *gpu;
    struct executor_region regions[EXECUTOR_NUM_ASSIGNED];
    uint64_t ram_end;           /* RAM is given out from the top down */
    uint64_t next_rom;
    uint64_t next_hole;
};

/* A guest that has devices assigned was started. */
void executor_memory_assign(struct executor_memory *memory,
                            struct guest *guest);

/* A case begins; nothing is given out. */
void executor_memory_begin(struct executor_memory *memory, struct gpu *gpu);

/* See struct script_ops. */
uint64_t executor_memory_get(struct executor_memory *memory, uint64_t bytes,
                             enum script_memory kind);
void executor_memory_write(struct executor_memory *memory, uint64_t addr,
                           const void *data, size_t bytes);
void executor_memory_read(struct executor_memory *memory, uint64_t addr,
                          void *data, size_t bytes);

/*
 * Switches the device off whose memory is at @addr, or on again.  Ends the case
 * when it is no device's.
 */
void executor_memory_revoke(struct executor_memory *memory, uint64_t addr,
                            bool off);

#endif
