/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * QEMU's own trace events for virtio-gpu, which are in every binary and so
 * obey -trace virtio_gpu_*.
 */
#ifndef HW_DISPLAY_VIRTIO_GPU_TRACE_H
#define HW_DISPLAY_VIRTIO_GPU_TRACE_H

#include "hw/virtio/vgpu/request.h"

/* A request was fetched.  Any thread. */
void virtio_gpu_trace_request(const struct vgpu_request *request);

#endif
