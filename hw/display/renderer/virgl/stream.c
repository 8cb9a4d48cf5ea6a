/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "stream.h"

#include <string.h>

#include "hw/virtio/vgpu/texture.h"

/* Numbers of commands, and where their arguments stand behind the header. */
enum {
    CREATE_OBJECT = 1,
    DESTROY_OBJECT = 3,
    SET_SUB_CONTEXT = 28,
    CREATE_SUB_CONTEXT = 29,
    DESTROY_SUB_CONTEXT = 30,
    GET_QUERY_RESULT = 21,
    TRANSFER = 43,
    COPY_TRANSFER = 45,
    PIPE_RESOURCE_CREATE = 48,
    GET_MEMORY_INFO = 50,
    LAST_WITHOUT_VIDEO = 52,
};

/* Transfers say here which way they go. */
#define TRANSFER_DIRECTION 13
#define TRANSFER_TO_HOST 1
#define COPY_TRANSFER_FLAGS 14
#define COPY_TRANSFER_FROM_HOST 2u

enum {
    RESOURCE_TARGET = 1,
    RESOURCE_FORMAT,
    RESOURCE_BIND,
    RESOURCE_WIDTH,
    RESOURCE_HEIGHT,
    RESOURCE_DEPTH,
    RESOURCE_ARRAY_SIZE,
    RESOURCE_LAST_LEVEL,
    RESOURCE_NR_SAMPLES,
    RESOURCE_FLAGS,
    RESOURCE_BLOB_ID,
};

/* What takes the most: for formats whose texels are not known here (YUV). */
static const struct vgpu_block largest_block = { 16, 1, 1 };

/* The library refuses a command that is shorter than it should be. */
static uint64_t resource_bytes(const uint32_t *command, uint32_t length)
{
    struct vgpu_texture texture;

    if (length < RESOURCE_BLOB_ID) {
        return 0;
    }
    texture = (struct vgpu_texture) {
        .target = command[RESOURCE_TARGET],
        .format = command[RESOURCE_FORMAT],
        .width = command[RESOURCE_WIDTH],
        .height = command[RESOURCE_HEIGHT],
        .depth = command[RESOURCE_DEPTH],
        .array_size = command[RESOURCE_ARRAY_SIZE],
        .last_level = command[RESOURCE_LAST_LEVEL],
        .nr_samples = command[RESOURCE_NR_SAMPLES],
    };
    if (!vgpu_texture_block(texture.format, &texture.block)) {
        texture.block = largest_block;
    }
    return vgpu_texture_complaint(&texture) ? UINT64_MAX
                                            : vgpu_texture_bytes(&texture);
}

/* Anything that is not known might. */
static bool writes_guest(const uint32_t *command, uint32_t length)
{
    uint8_t number = command[0];

    switch (number) {
    case GET_QUERY_RESULT:
    case GET_MEMORY_INFO:
        return true;
    case TRANSFER:
        return length >= TRANSFER_DIRECTION &&
               command[TRANSFER_DIRECTION] != TRANSFER_TO_HOST;
    case COPY_TRANSFER:
        return length >= COPY_TRANSFER_FLAGS &&
               command[COPY_TRANSFER_FLAGS] & COPY_TRANSFER_FROM_HOST;
    default:
        return number > LAST_WITHOUT_VIDEO;
    }
}

static void look_into(const uint32_t *command, uint32_t length,
                      const struct vgpu_virgl_stream_ops *ops, void *opaque)
{
    uint8_t number = command[0];

    if (writes_guest(command, length)) {
        ops->guest_write(opaque);
    }
    if (length == 0) {
        return;
    }
    switch (number) {
    case PIPE_RESOURCE_CREATE:
        ops->resource(opaque, resource_bytes(command, length));
        break;
    case CREATE_SUB_CONTEXT:
    case DESTROY_SUB_CONTEXT:
        ops->sub_context(opaque, command[1], number == CREATE_SUB_CONTEXT);
        break;
    case SET_SUB_CONTEXT:
        ops->choose(opaque, command[1]);
        break;
    case CREATE_OBJECT:
        ops->object(opaque, command[1], length * sizeof(*command));
        break;
    case DESTROY_OBJECT:
        ops->object(opaque, command[1], 0);
        break;
    }
}

bool vgpu_virgl_stream_walk(const uint8_t *stream, uint64_t bytes,
                            const struct vgpu_virgl_stream_ops *ops,
                            void *opaque)
{
    const uint32_t *words = (const uint32_t *)stream;
    uint64_t count = bytes / sizeof(*words);
    uint64_t at = 0;

    while (at < count) {
        uint32_t length = words[at] >> 16;

        if (length > count - at - 1) {
            return false;
        }
        look_into(&words[at], length, ops, opaque);
        at += length + 1;
    }
    return true;
}
