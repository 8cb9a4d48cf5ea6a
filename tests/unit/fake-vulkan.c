/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "fake-vulkan.h"

#include <glib.h>
#include <string.h>

#include "vulkan/layer.h"

/* Handles begin with the loader's pointer, whatever else is in them. */
struct handle {
    void *loader;
    void *owner;
};

struct fake_vulkan fake_vulkan;
static uintptr_t newest_memory;

static PFN_vkVoidFunction driver_of_instance(VkInstance instance,
                                             const char *name);
static PFN_vkVoidFunction driver_of_device(VkDevice device, const char *name);

static void *new_handle(void *loader)
{
    struct handle *handle = g_new0(struct handle, 1);

    handle->loader = loader ?: handle;
    return handle;
}

/* --- the driver ------------------------------------------------------- */

static VkResult create_instance(const VkInstanceCreateInfo *info,
                                const VkAllocationCallbacks *callbacks,
                                VkInstance *instance)
{
    struct handle *handle;

    if (fake_vulkan.result != VK_SUCCESS) {
        return fake_vulkan.result;
    }
    handle = new_handle(NULL);
    handle->owner = new_handle(handle);     /* its physical device */
    *instance = (VkInstance)handle;
    return VK_SUCCESS;
}

static void destroy_instance(VkInstance instance,
                             const VkAllocationCallbacks *callbacks)
{
    g_free(((struct handle *)instance)->owner);
    g_free(instance);
    fake_vulkan.num_destroyed++;
}

static VkResult list_extensions(VkPhysicalDevice physical, const char *layer,
                                uint32_t *count,
                                VkExtensionProperties *properties)
{
    uint32_t has = 0;

    for (; fake_vulkan.extensions[has]; has++) {
        if (properties && has < *count) {
            g_strlcpy(properties[has].extensionName,
                      fake_vulkan.extensions[has],
                      VK_MAX_EXTENSION_NAME_SIZE);
        }
    }
    if (properties && *count < has) {
        return VK_INCOMPLETE;
    }
    *count = has;
    return VK_SUCCESS;
}

static void get_properties(VkPhysicalDevice physical,
                           VkPhysicalDeviceProperties2 *properties)
{
    VkPhysicalDeviceDriverProperties *driver = properties->pNext;

    driver->driverID = fake_vulkan.driver;
}

static void get_semaphore_properties(
    VkPhysicalDevice physical, const VkPhysicalDeviceExternalSemaphoreInfo *info,
    VkExternalSemaphoreProperties *properties)
{
    properties->externalSemaphoreFeatures =
        VK_EXTERNAL_SEMAPHORE_FEATURE_EXPORTABLE_BIT;
}

static VkResult create_device(VkPhysicalDevice physical,
                              const VkDeviceCreateInfo *info,
                              const VkAllocationCallbacks *callbacks,
                              VkDevice *device)
{
    /* As Mesa's and the loader's: it is there before the call. */
    g_assert_null(*device);
    if (fake_vulkan.result != VK_SUCCESS) {
        return fake_vulkan.result;
    }
    g_assert_cmpuint(info->enabledExtensionCount, <=,
                     G_N_ELEMENTS(fake_vulkan.enabled));
    fake_vulkan.num_enabled = info->enabledExtensionCount;
    for (unsigned i = 0; i < info->enabledExtensionCount; i++) {
        fake_vulkan.enabled[i] = info->ppEnabledExtensionNames[i];
    }
    *device = new_handle(NULL);
    ((struct handle *)*device)->owner = new_handle(*device);   /* its queue */
    return VK_SUCCESS;
}

static void destroy_device(VkDevice device,
                           const VkAllocationCallbacks *callbacks)
{
    g_free(((struct handle *)device)->owner);
    g_free(device);
    fake_vulkan.num_destroyed++;
}

static VkResult allocate_memory(VkDevice device,
                                const VkMemoryAllocateInfo *info,
                                const VkAllocationCallbacks *callbacks,
                                VkDeviceMemory *memory)
{
    const VkImportMemoryHostPointerInfoEXT *pointer = NULL;

    fake_vulkan.saw_export = fake_vulkan.saw_import = false;
    for (const VkBaseInStructure *at = info->pNext; at; at = at->pNext) {
        switch ((int)at->sType) {
        case VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO:
            fake_vulkan.saw_export = true;
            break;
        case VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR:
            fake_vulkan.saw_import = true;
            break;
        case VK_STRUCTURE_TYPE_IMPORT_MEMORY_HOST_POINTER_INFO_EXT:
            pointer = (const void *)at;
            break;
        }
    }
    fake_vulkan.allocation_bytes = info->allocationSize;
    fake_vulkan.host_pointer = pointer ? pointer->pHostPointer : NULL;
    if (fake_vulkan.result == VK_SUCCESS) {
        *memory = (VkDeviceMemory)++newest_memory;
    }
    return fake_vulkan.result;
}

static void free_memory(VkDevice device, VkDeviceMemory memory,
                        const VkAllocationCallbacks *callbacks)
{
    fake_vulkan.num_freed++;
}

static VkResult get_memory_fd(VkDevice device, const VkMemoryGetFdInfoKHR *info,
                              int *file)
{
    *file = -1;
    return VK_ERROR_OUT_OF_HOST_MEMORY;
}

static VkResult create_semaphore(VkDevice device,
                                 const VkSemaphoreCreateInfo *info,
                                 const VkAllocationCallbacks *callbacks,
                                 VkSemaphore *semaphore)
{
    fake_vulkan.saw_export = info->pNext != NULL;
    *semaphore = (VkSemaphore)(uintptr_t)0x5e;
    return VK_SUCCESS;
}

static void get_queue(VkDevice device, uint32_t family, uint32_t index,
                      VkQueue *queue)
{
    *queue = ((struct handle *)device)->owner;
}

static void get_queue2(VkDevice device, const VkDeviceQueueInfo2 *info,
                       VkQueue *queue)
{
    get_queue(device, 0, 0, queue);
}

static VkResult submit(VkQueue queue, uint32_t count, const VkSubmitInfo *submits,
                       VkFence fence)
{
    fake_vulkan.num_submits++;
    if (count && submits->signalSemaphoreCount) {
        fake_vulkan.signalled = submits->pSignalSemaphores[0];
    }
    return fake_vulkan.result;
}

static VkResult submit2(VkQueue queue, uint32_t count,
                        const VkSubmitInfo2 *submits, VkFence fence)
{
    fake_vulkan.num_submits++;
    return fake_vulkan.result;
}

#define FUNCTION(name, function) { name, (PFN_vkVoidFunction)function }

static const struct {
    const char *name;
    PFN_vkVoidFunction function;
} functions[] = {
    FUNCTION("vkCreateInstance", create_instance),
    FUNCTION("vkDestroyInstance", destroy_instance),
    FUNCTION("vkEnumerateDeviceExtensionProperties", list_extensions),
    FUNCTION("vkGetPhysicalDeviceProperties2KHR", get_properties),
    FUNCTION("vkGetPhysicalDeviceExternalSemaphoreProperties",
             get_semaphore_properties),
    FUNCTION("vkCreateDevice", create_device),
    FUNCTION("vkDestroyDevice", destroy_device),
    FUNCTION("vkAllocateMemory", allocate_memory),
    FUNCTION("vkFreeMemory", free_memory),
    FUNCTION("vkGetMemoryFdKHR", get_memory_fd),
    FUNCTION("vkCreateSemaphore", create_semaphore),
    FUNCTION("vkGetDeviceQueue", get_queue),
    FUNCTION("vkGetDeviceQueue2", get_queue2),
    FUNCTION("vkQueueSubmit", submit),
    FUNCTION("vkQueueSubmit2KHR", submit2),
};

static PFN_vkVoidFunction driver_of_instance(VkInstance instance,
                                             const char *name)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(functions); i++) {
        if (!strcmp(functions[i].name, name)) {
            return functions[i].function;
        }
    }
    return NULL;
}

static PFN_vkVoidFunction driver_of_device(VkDevice device, const char *name)
{
    return !strcmp(name, "vkQueueSubmit2KHR") && !fake_vulkan.has_submit2
           ? NULL : driver_of_instance(NULL, name);
}

/* --- the loader ------------------------------------------------------- */

static VkNegotiateLayerInterface negotiate(void)
{
    VkNegotiateLayerInterface interface = { .loaderLayerInterfaceVersion = 2 };

    g_assert_cmpint(vkNegotiateLoaderLayerInterfaceVersion(&interface), ==,
                    VK_SUCCESS);
    return interface;
}

PFN_vkVoidFunction fake_vulkan_of_instance(VkInstance instance,
                                           const char *name)
{
    return negotiate().pfnGetInstanceProcAddr(instance, name);
}

PFN_vkVoidFunction fake_vulkan_of_device(VkDevice device, const char *name)
{
    return negotiate().pfnGetDeviceProcAddr(device, name);
}

void fake_vulkan_reset(void)
{
    fake_vulkan = (struct fake_vulkan){
        .driver = VK_DRIVER_ID_MESA_LLVMPIPE,
        .extensions = {
            VK_EXT_EXTERNAL_MEMORY_DMA_BUF_EXTENSION_NAME,
            VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME,
            VK_EXT_EXTERNAL_MEMORY_HOST_EXTENSION_NAME,
        },
        .has_submit2 = true,
    };
}

VkInstance fake_vulkan_instance(void)
{
    VkLayerInstanceLink next = {
        .pfnNextGetInstanceProcAddr = driver_of_instance,
    };
    VkLayerInstanceCreateInfo link = {
        .sType = VK_STRUCTURE_TYPE_LOADER_INSTANCE_CREATE_INFO,
        .function = VK_LAYER_LINK_INFO,
        .u.pLayerInfo = &next,
    };
    /* The loader has more structures of the type. */
    VkLayerInstanceCreateInfo other = {
        .sType = VK_STRUCTURE_TYPE_LOADER_INSTANCE_CREATE_INFO,
        .pNext = &link,
        .function = VK_LOADER_DATA_CALLBACK,
    };
    VkInstanceCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_INSTANCE_CREATE_INFO,
        .pNext = &other,
    };
    VkInstance instance = NULL;
    VkResult result =
        ((PFN_vkCreateInstance)fake_vulkan_of_instance(NULL, "vkCreateInstance"))(
            &info, NULL, &instance);

    g_assert_cmpint(result, ==, fake_vulkan.result);
    /* The next layer begins where this one ended. */
    g_assert_null(link.u.pLayerInfo);
    return instance;
}

VkPhysicalDevice fake_vulkan_physical(VkInstance instance)
{
    return ((struct handle *)instance)->owner;
}

VkResult fake_vulkan_device(VkInstance instance, const char *const *extensions,
                            unsigned count, VkDevice *device)
{
    VkLayerDeviceLink next = {
        .pfnNextGetInstanceProcAddr = driver_of_instance,
        .pfnNextGetDeviceProcAddr = driver_of_device,
    };
    VkLayerDeviceCreateInfo link = {
        .sType = VK_STRUCTURE_TYPE_LOADER_DEVICE_CREATE_INFO,
        .function = VK_LAYER_LINK_INFO,
        .u.pLayerInfo = &next,
    };
    VkDeviceCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_DEVICE_CREATE_INFO,
        .pNext = &link,
        .enabledExtensionCount = count,
        .ppEnabledExtensionNames = extensions,
    };

    *device = NULL;
    return ((PFN_vkCreateDevice)fake_vulkan_of_instance(
        instance, "vkCreateDevice"))(fake_vulkan_physical(instance), &info,
                                     NULL, device);
}
