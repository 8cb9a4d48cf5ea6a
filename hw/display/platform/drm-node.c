/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "drm-node.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>
#include <xf86drm.h>

#define NODE_FOLDER "/dev/dri"
#define NODE_PREFIX "renderD"

static const char *remedy(int error)
{
    switch (error) {
    case EACCES:
        return "add the user that runs QEMU to the group render";
    case ENOENT:
        return "this host has no such GPU; ls " NODE_FOLDER " shows which";
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
                                 NODE_FOLDER "/" NODE_PREFIX "*", path);
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

static gint by_number(gconstpointer a, gconstpointer b)
{
    const char *const *one = a;
    const char *const *other = b;
    guint64 first = g_ascii_strtoull(strstr(*one, NODE_PREFIX) +
                                     strlen(NODE_PREFIX), NULL, 10);
    guint64 second = g_ascii_strtoull(strstr(*other, NODE_PREFIX) +
                                      strlen(NODE_PREFIX), NULL, 10);

    return first < second ? -1 : first > second;
}

char **vgpu_drm_node_list(void)
{
    GPtrArray *paths = g_ptr_array_new();
    GDir *folder = g_dir_open(NODE_FOLDER, 0, NULL);
    const char *name;

    while (folder && (name = g_dir_read_name(folder))) {
        if (g_str_has_prefix(name, NODE_PREFIX)) {
            g_ptr_array_add(paths, g_build_filename(NODE_FOLDER, name, NULL));
        }
    }
    if (folder) {
        g_dir_close(folder);
    }
    g_ptr_array_sort(paths, by_number);
    g_ptr_array_add(paths, NULL);
    return (char **)g_ptr_array_free(paths, FALSE);
}
