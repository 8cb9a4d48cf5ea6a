/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Mailbox: the pictures of one scanout on their way to the display.
 *
 * The device thread writes, the main loop takes, and neither waits for the
 * other: one frame is shown, one is the newest, one is being written.  A
 * picture that was not taken is merged with the next one, never queued behind
 * it, and the damage of both is added up.  No frame is written while anyone
 * else holds it, so nothing tears.
 *
 * The lock protects what both sides see and is held for a few assignments;
 * pixels are copied outside of it.  Knows nothing of QEMU.
 */
#ifndef HW_DISPLAY_MAILBOX_H
#define HW_DISPLAY_MAILBOX_H

#include <stdbool.h>
#include <stdint.h>
#include <pixman.h>

#include "hw/virtio/vgpu/frame.h"
#include "hw/virtio/vgpu/rect.h"

struct vgpu_mailbox;

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
 * A frame in which to write @rect.  Outside of it the frame already holds
 * the newest picture.  NULL when the scanout is disabled, or when the host
 * has no memory for a frame.  The frame stays the mailbox's; write and then
 * call vgpu_mailbox_publish(), or vgpu_mailbox_abandon().
 */
struct vgpu_frame *vgpu_mailbox_begin(struct vgpu_mailbox *mailbox,
                                      const struct vgpu_rect *rect);

/* The frame becomes the newest picture.  Returns true for a wake-up. */
bool vgpu_mailbox_publish(struct vgpu_mailbox *mailbox)
    __attribute__((warn_unused_result));

/*
 * The write failed half-way.  The newest picture stays what it was; only when
 * begin had no frame to spare is what was written already in it.  Returns
 * true for a wake-up.
 */
bool vgpu_mailbox_abandon(struct vgpu_mailbox *mailbox)
    __attribute__((warn_unused_result));

/* --- main loop -------------------------------------------------------- */

struct vgpu_mailbox_news {
    bool enabled;
    struct vgpu_frame *frame;   /* the caller's reference; NULL if disabled */
    pixman_region32_t damage;   /* against the frame taken before; caller's */
};

/*
 * Takes the newest picture.  Returns false when nothing changed since the
 * last call; @news is then untouched.  End it with
 * vgpu_mailbox_news_finish().
 */
bool vgpu_mailbox_take(struct vgpu_mailbox *mailbox,
                       struct vgpu_mailbox_news *news);
void vgpu_mailbox_news_finish(struct vgpu_mailbox_news *news);

#endif
