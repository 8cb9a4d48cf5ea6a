/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "virtio.h"

#include "cpu.h"

#define FEATURE_VIRGL (1u << 0)
#define FEATURE_BLOB (1u << 3)
#define FEATURE_INDIRECT (1u << 28)
#define FEATURE_EVENT_INDEX (1u << 29)
#define FEATURE_HIGH_VERSION_1 (1u << 0)    /* bit 32 */

#define STATUS_ACKNOWLEDGE 1
#define STATUS_DRIVER 2
#define STATUS_DRIVER_OK 4
#define STATUS_FEATURES_OK 8

#define NO_VECTOR 0xffff
#define AVAIL_NO_INTERRUPT 1
#define USED_NO_NOTIFY 1

#define MSIX_ENABLE (1u << 31)
#define APIC_SPURIOUS ((volatile uint32_t *)0xfee000f0)
#define APIC_ENABLE 0x1ff
#define VECTOR 0x40

/* virtio 1.3, 4.1.4.3; 64-bit fields are written in halves. */
struct common {
    uint32_t device_feature_select;
    uint32_t device_feature;
    uint32_t driver_feature_select;
    uint32_t driver_feature;
    uint16_t config_msix_vector;
    uint16_t num_queues;
    uint8_t device_status;
    uint8_t config_generation;
    uint16_t queue_select;
    uint16_t queue_size;
    uint16_t queue_msix_vector;
    uint16_t queue_enable;
    uint16_t queue_notify_off;
    uint32_t queue_desc[2];
    uint32_t queue_driver[2];
    uint32_t queue_device[2];
};

struct regs {
    volatile struct common *common;
    uint32_t notify;
    uint32_t notify_multiplier;
};

static uint32_t address_of(const volatile void *p)
{
    return (uint32_t)(uintptr_t)p;
}

static bool find_regs(const struct pci_function *f, struct regs *regs)
{
    unsigned at = 0;

    regs->common = 0;
    regs->notify = 0;
    regs->notify_multiplier = 0;
    while ((at = pci_next_capability(f, PCI_CAP_VENDOR, at))) {
        uint32_t address = f->bar[pci_read8(f, at + 4) % 6] +
                           pci_read32(f, at + 8);

        switch (pci_read8(f, at + 3)) {
        case 1:
            regs->common = (volatile struct common *)(uintptr_t)address;
            break;
        case 2:
            regs->notify = address;
            regs->notify_multiplier = pci_read32(f, at + 16);
            break;
        }
    }
    return regs->common && regs->notify;
}

/*
 * One vector, to the local APIC: with the processor's interrupts off it
 * stays pending there, but everybody up to there has done the work.
 */
static void enable_msix(const struct pci_function *f)
{
    unsigned at = pci_next_capability(f, PCI_CAP_MSIX, 0);
    uint32_t table = pci_read32(f, at + 4);
    volatile uint32_t *entry =
        (volatile uint32_t *)(uintptr_t)(f->bar[table & 7] + (table & ~7u));

    *APIC_SPURIOUS = APIC_ENABLE;
    pci_write32(f, at, pci_read32(f, at) | MSIX_ENABLE);
    entry[0] = 0xfee00000;
    entry[1] = 0;
    entry[2] = VECTOR;
    entry[3] = 0;
}

static bool negotiate(volatile struct common *c,
                      const struct virtio_options *options)
{
    uint32_t wanted = FEATURE_INDIRECT |
                      (options->event_index ? FEATURE_EVENT_INDEX : 0);

    c->device_status = 0;
    while (c->device_status) {
    }
    c->device_status = STATUS_ACKNOWLEDGE;
    c->device_status = STATUS_ACKNOWLEDGE | STATUS_DRIVER;
    c->device_feature_select = 0;
    if ((c->device_feature & wanted) != wanted) {
        return false;
    }
    c->driver_feature_select = 0;
    c->driver_feature = wanted | (c->device_feature &
                                  (FEATURE_VIRGL | FEATURE_BLOB));
    c->driver_feature_select = 1;
    c->driver_feature = FEATURE_HIGH_VERSION_1;
    c->device_status = STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK;
    return c->device_status & STATUS_FEATURES_OK;
}

static void request_interrupts(struct virtio_queue *q)
{
    if (!q->event_index) {
        q->avail.flags = q->interrupts ? 0 : AVAIL_NO_INTERRUPT;
    } else {
        /* The next one, or one that is half the index space away. */
        *q->used_event = (uint16_t)(q->seen + (q->interrupts ? 0 : 0x8000));
    }
}

static void init_queue(struct virtio_queue *q,
                       const struct virtio_options *options)
{
    uint32_t avail = address_of(q->avail.ring + q->size);
    uint32_t used = address_of(q->used.ring + q->size);

    q->used_event = (volatile uint16_t *)(uintptr_t)avail;
    q->avail_event = (volatile uint16_t *)(uintptr_t)used;
    q->event_index = options->event_index;
    q->interrupts = options->interrupts;
    q->published = 0;
    q->seen = 0;
    q->kicks = 0;
    q->avail.index = 0;
    q->used.index = 0;
    q->used.flags = 0;
    *q->avail_event = 0;
    for (unsigned i = 0; i < q->size; i++) {
        q->avail.ring[i] = (uint16_t)i;
    }
    request_interrupts(q);
}

static bool start_queue(const struct regs *regs, struct virtio_queue *q,
                        const struct virtio_options *options)
{
    volatile struct common *c = regs->common;

    c->queue_select = q->index;
    q->size = c->queue_size;
    if (q->size == 0) {
        return false;
    }
    if (q->size > QUEUE_MAX) {
        q->size = QUEUE_MAX;
        c->queue_size = q->size;
    }
    init_queue(q, options);
    c->queue_msix_vector = options->msix ? 0 : NO_VECTOR;
    c->queue_desc[0] = address_of(q->desc);
    c->queue_desc[1] = 0;
    c->queue_driver[0] = address_of(&q->avail);
    c->queue_driver[1] = 0;
    c->queue_device[0] = address_of(&q->used);
    c->queue_device[1] = 0;
    q->doorbell = (volatile uint16_t *)(uintptr_t)
        (regs->notify + c->queue_notify_off * regs->notify_multiplier);
    c->queue_enable = 1;
    return true;
}

volatile void *virtio_config(const struct pci_function *f)
{
    unsigned at = 0;

    while ((at = pci_next_capability(f, PCI_CAP_VENDOR, at))) {
        if (pci_read8(f, at + 3) == 4) {
            return (volatile void *)(uintptr_t)(
                f->bar[pci_read8(f, at + 4) % 6] + pci_read32(f, at + 8));
        }
    }
    return 0;
}

const char *virtio_start(const struct pci_function *f,
                         const struct virtio_options *options,
                         struct virtio_queue *queues, unsigned count)
{
    struct regs regs;

    if (!find_regs(f, &regs)) {
        return "no virtio 1.x registers";
    }
    if (options->msix) {
        enable_msix(f);
    }
    if (!negotiate(regs.common, options)) {
        return "features refused";
    }
    regs.common->config_msix_vector = NO_VECTOR;
    for (unsigned i = 0; i < count; i++) {
        queues[i].index = (uint16_t)i;
        if (!start_queue(&regs, &queues[i], options)) {
            return "a queue is missing";
        }
    }
    regs.common->device_status |= STATUS_DRIVER_OK;
    return 0;
}

void virtio_set_chain(struct virtio_queue *q, unsigned slot, unsigned count)
{
    struct virtio_desc *desc = &q->desc[slot];

    for (unsigned i = 0; i < count; i++) {
        struct virtio_desc *d = &q->chain[slot][i];

        d->flags = (uint16_t)((d->flags & DESC_WRITE) |
                              (i + 1 < count ? DESC_NEXT : 0));
        d->next = (uint16_t)(i + 1);
    }
    desc->addr = address_of(q->chain[slot]);
    desc->length = count * sizeof(q->chain[slot][0]);
    desc->flags = DESC_INDIRECT;
    desc->next = 0;
}

/* virtio 1.3, 2.7.10. */
static bool must_kick(const struct virtio_queue *q, uint16_t from)
{
    uint16_t to = q->published;

    if (!q->event_index) {
        return !(q->used.flags & USED_NO_NOTIFY);
    }
    return (uint16_t)(to - *q->avail_event - 1) < (uint16_t)(to - from);
}

void virtio_offer(struct virtio_queue *q, uint16_t count)
{
    compiler_barrier();
    q->published = (uint16_t)(q->published + count);
    q->avail.index = q->published;
}

void virtio_ring(struct virtio_queue *q)
{
    q->kicks++;
    *q->doorbell = q->index;
}

void virtio_publish(struct virtio_queue *q, uint16_t index)
{
    uint16_t from = q->published;

    virtio_offer(q, (uint16_t)(index - from));
    /* Against the device's: it asks for kicks, then looks at avail.index. */
    full_barrier();
    if (must_kick(q, from)) {
        virtio_ring(q);
    }
}

uint16_t virtio_poll(struct virtio_queue *q)
{
    uint16_t seen = q->seen;

    q->seen = q->used.index;
    if (q->seen != seen) {
        request_interrupts(q);
    }
    compiler_barrier();
    return (uint16_t)(q->seen - seen);
}
