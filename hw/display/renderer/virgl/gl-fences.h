/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Fences of the library's OpenGL: which token each is for.
 *
 * The library's fence ids have 32 bits and end in order.  They are numbered from
 * 1 here; no more than a queue's worth of them is waited for, so 32 bits tell.
 * Any thread.
 */
#ifndef HW_DISPLAY_RENDERER_VIRGL_GL_FENCES_H
#define HW_DISPLAY_RENDERER_VIRGL_GL_FENCES_H

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>

#include "hw/virtio/vgpu/renderer.h"

struct vgpu_virgl_gl_fences {
    struct vgpu_renderer_host host;
    GMutex lock;                /* of what follows */
    GArray *tokens;             /* uint64_t, of those that wait */
    uint64_t newest;
    uint64_t reported;          /* up to it */
};

void vgpu_virgl_gl_fences_init(struct vgpu_virgl_gl_fences *fences,
                               const struct vgpu_renderer_host *host);
void vgpu_virgl_gl_fences_finish(struct vgpu_virgl_gl_fences *fences);

/* The id of a new one for @token. */
uint32_t vgpu_virgl_gl_fences_add(struct vgpu_virgl_gl_fences *fences,
                                  uint64_t token);

/* The newest one could not be made. */
void vgpu_virgl_gl_fences_take_back(struct vgpu_virgl_gl_fences *fences);

/* Reports @id to the host, and what is older, each once. */
void vgpu_virgl_gl_fences_done(struct vgpu_virgl_gl_fences *fences,
                               uint32_t id);

/* Whether any waits; the newest one's id. */
bool vgpu_virgl_gl_fences_wait(struct vgpu_virgl_gl_fences *fences,
                               uint32_t *newest);

#endif
