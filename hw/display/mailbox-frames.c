/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "mailbox-internal.h"

/* A frame that nobody else holds and that is not the newest. */
static struct slot *find_idle(struct vgpu_mailbox *mailbox)
{
    for (int i = 0; i < MAX_FRAMES; i++) {
        struct slot *slot = &mailbox->slots[i];

        if (slot->frame && slot != mailbox->newest &&
            !vgpu_frame_is_shared(slot->frame)) {
            return slot;
        }
    }
    return NULL;
}

static struct slot *find_empty(struct vgpu_mailbox *mailbox)
{
    for (int i = 0; i < MAX_FRAMES; i++) {
        if (!mailbox->slots[i].frame) {
            return &mailbox->slots[i];
        }
    }
    return NULL;
}

static struct slot *add_frame(struct vgpu_mailbox *mailbox)
{
    struct slot *slot = find_empty(mailbox);
    struct vgpu_frame *frame;

    if (!slot) {
        return NULL;
    }
    frame = vgpu_frame_create(mailbox->width, mailbox->height);
    if (!frame) {
        return NULL;
    }
    if (vgpu_frame_is_written(mailbox->newest->frame)) {
        vgpu_damage_set_all(&slot->stale, mailbox->width, mailbox->height);
    }
    g_mutex_lock(&mailbox->lock);
    slot->frame = frame;
    g_mutex_unlock(&mailbox->lock);
    return slot;
}

/*
 * Takes the newest picture back, to be written where it is, if nobody else
 * holds it.  One that waits to be taken is left alone as long as there is
 * another frame: the main loop might never get hold of any.
 */
static struct slot *withdraw(struct vgpu_mailbox *mailbox, bool only_taken)
{
    struct slot *slot;

    g_mutex_lock(&mailbox->lock);
    slot = mailbox->newest;
    if (slot && (vgpu_frame_is_shared(slot->frame) ||
                 (only_taken && mailbox->news))) {
        slot = NULL;
    }
    if (slot) {
        mailbox->newest = NULL;
    }
    g_mutex_unlock(&mailbox->lock);
    return slot;
}

/* Brings @slot up to the newest picture, but for what will be overwritten. */
static void refresh(struct vgpu_mailbox *mailbox, struct slot *slot)
{
    const struct vgpu_frame *from = mailbox->newest->frame;
    pixman_region32_t todo;

    pixman_region32_init(&todo);
    pixman_region32_subtract(&todo, &slot->stale, &mailbox->write_region);
    vgpu_frame_copy(slot->frame, from, &todo);
    pixman_region32_copy(&slot->stale, &mailbox->write_region);
    pixman_region32_fini(&todo);
}

/* A frame apart from the newest picture, and equal to it. */
static struct slot *other_frame(struct vgpu_mailbox *mailbox)
{
    struct slot *slot = find_idle(mailbox);

    if (!slot) {
        slot = add_frame(mailbox);
    }
    if (slot) {
        refresh(mailbox, slot);
    }
    return slot;
}

struct vgpu_frame *vgpu_mailbox_begin(struct vgpu_mailbox *mailbox,
                                      const pixman_region32_t *region)
{
    struct slot *slot;

    if (!mailbox->enabled) {
        return NULL;
    }
    pixman_region32_copy(&mailbox->write_region, (pixman_region32_t *)region);
    slot = withdraw(mailbox, true);
    if (!slot) {
        slot = other_frame(mailbox);
    }
    if (!slot) {
        slot = withdraw(mailbox, false);
    }
    mailbox->writing = slot;
    if (!slot) {
        return NULL;
    }
    g_mutex_lock(&mailbox->lock);
    slot->is_lent = false;      /* nobody else has it any more */
    g_mutex_unlock(&mailbox->lock);
    vgpu_frame_mark_written(slot->frame);
    return slot->frame;
}

/* --- frames of those who draw ----------------------------------------- */

/* A slot for a frame from elsewhere: the newest picture and what is shown stay. */
static struct slot *find_place(struct vgpu_mailbox *mailbox)
{
    struct slot *slot = find_empty(mailbox);

    return slot ? slot : find_idle(mailbox);
}

bool vgpu_mailbox_lend(struct vgpu_mailbox *mailbox, struct vgpu_frame *frame,
                       const pixman_region32_t *changed, bool *wake)
{
    struct slot *slot = find_place(mailbox);
    struct vgpu_frame *idle;

    if (!slot || !mailbox->enabled || frame->width != mailbox->width ||
        frame->height != mailbox->height) {
        return false;
    }
    vgpu_frame_mark_written(frame);
    g_mutex_lock(&mailbox->lock);
    idle = slot->frame;
    slot->frame = vgpu_frame_ref(frame);
    slot->is_lent = true;
    g_mutex_unlock(&mailbox->lock);
    vgpu_frame_unref(idle);
    *wake = vgpu_mailbox_set_newest(mailbox, slot, changed);
    return true;
}

struct vgpu_frame *vgpu_mailbox_take_frame(struct vgpu_mailbox *mailbox,
                                           uint32_t width, uint32_t height)
{
    struct slot *slot = mailbox->enabled && mailbox->width == width &&
                        mailbox->height == height ? find_idle(mailbox) : NULL;
    struct vgpu_frame *frame = NULL;

    if (slot) {
        frame = vgpu_frame_ref(slot->frame);
        g_mutex_lock(&mailbox->lock);
        vgpu_mailbox_empty_slot(slot);
        g_mutex_unlock(&mailbox->lock);
    }
    return frame;
}
