/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Where pictures go: what the device tells the display of its scanouts.
 *
 * Called on the device thread; none may block on a user interface, and none
 * may call back into the device but the functions of struct vgpu_view below.
 * The scanout's number is below num_scanouts in every call.
 */
#ifndef HW_VIRTIO_VGPU_DISPLAY_H
#define HW_VIRTIO_VGPU_DISPLAY_H

#include <stdbool.h>
#include <stdint.h>

#include "hw/virtio/vgpu/rect.h"
#include "hw/virtio/vgpu/wire.h"

struct vgpu_const_pixels;
struct vgpu_dmabuf;
struct vgpu_frame;
struct vgpu_pixels;

/*
 * What a scanout shows at this moment.  Lives as long as the device, and may
 * be read on the device thread for as long as the scanout is enabled.
 */
struct vgpu_view;

/*
 * Width and height of a hardware cursor, virtio 1.3, 5.7.6.10; smaller images
 * are padded to it.  Drivers that make larger ones are obeyed up to the most
 * that the displays of QEMU take.
 */
#define VGPU_CURSOR_PX 64
#define VGPU_CURSOR_MAX_PX 512

struct vgpu_cursor_image {
    uint32_t width;             /* px, VGPU_CURSOR_PX to VGPU_CURSOR_MAX_PX */
    uint32_t height;
    uint32_t hot_x;             /* px, inside the image */
    uint32_t hot_y;
    const uint32_t *pixels;     /* a8r8g8b8 without gaps; during the call */
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
     * has new pixels.  The display reads them now or, when nobody looks at
     * it, at any time until the scanout is disabled.  Returns the error of
     * reading, else VGPU_OK.  A display that has no room for a picture now
     * returns VGPU_ERR_OUT_OF_MEMORY: that is not the guest's fault, and the
     * next flush offers all of the scanout.
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
 * @rect, in scanout coordinates, will be peeked at and parts of it read next;
 * whoever does without pays for each of them by itself.
 */
void vgpu_view_prepare(const struct vgpu_view *view,
                       const struct vgpu_rect *rect);

/*
 * Reads @rect, in scanout coordinates, into @dest.  VGPU_ERR_UNSPEC when the
 * picture's memory went away.
 */
enum vgpu_status vgpu_view_read(const struct vgpu_view *view,
                                const struct vgpu_rect *rect,
                                const struct vgpu_pixels *dest)
    __attribute__((warn_unused_result));

/*
 * Where the pixels of @rect lie as x8r8g8b8 in host order, without copying.
 * Returns false when they do not, and vgpu_view_read() is the way.  They are
 * valid until the device executes its next command; those of a blob may
 * change at any time under the reader's eyes.
 */
bool vgpu_view_peek(const struct vgpu_view *view, const struct vgpu_rect *rect,
                    struct vgpu_const_pixels *pixels)
    __attribute__((warn_unused_result));

/*
 * All that the scanout shows in one frame, a reference of the caller's: its
 * pixels stay for as long as that is held.  NULL: they lie in no frame, or not
 * in one of a guest that draws whole pictures, and vgpu_view_read() is the way.
 */
struct vgpu_frame *vgpu_view_frame(const struct vgpu_view *view)
    __attribute__((warn_unused_result));

/*
 * What the scanout shows as a dma-buf, a reference of the caller's; the same one
 * until it shows something else.  NULL: it cannot be shared, or its memory is away
 * at this moment, and vgpu_view_read() is the way.
 */
struct vgpu_dmabuf *vgpu_view_dmabuf(const struct vgpu_view *view)
    __attribute__((warn_unused_result));

/*
 * While damage() is called for RESOURCE_FLUSH: the display draws from the
 * picture's memory, so the reply waits, without anybody else, until
 * vgpu_device_retire_fence() was called once for each hold, with the token that
 * this returns.  0: there is no flush that could wait.
 */
uint64_t vgpu_view_hold(const struct vgpu_view *view)
    __attribute__((warn_unused_result));

#endif
