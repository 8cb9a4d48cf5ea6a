/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "fake-renderer.h"

#include <string.h>
#include <sys/mman.h>

#include "fake-context.h"
#include "fake-texture.h"
#include "hw/virtio/vgpu/context.h"
#include "hw/virtio/vgpu/dmabuf.h"
#include "hw/virtio/vgpu/format.h"
#include "hw/virtio/vgpu/resource.h"
#include "hw/virtio/vgpu/wire.h"

/* Odd on purpose: no test may depend on a size. */
static const struct vgpu_capset capsets[FAKE_NUM_CAPSETS] = {
    { .id = 1, .max_version = 1, .max_bytes = 68 },
    { .id = 2, .max_version = 2, .max_bytes = 132 },
    { .id = VGPU_CAPSET_VENUS, .max_version = 0, .max_bytes = 52 },
};

struct renderer {
    const struct fake_faults *faults;
    struct fake_contexts contexts;
    void *pixman;
    GHashTable *textures;       /* resource to struct fake_texture */
};

/* For fake_renderer_release(), which the device does not know. */
static struct renderer *last_created;

static void *create(const struct vgpu_renderer_config *config, char **error)
{
    struct renderer *r = g_new0(struct renderer, 1);

    r->faults = config->options;
    fake_contexts_init(&r->contexts, config);
    r->pixman = vgpu_pixman_ops.create(config, error);
    r->textures = g_hash_table_new_full(NULL, NULL, NULL,
                                        (GDestroyNotify)fake_texture_free);
    last_created = r;
    return r;
}

static void destroy(void *opaque)
{
    struct renderer *r = opaque;

    fake_contexts_finish(&r->contexts);
    g_assert_cmpuint(g_hash_table_size(r->textures), ==, 0);
    g_hash_table_destroy(r->textures);
    vgpu_pixman_ops.destroy(r->pixman);
    last_created = NULL;
    g_free(r);
}

static uint32_t num_capsets(void *opaque)
{
    return FAKE_NUM_CAPSETS - !((struct renderer *)opaque)->faults->venus;
}

static struct vgpu_capset capset(void *opaque, uint32_t index)
{
    return capsets[index];
}

static enum vgpu_status read_capset(void *opaque, uint32_t index,
                                    uint32_t version, uint8_t *data)
{
    struct renderer *r = opaque;

    g_assert(version <= capsets[index].max_version);
    memset(data, 0xca, capsets[index].max_bytes);
    return r->faults->capset ? VGPU_ERR_UNSPEC : VGPU_OK;
}

static enum vgpu_status context_create(void *opaque,
                                       struct vgpu_context *context)
{
    return fake_context_create(&((struct renderer *)opaque)->contexts, context);
}

static void context_destroy(void *opaque, struct vgpu_context *context)
{
    fake_context_destroy(&((struct renderer *)opaque)->contexts, context);
}

static enum vgpu_status context_attach(void *opaque,
                                       struct vgpu_context *context,
                                       struct vgpu_resource *resource)
{
    return fake_context_attach(context, resource);
}

static void context_detach(void *opaque, struct vgpu_context *context,
                           struct vgpu_resource *resource)
{
    fake_context_detach(context, resource);
}

static const char *texture_complaint(void *opaque,
                                     const struct vgpu_texture *texture)
{
    return texture->nr_samples > 8 ? "more samples than this fake has" : NULL;
}

static enum vgpu_status texture_create(void *opaque,
                                       struct vgpu_resource *resource)
{
    struct renderer *r = opaque;

    if (r->faults->texture) {
        return VGPU_ERR_UNSPEC;
    }
    resource->hosted = true;
    g_hash_table_insert(r->textures, resource,
                        fake_texture_new(&resource->texture));
    return VGPU_OK;
}

static bool blob_shape(void *opaque, const struct vgpu_context *context,
                       uint64_t blob_id, struct vgpu_texture *shape)
{
    return fake_context_object(context, blob_id, shape);
}

/* Of any name there is as much as is wanted. */
static enum vgpu_status memory_create(struct renderer *r,
                                      const struct vgpu_context *context,
                                      struct vgpu_resource *resource)
{
    const struct vgpu_texture shape = {
        .target = VGPU_TARGET_BUFFER,
        .width = resource->host_blob.size,
        .height = 1,
        .depth = 1,
        .array_size = 1,
        .block = { 1, 1, 1 },
        .bytes = resource->host_blob.size,
    };

    if (r->faults->blob || fake_context_is_lost(context)) {
        return VGPU_ERR_UNSPEC;
    }
    resource->hosted = true;
    g_hash_table_insert(r->textures, resource, fake_texture_new(&shape));
    return VGPU_OK;
}

static enum vgpu_status blob_create(void *opaque, struct vgpu_context *context,
                                    struct vgpu_resource *resource,
                                    uint64_t blob_id)
{
    struct renderer *r = opaque;
    struct vgpu_texture shape;

    if (context->makes_memory) {
        return memory_create(r, context, resource);
    }
    g_assert(fake_context_object(context, blob_id, &shape));
    if (r->faults->blob) {
        return VGPU_ERR_UNSPEC;
    }
    fake_context_take(context, blob_id);
    resource->hosted = true;
    g_hash_table_insert(r->textures, resource, fake_texture_new(&shape));
    return VGPU_OK;
}

/* Nobody looks at the memory of the fake host's window. */
static enum vgpu_status blob_map(void *opaque, struct vgpu_resource *resource,
                                 struct vgpu_host_memory *memory)
{
    struct renderer *r = opaque;
    struct fake_texture *texture = g_hash_table_lookup(r->textures, resource);

    g_assert(!resource->host_blob.data);
    if (r->faults->map || texture->shape.target != VGPU_TARGET_BUFFER) {
        return VGPU_ERR_UNSPEC;
    }
    memory->data = texture->data;
    memory->info = VGPU_MAP_CACHED;
    resource->host_blob.data = texture->data;
    return VGPU_OK;
}

static void blob_unmap(void *opaque, struct vgpu_resource *resource)
{
    g_assert(resource->host_blob.data);
    resource->host_blob.data = NULL;
}

static bool memory_is_readable(void *opaque,
                               const struct vgpu_resource *resource)
{
    return !((struct renderer *)opaque)->faults->map;
}

static void resource_destroy(void *opaque, struct vgpu_resource *resource)
{
    struct renderer *r = opaque;

    g_assert(!resource->backing && resource->num_contexts == 0);
    g_assert(!resource->host_blob.data);
    g_hash_table_remove(r->textures, resource);
    if (resource->kind == VGPU_RESOURCE_TEXTURE) {
        vgpu_virgl_pins_resource_ended(r->contexts.pins, resource->id,
                                       resource->texture.bytes);
    }
}

static enum vgpu_status backing_attached(void *opaque,
                                         struct vgpu_resource *resource)
{
    g_assert(resource->backing);
    return VGPU_OK;
}

static void backing_detached(void *opaque, struct vgpu_resource *resource)
{
    g_assert(resource->backing);
}

/* A dma-buf is whatever has a descriptor. */
static bool share_pixels(void *opaque, const struct vgpu_resource *resource,
                         const struct vgpu_layout *layout,
                         struct vgpu_dmabuf *shape)
{
    const struct renderer *r = opaque;

    if (!r->faults->shares || !resource->hosted) {
        return false;
    }
    shape->fourcc = vgpu_format_fourcc(layout->format);
    shape->modifier = FAKE_MODIFIER;
    shape->num_planes = 1;
    shape->planes[0].fd = memfd_create("dma-buf", MFD_CLOEXEC);
    shape->planes[0].stride = layout->stride;
    g_assert_cmpint(shape->planes[0].fd, >=, 0);
    return true;
}

static void flush_shared(void *opaque)
{
    struct renderer *r = opaque;

    g_assert(r->faults->shares);
}

/* An image is a texture for as long as a transfer takes. */
static enum vgpu_status transfer_image(struct vgpu_resource *resource,
                                       const struct vgpu_transfer_3d *t,
                                       enum vgpu_transfer_direction direction)
{
    struct vgpu_texture shape = {
        .target = VGPU_TARGET_2D,
        .format = resource->image.format,
        .width = resource->image.width,
        .height = resource->image.height,
        .depth = 1,
        .array_size = 1,
        .block = { VGPU_BYTES_PER_PIXEL, 1, 1 },
    };
    struct fake_texture texture = {
        .shape = shape,
        .data = resource->image.storage,
    };

    return fake_texture_transfer(&texture, resource->backing, t, direction);
}

static enum vgpu_status transfer(void *opaque, struct vgpu_context *context,
                                 struct vgpu_resource *resource,
                                 const struct vgpu_transfer_3d *t,
                                 enum vgpu_transfer_direction direction)
{
    struct renderer *r = opaque;

    g_assert(!context || fake_context_has(context, resource));
    if (r->faults->transfer) {
        return VGPU_ERR_UNSPEC;
    }
    if (resource->kind == VGPU_RESOURCE_IMAGE) {
        return transfer_image(resource, t, direction);
    }
    return fake_texture_transfer(g_hash_table_lookup(r->textures, resource),
                                 resource->backing, t, direction);
}

static enum vgpu_status check_stream(void *opaque,
                                     const struct vgpu_context *context,
                                     uint64_t bytes)
{
    return bytes % 4 ? VGPU_ERR_PARAMETER : VGPU_OK;
}

static enum vgpu_status submit(void *opaque, struct vgpu_context *context,
                               uint8_t *stream, uint64_t bytes)
{
    return fake_context_submit(&((struct renderer *)opaque)->contexts, context,
                               stream, bytes);
}

static enum vgpu_status fence(void *opaque, struct vgpu_context *context,
                              uint32_t ring, uint64_t token)
{
    return fake_context_fence(&((struct renderer *)opaque)->contexts, context,
                              ring, token);
}

uint64_t fake_renderer_kept(void)
{
    return last_created ? vgpu_virgl_pins_kept(last_created->contexts.pins) : 0;
}

void fake_renderer_release(void)
{
    g_assert_nonnull(last_created);
    fake_contexts_release(&last_created->contexts);
}

static int poll_fd(void *opaque)
{
    return -1;
}

static void poll(void *opaque)
{
    g_assert_not_reached();
}

static enum vgpu_status image_create(void *opaque,
                                     struct vgpu_resource *resource)
{
    return vgpu_pixman_ops.image_create(((struct renderer *)opaque)->pixman,
                                        resource);
}

static void image_destroy(void *opaque, struct vgpu_resource *resource)
{
    vgpu_pixman_ops.image_destroy(((struct renderer *)opaque)->pixman,
                                  resource);
}

static uint8_t *image_pixels(void *opaque, struct vgpu_resource *resource)
{
    return vgpu_pixman_ops.image_pixels(((struct renderer *)opaque)->pixman,
                                        resource);
}

static enum vgpu_status transfer_2d(void *opaque,
                                    struct vgpu_resource *resource,
                                    const struct vgpu_rect *rect,
                                    uint64_t offset)
{
    return vgpu_pixman_ops.transfer_to_host(((struct renderer *)opaque)->pixman,
                                            resource, rect, offset);
}

/* A texture that is shown is read as the image that it looks like. */
static const struct vgpu_resource *as_image(struct renderer *r,
                                            const struct vgpu_resource *resource,
                                            const struct vgpu_layout *layout,
                                            struct vgpu_resource *image)
{
    struct fake_texture *texture = g_hash_table_lookup(r->textures, resource);

    if (!texture) {
        return resource;
    }
    *image = *resource;
    image->kind = VGPU_RESOURCE_IMAGE;
    if (texture->shape.target == VGPU_TARGET_BUFFER) {
        image->image = (struct vgpu_image) {
            .width = layout->width,
            .height = layout->height,
            .format = layout->format,
            .stride = layout->stride,
            .storage = texture->data,
        };
        return image;
    }
    image->image = (struct vgpu_image) {
        .width = texture->shape.width,
        .height = texture->shape.height,
        .format = texture->shape.format,
        .stride = texture->shape.width * VGPU_BYTES_PER_PIXEL,
        .storage = texture->data,
    };
    return image;
}

static enum vgpu_status read_pixels(void *opaque,
                                    const struct vgpu_resource *resource,
                                    const struct vgpu_layout *layout,
                                    const struct vgpu_rect *rect,
                                    const struct vgpu_pixels *dest)
{
    struct renderer *r = opaque;
    struct vgpu_resource image;

    return vgpu_pixman_ops.read_pixels(r->pixman, as_image(r, resource, layout, &image),
                                       layout, rect, dest);
}

static bool peek_pixels(void *opaque, const struct vgpu_resource *resource,
                        const struct vgpu_layout *layout,
                        const struct vgpu_rect *rect,
                        struct vgpu_const_pixels *pixels)
{
    struct renderer *r = opaque;
    struct vgpu_resource image;

    return vgpu_pixman_ops.peek_pixels(r->pixman, as_image(r, resource, layout, &image),
                                       layout, rect, pixels);
}

static enum vgpu_status read_cursor(void *opaque,
                                    const struct vgpu_resource *resource,
                                    const struct vgpu_layout *layout,
                                    const struct vgpu_pixels *dest)
{
    struct renderer *r = opaque;
    struct vgpu_resource image;

    return vgpu_pixman_ops.read_cursor(r->pixman, as_image(r, resource, layout, &image),
                                       layout, dest);
}

static const struct vgpu_renderer_3d_ops ops_3d = {
    .num_capsets = num_capsets,
    .capset = capset,
    .read_capset = read_capset,
    .context_create = context_create,
    .context_destroy = context_destroy,
    .context_attach = context_attach,
    .context_detach = context_detach,
    .texture_complaint = texture_complaint,
    .texture_create = texture_create,
    .blob_shape = blob_shape,
    .blob_create = blob_create,
    .blob_map = blob_map,
    .blob_unmap = blob_unmap,
    .memory_is_readable = memory_is_readable,
    .resource_destroy = resource_destroy,
    .backing_attached = backing_attached,
    .backing_detached = backing_detached,
    .share_pixels = share_pixels,
    .flush_shared = flush_shared,
    .transfer = transfer,
    .check_stream = check_stream,
    .submit = submit,
    .fence = fence,
    .poll_fd = poll_fd,
    .poll = poll,
};

const struct vgpu_renderer_ops fake_renderer_ops = {
    .name = "fake",
    .ops_3d = &ops_3d,
    .create = create,
    .destroy = destroy,
    .image_create = image_create,
    .image_destroy = image_destroy,
    .image_pixels = image_pixels,
    .transfer_to_host = transfer_2d,
    .read_pixels = read_pixels,
    .peek_pixels = peek_pixels,
    .read_cursor = read_cursor,
};
