/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "layer.h"

#include <glib.h>
#include <string.h>

#include "../platform/llvmpipe.h"
#include "extensions.h"
#include "memory.h"
#include "next.h"
#include "semaphore.h"

#define INTERFACE_VERSION 2

/* --- instances -------------------------------------------------------- */

/* The loader's own structure, which says who is next. */
static void *find_link(const void *chain, VkStructureType type)
{
    const VkLayerInstanceCreateInfo *info = chain;

    while (info &&
           !(info->sType == type && info->function == VK_LAYER_LINK_INFO)) {
        info = info->pNext;
    }
    return (void *)info;
}

static PFN_vkVoidFunction either(const struct vgpu_next_instance *instance,
                                 const char *name, const char *older)
{
    return instance->get_address(instance->handle, name)
           ?: instance->get_address(instance->handle, older);
}

static void add_instance(VkInstance handle, PFN_vkGetInstanceProcAddr address)
{
    struct vgpu_next_instance *instance =
        g_new0(struct vgpu_next_instance, 1);

    instance->handle = handle;
    instance->get_address = address;
    instance->destroy =
        (PFN_vkDestroyInstance)address(handle, "vkDestroyInstance");
    instance->list_extensions = (PFN_vkEnumerateDeviceExtensionProperties)
        address(handle, "vkEnumerateDeviceExtensionProperties");
    instance->get_properties = (PFN_vkGetPhysicalDeviceProperties2)
        either(instance, "vkGetPhysicalDeviceProperties2",
               "vkGetPhysicalDeviceProperties2KHR");
    instance->get_semaphore_properties =
        (PFN_vkGetPhysicalDeviceExternalSemaphoreProperties)
        either(instance, "vkGetPhysicalDeviceExternalSemaphoreProperties",
               "vkGetPhysicalDeviceExternalSemaphorePropertiesKHR");
    vgpu_next_instance_add(instance);
}

static VkResult create_instance(const VkInstanceCreateInfo *info,
                                const VkAllocationCallbacks *callbacks,
                                VkInstance *instance)
{
    VkLayerInstanceCreateInfo *link = find_link(
        info->pNext, VK_STRUCTURE_TYPE_LOADER_INSTANCE_CREATE_INFO);
    PFN_vkGetInstanceProcAddr address;
    VkResult result;

    if (!link) {
        return VK_ERROR_INITIALIZATION_FAILED;
    }
    address = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
    link->u.pLayerInfo = link->u.pLayerInfo->pNext;
    result = ((PFN_vkCreateInstance)address(NULL, "vkCreateInstance"))(
        info, callbacks, instance);
    if (result == VK_SUCCESS) {
        add_instance(*instance, address);
    }
    return result;
}

static void destroy_instance(VkInstance handle,
                             const VkAllocationCallbacks *callbacks)
{
    struct vgpu_next_instance *instance;

    if (handle) {
        instance = vgpu_next_instance_remove(handle);
        instance->destroy(handle, callbacks);
        g_free(instance);
    }
}

/* --- devices ---------------------------------------------------------- */

static void find_functions(struct vgpu_next_device *device)
{
    VkDevice handle = device->handle;
    PFN_vkGetDeviceProcAddr address = device->get_address;

    device->destroy = (PFN_vkDestroyDevice)address(handle, "vkDestroyDevice");
    device->allocate_memory =
        (PFN_vkAllocateMemory)address(handle, "vkAllocateMemory");
    device->free_memory = (PFN_vkFreeMemory)address(handle, "vkFreeMemory");
    device->get_memory_fd =
        (PFN_vkGetMemoryFdKHR)address(handle, "vkGetMemoryFdKHR");
    device->create_semaphore =
        (PFN_vkCreateSemaphore)address(handle, "vkCreateSemaphore");
    device->get_queue =
        (PFN_vkGetDeviceQueue)address(handle, "vkGetDeviceQueue");
    device->get_queue2 =
        (PFN_vkGetDeviceQueue2)address(handle, "vkGetDeviceQueue2");
    device->submit = (PFN_vkQueueSubmit)address(handle, "vkQueueSubmit");
    device->submit2 = (PFN_vkQueueSubmit2)(address(handle, "vkQueueSubmit2")
                      ?: address(handle, "vkQueueSubmit2KHR"));
}

static void add_device(struct vgpu_next_device *device)
{
    find_functions(device);
    vgpu_layer_memory_init(device);
    g_mutex_init(&device->queue_lock);
    vgpu_next_device_add(device);
}

static VkResult create_device(VkPhysicalDevice physical,
                              const VkDeviceCreateInfo *info,
                              const VkAllocationCallbacks *callbacks,
                              VkDevice *handle)
{
    const struct vgpu_next_instance *instance = vgpu_next_instance_find(physical);
    VkLayerDeviceCreateInfo *link = find_link(
        info->pNext, VK_STRUCTURE_TYPE_LOADER_DEVICE_CREATE_INFO);
    g_autofree struct vgpu_next_device *device =
        g_new0(struct vgpu_next_device, 1);
    g_autoptr(GPtrArray) names = NULL;
    VkDeviceCreateInfo changed = *info;
    PFN_vkGetInstanceProcAddr address;
    VkResult result;

    if (!link) {
        return VK_ERROR_INITIALIZATION_FAILED;
    }
    address = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
    device->get_address = link->u.pLayerInfo->pfnNextGetDeviceProcAddr;
    link->u.pLayerInfo = link->u.pLayerInfo->pNext;
    device->makes_files = vgpu_layer_makes_files(instance, physical);
    device->signals = vgpu_layer_adds_semaphores(instance, physical);
    if (device->makes_files) {
        names = vgpu_layer_driver_extensions(info, device->signals);
        changed.enabledExtensionCount = names->len;
        changed.ppEnabledExtensionNames = (const char *const *)names->pdata;
    }
    /* The loader reads what it left in *handle. */
    result = ((PFN_vkCreateDevice)address(instance->handle, "vkCreateDevice"))(
        physical, &changed, callbacks, handle);
    if (result == VK_SUCCESS) {
        device->handle = *handle;
        add_device(g_steal_pointer(&device));
        /* Lavapipe's, if it is here: nobody is told, since nobody can help. */
        vgpu_llvmpipe_guard_fences();
    }
    return result;
}

static void destroy_device(VkDevice handle,
                           const VkAllocationCallbacks *callbacks)
{
    struct vgpu_next_device *device;

    if (handle) {
        device = vgpu_next_device_remove(handle);
        device->destroy(handle, callbacks);
        vgpu_layer_memory_finish(device);
        g_mutex_clear(&device->queue_lock);
        g_free(device);
    }
}

/* --- what is called by which name ------------------------------------- */

static PFN_vkVoidFunction get_instance_address(VkInstance instance,
                                               const char *name);
static PFN_vkVoidFunction get_device_address(VkDevice device, const char *name);

#define FUNCTION(name, function) { name, (PFN_vkVoidFunction)function }

struct function {
    const char *name;
    PFN_vkVoidFunction function;
};

static const struct function instance_functions[] = {
    FUNCTION("vkGetInstanceProcAddr", get_instance_address),
    FUNCTION("vkCreateInstance", create_instance),
    FUNCTION("vkDestroyInstance", destroy_instance),
    FUNCTION("vkCreateDevice", create_device),
    FUNCTION("vkEnumerateDeviceExtensionProperties",
             vgpu_layer_list_extensions),
    FUNCTION("vkGetPhysicalDeviceExternalSemaphoreProperties",
             vgpu_layer_semaphore_properties),
    FUNCTION("vkGetPhysicalDeviceExternalSemaphorePropertiesKHR",
             vgpu_layer_semaphore_properties),
};

static const struct function device_functions[] = {
    FUNCTION("vkGetDeviceProcAddr", get_device_address),
    FUNCTION("vkDestroyDevice", destroy_device),
    FUNCTION("vkAllocateMemory", vgpu_layer_memory_allocate),
    FUNCTION("vkFreeMemory", vgpu_layer_memory_free),
    FUNCTION("vkGetMemoryFdKHR", vgpu_layer_memory_get_fd),
    FUNCTION("vkCreateSemaphore", vgpu_layer_semaphore_create),
    FUNCTION("vkGetDeviceQueue", vgpu_layer_queue_get),
    FUNCTION("vkGetDeviceQueue2", vgpu_layer_queue_get2),
    FUNCTION("vkQueueSubmit", vgpu_layer_queue_submit),
    FUNCTION("vkQueueSubmit2", vgpu_layer_queue_submit2),
    FUNCTION("vkQueueSubmit2KHR", vgpu_layer_queue_submit2),
};

/* Of a device that signals, where the driver has none by these names. */
static const struct function signal_functions[] = {
    FUNCTION("vkImportSemaphoreFdKHR", vgpu_layer_semaphore_import),
    FUNCTION("vkGetSemaphoreFdKHR", vgpu_layer_semaphore_get_fd),
};

static PFN_vkVoidFunction find_function(const struct function *functions,
                                        size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (!strcmp(functions[i].name, name)) {
            return functions[i].function;
        }
    }
    return NULL;
}

#define FIND_FUNCTION(functions, name) \
    find_function(functions, G_N_ELEMENTS(functions), name)

static PFN_vkVoidFunction get_device_address(VkDevice handle, const char *name)
{
    const struct vgpu_next_device *device = vgpu_next_device_find(handle);
    PFN_vkVoidFunction own = NULL, next;

    if (device->signals) {
        own = FIND_FUNCTION(signal_functions, name);
    }
    if (own) {
        return own;
    }
    next = device->get_address(handle, name);
    own = FIND_FUNCTION(device_functions, name);
    return next && own ? own : next;
}

/* The loader asks for those of devices where it knows the device. */
static PFN_vkVoidFunction get_instance_address(VkInstance handle,
                                               const char *name)
{
    PFN_vkVoidFunction own = FIND_FUNCTION(instance_functions, name)
                             ?: FIND_FUNCTION(device_functions, name);

    return own || !handle
           ? own
           : vgpu_next_instance_find(handle)->get_address(handle, name);
}

VkResult vkNegotiateLoaderLayerInterfaceVersion(
    VkNegotiateLayerInterface *interface)
{
    if (interface->loaderLayerInterfaceVersion < INTERFACE_VERSION) {
        return VK_ERROR_INITIALIZATION_FAILED;
    }
    interface->loaderLayerInterfaceVersion = INTERFACE_VERSION;
    interface->pfnGetInstanceProcAddr = get_instance_address;
    interface->pfnGetDeviceProcAddr = get_device_address;
    interface->pfnGetPhysicalDeviceProcAddr = NULL;
    return VK_SUCCESS;
}
