/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A Vulkan driver, and the loader above it, that only remember what they were
 * asked: below the layer in its unit test.
 */
#ifndef TESTS_UNIT_FAKE_VULKAN_H
#define TESTS_UNIT_FAKE_VULKAN_H

#include <stdbool.h>
#include <vulkan/vk_layer.h>
#include <vulkan/vulkan.h>

struct fake_vulkan {
    /* How it is. */
    VkDriverId driver;
    const char *extensions[8];  /* up to the first NULL */
    VkResult result;            /* of whatever may fail */
    bool has_submit2;

    /* What it was asked for last. */
    const char *enabled[8];
    unsigned num_enabled;
    VkDeviceSize allocation_bytes;
    void *host_pointer;         /* imported; NULL: the driver's own memory */
    bool saw_export;            /* VkExport...Info, of memory or semaphore */
    bool saw_import;            /* VkImportMemoryFdInfoKHR */
    VkSemaphore signalled;      /* by a submission of nothing else */
    unsigned num_submits;
    unsigned num_freed;
    unsigned num_destroyed;     /* devices and instances */
};

extern struct fake_vulkan fake_vulkan;

/* Lavapipe as it is in Mesa 25.0. */
void fake_vulkan_reset(void);

/* Through the layer, as the loader does it. */
VkInstance fake_vulkan_instance(void);
VkResult fake_vulkan_device(VkInstance instance, const char *const *extensions,
                            unsigned count, VkDevice *device);
VkPhysicalDevice fake_vulkan_physical(VkInstance instance);

/* What the layer answers to those names. */
PFN_vkVoidFunction fake_vulkan_of_instance(VkInstance instance,
                                           const char *name);
PFN_vkVoidFunction fake_vulkan_of_device(VkDevice device, const char *name);

#endif
