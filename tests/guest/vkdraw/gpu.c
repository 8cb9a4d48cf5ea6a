/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 * Copyright (c) 2026 The qemu-virtio-gpu authors
 */
#include "vkdraw.h"

#include <stdio.h>

static VkInstance create_instance(void)
{
    VkApplicationInfo application = {
        .sType = VK_STRUCTURE_TYPE_APPLICATION_INFO,
        .pApplicationName = "vkdraw",
        .apiVersion = VK_API_VERSION_1_0,
    };
    VkInstanceCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
        .pApplicationInfo = &application,
    };
    VkInstance instance;

    check(vkCreateInstance(&info, NULL, &instance), "vkCreateInstance");
    return instance;
}

static uint32_t find_family(VkPhysicalDevice physical)
{
    VkQueueFamilyProperties families[16];
    uint32_t count = 16;

    vkGetPhysicalDeviceQueueFamilyProperties(physical, &count, families);
    for (uint32_t i = 0; i < count; i++) {
        if (families[i].queueFlags & VK_QUEUE_GRAPHICS_BIT) {
            return i;
        }
    }
    check(VK_ERROR_FEATURE_NOT_PRESENT, "a queue that draws");
    return 0;
}

void gpu_open(struct gpu *gpu)
{
    VkInstance instance = create_instance();
    VkPhysicalDeviceProperties properties;
    uint32_t count = 1;
    VkResult result = vkEnumeratePhysicalDevices(instance, &count,
                                                 &gpu->physical);
    float priority = 1.0f;

    /* More than the one that is wanted is no error. */
    check(result == VK_INCOMPLETE ? VK_SUCCESS : result,
          "vkEnumeratePhysicalDevices");
    check(count ? VK_SUCCESS : VK_ERROR_INITIALIZATION_FAILED, "a device");
    vkGetPhysicalDeviceProperties(gpu->physical, &properties);
    printf("device %s\n", properties.deviceName);

    gpu->family = find_family(gpu->physical);
    VkDeviceQueueCreateInfo queue = {
        .sType = VK_STRUCTURE_TYPE_DEVICE_QUEUE_CREATE_INFO,
        .queueFamilyIndex = gpu->family,
        .queueCount = 1,
        .pQueuePriorities = &priority,
    };
    VkDeviceCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
        .queueCreateInfoCount = 1,
        .pQueueCreateInfos = &queue,
    };
    check(vkCreateDevice(gpu->physical, &info, NULL, &gpu->device),
          "vkCreateDevice");
    vkGetDeviceQueue(gpu->device, gpu->family, 0, &gpu->queue);
}

VkDeviceMemory gpu_allocate(const struct gpu *gpu,
                            const VkMemoryRequirements *needs,
                            VkMemoryPropertyFlags wanted)
{
    VkPhysicalDeviceMemoryProperties properties;
    VkMemoryAllocateInfo info = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
        .allocationSize = needs->size,
    };
    VkDeviceMemory memory;
    uint32_t i = 0;

    vkGetPhysicalDeviceMemoryProperties(gpu->physical, &properties);
    while (i < properties.memoryTypeCount &&
           (!(needs->memoryTypeBits & 1u << i) ||
            (properties.memoryTypes[i].propertyFlags & wanted) != wanted)) {
        i++;
    }
    check(i < properties.memoryTypeCount ? VK_SUCCESS
                                         : VK_ERROR_FEATURE_NOT_PRESENT,
          "a type of memory");
    info.memoryTypeIndex = i;
    check(vkAllocateMemory(gpu->device, &info, NULL, &memory),
          "vkAllocateMemory");
    return memory;
}

struct buffer gpu_buffer(const struct gpu *gpu, VkDeviceSize size,
                         VkBufferUsageFlags usage)
{
    VkBufferCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO,
        .size = size,
        .usage = usage,
        .sharingMode = VK_SHARING_MODE_EXCLUSIVE,
    };
    VkMemoryRequirements needs;
    VkDeviceMemory memory;
    struct buffer buffer;

    check(vkCreateBuffer(gpu->device, &info, NULL, &buffer.handle),
          "vkCreateBuffer");
    vkGetBufferMemoryRequirements(gpu->device, buffer.handle, &needs);
    memory = gpu_allocate(gpu, &needs, VK_MEMORY_PROPERTY_HOST_VISIBLE_BIT |
                                       VK_MEMORY_PROPERTY_HOST_COHERENT_BIT);
    check(vkBindBufferMemory(gpu->device, buffer.handle, memory, 0),
          "vkBindBufferMemory");
    check(vkMapMemory(gpu->device, memory, 0, VK_WHOLE_SIZE, 0,
                      &buffer.bytes), "vkMapMemory");
    return buffer;
}
