/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The renderer with 3D: virglrenderer on OpenGL, which is Mesa's software
 * rasterizer or a GPU.
 *
 * virglrenderer is one instance per process, its resource ids stand inside the
 * guest's streams and its contexts belong to a thread, so a process has one
 * such renderer at a time and uses it on the thread that created it.
 */
#ifndef HW_DISPLAY_RENDERER_VIRGL_H
#define HW_DISPLAY_RENDERER_VIRGL_H

#include <stdbool.h>
#include <stdint.h>

#include "hw/virtio/vgpu/renderer.h"

enum vgpu_virgl_route {
    VGPU_VIRGL_AUTO,            /* a GPU where one works, else software */
    VGPU_VIRGL_SOFTWARE,
    VGPU_VIRGL_GPU,
};

/* Whether new textures and buffers are cleared; see texels.h. */
enum vgpu_virgl_zeroing {
    VGPU_VIRGL_ZERO_AUTO,       /* a GPU's are */
    VGPU_VIRGL_ZERO_ON,
    VGPU_VIRGL_ZERO_OFF,
};

/* vgpu_renderer_config.options of vgpu_virgl_ops. */
struct vgpu_virgl_options {
    enum vgpu_virgl_route route;
    const char *rendernode;     /* path, PCI address, or NULL: the first that
                                   works */
    bool software_node;         /* though its driver renders in software */

    /*
     * Vulkan beside OpenGL, by Venus.  Where it cannot be *no_venus becomes the
     * cause and what helps, to be freed with g_free(); OpenGL goes on.
     */
    bool venus;
    bool venus_force;           /* with a library that is too old for it, too */
    const char *render_server;  /* see platform/render-server.h, or NULL */
    uint64_t process_bytes;
    char **no_venus;

    /*
     * Contexts of the guest's own driver of the host's GPU, on its route.  Where
     * they cannot be *no_native is likewise, and the rest goes on.
     */
    bool native;
    char **no_native;

    enum vgpu_virgl_zeroing zero_memory;

    /*
     * Where create() tells what it took and why, one sentence, to be freed
     * with g_free(); and the route, never AUTO.
     */
    char **info;
    enum vgpu_virgl_route *taken;
};

/* Life and errors as vgpu/renderer.h says; a second instance is refused. */
extern const struct vgpu_renderer_ops vgpu_virgl_ops;

#endif
