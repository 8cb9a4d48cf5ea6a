/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A renderer: operations on resources whose arguments are decoded and
 * checked.
 *
 * It never sees a wire structure, never answers, and may rely on geometry
 * being inside the resource.  One instance serves one device and lives as
 * long as it; all calls come on the device thread.
 */
#ifndef HW_VIRTIO_VGPU_RENDERER_H
#define HW_VIRTIO_VGPU_RENDERER_H

#include <stdbool.h>
#include <stdint.h>

#include "hw/virtio/vgpu/rect.h"
#include "hw/virtio/vgpu/wire.h"

struct vgpu_backing;
struct vgpu_budget;
struct vgpu_resource;

/* How the bytes of a resource form the picture that a scanout shows. */
struct vgpu_layout {
    uint32_t format;            /* enum vgpu_format */
    uint32_t width;             /* px */
    uint32_t height;            /* px */
    uint32_t stride;            /* bytes */
    uint64_t offset;            /* bytes to the first pixel */
};

/* Pixels of the host's own, always x8r8g8b8 in host order. */
struct vgpu_pixels {
    uint8_t *data;              /* where the rectangle's first pixel goes */
    uint32_t stride;            /* bytes */
};

/* The same, only to be looked at. */
struct vgpu_const_pixels {
    const uint8_t *data;
    uint32_t stride;            /* bytes */
};

struct vgpu_renderer_ops {
    const char *name;

    /* An instance that takes its memory from @budget.  Never NULL. */
    void *(*create)(struct vgpu_budget *budget);
    void (*destroy)(void *renderer);

    /*
     * Gives @resource->image, whose fields are set, its storage.  The pixels
     * read as zero.  Returns VGPU_OK or VGPU_ERR_OUT_OF_MEMORY.
     */
    enum vgpu_status (*image_create)(void *renderer,
                                     struct vgpu_resource *resource);
    void (*image_destroy)(void *renderer, struct vgpu_resource *resource);

    /*
     * The pixels of an image as the guest's format has them, image.stride
     * times image.height bytes: to be saved, or filled before first use.
     */
    uint8_t *(*image_pixels)(void *renderer,
                             const struct vgpu_resource *resource);

    /*
     * Copies @rect of an image from its backing, where the first pixel of
     * the rectangle is @offset bytes in and lines are image.stride apart.
     * The range was checked.  VGPU_ERR_UNSPEC when guest memory went away.
     */
    enum vgpu_status (*transfer_to_host)(void *renderer,
                                         struct vgpu_resource *resource,
                                         const struct vgpu_rect *rect,
                                         uint64_t offset);

    /*
     * Reads @rect, in pixels of @layout and inside it, as opaque colour.
     * VGPU_ERR_UNSPEC when there is nothing to read (a blob whose memory was
     * detached or went away).
     */
    enum vgpu_status (*read_pixels)(void *renderer,
                                    const struct vgpu_resource *resource,
                                    const struct vgpu_layout *layout,
                                    const struct vgpu_rect *rect,
                                    const struct vgpu_pixels *dest);

    /*
     * Tells where @rect lies in memory, if it already has the format of
     * struct vgpu_pixels; see vgpu_view_peek().  False is always right.
     */
    bool (*peek_pixels)(void *renderer, const struct vgpu_resource *resource,
                        const struct vgpu_layout *layout,
                        const struct vgpu_rect *rect,
                        struct vgpu_const_pixels *pixels);

    /*
     * Reads all of the picture with alpha into @dest, a8r8g8b8 in host order.
     * Errors as read_pixels().
     */
    enum vgpu_status (*read_cursor)(void *renderer,
                                    const struct vgpu_resource *resource,
                                    const struct vgpu_layout *layout,
                                    const struct vgpu_pixels *dest);
};

/* 2D with pixman, in the memory of this process. */
extern const struct vgpu_renderer_ops vgpu_pixman_ops;

#endif
