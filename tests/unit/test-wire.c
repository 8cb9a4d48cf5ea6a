/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "hw/virtio/vgpu/wire.h"

#include <string.h>
#include <glib.h>

#include "command.h"

/* Offsets are the specification's; every byte of the request is its place. */
static uint32_t at(unsigned offset)
{
    return offset | (offset + 1) << 8 | (offset + 2) << 16 |
           (uint32_t)(offset + 3) << 24;
}

static uint64_t at64(unsigned offset)
{
    return at(offset) | (uint64_t)at(offset + 4) << 32;
}

static void decode(vgpu_wire_decoder *decoder, union vgpu_args *args)
{
    /* One byte off, so that nothing is aligned. */
    uint8_t bytes[VGPU_WIRE_REQUEST_MAX + 1];

    for (unsigned i = 0; i < VGPU_WIRE_REQUEST_MAX; i++) {
        bytes[i + 1] = i;
    }
    memset(args, 0xee, sizeof(*args));
    decoder(bytes + 1, args);
}

static void assert_rect(const struct vgpu_rect *rect)
{
    g_assert_cmphex(rect->x, ==, at(24));
    g_assert_cmphex(rect->y, ==, at(28));
    g_assert_cmphex(rect->width, ==, at(32));
    g_assert_cmphex(rect->height, ==, at(36));
}

static void test_2d(void)
{
    union vgpu_args args;

    decode(vgpu_wire_get_resource_create_2d, &args);
    g_assert_cmphex(args.resource_create_2d.resource_id, ==, at(24));
    g_assert_cmphex(args.resource_create_2d.format, ==, at(28));
    g_assert_cmphex(args.resource_create_2d.width, ==, at(32));
    g_assert_cmphex(args.resource_create_2d.height, ==, at(36));
    decode(vgpu_wire_get_resource_ref, &args);
    g_assert_cmphex(args.resource_ref.resource_id, ==, at(24));
    decode(vgpu_wire_get_set_scanout, &args);
    assert_rect(&args.set_scanout.rect);
    g_assert_cmphex(args.set_scanout.scanout_id, ==, at(40));
    g_assert_cmphex(args.set_scanout.resource_id, ==, at(44));
    decode(vgpu_wire_get_resource_flush, &args);
    assert_rect(&args.resource_flush.rect);
    g_assert_cmphex(args.resource_flush.resource_id, ==, at(40));
    decode(vgpu_wire_get_transfer_to_host_2d, &args);
    assert_rect(&args.transfer_to_host_2d.rect);
    g_assert_cmphex(args.transfer_to_host_2d.offset, ==, at64(40));
    g_assert_cmphex(args.transfer_to_host_2d.resource_id, ==, at(48));
    decode(vgpu_wire_get_resource_attach_backing, &args);
    g_assert_cmphex(args.resource_attach_backing.resource_id, ==, at(24));
    g_assert_cmphex(args.resource_attach_backing.nr_entries, ==, at(28));
}

static void test_queries(void)
{
    union vgpu_args args;

    decode(vgpu_wire_get_get_capset_info, &args);
    g_assert_cmphex(args.get_capset_info.capset_index, ==, at(24));
    decode(vgpu_wire_get_get_capset, &args);
    g_assert_cmphex(args.get_capset.capset_id, ==, at(24));
    g_assert_cmphex(args.get_capset.capset_version, ==, at(28));
    decode(vgpu_wire_get_get_edid, &args);
    g_assert_cmphex(args.get_edid.scanout, ==, at(24));
}

static void test_blob(void)
{
    union vgpu_args args;

    decode(vgpu_wire_get_resource_create_blob, &args);
    g_assert_cmphex(args.resource_create_blob.resource_id, ==, at(24));
    g_assert_cmphex(args.resource_create_blob.blob_mem, ==, at(28));
    g_assert_cmphex(args.resource_create_blob.blob_flags, ==, at(32));
    g_assert_cmphex(args.resource_create_blob.nr_entries, ==, at(36));
    g_assert_cmphex(args.resource_create_blob.blob_id, ==, at64(40));
    g_assert_cmphex(args.resource_create_blob.size, ==, at64(48));
    decode(vgpu_wire_get_set_scanout_blob, &args);
    assert_rect(&args.set_scanout_blob.rect);
    g_assert_cmphex(args.set_scanout_blob.scanout_id, ==, at(40));
    g_assert_cmphex(args.set_scanout_blob.resource_id, ==, at(44));
    g_assert_cmphex(args.set_scanout_blob.width, ==, at(48));
    g_assert_cmphex(args.set_scanout_blob.height, ==, at(52));
    g_assert_cmphex(args.set_scanout_blob.format, ==, at(56));
    g_assert_cmphex(args.set_scanout_blob.stride, ==, at(64));
    g_assert_cmphex(args.set_scanout_blob.offset, ==, at(80));
}

static void test_cursor(void)
{
    union vgpu_args args;

    decode(vgpu_wire_get_cursor, &args);
    g_assert_cmphex(args.cursor.scanout_id, ==, at(24));
    g_assert_cmphex((uint32_t)args.cursor.x, ==, at(28));
    g_assert_cmphex((uint32_t)args.cursor.y, ==, at(32));
    g_assert_cmphex(args.cursor.resource_id, ==, at(40));
    g_assert_cmphex(args.cursor.hot_x, ==, at(44));
    g_assert_cmphex(args.cursor.hot_y, ==, at(48));
}

static void test_header(void)
{
    uint8_t bytes[VGPU_WIRE_HEADER_BYTES];
    uint8_t again[VGPU_WIRE_HEADER_BYTES];
    struct vgpu_header header;

    for (unsigned i = 0; i < sizeof(bytes); i++) {
        bytes[i] = i;
    }
    vgpu_wire_get_header(bytes, &header);
    g_assert_cmphex(header.type, ==, at(0));
    g_assert_cmphex(header.flags, ==, at(4));
    g_assert_cmphex(header.fence_id, ==, at64(8));
    g_assert_cmphex(header.ctx_id, ==, at(16));
    g_assert_cmphex(header.ring_idx, ==, 20);
    memset(again, 0xa5, sizeof(again));
    vgpu_wire_put_header(again, &header);
    memset(bytes + 21, 0, 3);
    g_assert_cmpmem(again, sizeof(again), bytes, sizeof(bytes));
}

static void test_mem_entry(void)
{
    uint8_t bytes[16];
    struct vgpu_mem_entry entry;

    for (unsigned i = 0; i < sizeof(bytes); i++) {
        bytes[i] = i;
    }
    entry = vgpu_wire_get_mem_entry(bytes);
    g_assert_cmphex(entry.addr, ==, at64(0));
    g_assert_cmphex(entry.length, ==, at(8));
}

static void test_words(void)
{
    uint8_t bytes[16] = { 0 };

    vgpu_wire_put32(bytes + 1, 0x12345678);
    vgpu_wire_put64(bytes + 5, 0x123456789abcdef0);
    g_assert_cmphex(get_le32(bytes + 1), ==, 0x12345678);
    g_assert_cmphex(get_le64(bytes + 5), ==, 0x123456789abcdef0);
    g_assert_cmphex(vgpu_wire_get32(bytes + 1), ==, 0x12345678);
    g_assert_cmphex(vgpu_wire_get64(bytes + 5), ==, 0x123456789abcdef0);
    g_assert_cmphex(bytes[0] | bytes[13], ==, 0);
}

/* The names of messages and metrics are the specification's. */
static void test_names(void)
{
    static const char *const names[] = {
        "GET_DISPLAY_INFO", "RESOURCE_CREATE_2D", "RESOURCE_UNREF",
        "SET_SCANOUT", "RESOURCE_FLUSH", "TRANSFER_TO_HOST_2D",
        "RESOURCE_ATTACH_BACKING", "RESOURCE_DETACH_BACKING",
        "GET_CAPSET_INFO", "GET_CAPSET", "GET_EDID", "RESOURCE_ASSIGN_UUID",
        "RESOURCE_CREATE_BLOB", "SET_SCANOUT_BLOB", "CTX_CREATE",
        "CTX_DESTROY", "CTX_ATTACH_RESOURCE", "CTX_DETACH_RESOURCE",
        "RESOURCE_CREATE_3D", "TRANSFER_TO_HOST_3D", "TRANSFER_FROM_HOST_3D",
        "SUBMIT_3D", "RESOURCE_MAP_BLOB", "RESOURCE_UNMAP_BLOB",
        "UPDATE_CURSOR", "MOVE_CURSOR",
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        g_assert_cmpstr(vgpu_wire_name(command_find(names[i])->type), ==,
                        names[i]);
    }
    for (uint32_t type = OK_NODATA; type <= OK_MAP_INFO; type++) {
        g_assert_cmpstr(vgpu_wire_name(type), ==, reply_name(type));
    }
    g_assert_cmpstr(vgpu_wire_name(0), ==, "unknown");
    g_assert_cmpstr(vgpu_wire_name(0x10e), ==, "unknown");
    g_assert_cmpstr(vgpu_wire_name(UINT32_MAX), ==, "unknown");
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/wire/2d", test_2d);
    g_test_add_func("/wire/queries", test_queries);
    g_test_add_func("/wire/blob", test_blob);
    g_test_add_func("/wire/cursor", test_cursor);
    g_test_add_func("/wire/header", test_header);
    g_test_add_func("/wire/mem-entry", test_mem_entry);
    g_test_add_func("/wire/words", test_words);
    g_test_add_func("/wire/names", test_names);
    return g_test_run();
}
