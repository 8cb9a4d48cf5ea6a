/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "mailbox.h"

#include <string.h>
#include <glib.h>

/* Shown, newest, being written. */
#define MAX_FRAMES 3

struct slot {
    struct vgpu_frame *frame;   /* NULL: free */
    pixman_region32_t stale;    /* where it differs from the newest picture */
};

struct vgpu_mailbox {
    /* Device thread only. */
    struct slot slots[MAX_FRAMES];
    struct slot *writing;
    pixman_region32_t write_region;
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
    struct vgpu_shared_picture shared;  /* with what is new likewise */
};

struct vgpu_mailbox *vgpu_mailbox_create(void)
{
    struct vgpu_mailbox *mailbox = g_new0(struct vgpu_mailbox, 1);

    g_mutex_init(&mailbox->lock);
    pixman_region32_init(&mailbox->damage);
    vgpu_shared_picture_init(&mailbox->shared);
    pixman_region32_init(&mailbox->write_region);
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
    vgpu_shared_picture_finish(&mailbox->shared);
    for (int i = 0; i < MAX_FRAMES; i++) {
        pixman_region32_fini(&mailbox->slots[i].stale);
    }
    pixman_region32_fini(&mailbox->damage);
    pixman_region32_fini(&mailbox->write_region);
    g_mutex_clear(&mailbox->lock);
    g_free(mailbox);
}

void vgpu_damage_simplify(pixman_region32_t *region)
{
    if (pixman_region32_n_rects(region) > VGPU_MAX_DAMAGE_RECTS) {
        pixman_box32_t box = *pixman_region32_extents(region);

        pixman_region32_fini(region);
        pixman_region32_init_with_extents(region, &box);
    }
}

static void add_damage(pixman_region32_t *region,
                       const pixman_region32_t *more)
{
    pixman_region32_union(region, region, (pixman_region32_t *)more);
    vgpu_damage_simplify(region);
}

static void set_all(pixman_region32_t *region, uint32_t width, uint32_t height)
{
    pixman_region32_fini(region);
    pixman_region32_init_rect(region, 0, 0, width, height);
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
    vgpu_shared_picture_drop(&mailbox->shared);
    mailbox->slots[0].frame = black;
    mailbox->newest = &mailbox->slots[0];
    mailbox->shows_picture = true;
    set_all(&mailbox->damage, width, height);
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
    vgpu_shared_picture_drop(&mailbox->shared);
    mailbox->newest = NULL;
    mailbox->shows_picture = false;
    pixman_region32_clear(&mailbox->damage);
    wake = announce(mailbox);
    g_mutex_unlock(&mailbox->lock);
    mailbox->enabled = false;
    return wake;
}

const struct vgpu_frame *vgpu_mailbox_picture(struct vgpu_mailbox *mailbox)
{
    /* Read without the lock: only this thread changes it. */
    return mailbox->newest ? mailbox->newest->frame : NULL;
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
        set_all(&slot->stale, mailbox->width, mailbox->height);
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
    vgpu_frame_mark_written(slot->frame);
    return slot->frame;
}

bool vgpu_mailbox_publish(struct vgpu_mailbox *mailbox)
{
    struct slot *written = mailbox->writing;
    bool wake;

    for (int i = 0; i < MAX_FRAMES; i++) {
        if (mailbox->slots[i].frame) {
            add_damage(&mailbox->slots[i].stale, &mailbox->write_region);
        }
    }
    pixman_region32_clear(&written->stale);
    g_mutex_lock(&mailbox->lock);
    mailbox->newest = written;
    add_damage(&mailbox->damage, &mailbox->write_region);
    wake = announce(mailbox);
    g_mutex_unlock(&mailbox->lock);
    mailbox->writing = NULL;
    return wake;
}

bool vgpu_mailbox_abandon(struct vgpu_mailbox *mailbox)
{
    bool wake;

    /* Where it was: the others lack what was written, and so does the screen. */
    if (!mailbox->newest) {
        return vgpu_mailbox_publish(mailbox);
    }
    g_mutex_lock(&mailbox->lock);
    wake = mailbox->news && announce(mailbox);
    g_mutex_unlock(&mailbox->lock);
    mailbox->writing = NULL;
    return wake;
}

bool vgpu_mailbox_share(struct vgpu_mailbox *mailbox,
                        struct vgpu_dmabuf *dmabuf,
                        const pixman_region32_t *damage, uint64_t token)
{
    bool wake;

    g_mutex_lock(&mailbox->lock);
    vgpu_shared_picture_put(&mailbox->shared, dmabuf, damage, token);
    wake = announce(mailbox);
    g_mutex_unlock(&mailbox->lock);
    return wake;
}

bool vgpu_mailbox_unshare(struct vgpu_mailbox *mailbox)
{
    bool wake = false;

    g_mutex_lock(&mailbox->lock);
    if (mailbox->shared.dmabuf) {
        vgpu_shared_picture_drop(&mailbox->shared);
        wake = announce(mailbox);
    }
    g_mutex_unlock(&mailbox->lock);
    return wake;
}

bool vgpu_mailbox_has_news(struct vgpu_mailbox *mailbox)
{
    bool news;

    g_mutex_lock(&mailbox->lock);
    news = mailbox->news;
    g_mutex_unlock(&mailbox->lock);
    return news;
}

uint64_t vgpu_mailbox_bytes(struct vgpu_mailbox *mailbox)
{
    uint64_t bytes = 0;

    g_mutex_lock(&mailbox->lock);
    for (int i = 0; i < MAX_FRAMES; i++) {
        const struct vgpu_frame *frame = mailbox->slots[i].frame;

        if (frame && vgpu_frame_is_written(frame)) {
            bytes += vgpu_frame_bytes(frame->width, frame->height);
        }
    }
    g_mutex_unlock(&mailbox->lock);
    return bytes;
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
        vgpu_shared_picture_take(&mailbox->shared, &news->shared);
    }
    g_mutex_unlock(&mailbox->lock);
    return taken;
}

void vgpu_mailbox_news_finish(struct vgpu_mailbox_news *news)
{
    vgpu_frame_unref(news->frame);
    pixman_region32_fini(&news->damage);
    vgpu_shared_picture_finish(&news->shared);
}
