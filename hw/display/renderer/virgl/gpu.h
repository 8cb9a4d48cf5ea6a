/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Which GPU renders.
 */
#ifndef HW_DISPLAY_RENDERER_VIRGL_GPU_H
#define HW_DISPLAY_RENDERER_VIRGL_GPU_H

struct vgpu_egl;
struct vgpu_virgl_options;

/*
 * OpenGL on the GPU that @options name, or on the first that works; never, but
 * where they allow it, on a node that is rendered for by the processor.  *@info
 * becomes where that is and by which drivers.  NULL with the cause of each that
 * was tried in *@error; both are to be freed with g_free().
 */
struct vgpu_egl *vgpu_virgl_open_gpu(const struct vgpu_virgl_options *options,
                                     char **info, char **error);

#endif
