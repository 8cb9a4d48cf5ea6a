/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "hw/virtio/virtio-gpu.h"

#include "qemu/lockable.h"
#include "qemu/main-loop.h"

/* --- device thread ---------------------------------------------------- */

static QEMUCursor *make_cursor(const struct vgpu_cursor_image *image)
{
    QEMUCursor *cursor = cursor_alloc(image->width, image->height);

    g_assert(cursor);
    cursor->hot_x = image->hot_x;
    cursor->hot_y = image->hot_y;
    memcpy(cursor->data, image->pixels,
           (size_t)image->width * image->height * sizeof(uint32_t));
    return cursor;
}

/*
 * An image is shown unless the driver has hidden the cursor after it asked
 * for it: hiding overtakes images.  There is no news in having none: the main
 * loop hid the cursor when the request, or the reset, came by.
 */
void virtio_gpu_pointer_define(void *display, uint32_t id,
                               const struct vgpu_cursor_image *image)
{
    VirtIOGPUBase *base = display;
    VirtIOGPUOutput *output = &base->outputs[id];
    QEMUCursor *cursor = image ? make_cursor(image) : NULL;

    WITH_QEMU_LOCK_GUARD(&base->cursor_lock) {
        if (cursor && base->cursor_hides == output->cursor_hides) {
            QEMUCursor *old = output->cursor_news;

            output->cursor_news = cursor;
            cursor = old;
        }
    }
    cursor_unref(cursor);
    qemu_bh_schedule(base->display_bh);
}

void virtio_gpu_pointer_expect(VirtIOGPUBase *base, uint32_t hides)
{
    base->cursor_hides = hides;
}

/* --- main loop -------------------------------------------------------- */

static void set_mouse(VirtIOGPUOutput *output)
{
    output->mouse_owed = !virtio_gpu_in_main_thread(output->gpu);
    if (output->mouse_owed) {
        qemu_bh_schedule(output->gpu->display_bh);
        return;
    }
    dpy_mouse_set(output->con, output->cursor_x, output->cursor_y,
                  output->cursor_visible);
}

void virtio_gpu_pointer_move(VirtIOGPUOutput *output, int32_t x, int32_t y)
{
    output->cursor_x = x;
    output->cursor_y = y;
    output->cursor_moves++;
    set_mouse(output);
}

static QEMUCursor *take_news(VirtIOGPUOutput *output)
{
    QEMUCursor *news;

    QEMU_LOCK_GUARD(&output->gpu->cursor_lock);
    news = output->cursor_news;
    output->cursor_news = NULL;
    return news;
}

QEMUCursor *virtio_gpu_pointer_pending(VirtIOGPUOutput *output)
{
    QEMU_LOCK_GUARD(&output->gpu->cursor_lock);
    return output->cursor_news;
}

void virtio_gpu_pointer_hide(VirtIOGPUOutput *output)
{
    QEMUCursor *hidden;

    WITH_QEMU_LOCK_GUARD(&output->gpu->cursor_lock) {
        output->cursor_hides++;
    }
    cursor_unref(take_news(output));
    if (!output->cursor_visible) {
        return;
    }
    output->cursor_visible = false;
    hidden = cursor_builtin_hidden();
    dpy_cursor_define(output->con, hidden);
    cursor_unref(hidden);
    set_mouse(output);
}

static bool are_equal(const QEMUCursor *a, const QEMUCursor *b)
{
    return a->width == b->width && a->height == b->height &&
           a->hot_x == b->hot_x && a->hot_y == b->hot_y &&
           memcmp(a->data, b->data,
                  (size_t)a->width * a->height * sizeof(uint32_t)) == 0;
}

/* A shape that is shown already is not sent to the viewers again. */
void virtio_gpu_pointer_apply(VirtIOGPUOutput *output)
{
    QEMUCursor *cursor = take_news(output);

    if (output->mouse_owed) {
        set_mouse(output);
    }
    if (!cursor) {
        return;
    }
    if (output->cursor_visible && are_equal(cursor, output->cursor)) {
        cursor_unref(cursor);
        return;
    }
    cursor_unref(output->cursor);
    output->cursor = cursor;
    output->cursor_visible = true;
    dpy_cursor_define(output->con, cursor);
    set_mouse(output);
}

void virtio_gpu_pointer_restore(VirtIOGPUOutput *output, QEMUCursor *cursor,
                                bool visible)
{
    cursor_unref(take_news(output));
    cursor_unref(output->cursor);
    output->cursor = cursor ? cursor_ref(cursor) : NULL;
    output->cursor_visible = visible;
    if (visible) {
        dpy_cursor_define(output->con, cursor);
    }
    set_mouse(output);
}

void virtio_gpu_pointer_init(VirtIOGPUBase *base)
{
    qemu_mutex_init(&base->cursor_lock);
}

void virtio_gpu_pointer_finish(VirtIOGPUBase *base)
{
    for (uint32_t i = 0; i < base->conf.max_outputs; i++) {
        cursor_unref(take_news(&base->outputs[i]));
        cursor_unref(base->outputs[i].cursor);
    }
    qemu_mutex_destroy(&base->cursor_lock);
}
