/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "bindings.h"

#include <stddef.h>

static const struct vgpu_virgl_binding bindings[] = {
    { VGPU_VIRGL_SET_FRAMEBUFFER, 0, 0, 2, 1, 0, true, true },
    { VGPU_VIRGL_SET_VERTEX_BUFFERS, 0, 0, 1, 3, 2, false, true },
    { VGPU_VIRGL_SET_SAMPLER_VIEWS, 1, 2, 3, 1, 0, true, true },
    { VGPU_VIRGL_SET_INDEX_BUFFER, 0, 0, 1, 3, 0, false, true },
    { VGPU_VIRGL_SET_STREAMOUT_TARGETS, 0, 0, 2, 1, 0, true, true },
    { VGPU_VIRGL_SET_UNIFORM_BUFFER, 1, 2, 3, 3, 2, false, false },
    { VGPU_VIRGL_SET_SHADER_BUFFERS, 1, 2, 3, 3, 2, false, false },
    { VGPU_VIRGL_SET_SHADER_IMAGES, 1, 2, 3, 5, 4, false, false },
    { VGPU_VIRGL_SET_ATOMIC_BUFFERS, 0, 1, 2, 3, 2, false, false },
};

const struct vgpu_virgl_binding *
vgpu_virgl_binding_of(const struct vgpu_virgl_command *command)
{
    for (unsigned i = 0; i < sizeof(bindings) / sizeof(bindings[0]); i++) {
        if (bindings[i].number == command->number) {
            return &bindings[i];
        }
    }
    return NULL;
}

/* The index buffer's slot may be said by its handle alone. */
uint32_t vgpu_virgl_binding_count(const struct vgpu_virgl_binding *binding,
                                  const struct vgpu_virgl_command *command)
{
    uint32_t before = binding->first + binding->handle;

    return command->length < before ? 0
           : (command->length - before) / binding->step + 1;
}

/* Numbers of stages and slots that are wrong end the context. */
uint32_t vgpu_virgl_binding_slot(const struct vgpu_virgl_binding *binding,
                                 const struct vgpu_virgl_command *command,
                                 uint32_t index)
{
    uint32_t stage = binding->stage ? command->words[binding->stage] : 0;
    uint32_t start = binding->start ? command->words[binding->start] : 0;

    return (uint32_t)binding->number << 24 | (stage & 0xff) << 16 |
           ((start + index) & 0xffff);
}
