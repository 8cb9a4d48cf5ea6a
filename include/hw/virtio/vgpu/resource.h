/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Resources: what the guest names by resource_id.
 *
 * A tagged union; every place that depends on the kind switches over it.
 * Created by CREATE_2D, CREATE_3D or CREATE_BLOB, ends with UNREF or reset.
 * Owned by the device's table; nothing keeps a pointer across commands but the
 * scanouts that show it, which UNREF disables, and the contexts it is attached
 * to, which lose it.  Device thread only.
 */
#ifndef HW_VIRTIO_VGPU_RESOURCE_H
#define HW_VIRTIO_VGPU_RESOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "hw/virtio/vgpu/texture.h"

struct vgpu_backing;
struct vgpu_frame;
struct vgpu_mapping;

enum vgpu_resource_kind {
    VGPU_RESOURCE_IMAGE,        /* pixels of the host, CREATE_2D */
    VGPU_RESOURCE_GUEST_BLOB,   /* guest memory without a shape, CREATE_BLOB */
    VGPU_RESOURCE_TEXTURE,      /* texels or bytes of the renderer, CREATE_3D,
                                   or CREATE_BLOB of an object */
    VGPU_RESOURCE_MEMORY,       /* host memory without a shape, CREATE_BLOB of
                                   a context that makes memory */
};

struct vgpu_image {
    uint32_t width;             /* px */
    uint32_t height;            /* px */
    uint32_t format;            /* enum vgpu_format */
    uint32_t stride;            /* bytes; the backing has the same */
    void *storage;              /* the renderer's own */
    struct vgpu_frame *frame;   /* likewise: the storage is in it, or NULL */
    uint8_t wholes;             /* likewise: last transfers that brought all */
    uint8_t wholes_wanted;      /* likewise: before it is lent to a display */
};

struct vgpu_guest_blob {
    uint64_t size;              /* bytes; a backing is never shorter */
    uint32_t flags;             /* VGPU_BLOB_FLAG_… */
};

/* Host memory of a context's, from CREATE_BLOB, which the guest may map. */
struct vgpu_host_blob {
    uint64_t size;              /* bytes; 0: no such blob */
    uint32_t flags;             /* VGPU_BLOB_FLAG_… */
    bool is_shadowed;           /* HOST3D_GUEST: it takes a backing, as others */
    struct vgpu_mapping *mapping;   /* core/window.h; NULL: in no window */
    uint8_t *data;              /* the renderer's: while blob_map() has it */
};

struct vgpu_memory {
    uint64_t charge;            /* bytes of the budget */
    void *storage;              /* the renderer's own */
};

struct vgpu_resource {
    uint32_t id;                /* never 0 */
    enum vgpu_resource_kind kind;
    uint16_t scanouts;          /* bit n: scanout n shows this resource */
    uint32_t num_contexts;      /* that it is attached to */
    bool hosted;                /* the renderer's: its 3D library has it */
    bool has_uuid;
    uint8_t uuid[16];
    struct vgpu_backing *backing;   /* NULL: nothing attached */
    struct vgpu_host_blob host_blob;    /* of a texture, or memory */
    union {
        struct vgpu_image image;
        struct vgpu_guest_blob blob;
        struct vgpu_texture texture;
        struct vgpu_memory memory;
    };
};

static inline bool vgpu_resource_is_blob(const struct vgpu_resource *resource)
{
    return resource->kind == VGPU_RESOURCE_GUEST_BLOB ||
           resource->host_blob.size != 0;
}

/* Bytes of a blob, whosever memory it is. */
static inline uint64_t vgpu_resource_blob_bytes(
    const struct vgpu_resource *resource)
{
    return resource->kind == VGPU_RESOURCE_GUEST_BLOB
           ? resource->blob.size : resource->host_blob.size;
}

/* Whether there are texels, and not just bytes that any side may change. */
static inline bool vgpu_resource_has_shape(const struct vgpu_resource *resource)
{
    return resource->kind == VGPU_RESOURCE_IMAGE ||
           resource->kind == VGPU_RESOURCE_TEXTURE;
}

/* What @resource, which has one, is as a texture: an image has one level. */
struct vgpu_texture vgpu_resource_shape(const struct vgpu_resource *resource);

#endif
