/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What the OpenGL under the library takes at most.
 */
#ifndef HW_DISPLAY_RENDERER_VIRGL_LIMITS_H
#define HW_DISPLAY_RENDERER_VIRGL_LIMITS_H

#include <stdint.h>

/* Longest sides that OpenGL takes, texels. */
struct vgpu_virgl_limits {
    uint32_t side;              /* 1D, 2D, arrays */
    uint32_t side_3d;
    uint32_t side_cube;
    uint32_t side_rect;
    uint32_t layers;
    uint32_t samples;
};

/* Asks the library's own OpenGL context, which is the current one then. */
void vgpu_virgl_limits_read(struct vgpu_virgl_limits *limits);

#endif
