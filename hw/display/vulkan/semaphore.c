/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "semaphore.h"

#include "extensions.h"
#include "next.h"

void vgpu_layer_semaphore_properties(
    VkPhysicalDevice physical, const VkPhysicalDeviceExternalSemaphoreInfo *info,
    VkExternalSemaphoreProperties *properties)
{
    const struct vgpu_next_instance *instance = vgpu_next_instance_find(physical);
    const VkSemaphoreTypeCreateInfo *type = vgpu_next_chain_find(
        info->pNext, VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO);
    bool is_binary = !type || type->semaphoreType == VK_SEMAPHORE_TYPE_BINARY;

    if (!vgpu_layer_adds_semaphores(instance, physical)) {
        instance->get_semaphore_properties(physical, info, properties);
        return;
    }
    properties->exportFromImportedHandleTypes = 0;
    properties->compatibleHandleTypes = 0;
    properties->externalSemaphoreFeatures = 0;
    if (is_binary &&
        info->handleType == VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT) {
        properties->compatibleHandleTypes = info->handleType;
        properties->externalSemaphoreFeatures =
            VK_EXTERNAL_SEMAPHORE_FEATURE_IMPORTABLE_BIT;
    }
}

/* Mesa's Venus asks for exports whatever the properties say. */
VkResult vgpu_layer_semaphore_create(VkDevice handle,
                                     const VkSemaphoreCreateInfo *info,
                                     const VkAllocationCallbacks *callbacks,
                                     VkSemaphore *semaphore)
{
    const struct vgpu_next_device *device = vgpu_next_device_find(handle);
    struct vgpu_next_hole hole = { NULL };
    VkResult result;

    if (device->signals) {
        vgpu_next_chain_take(info,
                             VK_STRUCTURE_TYPE_EXPORT_SEMAPHORE_CREATE_INFO,
                             &hole);
    }
    result = device->create_semaphore(handle, info, callbacks, semaphore);
    vgpu_next_chain_restore(&hole);
    return result;
}

VkResult vgpu_layer_semaphore_import(VkDevice handle,
                                     const VkImportSemaphoreFdInfoKHR *info)
{
    struct vgpu_next_device *device = vgpu_next_device_find(handle);
    const VkSubmitInfo signal = {
        .sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
        .signalSemaphoreCount = 1,
        .pSignalSemaphores = &info->semaphore,
    };
    VkResult result = VK_ERROR_INVALID_EXTERNAL_HANDLE;

    if (info->handleType != VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT ||
        info->fd != -1) {
        return result;
    }
    g_mutex_lock(&device->queue_lock);
    if (device->queue) {
        result = device->submit(device->queue, 1, &signal, VK_NULL_HANDLE);
    }
    g_mutex_unlock(&device->queue_lock);
    return result;
}

VkResult vgpu_layer_semaphore_get_fd(VkDevice device,
                                     const VkSemaphoreGetFdInfoKHR *info,
                                     int *file)
{
    *file = -1;
    return VK_ERROR_FEATURE_NOT_PRESENT;
}

static void remember(struct vgpu_next_device *device, VkQueue queue)
{
    g_mutex_lock(&device->queue_lock);
    device->queue = queue;
    g_mutex_unlock(&device->queue_lock);
}

void vgpu_layer_queue_get(VkDevice handle, uint32_t family, uint32_t index,
                          VkQueue *queue)
{
    struct vgpu_next_device *device = vgpu_next_device_find(handle);

    device->get_queue(handle, family, index, queue);
    remember(device, *queue);
}

void vgpu_layer_queue_get2(VkDevice handle, const VkDeviceQueueInfo2 *info,
                           VkQueue *queue)
{
    struct vgpu_next_device *device = vgpu_next_device_find(handle);

    device->get_queue2(handle, info, queue);
    remember(device, *queue);
}

VkResult vgpu_layer_queue_submit(VkQueue queue, uint32_t count,
                                 const VkSubmitInfo *submits, VkFence fence)
{
    struct vgpu_next_device *device = vgpu_next_device_find(queue);
    VkResult result;

    g_mutex_lock(&device->queue_lock);
    result = device->submit(queue, count, submits, fence);
    g_mutex_unlock(&device->queue_lock);
    return result;
}

VkResult vgpu_layer_queue_submit2(VkQueue queue, uint32_t count,
                                  const VkSubmitInfo2 *submits, VkFence fence)
{
    struct vgpu_next_device *device = vgpu_next_device_find(queue);
    VkResult result;

    g_mutex_lock(&device->queue_lock);
    result = device->submit2(queue, count, submits, fence);
    g_mutex_unlock(&device->queue_lock);
    return result;
}
