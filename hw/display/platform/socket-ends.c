/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "socket-ends.h"

#include <stddef.h>
#include <sys/epoll.h>

#define MAX_EVENTS 16

int vgpu_socket_ends_open(int other)
{
    struct epoll_event event = { .events = EPOLLIN };
    int ends = epoll_create1(EPOLL_CLOEXEC);

    if (other >= 0) {
        epoll_ctl(ends, EPOLL_CTL_ADD, other, &event);
    }
    return ends;
}

/* The end is reported without being asked for. */
void vgpu_socket_ends_add(int ends, int socket, void *whose)
{
    struct epoll_event event = { .data.ptr = whose };

    epoll_ctl(ends, EPOLL_CTL_ADD, socket, &event);
}

void vgpu_socket_ends_remove(int ends, int socket)
{
    epoll_ctl(ends, EPOLL_CTL_DEL, socket, NULL);
}

unsigned vgpu_socket_ends_find(int ends, void **whose, unsigned max)
{
    struct epoll_event events[MAX_EVENTS];
    unsigned found = 0;
    int count = epoll_wait(ends, events, MAX_EVENTS, 0);

    for (int i = 0; i < count && found < max; i++) {
        if (events[i].data.ptr) {
            whose[found++] = events[i].data.ptr;
        }
    }
    return found;
}
