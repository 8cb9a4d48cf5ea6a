/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "venus-server.h"

#include <glib.h>

#include "../../platform/render-server.h"
#include "virgl-compat.h"

/* Whether this library can do it at all; *@why is the cause else. */
static bool is_fit(const struct vgpu_virgl_options *options, char **why)
{
    uint32_t version, bytes;

    virgl_renderer_get_cap_set(VGPU_CAPSET_VENUS, &version, &bytes);
    if (bytes == 0) {
        *why = g_strdup("this virglrenderer was built without it");
        return false;
    }
    if (!VIRGL_MAPS_VENUS && !options->venus_force) {
        *why = g_strdup("virglrenderer " VIRGL_VERSION " cannot map its memory "
                        "into the guest: install 1.0 or later, as Debian 13 "
                        "has it, or try with venus-force=on");
        return false;
    }
    return true;
}

struct vgpu_render_server *
vgpu_virgl_venus_server_open(const struct vgpu_virgl_options *options,
                             const struct vgpu_renderer_host *host)
{
    const struct vgpu_render_server_options server = {
        .where = options->render_server,
        .is_software = *options->taken == VGPU_VIRGL_SOFTWARE,
        .process_bytes = options->process_bytes,
        .say = host->complain,
        .warn = host->warn,
        .opaque = host->opaque,
    };

    g_clear_pointer(options->no_venus, g_free);
    return options->venus && is_fit(options, options->no_venus)
           ? vgpu_render_server_open(&server, options->no_venus) : NULL;
}

void vgpu_virgl_venus_server_refuse(const struct vgpu_virgl_options *options,
                                    struct vgpu_render_server *server,
                                    const char *why)
{
    vgpu_render_server_close(server);
    *options->no_venus = g_strdup_printf("virglrenderer does not start with it%s"
                                         "%s", *why ? ": " : "", why);
}
