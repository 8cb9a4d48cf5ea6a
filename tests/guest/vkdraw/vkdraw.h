/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 * Copyright (c) 2026 The qemu-virtio-gpu authors
 *
 * vkdraw: draws with Vulkan 1.0, off screen, inside the test guest.
 *
 * Whatever goes wrong ends the program with status 1 and one line "error ...":
 * after a lost device, too, nothing is left to be freed.
 */
#ifndef VKDRAW_H
#define VKDRAW_H

#include <vulkan/vulkan.h>

/* Of the picture, in pixels. venus_cases.py knows it too. */
#define SIDE 256

struct gpu {
    VkPhysicalDevice physical;
    VkDevice device;
    VkQueue queue;
    uint32_t family;
};

/* A buffer in memory that the host of Vulkan's device and we have mapped. */
struct buffer {
    VkBuffer handle;
    void *bytes;
};

/* What is drawn: a triangle whose corners are red, green and blue. */
struct scene {
    VkImage image;
    VkRenderPass pass;
    VkFramebuffer target;
    VkPipelineLayout layout;
    VkPipeline pipeline;
    struct buffer corners;
    struct buffer picture;      /* of the last frame, R8G8B8A8 */
    VkCommandBuffer commands;
    VkFence done;
};

/* Ends the program unless result is VK_SUCCESS; what is the call. */
void check(VkResult result, const char *what);

/* The first device that can draw; its name is printed. */
void gpu_open(struct gpu *gpu);
VkDeviceMemory gpu_allocate(const struct gpu *gpu,
                            const VkMemoryRequirements *needs,
                            VkMemoryPropertyFlags wanted);
struct buffer gpu_buffer(const struct gpu *gpu, VkDeviceSize size,
                         VkBufferUsageFlags usage);

void scene_create(struct scene *scene, const struct gpu *gpu);
/* Draws and copies one frame, and waits for it. Blue counts level/255. */
void scene_frame(struct scene *scene, const struct gpu *gpu, unsigned level);

#endif
