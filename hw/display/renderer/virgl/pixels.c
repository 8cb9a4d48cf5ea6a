/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "internal.h"

#include <glib.h>
#include <string.h>

#include "../convert.h"
#include "hw/virtio/vgpu/format.h"
#include "hw/virtio/vgpu/resource.h"
#include "ring-context.h"
#include "virgl-compat.h"

/* Bytes in lines, as the layout says. */
static bool is_buffer(const struct vgpu_resource *resource)
{
    return resource->kind == VGPU_RESOURCE_MEMORY ||
           (resource->kind == VGPU_RESOURCE_TEXTURE &&
            resource->texture.target == VGPU_TARGET_BUFFER);
}

/* Where its bytes are, if anywhere in our memory. */
static const uint8_t *bytes_of(const struct vgpu_resource *resource)
{
    return resource->kind == VGPU_RESOURCE_MEMORY ? virgl_memory_data(resource)
                                                  : resource->host_blob.data;
}

/* Some of a buffer; of one that is mapped the library could read nothing. */
static bool read_bytes(const struct vgpu_resource *resource, uint64_t offset,
                       uint8_t *dest, size_t bytes)
{
    struct virgl_box box = { .x = offset, .w = bytes, .h = 1, .d = 1 };
    struct iovec iov = { dest, bytes };
    const uint8_t *data = bytes_of(resource);

    if (data) {
        memcpy(dest, data + offset, bytes);
        return true;
    }
    return resource->kind != VGPU_RESOURCE_MEMORY &&
           virgl_renderer_transfer_read_iov(resource->id, 0, 0, 0, 0, &box, 0,
                                            &iov, 1) == 0;
}

/*
 * All rows at once where that is not much more than what is wanted: each read of
 * the library's waits for OpenGL.
 */
static bool read_rows(const struct vgpu_resource *resource, uint64_t offset,
                      uint32_t stride, const struct vgpu_rect *rect,
                      const struct vgpu_pixels *dest)
{
    size_t line = (size_t)rect->width * VGPU_BYTES_PER_PIXEL;
    size_t bytes = (size_t)stride * (rect->height - 1) + line;
    g_autofree uint8_t *rows = g_try_malloc(bytes);

    if (!rows || !read_bytes(resource, offset, rows, bytes)) {
        return false;
    }
    for (uint32_t y = 0; y < rect->height; y++) {
        memcpy(dest->data + (size_t)y * dest->stride,
               rows + (size_t)y * stride, line);
    }
    return true;
}

static bool read_buffer(const struct vgpu_resource *resource,
                        const struct vgpu_layout *layout,
                        const struct vgpu_rect *rect,
                        const struct vgpu_pixels *dest)
{
    uint64_t offset = layout->offset + (uint64_t)rect->y * layout->stride +
                      (uint64_t)rect->x * VGPU_BYTES_PER_PIXEL;
    size_t line = (size_t)rect->width * VGPU_BYTES_PER_PIXEL;

    if (!bytes_of(resource) && layout->stride / 2 <= line) {
        return read_rows(resource, offset, layout->stride, rect, dest);
    }
    for (uint32_t y = 0; y < rect->height; y++) {
        if (!read_bytes(resource, offset + (uint64_t)y * layout->stride,
                        dest->data + (size_t)y * dest->stride, line)) {
            return false;
        }
    }
    return true;
}

static bool read_texture(const struct vgpu_resource *resource,
                         const struct vgpu_rect *rect,
                         const struct vgpu_pixels *dest)
{
    struct virgl_box box = {
        .x = rect->x,
        .y = rect->y,
        .w = rect->width,
        .h = rect->height,
        .d = 1,
    };
    struct iovec iov = {
        .iov_base = dest->data,
        .iov_len = (size_t)dest->stride * (rect->height - 1) +
                   (size_t)rect->width * VGPU_BYTES_PER_PIXEL,
    };

    return virgl_renderer_transfer_read_iov(resource->id, 0, 0, dest->stride, 0,
                                            &box, 0, &iov, 1) == 0;
}

/* Raw pixels of a hosted picture, in the resource's format. */
static bool read_raw(const struct virgl_renderer *renderer,
                     const struct vgpu_resource *resource,
                     const struct vgpu_layout *layout,
                     const struct vgpu_rect *rect,
                     const struct vgpu_pixels *dest)
{
    if (is_buffer(resource) ? !read_buffer(resource, layout, rect, dest)
                            : !read_texture(resource, rect, dest)) {
        return false;
    }
    renderer->host.pixels_read(renderer->host.opaque,
                               (uint64_t)rect->width * rect->height *
                               VGPU_BYTES_PER_PIXEL);
    return true;
}

static bool read_opaque(const struct virgl_renderer *renderer,
                        const struct vgpu_resource *resource,
                        const struct vgpu_layout *layout,
                        const struct vgpu_rect *rect,
                        const struct vgpu_pixels *dest)
{
    if (!read_raw(renderer, resource, layout, rect, dest)) {
        return false;
    }
    vgpu_convert_pixels(vgpu_format_opaque(layout->format), PIXMAN_x8r8g8b8,
                        dest, rect);
    return true;
}

/* Whether the pixels are the library's, and not the pixman renderer's. */
static bool is_ours(const struct vgpu_resource *resource)
{
    return resource->hosted && resource->kind != VGPU_RESOURCE_GUEST_BLOB;
}

void virgl_prepare_pixels(void *opaque, const struct vgpu_resource *resource,
                          const struct vgpu_layout *layout,
                          const struct vgpu_rect *rect)
{
    struct virgl_renderer *renderer = opaque;
    struct vgpu_readback *readback = &renderer->readback;
    struct vgpu_pixels dest;

    /* A buffer that is mapped changes without a command. */
    if (!is_ours(resource) || is_buffer(resource) ||
        vgpu_readback_has(readback, resource->id, rect) ||
        !vgpu_readback_begin(readback, resource->id, layout)) {
        return;
    }
    dest = (struct vgpu_pixels) {
        .data = vgpu_readback_at(readback, rect),
        .stride = readback->stride,
    };
    if (read_opaque(renderer, resource, layout, rect, &dest)) {
        vgpu_readback_add(readback, rect);
    }
}

static void copy_rows(const struct vgpu_readback *readback,
                      const struct vgpu_rect *rect,
                      const struct vgpu_pixels *dest)
{
    const uint8_t *from = vgpu_readback_at(readback, rect);

    for (uint32_t y = 0; y < rect->height; y++) {
        memcpy(dest->data + (size_t)y * dest->stride,
               from + (size_t)y * readback->stride,
               (size_t)rect->width * VGPU_BYTES_PER_PIXEL);
    }
}

enum vgpu_status virgl_read_pixels(void *opaque,
                                   const struct vgpu_resource *resource,
                                   const struct vgpu_layout *layout,
                                   const struct vgpu_rect *rect,
                                   const struct vgpu_pixels *dest)
{
    struct virgl_renderer *renderer = opaque;
    struct vgpu_readback *readback = &renderer->readback;

    if (!is_ours(resource)) {
        return vgpu_pixman_ops.read_pixels(renderer->pixman, resource, layout,
                                           rect, dest);
    }
    if (vgpu_readback_has(readback, resource->id, rect)) {
        copy_rows(readback, rect, dest);
        return VGPU_OK;
    }
    return read_opaque(renderer, resource, layout, rect, dest)
           ? VGPU_OK : VGPU_ERR_UNSPEC;
}

bool virgl_peek_pixels(void *opaque, const struct vgpu_resource *resource,
                       const struct vgpu_layout *layout,
                       const struct vgpu_rect *rect,
                       struct vgpu_const_pixels *pixels)
{
    struct virgl_renderer *renderer = opaque;
    struct vgpu_readback *readback = &renderer->readback;

    if (!is_ours(resource)) {
        return vgpu_pixman_ops.peek_pixels(renderer->pixman, resource, layout,
                                           rect, pixels);
    }
    if (!vgpu_readback_has(readback, resource->id, rect)) {
        return false;
    }
    pixels->data = vgpu_readback_at(readback, rect);
    pixels->stride = readback->stride;
    return true;
}

struct vgpu_frame *virgl_picture(void *opaque,
                                 struct vgpu_resource *resource,
                                 const struct vgpu_layout *layout)
{
    struct virgl_renderer *renderer = opaque;

    return is_ours(resource) ? NULL
           : vgpu_pixman_ops.picture(renderer->pixman, resource, layout);
}

enum vgpu_status virgl_read_cursor(void *opaque,
                                   const struct vgpu_resource *resource,
                                   const struct vgpu_layout *layout,
                                   const struct vgpu_pixels *dest)
{
    struct virgl_renderer *renderer = opaque;
    struct vgpu_rect rect = {
        .width = layout->width,
        .height = layout->height,
    };

    if (!is_ours(resource)) {
        return vgpu_pixman_ops.read_cursor(renderer->pixman, resource, layout,
                                           dest);
    }
    if (!read_raw(renderer, resource, layout, &rect, dest)) {
        return VGPU_ERR_UNSPEC;
    }
    vgpu_convert_pixels(vgpu_format_alpha(layout->format), PIXMAN_a8r8g8b8,
                        dest, &rect);
    return VGPU_OK;
}
