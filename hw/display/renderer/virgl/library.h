/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The process's one virglrenderer and the OpenGL under it.
 *
 * Lives from open to close, on the thread that opened it; fences are reported
 * on a thread of the library's.
 */
#ifndef HW_DISPLAY_RENDERER_VIRGL_LIBRARY_H
#define HW_DISPLAY_RENDERER_VIRGL_LIBRARY_H

#include <stdint.h>

#include "hw/virtio/vgpu/renderer.h"
#include "virgl.h"

struct vgpu_egl;
struct vgpu_render_server;
struct vgpu_virgl_library;
struct vgpu_virgl_limits;

/*
 * Starts it on @options' route.  NULL, with the cause and what helps in *@error,
 * when it is in use or there is nothing to render with.
 */
struct vgpu_virgl_library *
vgpu_virgl_library_open(const struct vgpu_virgl_options *options,
                        const struct vgpu_renderer_host *host, char **error);

/* Every context and resource must be gone.  NULL is accepted. */
void vgpu_virgl_library_close(struct vgpu_virgl_library *library);

struct vgpu_egl *vgpu_virgl_library_egl(struct vgpu_virgl_library *library);

/* Where contexts of Venus live, or NULL when there are none. */
struct vgpu_render_server *
vgpu_virgl_library_server(struct vgpu_virgl_library *library);

/* Whether there are native contexts, see native.h. */
bool vgpu_virgl_library_has_native(const struct vgpu_virgl_library *library);
const struct vgpu_virgl_limits *
vgpu_virgl_library_limits(const struct vgpu_virgl_library *library);

/*
 * How often the library complained, on any thread; wraps.  Who calls it has
 * heard of what it did for him.
 */
uint32_t
vgpu_virgl_library_complaints(const struct vgpu_virgl_library *library);

/*
 * Reports @token to the host when what the current OpenGL context was given is
 * done, in order and once, all that are older with one that is done.  Negative
 * errno when there is no such fence.
 */
int vgpu_virgl_library_fence(struct vgpu_virgl_library *library,
                             uint64_t token);

/*
 * A context has ended, and with it the library may have forgotten a fence of any
 * other: what was not reported so far is reported when the work is done.
 */
void vgpu_virgl_library_fence_again(struct vgpu_virgl_library *library);

#endif
