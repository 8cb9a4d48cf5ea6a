/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 * Copyright (c) 2026 The qemu-virtio-gpu authors
 *
 * "follow": does what a desktop should when monitors come, go and change.
 */
#include "kms.h"

#include <errno.h>
#include <linux/netlink.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_HEADS 16
#define KERNEL_GROUP 1

struct head {
    uint32_t connector, crtc;
    drmModeModeInfo mode;       /* hdisplay 0: nothing is shown */
    struct buffer buffer;
};

struct follower {
    int fd;
    struct head heads[MAX_HEADS];
    int num_heads;
    unsigned events, modesets;
};

static int listen_to_kernel(void)
{
    struct sockaddr_nl address = {
        .nl_family = AF_NETLINK, .nl_groups = KERNEL_GROUP,
    };
    int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC,
                    NETLINK_KOBJECT_UEVENT);

    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, sizeof(address))) {
        close(fd);
        return -1;
    }
    return fd;
}

/* An event is a list of NAME=VALUE, each with a 0 behind it. */
static bool is_hotplug(const char *text, ssize_t length)
{
    for (const char *word = text; word < text + length;
         word += strlen(word) + 1) {
        if (!strcmp(word, "HOTPLUG=1")) {
            return true;
        }
    }
    return false;
}

/* The mode that the monitor prefers; the first where none is marked. */
static const drmModeModeInfo *preferred(const drmModeConnector *connector)
{
    for (int i = 0; i < connector->count_modes; i++) {
        if (connector->modes[i].type & DRM_MODE_TYPE_PREFERRED) {
            return &connector->modes[i];
        }
    }
    return connector->count_modes ? connector->modes : NULL;
}

static int hide(struct follower *f, struct head *head)
{
    if (!head->mode.hdisplay) {
        return 0;
    }
    head->mode.hdisplay = 0;
    f->modesets++;
    if (drmModeSetCrtc(f->fd, head->crtc, 0, 0, 0, NULL, 0, NULL)) {
        return -1;
    }
    buffer_finish(f->fd, &head->buffer);
    return 0;
}

static int show(struct follower *f, struct head *head,
                const drmModeModeInfo *mode)
{
    struct buffer next;
    struct rect area;
    drmModeModeInfo wanted = *mode;

    if (mode->hdisplay == head->mode.hdisplay &&
        mode->vdisplay == head->mode.vdisplay) {
        return 0;
    }
    if (buffer_init_fb(f->fd, &next, mode->hdisplay, mode->vdisplay)) {
        return -1;
    }
    area = canvas_whole(&next.canvas);
    picture_draw(&next.canvas, "coords", &area);
    f->modesets++;
    if (drmModeSetCrtc(f->fd, head->crtc, next.fb, 0, 0, &head->connector, 1,
                       &wanted)) {
        return -1;
    }
    buffer_finish(f->fd, &head->buffer);
    head->buffer = next;
    head->mode = wanted;
    return 0;
}

/* Every head as its monitor wishes. */
static int look(struct follower *f)
{
    for (int i = 0; i < f->num_heads; i++) {
        struct head *head = &f->heads[i];
        drmModeConnector *connector = drmModeGetConnector(f->fd,
                                                          head->connector);
        const drmModeModeInfo *mode;
        int ret;

        if (!connector) {
            return -1;
        }
        mode = connector->connection == DRM_MODE_CONNECTED
               ? preferred(connector) : NULL;
        ret = mode ? show(f, head, mode) : hide(f, head);
        drmModeFreeConnector(connector);
        if (ret) {
            return ret;
        }
    }
    return 0;
}

static int find_heads(struct follower *f)
{
    drmModeRes *resources = drmModeGetResources(f->fd);

    if (!resources) {
        return -1;
    }
    for (int i = 0; i < resources->count_connectors && i < MAX_HEADS; i++) {
        f->heads[f->num_heads++] = (struct head) {
            .connector = resources->connectors[i],
            .crtc = resources->crtcs[i],
        };
    }
    drmModeFreeResources(resources);
    return 0;
}

/* Until something is written to the program. */
static int follow(struct follower *f, int kernel)
{
    struct pollfd ready[] = {
        { .fd = STDIN_FILENO, .events = POLLIN },
        { .fd = kernel, .events = POLLIN },
    };
    char text[4096];
    ssize_t length;

    if (find_heads(f) || look(f)) {
        return -1;
    }
    while (poll(ready, 2, -1) > 0 && !ready[0].revents) {
        length = recv(kernel, text, sizeof(text), 0);
        if (length < 0) {
            return -1;
        }
        if (is_hotplug(text, length)) {
            f->events++;
            if (look(f)) {
                return -1;
            }
        }
    }
    return 0;
}

/*
 * follow: answers when the next command comes, which it leaves unread, and has
 * every connected head in the mode it prefers, with a picture, until then.
 */
int cmd_follow(struct screen *screen, char **args)
{
    struct follower f = { .fd = screen->fd };
    int kernel = listen_to_kernel();
    int ret;

    (void)args;
    if (kernel < 0) {
        return answer_error("the kernel's events");
    }
    ret = follow(&f, kernel);
    close(kernel);
    for (int i = 0; i < f.num_heads; i++) {
        buffer_finish(f.fd, &f.heads[i].buffer);
    }
    return ret ? answer_error("following")
               : answer_ok("events=%u modesets=%u", f.events, f.modesets);
}
