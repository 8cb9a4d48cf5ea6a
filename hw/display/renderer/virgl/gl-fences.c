/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "gl-fences.h"

void vgpu_virgl_gl_fences_init(struct vgpu_virgl_gl_fences *fences,
                               const struct vgpu_renderer_host *host)
{
    fences->host = *host;
    g_mutex_init(&fences->lock);
    fences->tokens = g_array_new(FALSE, FALSE, sizeof(uint64_t));
}

void vgpu_virgl_gl_fences_finish(struct vgpu_virgl_gl_fences *fences)
{
    g_array_unref(fences->tokens);
    g_mutex_clear(&fences->lock);
}

uint32_t vgpu_virgl_gl_fences_add(struct vgpu_virgl_gl_fences *fences,
                                  uint64_t token)
{
    uint32_t id;

    g_mutex_lock(&fences->lock);
    g_array_append_val(fences->tokens, token);
    id = (uint32_t)++fences->newest;
    g_mutex_unlock(&fences->lock);
    return id;
}

void vgpu_virgl_gl_fences_take_back(struct vgpu_virgl_gl_fences *fences)
{
    g_mutex_lock(&fences->lock);
    g_array_set_size(fences->tokens, fences->tokens->len - 1);
    fences->newest--;
    g_mutex_unlock(&fences->lock);
}

void vgpu_virgl_gl_fences_done(struct vgpu_virgl_gl_fences *fences,
                               uint32_t id)
{
    uint64_t number;
    guint count = 0;

    g_mutex_lock(&fences->lock);
    number = fences->newest - (uint32_t)((uint32_t)fences->newest - id);
    if (number > fences->reported && number <= fences->newest) {
        count = (guint)(number - fences->reported);
    }
    for (guint i = 0; i < count; i++) {
        fences->host.fence_done(fences->host.opaque,
                                g_array_index(fences->tokens, uint64_t, i),
                                false);
    }
    g_array_remove_range(fences->tokens, 0, count);
    fences->reported += count;
    g_mutex_unlock(&fences->lock);
}

bool vgpu_virgl_gl_fences_wait(struct vgpu_virgl_gl_fences *fences,
                               uint32_t *newest)
{
    bool wait;

    g_mutex_lock(&fences->lock);
    *newest = (uint32_t)fences->newest;
    wait = fences->reported < fences->newest;
    g_mutex_unlock(&fences->lock);
    return wait;
}
