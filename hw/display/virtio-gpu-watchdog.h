/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The watchdog: says in the log, once each, what takes longer than watchdog=
 * seconds, and counts it.  The VM goes on.
 *
 * The main loop looks: at what the device thread shows of itself, for that may
 * hang in the renderer.  Fences the device thread goes through itself when it is
 * asked to, and that it answers is a sign of life.
 */
#ifndef HW_DISPLAY_VIRTIO_GPU_WATCHDOG_H
#define HW_DISPLAY_VIRTIO_GPU_WATCHDOG_H

#include "hw/virtio/virtio-gpu.h"

/* Main loop, the device and the strings of the metrics are there. */
void virtio_gpu_watchdog_start(VirtIOGPU *gpu);

/* Main loop, before the device ends; also without a start. */
void virtio_gpu_watchdog_stop(VirtIOGPU *gpu);

/* Device thread: nothing of the watchdog's runs there after this. */
void virtio_gpu_watchdog_end(VirtIOGPU *gpu);

/* Device thread, around a command of the control queue. */
void virtio_gpu_watchdog_begin(VirtIOGPU *gpu, const VirtIOGPURequest *r);
void virtio_gpu_watchdog_done(VirtIOGPU *gpu);

#endif
