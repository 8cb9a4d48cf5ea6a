/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What the Vulkan layer stands in front of: the instances and devices of the
 * driver, or of the layer below.
 *
 * A record lives from the creation to the destruction of what it is of.  Finding
 * is for any thread; fields that nothing else is said of are constant.
 */
#ifndef HW_DISPLAY_VULKAN_NEXT_H
#define HW_DISPLAY_VULKAN_NEXT_H

#include <glib.h>
#include <stdbool.h>
#include <vulkan/vulkan.h>

struct vgpu_next_instance {
    VkInstance handle;
    PFN_vkGetInstanceProcAddr get_address;
    PFN_vkDestroyInstance destroy;
    PFN_vkEnumerateDeviceExtensionProperties list_extensions;
    PFN_vkGetPhysicalDeviceProperties2 get_properties;      /* or NULL */
    PFN_vkGetPhysicalDeviceExternalSemaphoreProperties
        get_semaphore_properties;                           /* or NULL */
};

struct vgpu_next_device {
    VkDevice handle;
    PFN_vkGetDeviceProcAddr get_address;
    PFN_vkDestroyDevice destroy;

    bool makes_files;           /* else nothing of its memory is changed */
    PFN_vkAllocateMemory allocate_memory;
    PFN_vkFreeMemory free_memory;
    PFN_vkGetMemoryFdKHR get_memory_fd;                     /* or NULL */

    bool signals;               /* imports semaphores that are signalled */
    PFN_vkCreateSemaphore create_semaphore;
    PFN_vkGetDeviceQueue get_queue;
    PFN_vkGetDeviceQueue2 get_queue2;                       /* or NULL */
    PFN_vkQueueSubmit submit;
    PFN_vkQueueSubmit2 submit2;                             /* or NULL */

    GMutex memories_lock;
    GHashTable *memories;       /* struct layer_memory by its handle */

    /* Submitting to a queue is for one thread at a time, and we submit, too. */
    GMutex queue_lock;
    VkQueue queue;              /* the one that was asked for last, or NULL */
};

/*
 * The loader's handles begin with a pointer that is the same for an instance and
 * its physical devices, and for a device and its queues.
 */
struct vgpu_next_instance *vgpu_next_instance_find(const void *handle);
struct vgpu_next_device *vgpu_next_device_find(const void *handle);

/* The record is theirs from then on. */
void vgpu_next_instance_add(struct vgpu_next_instance *instance);
void vgpu_next_device_add(struct vgpu_next_device *device);

/* The caller's again. */
struct vgpu_next_instance *vgpu_next_instance_remove(const void *handle);
struct vgpu_next_device *vgpu_next_device_remove(const void *handle);

/*
 * Takes the first structure of that type out of the chain of @info, which may be
 * NULL or of the application: whoever called gets it back with
 * vgpu_next_chain_restore().  @hole is the caller's.
 */
struct vgpu_next_hole {
    VkBaseOutStructure *before;
    VkBaseOutStructure *taken;  /* NULL: there was none */
};

const void *vgpu_next_chain_take(const void *info, VkStructureType type,
                                 struct vgpu_next_hole *hole);
void vgpu_next_chain_restore(const struct vgpu_next_hole *hole);

/* The first of that type in a chain, or NULL. */
const void *vgpu_next_chain_find(const void *chain, VkStructureType type);

#endif
