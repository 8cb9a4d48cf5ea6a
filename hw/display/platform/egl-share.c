/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "egl-share.h"

#include <epoxy/egl.h>
#include <epoxy/gl.h>
#include <fcntl.h>
#include <unistd.h>

#include "egl.h"

/* DRM_FORMAT_MOD_INVALID of drm_fourcc.h: the driver knows it, and only it. */
#define MODIFIER_UNKNOWN 0x00ffffffffffffffull

static const char *const needed_extensions[] = {
    "EGL_KHR_gl_texture_2D_image",
    "EGL_MESA_image_dma_buf_export",
};

static bool can_share(EGLDisplay display)
{
    for (size_t i = 0;
         i < sizeof(needed_extensions) / sizeof(needed_extensions[0]); i++) {
        if (!epoxy_has_egl_extension(display, needed_extensions[i])) {
            return false;
        }
    }
    return true;
}

static void close_all(const struct vgpu_egl_memory *memory)
{
    for (int i = 0; i < memory->num_planes; i++) {
        if (memory->fds[i] >= 0) {
            close(memory->fds[i]);
        }
    }
}

/* Planes without a descriptor of their own are in that of the one before. */
static bool complete(struct vgpu_egl_memory *memory)
{
    for (int i = 0; i < memory->num_planes; i++) {
        if (memory->fds[i] < 0 && i > 0) {
            memory->fds[i] = fcntl(memory->fds[i - 1], F_DUPFD_CLOEXEC, 0);
        }
        if (memory->fds[i] < 0) {
            close_all(memory);
            return false;
        }
    }
    return true;
}

static bool share_image(EGLDisplay display, EGLImageKHR image,
                        struct vgpu_egl_memory *memory)
{
    EGLuint64KHR modifiers[VGPU_EGL_MAX_PLANES] = { 0 };
    int fourcc;

    for (int i = 0; i < VGPU_EGL_MAX_PLANES; i++) {
        memory->fds[i] = -1;
    }
    if (!eglExportDMABUFImageQueryMESA(display, image, &fourcc,
                                       &memory->num_planes, NULL) ||
        memory->num_planes < 1 || memory->num_planes > VGPU_EGL_MAX_PLANES ||
        !eglExportDMABUFImageQueryMESA(display, image, NULL, NULL,
                                       modifiers) ||
        modifiers[0] == MODIFIER_UNKNOWN ||
        !eglExportDMABUFImageMESA(display, image, memory->fds, memory->strides,
                                  memory->offsets)) {
        return false;
    }
    memory->fourcc = (uint32_t)fourcc;
    memory->modifier = modifiers[0];
    return complete(memory);
}

bool vgpu_egl_share_texture(struct vgpu_egl *egl, uint32_t texture,
                            struct vgpu_egl_memory *memory)
{
    EGLDisplay display = vgpu_egl_display(egl);
    EGLImageKHR image;
    bool shared;

    if (!can_share(display)) {
        return false;
    }
    image = eglCreateImageKHR(display, eglGetCurrentContext(),
                              EGL_GL_TEXTURE_2D_KHR,
                              (EGLClientBuffer)(uintptr_t)texture, NULL);
    if (image == EGL_NO_IMAGE_KHR) {
        return false;
    }
    shared = share_image(display, image, memory);
    eglDestroyImageKHR(display, image);
    return shared;
}
