/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "texels.h"

#include <epoxy/gl.h>
#include <glib.h>

#include "hw/virtio/vgpu/texture.h"
#include "hw/virtio/vgpu/wire.h"

/* A context that was lost has an error for every question. */
#define MAX_ERRORS 16

/* A pair that glClearTexImage() takes for a texture. */
struct texel {
    GLenum format;
    GLenum type;
};

static const char *const needed[] = {
    "GL_ARB_clear_buffer_object",
    "GL_ARB_clear_texture",
    "GL_ARB_direct_state_access",
};

const char *vgpu_virgl_texels_zero_lacks(void)
{
    if (epoxy_gl_version() >= 45) {
        return NULL;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(needed); i++) {
        if (!epoxy_has_gl_extension(needed[i])) {
            return needed[i];
        }
    }
    return NULL;
}

bool vgpu_virgl_texels_are_a_hosts(void)
{
    const char *name = (const char *)glGetString(GL_RENDERER);

    return name && g_str_has_prefix(name, "virgl");
}

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

static bool is_integer(GLint type)
{
    return type == GL_INT || type == GL_UNSIGNED_INT;
}

static struct texel texel_of(GLuint name)
{
    GLint depth = parameter(name, GL_TEXTURE_DEPTH_SIZE);

    if (parameter(name, GL_TEXTURE_STENCIL_SIZE)) {
        return depth ? (struct texel) { GL_DEPTH_STENCIL,
                                        GL_UNSIGNED_INT_24_8 }
                     : (struct texel) { GL_STENCIL_INDEX, GL_UNSIGNED_BYTE };
    }
    if (depth) {
        return (struct texel) { GL_DEPTH_COMPONENT, GL_FLOAT };
    }
    if (is_integer(parameter(name, GL_TEXTURE_RED_TYPE)) ||
        is_integer(parameter(name, GL_TEXTURE_ALPHA_TYPE))) {
        return (struct texel) { GL_RGBA_INTEGER, GL_INT };
    }
    return (struct texel) { GL_RGBA, GL_FLOAT };
}

static void zero_texels(const struct vgpu_texture *texture, GLuint name)
{
    struct texel texel = texel_of(name);

    for (uint32_t level = 0; level <= texture->last_level; level++) {
        glClearTexImage(name, (GLint)level, texel.format, texel.type, NULL);
    }
}

/* Pages that nobody writes are one page of zeros to the kernel. */
static bool zero_blocks(const struct vgpu_texture *texture, GLuint name)
{
    GLenum format = (GLenum)parameter(name, GL_TEXTURE_INTERNAL_FORMAT);
    struct vgpu_texture one = *texture;
    g_autofree uint8_t *zeros = NULL;

    one.last_level = 0;
    zeros = g_try_malloc0(vgpu_texture_bytes(&one));
    if (!zeros) {
        return false;
    }
    glBindBuffer(GL_PIXEL_UNPACK_BUFFER, 0);
    for (uint32_t level = 0; level <= texture->last_level; level++) {
        struct vgpu_extent e = vgpu_texture_extent(texture, level);

        one.width = e.width;
        one.height = e.height;
        if (texture->target == VGPU_TARGET_3D) {
            one.depth = e.depth;
        }
        if (texture->target == VGPU_TARGET_2D ||
            texture->target == VGPU_TARGET_RECT) {
            glCompressedTextureSubImage2D(name, (GLint)level, 0, 0,
                                          (GLsizei)e.width, (GLsizei)e.height,
                                          format,
                                          (GLsizei)vgpu_texture_bytes(&one),
                                          zeros);
        } else {
            glCompressedTextureSubImage3D(name, (GLint)level, 0, 0, 0,
                                          (GLsizei)e.width, (GLsizei)e.height,
                                          (GLsizei)e.depth, format,
                                          (GLsizei)vgpu_texture_bytes(&one),
                                          zeros);
        }
    }
    return true;
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

bool vgpu_virgl_texels_zero(const struct vgpu_texture *texture, uint32_t name)
{
    had_errors();
    if (texture->target == VGPU_TARGET_BUFFER) {
        glClearNamedBufferData(name, GL_R8UI, GL_RED_INTEGER, GL_UNSIGNED_BYTE,
                               NULL);
    } else if (!parameter(name, GL_TEXTURE_COMPRESSED)) {
        zero_texels(texture, name);
    } else if (!zero_blocks(texture, name)) {
        return false;
    }
    return !had_errors();
}
