/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "vring-layout.h"

#include "harness.h"

static uint16_t avail_flags(const struct vring *ring)
{
    return ring->avail_wrap ? VRING_PACKED_AVAIL : VRING_PACKED_USED;
}

static void advance(struct vring *ring, uint16_t *slot, bool *wrap)
{
    if (++*slot == ring->areas.size) {
        *slot = 0;
        *wrap = !*wrap;
    }
}

static uint64_t make_table(struct vring *ring,
                           const struct vring_buffer *buffers, unsigned num)
{
    struct vring_packed_desc *table;
    uint64_t bytes = num * sizeof(*table);
    uint64_t addr = guest_ram_alloc(ring->vdev->guest, bytes);

    table = guest_memory(ring->vdev->guest, addr, bytes);
    for (unsigned i = 0; i < num; i++) {
        table[i] = (struct vring_packed_desc){
            .addr = buffers[i].addr,
            .len = buffers[i].bytes,
            .flags = buffers[i].device_writes ? VRING_WRITE : 0,
        };
    }
    return addr;
}

static unsigned free_id(const struct vring *ring)
{
    for (unsigned id = 0; id < ring->areas.size; id++) {
        if (!ring->slots[id]) {
            return id;
        }
    }
    harness_fail("no free id in a packed ring");
}

static struct vring_packed_desc describe(struct vring *ring,
                                         const struct vring_chain *chain,
                                         unsigned i)
{
    const struct vring_buffer *buffer = &chain->buffers[i];
    unsigned rest = chain->num - i;

    if (i < chain->direct) {
        return (struct vring_packed_desc){
            .addr = buffer->addr,
            .len = buffer->bytes,
            .flags = buffer->device_writes ? VRING_WRITE : 0,
        };
    }
    return (struct vring_packed_desc){
        .addr = make_table(ring, buffer, rest),
        .len = rest * sizeof(struct vring_packed_desc),
        .flags = VRING_INDIRECT,
    };
}

static unsigned packed_add(struct vring *ring, const struct vring_chain *chain)
{
    unsigned direct = MIN(chain->direct, chain->num);
    unsigned total = direct + (direct < chain->num);
    unsigned id = free_id(ring);

    for (unsigned i = 0; i < total; i++) {
        struct vring_packed_desc desc = describe(ring, chain, i);
        struct vring_packed_desc *at = &ring->packed[ring->next_avail];

        desc.id = id;
        desc.flags |= avail_flags(ring) | (i + 1 < total ? VRING_NEXT : 0);
        if (ring->held_back < 0) {
            /* The device stops here until publish. */
            ring->held_back = ring->next_avail;
            ring->held_flags = desc.flags;
            desc.flags = at->flags;
        }
        *at = desc;
        advance(ring, &ring->next_avail, &ring->avail_wrap);
    }
    ring->slots[id] = total;
    return id;
}

static void packed_publish(struct vring *ring)
{
    if (ring->held_back >= 0) {
        /* Pairs with the device's acquire of these flags. */
        __atomic_store_n(&ring->packed[ring->held_back].flags,
                         ring->held_flags, __ATOMIC_SEQ_CST);
        ring->held_back = -1;
    }
}

static bool packed_take(struct vring *ring, struct vring_done *done)
{
    struct vring_packed_desc *desc = &ring->packed[ring->next_used];
    /* Pairs with the device's release of these flags. */
    uint16_t flags = __atomic_load_n(&desc->flags, __ATOMIC_ACQUIRE);
    bool avail = flags & VRING_PACKED_AVAIL;
    bool used = flags & VRING_PACKED_USED;
    unsigned num;

    if (avail != used || used != ring->used_wrap) {
        return false;
    }
    done->id = desc->id;
    done->bytes = desc->len;
    expect_true(done->id < ring->areas.size,
                "queue %u: used id %u is outside the ring", ring->index,
                done->id);
    num = ring->slots[done->id];
    vring_retire(ring, done->id);
    while (num--) {
        advance(ring, &ring->next_used, &ring->used_wrap);
    }
    return true;
}

static const struct vring_ops packed_ops = {
    .add = packed_add,
    .publish = packed_publish,
    .take = packed_take,
};

void vring_packed_init(struct vring *ring)
{
    struct guest *guest = ring->vdev->guest;
    uint64_t desc_bytes = ring->areas.size * sizeof(struct vring_packed_desc);
    uint64_t event_bytes = sizeof(struct vring_packed_event);

    ring->ops = &packed_ops;
    ring->areas.descriptors = guest_ram_alloc(guest, desc_bytes);
    ring->areas.driver = guest_ram_alloc(guest, event_bytes);
    ring->areas.device = guest_ram_alloc(guest, event_bytes);
    ring->packed = guest_memory(guest, ring->areas.descriptors, desc_bytes);
    ring->driver_event = guest_memory(guest, ring->areas.driver, event_bytes);
    ring->device_event = guest_memory(guest, ring->areas.device, event_bytes);
    ring->avail_wrap = ring->used_wrap = true;
    ring->held_back = -1;
}
