/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Pixel formats of 2D images and blob scanouts (virtio 1.3, 5.7.6.8).
 *
 * Names list the bytes in memory order, lowest address first.  All are one
 * plane of 32 bits a pixel; the values are those of the wire.  Plain values,
 * no life, any thread.
 */
#ifndef HW_VIRTIO_VGPU_FORMAT_H
#define HW_VIRTIO_VGPU_FORMAT_H

#include <stdbool.h>
#include <stdint.h>
#include <pixman.h>

enum vgpu_format {
    VGPU_FORMAT_B8G8R8A8 = 1,
    VGPU_FORMAT_B8G8R8X8 = 2,
    VGPU_FORMAT_A8R8G8B8 = 3,
    VGPU_FORMAT_X8R8G8B8 = 4,
    VGPU_FORMAT_R8G8B8A8 = 67,
    VGPU_FORMAT_X8B8G8R8 = 68,
    VGPU_FORMAT_A8B8G8R8 = 121,
    VGPU_FORMAT_R8G8B8X8 = 134,
};

/* Of every format above. */
#define VGPU_BYTES_PER_PIXEL 4

/*
 * The same without alpha as drm_fourcc.h names it, whose names go by the lowest
 * address whatever the host is.
 */
uint32_t vgpu_format_fourcc(uint32_t format);

/* True when @format, straight from the guest, is one of the eight. */
bool vgpu_format_is_known(uint32_t format);

/*
 * The pixman code for showing @format on a screen: the fourth channel is
 * ignored even where it is alpha, since a scanout is opaque.
 * @format must be known.
 */
pixman_format_code_t vgpu_format_opaque(uint32_t format);

/*
 * The pixman code for a cursor image: the fourth channel is alpha even in
 * the X formats, because Linux creates ARGB cursors as B8G8R8X8.
 * @format must be known.
 */
pixman_format_code_t vgpu_format_alpha(uint32_t format);

/*
 * The pixman code of the same name, with alpha or without, and back: 0 for a
 * code that is none of them.  The stream of a migration has codes of pixman.
 * @format must be known, @code is anything.
 */
pixman_format_code_t vgpu_format_pixman(uint32_t format);
uint32_t vgpu_format_of_pixman(uint32_t code);

#endif
