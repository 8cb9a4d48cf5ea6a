/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Sockets of which only the end of the other side is to be noticed: one descriptor
 * to poll for all of them.
 *
 * Lives from open until that is closed.  One thread.
 */
#ifndef HW_DISPLAY_PLATFORM_SOCKET_ENDS_H
#define HW_DISPLAY_PLATFORM_SOCKET_ENDS_H

/* Readable when one has ended, and when @other, or -1, is; -1 with errno. */
int vgpu_socket_ends_open(int other);

void vgpu_socket_ends_add(int ends, int socket, void *whose);

/* Before it is closed, since others may have it open, too. */
void vgpu_socket_ends_remove(int ends, int socket);

/* Whose sockets have ended: how many, at most @max, in @whose. */
unsigned vgpu_socket_ends_find(int ends, void **whose, unsigned max);

#endif
