/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The two halves of executing a request, for one that waits in between.
 * Device thread only.
 */
#ifndef HW_DISPLAY_CORE_EXECUTE_H
#define HW_DISPLAY_CORE_EXECUTE_H

#include "hw/virtio/vgpu/request.h"

struct vgpu_device;

/* Runs the handler of a fetched request, which then waits or is finished. */
void vgpu_execute_now(struct vgpu_device *dev, struct vgpu_request *request);

/* Answers a request that has waited, and with it what is fenced behind it. */
void vgpu_execute_finish(struct vgpu_device *dev, struct vgpu_request *request,
                         enum vgpu_status status);

#endif
