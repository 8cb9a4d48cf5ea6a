/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "gpu.h"

#include <glib.h>
#include <unistd.h>

#include "../../platform/drm-node.h"
#include "../../platform/drm-sysfs.h"
#include "../../platform/egl.h"
#include "virgl.h"

#define THIS_HOST ""
#define FIRST "auto"

struct attempt {
    const struct vgpu_virgl_options *options;
    vgpu_virgl_start_fn *start;
    void *opaque;
};

/* "/dev/dri/renderD128 (radeonsi, amdgpu 0000:03:00.0)" */
static char *describe(const char *path, const struct vgpu_egl *egl)
{
    g_autofree char *kernel = vgpu_drm_node_driver(vgpu_egl_node(egl));
    g_autofree char *address = vgpu_drm_sysfs_address(THIS_HOST, path);

    return g_strdup_printf("%s (%s, %s%s%s)", path, vgpu_egl_driver(egl),
                           kernel ? kernel : "unknown", address ? " " : "",
                           address ? address : "");
}

/* Imports of dma-bufs into such a driver have ended QEMU: see docs/hardware.md. */
static bool is_allowed(const struct vgpu_virgl_options *options,
                       const char *path, struct vgpu_egl *egl, char **error)
{
    g_autofree char *what = NULL;

    if (options->software_node || !vgpu_egl_is_software(egl)) {
        return true;
    }
    what = describe(path, egl);
    *error = g_strdup_printf("%s is rendered for in software, by %s: name a "
                             "GPU, or allow it with rendernode-software=on",
                             what, vgpu_egl_renderer(egl));
    return false;
}

static struct vgpu_egl *open_egl(const struct vgpu_virgl_options *options,
                                 const char *path, char **error)
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
    if (!is_allowed(options, path, egl, error)) {
        vgpu_egl_close(egl);
        return NULL;
    }
    return egl;
}

static bool open_gpu(const struct attempt *attempt, const char *path,
                     char **info, char **error)
{
    struct vgpu_egl *egl = open_egl(attempt->options, path, error);
    g_autofree char *why = NULL;
    g_autofree char *what = NULL;

    if (!egl) {
        return false;
    }
    what = describe(path, egl);
    if (!attempt->start(attempt->opaque, egl, &why)) {
        *error = g_strdup_printf("%s: %s", path, why);
        return false;
    }
    *info = g_strdup_printf("on %s", what);
    return true;
}

static bool open_first(const struct attempt *attempt, char **info,
                       char **error)
{
    g_auto(GStrv) paths = vgpu_drm_sysfs_nodes(THIS_HOST);
    GString *causes = g_string_new(paths[0] ? NULL
                                   : "this host has no /dev/dri/renderD*");

    for (char **path = paths; *path; path++) {
        g_autofree char *why = NULL;

        if (open_gpu(attempt, *path, info, &why)) {
            g_string_free(causes, TRUE);
            return true;
        }
        g_string_append_printf(causes, "%s%s", causes->len ? "; " : "", why);
    }
    *error = g_string_free(causes, FALSE);
    return false;
}

bool vgpu_virgl_open_gpu(const struct vgpu_virgl_options *options,
                         vgpu_virgl_start_fn *start, void *opaque,
                         char **info, char **error)
{
    const struct attempt attempt = { options, start, opaque };
    g_autofree char *path = NULL;

    if (!options->rendernode || g_str_equal(options->rendernode, FIRST)) {
        return open_first(&attempt, info, error);
    }
    path = vgpu_drm_sysfs_find(THIS_HOST, options->rendernode, error);
    return path && open_gpu(&attempt, path, info, error);
}
