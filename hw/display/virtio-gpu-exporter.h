/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * metrics= and metrics-textfile=: who lets others read what the device counts.
 *
 * It has a library that the device itself does not need, so it is a module that
 * is loaded when a user wants it.  Main loop.
 */
#ifndef HW_DISPLAY_VIRTIO_GPU_EXPORTER_H
#define HW_DISPLAY_VIRTIO_GPU_EXPORTER_H

#include "hw/virtio/virtio-gpu.h"
#include "metrics/exporter.h"

/* The module calls this when it is loaded. */
void virtio_gpu_exporter_register(const struct vgpu_exporter_ops *ops);

/* The last of realize: false when what the user wants cannot be. */
bool virtio_gpu_exporter_realize(VirtIOGPU *gpu, Error **errp);

/* The first of unrealize, and the end of QEMU. */
void virtio_gpu_exporter_unrealize(VirtIOGPU *gpu);

/* The QOM property "metrics-address". */
void virtio_gpu_exporter_add_property(Object *obj);

#endif
