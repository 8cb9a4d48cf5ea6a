/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * virtio-gpu with 3D, embedded by its wrappers.
 */
#ifndef HW_DISPLAY_VIRTIO_GPU_GL_H
#define HW_DISPLAY_VIRTIO_GPU_GL_H

#include "hw/virtio/virtio-gpu.h"

OBJECT_DECLARE_SIMPLE_TYPE(VirtIOGPUGL, VIRTIO_GPU_GL)

struct VirtIOGPUGL {
    VirtIOGPU parent_obj;

    bool stats;
};

#endif
