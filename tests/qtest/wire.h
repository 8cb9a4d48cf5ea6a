/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Requests and replies as they stand in guest memory, virtio 1.3, 5.7.6; the
 * tests' own view, apart from the library's.  Little-endian as this host.
 */
#ifndef TESTS_QTEST_WIRE_H
#define TESTS_QTEST_WIRE_H

#include <stdint.h>

#define GPU_F_VIRGL          (1ull << 0)
#define GPU_F_EDID           (1ull << 1)
#define GPU_F_RESOURCE_UUID  (1ull << 2)
#define GPU_F_RESOURCE_BLOB  (1ull << 3)
#define GPU_F_CONTEXT_INIT   (1ull << 4)
#define GPU_F_BLOB_ALIGNMENT (1ull << 5)

enum {
    CMD_GET_DISPLAY_INFO        = 0x0100,
    CMD_RESOURCE_CREATE_2D      = 0x0101,
    CMD_RESOURCE_UNREF          = 0x0102,
    CMD_SET_SCANOUT             = 0x0103,
    CMD_RESOURCE_FLUSH          = 0x0104,
    CMD_TRANSFER_TO_HOST_2D     = 0x0105,
    CMD_RESOURCE_ATTACH_BACKING = 0x0106,
    CMD_RESOURCE_DETACH_BACKING = 0x0107,
    CMD_GET_CAPSET_INFO         = 0x0108,
    CMD_GET_CAPSET              = 0x0109,
    CMD_GET_EDID                = 0x010a,
    CMD_RESOURCE_ASSIGN_UUID    = 0x010b,
    CMD_RESOURCE_CREATE_BLOB    = 0x010c,
    CMD_SET_SCANOUT_BLOB        = 0x010d,
    CMD_RESOURCE_MAP_BLOB       = 0x0208,
    CMD_RESOURCE_UNMAP_BLOB     = 0x0209,
    CMD_UPDATE_CURSOR           = 0x0300,
    CMD_MOVE_CURSOR             = 0x0301,
};

enum {
    RESP_OK_NODATA          = 0x1100,
    RESP_OK_DISPLAY_INFO    = 0x1101,
    RESP_OK_EDID            = 0x1104,
    RESP_OK_RESOURCE_UUID   = 0x1105,
    RESP_OK_MAP_INFO        = 0x1106,
    RESP_ERR_UNSPEC         = 0x1200,
    RESP_ERR_OUT_OF_MEMORY  = 0x1201,
    RESP_ERR_SCANOUT_ID     = 0x1202,
    RESP_ERR_RESOURCE_ID    = 0x1203,
    RESP_ERR_CONTEXT_ID     = 0x1204,
    RESP_ERR_PARAMETER      = 0x1205,
};

#define FLAG_FENCE    1u
#define FLAG_RING_IDX 2u

#define FORMAT_B8G8R8A8 1
#define FORMAT_B8G8R8X8 2

#define BLOB_MEM_GUEST        1
#define BLOB_MEM_HOST3D       2
#define BLOB_MEM_HOST3D_GUEST 3
#define BLOB_MAPPABLE         1
#define BLOB_SHAREABLE        2

struct wire_header {
    uint32_t type;
    uint32_t flags;
    uint64_t fence_id;
    uint32_t ctx_id;
    uint8_t ring_idx;
    uint8_t padding[3];
};

struct wire_rect {
    uint32_t x, y, width, height;
};

struct wire_entry {
    uint64_t addr;
    uint32_t length;
    uint32_t padding;
};

struct wire_create_2d {
    struct wire_header header;
    uint32_t resource_id;
    uint32_t format;
    uint32_t width;
    uint32_t height;
};

struct wire_resource {          /* UNREF, DETACH_BACKING, ASSIGN_UUID */
    struct wire_header header;
    uint32_t resource_id;
    uint32_t padding;
};

struct wire_set_scanout {
    struct wire_header header;
    struct wire_rect rect;
    uint32_t scanout_id;
    uint32_t resource_id;
};

struct wire_flush {
    struct wire_header header;
    struct wire_rect rect;
    uint32_t resource_id;
    uint32_t padding;
};

struct wire_transfer {
    struct wire_header header;
    struct wire_rect rect;
    uint64_t offset;
    uint32_t resource_id;
    uint32_t padding;
};

struct wire_attach {            /* entries follow */
    struct wire_header header;
    uint32_t resource_id;
    uint32_t nr_entries;
};

struct wire_get_edid {
    struct wire_header header;
    uint32_t scanout;
    uint32_t padding;
};

struct wire_create_blob {       /* entries follow */
    struct wire_header header;
    uint32_t resource_id;
    uint32_t blob_mem;
    uint32_t blob_flags;
    uint32_t nr_entries;
    uint64_t blob_id;
    uint64_t size;
};

struct wire_set_scanout_blob {
    struct wire_header header;
    struct wire_rect rect;
    uint32_t scanout_id;
    uint32_t resource_id;
    uint32_t width;
    uint32_t height;
    uint32_t format;
    uint32_t padding;
    uint32_t strides[4];
    uint32_t offsets[4];
};

struct wire_cursor {
    struct wire_header header;
    uint32_t scanout_id;
    int32_t x;
    int32_t y;
    uint32_t pos_padding;
    uint32_t resource_id;
    uint32_t hot_x;
    uint32_t hot_y;
    uint32_t padding;
};

struct wire_display_info {
    struct wire_header header;
    struct {
        struct wire_rect rect;
        uint32_t enabled;
        uint32_t flags;
    } modes[16];
};

struct wire_edid {
    struct wire_header header;
    uint32_t size;
    uint32_t padding;
    uint8_t edid[1024];
};

struct wire_uuid {
    struct wire_header header;
    uint8_t uuid[16];
};

_Static_assert(sizeof(struct wire_header) == 24, "virtio 1.3, 5.7.6.7");
_Static_assert(sizeof(struct wire_create_2d) == 40, "virtio 1.3, 5.7.6.8");
_Static_assert(sizeof(struct wire_set_scanout) == 48, "virtio 1.3, 5.7.6.8");
_Static_assert(sizeof(struct wire_transfer) == 56, "virtio 1.3, 5.7.6.8");
_Static_assert(sizeof(struct wire_create_blob) == 56, "virtio 1.3, 5.7.6.8");
_Static_assert(sizeof(struct wire_set_scanout_blob) == 96,
               "virtio 1.3, 5.7.6.8");
_Static_assert(sizeof(struct wire_cursor) == 56, "virtio 1.3, 5.7.6.10");
_Static_assert(sizeof(struct wire_display_info) == 408,
               "virtio 1.3, 5.7.6.8");
_Static_assert(sizeof(struct wire_edid) == 1056, "virtio 1.3, 5.7.6.8");

#endif
