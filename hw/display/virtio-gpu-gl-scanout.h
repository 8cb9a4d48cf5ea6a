/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Pictures to displays with OpenGL as dma-bufs, without a copy.
 *
 * A console's displays get them when it has OpenGL and every display of it takes
 * them; else all of that console get pixels, as those without OpenGL do.  QEMU
 * has one kind of picture a console, and itself refuses a display without OpenGL
 * beside one with it, but for egl-headless, which only copies and so counts as
 * one without.
 *
 * One a head, from realize to unrealize.  Main loop, under the big lock, but for
 * virtio_gpu_gl_takes().
 */
#ifndef HW_DISPLAY_VIRTIO_GPU_GL_SCANOUT_H
#define HW_DISPLAY_VIRTIO_GPU_GL_SCANOUT_H

#include <stdbool.h>

struct VirtIOGPUOutput;
struct vgpu_dmabuf;
struct vgpu_shared_picture;

void virtio_gpu_gl_init(struct VirtIOGPUOutput *output);

/* The displays keep nothing; flushes that wait are not told any more. */
void virtio_gpu_gl_finish(struct VirtIOGPUOutput *output);

/* Finds out what the displays take now. */
void virtio_gpu_gl_find_displays(struct VirtIOGPUOutput *output);

/* Any thread: whether the displays can show it. */
bool virtio_gpu_gl_takes(const struct VirtIOGPUOutput *output,
                         const struct vgpu_dmabuf *dmabuf);

/* Any thread: whether they take some. */
bool virtio_gpu_gl_takes_any(const struct VirtIOGPUOutput *output);

/* Whether they show one, or will as soon as they are done with another. */
bool virtio_gpu_gl_shows(const struct VirtIOGPUOutput *output);

/*
 * They show what @picture has.  Flushes that wait for it are told when they are
 * done, at the latest after a while: who does not draw holds up nobody.
 */
void virtio_gpu_gl_show(struct VirtIOGPUOutput *output,
                        const struct vgpu_shared_picture *picture);

/* Flushes of @picture that wait although nobody shows it wait no more. */
void virtio_gpu_gl_tell(struct VirtIOGPUOutput *output,
                        const struct vgpu_shared_picture *picture);

/* Goes on where the displays have become done. */
void virtio_gpu_gl_continue(struct VirtIOGPUOutput *output);

/* They show pixels, or nothing, which the caller gives the console next. */
void virtio_gpu_gl_leave(struct VirtIOGPUOutput *output);

/* The console was given pixels for a moment: they show what they did before. */
void virtio_gpu_gl_again(struct VirtIOGPUOutput *output);

/* GraphicHwOps.gl_block: the displays draw, or are done. */
void virtio_gpu_gl_block(void *opaque, bool block);

#endif
