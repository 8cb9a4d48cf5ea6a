/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "draw.h"

#include <string.h>

#include "harness.h"

void draw_create(struct gpu *gpu, uint32_t id, uint32_t format, uint32_t width,
                 uint32_t height)
{
    const struct wire_create_2d request = {
        .header.type = CMD_RESOURCE_CREATE_2D,
        .resource_id = id,
        .format = format,
        .width = width,
        .height = height,
    };

    gpu_expect(gpu, &request, sizeof(request), RESP_OK_NODATA, "CREATE_2D");
}

static void with_entries(struct gpu *gpu, const void *fixed, uint32_t bytes,
                         const struct wire_entry *entries, uint32_t num)
{
    uint32_t list = num * sizeof(*entries);
    g_autofree uint8_t *request = g_malloc(bytes + list);

    memcpy(request, fixed, bytes);
    memcpy(request + bytes, entries, list);
    gpu_expect(gpu, request, bytes + list, RESP_OK_NODATA,
               "a command with an entry list");
}

void draw_create_blob(struct gpu *gpu, uint32_t id, uint64_t bytes,
                      const struct wire_entry *entries, uint32_t num)
{
    const struct wire_create_blob request = {
        .header.type = CMD_RESOURCE_CREATE_BLOB,
        .resource_id = id,
        .blob_mem = BLOB_MEM_GUEST,
        .nr_entries = num,
        .size = bytes,
    };

    with_entries(gpu, &request, sizeof(request), entries, num);
}

void draw_attach(struct gpu *gpu, uint32_t id, const struct wire_entry *entries,
                 uint32_t num)
{
    const struct wire_attach request = {
        .header.type = CMD_RESOURCE_ATTACH_BACKING,
        .resource_id = id,
        .nr_entries = num,
    };

    with_entries(gpu, &request, sizeof(request), entries, num);
}

static void of_resource(struct gpu *gpu, uint32_t type, uint32_t id,
                        const char *what)
{
    const struct wire_resource request = {
        .header.type = type,
        .resource_id = id,
    };

    gpu_expect(gpu, &request, sizeof(request), RESP_OK_NODATA, what);
}

void draw_detach(struct gpu *gpu, uint32_t id)
{
    of_resource(gpu, CMD_RESOURCE_DETACH_BACKING, id, "DETACH_BACKING");
}

void draw_unref(struct gpu *gpu, uint32_t id)
{
    of_resource(gpu, CMD_RESOURCE_UNREF, id, "UNREF");
}

void draw_transfer(struct gpu *gpu, uint32_t id, uint32_t width,
                   uint32_t height)
{
    const struct wire_transfer request = {
        .header.type = CMD_TRANSFER_TO_HOST_2D,
        .rect = { 0, 0, width, height },
        .resource_id = id,
    };

    gpu_expect(gpu, &request, sizeof(request), RESP_OK_NODATA, "TRANSFER");
}

void draw_scanout(struct gpu *gpu, uint32_t head, uint32_t id,
                  const struct wire_rect *rect)
{
    const struct wire_set_scanout request = {
        .header.type = CMD_SET_SCANOUT,
        .rect = *rect,
        .scanout_id = head,
        .resource_id = id,
    };

    gpu_expect(gpu, &request, sizeof(request), RESP_OK_NODATA, "SET_SCANOUT");
}

void draw_flush(struct gpu *gpu, uint32_t id, const struct wire_rect *rect)
{
    const struct wire_flush request = {
        .header.type = CMD_RESOURCE_FLUSH,
        .rect = *rect,
        .resource_id = id,
    };

    gpu_expect(gpu, &request, sizeof(request), RESP_OK_NODATA, "FLUSH");
}

void draw_pattern(struct gpu *gpu, uint64_t addr, uint32_t pixels,
                  uint32_t seed)
{
    uint32_t *pixel = guest_memory(gpu->guest, addr, (uint64_t)pixels * 4);

    for (uint32_t i = 0; i < pixels; i++) {
        pixel[i] = (i + seed * 0x01000193u) * 0x9e3779b1u;
    }
}

uint64_t draw_image(struct gpu *gpu, uint32_t id, uint32_t format,
                    uint32_t width, uint32_t height, uint32_t seed)
{
    uint32_t bytes = width * height * 4;
    uint64_t addr = guest_ram_alloc(gpu->guest, bytes);
    const struct wire_entry entry = { addr, bytes, 0 };

    draw_create(gpu, id, format, width, height);
    draw_attach(gpu, id, &entry, 1);
    draw_pattern(gpu, addr, width * height, seed);
    draw_transfer(gpu, id, width, height);
    return addr;
}

void draw_cursor(struct gpu *gpu, const struct wire_cursor *cursor)
{
    /* Without room for a reply, as Linux: the stock device never gives one. */
    gpu_command(gpu, QUEUE_CURSOR, cursor, sizeof(*cursor), NULL, 0);
}
