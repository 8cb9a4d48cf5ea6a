/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What is in one OpenGL context of the library, a context's first or one that
 * a stream made: objects, the programs that were linked of them, and slots that
 * resources are bound to.
 *
 * Follows commands that the library has done.  Lives as long as that OpenGL
 * context.  Device thread only.
 */
#ifndef HW_DISPLAY_RENDERER_VIRGL_SUB_CONTEXT_H
#define HW_DISPLAY_RENDERER_VIRGL_SUB_CONTEXT_H

#include <stdint.h>

#include "stream.h"

struct vgpu_context;
struct vgpu_virgl_pins;
struct vgpu_virgl_sub_context;

/*
 * Measured with virglrenderer 0.10.4 on llvmpipe of Mesa 25: an OpenGL context
 * with nothing in it takes 8.6 MiB, a program of two small shaders 300 KiB.
 */
#define VGPU_VIRGL_CONTEXT_BYTES (9ull << 20)
#define VGPU_VIRGL_PROGRAM_BYTES (320ull << 10)

/* Of the object that a command makes. */
uint64_t vgpu_virgl_object_bytes(const struct vgpu_virgl_command *command);

/* What it holds is added to *@bytes, which outlives it.  Never NULL. */
struct vgpu_virgl_sub_context *
vgpu_virgl_sub_context_create(struct vgpu_virgl_pins *pins, uint64_t *bytes);

/* And taken off. */
void vgpu_virgl_sub_context_destroy(struct vgpu_virgl_sub_context *sub);

/* The library has done @command here; it may be one without a meaning here. */
void vgpu_virgl_sub_context_note(struct vgpu_virgl_sub_context *sub,
                                 const struct vgpu_context *context,
                                 const struct vgpu_virgl_command *command);

#endif
