/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What stands on the virtqueues: numbers, sizes, and the decoded arguments.
 *
 * Constants and layouts are those of virtio 1.3, 5.7.6; commands that the
 * text only names (3D transfers, contexts) have the layout of Linux'
 * virtio_gpu.h.  All multi-byte fields are little-endian on the wire and in
 * host order in the structures below: nothing behind the decoder sees a wire
 * byte.  Plain values, no life, any thread.
 */
#ifndef HW_VIRTIO_VGPU_WIRE_H
#define HW_VIRTIO_VGPU_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hw/virtio/vgpu/rect.h"

/* Feature bits, virtio 1.3, 5.7.3. */
#define VGPU_F_VIRGL          (1ull << 0)
#define VGPU_F_EDID           (1ull << 1)
#define VGPU_F_RESOURCE_UUID  (1ull << 2)
#define VGPU_F_RESOURCE_BLOB  (1ull << 3)
#define VGPU_F_CONTEXT_INIT   (1ull << 4)
#define VGPU_F_BLOB_ALIGNMENT (1ull << 5)   /* virtio 1.4 */

/* num_scanouts is 1 to this, virtio 1.3, 5.7.4. */
#define VGPU_MAX_SCANOUTS 16

/* Display event in events_read, virtio 1.3, 5.7.4. */
#define VGPU_EVENT_DISPLAY 1u

/* The index of a virtqueue, virtio 1.3, 5.7.2. */
enum vgpu_queue {
    VGPU_QUEUE_CONTROL = 0,
    VGPU_QUEUE_CURSOR = 1,
};
#define VGPU_NUM_QUEUES 2

/* Request types, virtio 1.3, 5.7.6.7. */
enum vgpu_command_type {
    VGPU_CMD_GET_DISPLAY_INFO        = 0x0100,
    VGPU_CMD_RESOURCE_CREATE_2D      = 0x0101,
    VGPU_CMD_RESOURCE_UNREF          = 0x0102,
    VGPU_CMD_SET_SCANOUT             = 0x0103,
    VGPU_CMD_RESOURCE_FLUSH          = 0x0104,
    VGPU_CMD_TRANSFER_TO_HOST_2D     = 0x0105,
    VGPU_CMD_RESOURCE_ATTACH_BACKING = 0x0106,
    VGPU_CMD_RESOURCE_DETACH_BACKING = 0x0107,
    VGPU_CMD_GET_CAPSET_INFO         = 0x0108,
    VGPU_CMD_GET_CAPSET              = 0x0109,
    VGPU_CMD_GET_EDID                = 0x010a,
    VGPU_CMD_RESOURCE_ASSIGN_UUID    = 0x010b,
    VGPU_CMD_RESOURCE_CREATE_BLOB    = 0x010c,
    VGPU_CMD_SET_SCANOUT_BLOB        = 0x010d,
    VGPU_CMD_CTX_CREATE              = 0x0200,
    VGPU_CMD_CTX_DESTROY             = 0x0201,
    VGPU_CMD_CTX_ATTACH_RESOURCE     = 0x0202,
    VGPU_CMD_CTX_DETACH_RESOURCE     = 0x0203,
    VGPU_CMD_RESOURCE_CREATE_3D      = 0x0204,
    VGPU_CMD_TRANSFER_TO_HOST_3D     = 0x0205,
    VGPU_CMD_TRANSFER_FROM_HOST_3D   = 0x0206,
    VGPU_CMD_SUBMIT_3D               = 0x0207,
    VGPU_CMD_RESOURCE_MAP_BLOB       = 0x0208,
    VGPU_CMD_RESOURCE_UNMAP_BLOB     = 0x0209,
    VGPU_CMD_UPDATE_CURSOR           = 0x0300,
    VGPU_CMD_MOVE_CURSOR             = 0x0301,
};

/*
 * What became of a request: the response type that the guest is sent,
 * virtio 1.3, 5.7.6.7.  The specification does not say which failure has
 * which code; docs/protocol.md does, and the tests hold it.
 */
enum vgpu_status {
    VGPU_OK                  = 0x1100,
    VGPU_OK_DISPLAY_INFO     = 0x1101,
    VGPU_OK_CAPSET_INFO      = 0x1102,
    VGPU_OK_CAPSET           = 0x1103,
    VGPU_OK_EDID             = 0x1104,
    VGPU_OK_RESOURCE_UUID    = 0x1105,
    VGPU_OK_MAP_INFO         = 0x1106,
    VGPU_ERR_UNSPEC          = 0x1200,
    VGPU_ERR_OUT_OF_MEMORY   = 0x1201,
    VGPU_ERR_SCANOUT_ID      = 0x1202,
    VGPU_ERR_RESOURCE_ID     = 0x1203,
    VGPU_ERR_CONTEXT_ID      = 0x1204,
    VGPU_ERR_PARAMETER       = 0x1205,
};

static inline bool vgpu_status_is_error(enum vgpu_status status)
{
    return status >= VGPU_ERR_UNSPEC;
}

/* Header flags, virtio 1.3, 5.7.6.7. */
#define VGPU_FLAG_FENCE    (1u << 0)
#define VGPU_FLAG_RING_IDX (1u << 1)

/* Rings of a context: ring_idx is below this. */
#define VGPU_MAX_RINGS 64

/* Bits of context_init: which capset a context speaks; the rest is reserved. */
#define VGPU_CONTEXT_INIT_CAPSET 0xffu

/* Capset ids (virtio 1.3, 5.7.6.8, GET_CAPSET_INFO). */
#define VGPU_CAPSET_VIRGL  1u
#define VGPU_CAPSET_VIRGL2 2u
#define VGPU_CAPSET_VENUS  4u
#define VGPU_CAPSET_DRM    6u

/* They are 1 to this: Linux drops all of them when one is beyond. */
#define VGPU_MAX_CAPSET_ID 63

/* Bytes of debug_name, not necessarily terminated. */
#define VGPU_WIRE_NAME_BYTES 64

/* What RESOURCE_CREATE_3D makes; the numbers are those of Gallium. */
enum vgpu_target {
    VGPU_TARGET_BUFFER     = 0,
    VGPU_TARGET_1D         = 1,
    VGPU_TARGET_2D         = 2,
    VGPU_TARGET_3D         = 3,
    VGPU_TARGET_CUBE       = 4,
    VGPU_TARGET_RECT       = 5,
    VGPU_TARGET_1D_ARRAY   = 6,
    VGPU_TARGET_2D_ARRAY   = 7,
    VGPU_TARGET_CUBE_ARRAY = 8,
};

/* Flag of RESOURCE_CREATE_3D: the first row of texels is the topmost. */
#define VGPU_TEXTURE_FLAG_Y_0_TOP (1u << 0)

/* Blob memory and flags, virtio 1.3, 5.7.6.8. */
enum vgpu_blob_mem {
    VGPU_BLOB_MEM_GUEST        = 1,
    VGPU_BLOB_MEM_HOST3D       = 2,
    VGPU_BLOB_MEM_HOST3D_GUEST = 3,
};
#define VGPU_BLOB_FLAG_MAPPABLE     (1u << 0)
#define VGPU_BLOB_FLAG_SHAREABLE    (1u << 1)
#define VGPU_BLOB_FLAG_CROSS_DEVICE (1u << 2)
#define VGPU_BLOB_FLAGS             7u

/* Cache types in the reply to MAP_BLOB, virtio 1.3, 5.7.6.8. */
enum vgpu_map_info {
    VGPU_MAP_CACHED         = 1,
    VGPU_MAP_UNCACHED       = 2,
    VGPU_MAP_WRITE_COMBINED = 3,
};

/* Sizes on the wire, in bytes. */
#define VGPU_WIRE_HEADER_BYTES    24
#define VGPU_WIRE_MEM_ENTRY_BYTES 16
#define VGPU_WIRE_EDID_BYTES      1024
#define VGPU_WIRE_REQUEST_MAX     96   /* the longest fixed part */

/* Replies, with the header. */
#define VGPU_WIRE_DISPLAY_INFO_BYTES  (VGPU_WIRE_HEADER_BYTES + 16 * 24)
#define VGPU_WIRE_CAPSET_INFO_BYTES   (VGPU_WIRE_HEADER_BYTES + 16)
#define VGPU_WIRE_EDID_REPLY_BYTES    (VGPU_WIRE_HEADER_BYTES + 8 + 1024)
#define VGPU_WIRE_RESOURCE_UUID_BYTES (VGPU_WIRE_HEADER_BYTES + 16)
#define VGPU_WIRE_MAP_INFO_BYTES      (VGPU_WIRE_HEADER_BYTES + 8)

/* The common header, virtio 1.3, 5.7.6.7. */
struct vgpu_header {
    uint32_t type;
    uint32_t flags;
    uint64_t fence_id;
    uint32_t ctx_id;
    uint8_t ring_idx;
};

/* One fragment of guest memory: an address the guest uses for DMA. */
struct vgpu_mem_entry {
    uint64_t addr;
    uint32_t length;
};

/* Decoded arguments; field names are the specification's. */
struct vgpu_resource_create_2d {
    uint32_t resource_id;
    uint32_t format;
    uint32_t width;
    uint32_t height;
};

struct vgpu_resource_ref {          /* UNREF, DETACH_BACKING, CTX_ATTACH, … */
    uint32_t resource_id;
};

struct vgpu_set_scanout {
    struct vgpu_rect rect;
    uint32_t scanout_id;
    uint32_t resource_id;
};

struct vgpu_resource_flush {
    struct vgpu_rect rect;
    uint32_t resource_id;
};

struct vgpu_transfer_to_host_2d {
    struct vgpu_rect rect;
    uint64_t offset;                /* into the backing, bytes */
    uint32_t resource_id;
};

struct vgpu_resource_attach_backing {
    uint32_t resource_id;
    uint32_t nr_entries;
};

struct vgpu_get_capset_info {
    uint32_t capset_index;
};

struct vgpu_get_capset {
    uint32_t capset_id;
    uint32_t capset_version;
};

struct vgpu_get_edid {
    uint32_t scanout;
};

struct vgpu_resource_create_blob {
    uint32_t resource_id;
    uint32_t blob_mem;
    uint32_t blob_flags;
    uint32_t nr_entries;
    uint64_t blob_id;
    uint64_t size;
};

struct vgpu_resource_map_blob {
    uint32_t resource_id;
    uint64_t offset;                /* into the window, bytes */
};

struct vgpu_set_scanout_blob {
    struct vgpu_rect rect;
    uint32_t scanout_id;
    uint32_t resource_id;
    uint32_t width;
    uint32_t height;
    uint32_t format;
    uint32_t stride;                /* of plane 0; no format has a second */
    uint32_t offset;
};

struct vgpu_cursor_request {        /* UPDATE_CURSOR and MOVE_CURSOR */
    uint32_t scanout_id;
    int32_t x;                      /* of the image's top left corner, */
    int32_t y;                      /* negative near the edges */
    uint32_t resource_id;
    uint32_t hot_x;
    uint32_t hot_y;
};

struct vgpu_ctx_create {
    uint32_t nlen;                  /* of debug_name, whatever the guest says */
    uint32_t context_init;
    char debug_name[VGPU_WIRE_NAME_BYTES];
};

struct vgpu_resource_create_3d {
    uint32_t resource_id;
    uint32_t target;                /* enum vgpu_target */
    uint32_t format;                /* the renderer's, enum vgpu_format among it */
    uint32_t bind;                  /* the renderer's */
    uint32_t width;                 /* texels; bytes of a buffer */
    uint32_t height;
    uint32_t depth;
    uint32_t array_size;
    uint32_t last_level;
    uint32_t nr_samples;
    uint32_t flags;
};

/* A box of texels; z counts layers, or slices of a 3D texture. */
struct vgpu_box {
    uint32_t x;
    uint32_t y;
    uint32_t z;
    uint32_t width;
    uint32_t height;
    uint32_t depth;
};

struct vgpu_transfer_3d {           /* TO_HOST and FROM_HOST */
    struct vgpu_box box;
    uint64_t offset;                /* into the backing, bytes */
    uint32_t resource_id;
    uint32_t level;
    uint32_t stride;                /* bytes in the backing, 0: implied */
    uint32_t layer_stride;          /* bytes in the backing, 0: implied */
};

struct vgpu_submit_3d {
    uint32_t size;                  /* bytes of stream that follow */
};

union vgpu_args {
    struct vgpu_resource_create_2d resource_create_2d;
    struct vgpu_resource_ref resource_ref;
    struct vgpu_set_scanout set_scanout;
    struct vgpu_resource_flush resource_flush;
    struct vgpu_transfer_to_host_2d transfer_to_host_2d;
    struct vgpu_resource_attach_backing resource_attach_backing;
    struct vgpu_get_capset_info get_capset_info;
    struct vgpu_get_capset get_capset;
    struct vgpu_get_edid get_edid;
    struct vgpu_resource_create_blob resource_create_blob;
    struct vgpu_resource_map_blob resource_map_blob;
    struct vgpu_set_scanout_blob set_scanout_blob;
    struct vgpu_cursor_request cursor;
    struct vgpu_ctx_create ctx_create;
    struct vgpu_resource_create_3d resource_create_3d;
    struct vgpu_transfer_3d transfer_3d;
    struct vgpu_submit_3d submit_3d;
};

/* Little-endian access to wire bytes, any alignment. */
uint32_t vgpu_wire_get32(const uint8_t *p);
uint64_t vgpu_wire_get64(const uint8_t *p);
void vgpu_wire_put32(uint8_t *p, uint32_t v);
void vgpu_wire_put64(uint8_t *p, uint64_t v);

/* Reads and writes VGPU_WIRE_HEADER_BYTES at @p. */
void vgpu_wire_get_header(const uint8_t *p, struct vgpu_header *header);
void vgpu_wire_put_header(uint8_t *p, const struct vgpu_header *header);

/* Reads VGPU_WIRE_MEM_ENTRY_BYTES at @p. */
struct vgpu_mem_entry vgpu_wire_get_mem_entry(const uint8_t *p);

/*
 * Decoders of the fixed part of a request.  @p points at its header and is
 * as long as the command table says.
 */
typedef void vgpu_wire_decoder(const uint8_t *p, union vgpu_args *args);

vgpu_wire_decoder vgpu_wire_get_nothing;
vgpu_wire_decoder vgpu_wire_get_resource_create_2d;
vgpu_wire_decoder vgpu_wire_get_resource_ref;
vgpu_wire_decoder vgpu_wire_get_set_scanout;
vgpu_wire_decoder vgpu_wire_get_resource_flush;
vgpu_wire_decoder vgpu_wire_get_transfer_to_host_2d;
vgpu_wire_decoder vgpu_wire_get_resource_attach_backing;
vgpu_wire_decoder vgpu_wire_get_get_capset_info;
vgpu_wire_decoder vgpu_wire_get_get_capset;
vgpu_wire_decoder vgpu_wire_get_get_edid;
vgpu_wire_decoder vgpu_wire_get_resource_create_blob;
vgpu_wire_decoder vgpu_wire_get_resource_map_blob;
vgpu_wire_decoder vgpu_wire_get_set_scanout_blob;
vgpu_wire_decoder vgpu_wire_get_cursor;
vgpu_wire_decoder vgpu_wire_get_ctx_create;
vgpu_wire_decoder vgpu_wire_get_resource_create_3d;
vgpu_wire_decoder vgpu_wire_get_transfer_3d;
vgpu_wire_decoder vgpu_wire_get_submit_3d;

/* The specification's name of a command or response, or "unknown". */
const char *vgpu_wire_name(uint32_t type);

#endif
