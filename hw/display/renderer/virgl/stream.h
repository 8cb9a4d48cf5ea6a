/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Command streams of virgl, taken apart into commands.
 *
 * A stream is dwords of the host's order: headers, each with a number, the
 * kind of an object, and the length of what follows it.  Plain functions, any
 * thread.
 */
#ifndef HW_DISPLAY_RENDERER_VIRGL_STREAM_H
#define HW_DISPLAY_RENDERER_VIRGL_STREAM_H

#include <stdbool.h>
#include <stdint.h>

/* Numbers of the commands that are looked into. */
enum vgpu_virgl_number {
    VGPU_VIRGL_CREATE_OBJECT = 1,
    VGPU_VIRGL_DESTROY_OBJECT = 3,
    VGPU_VIRGL_SET_FRAMEBUFFER = 5,
    VGPU_VIRGL_SET_VERTEX_BUFFERS = 6,
    VGPU_VIRGL_DRAW = 8,
    VGPU_VIRGL_INLINE_WRITE = 9,
    VGPU_VIRGL_SET_SAMPLER_VIEWS = 10,
    VGPU_VIRGL_SET_INDEX_BUFFER = 11,
    VGPU_VIRGL_GET_QUERY_RESULT = 21,
    VGPU_VIRGL_SET_STREAMOUT_TARGETS = 25,
    VGPU_VIRGL_SET_UNIFORM_BUFFER = 27,
    VGPU_VIRGL_SET_SUB_CONTEXT = 28,
    VGPU_VIRGL_CREATE_SUB_CONTEXT = 29,
    VGPU_VIRGL_DESTROY_SUB_CONTEXT = 30,
    VGPU_VIRGL_BIND_SHADER = 31,
    VGPU_VIRGL_SET_SHADER_BUFFERS = 34,
    VGPU_VIRGL_SET_SHADER_IMAGES = 35,
    VGPU_VIRGL_LAUNCH_GRID = 37,
    VGPU_VIRGL_SET_ATOMIC_BUFFERS = 40,
    VGPU_VIRGL_GET_QUERY_RESULT_TO_BUFFER = 42,
    VGPU_VIRGL_TRANSFER = 43,
    VGPU_VIRGL_COPY_TRANSFER = 45,
    VGPU_VIRGL_PIPE_RESOURCE_CREATE = 48,
    VGPU_VIRGL_GET_MEMORY_INFO = 50,
    VGPU_VIRGL_LINK_SHADER = 52,
    VGPU_VIRGL_LAST_WITHOUT_VIDEO = VGPU_VIRGL_LINK_SHADER,
};

/* Arguments of PIPE_RESOURCE_CREATE. */
enum {
    VGPU_VIRGL_RESOURCE_TARGET = 1,
    VGPU_VIRGL_RESOURCE_FORMAT,
    VGPU_VIRGL_RESOURCE_BIND,
    VGPU_VIRGL_RESOURCE_WIDTH,
    VGPU_VIRGL_RESOURCE_HEIGHT,
    VGPU_VIRGL_RESOURCE_DEPTH,
    VGPU_VIRGL_RESOURCE_ARRAY_SIZE,
    VGPU_VIRGL_RESOURCE_LAST_LEVEL,
    VGPU_VIRGL_RESOURCE_NR_SAMPLES,
    VGPU_VIRGL_RESOURCE_FLAGS,
    VGPU_VIRGL_RESOURCE_BLOB_ID,
};

/* Kinds of objects. */
enum vgpu_virgl_object {
    VGPU_VIRGL_SHADER = 4,
    VGPU_VIRGL_SAMPLER_VIEW = 6,
    VGPU_VIRGL_SURFACE = 8,
    VGPU_VIRGL_QUERY = 9,
    VGPU_VIRGL_STREAMOUT_TARGET = 10,
    VGPU_VIRGL_MSAA_SURFACE = 11,
};

struct vgpu_virgl_stream {
    const uint32_t *words;
    uint64_t count;
    uint64_t at;
};

struct vgpu_virgl_command {
    uint8_t number;
    uint8_t object;             /* kind */
    uint32_t length;            /* dwords behind the header */
    const uint32_t *words;      /* [0] is the header, arguments from 1 on */
};

static inline struct vgpu_virgl_stream
vgpu_virgl_stream(const uint8_t *stream, uint64_t bytes)
{
    return (struct vgpu_virgl_stream) {
        .words = (const uint32_t *)stream,
        .count = bytes / sizeof(uint32_t),
    };
}

/*
 * The next command.  False at the end, and where the next would leave the
 * stream.
 */
bool vgpu_virgl_stream_next(struct vgpu_virgl_stream *stream,
                            struct vgpu_virgl_command *command);

/* After vgpu_virgl_stream_next() said no: it was the end. */
static inline bool
vgpu_virgl_stream_is_over(const struct vgpu_virgl_stream *stream)
{
    return stream->at == stream->count;
}

#endif
