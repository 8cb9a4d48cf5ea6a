/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What a scanout shows as a dma-buf, for displays that take one, and flushes that
 * wait for them; vgpu/display.h has the rest of it.
 *
 * A scanout has the one of its picture from when it is first asked for until it
 * shows another.  So there are never more than scanouts, whatever a guest does.
 * Device thread only.
 */
#ifndef HW_DISPLAY_CORE_SHARE_H
#define HW_DISPLAY_CORE_SHARE_H

struct vgpu_device;
struct vgpu_resource;
struct vgpu_scanout;

/* It shows something else from now on, or nothing. */
void vgpu_scanout_unshare(struct vgpu_scanout *scanout);

/* The memory behind @resource, which scanouts may show, comes or goes. */
void vgpu_resource_unshare(struct vgpu_device *dev,
                           const struct vgpu_resource *resource);

#endif
