/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A request: one descriptor chain on its way through the device.
 *
 *   FREE --fetch--> FETCHED --vgpu_device_execute--> DONE --clear--> FREE
 *                                     |    |          ^
 *                                     |    +-> PARKED-+
 *                                     |    |          |
 *                                     +-> WAITING ----+
 *
 * The host sets the first group of fields and calls vgpu_request_fetch(),
 * which copies out of guest memory every byte that will ever be looked at;
 * the guest may rewrite its buffers from then on.  vgpu_device_execute()
 * finishes with the host's complete(), at once or, when the reply has a fence
 * that waits for the renderer or for an older one, later on.  Then reply and
 * reply_bytes say what goes into the writable part, and how much of it: the
 * host copies exactly that and returns the chain with that length.  vgpu_request_clear() ends it.
 *
 * The structure is the host's; one thread at a time.
 */
#ifndef HW_VIRTIO_VGPU_REQUEST_H
#define HW_VIRTIO_VGPU_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "hw/virtio/vgpu/wire.h"

struct vgpu_command;
struct vgpu_device;

enum vgpu_request_state {
    VGPU_REQUEST_FREE,
    VGPU_REQUEST_FETCHED,
    VGPU_REQUEST_WAITING,       /* for the host-visible window */
    VGPU_REQUEST_PARKED,        /* answered, and waits for a fence */
    VGPU_REQUEST_DONE,
};

/* What became of the variable part behind the fixed one. */
enum vgpu_tail_state {
    VGPU_TAIL_NONE,             /* the command has none */
    VGPU_TAIL_COPIED,
    VGPU_TAIL_SHORT,            /* the chain ends before it does */
    VGPU_TAIL_NO_MEMORY,        /* the budget has no room for the copy */
};

/* Replies up to this many bytes need no allocation. */
#define VGPU_REQUEST_REPLY_INLINE 40

struct vgpu_request {
    /* Set by the host before vgpu_request_fetch(). */
    const struct iovec *out;    /* readable part; used by fetch only */
    uint32_t out_num;
    uint64_t in_bytes;          /* room of the writable part */
    enum vgpu_queue queue;
    uint64_t features;          /* negotiated when the chain was popped */

    /* Set by vgpu_request_fetch(). */
    enum vgpu_request_state state;
    const struct vgpu_command *command;     /* NULL: not to be executed */
    struct vgpu_header header;
    bool has_header;
    union vgpu_args args;
    enum vgpu_tail_state tail_state;
    uint8_t *tail;              /* from the device's budget; entries, stream */
    uint64_t tail_bytes;

    /* Set when it is done. */
    enum vgpu_status status;
    uint8_t *reply;             /* reply_inline, or allocated */
    uint32_t reply_bytes;       /* 0: nothing to write, used.len 0 */
    uint8_t reply_inline[VGPU_REQUEST_REPLY_INLINE];

    /* The device's, see core/fence.h. */
    uint64_t serial;            /* in the order of the ring */
    uint64_t timeline;
    uint64_t fence_token;       /* 0: waits for older ones only */
    uint64_t fence_worker;      /* who works for it: a context, or a ring */
    int64_t parked_at_ns;       /* PARKED: since when */
    bool overdue;               /* PARKED: and reported as such */
    uint32_t holds;             /* displays that it waits for */
    uint32_t waits_for;         /* WAITING: that resource; 0: the host alone */
    struct vgpu_request *list_prev;     /* WAITING and PARKED */
    struct vgpu_request *list_next;
};

/*
 * Copies the request out of guest memory and judges its framing: header,
 * command, queue, feature, length (virtio 1.3, 5.7.6.7).  What it finds wrong
 * is in @request->status with @request->command NULL.  Requests of the
 * control queue are fetched on the device thread; those of the cursor queue,
 * which have no variable part, on any.
 */
void vgpu_request_fetch(struct vgpu_device *dev, struct vgpu_request *request);

/*
 * The name of the command for messages, never NULL; "unknown" when the
 * header could not be read.
 */
const char *vgpu_request_name(const struct vgpu_request *request);

/* Frees what the request holds and makes it FREE.  Threads as for fetch. */
void vgpu_request_clear(struct vgpu_device *dev, struct vgpu_request *request);

#endif
