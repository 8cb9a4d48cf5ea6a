/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "hw/virtio/vgpu/renderer.h"

#include <string.h>
#include <glib.h>
#include <pixman.h>

#include "../convert.h"
#include "hw/virtio/vgpu/backing.h"
#include "hw/virtio/vgpu/budget.h"
#include "hw/virtio/vgpu/display.h"
#include "hw/virtio/vgpu/format.h"
#include "hw/virtio/vgpu/resource.h"

struct pixman_renderer {
    struct vgpu_budget *budget;
};

static void *pixman_create(const struct vgpu_renderer_config *config,
                           char **error)
{
    struct pixman_renderer *renderer = g_new0(struct pixman_renderer, 1);

    (void)error;
    renderer->budget = config->budget;
    return renderer;
}

static void pixman_destroy(void *opaque)
{
    g_free(opaque);
}

static uint64_t image_bytes(const struct vgpu_image *image)
{
    return (uint64_t)image->stride * image->height;
}

static enum vgpu_status create_image(void *opaque,
                                     struct vgpu_resource *resource)
{
    struct pixman_renderer *renderer = opaque;
    struct vgpu_image *image = &resource->image;

    if (!vgpu_budget_charge_pixels(renderer->budget, image_bytes(image))) {
        return VGPU_ERR_OUT_OF_MEMORY;
    }
    image->storage = vgpu_budget_alloc(renderer->budget, image_bytes(image));
    if (!image->storage) {
        vgpu_budget_release_pixels(renderer->budget, image_bytes(image));
        return VGPU_ERR_OUT_OF_MEMORY;
    }
    return VGPU_OK;
}

static void destroy_image(void *opaque, struct vgpu_resource *resource)
{
    struct pixman_renderer *renderer = opaque;
    struct vgpu_image *image = &resource->image;

    if (image->storage) {
        vgpu_budget_free(renderer->budget, image->storage);
        vgpu_budget_release_pixels(renderer->budget, image_bytes(image));
        image->storage = NULL;
    }
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
    const struct vgpu_image *image = &resource->image;
    struct vgpu_backing_copy copy = {
        .offset = offset,
        .stride = image->stride,
        .dest = (uint8_t *)image->storage +
                (uint64_t)rect->y * image->stride +
                (uint64_t)rect->x * VGPU_BYTES_PER_PIXEL,
        .dest_stride = image->stride,
        .line = (uint64_t)rect->width * VGPU_BYTES_PER_PIXEL,
        .rows = rect->height,
    };

    (void)opaque;
    return vgpu_backing_read(resource->backing, &copy) ? VGPU_OK
                                                       : VGPU_ERR_UNSPEC;
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
    .read_cursor = pixman_read_cursor,
};
