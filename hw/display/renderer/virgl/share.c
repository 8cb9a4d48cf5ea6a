/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "internal.h"

#include <unistd.h>

#include "../../platform/egl-share.h"
#include "hw/virtio/vgpu/dmabuf.h"
#include "hw/virtio/vgpu/format.h"
#include "hw/virtio/vgpu/resource.h"
#include "ring-context.h"
#include "virgl-compat.h"

/*
 * The library draws such a texture upside down (virglrenderer,
 * VIRGL_RESOURCE_Y_0_TOP, which only its own headers name).
 */
#define FLAG_Y_0_TOP 1

/* "XR24" of "AR24", "BX24" of "BA24": a picture on a screen is opaque. */
static uint32_t without_alpha(uint32_t fourcc)
{
    if ((fourcc & 0xff) == 'A') {
        return (fourcc & ~0xffu) | 'X';
    }
    if ((fourcc >> 8 & 0xff) == 'A') {
        return (fourcc & ~0xff00u) | 'X' << 8;
    }
    return fourcc;
}

static void close_all(const struct vgpu_egl_memory *memory)
{
    for (int i = 0; i < memory->num_planes; i++) {
        close(memory->fds[i]);
    }
}

/* What EGL says must be what the guest means: else it would be shown wrongly. */
static bool take(const struct vgpu_egl_memory *memory, uint32_t fourcc,
                 struct vgpu_dmabuf *shape)
{
    if (without_alpha(memory->fourcc) != fourcc) {
        close_all(memory);
        return false;
    }
    shape->fourcc = fourcc;
    shape->modifier = memory->modifier;
    shape->num_planes = (uint32_t)memory->num_planes;
    for (int i = 0; i < memory->num_planes; i++) {
        shape->planes[i] = (struct vgpu_dmabuf_plane) {
            .fd = memory->fds[i],
            .offset = (uint32_t)memory->offsets[i],
            .stride = (uint32_t)memory->strides[i],
        };
    }
    return true;
}

static bool share_texture(struct virgl_renderer *renderer,
                          const struct vgpu_resource *resource,
                          const struct vgpu_layout *layout,
                          struct vgpu_dmabuf *shape)
{
    struct virgl_renderer_resource_info info = { 0 };
    struct vgpu_egl_memory memory;

    virgl_renderer_force_ctx_0();
    if (virgl_renderer_resource_get_info((int)resource->id, &info) ||
        !info.tex_id || info.width != layout->width ||
        info.height != layout->height ||
        !vgpu_egl_share_texture(vgpu_virgl_library_egl(renderer->library),
                                info.tex_id, &memory)) {
        return false;
    }
    shape->is_bottom_up = info.flags & FLAG_Y_0_TOP;
    return take(&memory, vgpu_format_fourcc(layout->format), shape);
}

/* The guest says how it lies in there, and means lines. */
static bool share_memory(const struct vgpu_resource *resource,
                         const struct vgpu_layout *layout,
                         struct vgpu_dmabuf *shape)
{
    uint32_t type;
    int file;

    if (layout->offset > UINT32_MAX ||
        virgl_renderer_resource_export_blob(resource->id, &type, &file)) {
        return false;
    }
    if (type != VIRGL_RENDERER_BLOB_FD_TYPE_DMABUF) {
        close(file);
        return false;
    }
    vgpu_dmabuf_set_lines(shape, file, layout);
    return true;
}

bool virgl_share_pixels(void *opaque, const struct vgpu_resource *resource,
                        const struct vgpu_layout *layout,
                        struct vgpu_dmabuf *shape)
{
    if (!resource->hosted) {
        return false;
    }
    if (resource->kind == VGPU_RESOURCE_MEMORY) {
        return share_memory(resource, layout, shape);
    }
    /* A buffer's texels have no picture's shape. */
    return (resource->kind == VGPU_RESOURCE_IMAGE ||
            resource->texture.target == VGPU_TARGET_2D) &&
           share_texture(opaque, resource, layout, shape);
}

/* Of a context that is left OpenGL passes on what it has. */
void virgl_flush_shared(void *opaque)
{
    (void)opaque;
    virgl_renderer_force_ctx_0();
}
