/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The one way into the kernel for what makes dma-bufs, so that tests can stand
 * in its place.  Any thread.
 */
#ifndef HW_DISPLAY_PLATFORM_DEVICE_IOCTL_H
#define HW_DISPLAY_PLATFORM_DEVICE_IOCTL_H

/* What ioctl() returns, or a negative errno; signals do not cut it short. */
int vgpu_device_ioctl(int fd, unsigned long request, void *argument);

#endif
