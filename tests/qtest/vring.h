/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The driver's half of a virtqueue, split or packed (virtio 1.3, 2.7, 2.8).
 *
 * A well-behaved driver by default; everything stands in guest RAM where a
 * test may write whatever it likes.  Host and guest are little-endian here.
 * Lives as long as its guest; one thread.
 */
#ifndef TESTS_QTEST_VRING_H
#define TESTS_QTEST_VRING_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "vdev.h"

#define VRING_NEXT     1
#define VRING_WRITE    2
#define VRING_INDIRECT 4
#define VRING_PACKED_AVAIL (1u << 7)
#define VRING_PACKED_USED  (1u << 15)

/* On the available ring, split: no interrupts please. */
#define VRING_NO_INTERRUPT 1

/* Event suppression of a packed ring, virtio 1.3, 2.8.10. */
#define VRING_EVENTS_ENABLE  0
#define VRING_EVENTS_DISABLE 1
#define VRING_EVENTS_DESC    2

struct vring_desc {             /* split; and inside an indirect table */
    uint64_t addr;
    uint32_t len;
    uint16_t flags;
    uint16_t next;
};

struct vring_packed_desc {
    uint64_t addr;
    uint32_t len;
    uint16_t id;
    uint16_t flags;
};

struct vring_packed_event {
    uint16_t off_wrap;
    uint16_t flags;
};

struct vring_avail {
    uint16_t flags;
    uint16_t idx;
    uint16_t ring[];            /* [size], then used_event */
};

struct vring_used {
    uint16_t flags;
    uint16_t idx;
    struct {
        uint32_t id;
        uint32_t len;
    } ring[];                   /* [size], then avail_event */
};

struct vring_buffer {
    uint64_t addr;
    uint32_t bytes;
    bool device_writes;
};

/* For @direct: no indirect table. */
#define VRING_ALL_DIRECT UINT_MAX

struct vring_chain {
    const struct vring_buffer *buffers;
    unsigned num;
    /*
     * So many descriptors stand in the ring, the others in one indirect
     * table behind them.
     */
    unsigned direct;
};

struct vring_done {
    unsigned id;
    uint32_t bytes;             /* used.len */
};

struct vring;

/* The rest of this interface calls these. */
struct vring_ops {
    unsigned (*add)(struct vring *ring, const struct vring_chain *chain);
    void (*publish)(struct vring *ring);
    bool (*take)(struct vring *ring, struct vring_done *done);
};

struct vring {
    const struct vring_ops *ops;
    struct vdev *vdev;
    unsigned index;             /* of the queue */
    struct vdev_queue areas;
    unsigned num_free;          /* descriptors */
    unsigned *slots;            /* [id]: descriptors taken; 0: not in flight, */
                                /* VRING_FOREIGN: see vring_expect() */

    /* split */
    struct vring_desc *desc;
    struct vring_avail *avail;
    struct vring_used *used;
    uint16_t *free_list;        /* [0 .. num_free - 1] */
    uint16_t *next;             /* [i]: the chain goes on there */
    uint16_t avail_idx;         /* of chains added; avail->idx may lag */
    uint16_t used_idx;          /* of chains taken */

    /* packed */
    struct vring_packed_desc *packed;
    struct vring_packed_event *driver_event;
    struct vring_packed_event *device_event;
    uint16_t next_avail, next_used;
    bool avail_wrap, used_wrap;
    int held_back;              /* slot whose flags publish writes, or -1 */
    uint16_t held_flags;
};

/* The areas are allocated and clean; the device knows nothing yet. */
struct vring *vring_create(struct vdev *vdev, unsigned index, unsigned size,
                           bool packed);

/* Tells the device where the ring is and enables the queue. */
void vring_enable(struct vring *ring);

/*
 * Makes a chain ready and returns its id; not visible to the device before
 * vring_publish().  Ends the case when the ring has no room.
 */
unsigned vring_add(struct vring *ring, const struct vring_chain *chain);
void vring_publish(struct vring *ring);

/*
 * Chain @id was written into a split ring by the test itself and is expected
 * to come back.
 */
#define VRING_FOREIGN UINT_MAX
void vring_expect(struct vring *ring, unsigned id);

/* vring_publish() and the doorbell. */
void vring_kick(struct vring *ring);

/*
 * The next chain that came back, if any.  Ends the case when the device gives
 * back what it was not given.
 */
bool vring_take(struct vring *ring, struct vring_done *done);

/* Waits for the next chain. */
struct vring_done vring_wait(struct vring *ring);

/* Waits for a chain, the next one, with this id; returns used.len. */
uint32_t vring_wait_for(struct vring *ring, unsigned id);

/* Split, with EVENT_IDX: interrupt when this used index is passed. */
uint16_t *vring_used_event(struct vring *ring);
uint16_t vring_avail_event(struct vring *ring);

#endif
