/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The host-visible window: which host blob is mapped where, and which requests
 * wait for it (virtio 1.3, 5.7.6.8, RESOURCE_MAP_BLOB).
 *
 * The host maps and unmaps at once, or in its own time.  Until it says that it is
 * done (vgpu_device_window_done()), these requests wait, and no others: the one that
 * asked for it, those about that resource, those that map another where it is
 * being taken away, and those behind one of them that are about the same resource
 * or of the same context.  A resource that ends while it is mapped is nobody's at once, but its memory
 * stays until no vCPU can reach it.  Device thread only, but for the count.
 */
#ifndef HW_DISPLAY_CORE_WINDOW_H
#define HW_DISPLAY_CORE_WINDOW_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <glib.h>

#include "request-list.h"

struct vgpu_device;
struct vgpu_host_memory;
struct vgpu_resource;

struct vgpu_window {
    GTree *mappings;            /* struct vgpu_mapping by offset, owned */
    GHashTable *changing;       /* those that the host is at, by id */
    struct vgpu_request_list waiting;
    _Atomic uint32_t num_mappings;
};

void vgpu_window_init(struct vgpu_device *dev);

/* Nothing is mapped any more. */
void vgpu_window_finish(struct vgpu_device *dev);

/*
 * True when the request has to wait before it can be executed, and from then on
 * does; it is executed when its time comes.
 */
bool vgpu_window_defer(struct vgpu_device *dev, struct vgpu_request *request);

/* Whether that part of the window is there and nobody's. */
bool vgpu_window_is_inside(const struct vgpu_device *dev, uint64_t offset,
                           uint64_t bytes);
bool vgpu_window_is_free(const struct vgpu_device *dev, uint64_t offset,
                         uint64_t bytes);

/*
 * Maps @resource, at @offset, which is free, or takes it away again.  Where the host
 * does that later, @request waits for it and the status says nothing; else
 * VGPU_OK_MAP_INFO with the payload, or VGPU_OK; VGPU_ERR_OUT_OF_MEMORY when the
 * host has no room for it.
 */
enum vgpu_status vgpu_window_map(struct vgpu_device *dev,
                                 struct vgpu_request *request,
                                 struct vgpu_resource *resource,
                                 uint64_t offset,
                                 const struct vgpu_host_memory *memory);
enum vgpu_status vgpu_window_unmap(struct vgpu_device *dev,
                                   struct vgpu_request *request,
                                   struct vgpu_resource *resource);

/*
 * Ends a mapped resource that is in no table any more: it is taken away and then
 * destroyed.  @request, if any, waits for it if it has to.
 */
void vgpu_window_end(struct vgpu_device *dev, struct vgpu_request *request,
                     struct vgpu_resource *resource);

/* Whether a fenced request before number @serial of that timeline waits. */
bool vgpu_window_waits(const struct vgpu_device *dev, uint64_t timeline,
                       uint64_t serial);

/* Completes what waits, without executing it. */
void vgpu_window_drop(struct vgpu_device *dev);

#endif
