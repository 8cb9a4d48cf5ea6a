/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * How often a head's picture goes to its displays: max_fps.
 *
 * Pictures that are read, by copying or from OpenGL, are read by the device thread
 * at most so often; what is flushed sooner is read together, when it is time
 * again.  Pictures that displays draw from themselves are held up by the main
 * loop, and with them the flushes that wait for it.  The first picture after a
 * while comes at once, and who takes a screenshot does not wait.
 */
#ifndef HW_DISPLAY_VIRTIO_GPU_PACE_H
#define HW_DISPLAY_VIRTIO_GPU_PACE_H

#include "hw/virtio/virtio-gpu.h"

/* Main loop, before the device works; conf.max_fps does not change any more. */
void virtio_gpu_pace_init(VirtIOGPU *gpu);

/* Device thread: no read is due after this. */
void virtio_gpu_pace_end(VirtIOGPUBase *base);

/*
 * Device thread: whether the head may be read now.  If not,
 * virtio_gpu_frames_fetch_due() is called when it may.
 */
bool virtio_gpu_pace_allows(VirtIOGPUOutput *output);

/* Device thread: it is read now. */
void virtio_gpu_pace_note(VirtIOGPUOutput *output);

/*
 * Main loop: from one picture of the head to the next, by the rate of its display
 * or, where displays draw from the picture and say when they are done, by max_fps.
 */
int64_t virtio_gpu_pace_period_ns(VirtIOGPUOutput *output, bool is_shared);

#endif
