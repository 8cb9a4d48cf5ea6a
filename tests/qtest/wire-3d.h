/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Requests of the 3D group as they stand in guest memory: layouts of Linux'
 * virtio_gpu.h, since virtio 1.3, 5.7.6.8 only names them.
 */
#ifndef TESTS_QTEST_WIRE_3D_H
#define TESTS_QTEST_WIRE_3D_H

#include "wire.h"

enum {
    CMD_CTX_CREATE            = 0x0200,
    CMD_CTX_DESTROY           = 0x0201,
    CMD_CTX_ATTACH_RESOURCE   = 0x0202,
    CMD_CTX_DETACH_RESOURCE   = 0x0203,
    CMD_RESOURCE_CREATE_3D    = 0x0204,
    CMD_TRANSFER_TO_HOST_3D   = 0x0205,
    CMD_TRANSFER_FROM_HOST_3D = 0x0206,
    CMD_SUBMIT_3D             = 0x0207,
};

#define TEXTURE_Y_0_TOP 1u

struct wire_ctx_create {
    struct wire_header header;
    uint32_t nlen;
    uint32_t context_init;
    char debug_name[64];
};

struct wire_create_3d {
    struct wire_header header;
    uint32_t resource_id;
    uint32_t target;
    uint32_t format;
    uint32_t bind;
    uint32_t width;
    uint32_t height;
    uint32_t depth;
    uint32_t array_size;
    uint32_t last_level;
    uint32_t nr_samples;
    uint32_t flags;
    uint32_t padding;
};

struct wire_box {
    uint32_t x, y, z, width, height, depth;
};

struct wire_transfer_3d {
    struct wire_header header;
    struct wire_box box;
    uint64_t offset;
    uint32_t resource_id;
    uint32_t level;
    uint32_t stride;
    uint32_t layer_stride;
};

struct wire_submit {            /* the stream follows */
    struct wire_header header;
    uint32_t size;
    uint32_t padding;
};

_Static_assert(sizeof(struct wire_ctx_create) == 96, "virtio_gpu.h");
_Static_assert(sizeof(struct wire_create_3d) == 72, "virtio_gpu.h");
_Static_assert(sizeof(struct wire_transfer_3d) == 72, "virtio_gpu.h");
_Static_assert(sizeof(struct wire_submit) == 32, "virtio_gpu.h");

#endif
