/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Command streams of virgl, looked at before the library takes them: whether
 * their framing holds, what they will make the library hold, and whether they
 * write guest memory.
 *
 * A stream is dwords of the host's order: headers, each with a number and the
 * length of what follows it.  Only what matters here is looked into.  Plain
 * functions, device thread.
 */
#ifndef HW_DISPLAY_RENDERER_VIRGL_STREAM_H
#define HW_DISPLAY_RENDERER_VIRGL_STREAM_H

#include <stdbool.h>
#include <stdint.h>

struct vgpu_virgl_stream_ops {
    /*
     * A resource of so many bytes that belongs to the context, until it ends
     * (PIPE_RESOURCE_CREATE); UINT64_MAX when there can be none such.
     */
    void (*resource)(void *opaque, uint64_t bytes);

    /* An OpenGL context of its own; may name one that exists, or none. */
    void (*sub_context)(void *opaque, uint32_t id, bool create);

    /* What follows is for that one. */
    void (*choose)(void *opaque, uint32_t id);

    /*
     * An object of the chosen one (shader, view, state, query) that is said in
     * so many bytes; or its end, 0.  May name one that exists, or none.
     */
    void (*object)(void *opaque, uint32_t handle, uint32_t bytes);

    /* Guest memory: transfers from the host, results of queries. */
    void (*guest_write)(void *opaque);
};

/*
 * Calls @ops for each command that allocates, in order.  Returns false when a
 * command's length leaves the stream; some calls may have been made then.
 */
bool vgpu_virgl_stream_walk(const uint8_t *stream, uint64_t bytes,
                            const struct vgpu_virgl_stream_ops *ops,
                            void *opaque);

#endif
