/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Memory that is a file, for another process or from one.
 *
 * Any thread.
 */
#ifndef HW_DISPLAY_PLATFORM_MEMORY_FILE_H
#define HW_DISPLAY_PLATFORM_MEMORY_FILE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Whether the first @bytes of @file are there and stay: a file that the other
 * could make shorter would end whoever touches its memory.  A memfd that allows
 * it is sealed; a dma-buf has its size for good, and is not mapped beyond it.  Of
 * any other file nobody knows: a disk's can be cut, FUSE's and hugetlbfs's pages
 * may not come.
 */
bool vgpu_memory_file_keeps(int file, uint64_t bytes);

/*
 * A new file of zeros, the caller's to close, whose size is @bytes for good; -1
 * with errno.  @bytes are whole pages.
 */
int vgpu_memory_file_make(uint64_t bytes);

/*
 * Whether it was made like that, by whomever: its first byte is the memory's
 * first.  What lavapipe exports by itself has a header, and may grow.
 */
bool vgpu_memory_file_is_ours(int file);

/* Its first bytes, shared with the other; NULL when they cannot be mapped. */
void *vgpu_memory_file_map(int file, uint64_t bytes);
void vgpu_memory_file_unmap(void *data, uint64_t bytes);

#endif
