/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A socket to listen on, by what a user writes: unix:PATH, or ADDRESS:PORT with
 * a numeric address, IPv6 in brackets; port 0 is any that is free.
 */
#ifndef HW_DISPLAY_METRICS_LISTEN_H
#define HW_DISPLAY_METRICS_LISTEN_H

#include <stdbool.h>

struct vgpu_listener {
    int fd;
    char *address;              /* as it was written, with the real port */
    char *path;                 /* absolute, of a unix socket; else NULL */
};

/*
 * False, with cause and remedy in *@error, to be freed with g_free().  Addresses
 * that other machines reach are refused without @allow_remote.  What a process
 * that is gone has left at PATH is replaced.
 */
bool vgpu_listen(struct vgpu_listener *listener, const char *address,
                 bool allow_remote, char **error);

/* Closes what the caller has not taken over (fd -1), removes PATH. */
void vgpu_listener_finish(struct vgpu_listener *listener);

#endif
