/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Guest memory of the fake host: a flat array with holes, seen twice.
 *
 * The tests read and write it through one view.  The device gets pointers
 * into another one that is inaccessible but for the pages it has mapped at
 * this moment, and never writable: touching memory after unmap(), or writing
 * to what is only to be read, is a crash in the test that did it.
 *
 * Every mapping, and every hold on a device's memory, is counted and must be
 * given back exactly as it was made.  One thread.
 */
#ifndef TESTS_FAKE_GUEST_MEMORY_H
#define TESTS_FAKE_GUEST_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hw/virtio/vgpu/host.h"

struct guest_memory;

/* Address space of @bytes, none of it used yet. */
struct guest_memory *guest_memory_create(uint64_t bytes);
void guest_memory_destroy(struct guest_memory *memory);

/* All ranges are given back; memory reads as zero when given out again. */
void guest_memory_clear(struct guest_memory *memory);

/*
 * A page-aligned range, with a hole behind it; 0 when there is no room.
 * Without @is_memory there is nothing at these addresses.
 */
uint64_t guest_memory_alloc(struct guest_memory *memory, uint64_t bytes,
                            bool is_memory);

/*
 * The same of another device's memory, a region of its own.  There are no
 * pointers to it: it is found, and copied.
 */
uint64_t guest_memory_alloc_device(struct guest_memory *memory, uint64_t bytes);

/* The tests' own view of a range that was given out. */
uint8_t *guest_memory_pointer(struct guest_memory *memory, uint64_t addr,
                              uint64_t bytes);

/*
 * For the device: as vgpu_host_ops.map() and unmap().  A mapping ends where
 * memory does, or after the longest piece.
 */
void *guest_memory_map(struct guest_memory *memory, uint64_t addr,
                       uint64_t *bytes, bool write);
void guest_memory_unmap(struct guest_memory *memory, const void *pointer,
                        uint64_t bytes, bool write);

/*
 * For the device: as vgpu_host_ops.device_find(), device_release() and
 * device_read().  A piece, too, is no longer than the longest.
 */
bool guest_memory_find_device(struct guest_memory *memory, uint64_t addr,
                              uint64_t bytes, struct vgpu_device_piece *piece);
void guest_memory_release_device(struct guest_memory *memory, void *region);
bool guest_memory_read_device(struct guest_memory *memory, void *region,
                              uint64_t offset, void *dest, uint64_t bytes);

/* Pages of a device's memory cannot be read, or can again. */
void guest_memory_set_revoked(struct guest_memory *memory, uint64_t addr,
                              uint64_t bytes, bool revoked);

/* How far behind the first byte of all memory a pointer of map()'s leads. */
uint64_t guest_memory_offset(const struct guest_memory *memory,
                             const void *pointer);

/* The device may not write there. */
void guest_memory_set_read_only(struct guest_memory *memory, uint64_t addr,
                                uint64_t bytes);

/* No mapping is longer than this; 0: no limit. */
void guest_memory_set_longest(struct guest_memory *memory, uint64_t bytes);

/* Pages become addresses without memory, or memory again; no device's. */
void guest_memory_set_present(struct guest_memory *memory, uint64_t addr,
                              uint64_t bytes, bool present);

/* Mappings made and not given back, and holds on devices' memory. */
unsigned guest_memory_num_mappings(const struct guest_memory *memory);

/* Mappings made since the last clear. */
uint64_t guest_memory_num_maps(const struct guest_memory *memory);

#endif
