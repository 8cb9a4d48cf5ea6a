/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Memory for other processes, and for a guest's pages: a file whose first byte is
 * the memory's first and whose size is whole pages.
 *
 * Mesa's lavapipe puts a header in front of what it exports (os_memory_fd.c of
 * 25.0), so that no page of it is the guest's alone.  Here the file is ours and
 * lavapipe gets it as its host's pointer.
 *
 * vkAllocateMemory, vkFreeMemory and vkGetMemoryFdKHR, for any thread.
 */
#ifndef HW_DISPLAY_VULKAN_MEMORY_H
#define HW_DISPLAY_VULKAN_MEMORY_H

#include <vulkan/vulkan.h>

#include "next.h"

/* Once for each device, before its first memory and after its last. */
void vgpu_layer_memory_init(struct vgpu_next_device *device);
void vgpu_layer_memory_finish(struct vgpu_next_device *device);

/*
 * VK_ERROR_OUT_OF_DEVICE_MEMORY: the process's files together would be more than
 * its limit of data (RLIMIT_DATA), which does not count them.
 * VK_ERROR_INVALID_EXTERNAL_HANDLE: no file that this layer made, or too short.
 */
VkResult vgpu_layer_memory_allocate(VkDevice device,
                                    const VkMemoryAllocateInfo *info,
                                    const VkAllocationCallbacks *callbacks,
                                    VkDeviceMemory *memory);
void vgpu_layer_memory_free(VkDevice device, VkDeviceMemory memory,
                            const VkAllocationCallbacks *callbacks);
VkResult vgpu_layer_memory_get_fd(VkDevice device,
                                  const VkMemoryGetFdInfoKHR *info, int *file);

#endif
