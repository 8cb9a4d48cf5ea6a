/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "internal.h"
#include "limits.h"

#include <glib.h>
#include <string.h>

#include "hw/virtio/vgpu/texture.h"
#include "virgl-compat.h"

/*
 * Capability sets begin with their version and with masks of formats, 512 bits
 * each: those that can be sampled, rendered to, and used as depth.  Guests read
 * the same bits.  Filling the second set the library finds out how the memory of
 * buffers is cached, without which it maps none.
 */
#define MASKS_OFFSET 4
#define MASK_BITS 512

/*
 * X24S8_UINT, the stencil of a texture with depth, which only views of one have.
 * The library takes it for a texture, and reads as many bytes as a texel has
 * where OpenGL writes one: the others are what this process's heap had there.
 */
#define STENCIL_ALONE 136

void virgl_formats_init(struct virgl_renderer *renderer)
{
    uint32_t version, bytes;
    g_autofree uint8_t *caps = NULL;

    virgl_renderer_get_cap_set(VGPU_CAPSET_VIRGL2, &version, &bytes);
    caps = g_malloc0(MAX(bytes, MASKS_OFFSET + sizeof(renderer->formats)));
    virgl_renderer_force_ctx_0();
    virgl_renderer_fill_caps(VGPU_CAPSET_VIRGL2, version, caps);
    memcpy(renderer->formats, caps + MASKS_OFFSET, sizeof(renderer->formats));
}

static bool is_supported(const struct virgl_renderer *renderer,
                         uint32_t format)
{
    for (size_t i = 0; i < G_N_ELEMENTS(renderer->formats); i++) {
        if (format < MASK_BITS &&
            renderer->formats[i][format / 32] & 1u << format % 32) {
            return true;
        }
    }
    return false;
}

static uint32_t longest_side(const struct vgpu_virgl_limits *limits,
                             uint32_t target)
{
    switch (target) {
    case VGPU_TARGET_3D:
        return limits->side_3d;
    case VGPU_TARGET_CUBE:
    case VGPU_TARGET_CUBE_ARRAY:
        return limits->side_cube;
    case VGPU_TARGET_RECT:
        return limits->side_rect;
    default:
        return limits->side;
    }
}

const char *virgl_texture_complaint(void *opaque,
                                    const struct vgpu_texture *texture)
{
    const struct virgl_renderer *renderer = opaque;
    const struct vgpu_virgl_limits *limits =
        vgpu_virgl_library_limits(renderer->library);
    uint32_t side = longest_side(limits, texture->target);

    if (texture->target == VGPU_TARGET_BUFFER) {
        return NULL;
    }
    if (!is_supported(renderer, texture->format) ||
        texture->format == STENCIL_ALONE) {
        return "a format that OpenGL has not";
    }
    if (texture->width > side || texture->height > side ||
        texture->depth > limits->side_3d) {
        return "longer than OpenGL takes";
    }
    if (texture->array_size > limits->layers) {
        return "more layers than OpenGL takes";
    }
    return texture->nr_samples > limits->samples
           ? "more samples than OpenGL takes" : NULL;
}
