/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "internal.h"

#include <glib.h>

#include "hw/virtio/vgpu/backing.h"
#include "hw/virtio/vgpu/budget.h"
#include "hw/virtio/vgpu/format.h"
#include "hw/virtio/vgpu/resource.h"
#include "ring-context.h"
#include "texels.h"
#include "virgl-compat.h"

/* What an image may be used for, in the library's terms. */
#define IMAGE_BIND (VIRGL_RES_BIND_RENDER_TARGET | VIRGL_RES_BIND_SAMPLER_VIEW)

static uint64_t image_bytes(const struct vgpu_image *image)
{
    return (uint64_t)image->stride * image->height;
}

/*
 * Streams may name the backing, and then write it: where the guest does not let
 * its device write, they do not get it.
 */
static enum vgpu_status attach_backing(struct vgpu_resource *resource)
{
    const struct iovec *iov;
    uint32_t count;

    iov = vgpu_backing_iov(resource->backing, &count);
    if (!iov) {
        return count ? VGPU_ERR_OUT_OF_MEMORY : VGPU_OK;
    }
    if (vgpu_backing_is_writable(resource->backing) &&
        virgl_renderer_resource_attach_iov((int)resource->id,
                                           (struct iovec *)iov, (int)count)) {
        return VGPU_ERR_UNSPEC;
    }
    return VGPU_OK;
}

static bool create_image(const struct vgpu_resource *resource)
{
    const struct vgpu_image *image = &resource->image;
    struct virgl_renderer_resource_create_args args = {
        .handle = resource->id,
        .target = VGPU_TARGET_2D,
        .format = image->format,
        .bind = IMAGE_BIND,
        .width = image->width,
        .height = image->height,
        .depth = 1,
        .array_size = 1,
        .flags = VGPU_TEXTURE_FLAG_Y_0_TOP,
    };

    return virgl_renderer_resource_create(&args, NULL, 0) == 0;
}

static bool upload_image(const struct vgpu_resource *resource)
{
    const struct vgpu_image *image = &resource->image;
    struct virgl_box box = { .w = image->width, .h = image->height, .d = 1 };
    struct iovec iov = { image->storage, image_bytes(image) };

    return virgl_renderer_transfer_write_iov(resource->id, 0, 0, image->stride,
                                             0, &box, 0, &iov, 1) == 0;
}

/* From the pixman renderer to the library, pixels and all. */
static enum vgpu_status host_image(struct virgl_renderer *renderer,
                                   struct vgpu_resource *resource)
{
    uint64_t bytes = image_bytes(&resource->image);
    enum vgpu_status status = VGPU_ERR_UNSPEC;

    if (!vgpu_budget_charge_hosted(renderer->budget, bytes)) {
        return VGPU_ERR_OUT_OF_MEMORY;
    }
    if (!create_image(resource)) {
        goto err_charge;
    }
    if (!upload_image(resource)) {
        goto err_create;
    }
    if (resource->backing) {
        status = attach_backing(resource);
        if (status != VGPU_OK) {
            goto err_create;
        }
    }
    vgpu_pixman_ops.image_destroy(renderer->pixman, resource);
    resource->hosted = true;
    return VGPU_OK;

err_create:
    virgl_renderer_resource_unref(resource->id);
err_charge:
    vgpu_budget_release_hosted(renderer->budget, bytes);
    return status;
}

/* A blob without memory is nothing that a stream could use. */
static enum vgpu_status host_blob(struct vgpu_resource *resource)
{
    struct virgl_renderer_resource_create_blob_args args = {
        .res_handle = resource->id,
        .blob_mem = VIRGL_RENDERER_BLOB_MEM_GUEST,
        .blob_flags = resource->blob.flags,
        .size = resource->blob.size,
    };

    if (!resource->backing) {
        return VGPU_OK;
    }
    args.iovecs = vgpu_backing_iov(resource->backing, &args.num_iovs);
    if (!args.iovecs) {
        return vgpu_backing_is_device(resource->backing)
               ? VGPU_ERR_UNSPEC : VGPU_ERR_OUT_OF_MEMORY;
    }
    if (!vgpu_backing_is_writable(resource->backing) ||
        virgl_renderer_resource_create_blob(&args)) {
        return VGPU_ERR_UNSPEC;
    }
    resource->hosted = true;
    return VGPU_OK;
}

enum vgpu_status virgl_host(struct virgl_renderer *renderer,
                            struct vgpu_resource *resource)
{
    if (resource->hosted) {
        return VGPU_OK;
    }
    switch (resource->kind) {
    case VGPU_RESOURCE_IMAGE:
        return host_image(renderer, resource);
    case VGPU_RESOURCE_GUEST_BLOB:
        return host_blob(resource);
    case VGPU_RESOURCE_TEXTURE:
    case VGPU_RESOURCE_MEMORY:
        break;
    }
    return VGPU_ERR_UNSPEC;
}

enum vgpu_status virgl_image_create(void *opaque,
                                    struct vgpu_resource *resource)
{
    struct virgl_renderer *renderer = opaque;

    return vgpu_pixman_ops.image_create(renderer->pixman, resource);
}

void virgl_image_destroy(void *opaque, struct vgpu_resource *resource)
{
    struct virgl_renderer *renderer = opaque;

    vgpu_pixman_ops.image_destroy(renderer->pixman, resource);
}

/* What the library has in memory of its own, which it clears, has no name. */
static uint32_t opengl_name(const struct vgpu_resource *resource)
{
    struct virgl_renderer_resource_info info = { 0 };

    return virgl_renderer_resource_get_info((int)resource->id, &info)
           ? 0 : info.tex_id;
}

/* The current context may be one that was lost. */
static bool has_texels(uint32_t name, const struct vgpu_texture *shape)
{
    if (vgpu_virgl_texels_are_there(shape, name)) {
        return true;
    }
    virgl_renderer_force_ctx_0();
    return vgpu_virgl_texels_are_there(shape, name);
}

static enum vgpu_status check_made(const struct virgl_renderer *renderer,
                                   uint32_t name,
                                   const struct vgpu_texture *shape)
{
    if (!has_texels(name, shape)) {
        return VGPU_ERR_UNSPEC;
    }
    if (!renderer->zeroes) {
        return VGPU_OK;
    }
    virgl_renderer_force_ctx_0();
    return vgpu_virgl_texels_zero(shape, name) ? VGPU_OK
                                               : VGPU_ERR_OUT_OF_MEMORY;
}

enum vgpu_status virgl_made(struct virgl_renderer *renderer,
                            struct vgpu_resource *resource,
                            const struct vgpu_texture *shape)
{
    uint32_t name = opengl_name(resource);
    enum vgpu_status status = name ? check_made(renderer, name, shape)
                                   : VGPU_OK;

    if (status != VGPU_OK) {
        virgl_renderer_resource_unref(resource->id);
    }
    resource->hosted = status == VGPU_OK;
    return status;
}

enum vgpu_status virgl_texture_create(void *opaque,
                                      struct vgpu_resource *resource)
{
    const struct vgpu_texture *texture = &resource->texture;
    struct virgl_renderer_resource_create_args args = {
        .handle = resource->id,
        .target = texture->target,
        .format = texture->target == VGPU_TARGET_BUFFER
                  ? VIRGL_BYTE_FORMAT : texture->format,
        .bind = texture->bind,
        .width = texture->width,
        .height = texture->height,
        .depth = texture->depth,
        .array_size = texture->array_size,
        .last_level = texture->last_level,
        .nr_samples = texture->nr_samples,
        .flags = texture->flags,
    };

    if (virgl_renderer_resource_create(&args, NULL, 0)) {
        return VGPU_ERR_UNSPEC;
    }
    return virgl_made(opaque, resource, texture);
}

static void release(struct virgl_renderer *renderer,
                    struct vgpu_resource *resource)
{
    if (renderer->readback.resource_id == resource->id) {
        vgpu_readback_forget(&renderer->readback);
    }
    if (resource->kind == VGPU_RESOURCE_MEMORY) {
        virgl_memory_destroy(renderer, resource);
        return;
    }
    virgl_renderer_resource_unref(resource->id);
    resource->hosted = false;
    if (resource->kind == VGPU_RESOURCE_IMAGE) {
        vgpu_virgl_pins_resource_ended(renderer->pins, resource->id,
                                       image_bytes(&resource->image));
        vgpu_budget_release_hosted(renderer->budget,
                                   image_bytes(&resource->image));
    } else if (resource->kind == VGPU_RESOURCE_TEXTURE) {
        /* Its charge is taken off by who made it. */
        vgpu_virgl_pins_resource_ended(renderer->pins, resource->id,
                                       resource->texture.bytes);
    }
}

void virgl_resource_destroy(void *opaque, struct vgpu_resource *resource)
{
    if (resource->hosted) {
        release(opaque, resource);
    }
}

/* Back to the pixman renderer: no context is left that could draw to it. */
uint8_t *virgl_image_pixels(void *opaque, struct vgpu_resource *resource)
{
    struct virgl_renderer *renderer = opaque;
    struct vgpu_image *image = &resource->image;
    struct virgl_box box = { .w = image->width, .h = image->height, .d = 1 };
    struct iovec iov = { .iov_len = image_bytes(image) };

    if (!resource->hosted) {
        return image->storage;
    }
    if (vgpu_pixman_ops.image_create(renderer->pixman, resource) != VGPU_OK) {
        return NULL;
    }
    iov.iov_base = image->storage;
    if (virgl_renderer_transfer_read_iov(resource->id, 0, 0, image->stride, 0,
                                         &box, 0, &iov, 1)) {
        vgpu_pixman_ops.image_destroy(renderer->pixman, resource);
        return NULL;
    }
    virgl_wrote(resource);
    release(renderer, resource);
    return image->storage;
}

enum vgpu_status virgl_backing_attached(void *opaque,
                                        struct vgpu_resource *resource)
{
    (void)opaque;
    return resource->hosted ? attach_backing(resource) : VGPU_OK;
}

/* A blob is its memory: without it the library knows nothing of it. */
void virgl_backing_detached(void *opaque, struct vgpu_resource *resource)
{
    if (!resource->hosted) {
        return;
    }
    if (!vgpu_resource_has_shape(resource)) {
        release(opaque, resource);
    } else {
        virgl_renderer_resource_detach_iov((int)resource->id, NULL, NULL);
    }
}
