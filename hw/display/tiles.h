/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Tiles: what of a picture really changed, and reading no more than that.
 *
 * A page flip flushes the whole plane although a cursor blinked, so the new
 * pixels are compared with the picture that is shown, in tiles on a grid that
 * starts at the picture's origin.  Device thread; stateless; knows nothing of
 * QEMU.
 */
#ifndef HW_DISPLAY_TILES_H
#define HW_DISPLAY_TILES_H

#include <pixman.h>

#include "hw/virtio/vgpu/display.h"

struct vgpu_frame;

/* Width and height of a tile, px. */
#define VGPU_TILE_PX 64

/*
 * Sets @changed, which the caller has initialised, to those parts of @region
 * whose pixels in @view are not those of @picture: whole tiles, cut to the
 * region's rectangles.  The unused byte of a pixel does not count.  @region is
 * inside the picture.  Returns the error of reading @view; @changed is then
 * undefined but still to be finished.
 */
enum vgpu_status vgpu_tiles_changed(const struct vgpu_view *view,
                                    const struct vgpu_frame *picture,
                                    const pixman_region32_t *region,
                                    pixman_region32_t *changed)
    __attribute__((warn_unused_result));

/*
 * Writes those parts of @view to their place in @frame, which has its size.
 * Returns the first error of reading; what was read before stays.
 */
enum vgpu_status vgpu_tiles_read(const struct vgpu_view *view,
                                 const pixman_region32_t *region,
                                 struct vgpu_frame *frame)
    __attribute__((warn_unused_result));

#endif
