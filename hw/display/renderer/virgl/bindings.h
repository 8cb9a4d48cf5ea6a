/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Commands of a stream that bind resources, or objects made of them, to slots.
 */
#ifndef HW_DISPLAY_RENDERER_VIRGL_BINDINGS_H
#define HW_DISPLAY_RENDERER_VIRGL_BINDINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "stream.h"

/* Where the arguments of such a command stand; 0: it has none of the kind. */
struct vgpu_virgl_binding {
    uint8_t number;
    uint8_t stage;              /* the shader's */
    uint8_t start;              /* the first slot's number */
    uint8_t first;              /* the first slot */
    uint8_t step;               /* from slot to slot */
    uint8_t handle;             /* in a slot */
    bool objects;               /* handles of objects, not of resources */
    bool rest;                  /* slots behind the last are emptied */
};

/* That of @command, or NULL. */
const struct vgpu_virgl_binding *
vgpu_virgl_binding_of(const struct vgpu_virgl_command *command);

/* Slots that @command says, 0 when it is too short for one. */
uint32_t vgpu_virgl_binding_count(const struct vgpu_virgl_binding *binding,
                                  const struct vgpu_virgl_command *command);

/* A number for slot @index of those; all commands' are different. */
uint32_t vgpu_virgl_binding_slot(const struct vgpu_virgl_binding *binding,
                                 const struct vgpu_virgl_command *command,
                                 uint32_t index);

static inline uint32_t
vgpu_virgl_binding_handle(const struct vgpu_virgl_binding *binding,
                          const struct vgpu_virgl_command *command,
                          uint32_t index)
{
    return command->words[binding->first + index * binding->step +
                          binding->handle];
}

#endif
