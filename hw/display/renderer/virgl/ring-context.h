/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Contexts with rings, whose streams are not OpenGL: of Venus, with the guest's
 * Vulkan, executed in processes of a render server; and native ones, with the
 * calls of the guest's own driver of the host's GPU, which the library makes in
 * this process.
 *
 * What such a context makes is memory.  When the process of one is gone the
 * context is lost: its fences are done, its streams refused; its memory stays.
 * Device thread only.
 */
#ifndef HW_DISPLAY_RENDERER_VIRGL_RING_CONTEXT_H
#define HW_DISPLAY_RENDERER_VIRGL_RING_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "hw/virtio/vgpu/context.h"
#include "internal.h"

static inline bool virgl_has_rings(const struct vgpu_context *context)
{
    return context->capset_id == VGPU_CAPSET_VENUS ||
           context->capset_id == VGPU_CAPSET_DRM;
}

/* Beside the library. */
void virgl_ring_contexts_init(struct virgl_renderer *renderer);
void virgl_ring_contexts_finish(struct virgl_renderer *renderer);

/* Contexts whose processes have ended are lost. */
void virgl_ring_contexts_poll(struct virgl_renderer *renderer);

/* The operations of struct vgpu_renderer_3d_ops of those names. */
enum vgpu_status virgl_ring_context_create(struct virgl_renderer *renderer,
                                           struct vgpu_context *context);
void virgl_ring_context_destroy(struct virgl_renderer *renderer,
                                struct vgpu_context *context);
void virgl_ring_context_attach(struct virgl_renderer *renderer,
                               const struct vgpu_context *context,
                               const struct vgpu_resource *resource);
void virgl_ring_context_detach(struct virgl_renderer *renderer,
                               const struct vgpu_context *context,
                               const struct vgpu_resource *resource);
enum vgpu_status virgl_ring_context_submit(struct virgl_renderer *renderer,
                                           struct vgpu_context *context,
                                           uint8_t *stream, uint64_t bytes);
enum vgpu_status virgl_ring_context_fence(struct virgl_renderer *renderer,
                                          struct vgpu_context *context,
                                          uint32_t ring, uint64_t token);
enum vgpu_status virgl_ring_context_blob(struct virgl_renderer *renderer,
                                         struct vgpu_context *context,
                                         struct vgpu_resource *resource,
                                         uint64_t blob_id);

/* The bytes of memory, from now on until it ends; NULL: they cannot be had. */
uint8_t *virgl_memory_data(const struct vgpu_resource *resource);

/* Ends memory that the library has. */
void virgl_memory_destroy(struct virgl_renderer *renderer,
                          struct vgpu_resource *resource);

#endif
