/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "hw/virtio/vgpu/device.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "command.h"
#include "device-internal.h"
#include "hw/virtio/vgpu/snapshot.h"
#include "request-answer.h"
#include "resource-table.h"

/* A message about a guest's mistake is at most this long. */
#define MESSAGE_BYTES VGPU_REASON_BYTES

struct vgpu_device *vgpu_device_create(const struct vgpu_device_config *config,
                                       const struct vgpu_device_env *env)
{
    struct vgpu_device *dev = g_new0(struct vgpu_device, 1);

    assert(config->num_scanouts >= 1 &&
           config->num_scanouts <= VGPU_MAX_SCANOUTS);
    assert(!(config->features & VGPU_F_VIRGL));
    dev->config = *config;
    dev->env = *env;
    dev->budget = vgpu_budget_create(config->max_hostmem);
    dev->renderer = env->renderer_ops->create(dev->budget);
    vgpu_resource_table_init(dev);
    vgpu_scanouts_init(dev);
    return dev;
}

void vgpu_device_destroy(struct vgpu_device *dev)
{
    if (!dev) {
        return;
    }
    vgpu_resource_table_finish(dev);
    dev->env.renderer_ops->destroy(dev->renderer);
    vgpu_budget_destroy(dev->budget);
    g_free(dev);
}

void vgpu_device_reset(struct vgpu_device *dev)
{
    vgpu_resource_remove_all(dev);
    for (uint32_t id = 0; id < dev->config.num_scanouts; id++) {
        dev->scanouts[id].cursor = (struct vgpu_saved_cursor) { 0 };
        dev->env.display_ops->cursor(dev->env.display, id, NULL);
    }
}

/* Runs the handler, or takes over what fetching found wrong. */
static enum vgpu_status run(struct vgpu_device *dev,
                            struct vgpu_request *request)
{
    assert(request->state == VGPU_REQUEST_FETCHED);
    if (!request->command) {
        return request->status;
    }
    return request->command->handler(dev, request, &request->args);
}

void vgpu_device_execute(struct vgpu_device *dev, struct vgpu_request *request)
{
    vgpu_request_answer(request, run(dev, request));
    dev->env.host_ops->complete(dev->env.host, request);
}

enum vgpu_status vgpu_device_move_cursor(struct vgpu_device *dev,
                                         struct vgpu_request *request)
{
    assert(!request->command ||
           request->command->type == VGPU_CMD_MOVE_CURSOR);
    vgpu_request_answer(request, run(dev, request));
    return request->status;
}

uint32_t vgpu_device_num_resources(const struct vgpu_device *dev)
{
    return g_hash_table_size(dev->resources);
}

struct vgpu_budget_usage vgpu_device_memory(const struct vgpu_device *dev)
{
    return vgpu_budget_usage(dev->budget);
}

enum vgpu_status guest_error(struct vgpu_device *dev,
                             const struct vgpu_request *request,
                             enum vgpu_status status, const char *format, ...)
{
    char text[MESSAGE_BYTES];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (dev->reason) {
        g_strlcpy(dev->reason, text, VGPU_REASON_BYTES);
    } else {
        dev->env.host_ops->guest_error(dev->env.host, request, text);
    }
    return status;
}
