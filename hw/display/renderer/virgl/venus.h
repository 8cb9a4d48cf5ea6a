/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Venus: contexts in whose streams the guest's Vulkan is, executed in processes
 * of a render server.
 *
 * What such a context makes is memory.  When its process is gone the context is
 * lost: its fences are done, its streams refused; its memory stays.  Device
 * thread only.
 */
#ifndef HW_DISPLAY_RENDERER_VIRGL_VENUS_H
#define HW_DISPLAY_RENDERER_VIRGL_VENUS_H

#include <stdbool.h>
#include <stdint.h>

#include "hw/virtio/vgpu/context.h"
#include "internal.h"

static inline bool virgl_is_venus(const struct vgpu_context *context)
{
    return context->capset_id == VGPU_CAPSET_VENUS;
}

/* Beside the library. */
void virgl_venus_init(struct virgl_renderer *renderer);
void virgl_venus_finish(struct virgl_renderer *renderer);

/* Contexts whose processes have ended are lost. */
void virgl_venus_poll(struct virgl_renderer *renderer);

/* The operations of struct vgpu_renderer_3d_ops of those names. */
enum vgpu_status virgl_venus_create(struct virgl_renderer *renderer,
                                    struct vgpu_context *context);
void virgl_venus_destroy(struct virgl_renderer *renderer,
                         struct vgpu_context *context);
void virgl_venus_attach(struct virgl_renderer *renderer,
                        const struct vgpu_context *context,
                        const struct vgpu_resource *resource);
void virgl_venus_detach(struct virgl_renderer *renderer,
                        const struct vgpu_context *context,
                        const struct vgpu_resource *resource);
enum vgpu_status virgl_venus_submit(struct virgl_renderer *renderer,
                                    struct vgpu_context *context,
                                    uint8_t *stream, uint64_t bytes);
enum vgpu_status virgl_venus_fence(struct virgl_renderer *renderer,
                                   struct vgpu_context *context,
                                   uint32_t ring, uint64_t token);
enum vgpu_status virgl_venus_blob(struct virgl_renderer *renderer,
                                  struct vgpu_context *context,
                                  struct vgpu_resource *resource,
                                  uint64_t blob_id);

/* The bytes of memory, from now on until it ends; NULL: they cannot be had. */
uint8_t *virgl_memory_data(const struct vgpu_resource *resource);

/* Ends memory that the library has. */
void virgl_memory_destroy(struct virgl_renderer *renderer,
                          struct vgpu_resource *resource);

#endif
