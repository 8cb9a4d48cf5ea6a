/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Copying a large picture out of many short pieces.
 *
 * Where the pieces are shorter than a page each one ends inside a cache line,
 * so a plain copy reads the destination's lines before it writes them and
 * waits for the first bytes of every piece: 1.5 times one contiguous copy, on
 * the machine where it was measured.  Stores that bypass the cache, and a
 * look at the next piece ahead of time, bring that to 1.2.
 *
 * Pure functions; device thread.
 */
#ifndef HW_DISPLAY_CORE_PIECE_COPY_H
#define HW_DISPLAY_CORE_PIECE_COPY_H

#include <stdint.h>

/*
 * Copies @bytes; @next is where the following piece begins, or any other
 * address.
 */
typedef void vgpu_piece_copier(uint8_t *dest, const uint8_t *from,
                               uint64_t bytes, const uint8_t *next);

/* The copier for pieces of a picture of @total bytes on this machine. */
vgpu_piece_copier *vgpu_piece_copier_for(uint64_t total);

/* After the last piece: all of it is visible to other threads. */
void vgpu_piece_copy_finish(void);

#endif
