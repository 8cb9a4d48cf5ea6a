/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "drm-node.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <xf86drm.h>

static const char *remedy(int error)
{
    switch (error) {
    case EACCES:
        return "add the user that runs QEMU to the group render";
    case ENOENT:
        return "this host has no such GPU; ls /dev/dri shows which";
    default:
        return "see the kernel's log";
    }
}

int vgpu_drm_node_open(const char *path, char **error)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);

    if (fd < 0) {
        *error = g_strdup_printf("%s cannot be opened (%s): %s", path,
                                 strerror(errno), remedy(errno));
        return -1;
    }
    if (drmGetNodeTypeFromFd(fd) != DRM_NODE_RENDER) {
        *error = g_strdup_printf("%s is no DRM render node: name one of "
                                 "/dev/dri/renderD*", path);
        close(fd);
        return -1;
    }
    return fd;
}

int vgpu_drm_node_reopen(int node)
{
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", node);

    return open(path, O_RDWR | O_CLOEXEC);
}

char *vgpu_drm_node_driver(int node)
{
    drmVersionPtr version = drmGetVersion(node);
    char *driver = NULL;

    if (version && version->name_len > 0) {
        driver = g_strndup(version->name, version->name_len);
    }
    drmFreeVersion(version);
    return driver;
}
