/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Which GPU renders.
 */
#ifndef HW_DISPLAY_RENDERER_VIRGL_GPU_H
#define HW_DISPLAY_RENDERER_VIRGL_GPU_H

struct vgpu_egl;

/*
 * OpenGL on the GPU of @rendernode, a path, or NULL: the first that works.
 * *@info becomes where that is.  NULL with the cause in *@error; both are to be
 * freed with g_free().
 */
struct vgpu_egl *vgpu_virgl_open_gpu(const char *rendernode, char **info,
                                     char **error);

#endif
