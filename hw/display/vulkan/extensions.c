/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "extensions.h"

#include <string.h>

#include "../platform/vulkan-driver.h"
#include "next.h"

static const VkExtensionProperties added = {
    .extensionName = VK_KHR_EXTERNAL_SEMAPHORE_FD_EXTENSION_NAME,
    .specVersion = VK_KHR_EXTERNAL_SEMAPHORE_FD_SPEC_VERSION,
};

/* Of VkExtensionProperties; empty when the driver cannot say. */
static GArray *driver_has(const struct vgpu_next_instance *instance,
                          VkPhysicalDevice physical)
{
    GArray *list = g_array_new(FALSE, FALSE, sizeof(VkExtensionProperties));
    uint32_t count = 0;

    if (instance->list_extensions(physical, NULL, &count, NULL) !=
        VK_SUCCESS) {
        return list;
    }
    g_array_set_size(list, count);
    if (instance->list_extensions(physical, NULL, &count,
                                  (VkExtensionProperties *)list->data) !=
        VK_SUCCESS) {
        count = 0;
    }
    g_array_set_size(list, count);
    return list;
}

/* Where it is in the list, or -1. */
static int place_of(const GArray *list, const char *name)
{
    for (unsigned i = 0; i < list->len; i++) {
        if (!strcmp(g_array_index(list, VkExtensionProperties, i).extensionName,
                    name)) {
            return (int)i;
        }
    }
    return -1;
}

static bool is_lavapipe(const struct vgpu_next_instance *instance,
                        VkPhysicalDevice physical)
{
    VkPhysicalDeviceDriverProperties driver = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_DRIVER_PROPERTIES,
    };
    VkPhysicalDeviceProperties2 properties = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_PROPERTIES_2,
        .pNext = &driver,
    };

    if (!instance->get_properties) {
        return false;
    }
    instance->get_properties(physical, &properties);
    return driver.driverID == VK_DRIVER_ID_MESA_LLVMPIPE;
}

static bool is_changed(const struct vgpu_next_instance *instance,
                       VkPhysicalDevice physical, const GArray *has)
{
    return place_of(has, VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME) >= 0 &&
           place_of(has, VK_EXT_EXTERNAL_MEMORY_HOST_EXTENSION_NAME) >= 0 &&
           is_lavapipe(instance, physical);
}

bool vgpu_layer_makes_files(const struct vgpu_next_instance *instance,
                            VkPhysicalDevice physical)
{
    g_autoptr(GArray) has = driver_has(instance, physical);

    return is_changed(instance, physical, has);
}

bool vgpu_layer_adds_semaphores(const struct vgpu_next_instance *instance,
                                VkPhysicalDevice physical)
{
    g_autoptr(GArray) has = driver_has(instance, physical);

    return is_changed(instance, physical, has) &&
           place_of(has, added.extensionName) < 0;
}

/* What of a list there is room for. */
static VkResult give(const GArray *list, uint32_t *count,
                     VkExtensionProperties *properties)
{
    uint32_t room = *count;

    *count = list->len;
    if (!properties) {
        return VK_SUCCESS;
    }
    *count = MIN(room, list->len);
    memcpy(properties, list->data, *count * sizeof(*properties));
    return *count < list->len ? VK_INCOMPLETE : VK_SUCCESS;
}

VkResult vgpu_layer_list_extensions(VkPhysicalDevice physical,
                                    const char *layer, uint32_t *count,
                                    VkExtensionProperties *properties)
{
    const struct vgpu_next_instance *instance;
    g_autoptr(GArray) list = NULL;
    int dma_buf;

    if (layer && !strcmp(layer, VGPU_VULKAN_LAYER)) {
        *count = 0;
        return VK_SUCCESS;
    }
    instance = vgpu_next_instance_find(physical);
    if (layer) {
        return instance->list_extensions(physical, layer, count, properties);
    }
    list = driver_has(instance, physical);
    if (!is_changed(instance, physical, list)) {
        return instance->list_extensions(physical, NULL, count, properties);
    }
    /*
     * What lavapipe exports as such is no file of ours, and what it only imports
     * a guest would try to export for its windows.
     */
    dma_buf = place_of(list, VK_EXT_EXTERNAL_MEMORY_DMA_BUF_EXTENSION_NAME);
    if (dma_buf >= 0) {
        g_array_remove_index(list, dma_buf);
    }
    if (place_of(list, added.extensionName) < 0) {
        g_array_append_val(list, added);
    }
    return give(list, count, properties);
}

GPtrArray *vgpu_layer_driver_extensions(const VkDeviceCreateInfo *wanted,
                                        bool adds_semaphores)
{
    GPtrArray *names = g_ptr_array_new();
    bool has_host = false;

    for (uint32_t i = 0; i < wanted->enabledExtensionCount; i++) {
        const char *name = wanted->ppEnabledExtensionNames[i];

        has_host |= !strcmp(name, VK_EXT_EXTERNAL_MEMORY_HOST_EXTENSION_NAME);
        if (!(adds_semaphores && !strcmp(name, added.extensionName))) {
            g_ptr_array_add(names, (gpointer)name);
        }
    }
    if (!has_host) {
        g_ptr_array_add(names,
                        (gpointer)VK_EXT_EXTERNAL_MEMORY_HOST_EXTENSION_NAME);
    }
    return names;
}
