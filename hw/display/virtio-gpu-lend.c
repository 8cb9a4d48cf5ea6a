/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "hw/virtio/virtio-gpu.h"

#include "hw/virtio/vgpu/display.h"
#include "mailbox.h"

/*
 * Pictures that go to the displays as they are: images of guests that draw whole
 * pictures are drawn in frames, and the display is lent those.  Device thread.
 */

/* Memory that is there already costs no page faults. */
static struct vgpu_frame *take(void *opaque, uint32_t width, uint32_t height)
{
    VirtIOGPUBase *base = opaque;
    struct vgpu_frame *frame = NULL;

    for (uint32_t i = 0; i < base->conf.max_outputs && !frame; i++) {
        frame = vgpu_mailbox_take_frame(base->outputs[i].mailbox, width,
                                        height);
    }
    return frame ? frame : vgpu_frame_create(width, height);
}

const struct vgpu_frame_ops virtio_gpu_frame_ops = {
    .take = take,
    .ref = vgpu_frame_ref,
    .unref = vgpu_frame_unref,
    .is_shared = vgpu_frame_is_shared,
};

/* What of it was not flushed must not be seen. */
static bool is_flushed_whole(const VirtIOGPUOutput *output,
                             const struct vgpu_frame *picture)
{
    pixman_box32_t whole = { 0, 0, picture->width, picture->height };

    return pixman_region32_contains_rectangle(
               (pixman_region32_t *)&output->unread, &whole) == PIXMAN_REGION_IN;
}

bool virtio_gpu_frames_lend(VirtIOGPUOutput *output,
                            const struct vgpu_view *view,
                            const pixman_region32_t *changed, bool *wake)
{
    const struct vgpu_frame *picture = vgpu_mailbox_picture(output->mailbox);
    struct vgpu_frame *frame;
    bool lent;

    if (!vgpu_damage_is_most(changed, picture) ||
        !is_flushed_whole(output, picture)) {
        return false;
    }
    frame = vgpu_view_frame(view);
    lent = frame && vgpu_mailbox_lend(output->mailbox, frame, changed, wake);
    vgpu_frame_unref(frame);
    return lent;
}
