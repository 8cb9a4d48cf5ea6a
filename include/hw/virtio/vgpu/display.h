/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Where pictures go: what the device tells the display of its scanouts.
 *
 * Called on the device thread; none may block on a user interface, and none
 * may call back into the device but vgpu_view_read() inside damage().
 * The scanout's number is below num_scanouts in every call.
 */
#ifndef HW_VIRTIO_VGPU_DISPLAY_H
#define HW_VIRTIO_VGPU_DISPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "hw/virtio/vgpu/rect.h"
#include "hw/virtio/vgpu/wire.h"

struct vgpu_pixels;

/* What a scanout shows at this moment; valid during the call it is given to. */
struct vgpu_view;

/* Width and height of a hardware cursor, virtio 1.3, 5.7.6.10. */
#define VGPU_CURSOR_PX 64

struct vgpu_cursor_image {
    uint32_t pixels[VGPU_CURSOR_PX * VGPU_CURSOR_PX];   /* a8r8g8b8 */
    uint32_t hot_x;             /* px, 0 to 63 */
    uint32_t hot_y;
};

struct vgpu_display_ops {
    /*
     * Scanout @id shows a picture of @width x @height pixels from now on.
     * When the size stays, the old picture may stay until the next damage().
     * Returns false when the display cannot take that size, and keeps what
     * it shows.
     */
    bool (*enable)(void *display, uint32_t id, uint32_t width, uint32_t height);

    /* Scanout @id shows nothing. */
    void (*disable)(void *display, uint32_t id);

    /*
     * @rect of scanout @id, in the scanout's own coordinates and inside it,
     * has new pixels, to be fetched by vgpu_view_read() before this returns.
     * Returns the error of vgpu_view_read(), else VGPU_OK.  A display that
     * has no room for a picture now returns VGPU_ERR_OUT_OF_MEMORY: that is
     * not the guest's fault, and the next flush offers all of the scanout.
     */
    enum vgpu_status (*damage)(void *display, uint32_t id,
                               const struct vgpu_rect *rect,
                               const struct vgpu_view *view);

    /*
     * The cursor of scanout @id has a new image, or none when @image is
     * NULL.  The position is the request's and is the host's to apply.
     */
    void (*cursor)(void *display, uint32_t id,
                   const struct vgpu_cursor_image *image);
};

/*
 * Reads @rect, in scanout coordinates, into @dest.  VGPU_ERR_UNSPEC when the
 * picture's memory went away.
 */
enum vgpu_status vgpu_view_read(const struct vgpu_view *view,
                                const struct vgpu_rect *rect,
                                const struct vgpu_pixels *dest)
    __attribute__((warn_unused_result));

#endif
