/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "stream.h"

bool vgpu_virgl_stream_next(struct vgpu_virgl_stream *stream,
                            struct vgpu_virgl_command *command)
{
    uint64_t left = stream->count - stream->at;
    const uint32_t *words;

    if (left == 0) {
        return false;
    }
    words = &stream->words[stream->at];
    if (words[0] >> 16 > left - 1) {
        return false;
    }
    *command = (struct vgpu_virgl_command) {
        .number = words[0] & 0xff,
        .object = words[0] >> 8 & 0xff,
        .length = words[0] >> 16,
        .words = words,
    };
    stream->at += command->length + 1;
    return true;
}
