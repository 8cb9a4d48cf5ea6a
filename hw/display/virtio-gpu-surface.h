/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Surface: the pixels that the console of a head has, and so its displays.
 *
 * A frame that it keeps for as long as anybody shows it, a display that sends it
 * perhaps: the mailbox's, one of the displays' own, or one that the mailbox was lent.
 * Main loop, under the big lock.
 */
#ifndef HW_DISPLAY_VIRTIO_GPU_SURFACE_H
#define HW_DISPLAY_VIRTIO_GPU_SURFACE_H

#include "hw/virtio/virtio-gpu.h"

struct vgpu_mailbox_news;

/* Before the head's console is there, and when it is closed. */
void virtio_gpu_surface_init(VirtIOGPUOutput *output);
void virtio_gpu_surface_finish(VirtIOGPUOutput *output);

/*
 * The console's surface is @frame from now on; the displays look at nothing yet.
 * @is_lent: others draw in it, so it is never written here.
 */
void virtio_gpu_surface_give(VirtIOGPUOutput *output, struct vgpu_frame *frame,
                             bool is_lent);

/* The displays have what is new. */
void virtio_gpu_surface_show(VirtIOGPUOutput *output,
                             const struct vgpu_mailbox_news *news);

#endif
