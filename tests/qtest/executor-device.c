/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "executor-device.h"

#include <inttypes.h>

#include "assigned.h"

bool executor_device_is_assigned(const struct executor_options *options)
{
    return g_strcmp0(options->route, "vfio") == 0;
}

bool executor_device_exists(const struct executor_options *options,
                            const struct script_device *device, GString *why)
{
    if (device->venus) {
        g_string_append(why, "Venus wants a server of its own, and Vulkan");
    } else if (executor_device_is_assigned(options) &&
               (device->virgl || device->hostmem)) {
        g_string_append(why, "renderer=vfio has no 3D");
    } else if (options->route && !executor_device_is_assigned(options) &&
               !device->virgl) {
        g_string_append_printf(why, "renderer=%s is for 3D", options->route);
    }
    return why->len == 0;
}

static void append_number(GString *text, const char *property, uint64_t value)
{
    if (value) {
        g_string_append_printf(text, ",%s=%" PRIu64, property, value);
    }
}

static void append_route(GString *text, const struct executor_options *options)
{
    if (options->route) {
        g_string_append_printf(text, ",renderer=%s", options->route);
    }
    if (executor_device_is_assigned(options)) {
        g_string_append(text, ",vfio=assigned0");
    }
}

char *executor_device_name(const struct executor_options *options,
                           const struct script_device *device)
{
    bool assigned = executor_device_is_assigned(options);
    GString *text = g_string_new(device->virgl ? "virtio-gpu-gl-pci,id=gpu"
                                               : "virtio-gpu-pci,id=gpu");

    append_route(text, options);
    g_string_append_printf(text, ",max_outputs=%u,xres=%u,yres=%u,edid=%s",
                           device->max_outputs, device->xres, device->yres,
                           device->edid ? "on" : "off");
    /* On that route they are always. */
    if (device->blob && !assigned) {
        g_string_append(text, ",blob=on");
    }
    if (device->resource_uuid && !assigned) {
        g_string_append(text, ",resource-uuid=on");
    }
    append_number(text, "blob-alignment", device->blob_alignment);
    append_number(text, "hostmem", device->hostmem);
    append_number(text, "max_hostmem", device->max_hostmem);
    append_number(text, "max_hostmem_3d", device->max_hostmem_3d);
    append_number(text, "max_resources", device->max_resources);
    append_number(text, "max_contexts", device->max_contexts);
    if (device->virgl) {
        g_string_append_printf(text, ",context-init=%s",
                               device->context_init ? "on" : "off");
    }
    if (device->iommu) {
        g_string_append(text, ",iommu_platform=on");
    }
    if (options->packed) {
        g_string_append(text, ",packed=on");
    }
    if (options->properties) {
        g_string_append_printf(text, ",%s", options->properties);
    }
    return g_string_free(text, FALSE);
}

char *executor_device_arguments(const struct executor_options *options,
                                const struct script_device *device)
{
    bool assigned = executor_device_is_assigned(options);
    g_autofree char *name = executor_device_name(options, device);
    GString *text = g_string_new(NULL);

    if (device->iommu) {
        g_string_append_printf(text, "-device intel-iommu%s ",
                               assigned ? ",caching-mode=on" : "");
    }
    for (unsigned i = 0; assigned && i < EXECUTOR_NUM_ASSIGNED; i++) {
        g_autofree char *other = assigned_arguments(i);

        g_string_append_printf(text, "%s ", other);
    }
    g_string_append_printf(text, "-device %s", name);
    return g_string_free(text, FALSE);
}

uint32_t executor_device_refused(const struct executor_options *options,
                                 const struct script_device *device)
{
    uint32_t refused = device->refused_features;

    if (executor_device_is_assigned(options)) {
        refused |= device->blob ? 0 : SCRIPT_F_RESOURCE_BLOB;
        refused |= device->resource_uuid ? 0 : SCRIPT_F_RESOURCE_UUID;
    }
    return refused;
}
