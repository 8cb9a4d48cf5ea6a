/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The Vulkan layer above a driver that is a fake: what it asks of the driver, and
 * that applications get their own structures back.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "fake-vulkan.h"
#include "platform/memory-file.h"
#include "platform/vulkan-driver.h"

#define TIB (1ull << 40)
#define OPAQUE VK_EXTERNAL_MEMORY_HANDLE_TYPE_OPAQUE_FD_BIT
#define SYNC_FD VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_SYNC_FD_BIT

#define CALL(device, name) \
    ((PFN_##name)fake_vulkan_of_device(device, #name))

struct device {
    VkInstance instance;
    VkDevice handle;
};

static struct device open_device(void)
{
    static const char *const wanted[] = {
        VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME,
        VK_KHR_EXTERNAL_SEMAPHORE_FD_EXTENSION_NAME,
    };
    struct device device = { fake_vulkan_instance(), NULL };

    g_assert_cmpint(fake_vulkan_device(device.instance, wanted, 2,
                                       &device.handle), ==, VK_SUCCESS);
    return device;
}

static struct device boot(void)
{
    fake_vulkan_reset();
    return open_device();
}

static void end(struct device device)
{
    unsigned before = fake_vulkan.num_destroyed;

    CALL(device.handle, vkDestroyDevice)(device.handle, NULL);
    ((PFN_vkDestroyInstance)fake_vulkan_of_instance(
        device.instance, "vkDestroyInstance"))(device.instance, NULL);
    g_assert_cmpuint(fake_vulkan.num_destroyed, ==, before + 2);
}

/* With a structure before and one after those that the layer takes. */
static VkResult allocate(VkDevice device, uint64_t bytes, int import,
                         VkDeviceMemory *memory)
{
    VkMemoryDedicatedAllocateInfo last = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_DEDICATED_ALLOCATE_INFO,
    };
    VkExportMemoryAllocateInfo exported = {
        .sType = VK_STRUCTURE_TYPE_EXPORT_MEMORY_ALLOCATE_INFO,
        .pNext = &last,
        .handleTypes = OPAQUE,
    };
    VkImportMemoryFdInfoKHR imported = {
        .sType = VK_STRUCTURE_TYPE_IMPORT_MEMORY_FD_INFO_KHR,
        .pNext = &exported,
        .handleType = OPAQUE,
        .fd = import,
    };
    VkMemoryAllocateFlagsInfo first = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_FLAGS_INFO,
        .pNext = import >= 0 ? (void *)&imported : &exported,
    };
    const VkMemoryAllocateInfo info = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
        .pNext = &first,
        .allocationSize = bytes,
    };
    VkResult result = CALL(device, vkAllocateMemory)(device, &info, NULL,
                                                     memory);

    g_assert_true(first.pNext ==
                  (import >= 0 ? (void *)&imported : &exported));
    g_assert_true(imported.pNext == &exported);
    g_assert_true(exported.pNext == &last);
    g_assert_cmpuint(info.allocationSize, ==, bytes);
    return result;
}

static VkDeviceMemory make_memory(VkDevice device, uint64_t bytes)
{
    VkDeviceMemory memory;

    g_assert_cmpint(allocate(device, bytes, -1, &memory), ==, VK_SUCCESS);
    return memory;
}

static int file_of(VkDevice device, VkDeviceMemory memory)
{
    const VkMemoryGetFdInfoKHR info = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_GET_FD_INFO_KHR,
        .memory = memory,
        .handleType = OPAQUE,
    };
    int file = -1;

    g_assert_cmpint(CALL(device, vkGetMemoryFdKHR)(device, &info, &file), ==,
                    VK_SUCCESS);
    g_assert_cmpint(fcntl(file, F_GETFD), ==, FD_CLOEXEC);
    return file;
}

static void free_memory(VkDevice device, VkDeviceMemory memory)
{
    CALL(device, vkFreeMemory)(device, memory, NULL);
}

static void test_export(void)
{
    struct device device = boot();
    VkDeviceMemory memory = make_memory(device.handle, 4200);
    int file;
    char byte;

    g_assert_cmpuint(fake_vulkan.allocation_bytes, ==, 8192);
    g_assert_false(fake_vulkan.saw_export);
    g_assert_nonnull(fake_vulkan.host_pointer);
    g_assert_cmpuint((uintptr_t)fake_vulkan.host_pointer % 4096, ==, 0);
    file = file_of(device.handle, memory);
    g_assert_true(vgpu_memory_file_is_ours(file));
    g_assert_true(vgpu_memory_file_keeps(file, 8192));
    *(char *)fake_vulkan.host_pointer = 'x';
    g_assert_cmpint(pread(file, &byte, 1, 0), ==, 1);
    g_assert_cmpint(byte, ==, 'x');
    free_memory(device.handle, memory);
    g_assert_cmpuint(fake_vulkan.num_freed, ==, 1);
    /* The other end has it still. */
    g_assert_cmpint(pread(file, &byte, 1, 0), ==, 1);
    close(file);
    free_memory(device.handle, VK_NULL_HANDLE);
    end(device);
}

/* Of another device, whose memory goes before. */
static void test_import(void)
{
    struct device device = boot(), other = open_device();
    VkDeviceMemory first = make_memory(device.handle, 8192), second;
    int file = file_of(device.handle, first), again;
    char *there = fake_vulkan.host_pointer;

    g_assert_cmpint(allocate(other.handle, 8192, file, &second), ==,
                    VK_SUCCESS);
    g_assert_false(fake_vulkan.saw_import || fake_vulkan.saw_export);
    g_assert_true(fake_vulkan.host_pointer != there);
    there[8191] = 'y';
    g_assert_cmpint(((char *)fake_vulkan.host_pointer)[8191], ==, 'y');
    free_memory(device.handle, first);
    end(device);
    again = file_of(other.handle, second);
    g_assert_true(vgpu_memory_file_is_ours(again));
    close(again);
    free_memory(other.handle, second);
    end(other);
    /* It was the memory's. */
    g_assert_cmpint(fcntl(file, F_GETFD), ==, -1);
}

static void expect_no_import(VkDevice device, int file, uint64_t bytes)
{
    VkDeviceMemory memory;

    g_assert_cmpint(allocate(device, bytes, file, &memory), ==,
                    VK_ERROR_INVALID_EXTERNAL_HANDLE);
    g_assert_cmpint(fcntl(file, F_GETFD), >=, 0);
}

static void test_import_hostile(void)
{
    struct device device = boot();
    VkDeviceMemory memory = make_memory(device.handle, 4096);
    int file = file_of(device.handle, memory);
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);

    expect_no_import(device.handle, null, 4096);
    expect_no_import(device.handle, file, 4097);
    close(null);
    close(file);
    /* What the application forgot goes with the device. */
    end(device);
}

static void test_driver_fails(void)
{
    struct device device = boot();
    VkDeviceMemory memory = make_memory(device.handle, 4096);
    int file = file_of(device.handle, memory), next;

    fake_vulkan.result = VK_ERROR_OUT_OF_DEVICE_MEMORY;
    g_assert_cmpint(allocate(device.handle, 4096, -1, &memory), ==,
                    VK_ERROR_OUT_OF_DEVICE_MEMORY);
    g_assert_cmpint(allocate(device.handle, 4096, file, &memory), ==,
                    VK_ERROR_OUT_OF_DEVICE_MEMORY);
    /* What could not be imported is the application's. */
    g_assert_cmpint(fcntl(file, F_GETFD), >=, 0);
    next = dup(file);
    g_assert_cmpint(next, ==, file + 1);
    close(next);
    close(file);
    fake_vulkan.result = VK_SUCCESS;
    end(device);
}

static void test_sizes(void)
{
    struct device device = boot();
    VkDeviceMemory memory;

    g_assert_cmpint(allocate(device.handle, 0, -1, &memory), ==,
                    VK_ERROR_OUT_OF_DEVICE_MEMORY);
    g_assert_cmpint(allocate(device.handle, UINT64_MAX, -1, &memory), ==,
                    VK_ERROR_OUT_OF_DEVICE_MEMORY);
    g_assert_cmpint(allocate(device.handle, 1ull << 62, -1, &memory), ==,
                    VK_ERROR_OUT_OF_DEVICE_MEMORY);
    end(device);
}

/*
 * Files are no data to the kernel, but the sanitizer's shadow is, 16 TiB of it: with
 * less the sanitizer has no memory.  What nobody touches takes none.
 */
static void test_limit(void)
{
    struct device device = boot();
    struct rlimit old, limit;
    VkDeviceMemory first, second;

#ifdef __SANITIZE_THREAD__
    g_test_skip("the thread sanitizer's own memory is more than the limit");
    end(device);
    return;
#endif
    g_assert_cmpint(getrlimit(RLIMIT_DATA, &old), ==, 0);
    limit = old;
    limit.rlim_cur = 32 * TIB;
    g_assert_cmpint(setrlimit(RLIMIT_DATA, &limit), ==, 0);
    first = make_memory(device.handle, 20 * TIB);
    g_assert_cmpint(allocate(device.handle, 12 * TIB + 1, -1, &second),
                    ==, VK_ERROR_OUT_OF_DEVICE_MEMORY);
    second = make_memory(device.handle, 12 * TIB);
    free_memory(device.handle, first);
    first = make_memory(device.handle, 20 * TIB);
    free_memory(device.handle, first);
    free_memory(device.handle, second);
    g_assert_cmpint(setrlimit(RLIMIT_DATA, &old), ==, 0);
    end(device);
}

static void test_own_memory(void)
{
    struct device device = boot();
    const VkMemoryAllocateInfo info = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_ALLOCATE_INFO,
        .allocationSize = 100,
    };
    VkMemoryGetFdInfoKHR get = {
        .sType = VK_STRUCTURE_TYPE_MEMORY_GET_FD_INFO_KHR,
        .handleType = OPAQUE,
    };
    int file;

    g_assert_cmpint(CALL(device.handle, vkAllocateMemory)(
                        device.handle, &info, NULL, &get.memory),
                    ==, VK_SUCCESS);
    g_assert_cmpuint(fake_vulkan.allocation_bytes, ==, 100);
    g_assert_null(fake_vulkan.host_pointer);
    g_assert_cmpint(CALL(device.handle, vkGetMemoryFdKHR)(device.handle, &get,
                                                          &file),
                    ==, VK_ERROR_OUT_OF_HOST_MEMORY);
    free_memory(device.handle, get.memory);
    end(device);
}

/* --- semaphores ------------------------------------------------------- */

static VkResult import_semaphore(VkDevice device, VkSemaphore semaphore,
                                 unsigned type, int file)
{
    const VkImportSemaphoreFdInfoKHR info = {
        .sType = VK_STRUCTURE_TYPE_IMPORT_SEMAPHORE_FD_INFO_KHR,
        .semaphore = semaphore,
        .handleType = type,
        .fd = file,
    };

    return CALL(device, vkImportSemaphoreFdKHR)(device, &info);
}

static void test_semaphore(void)
{
    struct device device = boot();
    VkExportSemaphoreCreateInfo exported = {
        .sType = VK_STRUCTURE_TYPE_EXPORT_SEMAPHORE_CREATE_INFO,
        .handleTypes = SYNC_FD,
    };
    const VkSemaphoreCreateInfo info = {
        .sType = VK_STRUCTURE_TYPE_SEMAPHORE_CREATE_INFO,
        .pNext = &exported,
    };
    const VkSemaphoreGetFdInfoKHR get = { .handleType = SYNC_FD };
    VkSemaphore semaphore;
    VkQueue queue;
    int file;

    g_assert_cmpint(CALL(device.handle, vkCreateSemaphore)(
                        device.handle, &info, NULL, &semaphore),
                    ==, VK_SUCCESS);
    g_assert_false(fake_vulkan.saw_export);
    g_assert_true(info.pNext == &exported);
    /* There is nothing to signal it with. */
    g_assert_cmpint(import_semaphore(device.handle, semaphore, SYNC_FD, -1), ==,
                    VK_ERROR_INVALID_EXTERNAL_HANDLE);
    CALL(device.handle, vkGetDeviceQueue)(device.handle, 0, 0, &queue);
    g_assert_cmpint(import_semaphore(device.handle, semaphore, SYNC_FD, -1), ==,
                    VK_SUCCESS);
    g_assert_true(fake_vulkan.signalled == semaphore);
    g_assert_cmpint(import_semaphore(device.handle, semaphore, SYNC_FD, 0), ==,
                    VK_ERROR_INVALID_EXTERNAL_HANDLE);
    g_assert_cmpint(import_semaphore(device.handle, semaphore,
                                     OPAQUE, -1), ==,
                    VK_ERROR_INVALID_EXTERNAL_HANDLE);
    g_assert_cmpint(CALL(device.handle, vkGetSemaphoreFdKHR)(device.handle,
                                                             &get, &file),
                    ==, VK_ERROR_FEATURE_NOT_PRESENT);
    g_assert_cmpuint(fake_vulkan.num_submits, ==, 1);
    g_assert_cmpint(CALL(device.handle, vkQueueSubmit)(queue, 0, NULL, 0), ==,
                    VK_SUCCESS);
    g_assert_cmpint(CALL(device.handle, vkQueueSubmit2KHR)(queue, 0, NULL, 0),
                    ==, VK_SUCCESS);
    g_assert_cmpuint(fake_vulkan.num_submits, ==, 3);
    end(device);
}

static VkExternalSemaphoreProperties properties_of(VkInstance instance,
                                                   VkSemaphoreType type,
                                                   unsigned handle)
{
    const VkSemaphoreTypeCreateInfo kind = {
        .sType = VK_STRUCTURE_TYPE_SEMAPHORE_TYPE_CREATE_INFO,
        .semaphoreType = type,
    };
    const VkPhysicalDeviceExternalSemaphoreInfo info = {
        .sType = VK_STRUCTURE_TYPE_PHYSICAL_DEVICE_EXTERNAL_SEMAPHORE_INFO,
        .pNext = &kind,
        .handleType = handle,
    };
    VkExternalSemaphoreProperties properties = {
        .sType = VK_STRUCTURE_TYPE_EXTERNAL_SEMAPHORE_PROPERTIES,
    };
    PFN_vkGetPhysicalDeviceExternalSemaphoreProperties get =
        (PFN_vkGetPhysicalDeviceExternalSemaphoreProperties)
        fake_vulkan_of_instance(
            instance, "vkGetPhysicalDeviceExternalSemaphoreProperties");

    get(fake_vulkan_physical(instance), &info, &properties);
    return properties;
}

static void test_semaphore_properties(void)
{
    struct device device = boot();
    VkExternalSemaphoreProperties properties = properties_of(
        device.instance, VK_SEMAPHORE_TYPE_BINARY, SYNC_FD);

    g_assert_cmpuint(properties.externalSemaphoreFeatures, ==,
                     VK_EXTERNAL_SEMAPHORE_FEATURE_IMPORTABLE_BIT);
    g_assert_cmpuint(properties.compatibleHandleTypes, ==, SYNC_FD);
    properties = properties_of(device.instance, VK_SEMAPHORE_TYPE_TIMELINE,
                               SYNC_FD);
    g_assert_cmpuint(properties.externalSemaphoreFeatures, ==, 0);
    properties = properties_of(device.instance, VK_SEMAPHORE_TYPE_BINARY,
                               VK_EXTERNAL_SEMAPHORE_HANDLE_TYPE_OPAQUE_FD_BIT);
    g_assert_cmpuint(properties.externalSemaphoreFeatures, ==, 0);
    end(device);
}

/* --- extensions ------------------------------------------------------- */

static VkResult list(VkInstance instance, const char *layer, uint32_t *count,
                     VkExtensionProperties *properties)
{
    return ((PFN_vkEnumerateDeviceExtensionProperties)fake_vulkan_of_instance(
        instance, "vkEnumerateDeviceExtensionProperties"))(
        fake_vulkan_physical(instance), layer, count, properties);
}

static bool lists(VkInstance instance, const char *name)
{
    VkExtensionProperties properties[16];
    uint32_t count = G_N_ELEMENTS(properties);

    g_assert_cmpint(list(instance, NULL, &count, properties), ==, VK_SUCCESS);
    for (uint32_t i = 0; i < count; i++) {
        if (!strcmp(properties[i].extensionName, name)) {
            return true;
        }
    }
    return false;
}

static void test_extensions(void)
{
    struct device device = boot();
    VkExtensionProperties properties[3];
    uint32_t count = 0;

    g_assert_false(lists(device.instance,
                         VK_EXT_EXTERNAL_MEMORY_DMA_BUF_EXTENSION_NAME));
    g_assert_true(lists(device.instance,
                        VK_KHR_EXTERNAL_SEMAPHORE_FD_EXTENSION_NAME));
    g_assert_true(lists(device.instance,
                        VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME));
    g_assert_cmpint(list(device.instance, NULL, &count, NULL), ==, VK_SUCCESS);
    g_assert_cmpuint(count, ==, 3);
    count = 2;
    g_assert_cmpint(list(device.instance, NULL, &count, properties), ==,
                    VK_INCOMPLETE);
    g_assert_cmpuint(count, ==, 2);
    g_assert_cmpint(list(device.instance, VGPU_VULKAN_LAYER, &count,
                         properties), ==, VK_SUCCESS);
    g_assert_cmpuint(count, ==, 0);

    /* The driver is asked for what it has. */
    g_assert_cmpuint(fake_vulkan.num_enabled, ==, 2);
    g_assert_cmpstr(fake_vulkan.enabled[0], ==,
                    VK_KHR_EXTERNAL_MEMORY_FD_EXTENSION_NAME);
    g_assert_cmpstr(fake_vulkan.enabled[1], ==,
                    VK_EXT_EXTERNAL_MEMORY_HOST_EXTENSION_NAME);
    end(device);
}

/* A lavapipe to come. */
static void test_has_semaphores(void)
{
    struct device device;

    fake_vulkan_reset();
    fake_vulkan.extensions[3] = VK_KHR_EXTERNAL_SEMAPHORE_FD_EXTENSION_NAME;
    device = open_device();
    g_assert_cmpuint(fake_vulkan.num_enabled, ==, 3);
    g_assert_null(fake_vulkan_of_device(device.handle,
                                        "vkImportSemaphoreFdKHR"));
    g_assert_cmpuint(
        properties_of(device.instance, VK_SEMAPHORE_TYPE_BINARY, SYNC_FD)
            .externalSemaphoreFeatures, ==,
        VK_EXTERNAL_SEMAPHORE_FEATURE_EXPORTABLE_BIT);
    free_memory(device.handle, make_memory(device.handle, 4096));
    g_assert_nonnull(fake_vulkan.host_pointer);
    end(device);
}

static void expect_unchanged(void)
{
    struct device device = open_device();
    VkDeviceMemory memory = make_memory(device.handle, 100);

    g_assert_null(fake_vulkan.host_pointer);
    g_assert_true(fake_vulkan.saw_export);
    g_assert_cmpuint(fake_vulkan.allocation_bytes, ==, 100);
    free_memory(device.handle, memory);
    g_assert_cmpuint(fake_vulkan.num_enabled, ==, 2);
    g_assert_true(lists(device.instance, fake_vulkan.extensions[0]));
    end(device);
}

static void test_other_drivers(void)
{
    fake_vulkan_reset();
    fake_vulkan.driver = VK_DRIVER_ID_MESA_RADV;
    expect_unchanged();
    fake_vulkan_reset();
    fake_vulkan.extensions[2] = NULL;       /* no memory of the host's */
    expect_unchanged();
}

static void test_life(void)
{
    struct device device = boot();
    VkDevice other;

    /* Nothing of a device that the driver does not make. */
    fake_vulkan.result = VK_ERROR_TOO_MANY_OBJECTS;
    g_assert_cmpint(fake_vulkan_device(device.instance, NULL, 0, &other), ==,
                    VK_ERROR_TOO_MANY_OBJECTS);
    g_assert_null(fake_vulkan_instance());
    fake_vulkan.result = VK_SUCCESS;
    CALL(device.handle, vkDestroyDevice)(NULL, NULL);
    g_assert_null(fake_vulkan_of_device(device.handle, "vkQueueSubmit2"));
    g_assert_null(fake_vulkan_of_device(device.handle, "vkNothing"));
    g_assert_null(fake_vulkan_of_instance(device.instance, "vkNothing"));
    end(device);
}

/* See unit-llvmpipe for what it is led to. */
static void test_guard(void)
{
    g_autofree char *path = g_build_filename(g_getenv("FAKE_DRIVERS"),
                                             "libvulkan_lvp.so", NULL);
    void *library = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
    void *volatile *table = library ? dlsym(library, "fake_driver_table")
                                    : NULL;
    void *before;

    g_assert_nonnull(table);
    before = table[0];
    end(boot());
    g_assert_true(table[0] != before);
    dlclose(library);
}

static void test_old_loader(void)
{
    VkNegotiateLayerInterface interface = { .loaderLayerInterfaceVersion = 1 };

    g_assert_cmpint(vkNegotiateLoaderLayerInterfaceVersion(&interface), ==,
                    VK_ERROR_INITIALIZATION_FAILED);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/vulkan-layer/memory/export", test_export);
    g_test_add_func("/vulkan-layer/memory/import", test_import);
    g_test_add_func("/vulkan-layer/memory/import-hostile",
                    test_import_hostile);
    g_test_add_func("/vulkan-layer/memory/driver-fails", test_driver_fails);
    g_test_add_func("/vulkan-layer/memory/sizes", test_sizes);
    g_test_add_func("/vulkan-layer/memory/limit", test_limit);
    g_test_add_func("/vulkan-layer/memory/own", test_own_memory);
    g_test_add_func("/vulkan-layer/semaphore/import", test_semaphore);
    g_test_add_func("/vulkan-layer/semaphore/properties",
                    test_semaphore_properties);
    g_test_add_func("/vulkan-layer/extensions/list", test_extensions);
    g_test_add_func("/vulkan-layer/extensions/has-semaphores",
                    test_has_semaphores);
    g_test_add_func("/vulkan-layer/extensions/other-drivers",
                    test_other_drivers);
    g_test_add_func("/vulkan-layer/life", test_life);
    g_test_add_func("/vulkan-layer/guard", test_guard);
    g_test_add_func("/vulkan-layer/old-loader", test_old_loader);
    return g_test_run();
}
