/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Image: where the pixels of a CREATE_2D resource are.
 *
 * In memory of the budget, and, from when a display first shows all of them, in a
 * frame; the budget is charged the same.  Device thread only.
 */
#ifndef HW_DISPLAY_RENDERER_PIXMAN_IMAGE_H
#define HW_DISPLAY_RENDERER_PIXMAN_IMAGE_H

#include "hw/virtio/vgpu/renderer.h"
#include "hw/virtio/vgpu/resource.h"

struct image_store {
    struct vgpu_budget *budget;
    const struct vgpu_frame_ops *frame_ops;     /* or NULL */
    void *frames;
    uint32_t num_frames;        /* images that have one */
};

/* VGPU_OK, or VGPU_ERR_OUT_OF_MEMORY.  Zeros. */
enum vgpu_status image_store_create(struct image_store *store,
                                    struct vgpu_image *image);
void image_store_destroy(struct image_store *store, struct vgpu_image *image);

/*
 * A reference to the frame that the image is in, or moves to; NULL: it suits none,
 * there are too many, or no one transfer brought all of it.
 */
struct vgpu_frame *image_store_picture(struct image_store *store,
                                       struct vgpu_image *image);

/*
 * image->storage is nobody else's until image_store_end_write(), and holds what
 * it held, or anything if @whole: all of it is written then.  NULL in *@before,
 * or what the image had.  VGPU_ERR_OUT_OF_MEMORY: nothing changed.
 */
enum vgpu_status image_store_begin_write(struct image_store *store,
                                         struct vgpu_image *image, bool whole,
                                         struct vgpu_frame **before)
    __attribute__((warn_unused_result));

/* Unless it was @written, what was @before is there again if it was all of it. */
void image_store_end_write(struct image_store *store, struct vgpu_image *image,
                           bool whole, bool written, struct vgpu_frame *before);

#endif
