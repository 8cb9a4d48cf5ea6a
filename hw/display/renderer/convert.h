/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * From one format of 32-bit pixels to another, for every renderer.  No state,
 * any thread.
 */
#ifndef HW_DISPLAY_RENDERER_CONVERT_H
#define HW_DISPLAY_RENDERER_CONVERT_H

#include <pixman.h>

#include "hw/virtio/vgpu/rect.h"
#include "hw/virtio/vgpu/renderer.h"

/*
 * Turns pixels from @source to @target format where they are; of @rect only
 * the size counts.
 */
void vgpu_convert_pixels(pixman_format_code_t source,
                         pixman_format_code_t target,
                         const struct vgpu_pixels *pixels,
                         const struct vgpu_rect *rect);

#endif
