/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Stands between virglrenderer and a render server.  The library keeps the sockets
 * of its contexts to itself, and one whose other end is gone it does not look after:
 * here the replies come by that they are in.
 *
 * Lives from init to finish.  One thread prepares and turns; any may take.
 */
#ifndef HW_DISPLAY_PLATFORM_RELAY_H
#define HW_DISPLAY_PLATFORM_RELAY_H

#include <glib.h>
#include <poll.h>
#include <stdbool.h>

struct vgpu_relay {
    int server;                 /* set by who has it, before the first turn */
    int library;                /* the end that is the library's to use */
    int ours;
    bool has_request;           /* that waits for room in the server's socket */
    bool is_over;               /* the server has ended */
    GMutex lock;                /* of what follows */
    int newest;                 /* of the descriptors that came with replies */
};

/* False with errno; it is to be finished then, too. */
bool vgpu_relay_init(struct vgpu_relay *relay);
void vgpu_relay_finish(struct vgpu_relay *relay);

/* What to poll() for, and what to do with what it found; false: it is over. */
void vgpu_relay_prepare(const struct vgpu_relay *relay, struct pollfd fds[2]);
bool vgpu_relay_turn(struct vgpu_relay *relay, const struct pollfd fds[2]);

/* Both sides see the end of the other. */
void vgpu_relay_end(struct vgpu_relay *relay);

/*
 * A duplicate, the caller's to close, of the descriptor that came with the newest
 * reply since this was last called; -1: there was none.
 */
int vgpu_relay_take_file(struct vgpu_relay *relay);

#endif
