/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The driver's half of the host-visible window: buffers of OpenGL that are
 * blobs, where they are mapped, and what stands there.  What returns nothing must
 * succeed.  Lives as long as its guest; one thread.
 */
#ifndef TESTS_QTEST_GL_WINDOW_H
#define TESTS_QTEST_GL_WINDOW_H

#include "gpu.h"

#define WINDOW_PAGE  4096u
#define WINDOW_BYTES (16 * WINDOW_PAGE)

/*
 * Before harness_init(): memory in the window is shared memory in every QEMU from
 * then on, but of resources from WINDOW_PRIVATE on, which stays OpenGL's own and
 * needs regions (see shared-memory.c).
 */
#define WINDOW_PRIVATE 0x8000u
void window_preload_shared(void);

/* Starts QEMU with a window of @size and makes that context. */
struct gpu *window_boot(const char *size, uint32_t context);

/* A buffer of context 1 that becomes resource @id. */
void window_create(struct gpu *gpu, uint32_t id, uint32_t bytes);

/* Returns the type of the reply. */
uint32_t window_try_map(struct gpu *gpu, uint32_t id, uint64_t offset);
void window_map(struct gpu *gpu, uint32_t id, uint64_t offset);
void window_unmap(struct gpu *gpu, uint32_t id);

/* Of the guest. */
uint64_t window_address(struct gpu *gpu, uint64_t offset);

/* With it off the function decodes no memory at all, and is reached nonetheless. */
void window_switch(struct gpu *gpu, bool on);

/* To that address of the guest's, 0: to another; it is off meanwhile. */
void window_move(struct gpu *gpu, uint64_t addr);

void window_write(struct gpu *gpu, uint64_t offset, uint8_t byte,
                  uint32_t bytes);

/* All of it has that value; @what names it in the failure. */
void window_expect(struct gpu *gpu, uint64_t offset, uint8_t byte,
                   uint32_t bytes, const char *what);

/*
 * Ends resource 1 while it is mapped, in each way that there is; then it is mapped
 * once more, at 0.
 */
void window_expect_ends(struct gpu *gpu);

#endif
