/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "load.h"

#include <string.h>

#include "harness.h"

#define SLOT 64u                /* bytes; a page holds 64 */
#define NUM_ENTRIES (LOAD_WIDTH * LOAD_HEIGHT * 4 / LOAD_BYTES + 1)

static void create(struct gpu *gpu, uint32_t width, uint32_t height)
{
    const struct wire_create_2d request = {
        .header.type = CMD_RESOURCE_CREATE_2D,
        .resource_id = 1,
        .format = FORMAT_B8G8R8X8,
        .width = width,
        .height = height,
    };

    gpu_expect(gpu, &request, sizeof(request), RESP_OK_NODATA, "CREATE_2D");
}

static void attach(struct gpu *gpu, uint64_t backing)
{
    struct {
        struct wire_attach attach;
        struct wire_entry entries[NUM_ENTRIES];
    } request = {
        .attach.header.type = CMD_RESOURCE_ATTACH_BACKING,
        .attach.resource_id = 1,
        .attach.nr_entries = NUM_ENTRIES,
    };

    for (unsigned i = 0; i < NUM_ENTRIES; i++) {
        request.entries[i] = (struct wire_entry){ backing, LOAD_BYTES, 0 };
    }
    gpu_expect(gpu, &request, sizeof(request), RESP_OK_NODATA,
               "ATTACH_BACKING");
}

void load_prepare(struct load *load, struct gpu *gpu)
{
    load_prepare_sized(load, gpu, LOAD_WIDTH, LOAD_HEIGHT);
}

void load_prepare_sized(struct load *load, struct gpu *gpu, uint32_t width,
                        uint32_t height)
{
    load->gpu = gpu;
    load->width = width;
    load->height = height;
    load->backing = guest_ram_alloc(gpu->guest, LOAD_BYTES);
    load->requests = guest_ram_alloc(gpu->guest, GUEST_PAGE);
    load->replies = guest_ram_alloc(gpu->guest, GUEST_PAGE);
    load->cursors = guest_ram_alloc(gpu->guest, GUEST_PAGE);
    create(gpu, width, height);
    attach(gpu, load->backing);
}

static void add_transfer(struct load *load, unsigned i)
{
    const struct vring_buffer buffers[] = {
        { load->requests + i * SLOT, sizeof(struct wire_transfer), false },
        { load->replies + i * SLOT, sizeof(struct wire_header), true },
    };
    struct wire_transfer *request = guest_memory(load->gpu->guest,
                                                 buffers[0].addr,
                                                 sizeof(*request));

    *request = (struct wire_transfer){
        .header.type = CMD_TRANSFER_TO_HOST_2D,
        .header.flags = FLAG_FENCE,
        .header.fence_id = i + 1,
        .rect = { 0, 0, load->width, load->height },
        .resource_id = 1,
    };
    memset(guest_memory(load->gpu->guest, buffers[1].addr, SLOT), GPU_POISON,
           SLOT);
    vring_add(load->gpu->queue[QUEUE_CONTROL],
              &(struct vring_chain){ buffers, 2, 0 });
}

void load_post(struct load *load, unsigned num)
{
    expect_true(num <= GUEST_PAGE / SLOT, "%u is too much load", num);
    for (unsigned i = 0; i < num; i++) {
        add_transfer(load, i);
    }
    vring_kick(load->gpu->queue[QUEUE_CONTROL]);
}

void load_post_cursors(struct load *load, unsigned num, uint32_t resource)
{
    struct vring *ring = load->gpu->queue[QUEUE_CURSOR];

    expect_true(num <= GUEST_PAGE / SLOT, "%u is too much load", num);
    for (unsigned i = 0; i < num; i++) {
        const struct vring_buffer buffer = {
            load->cursors + i * SLOT, sizeof(struct wire_cursor), false,
        };
        struct wire_cursor *cursor = guest_memory(load->gpu->guest,
                                                  buffer.addr,
                                                  sizeof(*cursor));

        *cursor = (struct wire_cursor){
            .header.type = i % 2 ? CMD_MOVE_CURSOR : CMD_UPDATE_CURSOR,
            .resource_id = resource,
            .x = i,
        };
        vring_add(ring, &(struct vring_chain){ &buffer, 1,
                                               VRING_ALL_DIRECT });
    }
    vring_kick(ring);
}

void load_collect(struct load *load, unsigned num, unsigned num_cursors)
{
    struct gpu *gpu = load->gpu;
    struct vring_done done;

    for (unsigned i = 0; i < num; i++) {
        expect_eq(vring_wait(gpu->queue[QUEUE_CONTROL]).bytes, 24, "used.len");
    }
    for (unsigned i = 0; i < num_cursors; i++) {
        expect_eq(vring_wait(gpu->queue[QUEUE_CURSOR]).bytes, 0,
                  "used.len of a cursor request");
    }
    for (unsigned i = 0; i < num; i++) {
        expect_eq(load_reply(load, i)->type, RESP_OK_NODATA, "transfer %u", i);
        expect_eq(load_reply(load, i)->fence_id, i + 1, "fence of transfer %u",
                  i);
    }
    expect_true(!vring_take(gpu->queue[QUEUE_CONTROL], &done) &&
                !vring_take(gpu->queue[QUEUE_CURSOR], &done),
                "a chain more than was sent came back");
}

const struct wire_header *load_reply(struct load *load, unsigned i)
{
    return guest_memory(load->gpu->guest, load->replies + i * SLOT,
                        sizeof(struct wire_header));
}
