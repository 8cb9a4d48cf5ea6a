/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "relay.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Of the library's protocol, with plenty of room. */
#define MESSAGE_BYTES 4096
#define MESSAGE_FILES 8

struct message {
    char data[MESSAGE_BYTES];
    size_t bytes;
    int files[MESSAGE_FILES];   /* the message's own */
    unsigned num_files;
};

union control {
    struct cmsghdr header;      /* aligns */
    char bytes[CMSG_SPACE(MESSAGE_FILES * sizeof(int))];
};

static void take_files(struct message *message, struct msghdr *header)
{
    const struct cmsghdr *control = CMSG_FIRSTHDR(header);

    message->num_files = 0;
    if (control && control->cmsg_level == SOL_SOCKET &&
        control->cmsg_type == SCM_RIGHTS) {
        message->num_files = (control->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        memcpy(message->files, CMSG_DATA(control),
               message->num_files * sizeof(int));
    }
}

static void close_files(struct message *message)
{
    for (unsigned i = 0; i < message->num_files; i++) {
        close(message->files[i]);
    }
    message->num_files = 0;
}

static bool receive(struct message *message, int socket)
{
    union control control;
    struct iovec data = { message->data, sizeof(message->data) };
    struct msghdr header = {
        .msg_iov = &data, .msg_iovlen = 1,
        .msg_control = &control, .msg_controllen = sizeof(control),
    };
    ssize_t bytes = recvmsg(socket, &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);

    if (bytes <= 0) {
        return false;
    }
    message->bytes = (size_t)bytes;
    take_files(message, &header);
    if (header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) {
        close_files(message);
        return false;
    }
    return true;
}

static bool pass_on(const struct message *message, int socket)
{
    union control control = { 0 };
    size_t bytes = message->num_files * sizeof(int);
    struct iovec data = { (void *)message->data, message->bytes };
    struct msghdr header = { .msg_iov = &data, .msg_iovlen = 1 };

    if (bytes) {
        header.msg_control = &control;
        header.msg_controllen = CMSG_SPACE(bytes);
        control.header.cmsg_level = SOL_SOCKET;
        control.header.cmsg_type = SCM_RIGHTS;
        control.header.cmsg_len = CMSG_LEN(bytes);
        memcpy(CMSG_DATA(&control.header), message->files, bytes);
    }
    return sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL) ==
           (ssize_t)message->bytes;
}

bool vgpu_relay_init(struct vgpu_relay *relay)
{
    int ends[2];

    *relay = (struct vgpu_relay) { .server = -1, .library = -1, .ours = -1,
                                   .newest = -1 };
    g_mutex_init(&relay->lock);
    if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends)) {
        return false;
    }
    relay->library = ends[0];
    relay->ours = ends[1];
    return true;
}

static void keep(struct vgpu_relay *relay, int file)
{
    int before;

    g_mutex_lock(&relay->lock);
    before = relay->newest;
    relay->newest = file;
    g_mutex_unlock(&relay->lock);
    if (before >= 0) {
        close(before);
    }
}

int vgpu_relay_take_file(struct vgpu_relay *relay)
{
    int file;

    g_mutex_lock(&relay->lock);
    file = relay->newest;
    relay->newest = -1;
    g_mutex_unlock(&relay->lock);
    return file;
}

void vgpu_relay_finish(struct vgpu_relay *relay)
{
    keep(relay, -1);
    if (relay->library >= 0) {
        close(relay->library);
        close(relay->ours);
    }
    g_mutex_clear(&relay->lock);
}

/* One request waits for room, in its socket. */
void vgpu_relay_prepare(const struct vgpu_relay *relay, struct pollfd fds[2])
{
    fds[0] = (struct pollfd) { relay->is_over ? -1 : relay->server, POLLIN, 0 };
    fds[1] = (struct pollfd) { -1, POLLIN, 0 };
    if (relay->has_request) {
        fds[0].events |= POLLOUT;
    } else if (!relay->is_over) {
        fds[1].fd = relay->ours;
    }
}

static bool ask(struct vgpu_relay *relay)
{
    struct message message;
    bool done;

    relay->has_request = false;
    if (!receive(&message, relay->ours)) {
        return false;
    }
    done = pass_on(&message, relay->server);
    close_files(&message);
    return done;
}

/* Who asked looks for the file as soon as there is the reply. */
static bool answer(struct vgpu_relay *relay)
{
    struct message message;
    bool done;

    if (!receive(&message, relay->server)) {
        return false;
    }
    if (message.num_files) {
        keep(relay, fcntl(message.files[0], F_DUPFD_CLOEXEC, 0));
    }
    done = pass_on(&message, relay->ours);
    close_files(&message);
    return done;
}

void vgpu_relay_end(struct vgpu_relay *relay)
{
    relay->is_over = true;
    relay->has_request = false;
    shutdown(relay->ours, SHUT_RDWR);
    shutdown(relay->server, SHUT_RDWR);
}

bool vgpu_relay_turn(struct vgpu_relay *relay, const struct pollfd fds[2])
{
    bool goes_on = true;

    if (fds[1].revents) {
        relay->has_request = true;
    }
    if (fds[0].revents & POLLIN) {
        goes_on = answer(relay);
    } else if (fds[0].revents & ~POLLOUT) {
        goes_on = false;
    } else if (fds[0].revents & POLLOUT) {
        goes_on = ask(relay);
    }
    if (!goes_on) {
        vgpu_relay_end(relay);
    }
    return goes_on;
}
