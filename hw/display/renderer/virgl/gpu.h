/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Which GPU renders.
 */
#ifndef HW_DISPLAY_RENDERER_VIRGL_GPU_H
#define HW_DISPLAY_RENDERER_VIRGL_GPU_H

#include <stdbool.h>

struct vgpu_egl;
struct vgpu_virgl_options;

/* Takes @egl over and uses it, or ends it, with the cause in *@error. */
typedef bool vgpu_virgl_start_fn(void *opaque, struct vgpu_egl *egl,
                                 char **error);

/*
 * Has @start try OpenGL on the GPU that @options name, or on each until it works;
 * never, but where they allow it, on a node that is rendered for by the
 * processor.  *@info becomes where that is and by which drivers.  False with the
 * cause of each that was tried in *@error; both are to be freed with g_free().
 */
bool vgpu_virgl_open_gpu(const struct vgpu_virgl_options *options,
                         vgpu_virgl_start_fn *start, void *opaque,
                         char **info, char **error);

#endif
