/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The one import of a semaphore that a guest's swapchains need: of a SYNC_FD that
 * is signalled already, -1.  Mesa's Venus signals with it what its own window
 * system had; lavapipe has no VK_KHR_external_semaphore_fd.
 *
 * It is signalled by a submission without work to the queue that was asked for
 * last; lavapipe has one.  Functions of Vulkan by their names, for the threads
 * that Vulkan allows.
 */
#ifndef HW_DISPLAY_VULKAN_SEMAPHORE_H
#define HW_DISPLAY_VULKAN_SEMAPHORE_H

#include <vulkan/vulkan.h>

void vgpu_layer_semaphore_properties(
    VkPhysicalDevice physical, const VkPhysicalDeviceExternalSemaphoreInfo *info,
    VkExternalSemaphoreProperties *properties);

VkResult vgpu_layer_semaphore_create(VkDevice device,
                                     const VkSemaphoreCreateInfo *info,
                                     const VkAllocationCallbacks *callbacks,
                                     VkSemaphore *semaphore);

/* VK_ERROR_INVALID_EXTERNAL_HANDLE: no SYNC_FD, not -1, or no queue yet. */
VkResult vgpu_layer_semaphore_import(VkDevice device,
                                     const VkImportSemaphoreFdInfoKHR *info);

/* Cannot be, nor do the properties say that it could. */
VkResult vgpu_layer_semaphore_get_fd(VkDevice device,
                                     const VkSemaphoreGetFdInfoKHR *info,
                                     int *file);

void vgpu_layer_queue_get(VkDevice device, uint32_t family, uint32_t index,
                          VkQueue *queue);
void vgpu_layer_queue_get2(VkDevice device, const VkDeviceQueueInfo2 *info,
                           VkQueue *queue);
VkResult vgpu_layer_queue_submit(VkQueue queue, uint32_t count,
                                 const VkSubmitInfo *submits, VkFence fence);
VkResult vgpu_layer_queue_submit2(VkQueue queue, uint32_t count,
                                  const VkSubmitInfo2 *submits, VkFence fence);

#endif
