/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The device's own state, shared by the files of core.
 *
 * Everything here belongs to the device thread but @config, which never
 * changes after create.
 */
#ifndef HW_DISPLAY_CORE_DEVICE_INTERNAL_H
#define HW_DISPLAY_CORE_DEVICE_INTERNAL_H

#include <glib.h>

#include "hw/virtio/vgpu/device.h"
#include "scanout.h"

struct vgpu_device {
    struct vgpu_device_config config;
    struct vgpu_device_env env;
    struct vgpu_budget *budget;
    void *renderer;
    GHashTable *resources;      /* id to struct vgpu_resource, owned */
    struct vgpu_scanout scanouts[VGPU_MAX_SCANOUTS];
    char *reason;               /* where mistakes go instead of to the host */
};

#endif
