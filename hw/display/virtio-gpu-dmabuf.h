/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Dma-bufs of what guest blobs consist of: memory of devices that the guest owns
 * by VFIO, and the guest's own where that is a shared memfd.
 *
 * So many at a time and no more, since each is a descriptor that the guest has
 * the process hold.  Without one the picture is read by the CPU; why it has to be
 * is said once.  Device thread.
 */
#ifndef HW_DISPLAY_VIRTIO_GPU_DMABUF_H
#define HW_DISPLAY_VIRTIO_GPU_DMABUF_H

#include "hw/virtio/virtio-gpu.h"

/* vgpu_host_ops.device_dmabuf, .memory_dmabuf and .dmabuf_close. */
int virtio_gpu_dmabuf_of_device(void *host,
                                const struct vgpu_device_piece *pieces,
                                uint32_t count);
int virtio_gpu_dmabuf_of_memory(void *host, const struct iovec *pieces,
                                uint32_t count);
void virtio_gpu_dmabuf_close(void *host, int fd);

void virtio_gpu_dmabuf_init(VirtIOGPU *gpu);

/* The device thread has come to rest, and no dma-buf is open. */
void virtio_gpu_dmabuf_finish(VirtIOGPU *gpu);

#endif
