/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "random-request.h"

#include <string.h>

#define MAX_ENTRIES 16
#define NUM_IDS     8

static uint32_t below(uint32_t end)
{
    return g_test_rand_int_range(0, end);
}

static bool rarely(void)
{
    return below(20) == 0;
}

static uint32_t any32(void)
{
    static const uint32_t edges[] = {
        0, 1, 2, 0x7fffffff, 0x80000000, 0xfffffff0, 0xffffffff, 4096,
    };

    return g_test_rand_bit() ? (uint32_t)g_test_rand_int() :
           edges[below(G_N_ELEMENTS(edges))];
}

static uint32_t sensible(uint32_t end)
{
    return rarely() ? any32() : below(end);
}

static uint32_t random_format(void)
{
    static const uint32_t formats[] = { 1, 2, 3, 4, 67, 68, 121, 134 };

    return rarely() ? any32() : formats[below(G_N_ELEMENTS(formats))];
}

static struct wire_rect random_rect(void)
{
    return (struct wire_rect){
        sensible(40), sensible(40), sensible(70), sensible(70),
    };
}

static uint32_t random_entries(struct gpu *gpu, struct wire_entry *entries,
                               uint32_t num)
{
    for (uint32_t i = 0; i < num; i++) {
        entries[i].addr = rarely() ? (uint64_t)any32() << 24 | any32() :
                          below(gpu->guest->ram_bytes - 65536);
        entries[i].length = sensible(65536);
        entries[i].padding = any32();
    }
    return num * sizeof(*entries);
}

static uint32_t make_attach(struct gpu *gpu, void *to)
{
    struct wire_attach *attach = to;
    uint32_t num = below(MAX_ENTRIES);

    attach->resource_id = sensible(NUM_IDS);
    attach->nr_entries = rarely() ? any32() : num;
    return sizeof(*attach) +
           random_entries(gpu, (struct wire_entry *)(attach + 1), num);
}

static uint32_t make_blob(struct gpu *gpu, void *to)
{
    struct wire_create_blob *blob = to;
    uint32_t num = below(MAX_ENTRIES);

    blob->resource_id = sensible(NUM_IDS);
    blob->blob_mem = rarely() ? any32() : BLOB_MEM_GUEST;
    blob->blob_flags = sensible(8);
    blob->nr_entries = rarely() ? any32() : num;
    blob->blob_id = any32();
    blob->size = sensible(200000);
    return sizeof(*blob) +
           random_entries(gpu, (struct wire_entry *)(blob + 1), num);
}

static uint32_t make_create_2d(struct gpu *gpu, void *to)
{
    struct wire_create_2d *create = to;

    create->resource_id = sensible(NUM_IDS);
    create->format = random_format();
    create->width = sensible(128);
    create->height = sensible(128);
    return sizeof(*create);
}

static uint32_t make_resource(struct gpu *gpu, void *to)
{
    struct wire_resource *resource = to;

    resource->resource_id = sensible(NUM_IDS);
    return sizeof(*resource);
}

static uint32_t make_set_scanout(struct gpu *gpu, void *to)
{
    struct wire_set_scanout *scanout = to;

    scanout->rect = random_rect();
    scanout->scanout_id = sensible(5);
    scanout->resource_id = sensible(NUM_IDS);
    return sizeof(*scanout);
}

static uint32_t make_set_scanout_blob(struct gpu *gpu, void *to)
{
    struct wire_set_scanout_blob *scanout = to;

    scanout->rect = random_rect();
    scanout->scanout_id = sensible(5);
    scanout->resource_id = sensible(NUM_IDS);
    scanout->width = sensible(128);
    scanout->height = sensible(128);
    scanout->format = random_format();
    scanout->strides[0] = rarely() ? any32() : scanout->width * 4;
    scanout->offsets[0] = sensible(4) * 64;
    return sizeof(*scanout);
}

static uint32_t make_flush(struct gpu *gpu, void *to)
{
    struct wire_flush *flush = to;

    flush->rect = random_rect();
    flush->resource_id = sensible(NUM_IDS);
    return sizeof(*flush);
}

static uint32_t make_transfer(struct gpu *gpu, void *to)
{
    struct wire_transfer *transfer = to;

    transfer->rect = random_rect();
    transfer->offset = rarely() ? (uint64_t)any32() << 32 | any32() :
                       sensible(65536);
    transfer->resource_id = sensible(NUM_IDS);
    return sizeof(*transfer);
}

static uint32_t make_cursor(struct gpu *gpu, void *to)
{
    struct wire_cursor *cursor = to;

    cursor->scanout_id = sensible(5);
    cursor->x = any32();
    cursor->y = any32();
    cursor->resource_id = sensible(NUM_IDS);
    cursor->hot_x = sensible(70);
    cursor->hot_y = sensible(70);
    return sizeof(*cursor);
}

static uint32_t make_header(struct gpu *gpu, void *to)
{
    return sizeof(struct wire_header);
}

static uint32_t make_noise(struct gpu *gpu, void *to)
{
    uint32_t bytes = below(GUEST_PAGE);

    for (uint32_t i = 0; i < bytes; i++) {
        ((uint8_t *)to)[i] = g_test_rand_int();
    }
    return bytes;
}

static const struct kind {
    uint32_t type;
    uint32_t (*make)(struct gpu *gpu, void *to);
} kinds[] = {
    { CMD_GET_DISPLAY_INFO, make_header },
    { CMD_RESOURCE_CREATE_2D, make_create_2d },
    { CMD_RESOURCE_CREATE_2D, make_create_2d },
    { CMD_RESOURCE_UNREF, make_resource },
    { CMD_SET_SCANOUT, make_set_scanout },
    { CMD_RESOURCE_FLUSH, make_flush },
    { CMD_TRANSFER_TO_HOST_2D, make_transfer },
    { CMD_TRANSFER_TO_HOST_2D, make_transfer },
    { CMD_RESOURCE_ATTACH_BACKING, make_attach },
    { CMD_RESOURCE_ATTACH_BACKING, make_attach },
    { CMD_RESOURCE_DETACH_BACKING, make_resource },
    { CMD_GET_CAPSET_INFO, make_resource },
    { CMD_GET_CAPSET, make_resource },
    { CMD_GET_EDID, make_resource },
    { CMD_RESOURCE_ASSIGN_UUID, make_resource },
    { CMD_RESOURCE_CREATE_BLOB, make_blob },
    { CMD_SET_SCANOUT_BLOB, make_set_scanout_blob },
    { CMD_UPDATE_CURSOR, make_cursor },
    { CMD_UPDATE_CURSOR, make_cursor },
    { CMD_MOVE_CURSOR, make_cursor },
    { 0, make_noise },
};

uint32_t random_request(struct gpu *gpu, void *to)
{
    const struct kind *kind = &kinds[below(G_N_ELEMENTS(kinds))];
    struct wire_header *header = to;
    uint32_t bytes;

    memset(to, 0, GUEST_PAGE);
    bytes = kind->make(gpu, to);
    if (kind->type) {
        header->type = rarely() ? 0x100 + below(0x20a) : kind->type;
        header->flags = below(4);
        header->fence_id = (uint64_t)any32() << 32 | any32();
        header->ctx_id = sensible(3);
        header->ring_idx = below(70);
    }
    return rarely() ? below(bytes + 1) : bytes;
}

uint32_t random_room(void)
{
    static const uint32_t rooms[] = { 0, 1, 23, 24, 31, 407, 1055 };

    return below(4) ? 1056 : rooms[below(G_N_ELEMENTS(rooms))];
}

static uint64_t random_address(struct gpu *gpu)
{
    return rarely() ? (uint64_t)any32() << 20 :
           gpu->guest->dma_base + below(gpu->guest->ram_bytes);
}

static void random_split(struct gpu *gpu, struct vring *ring)
{
    for (unsigned i = 0; i < ring->areas.size; i++) {
        ring->desc[i] = (struct vring_desc){
            .addr = random_address(gpu),
            .len = sensible(4096),
            .flags = below(rarely() ? 65536 : 4),
            .next = sensible(ring->areas.size),
        };
        ring->avail->ring[i] = sensible(ring->areas.size);
    }
    ring->avail_idx += below(ring->areas.size + 2);
    vring_publish(ring);
}

static void random_packed(struct gpu *gpu, struct vring *ring)
{
    for (unsigned i = ring->areas.size; i > 0; i--) {
        struct vring_packed_desc desc = {
            .addr = random_address(gpu),
            .len = sensible(4096),
            .id = sensible(ring->areas.size),
            .flags = below(rarely() ? 65536 : 4) | VRING_PACKED_AVAIL,
        };

        /* At a table of no length QEMU 10.0.2 ends, whatever the device. */
        if (desc.flags & VRING_INDIRECT) {
            desc.len = MAX(desc.len, 1);
        }
        ring->packed[i - 1] = desc;
    }
}

void random_descriptors(struct gpu *gpu, struct vring *ring)
{
    if (ring->packed) {
        random_packed(gpu, ring);
    } else {
        random_split(gpu, ring);
    }
}
