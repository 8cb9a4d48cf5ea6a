/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "texels.h"

#include <epoxy/gl.h>

#include "hw/virtio/vgpu/texture.h"
#include "hw/virtio/vgpu/wire.h"

/* A context that was lost has an error for every question. */
#define MAX_ERRORS 16

/* Those that nobody asked about, too, so that virglrenderer does not find them. */
static bool had_errors(void)
{
    int i = 0;

    while (i < MAX_ERRORS && glGetError() != GL_NO_ERROR) {
        i++;
    }
    return i > 0;
}

static GLint parameter(GLuint name, GLenum which)
{
    GLint value = 0;

    glGetTextureLevelParameteriv(name, 0, which, &value);
    return value;
}

bool vgpu_virgl_texels_are_there(const struct vgpu_texture *texture,
                                 uint32_t name)
{
    bool found;

    if (texture->target == VGPU_TARGET_BUFFER) {
        return true;
    }
    found = parameter(name, GL_TEXTURE_WIDTH);
    had_errors();
    return found;
}
