/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What the layer says of a physical device, and to which ones it does anything:
 * Mesa's lavapipe that takes memory of its host's.  All others are as they were.
 *
 * Any thread.
 */
#ifndef HW_DISPLAY_VULKAN_EXTENSIONS_H
#define HW_DISPLAY_VULKAN_EXTENSIONS_H

#include <glib.h>
#include <stdbool.h>
#include <vulkan/vulkan.h>

struct vgpu_next_instance;

/* Whether its exported memory is to be files of the layer's. */
bool vgpu_layer_makes_files(const struct vgpu_next_instance *instance,
                            VkPhysicalDevice physical);

/* Whether the layer adds VK_KHR_external_semaphore_fd, with what it can do. */
bool vgpu_layer_adds_semaphores(const struct vgpu_next_instance *instance,
                                VkPhysicalDevice physical);

/* vkEnumerateDeviceExtensionProperties */
VkResult vgpu_layer_list_extensions(VkPhysicalDevice physical,
                                    const char *layer, uint32_t *count,
                                    VkExtensionProperties *properties);

/*
 * Those that the driver is to enable for an application which wants @wanted: an
 * array of pointers to strings that are not its own, to be freed with
 * g_ptr_array_unref().
 */
GPtrArray *vgpu_layer_driver_extensions(const VkDeviceCreateInfo *wanted,
                                        bool adds_semaphores);

#endif
