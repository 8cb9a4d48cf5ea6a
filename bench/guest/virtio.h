/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A virtio 1.x device behind PCI and its split queues (virtio 1.3, 2.7, 4.1).
 *
 * Queues are prepared so that measuring costs the guest next to nothing,
 * because where KVM has no hardware help every instruction of a guest like
 * this is emulated: entry n of the available ring names chain n for ever, a
 * chain is one indirect descriptor, and to make requests available is to
 * write one index.
 */
#ifndef BENCH_GUEST_VIRTIO_H
#define BENCH_GUEST_VIRTIO_H

#include <stdbool.h>
#include <stdint.h>

#include "pci.h"

#define QUEUE_MAX 64
#define CHAIN_MAX 3         /* descriptors of one request */

#define DESC_NEXT 1
#define DESC_WRITE 2
#define DESC_INDIRECT 4

struct virtio_desc {
    uint64_t addr;
    uint32_t length;
    uint16_t flags;
    uint16_t next;
};

struct virtio_avail {
    uint16_t flags;
    uint16_t index;
    uint16_t ring[QUEUE_MAX];
    uint16_t unused;        /* used_event stands behind a ring of any size */
};

struct virtio_used {
    uint16_t flags;
    uint16_t index;
    struct {
        uint32_t id;
        uint32_t length;
    } ring[QUEUE_MAX];
    uint16_t unused;        /* so does avail_event */
};

struct virtio_queue {
    struct virtio_desc desc[QUEUE_MAX] __attribute__((aligned(16)));
    struct virtio_desc chain[QUEUE_MAX][CHAIN_MAX]
        __attribute__((aligned(16)));
    volatile struct virtio_avail avail __attribute__((aligned(4)));
    volatile struct virtio_used used __attribute__((aligned(4)));
    volatile uint16_t *doorbell;
    volatile uint16_t *used_event;
    volatile uint16_t *avail_event;
    uint16_t index;
    uint16_t size;
    uint16_t published;     /* avail.index as written last */
    uint16_t seen;          /* used.index as read last */
    bool event_index;
    bool interrupts;
    uint32_t kicks;
};

/* How to drive it; see README.md for the words that choose them. */
struct virtio_options {
    bool msix;              /* interrupts are messages, not a wire */
    bool interrupts;        /* wanted for whatever the guest has not seen */
    bool event_index;       /* VIRTIO_F_EVENT_IDX */
};

/*
 * Resets the device, negotiates, and sets up @count queues, at most 2.
 * Returns NULL or what went wrong.
 */
const char *virtio_start(const struct pci_function *f,
                         const struct virtio_options *options,
                         struct virtio_queue *queues, unsigned count);

/* The device's own configuration; NULL where it has none. */
volatile void *virtio_config(const struct pci_function *f);

/* The chain that becomes available @ahead requests from now. */
static inline unsigned virtio_slot(const struct virtio_queue *q,
                                   unsigned ahead)
{
    return (q->published + ahead) % q->size;
}

/* Makes a chain of what virtio_queue.chain[slot] holds: @count of them. */
void virtio_set_chain(struct virtio_queue *q, unsigned slot, unsigned count);

/* Makes requests up to index @index available; kicks when asked to. */
void virtio_publish(struct virtio_queue *q, uint16_t index);

/* The two halves: @count more requests; the doorbell, asked for or not. */
void virtio_offer(struct virtio_queue *q, uint16_t count);
void virtio_ring(struct virtio_queue *q);

/* How many requests were answered since the last call. */
uint16_t virtio_poll(struct virtio_queue *q);

#endif
