/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "hw/virtio/vgpu/renderer.h"

#include <string.h>
#include <glib.h>
#include <pixman.h>

#include "../convert.h"
#include "hw/virtio/vgpu/backing.h"
#include "hw/virtio/vgpu/display.h"
#include "hw/virtio/vgpu/format.h"
#include "hw/virtio/vgpu/resource.h"
#include "image.h"

static void *pixman_create(const struct vgpu_renderer_config *config,
                           char **error)
{
    struct image_store *store = g_new0(struct image_store, 1);

    (void)error;
    store->budget = config->budget;
    store->frame_ops = config->frame_ops;
    store->frames = config->frames;
    return store;
}

static void pixman_destroy(void *opaque)
{
    g_free(opaque);
}

static enum vgpu_status create_image(void *opaque,
                                     struct vgpu_resource *resource)
{
    return image_store_create(opaque, &resource->image);
}

static void destroy_image(void *opaque, struct vgpu_resource *resource)
{
    image_store_destroy(opaque, &resource->image);
}

static uint8_t *image_pixels(void *opaque, struct vgpu_resource *resource)
{
    (void)opaque;
    return resource->image.storage;
}

static enum vgpu_status pixman_transfer_to_host(void *opaque,
                                                struct vgpu_resource *resource,
                                                const struct vgpu_rect *rect,
                                                uint64_t offset)
{
    struct vgpu_image *image = &resource->image;
    bool whole = rect->width == image->width && rect->height == image->height;
    struct vgpu_backing_copy copy = {
        .offset = offset,
        .stride = image->stride,
        .dest_stride = image->stride,
        .line = (uint64_t)rect->width * VGPU_BYTES_PER_PIXEL,
        .rows = rect->height,
    };
    struct vgpu_frame *before;
    enum vgpu_status status;
    bool written;

    status = image_store_begin_write(opaque, image, whole, &before);
    if (status != VGPU_OK) {
        return status;
    }
    copy.dest = (uint8_t *)image->storage + (uint64_t)rect->y * image->stride +
                (uint64_t)rect->x * VGPU_BYTES_PER_PIXEL;
    written = vgpu_backing_read(resource->backing, &copy);
    image_store_end_write(opaque, image, whole, written, before);
    return written ? VGPU_OK : VGPU_ERR_UNSPEC;
}

/* Where pixel @rect->x, @rect->y of the picture is, in bytes. */
static uint64_t first_byte(const struct vgpu_layout *layout,
                           const struct vgpu_rect *rect)
{
    return layout->offset + (uint64_t)rect->y * layout->stride +
           (uint64_t)rect->x * VGPU_BYTES_PER_PIXEL;
}

/* The raw pixels of @rect, whatever they are stored in. */
static enum vgpu_status copy_raw(const struct vgpu_resource *resource,
                                 const struct vgpu_layout *layout,
                                 const struct vgpu_rect *rect,
                                 const struct vgpu_pixels *dest)
{
    uint64_t first = first_byte(layout, rect);
    struct vgpu_backing_copy copy = {
        .offset = first,
        .stride = layout->stride,
        .dest = dest->data,
        .dest_stride = dest->stride,
        .line = (uint64_t)rect->width * VGPU_BYTES_PER_PIXEL,
        .rows = rect->height,
    };

    switch (resource->kind) {
    case VGPU_RESOURCE_IMAGE:
        for (uint32_t y = 0; y < rect->height; y++) {
            memcpy(dest->data + (uint64_t)y * dest->stride,
                   (const uint8_t *)resource->image.storage + first +
                   (uint64_t)y * layout->stride, copy.line);
        }
        return VGPU_OK;
    case VGPU_RESOURCE_GUEST_BLOB:
        if (!resource->backing ||
            !vgpu_backing_read(resource->backing, &copy)) {
            return VGPU_ERR_UNSPEC;
        }
        return VGPU_OK;
    case VGPU_RESOURCE_TEXTURE:
    case VGPU_RESOURCE_MEMORY:
        break;
    }
    return VGPU_ERR_UNSPEC;
}

static enum vgpu_status pixman_read_pixels(void *opaque,
                                           const struct vgpu_resource *resource,
                                           const struct vgpu_layout *layout,
                                           const struct vgpu_rect *rect,
                                           const struct vgpu_pixels *dest)
{
    enum vgpu_status status = copy_raw(resource, layout, rect, dest);

    (void)opaque;
    if (status == VGPU_OK) {
        vgpu_convert_pixels(vgpu_format_opaque(layout->format), PIXMAN_x8r8g8b8,
                         dest, rect);
    }
    return status;
}

/* Where @bytes from @first on lie in one piece, or NULL. */
static const uint8_t *raw_bytes(const struct vgpu_resource *resource,
                                uint64_t first, uint64_t bytes)
{
    switch (resource->kind) {
    case VGPU_RESOURCE_IMAGE:
        return (const uint8_t *)resource->image.storage + first;
    case VGPU_RESOURCE_GUEST_BLOB:
        return resource->backing
               ? vgpu_backing_peek(resource->backing, first, bytes) : NULL;
    case VGPU_RESOURCE_TEXTURE:
    case VGPU_RESOURCE_MEMORY:
        break;
    }
    return NULL;
}

static bool pixman_peek_pixels(void *opaque,
                               const struct vgpu_resource *resource,
                               const struct vgpu_layout *layout,
                               const struct vgpu_rect *rect,
                               struct vgpu_const_pixels *pixels)
{
    uint64_t bytes = (uint64_t)(rect->height - 1) * layout->stride +
                     (uint64_t)rect->width * VGPU_BYTES_PER_PIXEL;

    (void)opaque;
    if (vgpu_format_opaque(layout->format) != PIXMAN_x8r8g8b8) {
        return false;
    }
    pixels->data = raw_bytes(resource, first_byte(layout, rect), bytes);
    pixels->stride = layout->stride;
    return pixels->data != NULL;
}

static struct vgpu_frame *pixman_picture(void *opaque,
                                         struct vgpu_resource *resource,
                                         const struct vgpu_layout *layout)
{
    struct vgpu_image *image = &resource->image;

    if (resource->kind != VGPU_RESOURCE_IMAGE || layout->offset ||
        layout->width != image->width || layout->height != image->height ||
        layout->stride != image->stride || layout->format != image->format) {
        return NULL;
    }
    return image_store_picture(opaque, image);
}

static enum vgpu_status pixman_read_cursor(void *opaque,
                                           const struct vgpu_resource *resource,
                                           const struct vgpu_layout *layout,
                                           const struct vgpu_pixels *dest)
{
    struct vgpu_rect rect = {
        .width = layout->width,
        .height = layout->height,
    };
    enum vgpu_status status;

    (void)opaque;
    status = copy_raw(resource, layout, &rect, dest);
    if (status == VGPU_OK) {
        vgpu_convert_pixels(vgpu_format_alpha(layout->format), PIXMAN_a8r8g8b8,
                         dest, &rect);
    }
    return status;
}

const struct vgpu_renderer_ops vgpu_pixman_ops = {
    .name = "pixman",
    .create = pixman_create,
    .destroy = pixman_destroy,
    .image_create = create_image,
    .image_destroy = destroy_image,
    .image_pixels = image_pixels,
    .transfer_to_host = pixman_transfer_to_host,
    .read_pixels = pixman_read_pixels,
    .peek_pixels = pixman_peek_pixels,
    .picture = pixman_picture,
    .read_cursor = pixman_read_cursor,
};
