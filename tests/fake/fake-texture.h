/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Texels in plain memory, level behind level without gaps, samples left out.
 * One thread.
 */
#ifndef TESTS_FAKE_FAKE_TEXTURE_H
#define TESTS_FAKE_FAKE_TEXTURE_H

#include "hw/virtio/vgpu/renderer.h"
#include "hw/virtio/vgpu/texture.h"

struct vgpu_backing;

struct fake_texture {
    struct vgpu_texture shape;
    uint8_t *data;
};

/* Zeros.  To end with fake_texture_free(). */
struct fake_texture *fake_texture_new(const struct vgpu_texture *shape);
void fake_texture_free(struct fake_texture *texture);

/* As struct vgpu_renderer_3d_ops says, without looking at any context. */
enum vgpu_status fake_texture_transfer(struct fake_texture *texture,
                                       struct vgpu_backing *backing,
                                       const struct vgpu_transfer_3d *transfer,
                                       enum vgpu_transfer_direction direction);

#endif
