/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "gpu.h"

#include <glib.h>
#include <unistd.h>

#include "../../platform/drm-node.h"
#include "../../platform/egl.h"

static struct vgpu_egl *open_gpu(const char *path, char **info, char **error)
{
    g_autofree char *why = NULL;
    int node = vgpu_drm_node_open(path, error);
    struct vgpu_egl *egl;

    if (node < 0) {
        return NULL;
    }
    egl = vgpu_egl_open_node(node, &why);
    if (!egl) {
        *error = g_strdup_printf("%s: %s", path, why);
        close(node);
        return NULL;
    }
    *info = g_strdup_printf("on %s", path);
    return egl;
}

struct vgpu_egl *vgpu_virgl_open_gpu(const char *rendernode, char **info,
                                     char **error)
{
    g_auto(GStrv) paths = vgpu_drm_node_list();

    if (rendernode) {
        return open_gpu(rendernode, info, error);
    }
    if (!paths[0]) {
        *error = g_strdup("this host has no /dev/dri/renderD*");
        return NULL;
    }
    for (char **path = paths; *path; path++) {
        struct vgpu_egl *egl;

        g_clear_pointer(error, g_free);
        egl = open_gpu(*path, info, error);
        if (egl) {
            return egl;
        }
    }
    return NULL;
}
