/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "mailbox.h"

#include <string.h>
#include <glib.h>

/*
 * Shown, newest, being written; the others are there for a screenshot or a
 * viewer that holds on to an old picture for a while.
 */
#define MAX_FRAMES 6

/* Damage of more rectangles than this is reported as their bounding box. */
#define MAX_DAMAGE_RECTS 32

struct slot {
    struct vgpu_frame *frame;   /* NULL: free */
    pixman_region32_t stale;    /* where it differs from the newest picture */
};

struct vgpu_mailbox {
    /* Device thread only. */
    struct slot slots[MAX_FRAMES];
    struct slot *writing;
    struct vgpu_rect write_rect;
    uint32_t width;
    uint32_t height;
    bool enabled;

    GMutex lock;
    /* Under the lock. */
    struct slot *newest;        /* NULL: none, or withdrawn to be written */
    bool shows_picture;
    bool news;                  /* something to take */
    bool woken;                 /* a wake-up is under way */
    pixman_region32_t damage;   /* since the last take */
};

struct vgpu_mailbox *vgpu_mailbox_create(void)
{
    struct vgpu_mailbox *mailbox = g_new0(struct vgpu_mailbox, 1);

    g_mutex_init(&mailbox->lock);
    pixman_region32_init(&mailbox->damage);
    for (int i = 0; i < MAX_FRAMES; i++) {
        pixman_region32_init(&mailbox->slots[i].stale);
    }
    return mailbox;
}

static void clear_slots(struct vgpu_mailbox *mailbox)
{
    for (int i = 0; i < MAX_FRAMES; i++) {
        vgpu_frame_unref(mailbox->slots[i].frame);
        mailbox->slots[i].frame = NULL;
        pixman_region32_clear(&mailbox->slots[i].stale);
    }
}

void vgpu_mailbox_destroy(struct vgpu_mailbox *mailbox)
{
    clear_slots(mailbox);
    for (int i = 0; i < MAX_FRAMES; i++) {
        pixman_region32_fini(&mailbox->slots[i].stale);
    }
    pixman_region32_fini(&mailbox->damage);
    g_mutex_clear(&mailbox->lock);
    g_free(mailbox);
}

static void add_damage(pixman_region32_t *region, const struct vgpu_rect *rect)
{
    pixman_region32_union_rect(region, region, rect->x, rect->y,
                               rect->width, rect->height);
    if (pixman_region32_n_rects(region) > MAX_DAMAGE_RECTS) {
        pixman_box32_t box = *pixman_region32_extents(region);

        pixman_region32_fini(region);
        pixman_region32_init_with_extents(region, &box);
    }
}

/* Under the lock: something is to be taken.  True when nobody was told yet. */
static bool announce(struct vgpu_mailbox *mailbox)
{
    bool wake = !mailbox->woken;

    mailbox->news = true;
    mailbox->woken = true;
    return wake;
}

bool vgpu_mailbox_enable(struct vgpu_mailbox *mailbox,
                         uint32_t width, uint32_t height, bool *wake)
{
    struct vgpu_rect all = { .width = width, .height = height };
    struct vgpu_frame *black;

    *wake = false;
    if (mailbox->enabled && mailbox->width == width &&
        mailbox->height == height) {
        return true;
    }
    black = vgpu_frame_create(width, height);
    if (!black) {
        return false;
    }
    g_mutex_lock(&mailbox->lock);
    clear_slots(mailbox);
    mailbox->slots[0].frame = black;
    mailbox->newest = &mailbox->slots[0];
    mailbox->shows_picture = true;
    pixman_region32_clear(&mailbox->damage);
    add_damage(&mailbox->damage, &all);
    *wake = announce(mailbox);
    g_mutex_unlock(&mailbox->lock);
    mailbox->enabled = true;
    mailbox->width = width;
    mailbox->height = height;
    return true;
}

bool vgpu_mailbox_disable(struct vgpu_mailbox *mailbox)
{
    bool wake;

    g_mutex_lock(&mailbox->lock);
    clear_slots(mailbox);
    mailbox->newest = NULL;
    mailbox->shows_picture = false;
    pixman_region32_clear(&mailbox->damage);
    wake = announce(mailbox);
    g_mutex_unlock(&mailbox->lock);
    mailbox->enabled = false;
    return wake;
}

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

static struct slot *add_frame(struct vgpu_mailbox *mailbox)
{
    for (int i = 0; i < MAX_FRAMES; i++) {
        struct slot *slot = &mailbox->slots[i];

        if (slot->frame) {
            continue;
        }
        slot->frame = vgpu_frame_create(mailbox->width, mailbox->height);
        if (!slot->frame) {
            return NULL;
        }
        add_damage(&slot->stale, &(struct vgpu_rect) {
            .width = mailbox->width,
            .height = mailbox->height,
        });
        return slot;
    }
    return NULL;
}

/* Takes the newest picture back when the main loop does not have it yet. */
static struct slot *withdraw(struct vgpu_mailbox *mailbox)
{
    struct slot *slot;

    g_mutex_lock(&mailbox->lock);
    slot = mailbox->newest;
    if (slot && vgpu_frame_is_shared(slot->frame)) {
        slot = NULL;
    }
    if (slot) {
        mailbox->newest = NULL;
    }
    g_mutex_unlock(&mailbox->lock);
    return slot;
}

/* Brings @slot up to the newest picture, but for what will be overwritten. */
static void refresh(struct vgpu_mailbox *mailbox, struct slot *slot,
                    const struct vgpu_rect *rect)
{
    const struct vgpu_frame *from = mailbox->newest->frame;
    pixman_region32_t written, todo;
    const pixman_box32_t *boxes;
    int count;

    pixman_region32_init_rect(&written, rect->x, rect->y,
                              rect->width, rect->height);
    pixman_region32_init(&todo);
    pixman_region32_subtract(&todo, &slot->stale, &written);
    boxes = pixman_region32_rectangles(&todo, &count);
    for (int i = 0; i < count; i++) {
        size_t bytes = (size_t)(boxes[i].x2 - boxes[i].x1) * 4;

        for (int32_t y = boxes[i].y1; y < boxes[i].y2; y++) {
            size_t at = (size_t)y * from->stride + (size_t)boxes[i].x1 * 4;

            memcpy(slot->frame->data + at, from->data + at, bytes);
        }
    }
    pixman_region32_copy(&slot->stale, &written);
    pixman_region32_fini(&todo);
    pixman_region32_fini(&written);
}

struct vgpu_frame *vgpu_mailbox_begin(struct vgpu_mailbox *mailbox,
                                      const struct vgpu_rect *rect)
{
    struct slot *slot;

    if (!mailbox->enabled) {
        return NULL;
    }
    /* newest is read without the lock: only this thread changes it. */
    slot = find_idle(mailbox);
    if (!slot) {
        slot = add_frame(mailbox);
    }
    if (slot) {
        refresh(mailbox, slot, rect);
    } else {
        slot = withdraw(mailbox);
    }
    mailbox->writing = slot;
    mailbox->write_rect = *rect;
    return slot ? slot->frame : NULL;
}

bool vgpu_mailbox_publish(struct vgpu_mailbox *mailbox)
{
    struct slot *written = mailbox->writing;
    bool wake;

    for (int i = 0; i < MAX_FRAMES; i++) {
        if (mailbox->slots[i].frame) {
            add_damage(&mailbox->slots[i].stale, &mailbox->write_rect);
        }
    }
    pixman_region32_clear(&written->stale);
    g_mutex_lock(&mailbox->lock);
    mailbox->newest = written;
    add_damage(&mailbox->damage, &mailbox->write_rect);
    wake = announce(mailbox);
    g_mutex_unlock(&mailbox->lock);
    mailbox->writing = NULL;
    return wake;
}

bool vgpu_mailbox_abandon(struct vgpu_mailbox *mailbox)
{
    bool wake;

    g_mutex_lock(&mailbox->lock);
    if (!mailbox->newest) {
        mailbox->newest = mailbox->writing;
    }
    /* Whoever looked while the frame was withdrawn went away without it. */
    wake = mailbox->news && announce(mailbox);
    g_mutex_unlock(&mailbox->lock);
    mailbox->writing = NULL;
    return wake;
}

bool vgpu_mailbox_take(struct vgpu_mailbox *mailbox,
                       struct vgpu_mailbox_news *news)
{
    bool taken = false;

    g_mutex_lock(&mailbox->lock);
    mailbox->woken = false;
    /* Withdrawn: publish announces it again. */
    if (mailbox->news && (mailbox->newest || !mailbox->shows_picture)) {
        taken = true;
        mailbox->news = false;
        news->enabled = mailbox->shows_picture;
        news->frame = mailbox->newest ? vgpu_frame_ref(mailbox->newest->frame)
                                      : NULL;
        pixman_region32_init(&news->damage);
        pixman_region32_copy(&news->damage, &mailbox->damage);
        pixman_region32_clear(&mailbox->damage);
    }
    g_mutex_unlock(&mailbox->lock);
    return taken;
}

void vgpu_mailbox_news_finish(struct vgpu_mailbox_news *news)
{
    vgpu_frame_unref(news->frame);
    pixman_region32_fini(&news->damage);
}
