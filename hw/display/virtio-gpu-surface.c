/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "virtio-gpu-surface.h"

#include "mailbox.h"
#include "qemu/timer.h"

/* Of a guest that does not only flip. */
#define COPIES_NS (2ll * NANOSECONDS_PER_SECOND)

/* A frame that a display has; it may send it still when our device is gone. */
struct displayed {
    struct vgpu_frame *frame;
    int *num_displayed;         /* atomic, in a box of references */
};

static void release_frame(pixman_image_t *image, void *opaque)
{
    struct displayed *displayed = opaque;

    vgpu_frame_unref(displayed->frame);
    qatomic_dec(displayed->num_displayed);
    g_atomic_rc_box_release(displayed->num_displayed);
    g_free(displayed);
}

static DisplaySurface *create_surface(VirtIOGPUOutput *output,
                                      struct vgpu_frame *frame)
{
    pixman_image_t *image =
        pixman_image_create_bits(PIXMAN_x8r8g8b8, frame->width, frame->height,
                                 (uint32_t *)frame->data, frame->stride);
    struct displayed *displayed = g_new(struct displayed, 1);
    DisplaySurface *surface;

    displayed->frame = vgpu_frame_ref(frame);
    displayed->num_displayed = g_atomic_rc_box_acquire(output->num_displayed);
    qatomic_inc(displayed->num_displayed);
    pixman_image_set_destroy_function(image, release_frame, displayed);
    surface = qemu_create_displaysurface_pixman(image);
    if (frame->file >= 0) {
        /* The frame's still, which lives as long as the image. */
        qemu_displaysurface_set_share_handle(surface, frame->file, 0);
    }
    pixman_image_unref(image);
    return surface;
}

void virtio_gpu_surface_init(VirtIOGPUOutput *output)
{
    output->num_displayed = g_atomic_rc_box_new0(int);
}

void virtio_gpu_surface_finish(VirtIOGPUOutput *output)
{
    g_clear_pointer(&output->num_displayed, g_atomic_rc_box_release);
}

void virtio_gpu_surface_give(VirtIOGPUOutput *output, struct vgpu_frame *frame,
                             bool is_lent)
{
    output->surface = create_surface(output, frame);
    output->shown = frame;
    output->is_shown_lent = is_lent;
    dpy_gfx_replace_surface(output->con, output->surface);
}

/* A frame of the displays' own; the one that is lent if there is no memory. */
static void give_copy(VirtIOGPUOutput *output, struct vgpu_frame *lent)
{
    struct vgpu_frame *copy = vgpu_frame_create(lent->width, lent->height);
    pixman_region32_t all;

    if (!copy) {
        virtio_gpu_surface_give(output, lent, true);
        return;
    }
    pixman_region32_init_rect(&all, 0, 0, lent->width, lent->height);
    vgpu_frame_mark_written(copy);
    vgpu_frame_copy(copy, lent, &all);
    pixman_region32_fini(&all);
    virtio_gpu_surface_give(output, copy, false);
    vgpu_frame_unref(copy);
}

/* Whether what the console has only needs to be brought up to date. */
static bool has_older(const VirtIOGPUOutput *output,
                      const struct vgpu_frame *frame)
{
    DisplaySurface *surface = qemu_console_surface(output->con);

    return output->surface && surface == output->surface &&
           !output->is_shown_lent &&
           surface_width(surface) == (int)frame->width &&
           surface_height(surface) == (int)frame->height &&
           output->shown != frame;
}

/*
 * What the displays have until they are told of the next: a client of D-Bus that
 * maps it shows it until then, and the guest must not draw there.
 */
static struct vgpu_frame *hold_seen(const VirtIOGPUOutput *output)
{
    return output->surface &&
           qemu_console_surface(output->con) == output->surface
           ? vgpu_frame_ref(output->shown) : NULL;
}

/*
 * To give the frame itself saves the copy, but makes VNC wait for its encoder with
 * the big lock held, throw away what it was about to send, which its clients then
 * never see, and look at every pixel.  D-Bus does nothing of that, but has each
 * client that maps the picture map it anew: so for a guest that flips, whose pages
 * such a client must map one by one with any device, and not for a while after one
 * that also draws in the page that is shown, which would be one map more.  And D-Bus
 * holds what it sends until the client has read it: who reads nothing keeps two
 * frames at most.
 */
static bool is_better_given(const VirtIOGPUOutput *output,
                            const struct vgpu_mailbox_news *news)
{
    return news->is_flip && get_clock() >= output->copies_until_ns &&
           vgpu_damage_is_most(&news->damage, news->frame) &&
           virtio_gpu_listener_is_dbus(output) &&
           qatomic_read(output->num_displayed) <= 1;
}

void virtio_gpu_surface_show(VirtIOGPUOutput *output,
                             const struct vgpu_mailbox_news *news)
{
    bool is_given = is_better_given(output, news);
    struct vgpu_frame *seen = hold_seen(output);
    const pixman_box32_t *boxes;
    int count;

    if (seen && output->is_shown_lent && !is_given) {
        output->copies_until_ns = get_clock() + COPIES_NS;
    }
    if (has_older(output, news->frame) && !is_given) {
        vgpu_frame_mark_written(output->shown);
        vgpu_frame_copy(output->shown, news->frame, &news->damage);
    } else if (news->is_lent && !is_given) {
        give_copy(output, news->frame);
    } else {
        virtio_gpu_surface_give(output, news->frame, news->is_lent);
    }
    boxes = pixman_region32_rectangles(&news->damage, &count);
    for (int i = 0; i < count; i++) {
        dpy_gfx_update(output->con, boxes[i].x1, boxes[i].y1,
                       boxes[i].x2 - boxes[i].x1, boxes[i].y2 - boxes[i].y1);
    }
    vgpu_frame_unref(seen);
}
