/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 * Copyright (c) 2026 The qemu-virtio-gpu authors
 *
 * How the scene is drawn. The words of the shaders are made of triangle.vert
 * and triangle.frag when the guest's image is built.
 */
#include "scene.h"

#include <stddef.h>

#include "triangle.frag.h"
#include "triangle.vert.h"

static VkPipelineShaderStageCreateInfo shader(const struct gpu *gpu,
                                              VkShaderStageFlagBits stage,
                                              const uint32_t *words,
                                              size_t size)
{
    VkShaderModuleCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_SHADER_MODULE_CREATE_INFO,
        .codeSize = size,
        .pCode = words,
    };
    VkPipelineShaderStageCreateInfo made = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_SHADER_STAGE_CREATE_INFO,
        .stage = stage,
        .pName = "main",
    };

    check(vkCreateShaderModule(gpu->device, &info, NULL, &made.module),
          "vkCreateShaderModule");
    return made;
}

void scene_create_pass(struct scene *scene, const struct gpu *gpu)
{
    VkAttachmentDescription colour = {
        .format = VK_FORMAT_R8G8B8A8_UNORM,
        .samples = VK_SAMPLE_COUNT_1_BIT,
        .loadOp = VK_ATTACHMENT_LOAD_OP_CLEAR,
        .storeOp = VK_ATTACHMENT_STORE_OP_STORE,
        .stencilLoadOp = VK_ATTACHMENT_LOAD_OP_DONT_CARE,
        .stencilStoreOp = VK_ATTACHMENT_STORE_OP_DONT_CARE,
        .initialLayout = VK_IMAGE_LAYOUT_UNDEFINED,
        .finalLayout = VK_IMAGE_LAYOUT_TRANSFER_SRC_OPTIMAL,
    };
    VkAttachmentReference reference = {
        .layout = VK_IMAGE_LAYOUT_COLOR_ATTACHMENT_OPTIMAL,
    };
    VkSubpassDescription subpass = {
        .pipelineBindPoint = VK_PIPELINE_BIND_POINT_GRAPHICS,
        .colorAttachmentCount = 1,
        .pColorAttachments = &reference,
    };
    /* The copy of a frame waits for its picture. */
    VkSubpassDependency dependency = {
        .dstSubpass = VK_SUBPASS_EXTERNAL,
        .srcStageMask = VK_PIPELINE_STAGE_COLOR_ATTACHMENT_OUTPUT_BIT,
        .dstStageMask = VK_PIPELINE_STAGE_TRANSFER_BIT,
        .srcAccessMask = VK_ACCESS_COLOR_ATTACHMENT_WRITE_BIT,
        .dstAccessMask = VK_ACCESS_TRANSFER_READ_BIT,
    };
    VkRenderPassCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_RENDER_PASS_CREATE_INFO,
        .attachmentCount = 1,
        .pAttachments = &colour,
        .subpassCount = 1,
        .pSubpasses = &subpass,
        .dependencyCount = 1,
        .pDependencies = &dependency,
    };

    check(vkCreateRenderPass(gpu->device, &info, NULL, &scene->pass),
          "vkCreateRenderPass");
}

static void create_layout(struct scene *scene, const struct gpu *gpu)
{
    VkPushConstantRange level = {
        .stageFlags = VK_SHADER_STAGE_FRAGMENT_BIT,
        .size = sizeof(float),
    };
    VkPipelineLayoutCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_LAYOUT_CREATE_INFO,
        .pushConstantRangeCount = 1,
        .pPushConstantRanges = &level,
    };

    check(vkCreatePipelineLayout(gpu->device, &info, NULL, &scene->layout),
          "vkCreatePipelineLayout");
}

void scene_create_pipeline(struct scene *scene, const struct gpu *gpu)
{
    VkPipelineShaderStageCreateInfo stages[] = {
        shader(gpu, VK_SHADER_STAGE_VERTEX_BIT, triangle_vert,
               sizeof(triangle_vert)),
        shader(gpu, VK_SHADER_STAGE_FRAGMENT_BIT, triangle_frag,
               sizeof(triangle_frag)),
    };
    VkVertexInputBindingDescription binding = {
        .stride = sizeof(struct corner),
    };
    VkVertexInputAttributeDescription attributes[] = {
        { .location = 0, .format = VK_FORMAT_R32G32_SFLOAT,
          .offset = offsetof(struct corner, pixel) },
        { .location = 1, .format = VK_FORMAT_R32G32B32_SFLOAT,
          .offset = offsetof(struct corner, colour) },
    };
    VkPipelineVertexInputStateCreateInfo input = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_VERTEX_INPUT_STATE_CREATE_INFO,
        .vertexBindingDescriptionCount = 1,
        .pVertexBindingDescriptions = &binding,
        .vertexAttributeDescriptionCount = 2,
        .pVertexAttributeDescriptions = attributes,
    };
    VkPipelineInputAssemblyStateCreateInfo assembly = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_INPUT_ASSEMBLY_STATE_CREATE_INFO,
        .topology = VK_PRIMITIVE_TOPOLOGY_TRIANGLE_LIST,
    };
    VkViewport viewport = { 0, 0, SIDE, SIDE, 0, 1 };
    VkRect2D scissor = { { 0, 0 }, { SIDE, SIDE } };
    VkPipelineViewportStateCreateInfo view = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_VIEWPORT_STATE_CREATE_INFO,
        .viewportCount = 1,
        .pViewports = &viewport,
        .scissorCount = 1,
        .pScissors = &scissor,
    };
    VkPipelineRasterizationStateCreateInfo raster = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_RASTERIZATION_STATE_CREATE_INFO,
        .lineWidth = 1,
    };
    VkPipelineMultisampleStateCreateInfo samples = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_MULTISAMPLE_STATE_CREATE_INFO,
        .rasterizationSamples = VK_SAMPLE_COUNT_1_BIT,
    };
    VkPipelineColorBlendAttachmentState opaque = { .colorWriteMask = 0xf };
    VkPipelineColorBlendStateCreateInfo blend = {
        .sType = VK_STRUCTURE_TYPE_PIPELINE_COLOR_BLEND_STATE_CREATE_INFO,
        .attachmentCount = 1,
        .pAttachments = &opaque,
    };

    create_layout(scene, gpu);
    VkGraphicsPipelineCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_GRAPHICS_PIPELINE_CREATE_INFO,
        .stageCount = 2,
        .pStages = stages,
        .pVertexInputState = &input,
        .pInputAssemblyState = &assembly,
        .pViewportState = &view,
        .pRasterizationState = &raster,
        .pMultisampleState = &samples,
        .pColorBlendState = &blend,
        .layout = scene->layout,
        .renderPass = scene->pass,
    };
    check(vkCreateGraphicsPipelines(gpu->device, VK_NULL_HANDLE, 1, &info,
                                    NULL, &scene->pipeline),
          "vkCreateGraphicsPipelines");
}
