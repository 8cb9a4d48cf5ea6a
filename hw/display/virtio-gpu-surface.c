/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "virtio-gpu-surface.h"

#include "mailbox.h"

static void release_frame(pixman_image_t *image, void *frame)
{
    vgpu_frame_unref(frame);
}

static DisplaySurface *create_surface(struct vgpu_frame *frame)
{
    pixman_image_t *image =
        pixman_image_create_bits(PIXMAN_x8r8g8b8, frame->width, frame->height,
                                 (uint32_t *)frame->data, frame->stride);
    DisplaySurface *surface;

    pixman_image_set_destroy_function(image, release_frame,
                                      vgpu_frame_ref(frame));
    surface = qemu_create_displaysurface_pixman(image);
    if (frame->file >= 0) {
        /* The frame's still, which lives as long as the image. */
        qemu_displaysurface_set_share_handle(surface, frame->file, 0);
    }
    pixman_image_unref(image);
    return surface;
}

void virtio_gpu_surface_give(VirtIOGPUOutput *output, struct vgpu_frame *frame)
{
    output->surface = create_surface(frame);
    output->shown = frame;
    dpy_gfx_replace_surface(output->con, output->surface);
}

/* Whether what the console has only needs to be brought up to date. */
static bool has_older(const VirtIOGPUOutput *output,
                      const struct vgpu_frame *frame)
{
    DisplaySurface *surface = qemu_console_surface(output->con);

    return output->surface && surface == output->surface &&
           surface_width(surface) == (int)frame->width &&
           surface_height(surface) == (int)frame->height &&
           output->shown != frame;
}

void virtio_gpu_surface_show(VirtIOGPUOutput *output,
                             const struct vgpu_mailbox_news *news)
{
    const pixman_box32_t *boxes;
    int count;

    if (has_older(output, news->frame)) {
        vgpu_frame_mark_written(output->shown);
        vgpu_frame_copy(output->shown, news->frame, &news->damage);
    } else {
        virtio_gpu_surface_give(output, news->frame);
    }
    boxes = pixman_region32_rectangles(&news->damage, &count);
    for (int i = 0; i < count; i++) {
        dpy_gfx_update(output->con, boxes[i].x1, boxes[i].y1,
                       boxes[i].x2 - boxes[i].x1, boxes[i].y2 - boxes[i].y1);
    }
}
