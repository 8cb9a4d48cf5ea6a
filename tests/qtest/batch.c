/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "batch.h"

#include <string.h>

#include "harness.h"

#define KICK_EVERY 16

void batch_init(struct batch *batch, struct gpu *gpu)
{
    *batch = (struct batch){ .gpu = gpu };
    batch->requests = guest_ram_alloc(gpu->guest, BATCH_SLOTS *
                                      BATCH_REQUEST_BYTES);
    batch->replies = guest_ram_alloc(gpu->guest, BATCH_SLOTS * 64);
    for (unsigned i = 0; i < BATCH_SLOTS; i++) {
        batch->free_slots[batch->num_free++] = i;
    }
}

static void take_one(struct batch *batch)
{
    struct vring_done done = vring_wait(batch->gpu->queue[QUEUE_CONTROL]);
    unsigned slot = batch->slot_of[done.id];
    const struct wire_header *reply =
        guest_memory(batch->gpu->guest, batch->replies + slot * 64, 24);

    expect_eq(done.bytes, sizeof(*reply), "used.len");
    if (batch->done) {
        batch->done(batch, reply);
    } else {
        expect_eq(reply->type, RESP_OK_NODATA, "reply");
    }
    batch->free_slots[batch->num_free++] = slot;
}

static void kick(struct batch *batch)
{
    if (batch->unkicked) {
        vring_kick(batch->gpu->queue[QUEUE_CONTROL]);
        batch->unkicked = 0;
    }
}

/* Two descriptors a request: the ring may be full before the slots are. */
static bool has_room(const struct batch *batch)
{
    return batch->num_free &&
           batch->gpu->queue[QUEUE_CONTROL]->num_free >= 2;
}

void batch_send(struct batch *batch, const void *request, uint32_t bytes)
{
    struct vring_buffer buffers[2];
    unsigned slot, id;

    expect_true(bytes <= BATCH_REQUEST_BYTES, "too long for a batch");
    while (!has_room(batch)) {
        kick(batch);
        take_one(batch);
    }
    slot = batch->free_slots[--batch->num_free];
    buffers[0] = (struct vring_buffer){
        batch->requests + slot * BATCH_REQUEST_BYTES, bytes, false,
    };
    buffers[1] = (struct vring_buffer){
        batch->replies + slot * 64, sizeof(struct wire_header), true,
    };
    memcpy(guest_memory(batch->gpu->guest, buffers[0].addr, bytes), request,
           bytes);
    id = vring_add(batch->gpu->queue[QUEUE_CONTROL],
                   &(struct vring_chain){ buffers, 2, VRING_ALL_DIRECT });
    batch->slot_of[id] = slot;
    if (++batch->unkicked >= KICK_EVERY) {
        kick(batch);
    }
}

void batch_finish(struct batch *batch)
{
    kick(batch);
    while (batch->num_free < BATCH_SLOTS) {
        take_one(batch);
    }
}
