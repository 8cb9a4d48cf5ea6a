/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "limits.h"

#include <epoxy/gl.h>

#include "virgl-compat.h"

static uint32_t gl_limit(GLenum name)
{
    GLint value = 0;

    glGetIntegerv(name, &value);
    return value > 0 ? value : 0;
}

void vgpu_virgl_limits_read(struct vgpu_virgl_limits *limits)
{
    virgl_renderer_force_ctx_0();
    limits->side = gl_limit(GL_MAX_TEXTURE_SIZE);
    limits->side_3d = gl_limit(GL_MAX_3D_TEXTURE_SIZE);
    limits->side_cube = gl_limit(GL_MAX_CUBE_MAP_TEXTURE_SIZE);
    limits->side_rect = gl_limit(GL_MAX_RECTANGLE_TEXTURE_SIZE);
    limits->layers = gl_limit(GL_MAX_ARRAY_TEXTURE_LAYERS);
    limits->samples = gl_limit(GL_MAX_SAMPLES);
}
