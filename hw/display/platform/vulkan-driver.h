/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Which Vulkan drivers the host has, by the manifests that the loader reads, and
 * where the layer is that lavapipe needs (hw/display/vulkan).
 *
 * Any thread.
 */
#ifndef HW_DISPLAY_PLATFORM_VULKAN_DRIVER_H
#define HW_DISPLAY_PLATFORM_VULKAN_DRIVER_H

#include <stdbool.h>

/*
 * Whether there is one.  *@manifest, to be freed with g_free(), is what the
 * loader is to be told: Mesa's lavapipe where @is_software, else NULL, which
 * leaves it to the loader; so does whoever has chosen by the loader's own
 * variables.  False with the cause and what helps in *@error, to be freed too.
 */
bool vgpu_vulkan_driver_find(bool is_software, char **manifest, char **error);

/* The layer's name, for the loader. */
#define VGPU_VULKAN_LAYER "VK_LAYER_VIRTIO_GPU_memory"

/*
 * The folder of its manifest: that of the library which this code is in.  To be
 * freed with g_free(); NULL with *@error as above when there is none.
 */
char *vgpu_vulkan_layer_find(char **error);

#endif
