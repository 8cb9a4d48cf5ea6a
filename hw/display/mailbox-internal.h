/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What mailbox.c (both sides) and mailbox-frames.c (frames to write to) share.
 */
#ifndef HW_DISPLAY_MAILBOX_INTERNAL_H
#define HW_DISPLAY_MAILBOX_INTERNAL_H

#include <glib.h>

#include "mailbox.h"

/* Shown, newest, being written. */
#define MAX_FRAMES 3

struct slot {
    struct vgpu_frame *frame;   /* NULL: free */
    pixman_region32_t stale;    /* where it differs from the newest picture */
    bool is_lent;               /* by whoever draws in it: not ours to write */
};

struct vgpu_mailbox {
    /* Device thread only. */
    struct slot *writing;
    pixman_region32_t write_region;
    uint32_t width;
    uint32_t height;
    bool enabled;
    bool is_flip;               /* what is written next is another picture */

    GMutex lock;
    /* Changed by the device thread under the lock, read by it without. */
    struct slot slots[MAX_FRAMES];
    /* Under the lock. */
    struct slot *newest;        /* NULL: none, or withdrawn to be written */
    bool shows_picture;
    bool news;                  /* something to take */
    bool woken;                 /* a wake-up is under way */
    bool has_flip;              /* among what is new */
    pixman_region32_t damage;   /* since the last take */
    struct vgpu_shared_picture shared;  /* with what is new likewise */
};

void vgpu_damage_add(pixman_region32_t *region, const pixman_region32_t *more);
void vgpu_damage_set_all(pixman_region32_t *region, uint32_t width,
                         uint32_t height);

/* Device thread, under the lock: the slot is free. */
void vgpu_mailbox_empty_slot(struct slot *slot);

/*
 * Device thread: @slot, whose frame holds all of it, is the newest picture, of
 * which @changed is new.  Returns true for a wake-up.
 */
bool vgpu_mailbox_set_newest(struct vgpu_mailbox *mailbox, struct slot *slot,
                             const pixman_region32_t *changed);

#endif
