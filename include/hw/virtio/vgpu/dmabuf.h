/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A dma-buf: the memory of a picture, which a display that can draws from where
 * it lies.  What is in it changes with what the guest draws.
 *
 * Reference counted, any thread; closes its descriptors with the last reference.
 * It keeps the memory, whatever becomes of the guest's resource.
 */
#ifndef HW_VIRTIO_VGPU_DMABUF_H
#define HW_VIRTIO_VGPU_DMABUF_H

#include <stdbool.h>
#include <stdint.h>

#include "hw/virtio/vgpu/rect.h"

struct vgpu_layout;

#define VGPU_DMABUF_MAX_PLANES 4

/* Of drm_fourcc.h: lines one behind the other. */
#define VGPU_MODIFIER_LINEAR 0

struct vgpu_dmabuf_plane {
    int fd;
    uint32_t offset;            /* bytes */
    uint32_t stride;            /* bytes */
};

/* Fixed from creation on. */
struct vgpu_dmabuf {
    int refs;                   /* atomic */
    uint32_t fourcc;            /* of drm_fourcc.h, without alpha */
    uint64_t modifier;
    uint32_t width;             /* px, of the whole buffer */
    uint32_t height;
    struct vgpu_rect shown;     /* what of it the scanout shows */
    bool is_bottom_up;          /* its first line is the picture's last */
    uint32_t num_planes;        /* 1 to VGPU_DMABUF_MAX_PLANES */
    struct vgpu_dmabuf_plane planes[VGPU_DMABUF_MAX_PLANES];
};

/*
 * Pixels of @shape that lie as @layout says, line by line, in the memory of @fd;
 * the offset fits into 32 bits.
 */
void vgpu_dmabuf_set_lines(struct vgpu_dmabuf *shape, int fd,
                           const struct vgpu_layout *layout);

/* One with one reference, that takes over the descriptors of @shape. */
struct vgpu_dmabuf *vgpu_dmabuf_create(const struct vgpu_dmabuf *shape);

struct vgpu_dmabuf *vgpu_dmabuf_ref(struct vgpu_dmabuf *dmabuf);

/* NULL is accepted. */
void vgpu_dmabuf_unref(struct vgpu_dmabuf *dmabuf);

/*
 * A descriptor of the caller's for the same memory, or -1: what shares memory
 * has one of its own, of which others may know.
 */
int vgpu_dmabuf_dup(int fd);

#endif
