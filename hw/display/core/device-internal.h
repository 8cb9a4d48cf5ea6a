/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The device's own state, shared by the files of core.
 *
 * Everything here belongs to the device thread but @config, which never
 * changes after create, and @num_contexts, which others read.
 */
#ifndef HW_DISPLAY_CORE_DEVICE_INTERNAL_H
#define HW_DISPLAY_CORE_DEVICE_INTERNAL_H

#include <stdatomic.h>
#include <glib.h>

#include "hw/virtio/vgpu/device.h"
#include "fence.h"
#include "scanout.h"
#include "window.h"

struct vgpu_device {
    struct vgpu_device_config config;
    struct vgpu_device_env env;
    struct vgpu_budget *budget;
    void *renderer;
    const struct vgpu_renderer_3d_ops *ops_3d;  /* NULL: 2D only */
    uint32_t num_capsets;
    GHashTable *contexts;       /* id to struct vgpu_context, owned */
    _Atomic uint32_t num_contexts;
    uint64_t contexts_made;
    struct vgpu_fences fences;
    struct vgpu_request *flushing;      /* whose damage is passed on, or NULL */
    uint64_t last_serial;       /* of requests */
    struct vgpu_window window;
    GHashTable *resources;      /* id to struct vgpu_resource, owned */
    struct vgpu_scanout scanouts[VGPU_MAX_SCANOUTS];
    char *reason;               /* where mistakes go instead of to the host */
};

/* For what is timed; 0 where nothing is. */
static inline int64_t vgpu_clock_ns(const struct vgpu_device *dev)
{
    return VGPU_COUNTS ? dev->env.host_ops->clock_ns(dev->env.host) : 0;
}

/* The renderer has worked on a command since @start_ns. */
static inline void vgpu_count_rendering(struct vgpu_device *dev,
                                        int64_t start_ns)
{
    vgpu_timing_add(&dev->env.metrics->renderer,
                    vgpu_clock_ns(dev) - start_ns);
}

#endif
