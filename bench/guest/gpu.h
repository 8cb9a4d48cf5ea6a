/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The virtio-gpu device's two queues, and requests in their slots.
 *
 * A slot holds one request and its reply for as long as nobody overwrites
 * it: the same request can run any number of times.  Every queue has its
 * own slots; those that come next are named by how far ahead they are.
 */
#ifndef BENCH_GUEST_GPU_H
#define BENCH_GUEST_GPU_H

#include <stdbool.h>
#include <stdint.h>

#include "virtio.h"

enum {
    GPU_CONTROL,
    GPU_CURSOR,
    GPU_QUEUES,
};

/* virtio 1.3, 5.7.6.7. */
enum {
    GPU_GET_DISPLAY_INFO = 0x0100,
    GPU_CREATE_2D = 0x0101,
    GPU_UNREF = 0x0102,
    GPU_SET_SCANOUT = 0x0103,
    GPU_FLUSH = 0x0104,
    GPU_TRANSFER_TO_HOST_2D = 0x0105,
    GPU_ATTACH_BACKING = 0x0106,
    GPU_CREATE_BLOB = 0x010c,
    GPU_CTX_CREATE = 0x0200,
    GPU_CTX_ATTACH = 0x0202,
    GPU_CREATE_3D = 0x0204,
    GPU_SUBMIT_3D = 0x0207,
    GPU_MAP_BLOB = 0x0208,
    GPU_UNMAP_BLOB = 0x0209,
    GPU_MOVE_CURSOR = 0x0301,
    GPU_OK = 0x1100,
    GPU_OK_DISPLAY_INFO = 0x1101,
    GPU_OK_MAP_INFO = 0x1106,
};

/* How a backing lies in guest memory. */
enum gpu_shape {
    GPU_CONTIGUOUS,
    GPU_PAGES,              /* of 4 KiB, in random order */
    GPU_SCATTERED,          /* odd sizes at odd addresses, random order */
    GPU_REPEATED,           /* the first GPU_REPEAT bytes over and over */
};

#define GPU_ENTRIES_MAX 16384
#define GPU_REPEAT 0x100000u

struct gpu_rect {
    uint32_t x, y, width, height;
};

/* Finds and starts the device.  Returns NULL or what went wrong. */
const char *gpu_start(const struct virtio_options *options);

struct virtio_queue *gpu_queue(unsigned index);

/* These write the request that is @ahead of the next one of its queue. */
void gpu_put_create(unsigned ahead, uint32_t id, uint32_t width,
                    uint32_t height);
void gpu_put_unref(unsigned ahead, uint32_t id);
void gpu_put_flush(unsigned ahead, uint32_t id, uint32_t width,
                   uint32_t height);
void gpu_put_flush_rect(unsigned ahead, uint32_t id,
                        const struct gpu_rect *rect);
void gpu_put_scanout(unsigned ahead, uint32_t id, uint32_t width,
                     uint32_t height);
void gpu_put_transfer(unsigned ahead, uint32_t id,
                      const struct gpu_rect *rect, uint32_t stride);
void gpu_put_move(unsigned ahead, uint32_t x, uint32_t y);

/*
 * The answer to it has the mode of the first output; false: there was none.  It
 * is a bad reply to gpu_bad_replies().
 */
void gpu_put_display_info(unsigned ahead);
bool gpu_get_mode(struct gpu_rect *mode);

/* Until the device says that its outputs are others (virtio 1.3, 5.7.4). */
void gpu_wait_for_event(void);

/*
 * ATTACH_BACKING of @bytes to image @id; the request is the next one.  One
 * piece starts at @offset of the memory for backings, others where they like.
 */
void gpu_put_backing(uint32_t id, uint32_t bytes, enum gpu_shape shape,
                     uint32_t offset);

/*
 * A request of @type with @count arguments, zeros, for context @context.
 * Returns them.
 */
uint32_t *gpu_put_context(unsigned ahead, uint32_t type, uint32_t context,
                          unsigned count);

/* SUBMIT_3D; @stream stays where it is. */
void gpu_put_stream(unsigned ahead, uint32_t context, const void *stream,
                    uint32_t bytes);

/* The same with a fence. */
void gpu_put_submit(unsigned ahead, uint32_t context, const void *stream,
                    uint32_t bytes);

/* The memory for backings. */
void *gpu_memory(uint32_t offset);

/* Another image for the flush that is @ahead. */
void gpu_retarget_flush(unsigned ahead, uint32_t id);

/*
 * Runs @count requests with @depth of them on the way at all times, as far
 * as the queue is that deep.  Returns how long that took, in ticks.
 */
uint64_t gpu_run(unsigned queue, unsigned depth, uint32_t count);

/*
 * Of the last @count requests that ran, how many were not answered OK; the
 * cursor queue does not answer.
 */
uint32_t gpu_bad_replies(unsigned queue, uint32_t count);

#endif
