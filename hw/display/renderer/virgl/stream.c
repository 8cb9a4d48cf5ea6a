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
    PIPE_RESOURCE_CREATE = 48,
};

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

static void look_into(const uint32_t *command, uint32_t length,
                      const struct vgpu_virgl_stream_ops *ops, void *opaque)
{
    uint8_t number = command[0];

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
