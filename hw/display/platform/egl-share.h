/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * OpenGL's textures as dma-bufs, where EGL exports them
 * (EGL_MESA_image_dma_buf_export): on a GPU, not on Mesa's software.
 */
#ifndef HW_DISPLAY_PLATFORM_EGL_SHARE_H
#define HW_DISPLAY_PLATFORM_EGL_SHARE_H

#include <stdbool.h>
#include <stdint.h>

struct vgpu_egl;

#define VGPU_EGL_MAX_PLANES 4

struct vgpu_egl_memory {
    uint32_t fourcc;            /* of drm_fourcc.h */
    uint64_t modifier;          /* likewise */
    int num_planes;             /* 1 to VGPU_EGL_MAX_PLANES */
    int fds[VGPU_EGL_MAX_PLANES];
    int32_t strides[VGPU_EGL_MAX_PLANES];       /* bytes */
    int32_t offsets[VGPU_EGL_MAX_PLANES];       /* bytes */
};

/*
 * The memory of the first level of 2D texture @texture, of the context that is
 * current on this thread, with descriptors of the caller's.  False when there is
 * none, or when EGL does not know the modifier.
 */
bool vgpu_egl_share_texture(struct vgpu_egl *egl, uint32_t texture,
                            struct vgpu_egl_memory *memory);

#endif
