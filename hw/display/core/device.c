/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "hw/virtio/vgpu/device.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "command.h"
#include "context.h"
#include "device-internal.h"
#include "execute.h"
#include "hw/virtio/vgpu/snapshot.h"
#include "request-answer.h"
#include "resource-table.h"

/* A message about a guest's mistake is at most this long. */
#define MESSAGE_BYTES VGPU_REASON_BYTES

/* The renderer, and with 3D its capability sets. */
static bool create_renderer(struct vgpu_device *dev, char **error)
{
    const struct vgpu_renderer_ops *ops = dev->env.renderer_ops;
    struct vgpu_renderer_config config = {
        .budget = dev->budget,
        .host = dev->env.renderer_host,
        .options = dev->env.renderer_options,
        .frame_ops = dev->env.frame_ops,
        .frames = dev->env.frames,
    };

    dev->renderer = ops->create(&config, error);
    dev->env.renderer_options = NULL;
    if (!dev->renderer) {
        return false;
    }
    if (dev->config.features & VGPU_F_VIRGL) {
        dev->ops_3d = ops->ops_3d;
        dev->num_capsets = dev->ops_3d->num_capsets(dev->renderer);
    }
    return true;
}

struct vgpu_device *vgpu_device_create(const struct vgpu_device_config *config,
                                       const struct vgpu_device_env *env,
                                       char **error)
{
    struct vgpu_device *dev = g_new0(struct vgpu_device, 1);

    assert(config->num_scanouts >= 1 &&
           config->num_scanouts <= VGPU_MAX_SCANOUTS);
    assert(!(config->features & VGPU_F_VIRGL) || env->renderer_ops->ops_3d);
    dev->config = *config;
    dev->env = *env;
    dev->budget = vgpu_budget_create(config->max_hostmem,
                                     config->max_hostmem_3d);
    if (!create_renderer(dev, error)) {
        vgpu_budget_destroy(dev->budget);
        g_free(dev);
        return NULL;
    }
    vgpu_resource_table_init(dev);
    vgpu_window_init(dev);
    vgpu_contexts_init(dev);
    vgpu_scanouts_init(dev);
    return dev;
}

void vgpu_device_destroy(struct vgpu_device *dev)
{
    if (!dev) {
        return;
    }
    vgpu_device_finish_fences(dev);
    vgpu_contexts_finish(dev);
    vgpu_resource_table_finish(dev);
    vgpu_window_finish(dev);
    dev->env.renderer_ops->destroy(dev->renderer);
    vgpu_budget_destroy(dev->budget);
    g_free(dev);
}

void vgpu_device_reset(struct vgpu_device *dev)
{
    vgpu_device_finish_fences(dev);
    vgpu_context_remove_all(dev);
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

void vgpu_execute_now(struct vgpu_device *dev, struct vgpu_request *request)
{
    enum vgpu_status status = run(dev, request);

    if (request->state != VGPU_REQUEST_WAITING) {
        vgpu_execute_finish(dev, request, status);
    }
}

void vgpu_execute_finish(struct vgpu_device *dev, struct vgpu_request *request,
                         enum vgpu_status status)
{
    vgpu_request_answer(request, status);
    vgpu_fence_release(dev, request);
}

void vgpu_device_execute(struct vgpu_device *dev, struct vgpu_request *request)
{
    vgpu_fence_enter(dev, request);
    if (!vgpu_window_defer(dev, request)) {
        vgpu_execute_now(dev, request);
    }
}

enum vgpu_status vgpu_device_move_cursor(struct vgpu_device *dev,
                                         struct vgpu_request *request)
{
    assert(!request->command ||
           request->command->type == VGPU_CMD_MOVE_CURSOR);
    vgpu_request_answer(request, run(dev, request));
    return request->status;
}

uint32_t vgpu_device_num_capsets(const struct vgpu_device *dev)
{
    return dev->num_capsets;
}

int vgpu_device_poll_fd(const struct vgpu_device *dev)
{
    return dev->ops_3d ? dev->ops_3d->poll_fd(dev->renderer) : -1;
}

void vgpu_device_poll(struct vgpu_device *dev)
{
    dev->ops_3d->poll(dev->renderer);
}

uint32_t vgpu_device_num_resources(const struct vgpu_device *dev)
{
    return g_hash_table_size(dev->resources);
}

uint32_t vgpu_device_num_textures(const struct vgpu_device *dev)
{
    GHashTableIter iter;
    gpointer resource;
    uint32_t count = 0;

    g_hash_table_iter_init(&iter, dev->resources);
    while (g_hash_table_iter_next(&iter, NULL, &resource)) {
        const struct vgpu_resource *r = resource;

        count += r->kind == VGPU_RESOURCE_TEXTURE ||
                 r->kind == VGPU_RESOURCE_MEMORY;
    }
    return count;
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
