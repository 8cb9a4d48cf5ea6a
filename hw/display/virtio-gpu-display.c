/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "hw/virtio/virtio-gpu.h"

#include "mailbox.h"
#include "qemu/main-loop.h"
#include "qemu/timer.h"
#include "virtio-gpu-gl-scanout.h"
#include "virtio-gpu-pace.h"
#include "virtio-gpu-surface.h"

static void set_native(VirtIOGPUBase *base, bool native)
{
    if (base->native == native) {
        return;
    }
    base->native = native;
    if (base->native_changed) {
        base->native_changed(base->native_opaque, native);
    }
}

static void keep_pixels(VirtIOGPUOutput *output, struct vgpu_frame *frame,
                        bool is_lent)
{
    struct vgpu_frame *old = output->pixels;

    output->pixels = frame ? vgpu_frame_ref(frame) : NULL;
    output->are_pixels_lent = is_lent;
    vgpu_frame_unref(old);
}

/*
 * The displays draw from the picture's memory.  Pixels are kept for who takes a
 * screenshot; a surface of that size is there all the same, since displays ask
 * it how large the picture is.
 */
static void show_shared(VirtIOGPUOutput *output,
                        const struct vgpu_mailbox_news *news)
{
    if (!output->surface || output->shown->width != news->frame->width ||
        output->shown->height != news->frame->height) {
        virtio_gpu_gl_leave(output);
        virtio_gpu_surface_give(output, news->frame, news->is_lent);
    }
    keep_pixels(output, news->frame, news->is_lent);
    virtio_gpu_gl_show(output, &news->shared);
}

/* What a screenshot is taken of, for as long as that takes. */
static void finish_look(VirtIOGPUOutput *output)
{
    bool is_shared = virtio_gpu_gl_shows(output) && output->pixels;

    if (is_shared && !virtio_gpu_gl_takes_any(output)) {
        virtio_gpu_gl_leave(output);
    }
    if (is_shared) {
        virtio_gpu_surface_give(output, output->pixels,
                                output->are_pixels_lent);
    }
    graphic_hw_update_done(output->con);
    if (virtio_gpu_gl_shows(output)) {
        virtio_gpu_gl_again(output);
    }
}

static void blank(VirtIOGPUOutput *output)
{
    virtio_gpu_gl_leave(output);
    keep_pixels(output, NULL, false);
    if (output->surface) {
        output->surface = NULL;
        output->shown = NULL;
        dpy_gfx_replace_surface(output->con, NULL);
    }
}

static void show(VirtIOGPUOutput *output, const struct vgpu_mailbox_news *news)
{
    if (news->enabled) {
        set_native(output->gpu, true);
        if (news->shared.dmabuf && virtio_gpu_gl_takes_any(output)) {
            show_shared(output, news);
        } else {
            keep_pixels(output, NULL, false);
            virtio_gpu_gl_leave(output);
            virtio_gpu_surface_show(output, news);
        }
    } else {
        blank(output);
    }
    virtio_gpu_gl_tell(output, &news->shared);
}

/* Pictures from before a reset are not shown after it. */
static bool pictures_are_old(VirtIOGPUBase *base)
{
    return qatomic_load_acquire(&base->resets_done) != base->resets_asked;
}

/* --- presenting ------------------------------------------------------- */

/*
 * The displays are told at once, not when their timer next looks; they have
 * it run slower and slower while nothing changes.  But not more often than
 * there are pictures: each kick makes all of them look.
 */
static void kick(VirtIOGPUBase *base)
{
    int64_t now = get_clock();

    base->kick_owed = now < base->kick_at_ns;
    if (base->kick_owed) {
        timer_mod_anticipate_ns(base->present_timer, base->kick_at_ns);
    } else if (base->listening) {
        base->kick_at_ns = now + base->kick_period_ns;
        update_displaychangelistener(&base->listener, 1);
    }
}

/* A black frame of a new size is no picture that others have to wait for. */
static bool is_picture(const struct vgpu_mailbox_news *news)
{
    return news->enabled && (news->shared.dmabuf ||
                             vgpu_frame_is_written(news->frame));
}

static bool present(VirtIOGPUOutput *output)
{
    VirtIOGPUBase *base = output->gpu;
    struct vgpu_mailbox_news news;

    if (pictures_are_old(base) ||
        !vgpu_mailbox_take(output->mailbox, &news)) {
        return false;
    }
    show(output, &news);
    base->kick_period_ns = virtio_gpu_pace_period_ns(output, false);
    if (is_picture(&news)) {
        vgpu_counter_add(&base->metrics.frames_presented, 1);
        output->present_at_ns = get_clock() +
            virtio_gpu_pace_period_ns(output, news.shared.dmabuf);
    }
    vgpu_mailbox_news_finish(&news);
    kick(base);
    return true;
}

/* Presents what may be, at most at the rate of its display. */
static void present_due(VirtIOGPUBase *base)
{
    int64_t now = get_clock();
    int64_t next = INT64_MAX;

    for (uint32_t i = 0; i < base->conf.max_outputs; i++) {
        VirtIOGPUOutput *output = &base->outputs[i];

        if (!vgpu_mailbox_has_news(output->mailbox)) {
            continue;
        }
        if (output->present_at_ns <= now) {
            present(output);
        } else {
            next = MIN(next, output->present_at_ns);
        }
    }
    if (next != INT64_MAX) {
        timer_mod_anticipate_ns(base->present_timer, next);
    }
}

static void present_timer(void *opaque)
{
    VirtIOGPUBase *base = opaque;

    present_due(base);
    if (base->kick_owed) {
        kick(base);
    }
}

/*
 * Who looked, and had to wait for it to be read, sees it now.  A picture that
 * was withdrawn to be written is announced again by display_bh.
 */
static void finish_update(VirtIOGPUOutput *output)
{
    if (!output->looker_waits || !virtio_gpu_frames_are_fetched(output)) {
        return;
    }
    if (!present(output) && !pictures_are_old(output->gpu) &&
        vgpu_mailbox_has_news(output->mailbox)) {
        return;
    }
    output->looker_waits = false;
    finish_look(output);
}

static void reset_consoles(VirtIOGPUBase *base)
{
    base->reset_owed = false;
    for (uint32_t i = 0; i < base->conf.max_outputs; i++) {
        blank(&base->outputs[i]);
        virtio_gpu_pointer_hide(&base->outputs[i]);
    }
    set_native(base, false);
}

static void display_bh(void *opaque)
{
    VirtIOGPUBase *base = opaque;

    if (base->reset_owed) {
        reset_consoles(base);
    }
    virtio_gpu_listener_stop(base);
    for (uint32_t i = 0; i < base->conf.max_outputs; i++) {
        finish_update(&base->outputs[i]);
        virtio_gpu_gl_continue(&base->outputs[i]);
        virtio_gpu_pointer_apply(&base->outputs[i]);
    }
    present_due(base);
    virtio_gpu_control_notify(base);
}

void virtio_gpu_display_restore(VirtIOGPUBase *base, bool native)
{
    set_native(base, native);
}

void virtio_gpu_display_reset(VirtIOGPUBase *base)
{
    if (!virtio_gpu_in_main_thread(base)) {
        base->reset_owed = true;
        qemu_bh_schedule(base->display_bh);
    } else {
        reset_consoles(base);
    }
}

static void console_invalidate(void *opaque)
{
    VirtIOGPUOutput *output = opaque;

    dpy_gfx_update_full(output->con);
}

/*
 * Somebody looks, a screenshot perhaps: what is there is shown now, what was
 * not read yet as soon as the device thread has.
 */
static void console_gfx_update(void *opaque)
{
    VirtIOGPUOutput *output = opaque;
    VirtIOGPUBase *base = output->gpu;

    if (base->reset_owed) {
        reset_consoles(base);
    }
    virtio_gpu_listener_start(base);
    if (virtio_gpu_listener_finds_glance(output)) {
        virtio_gpu_frames_glance(output);
        /* Too early with max_fps: present_timer is set. */
        base->found_by_look |= (!base->pace_ns ||
                                get_clock() >= output->present_at_ns) &&
                               present(output);
        return;
    }
    if (output->looker_waits) {
        return;
    }
    output->looker_waits = virtio_gpu_frames_look(output);
    if (!output->looker_waits) {
        base->found_by_look |= present(output);
        finish_look(output);
    }
}

static const GraphicHwOps console_ops = {
    .invalidate = console_invalidate,
    .gfx_update = console_gfx_update,
    .gfx_update_async = true,
    .ui_info = virtio_gpu_wishes_ui_info,
    .gl_block = virtio_gpu_gl_block,
};

void virtio_gpu_display_init(VirtIOGPUBase *base)
{
    base->hw_ops = &console_ops;
    base->display_bh = qemu_bh_new(display_bh, base);
    base->present_timer = timer_new_ns(QEMU_CLOCK_REALTIME, present_timer,
                                       base);
    for (uint32_t i = 0; i < base->conf.max_outputs; i++) {
        VirtIOGPUOutput *output = &base->outputs[i];

        output->gpu = base;
        output->index = i;
        virtio_gpu_gl_init(output);
        virtio_gpu_surface_init(output);
        output->con = graphic_console_init(DEVICE(base), i, &console_ops,
                                           output);
    }
    virtio_gpu_listener_init(base);
}

void virtio_gpu_display_finish(VirtIOGPUBase *base)
{
    virtio_gpu_listener_finish(base);
    for (uint32_t i = 0; i < base->conf.max_outputs; i++) {
        virtio_gpu_gl_finish(&base->outputs[i]);
        graphic_console_close(base->outputs[i].con);
        vgpu_frame_unref(base->outputs[i].pixels);
        virtio_gpu_surface_finish(&base->outputs[i]);
    }
    timer_free(base->present_timer);
    qemu_bh_delete(base->display_bh);
}
