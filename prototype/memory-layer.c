/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 * Copyright (c) 2026 The qemu-virtio-gpu authors
 *
 * A Vulkan layer for the processes of the render server: memory that is to be
 * exported begins where its file begins, and is whole pages.
 *
 * Mesa's lavapipe puts a header in front of it (os_memory_fd.c), so that no
 * page of it can be shown to a guest; only with /dev/udmabuf it does not. Here
 * such memory is a file of ours that lavapipe imports as its host's pointer.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vulkan/vk_layer.h>
#include <vulkan/vulkan.h>

#define EXPORT __attribute__((visibility("default")))
#define LAYER "VK_LAYER_VIRTIO_GPU_memory"
#define PAGE 4096ull
#define MOST 16

/* What the loader's dispatch of an instance or of a device leads to. */
struct next {
    void *key;
    PFN_vkGetInstanceProcAddr instance_address;
    PFN_vkGetDeviceProcAddr device_address;
    VkInstance instance;
    VkDevice device;
};

struct memory {
    struct memory *next;
    VkDeviceMemory handle;
    void *bytes;
    size_t size;
    int file;
};

/* Queues are not for two threads at a time, and we submit, too. */
static pthread_mutex_t queue_lock = PTHREAD_MUTEX_INITIALIZER;
static VkQueue queue_of_device;
static VkDevice device_of_queue;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct next nexts[MOST];
static struct memory *memories;

static void *key_of(const void *object)
{
    return *(void *const *)object;
}

static struct next *find_next(void *key)
{
    struct next *found = NULL;

    pthread_mutex_lock(&lock);
    for (unsigned i = 0; !found && i < MOST; i++) {
        found = nexts[i].key == key ? &nexts[i] : NULL;
    }
    pthread_mutex_unlock(&lock);
    return found;
}

static PFN_vkVoidFunction device_function(VkDevice device, const char *name)
{
    return find_next(key_of(device))->device_address(device, name);
}

static void *find_link(const void *chain, VkStructureType type)
{
    const VkLayerInstanceCreateInfo *info = chain;

    while (info && !(info->sType == type && info->function == VK_LAYER_LINK_INFO)) {
        info = info->pNext;
    }
    return (void *)info;
}

static VkResult create_instance(const VkInstanceCreateInfo *info,
                                const VkAllocationCallbacks *callbacks,
                                VkInstance *instance)
{
    VkLayerInstanceCreateInfo *link =
        find_link(info->pNext, VK_STRUCTURE_TYPE_LOADER_INSTANCE_CREATE_INFO);
    PFN_vkGetInstanceProcAddr address = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
    VkResult result;
    struct next *next;

    link->u.pLayerInfo = link->u.pLayerInfo->pNext;
    result = ((PFN_vkCreateInstance)address(NULL, "vkCreateInstance"))(info, callbacks,
                                                                       instance);
    if (result == VK_SUCCESS) {
        next = find_next(NULL);
        *next = (struct next){ .key = key_of(*instance), .instance = *instance,
                               .instance_address = address };
    }
    return result;
}

static VkResult create_device(VkPhysicalDevice physical, const VkDeviceCreateInfo *info,
                              const VkAllocationCallbacks *callbacks, VkDevice *device)
{
    VkLayerDeviceCreateInfo *link =
        find_link(info->pNext, VK_STRUCTURE_TYPE_LOADER_DEVICE_CREATE_INFO);
    PFN_vkGetInstanceProcAddr address = link->u.pLayerInfo->pfnNextGetInstanceProcAddr;
    PFN_vkGetDeviceProcAddr device_address = link->u.pLayerInfo->pfnNextGetDeviceProcAddr;
    VkInstance instance = find_next(key_of(physical))->instance;
    VkDeviceCreateInfo changed = *info;
    const char *names[256];
    VkResult result;

    changed.enabledExtensionCount = 0;
    for (uint32_t i = 0; i < info->enabledExtensionCount; i++) {
        if (strcmp(info->ppEnabledExtensionNames[i],
                   VK_KHR_EXTERNAL_SEMAPHORE_FD_EXTENSION_NAME)) {
            names[changed.enabledExtensionCount++] = info->ppEnabledExtensionNames[i];
        }
    }
    names[changed.enabledExtensionCount++] = VK_EXT_EXTERNAL_MEMORY_HOST_EXTENSION_NAME;
    changed.ppEnabledExtensionNames = names;
    link->u.pLayerInfo = link->u.pLayerInfo->pNext;
    result = ((PFN_vkCreateDevice)address(instance, "vkCreateDevice"))(physical, &changed,
                                                                       callbacks, device);
    if (result == VK_SUCCESS) {
        *find_next(NULL) = (struct next){ .key = key_of(*device), .device = *device,
                                          .device_address = device_address };
    }
    return result;
}

/* Takes a structure out of a chain that is ours to change. */
static const void *take(VkMemoryAllocateInfo *info, VkStructureType type)
{
    VkBaseOutStructure *before = (VkBaseOutStructure *)info, *at;

    for (; (at = before->pNext); before = at) {
        if (at->sType == type) {
            before->pNext = at->pNext;
            return at;
        }
    }
    return NULL;
}

static struct memory *make(int file, size_t size)
{
    struct memory *memory = calloc(1, sizeof(*memory));

    memory->file = file >= 0 ? file
                             : memfd_create("vulkan", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    memory->size = size;
    if (file < 0 && ftruncate(memory->file, size)) {
        abort();
    }
    memory->bytes = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, memory->file, 0);
    return memory;
}

static VkResult allocate_memory(VkDevice device, const VkMemoryAllocateInfo *info,
                                const VkAllocationCallbacks *callbacks,
                                VkDeviceMemory *handle)
{
    PFN_vkAllocateMemory next =
        (PFN_vkAllocateMemory)device_function(device, "vkAllocateMemory");
    VkMemoryAllocateInfo changed = *info;
    const VkExportMemoryAllocateInfo *export =
        take(&changed, VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO);
    const VkImportMemoryFdInfoKHR *import =
        take(&changed, VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR);
    VkResult result;

    if (!import && !(export && export->handleTypes)) {
        return next(device, &changed, callbacks, handle);
    }
    changed.allocationSize = (info->allocationSize + PAGE - 1) & ~(PAGE - 1);
    struct memory *memory = make(import ? import->fd : -1, changed.allocationSize);
    VkImportMemoryHostPointerInfoEXT pointer = {
        .sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_HOST_POINTER_INFO_EXT,
        .pNext = changed.pNext,
        .handleType = VK_EXTERNAL_MEMORY_HANDLE_TYPE_HOST_ALLOCATION_BIT_EXT,
        .pHostPointer = memory->bytes,
    };
    changed.pNext = &pointer;
    result = next(device, &changed, callbacks, handle);
    memory->handle = *handle;
    pthread_mutex_lock(&lock);
    memory->next = memories;
    memories = memory;
    pthread_mutex_unlock(&lock);
    return result;
}

static void free_memory(VkDevice device, VkDeviceMemory handle,
                        const VkAllocationCallbacks *callbacks)
{
    struct memory **at, *memory;

    ((PFN_vkFreeMemory)device_function(device, "vkFreeMemory"))(device, handle, callbacks);
    pthread_mutex_lock(&lock);
    for (at = &memories; (memory = *at) && memory->handle != handle; at = &memory->next) {
    }
    if (memory) {
        *at = memory->next;
        munmap(memory->bytes, memory->size);
        close(memory->file);
        free(memory);
    }
    pthread_mutex_unlock(&lock);
}

static VkResult get_memory_fd(VkDevice device, const VkMemoryGetFdInfoKHR *info, int *file)
{
    struct memory *memory;

    (void)device;
    pthread_mutex_lock(&lock);
    for (memory = memories; memory && memory->handle != info->memory;
         memory = memory->next) {
    }
    *file = memory ? dup(memory->file) : -1;
    pthread_mutex_unlock(&lock);
    return *file >= 0 ? VK_SUCCESS : VK_ERROR_TOO_MANY_OBJECTS;
}

static PFN_vkVoidFunction physical_function(VkPhysicalDevice physical, const char *name)
{
    struct next *next = find_next(key_of(physical));

    return next->instance_address(next->instance, name);
}

static VkResult enumerate_extensions(VkPhysicalDevice physical, const char *layer,
                                     uint32_t *count, VkExtensionProperties *properties)
{
    PFN_vkEnumerateDeviceExtensionProperties next =
        (PFN_vkEnumerateDeviceExtensionProperties)
        physical_function(physical, "vkEnumerateDeviceExtensionProperties");
    uint32_t room = *count;
    VkResult result;

    if (layer && !strcmp(layer, LAYER)) {
        *count = 0;
        return VK_SUCCESS;
    }
    result = next(physical, layer, count, properties);
    if (layer || result != VK_SUCCESS) {
        return result;
    }
    if (!properties) {
        ++*count;
        return VK_SUCCESS;
    }
    if (*count >= room) {
        return VK_INCOMPLETE;
    }
    /* lavapipe only imports them: a guest would try to export for its windows. */
    for (uint32_t i = 0; i < *count; i++) {
        if (!strcmp(properties[i].extensionName,
                    VK_EXT_EXTERNAL_MEMORY_DMA_BUF_EXTENSION_NAME)) {
            properties[i] = properties[--*count];
            break;
        }
    }
    properties[*count] = (VkExtensionProperties){ .specVersion = 1 };
    strcpy(properties[(*count)++].extensionName,
           VK_KHR_EXTERNAL_SEMAPHORE_FD_EXTENSION_NAME);
    return VK_SUCCESS;
}

static void semaphore_properties(VkPhysicalDevice physical,
                                 const VkPhysicalDeviceExternalSemaphoreInfo *info,
                                 VkExternalSemaphoreProperties *properties)
{
    const VkSemaphoreTypeCreateInfo *type = info->pNext;
    bool is_binary = !type || type->semaphoreType == VK_SEMAPHORE_TYPE_BINARY;

    (void)physical;
    properties->exportFromImportedHandleTypes = 0;
    properties->compatibleHandleTypes = 0;
    properties->externalSemaphoreFeatures = 0;
    if (is_binary && info->handleType == VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT) {
        properties->compatibleHandleTypes = info->handleType;
        properties->externalSemaphoreFeatures = VK_EXTERNAL_SEMAPHORE_FEATURE_IMPORTABLE_BIT;
    }
}

static void get_queue(VkDevice device, uint32_t family, uint32_t index, VkQueue *queue)
{
    ((PFN_vkGetDeviceQueue)device_function(device, "vkGetDeviceQueue"))(device, family,
                                                                        index, queue);
    queue_of_device = *queue;
    device_of_queue = device;
}

static void get_queue2(VkDevice device, const VkDeviceQueueInfo2 *info, VkQueue *queue)
{
    ((PFN_vkGetDeviceQueue2)device_function(device, "vkGetDeviceQueue2"))(device, info,
                                                                          queue);
    queue_of_device = *queue;
    device_of_queue = device;
}

static VkResult submit(VkQueue queue, uint32_t count, const VkSubmitInfo *info,
                       VkFence fence)
{
    VkResult result;

    pthread_mutex_lock(&queue_lock);
    result = ((PFN_vkQueueSubmit)device_function(device_of_queue, "vkQueueSubmit"))(
        queue, count, info, fence);
    pthread_mutex_unlock(&queue_lock);
    return result;
}

static VkResult submit2(VkQueue queue, uint32_t count, const VkSubmitInfo2 *info,
                        VkFence fence)
{
    PFN_vkQueueSubmit2 next =
        (PFN_vkQueueSubmit2)device_function(device_of_queue, "vkQueueSubmit2");
    VkResult result;

    if (!next) {
        next = (PFN_vkQueueSubmit2)device_function(device_of_queue, "vkQueueSubmit2KHR");
    }
    pthread_mutex_lock(&queue_lock);
    result = next(queue, count, info, fence);
    pthread_mutex_unlock(&queue_lock);
    return result;
}

/* Mesa's Venus only imports what is signalled already, -1. */
static VkResult import_semaphore(VkDevice device, const VkImportSemaphoreFdInfoKHR *info)
{
    VkSubmitInfo signal = {
        .sType = VK_STRUCTURE_TYPE_SUBMIT_INFO,
        .signalSemaphoreCount = 1,
        .pSignalSemaphores = &info->semaphore,
    };

    if (info->fd != -1 || device != device_of_queue) {
        return VK_ERROR_INVALID_EXTERNAL_HANDLE;
    }
    return submit(queue_of_device, 1, &signal, VK_NULL_HANDLE);
}

static VkResult get_semaphore(VkDevice device, const VkSemaphoreGetFdInfoKHR *info, int *fd)
{
    (void)device;
    (void)info;
    *fd = -1;
    return VK_ERROR_FEATURE_NOT_PRESENT;
}

static VkResult create_semaphore(VkDevice device, const VkSemaphoreCreateInfo *info,
                                 const VkAllocationCallbacks *callbacks,
                                 VkSemaphore *semaphore)
{
    VkSemaphoreCreateInfo changed = *info;

    take((VkMemoryAllocateInfo *)&changed, VK_STRUCTURE_TYPE_EXPORT_SEMAPHORE_CREATE_INFO);
    return ((PFN_vkCreateSemaphore)device_function(device, "vkCreateSemaphore"))(
        device, &changed, callbacks, semaphore);
}

static const struct {
    const char *name;
    PFN_vkVoidFunction function;
} functions[] = {
    { "vkEnumerateDeviceExtensionProperties", (PFN_vkVoidFunction)enumerate_extensions },
    { "vkGetPhysicalDeviceExternalSemaphoreProperties",
      (PFN_vkVoidFunction)semaphore_properties },
    { "vkGetPhysicalDeviceExternalSemaphorePropertiesKHR",
      (PFN_vkVoidFunction)semaphore_properties },
    { "vkGetDeviceQueue", (PFN_vkVoidFunction)get_queue },
    { "vkGetDeviceQueue2", (PFN_vkVoidFunction)get_queue2 },
    { "vkQueueSubmit", (PFN_vkVoidFunction)submit },
    { "vkQueueSubmit2", (PFN_vkVoidFunction)submit2 },
    { "vkQueueSubmit2KHR", (PFN_vkVoidFunction)submit2 },
    { "vkImportSemaphoreFdKHR", (PFN_vkVoidFunction)import_semaphore },
    { "vkGetSemaphoreFdKHR", (PFN_vkVoidFunction)get_semaphore },
    { "vkCreateSemaphore", (PFN_vkVoidFunction)create_semaphore },
    { "vkCreateInstance", (PFN_vkVoidFunction)create_instance },
    { "vkCreateDevice", (PFN_vkVoidFunction)create_device },
    { "vkAllocateMemory", (PFN_vkVoidFunction)allocate_memory },
    { "vkFreeMemory", (PFN_vkVoidFunction)free_memory },
    { "vkGetMemoryFdKHR", (PFN_vkVoidFunction)get_memory_fd },
};

static PFN_vkVoidFunction own(const char *name)
{
    for (unsigned i = 0; i < sizeof(functions) / sizeof(*functions); i++) {
        if (!strcmp(functions[i].name, name)) {
            return functions[i].function;
        }
    }
    return NULL;
}

static PFN_vkVoidFunction get_device(VkDevice device, const char *name)
{
    PFN_vkVoidFunction function = own(name);

    if (!strcmp(name, "vkGetDeviceProcAddr")) {
        return (PFN_vkVoidFunction)get_device;
    }
    return function ? function : device_function(device, name);
}

static PFN_vkVoidFunction get_instance(VkInstance instance, const char *name)
{
    PFN_vkVoidFunction function = own(name);

    if (!strcmp(name, "vkGetInstanceProcAddr")) {
        return (PFN_vkVoidFunction)get_instance;
    }
    if (!strcmp(name, "vkGetDeviceProcAddr")) {
        return (PFN_vkVoidFunction)get_device;
    }
    return function || !instance
           ? function
           : find_next(key_of(instance))->instance_address(instance, name);
}

EXPORT VkResult
vkNegotiateLoaderLayerInterfaceVersion(VkNegotiateLayerInterface *interface)
{
    interface->loaderLayerInterfaceVersion = 2;
    interface->pfnGetInstanceProcAddr = get_instance;
    interface->pfnGetDeviceProcAddr = get_device;
    interface->pfnGetPhysicalDeviceProcAddr = NULL;
    return VK_SUCCESS;
}
