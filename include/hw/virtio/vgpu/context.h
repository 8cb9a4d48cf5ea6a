/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A rendering context (virtio 1.3, 5.7.6.8, CTX_CREATE): one user of 3D in
 * the guest, its command streams, and the resources these may name.
 *
 * Lives from CTX_CREATE to CTX_DESTROY or reset.  Owned by the device; the
 * renderer may keep what it needs in @rendering from its context_create(), which
 * says what kind of context it is, to its context_destroy().  Device thread only.
 */
#ifndef HW_VIRTIO_VGPU_CONTEXT_H
#define HW_VIRTIO_VGPU_CONTEXT_H

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>

#include "hw/virtio/vgpu/wire.h"

struct vgpu_resource;

struct vgpu_context {
    uint32_t id;                /* never 0 */
    uint64_t serial;            /* of all that the device has made, from 1 */
    uint32_t capset_id;         /* the protocol of its streams */
    char name[VGPU_WIRE_NAME_BYTES + 1];    /* printable ASCII */
    bool has_rings;             /* the fences of each end on their own */
    bool makes_memory;          /* what its blobs are: VGPU_RESOURCE_MEMORY */
    GHashTable *resources;      /* attached: id to struct vgpu_resource */
    void *rendering;            /* the renderer's own */
};

/* The one of that id that is attached, or NULL. */
static inline struct vgpu_resource *
vgpu_context_resource(const struct vgpu_context *context, uint32_t id)
{
    return g_hash_table_lookup(context->resources, GUINT_TO_POINTER(id));
}

#endif
