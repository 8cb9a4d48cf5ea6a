/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Mailbox: the pictures of one scanout on their way to the display.
 *
 * The device thread writes, the main loop takes, and neither waits for the
 * other: at most three frames, one that is shown, one that is the newest, one
 * being written.  A picture that was not taken is merged with the next one,
 * never queued behind it, and the damage of both is added up.  No frame is
 * written while anyone else holds it, so nothing tears.  A frame that others
 * draw in, an image of the guest's, can be lent to it for a picture.
 *
 * The lock protects what both sides see and is held for a few assignments;
 * pixels are copied outside of it.  Knows nothing of QEMU.
 */
#ifndef HW_DISPLAY_MAILBOX_H
#define HW_DISPLAY_MAILBOX_H

#include <stdbool.h>
#include <stdint.h>
#include <pixman.h>

#include "frame.h"
#include "hw/virtio/vgpu/rect.h"
#include "shared-picture.h"

struct vgpu_dmabuf;
struct vgpu_mailbox;

/* Damage of more rectangles than this is taken as their bounding box. */
#define VGPU_MAX_DAMAGE_RECTS 256

/* Makes @region its own bounding box if it has more rectangles than that. */
void vgpu_damage_simplify(pixman_region32_t *region);

/* Whether @region, inside @picture, is half of it or more. */
bool vgpu_damage_is_most(const pixman_region32_t *region,
                         const struct vgpu_frame *picture);

/* Any thread, before the two sides start and after they stopped. */
struct vgpu_mailbox *vgpu_mailbox_create(void);
void vgpu_mailbox_destroy(struct vgpu_mailbox *mailbox);

/* --- device thread ---------------------------------------------------- */

/*
 * The scanout shows a picture of this size; a new size starts black.
 * Returns false, with the old state kept, when the host has no memory.
 * Sets *@wake when the main loop must be told to take: it is not when an
 * earlier wake-up is still to be answered.
 */
bool vgpu_mailbox_enable(struct vgpu_mailbox *mailbox,
                         uint32_t width, uint32_t height, bool *wake)
    __attribute__((warn_unused_result));

/* The scanout shows nothing.  Returns true for a wake-up, as above. */
bool vgpu_mailbox_disable(struct vgpu_mailbox *mailbox)
    __attribute__((warn_unused_result));

/*
 * The newest picture, which is what the display shows or will show: the
 * mailbox's, to be read until the next call.  NULL when the scanout is
 * disabled.
 */
const struct vgpu_frame *vgpu_mailbox_picture(struct vgpu_mailbox *mailbox);

/*
 * A frame in which to write @region, which is inside the picture and not
 * empty.  Outside of it the frame already holds the newest picture.  NULL
 * when the scanout is disabled, when others hold all three frames, or when
 * the host has no memory for one.  The frame stays the mailbox's; write and
 * then call vgpu_mailbox_publish(), or vgpu_mailbox_abandon().
 */
struct vgpu_frame *vgpu_mailbox_begin(struct vgpu_mailbox *mailbox,
                                      const pixman_region32_t *region);

/* The frame becomes the newest picture.  Returns true for a wake-up. */
bool vgpu_mailbox_publish(struct vgpu_mailbox *mailbox)
    __attribute__((warn_unused_result));

/*
 * @frame is the newest picture as it is, of which @changed is new: the mailbox
 * takes a reference, and whoever draws in the frame does not while there are
 * others than theirs.  Returns false, with nothing changed, when it has another
 * size or others hold all three frames; else sets *@wake as above.
 */
bool vgpu_mailbox_lend(struct vgpu_mailbox *mailbox, struct vgpu_frame *frame,
                       const pixman_region32_t *changed, bool *wake)
    __attribute__((warn_unused_result));

/*
 * A frame of that size which nobody needs any more, with any pixels: the
 * mailbox's reference becomes the caller's.  NULL: there is none.
 */
struct vgpu_frame *vgpu_mailbox_take_frame(struct vgpu_mailbox *mailbox,
                                           uint32_t width, uint32_t height);

/*
 * The write failed half-way.  The newest picture stays what it was, unless
 * nobody else held it and it was written where it is: then what was written
 * already is in it.  Returns true for a wake-up.
 */
bool vgpu_mailbox_abandon(struct vgpu_mailbox *mailbox)
    __attribute__((warn_unused_result));

/*
 * The picture is what @dmabuf holds from now on, of which @damage is new, until
 * it is not shared any more or has another size; pixels may be written as well,
 * for those who cannot draw from it.  @token: of a flush that waits until the
 * picture was drawn, 0: of none.  Returns true for a wake-up.
 */
bool vgpu_mailbox_share(struct vgpu_mailbox *mailbox,
                        struct vgpu_dmabuf *dmabuf,
                        const pixman_region32_t *damage, uint64_t token)
    __attribute__((warn_unused_result));

/* It is its pixels alone.  Returns true for a wake-up. */
bool vgpu_mailbox_unshare(struct vgpu_mailbox *mailbox)
    __attribute__((warn_unused_result));

/* --- main loop -------------------------------------------------------- */

struct vgpu_mailbox_news {
    bool enabled;
    struct vgpu_frame *frame;   /* the caller's reference; NULL if disabled */
    bool is_lent;               /* a frame that others draw in: only to be read */
    bool is_flip;               /* enabled again since what was taken before */
    pixman_region32_t damage;   /* against the frame taken before; caller's */
    struct vgpu_shared_picture shared;  /* the same as a dma-buf; caller's */
};

/* True when there is something to take, perhaps not quite yet. */
bool vgpu_mailbox_has_news(struct vgpu_mailbox *mailbox);

/* Bytes of the frames that pixels were written to.  Any thread. */
uint64_t vgpu_mailbox_bytes(struct vgpu_mailbox *mailbox);

/*
 * Takes the newest picture.  Returns false when nothing changed since the
 * last call; @news is then untouched.  End it with
 * vgpu_mailbox_news_finish().
 */
bool vgpu_mailbox_take(struct vgpu_mailbox *mailbox,
                       struct vgpu_mailbox_news *news);
void vgpu_mailbox_news_finish(struct vgpu_mailbox_news *news);

#endif
