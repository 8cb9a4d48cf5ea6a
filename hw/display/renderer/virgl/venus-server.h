/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The render server that Venus needs, as the options say.
 *
 * Lives as long as the library that is given it.
 */
#ifndef HW_DISPLAY_RENDERER_VIRGL_VENUS_SERVER_H
#define HW_DISPLAY_RENDERER_VIRGL_VENUS_SERVER_H

#include "virgl.h"

struct vgpu_render_server;

/*
 * That of the route that is taken.  NULL when Venus is not wanted, or cannot be:
 * *@options->no_venus says why then.  @host hears what the server says.
 */
struct vgpu_render_server *
vgpu_virgl_venus_server_open(const struct vgpu_virgl_options *options,
                             const struct vgpu_renderer_host *host);

/* The library refuses it: ends it, and says @why. */
void vgpu_virgl_venus_server_refuse(const struct vgpu_virgl_options *options,
                                    struct vgpu_render_server *server,
                                    const char *why);

#endif
