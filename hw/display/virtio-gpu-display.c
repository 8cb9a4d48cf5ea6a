/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "hw/virtio/virtio-gpu.h"

#include "qemu/main-loop.h"
#include "qemu/units.h"
#include "mailbox.h"

/* Frames of a head at a time: shown, newest, being written. */
#define FRAMES_PER_HEAD 3

/* Every head may be this large, whatever max_hostmem is. */
#define ASSURED_WIDTH_PX 3840
#define ASSURED_HEIGHT_PX 2160

/* A change up to this many pixels is copied to the screen by the main loop. */
#define PATCH_MAX_PX (256 * 256)

struct VirtIOGPUCursorNews {
    bool visible;
    struct vgpu_cursor_image image;
};

/* --- device thread ---------------------------------------------------- */

static void wake(VirtIOGPUBase *base, bool needed)
{
    if (needed) {
        qemu_bh_schedule(base->display_bh);
    }
}

static bool display_enable(void *display, uint32_t id,
                           uint32_t width, uint32_t height)
{
    VirtIOGPUBase *base = display;
    VirtIOGPUOutput *output = &base->outputs[id];
    uint64_t bytes = FRAMES_PER_HEAD * vgpu_frame_bytes(width, height);
    uint64_t others = base->frame_bytes - output->frame_bytes;
    bool wake_up;

    if (bytes > base->frame_bytes_max - others ||
        !vgpu_mailbox_enable(output->mailbox, width, height, &wake_up)) {
        return false;
    }
    output->frame_bytes = bytes;
    base->frame_bytes = others + bytes;
    wake(base, wake_up);
    return true;
}

static void display_disable(void *display, uint32_t id)
{
    VirtIOGPUBase *base = display;
    VirtIOGPUOutput *output = &base->outputs[id];

    base->frame_bytes -= output->frame_bytes;
    output->frame_bytes = 0;
    wake(base, vgpu_mailbox_disable(output->mailbox));
}

static enum vgpu_status display_damage(void *display, uint32_t id,
                                       const struct vgpu_rect *rect,
                                       const struct vgpu_view *view)
{
    VirtIOGPUBase *base = display;
    struct vgpu_mailbox *mailbox = base->outputs[id].mailbox;
    struct vgpu_frame *frame = vgpu_mailbox_begin(mailbox, rect);
    struct vgpu_pixels dest;
    enum vgpu_status status;

    if (!frame) {
        return VGPU_ERR_OUT_OF_MEMORY;
    }
    dest.data = frame->data + (uint64_t)rect->y * frame->stride +
                (uint64_t)rect->x * 4;
    dest.stride = frame->stride;
    status = vgpu_view_read(view, rect, &dest);
    wake(base, status == VGPU_OK ? vgpu_mailbox_publish(mailbox)
                                 : vgpu_mailbox_abandon(mailbox));
    return status;
}

static void display_cursor(void *display, uint32_t id,
                           const struct vgpu_cursor_image *image)
{
    VirtIOGPUBase *base = display;
    VirtIOGPUOutput *output = &base->outputs[id];
    VirtIOGPUCursorNews *news = g_new0(VirtIOGPUCursorNews, 1);
    VirtIOGPUCursorNews *old;

    if (image) {
        news->visible = true;
        news->image = *image;
    }
    WITH_QEMU_LOCK_GUARD(&base->cursor_lock) {
        old = output->cursor_news;
        output->cursor_news = news;
    }
    g_free(old);
    wake(base, true);
}

const struct vgpu_display_ops virtio_gpu_display_ops = {
    .enable = display_enable,
    .disable = display_disable,
    .damage = display_damage,
    .cursor = display_cursor,
};

/* --- main loop -------------------------------------------------------- */

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

static void release_frame(pixman_image_t *image, void *frame)
{
    vgpu_frame_unref(frame);
}

/* A surface that keeps the frame for as long as anybody shows it. */
static DisplaySurface *frame_surface(struct vgpu_frame *frame)
{
    pixman_image_t *image =
        pixman_image_create_bits(PIXMAN_x8r8g8b8, frame->width, frame->height,
                                 (uint32_t *)frame->data, frame->stride);
    DisplaySurface *surface;

    pixman_image_set_destroy_function(image, release_frame,
                                      vgpu_frame_ref(frame));
    surface = qemu_create_displaysurface_pixman(image);
    pixman_image_unref(image);
    return surface;
}

static uint64_t damage_px(const struct vgpu_mailbox_news *news)
{
    const pixman_box32_t *boxes;
    uint64_t px = 0;
    int count;

    boxes = pixman_region32_rectangles(&news->damage, &count);
    for (int i = 0; i < count; i++) {
        px += (uint64_t)(boxes[i].x2 - boxes[i].x1) *
              (boxes[i].y2 - boxes[i].y1);
    }
    return px;
}

static void copy_box(DisplaySurface *surface, const struct vgpu_frame *frame,
                     const pixman_box32_t *box)
{
    size_t bytes = (size_t)(box->x2 - box->x1) * 4;

    for (int32_t y = box->y1; y < box->y2; y++) {
        memcpy((uint8_t *)surface_data(surface) +
               (size_t)y * surface_stride(surface) + (size_t)box->x1 * 4,
               frame->data + (size_t)y * frame->stride + (size_t)box->x1 * 4,
               bytes);
    }
}

/*
 * True when the picture was brought up to date where it is.  To swap surfaces
 * makes VNC wait for its encoder and look at every pixel, so a few changed
 * ones are copied instead, although the big lock is held.
 */
static bool patch(VirtIOGPUOutput *output, const struct vgpu_mailbox_news *news)
{
    DisplaySurface *surface = qemu_console_surface(output->con);
    const pixman_box32_t *boxes;
    int count;

    if (!output->surface || surface != output->surface ||
        surface_width(surface) != (int)news->frame->width ||
        surface_height(surface) != (int)news->frame->height ||
        damage_px(news) > PATCH_MAX_PX) {
        return false;
    }
    boxes = pixman_region32_rectangles(&news->damage, &count);
    for (int i = 0; i < count; i++) {
        copy_box(surface, news->frame, &boxes[i]);
    }
    return true;
}

static void show_frame(VirtIOGPUOutput *output,
                       const struct vgpu_mailbox_news *news)
{
    const pixman_box32_t *boxes;
    int count;

    if (!patch(output, news)) {
        output->surface = frame_surface(news->frame);
        dpy_gfx_replace_surface(output->con, output->surface);
    }
    boxes = pixman_region32_rectangles(&news->damage, &count);
    for (int i = 0; i < count; i++) {
        dpy_gfx_update(output->con, boxes[i].x1, boxes[i].y1,
                       boxes[i].x2 - boxes[i].x1, boxes[i].y2 - boxes[i].y1);
    }
}

static void blank(VirtIOGPUOutput *output)
{
    if (output->surface) {
        output->surface = NULL;
        dpy_gfx_replace_surface(output->con, NULL);
    }
}

static void show(VirtIOGPUOutput *output, const struct vgpu_mailbox_news *news)
{
    if (news->enabled) {
        set_native(output->gpu, true);
        show_frame(output, news);
    } else {
        blank(output);
    }
}

/* Pictures from before a reset are not shown after it. */
static bool pictures_are_old(VirtIOGPUBase *base)
{
    return qatomic_load_acquire(&base->resets_done) != base->resets_asked;
}

static void present(VirtIOGPUOutput *output)
{
    struct vgpu_mailbox_news news;

    if (!pictures_are_old(output->gpu) &&
        vgpu_mailbox_take(output->mailbox, &news)) {
        show(output, &news);
        vgpu_mailbox_news_finish(&news);
    }
}

static void set_mouse(VirtIOGPUOutput *output)
{
    dpy_mouse_set(output->con, output->cursor_x, output->cursor_y,
                  output->cursor_visible);
}

void virtio_gpu_display_move_cursor(VirtIOGPUOutput *output,
                                    int32_t x, int32_t y)
{
    output->cursor_x = x;
    output->cursor_y = y;
    output->cursor_moves++;
    set_mouse(output);
}

static QEMUCursor *make_cursor(const VirtIOGPUCursorNews *news)
{
    QEMUCursor *cursor;

    if (!news->visible) {
        return cursor_builtin_hidden();
    }
    cursor = cursor_alloc(VGPU_CURSOR_PX, VGPU_CURSOR_PX);
    cursor->hot_x = news->image.hot_x;
    cursor->hot_y = news->image.hot_y;
    memcpy(cursor->data, news->image.pixels, sizeof(news->image.pixels));
    return cursor;
}

static void apply_cursor(VirtIOGPUOutput *output)
{
    VirtIOGPUBase *base = output->gpu;
    VirtIOGPUCursorNews *news;
    QEMUCursor *cursor;

    WITH_QEMU_LOCK_GUARD(&base->cursor_lock) {
        news = output->cursor_news;
        output->cursor_news = NULL;
    }
    if (!news) {
        return;
    }
    if (news->visible || output->cursor_visible) {
        cursor = make_cursor(news);
        dpy_cursor_define(output->con, cursor);
        cursor_unref(cursor);
        output->cursor_visible = news->visible;
        set_mouse(output);
    }
    g_free(news);
}

static void display_bh(void *opaque)
{
    VirtIOGPUBase *base = opaque;

    for (uint32_t i = 0; i < base->conf.max_outputs; i++) {
        present(&base->outputs[i]);
        apply_cursor(&base->outputs[i]);
    }
    virtio_gpu_control_notify(base);
}

void virtio_gpu_display_reset(VirtIOGPUBase *base)
{
    for (uint32_t i = 0; i < base->conf.max_outputs; i++) {
        blank(&base->outputs[i]);
    }
    set_native(base, false);
}

static void console_invalidate(void *opaque)
{
    VirtIOGPUOutput *output = opaque;

    dpy_gfx_update_full(output->con);
}

/* Somebody looks, a screenshot perhaps: what is there is shown now. */
static void console_gfx_update(void *opaque)
{
    present(opaque);
}

static const GraphicHwOps console_ops = {
    .invalidate = console_invalidate,
    .gfx_update = console_gfx_update,
    .ui_info = virtio_gpu_control_ui_info,
};

void virtio_gpu_display_init(VirtIOGPUBase *base)
{
    uint64_t assured = (uint64_t)base->conf.max_outputs *
                       vgpu_frame_bytes(ASSURED_WIDTH_PX, ASSURED_HEIGHT_PX);

    base->frame_bytes_max = MAX(base->conf.max_hostmem, assured);
    if (base->frame_bytes_max <= UINT64_MAX / FRAMES_PER_HEAD) {
        base->frame_bytes_max *= FRAMES_PER_HEAD;
    }
    base->hw_ops = &console_ops;
    qemu_mutex_init(&base->cursor_lock);
    base->display_bh = qemu_bh_new(display_bh, base);
    for (uint32_t i = 0; i < base->conf.max_outputs; i++) {
        VirtIOGPUOutput *output = &base->outputs[i];

        output->gpu = base;
        output->index = i;
        output->mailbox = vgpu_mailbox_create();
        output->con = graphic_console_init(DEVICE(base), i, &console_ops,
                                           output);
    }
}

void virtio_gpu_display_finish(VirtIOGPUBase *base)
{
    for (uint32_t i = 0; i < base->conf.max_outputs; i++) {
        VirtIOGPUOutput *output = &base->outputs[i];

        graphic_console_close(output->con);
        vgpu_mailbox_destroy(output->mailbox);
        g_free(output->cursor_news);
    }
    qemu_bh_delete(base->display_bh);
    qemu_mutex_destroy(&base->cursor_lock);
}
