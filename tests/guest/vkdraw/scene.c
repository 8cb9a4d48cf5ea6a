/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 * Copyright (c) 2026 The qemu-virtio-gpu authors
 */
#include "scene.h"

#include <string.h>

/* No edge runs through the middle of a pixel: each is inside or not. */
static const struct corner corners[] = {
    { { 16, 16 }, { 1, 0, 0 } },
    { { 240, 16 }, { 0, 1, 0 } },
    { { 16, 232 }, { 0, 0, 1 } },
};

static const VkImageSubresourceRange whole = {
    .aspectMask = VK_IMAGE_ASPECT_COLOR_BIT,
    .levelCount = 1,
    .layerCount = 1,
};

static void create_image(struct scene *scene, const struct gpu *gpu)
{
    VkImageCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_IMAGE_CREATE_INFO,
        .imageType = VK_IMAGE_TYPE_2D,
        .format = VK_FORMAT_R8G8B8A8_UNORM,
        .extent = { SIDE, SIDE, 1 },
        .mipLevels = 1,
        .arrayLayers = 1,
        .samples = VK_SAMPLE_COUNT_1_BIT,
        .tiling = VK_IMAGE_TILING_OPTIMAL,
        .usage = VK_IMAGE_USAGE_COLOR_ATTACHMENT_BIT |
                 VK_IMAGE_USAGE_TRANSFER_SRC_BIT,
        .initialLayout = VK_IMAGE_LAYOUT_UNDEFINED,
    };
    VkMemoryRequirements needs;

    check(vkCreateImage(gpu->device, &info, NULL, &scene->image),
          "vkCreateImage");
    vkGetImageMemoryRequirements(gpu->device, scene->image, &needs);
    check(vkBindImageMemory(gpu->device, scene->image,
                            gpu_allocate(gpu, &needs, 0), 0),
          "vkBindImageMemory");
}

static void create_target(struct scene *scene, const struct gpu *gpu)
{
    VkImageViewCreateInfo view_info = {
        .sType = VK_STRUCTURE_TYPE_IMAGE_VIEW_CREATE_INFO,
        .image = scene->image,
        .viewType = VK_IMAGE_VIEW_TYPE_2D,
        .format = VK_FORMAT_R8G8B8A8_UNORM,
        .subresourceRange = whole,
    };
    VkImageView view;
    VkFramebufferCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_FRAMEBUFFER_CREATE_INFO,
        .renderPass = scene->pass,
        .attachmentCount = 1,
        .pAttachments = &view,
        .width = SIDE,
        .height = SIDE,
        .layers = 1,
    };

    check(vkCreateImageView(gpu->device, &view_info, NULL, &view),
          "vkCreateImageView");
    check(vkCreateFramebuffer(gpu->device, &info, NULL, &scene->target),
          "vkCreateFramebuffer");
}

static void create_commands(struct scene *scene, const struct gpu *gpu)
{
    VkCommandPoolCreateInfo pool_info = {
        .sType = VK_STRUCTURE_TYPE_COMMAND_POOL_CREATE_INFO,
        /* Each frame is recorded anew. */
        .flags = VK_COMMAND_POOL_CREATE_RESET_COMMAND_BUFFER_BIT,
        .queueFamilyIndex = gpu->family,
    };
    VkCommandBufferAllocateInfo info = {
        .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_ALLOCATE_INFO,
        .level = VK_COMMAND_BUFFER_LEVEL_PRIMARY,
        .commandBufferCount = 1,
    };
    VkFenceCreateInfo fence = { .sType = VK_STRUCTURE_TYPE_FENCE_CREATE_INFO };

    check(vkCreateCommandPool(gpu->device, &pool_info, NULL,
                              &info.commandPool), "vkCreateCommandPool");
    check(vkAllocateCommandBuffers(gpu->device, &info, &scene->commands),
          "vkAllocateCommandBuffers");
    check(vkCreateFence(gpu->device, &fence, NULL, &scene->done),
          "vkCreateFence");
}

void scene_create(struct scene *scene, const struct gpu *gpu)
{
    scene->corners = gpu_buffer(gpu, sizeof(corners),
                                VK_BUFFER_USAGE_VERTEX_BUFFER_BIT);
    memcpy(scene->corners.bytes, corners, sizeof(corners));
    scene->picture = gpu_buffer(gpu, SIDE * SIDE * 4,
                                VK_BUFFER_USAGE_TRANSFER_DST_BIT);
    create_image(scene, gpu);
    scene_create_pass(scene, gpu);
    create_target(scene, gpu);
    scene_create_pipeline(scene, gpu);
    create_commands(scene, gpu);
}

static void record_draw(struct scene *scene, float level)
{
    VkClearValue grey = { .color.float32 = { 0.2f, 0.2f, 0.2f, 1 } };
    VkRenderPassBeginInfo pass = {
        .sType = VK_STRUCTURE_TYPE_RENDER_PASS_BEGIN_INFO,
        .renderPass = scene->pass,
        .framebuffer = scene->target,
        .renderArea.extent = { SIDE, SIDE },
        .clearValueCount = 1,
        .pClearValues = &grey,
    };
    VkDeviceSize offset = 0;

    vkCmdBeginRenderPass(scene->commands, &pass, VK_SUBPASS_CONTENTS_INLINE);
    vkCmdBindPipeline(scene->commands, VK_PIPELINE_BIND_POINT_GRAPHICS,
                      scene->pipeline);
    vkCmdBindVertexBuffers(scene->commands, 0, 1, &scene->corners.handle,
                           &offset);
    vkCmdPushConstants(scene->commands, scene->layout,
                       VK_SHADER_STAGE_FRAGMENT_BIT, 0, sizeof(level), &level);
    vkCmdDraw(scene->commands, 3, 1, 0, 0);
    vkCmdEndRenderPass(scene->commands);
}

static void record_copy(struct scene *scene)
{
    VkBufferImageCopy copy = {
        .imageSubresource = { VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1 },
        .imageExtent = { SIDE, SIDE, 1 },
    };
    /* A fence alone does not make what was copied visible to us. */
    VkMemoryBarrier barrier = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_BARRIER,
        .srcAccessMask = VK_ACCESS_TRANSFER_WRITE_BIT,
        .dstAccessMask = VK_ACCESS_HOST_READ_BIT,
    };

    vkCmdCopyImageToBuffer(scene->commands, scene->image,
                           VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL,
                           scene->picture.handle, 1, &copy);
    vkCmdPipelineBarrier(scene->commands, VK_PIPELINE_STAGE_TRANSFER_BIT,
                         VK_PIPELINE_STAGE_HOST_BIT, 0, 1, &barrier, 0, NULL,
                         0, NULL);
}

void scene_frame(struct scene *scene, const struct gpu *gpu, unsigned level)
{
    VkCommandBufferBeginInfo begin = {
        .sType = VK_STRUCTURE_TYPE_COMMAND_BUFFER_BEGIN_INFO,
        .flags = VK_COMMAND_BUFFER_USAGE_ONE_TIME_SUBMIT_BIT,
    };
    VkSubmitInfo submit = {
        .sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
        .commandBufferCount = 1,
        .pCommandBuffers = &scene->commands,
    };

    check(vkBeginCommandBuffer(scene->commands, &begin),
          "vkBeginCommandBuffer");
    record_draw(scene, level / 255.0f);
    record_copy(scene);
    check(vkEndCommandBuffer(scene->commands), "vkEndCommandBuffer");
    check(vkQueueSubmit(gpu->queue, 1, &submit, scene->done),
          "vkQueueSubmit");
    check(vkWaitForFences(gpu->device, 1, &scene->done, VK_TRUE, UINT64_MAX),
          "vkWaitForFences");
    check(vkResetFences(gpu->device, 1, &scene->done), "vkResetFences");
}
