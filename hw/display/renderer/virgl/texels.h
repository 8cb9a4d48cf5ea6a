/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What is in the textures that virglrenderer makes.
 *
 * On the device thread, with an OpenGL context current that has them.
 */
#ifndef HW_DISPLAY_RENDERER_VIRGL_TEXELS_H
#define HW_DISPLAY_RENDERER_VIRGL_TEXELS_H

#include <stdbool.h>
#include <stdint.h>

struct vgpu_texture;

/*
 * Whether OpenGL's object @name, of shape @texture, holds anything.  virglrenderer
 * does not see OpenGL refuse a texture, DXT lines for example: reading one it would
 * send the guest what this process's heap had there (0.10.4).
 */
bool vgpu_virgl_texels_are_there(const struct vgpu_texture *texture,
                                 uint32_t name);

/*
 * OpenGL leaves open what is in new textures and buffers.  Mesa's software
 * rasterizer clears them; a GPU's driver may hand out what this process gave back a
 * moment ago, another guest program's picture.
 *
 * All that @name holds is zeros for whatever uses it afterwards.  False when the
 * driver has no memory for that.
 */
bool vgpu_virgl_texels_zero(const struct vgpu_texture *texture, uint32_t name);

/*
 * Whether the driver is Mesa's for a virtio-gpu: its textures are those of another
 * host's device, which is the one to clear them.  Seen with Mesa 25.0.7: once some
 * kinds of textures were cleared there, what is transferred to others stays black.
 */
bool vgpu_virgl_texels_are_a_hosts(void);

/* NULL when the current context can, else the extension that it lacks. */
const char *vgpu_virgl_texels_zero_lacks(void);

#endif
