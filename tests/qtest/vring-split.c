/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "vring-layout.h"

#include "harness.h"

static uint16_t take_slot(struct vring *ring, unsigned *left)
{
    return ring->free_list[--*left];
}

static void fill(struct vring_desc *desc, const struct vring_buffer *buffer)
{
    desc->addr = buffer->addr;
    desc->len = buffer->bytes;
    desc->flags = buffer->device_writes ? VRING_WRITE : 0;
    desc->next = 0;
}

static uint64_t make_table(struct vring *ring,
                           const struct vring_buffer *buffers, unsigned num)
{
    uint64_t addr = guest_ram_alloc(ring->vdev->guest,
                                num * sizeof(struct vring_desc));
    struct vring_desc *table = guest_memory(ring->vdev->guest, addr,
                                            num * sizeof(*table));

    for (unsigned i = 0; i < num; i++) {
        fill(&table[i], &buffers[i]);
        if (i + 1 < num) {
            table[i].flags |= VRING_NEXT;
            table[i].next = i + 1;
        }
    }
    return addr;
}

static unsigned split_add(struct vring *ring, const struct vring_chain *chain)
{
    unsigned direct = MIN(chain->direct, chain->num);
    unsigned total = direct + (direct < chain->num);
    /* vring_add() has taken them off num_free already. */
    unsigned left = ring->num_free + total;
    uint16_t head = 0, previous = 0;

    for (unsigned i = 0; i < total; i++) {
        uint16_t at = take_slot(ring, &left);

        if (i < direct) {
            fill(&ring->desc[at], &chain->buffers[i]);
        } else {
            unsigned rest = chain->num - direct;

            ring->desc[at] = (struct vring_desc){
                .addr = make_table(ring, chain->buffers + direct, rest),
                .len = rest * sizeof(struct vring_desc),
                .flags = VRING_INDIRECT,
            };
        }
        if (i == 0) {
            head = at;
        } else {
            ring->desc[previous].flags |= VRING_NEXT;
            ring->desc[previous].next = ring->next[previous] = at;
        }
        previous = at;
    }
    ring->slots[head] = total;
    ring->avail->ring[ring->avail_idx % ring->areas.size] = head;
    ring->avail_idx++;
    return head;
}

static void split_publish(struct vring *ring)
{
    /* Pairs with the device's acquire of idx: entries are seen first. */
    __atomic_store_n(&ring->avail->idx, ring->avail_idx, __ATOMIC_SEQ_CST);
}

static void free_chain(struct vring *ring, uint16_t head)
{
    unsigned num = ring->slots[head];
    uint16_t at = head;
    unsigned end = ring->num_free;

    vring_retire(ring, head);
    while (num != VRING_FOREIGN && num--) {
        ring->free_list[end++] = at;
        at = ring->next[at];
    }
}

static bool split_take(struct vring *ring, struct vring_done *done)
{
    /* Pairs with the device's release of idx. */
    uint16_t idx = __atomic_load_n(&ring->used->idx, __ATOMIC_ACQUIRE);
    unsigned at = ring->used_idx % ring->areas.size;

    if (idx == ring->used_idx) {
        return false;
    }
    expect_true((uint16_t)(idx - ring->used_idx) <= ring->areas.size,
                "queue %u: used index went from %u to %u", ring->index,
                ring->used_idx, idx);
    done->id = ring->used->ring[at].id;
    done->bytes = ring->used->ring[at].len;
    ring->used_idx++;
    expect_true(done->id < ring->areas.size,
                "queue %u: used id %u is outside the ring", ring->index,
                done->id);
    free_chain(ring, done->id);
    return true;
}

static const struct vring_ops split_ops = {
    .add = split_add,
    .publish = split_publish,
    .take = split_take,
};

void vring_split_init(struct vring *ring)
{
    struct guest *guest = ring->vdev->guest;
    unsigned size = ring->areas.size;
    uint64_t desc_bytes = size * sizeof(struct vring_desc);
    uint64_t avail_bytes = sizeof(struct vring_avail) + (size + 1) * 2;
    uint64_t used_bytes = sizeof(struct vring_used) + size * 8 + 2;

    ring->ops = &split_ops;
    ring->areas.descriptors = guest_ram_alloc(guest, desc_bytes);
    ring->areas.driver = guest_ram_alloc(guest, avail_bytes);
    ring->areas.device = guest_ram_alloc(guest, used_bytes);
    ring->desc = guest_memory(guest, ring->areas.descriptors, desc_bytes);
    ring->avail = guest_memory(guest, ring->areas.driver, avail_bytes);
    ring->used = guest_memory(guest, ring->areas.device, used_bytes);
    ring->free_list = g_new(uint16_t, size);
    ring->next = g_new0(uint16_t, size);
    for (unsigned i = 0; i < size; i++) {
        ring->free_list[i] = size - 1 - i;
    }
}

uint16_t *vring_used_event(struct vring *ring)
{
    return &ring->avail->ring[ring->areas.size];
}

uint16_t vring_avail_event(struct vring *ring)
{
    return __atomic_load_n((uint16_t *)&ring->used->ring[ring->areas.size],
                           __ATOMIC_ACQUIRE);
}
