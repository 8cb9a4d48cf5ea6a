/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The picture of one scanout as a dma-buf: what is to be told of it, and who
 * waits for that.  All zero but the region: it is not shared and nobody waits.
 *
 * Its owner's, under whatever lock that has.  Knows nothing of QEMU.
 */
#ifndef HW_DISPLAY_SHARED_PICTURE_H
#define HW_DISPLAY_SHARED_PICTURE_H

#include <stdint.h>
#include <glib.h>
#include <pixman.h>

struct vgpu_dmabuf;

struct vgpu_shared_picture {
    struct vgpu_dmabuf *dmabuf; /* NULL: it is its pixels alone */
    pixman_region32_t damage;   /* of it */
    GArray *tokens;             /* of uint64_t: flushes that wait until it was
                                   drawn; NULL: none */
};

void vgpu_shared_picture_init(struct vgpu_shared_picture *picture);
void vgpu_shared_picture_finish(struct vgpu_shared_picture *picture);

/* It is @dmabuf, of which @damage is new; @token: of a flush that waits, or 0. */
void vgpu_shared_picture_put(struct vgpu_shared_picture *picture,
                             struct vgpu_dmabuf *dmabuf,
                             const pixman_region32_t *damage, uint64_t token);

/* It is its pixels alone; who waits is still to be told. */
void vgpu_shared_picture_drop(struct vgpu_shared_picture *picture);

/* Makes @to what is to be told; @from keeps the dma-buf and has told it all. */
void vgpu_shared_picture_take(struct vgpu_shared_picture *from,
                              struct vgpu_shared_picture *to);

#endif
