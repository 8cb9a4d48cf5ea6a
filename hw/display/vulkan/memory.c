/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "memory.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../platform/memory-file.h"

struct layer_memory {
    VkDeviceMemory handle;
    void *data;
    uint64_t bytes;
    int file;
};

/* Of all that this process holds. */
static _Atomic uint64_t total_bytes;

static bool charge(uint64_t bytes)
{
    uint64_t total = atomic_fetch_add(&total_bytes, bytes) + bytes;
    struct rlimit limit;

    if (getrlimit(RLIMIT_DATA, &limit) || limit.rlim_cur == RLIM_INFINITY ||
        total <= limit.rlim_cur) {
        return true;
    }
    atomic_fetch_sub(&total_bytes, bytes);
    return false;
}

/* The file is left open. */
static void release(gpointer data)
{
    struct layer_memory *memory = data;

    if (memory->data) {
        vgpu_memory_file_unmap(memory->data, memory->bytes);
    }
    atomic_fetch_sub(&total_bytes, memory->bytes);
    g_free(memory);
}

static void release_all(gpointer data)
{
    close(((struct layer_memory *)data)->file);
    release(data);
}

/* @file: -1, or somebody's that stays his. */
static VkResult make(int file, uint64_t bytes, struct layer_memory **made)
{
    struct layer_memory *memory;

    if (file >= 0 && !(vgpu_memory_file_is_ours(file) &&
                       vgpu_memory_file_keeps(file, bytes))) {
        return VK_ERROR_INVALID_EXTERNAL_HANDLE;
    }
    if (!charge(bytes)) {
        return VK_ERROR_OUT_OF_DEVICE_MEMORY;
    }
    memory = g_new0(struct layer_memory, 1);
    memory->bytes = bytes;
    memory->file = file >= 0 ? file : vgpu_memory_file_make(bytes);
    memory->data = memory->file >= 0
                   ? vgpu_memory_file_map(memory->file, bytes) : NULL;
    if (!memory->data) {
        if (file < 0 && memory->file >= 0) {
            close(memory->file);
        }
        release(memory);
        return VK_ERROR_OUT_OF_DEVICE_MEMORY;
    }
    *made = memory;
    return VK_SUCCESS;
}

static VkResult allocate_file(struct vgpu_next_device *device,
                              const VkMemoryAllocateInfo *info,
                              const VkAllocationCallbacks *callbacks, int file,
                              VkDeviceMemory *handle)
{
    const uint64_t page = sysconf(_SC_PAGESIZE);
    VkImportMemoryHostPointerInfoEXT pointer = {
        .sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_HOST_POINTER_INFO_EXT,
        .pNext = info->pNext,
        .handleType =
            VK_EXTERNAL_MEMORY_HANDLE_TYPE_HOST_ALLOCATION_BIT_EXT,
    };
    VkMemoryAllocateInfo whole = *info;
    struct layer_memory *memory;
    VkResult result;

    if (info->allocationSize == 0 || info->allocationSize > INT64_MAX - page) {
        return VK_ERROR_OUT_OF_DEVICE_MEMORY;
    }
    whole.allocationSize = (info->allocationSize + page - 1) & ~(page - 1);
    result = make(file, whole.allocationSize, &memory);
    if (result != VK_SUCCESS) {
        return result;
    }
    pointer.pHostPointer = memory->data;
    whole.pNext = &pointer;
    result = device->allocate_memory(device->handle, &whole, callbacks, handle);
    if (result != VK_SUCCESS) {
        if (file < 0) {
            close(memory->file);
        }
        release(memory);
        return result;
    }
    /* What was imported is the memory's from here on. */
    memory->handle = *handle;
    g_mutex_lock(&device->memories_lock);
    g_hash_table_insert(device->memories, &memory->handle, memory);
    g_mutex_unlock(&device->memories_lock);
    return VK_SUCCESS;
}

VkResult vgpu_layer_memory_allocate(VkDevice handle,
                                    const VkMemoryAllocateInfo *info,
                                    const VkAllocationCallbacks *callbacks,
                                    VkDeviceMemory *memory)
{
    struct vgpu_next_device *device = vgpu_next_device_find(handle);
    struct vgpu_next_hole export_hole, import_hole;
    const VkExportMemoryAllocateInfo *export;
    const VkImportMemoryFdInfoKHR *import;
    VkResult result;

    if (!device->makes_files) {
        return device->allocate_memory(handle, info, callbacks, memory);
    }
    export = vgpu_next_chain_take(
        info, VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO, &export_hole);
    import = vgpu_next_chain_take(
        info, VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR, &import_hole);
    if (import && import->handleType) {
        result = allocate_file(device, info, callbacks, import->fd, memory);
    } else if (export && export->handleTypes) {
        result = allocate_file(device, info, callbacks, -1, memory);
    } else {
        result = device->allocate_memory(handle, info, callbacks, memory);
    }
    vgpu_next_chain_restore(&import_hole);
    vgpu_next_chain_restore(&export_hole);
    return result;
}

void vgpu_layer_memory_free(VkDevice handle, VkDeviceMemory memory,
                            const VkAllocationCallbacks *callbacks)
{
    struct vgpu_next_device *device = vgpu_next_device_find(handle);
    gpointer found = NULL;

    if (device->makes_files && memory != VK_NULL_HANDLE) {
        g_mutex_lock(&device->memories_lock);
        g_hash_table_steal_extended(device->memories, &memory, NULL, &found);
        g_mutex_unlock(&device->memories_lock);
    }
    device->free_memory(handle, memory, callbacks);
    if (found) {
        release_all(found);
    }
}

VkResult vgpu_layer_memory_get_fd(VkDevice handle,
                                  const VkMemoryGetFdInfoKHR *info, int *file)
{
    struct vgpu_next_device *device = vgpu_next_device_find(handle);
    const struct layer_memory *memory = NULL;

    if (device->makes_files) {
        g_mutex_lock(&device->memories_lock);
        memory = g_hash_table_lookup(device->memories, &info->memory);
        g_mutex_unlock(&device->memories_lock);
    }
    if (!memory) {
        return device->get_memory_fd(handle, info, file);
    }
    *file = fcntl(memory->file, F_DUPFD_CLOEXEC, 0);
    return *file >= 0 ? VK_SUCCESS : VK_ERROR_TOO_MANY_OBJECTS;
}

void vgpu_layer_memory_init(struct vgpu_next_device *device)
{
    G_STATIC_ASSERT(sizeof(VkDeviceMemory) == sizeof(gint64));
    g_mutex_init(&device->memories_lock);
    device->memories = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL,
                                             release_all);
}

void vgpu_layer_memory_finish(struct vgpu_next_device *device)
{
    g_hash_table_destroy(device->memories);
    g_mutex_clear(&device->memories_lock);
}
