/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "vring.h"

#include "harness.h"
#include "vring-layout.h"

static void free_vring(void *data)
{
    struct vring *ring = data;

    g_free(ring->slots);
    g_free(ring->free_list);
    g_free(ring->next);
    g_free(ring);
}

struct vring *vring_create(struct vdev *vdev, unsigned index, unsigned size,
                           bool packed)
{
    struct vring *ring = g_new0(struct vring, 1);

    ring->vdev = vdev;
    ring->index = index;
    ring->areas.size = size;
    ring->num_free = size;
    ring->slots = g_new0(unsigned, size);
    if (packed) {
        vring_packed_init(ring);
    } else {
        vring_split_init(ring);
    }
    guest_at_stop(vdev->guest, free_vring, ring);
    return ring;
}

void vring_enable(struct vring *ring)
{
    ring->vdev->ops->queue_enable(ring->vdev, ring->index, &ring->areas);
}

unsigned vring_add(struct vring *ring, const struct vring_chain *chain)
{
    unsigned needed = MIN(chain->direct, chain->num);

    needed += needed < chain->num;
    expect_true(needed > 0, "a chain needs a descriptor");
    expect_true(needed <= ring->num_free,
                "the test wants %u descriptors, the ring has %u left", needed,
                ring->num_free);
    ring->num_free -= needed;
    return ring->ops->add(ring, chain);
}

void vring_expect(struct vring *ring, unsigned id)
{
    ring->slots[id] = VRING_FOREIGN;
}

void vring_publish(struct vring *ring)
{
    ring->ops->publish(ring);
}

void vring_kick(struct vring *ring)
{
    vring_publish(ring);
    ring->vdev->ops->notify(ring->vdev, ring->index);
}

bool vring_take(struct vring *ring, struct vring_done *done)
{
    return ring->ops->take(ring, done);
}

struct wait {
    struct vring *ring;
    struct vring_done done;
};

static bool has_taken(void *data)
{
    struct wait *wait = data;

    return vring_take(wait->ring, &wait->done);
}

struct vring_done vring_wait(struct vring *ring)
{
    struct wait wait = { .ring = ring };

    harness_wait(has_taken, &wait, ring->index ? "chain of the cursor queue" :
                 "chain of the control queue");
    return wait.done;
}

uint32_t vring_wait_for(struct vring *ring, unsigned id)
{
    struct vring_done done = vring_wait(ring);

    expect_eq(done.id, id, "id of the next used chain");
    return done.bytes;
}

void vring_retire(struct vring *ring, unsigned id)
{
    expect_true(id < ring->areas.size && ring->slots[id],
                "queue %u: the device returned chain %u, which it does not "
                "have", ring->index, id);
    if (ring->slots[id] != VRING_FOREIGN) {
        ring->num_free += ring->slots[id];
    }
    ring->slots[id] = 0;
}
