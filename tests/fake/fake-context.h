/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Contexts, streams and fences of the fake renderer.
 *
 * The functions do what struct vgpu_renderer_3d_ops says of those of their
 * names.  Lives as long as its renderer; one thread.
 */
#ifndef TESTS_FAKE_FAKE_CONTEXT_H
#define TESTS_FAKE_FAKE_CONTEXT_H

#include <glib.h>

#include "fake-renderer.h"
#include "renderer/virgl/pins.h"

struct fake_contexts {
    const struct fake_faults *faults;
    struct vgpu_renderer_host host;
    struct vgpu_budget *budget;
    struct vgpu_virgl_pins *pins;
    GArray *fences;             /* that wait, oldest first */
    unsigned num_contexts;
};

void fake_contexts_init(struct fake_contexts *contexts,
                        const struct vgpu_renderer_config *config);
void fake_contexts_finish(struct fake_contexts *contexts);

enum vgpu_status fake_context_create(struct fake_contexts *contexts,
                                     struct vgpu_context *context);
void fake_context_destroy(struct fake_contexts *contexts,
                          struct vgpu_context *context);
enum vgpu_status fake_context_attach(struct vgpu_context *context,
                                     struct vgpu_resource *resource);
void fake_context_detach(struct vgpu_context *context,
                         struct vgpu_resource *resource);

/* What its streams made and called @blob_id. */
bool fake_context_object(const struct vgpu_context *context, uint64_t blob_id,
                         struct vgpu_texture *shape);
void fake_context_take(struct vgpu_context *context, uint64_t blob_id);

/* A stream of it was wrong. */
bool fake_context_is_lost(const struct vgpu_context *context);

bool fake_context_has(const struct vgpu_context *context,
                      struct vgpu_resource *resource);
enum vgpu_status fake_context_submit(struct fake_contexts *contexts,
                                     struct vgpu_context *context,
                                     const uint8_t *stream, uint64_t bytes);
enum vgpu_status fake_context_fence(struct fake_contexts *contexts,
                                    const struct vgpu_context *context,
                                    uint32_t ring, uint64_t token);

/* Fences that are not held are done. */
void fake_contexts_release(struct fake_contexts *contexts);

#endif
