/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The route renderer=vfio,vfio=ID: the guest renders on a vfio-pci device of its
 * own, and ours shows what it put into that device's memory.
 *
 * That device may stand behind ours on the command line, as libvirt has it, so
 * it is looked for when ours is realized and again when the machine is complete.
 * Main loop.
 */
#ifndef HW_DISPLAY_VIRTIO_GPU_VFIO_H
#define HW_DISPLAY_VIRTIO_GPU_VFIO_H

#include "hw/virtio/virtio-gpu.h"

/*
 * What the user wants of the route, before anything is there; with it, blobs and
 * UUIDs are offered.  False with @errp.
 */
bool virtio_gpu_vfio_choose(VirtIOGPUBase *base, bool is_route, Error **errp);

/*
 * Checks what is there by now, and has the rest checked once the machine is
 * complete, which ends QEMU with a sentence where it does not do.
 */
bool virtio_gpu_vfio_realize(VirtIOGPU *gpu, Error **errp);

void virtio_gpu_vfio_unrealize(VirtIOGPU *gpu);

#endif
