/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Native contexts (Linux' virtgpu_drm.h, VIRTGPU_DRM_CAPSET_DRM): the guest has
 * the driver of the host's GPU, and what that asks of the kernel the library asks
 * for it.
 *
 * There are some where the library was built with that very driver.  No state,
 * device thread.
 */
#ifndef HW_DISPLAY_RENDERER_VIRGL_NATIVE_H
#define HW_DISPLAY_RENDERER_VIRGL_NATIVE_H

#include <stdbool.h>

#include "virgl.h"

/* Whether to start the library with them: they are wished, on a GPU. */
bool vgpu_virgl_native_is_wanted(const struct vgpu_virgl_options *options);

/* Whether the library, started with them, has the driver. */
bool vgpu_virgl_native_is_there(void);

/* There are none: *no_native tells, with what the library says, or "". */
void vgpu_virgl_native_refuse(const struct vgpu_virgl_options *options,
                              const char *words);

#endif
