/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "image.h"

#include <string.h>
#include <glib.h>
#include <pixman.h>

#include "hw/virtio/vgpu/budget.h"
#include "hw/virtio/vgpu/format.h"
#include "hw/virtio/vgpu/frame.h"

/*
 * Each frame is a file and a mapping, so there are few, of pictures that are shown
 * and worth it; a guest has as many screens and buffers of them.
 */
#define MAX_FRAMES 32
#define MIN_FRAME_BYTES (256u << 10)

/*
 * A part that is drawn of a picture that is lent costs a copy of all of it: then
 * so many whole ones in a row are to come before the next is lent.
 */
#define WHOLES_AFTER_PART 3

static uint64_t image_bytes(const struct vgpu_image *image)
{
    return (uint64_t)image->stride * image->height;
}

static uint64_t held_bytes(const struct vgpu_image *image)
{
    return (image_bytes(image) + VGPU_PAGE_BYTES - 1) / VGPU_PAGE_BYTES *
           VGPU_PAGE_BYTES;
}

static bool suits_frame(const struct image_store *store,
                        const struct vgpu_image *image)
{
    return store->frame_ops && store->num_frames < MAX_FRAMES &&
           image_bytes(image) >= MIN_FRAME_BYTES &&
           image->stride == (uint64_t)image->width * VGPU_BYTES_PER_PIXEL &&
           vgpu_format_opaque(image->format) == PIXMAN_x8r8g8b8;
}

static void set_frame(struct vgpu_image *image, struct vgpu_frame *frame)
{
    frame->is_drawn_in = true;
    image->frame = frame;
    image->storage = frame->data;
}

static void give_up(struct image_store *store, struct vgpu_frame *frame)
{
    frame->is_drawn_in = false;
    store->frame_ops->unref(frame);
}

enum vgpu_status image_store_create(struct image_store *store,
                                    struct vgpu_image *image)
{
    image->frame = NULL;
    image->wholes = 0;
    image->wholes_wanted = 1;
    if (!vgpu_budget_charge_pixels(store->budget, image_bytes(image))) {
        return VGPU_ERR_OUT_OF_MEMORY;
    }
    image->storage = vgpu_budget_alloc(store->budget, image_bytes(image));
    if (!image->storage) {
        vgpu_budget_release_pixels(store->budget, image_bytes(image));
        return VGPU_ERR_OUT_OF_MEMORY;
    }
    return VGPU_OK;
}

/* The budget has the room: it is that which the image had. */
static bool move_to_frame(struct image_store *store, struct vgpu_image *image)
{
    struct vgpu_frame *frame = store->frame_ops->take(store->frames,
                                                      image->width,
                                                      image->height);

    if (!frame) {
        return false;
    }
    memcpy(frame->data, image->storage, image_bytes(image));
    vgpu_budget_free(store->budget, image->storage);
    if (!vgpu_budget_charge(store->budget, held_bytes(image))) {
        g_assert_not_reached();
    }
    set_frame(image, frame);
    store->num_frames++;
    return true;
}

struct vgpu_frame *image_store_picture(struct image_store *store,
                                       struct vgpu_image *image)
{
    if (image->wholes < image->wholes_wanted ||
        (!image->frame &&
         !(suits_frame(store, image) && move_to_frame(store, image)))) {
        return NULL;
    }
    image->wholes_wanted = 1;
    return store->frame_ops->ref(image->frame);
}

void image_store_destroy(struct image_store *store, struct vgpu_image *image)
{
    if (!image->storage) {
        return;
    }
    if (image->frame) {
        give_up(store, image->frame);
        image->frame = NULL;
        store->num_frames--;
        vgpu_budget_release(store->budget, held_bytes(image));
    } else {
        vgpu_budget_free(store->budget, image->storage);
    }
    image->storage = NULL;
    vgpu_budget_release_pixels(store->budget, image_bytes(image));
}

enum vgpu_status image_store_begin_write(struct image_store *store,
                                         struct vgpu_image *image, bool whole,
                                         struct vgpu_frame **before)
{
    struct vgpu_frame *frame;

    *before = NULL;
    if (!image->frame || !store->frame_ops->is_shared(image->frame)) {
        return VGPU_OK;
    }
    frame = store->frame_ops->take(store->frames, image->width, image->height);
    if (!frame) {
        return VGPU_ERR_OUT_OF_MEMORY;
    }
    if (!whole) {
        memcpy(frame->data, image->storage, image_bytes(image));
        image->wholes_wanted = WHOLES_AFTER_PART;
    }
    *before = image->frame;
    set_frame(image, frame);
    return VGPU_OK;
}

void image_store_end_write(struct image_store *store, struct vgpu_image *image,
                           bool whole, bool written, struct vgpu_frame *before)
{
    if (before && whole && !written) {
        give_up(store, image->frame);
        set_frame(image, before);
        return;
    }
    if (before) {
        give_up(store, before);
    }
    image->wholes = !whole || !written ? 0 : MIN(image->wholes + 1, UINT8_MAX);
}
