/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The Vulkan layer for the processes of a render server, which makes lavapipe's
 * memory fit for a guest.  A library of its own that Vulkan's loader loads there
 * by its manifest (LoaderLayerInterface.md, version 2).
 */
#ifndef HW_DISPLAY_VULKAN_LAYER_H
#define HW_DISPLAY_VULKAN_LAYER_H

#include <vulkan/vk_layer.h>
#include <vulkan/vulkan.h>

/* Where the loader begins. */
__attribute__((visibility("default"))) VkResult
vkNegotiateLoaderLayerInterfaceVersion(VkNegotiateLayerInterface *interface);

#endif
