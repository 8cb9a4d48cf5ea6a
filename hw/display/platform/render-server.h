/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A render server of virglrenderer's: the program in whose processes the
 * guest's Vulkan runs, one a context.  We start it, or somebody else did and
 * listens for us.
 *
 * Lives from open to close, on one thread.  A thread of its own passes on what
 * the program says, notices its end, and ends it when a call into it takes too
 * long: the library waits for its answers without a limit.
 */
#ifndef HW_DISPLAY_PLATFORM_RENDER_SERVER_H
#define HW_DISPLAY_PLATFORM_RENDER_SERVER_H

#include <stdbool.h>
#include <stdint.h>

struct vgpu_render_server;

struct vgpu_render_server_options {
    const char *where;          /* "unix:PATH", the program, NULL: the usual */
    bool is_software;           /* Mesa's lavapipe alone, whatever there is */
    uint64_t process_bytes;     /* memory of each process, 0: no limit */
    int64_t call_limit_us;      /* of a call into it, 0: ten seconds */

    /* What the program says, a line without its end.  Any thread. */
    void (*say)(void *opaque, const char *line);

    /* What became of it: a sentence for whoever runs the host.  Any thread. */
    void (*warn)(void *opaque, const char *text);
    void *opaque;
};

/*
 * NULL with the cause and what helps in *@error, to be freed with g_free().
 * Limits and drivers of a server that others started are theirs to choose.
 */
struct vgpu_render_server *
vgpu_render_server_open(const struct vgpu_render_server_options *options,
                        char **error);

/*
 * Ends the server, if we started it, and all of its processes.  NULL is
 * accepted.
 */
void vgpu_render_server_close(struct vgpu_render_server *server);

/* A connection, the caller's to close.  All that are made are the same one. */
int vgpu_render_server_connection(const struct vgpu_render_server *server);

/*
 * That of the context that the library made last: a duplicate, the caller's to
 * close, of which only the end of the other side is to be noticed.  -1 when no
 * context was made since this was last called.
 */
int vgpu_render_server_take_socket(struct vgpu_render_server *server);

/* Bytes that its sockets take at a time. */
uint64_t
vgpu_render_server_max_message(const struct vgpu_render_server *server);

/* Around whatever may wait for the server: what lasts too long ends it. */
void vgpu_render_server_enter(struct vgpu_render_server *server);
void vgpu_render_server_leave(struct vgpu_render_server *server);

#endif
