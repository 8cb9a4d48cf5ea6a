/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "mailbox.h"

#include "mailbox-internal.h"

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

void vgpu_mailbox_empty_slot(struct slot *slot)
{
    vgpu_frame_unref(slot->frame);
    slot->frame = NULL;
    slot->is_lent = false;
    pixman_region32_clear(&slot->stale);
}

static void clear_slots(struct vgpu_mailbox *mailbox)
{
    for (int i = 0; i < MAX_FRAMES; i++) {
        vgpu_mailbox_empty_slot(&mailbox->slots[i]);
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

bool vgpu_damage_is_most(const pixman_region32_t *region,
                         const struct vgpu_frame *picture)
{
    uint64_t all = (uint64_t)picture->width * picture->height;
    const pixman_box32_t *boxes;
    uint64_t damaged = 0;
    int count;

    boxes = pixman_region32_rectangles((pixman_region32_t *)region, &count);
    for (int i = 0; i < count; i++) {
        damaged += (uint64_t)(boxes[i].x2 - boxes[i].x1) *
                   (boxes[i].y2 - boxes[i].y1);
    }
    return damaged >= all / 2;
}

void vgpu_damage_add(pixman_region32_t *region, const pixman_region32_t *more)
{
    pixman_region32_union(region, region, (pixman_region32_t *)more);
    vgpu_damage_simplify(region);
}

void vgpu_damage_set_all(pixman_region32_t *region, uint32_t width,
                         uint32_t height)
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
        mailbox->is_flip = true;
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
    vgpu_damage_set_all(&mailbox->damage, width, height);
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

bool vgpu_mailbox_set_newest(struct vgpu_mailbox *mailbox, struct slot *slot,
                             const pixman_region32_t *changed)
{
    bool wake;

    for (int i = 0; i < MAX_FRAMES; i++) {
        if (mailbox->slots[i].frame) {
            vgpu_damage_add(&mailbox->slots[i].stale, changed);
        }
    }
    pixman_region32_clear(&slot->stale);
    g_mutex_lock(&mailbox->lock);
    for (int i = 0; i < MAX_FRAMES; i++) {
        struct slot *other = &mailbox->slots[i];

        if (other == slot || !other->is_lent) {
            continue;
        }
        /* Whoever lent it may draw in it as soon as nobody shows it, or left it. */
        if (other->frame->is_drawn_in) {
            vgpu_mailbox_empty_slot(other);
        } else {
            other->is_lent = false;
        }
    }
    mailbox->newest = slot;
    mailbox->has_flip |= mailbox->is_flip;
    vgpu_damage_add(&mailbox->damage, changed);
    wake = announce(mailbox);
    g_mutex_unlock(&mailbox->lock);
    mailbox->is_flip = false;
    return wake;
}

bool vgpu_mailbox_publish(struct vgpu_mailbox *mailbox)
{
    struct slot *written = mailbox->writing;

    mailbox->writing = NULL;
    return vgpu_mailbox_set_newest(mailbox, written, &mailbox->write_region);
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

        /* Those that are lent are counted where they are drawn in. */
        if (frame && !mailbox->slots[i].is_lent &&
            vgpu_frame_is_written(frame)) {
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
        news->is_lent = mailbox->newest && mailbox->newest->is_lent;
        news->is_flip = mailbox->has_flip;
        mailbox->has_flip = false;
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
