/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "virgl.h"

#include <errno.h>
#include <glib.h>
#include <malloc.h>
#include <string.h>

#include "hw/virtio/vgpu/budget.h"
#include "hw/virtio/vgpu/context.h"
#include "hw/virtio/vgpu/resource.h"
#include "holdings.h"
#include "internal.h"
#include "transfer-check.h"
#include "ring-context.h"
#include "virgl-compat.h"
#include "texels.h"

/* Contexts that end before their memory goes back to the kernel. */
#define TRIM_CONTEXTS 8

static void list_capsets(struct virgl_renderer *renderer)
{
    uint32_t *next = renderer->capsets;

    *next++ = VGPU_CAPSET_VIRGL;
    *next++ = VGPU_CAPSET_VIRGL2;
    if (vgpu_virgl_library_server(renderer->library)) {
        *next++ = VGPU_CAPSET_VENUS;
    }
    if (vgpu_virgl_library_has_native(renderer->library)) {
        *next++ = VGPU_CAPSET_DRM;
    }
    renderer->num_capsets = next - renderer->capsets;
}

/* False with the cause in *@error where it is asked for and cannot be. */
static bool choose_zeroing(struct virgl_renderer *renderer,
                           const struct vgpu_virgl_options *options,
                           char **error)
{
    bool is_gpu = *options->taken == VGPU_VIRGL_GPU;
    const char *lacks;

    renderer->zeroes = options->zero_memory == VGPU_VIRGL_ZERO_ON ||
                       (options->zero_memory == VGPU_VIRGL_ZERO_AUTO && is_gpu);
    if (!renderer->zeroes) {
        return true;
    }
    virgl_renderer_force_ctx_0();
    if (options->zero_memory == VGPU_VIRGL_ZERO_AUTO &&
        vgpu_virgl_texels_are_a_hosts()) {
        renderer->zeroes = false;
        return true;
    }
    lacks = vgpu_virgl_texels_zero_lacks();
    if (!lacks) {
        return true;
    }
    *error = g_strdup_printf("new memory cannot be zeroed, as OpenGL here lacks "
                             "%s: install a newer Mesa, or use zero-memory=off "
                             "where the guest's programs trust each other",
                             lacks);
    renderer->zeroes = false;
    return options->zero_memory != VGPU_VIRGL_ZERO_ON;
}

static bool start_zeroing(struct virgl_renderer *renderer,
                          const struct vgpu_virgl_options *options,
                          char **error)
{
    g_autofree char *why = NULL;

    if (!choose_zeroing(renderer, options, &why)) {
        *error = g_steal_pointer(&why);
        return false;
    }
    if (why) {
        renderer->host.warn(renderer->host.opaque, why);
    }
    return true;
}

static void *virgl_create(const struct vgpu_renderer_config *config,
                          char **error)
{
    struct vgpu_virgl_library *library =
        vgpu_virgl_library_open(config->options, &config->host, error);
    struct virgl_renderer *renderer;

    if (!library) {
        return NULL;
    }
    renderer = g_new0(struct virgl_renderer, 1);
    renderer->budget = config->budget;
    renderer->host = config->host;
    renderer->library = library;
    if (!start_zeroing(renderer, config->options, error)) {
        vgpu_virgl_library_close(library);
        g_free(renderer);
        return NULL;
    }
    renderer->pixman = vgpu_pixman_ops.create(config, error);
    renderer->pins = vgpu_virgl_pins_create(config->budget);
    vgpu_readback_init(&renderer->readback);
    virgl_formats_init(renderer);
    virgl_ring_contexts_init(renderer);
    list_capsets(renderer);
    return renderer;
}

static void virgl_destroy(void *opaque)
{
    struct virgl_renderer *renderer = opaque;

    vgpu_virgl_library_close(renderer->library);
    virgl_ring_contexts_finish(renderer);
    vgpu_readback_finish(&renderer->readback);
    vgpu_virgl_pins_destroy(renderer->pins);
    vgpu_pixman_ops.destroy(renderer->pixman);
    g_free(renderer);
}

static uint32_t virgl_num_capsets(void *opaque)
{
    struct virgl_renderer *renderer = opaque;

    return renderer->num_capsets;
}

static struct vgpu_capset virgl_capset(void *opaque, uint32_t index)
{
    struct virgl_renderer *renderer = opaque;
    struct vgpu_capset capset = { .id = renderer->capsets[index] };

    virgl_renderer_get_cap_set(capset.id, &capset.max_version,
                               &capset.max_bytes);
    return capset;
}

static enum vgpu_status virgl_read_capset(void *opaque, uint32_t index,
                                          uint32_t version, uint8_t *data)
{
    struct virgl_renderer *renderer = opaque;

    virgl_renderer_force_ctx_0();
    virgl_renderer_fill_caps(renderer->capsets[index], version, data);
    return VGPU_OK;
}

/*
 * The library makes the OpenGL context of the new one the current one but goes
 * on taking the one before for it, which would then draw with names of another
 * (0.10.4 and 1.3, vrend_renderer_create_sub_ctx()).
 */
static int create_context(const struct vgpu_context *context)
{
    int ret = virgl_renderer_context_create_with_flags(context->id,
                                                       context->capset_id,
                                                       strlen(context->name),
                                                       context->name);

    virgl_renderer_force_ctx_0();
    return ret;
}

static enum vgpu_status virgl_context_create(void *opaque,
                                             struct vgpu_context *context)
{
    struct virgl_renderer *renderer = opaque;
    struct vgpu_virgl_holdings *holdings;

    if (virgl_has_rings(context)) {
        return virgl_ring_context_create(renderer, context);
    }
    holdings = vgpu_virgl_holdings_create(renderer->budget, renderer->pins);
    if (!holdings) {
        return VGPU_ERR_OUT_OF_MEMORY;
    }
    if (create_context(context)) {
        vgpu_virgl_holdings_destroy(holdings);
        return VGPU_ERR_UNSPEC;
    }
    context->rendering = holdings;
    renderer->num_contexts++;
    return VGPU_OK;
}

/*
 * The C library keeps what was freed for what may come, megabytes for each
 * context: it goes back to the kernel now and then, and with the last one.
 */
static void virgl_context_destroy(void *opaque, struct vgpu_context *context)
{
    struct virgl_renderer *renderer = opaque;

    if (virgl_has_rings(context)) {
        virgl_ring_context_destroy(renderer, context);
        return;
    }
    virgl_renderer_context_destroy(context->id);
    virgl_streams_wrote(context);
    vgpu_virgl_library_fence_again(renderer->library);
    vgpu_virgl_holdings_destroy(context->rendering);
    if (--renderer->num_contexts == 0 ||
        ++renderer->num_untrimmed == TRIM_CONTEXTS) {
        malloc_trim(0);
        renderer->num_untrimmed = 0;
    }
}

static enum vgpu_status virgl_context_attach(void *opaque,
                                             struct vgpu_context *context,
                                             struct vgpu_resource *resource)
{
    enum vgpu_status status;

    if (virgl_has_rings(context)) {
        virgl_ring_context_attach(opaque, context, resource);
        return VGPU_OK;
    }
    status = virgl_host(opaque, resource);
    if (status == VGPU_OK && resource->hosted) {
        virgl_renderer_ctx_attach_resource((int)context->id,
                                           (int)resource->id);
    }
    return status;
}

static void virgl_context_detach(void *opaque, struct vgpu_context *context,
                                 struct vgpu_resource *resource)
{
    if (virgl_has_rings(context)) {
        virgl_ring_context_detach(opaque, context, resource);
    } else if (resource->hosted) {
        virgl_renderer_ctx_detach_resource((int)context->id,
                                           (int)resource->id);
        virgl_wrote(resource);
    }
}

static enum vgpu_status virgl_check_stream(void *opaque,
                                           const struct vgpu_context *context,
                                           uint64_t bytes)
{
    (void)opaque;
    (void)context;
    return bytes % sizeof(uint32_t) ? VGPU_ERR_PARAMETER : VGPU_OK;
}

static int submit(const struct vgpu_context *context, void *stream,
                  uint64_t bytes)
{
    return virgl_renderer_submit_cmd(stream, (int)context->id,
                                     (int)(bytes / sizeof(uint32_t)));
}

/*
 * A context that the library gave up takes commands as long as it is the
 * current one, and does nothing for them.
 */
static bool is_lost(const struct vgpu_context *context)
{
    uint32_t nothing = 0;

    virgl_renderer_force_ctx_0();
    return submit(context, &nothing, 0) != 0;
}

/* An empty one as well: a fence needs the context to be the current. */
static enum vgpu_status pass_on(struct virgl_renderer *renderer,
                                const struct vgpu_context *context,
                                uint8_t *stream, uint64_t bytes)
{
    uint32_t complaints = vgpu_virgl_library_complaints(renderer->library);
    uint32_t nothing = 0;
    int ret = submit(context, bytes ? (void *)stream : &nothing, bytes);

    /* Not every command that fails says so: some are only complained about. */
    if (complaints != vgpu_virgl_library_complaints(renderer->library) &&
        is_lost(context)) {
        return VGPU_ERR_UNSPEC;
    }
    return ret == 0 ? VGPU_OK
           : ret == ENOMEM || ret == -ENOMEM ? VGPU_ERR_OUT_OF_MEMORY
                                             : VGPU_ERR_UNSPEC;
}

static enum vgpu_status virgl_submit(void *opaque,
                                     struct vgpu_context *context,
                                     uint8_t *stream, uint64_t bytes)
{
    struct virgl_renderer *renderer = opaque;
    enum vgpu_status status;
    bool writes_guest;
    uint64_t charged;

    if (virgl_has_rings(context)) {
        return virgl_ring_context_submit(renderer, context, stream, bytes);
    }
    virgl_tame_objects(stream, bytes);
    if (!vgpu_virgl_transfers_fit(context, stream, bytes, &writes_guest)) {
        return VGPU_ERR_UNSPEC;
    }
    status = vgpu_virgl_holdings_charge(context->rendering, stream, bytes,
                                        &charged);
    if (status != VGPU_OK) {
        return status;
    }
    if (!writes_guest) {
        renderer->host.writes_no_more(renderer->host.opaque);
    }
    vgpu_readback_forget(&renderer->readback);
    status = pass_on(renderer, context, stream, bytes);
    if (writes_guest) {
        virgl_streams_wrote(context);
    }
    vgpu_virgl_holdings_settle(context->rendering, context, stream, bytes,
                               charged, status == VGPU_OK);
    return status;
}

/* Rings of OpenGL are one. */
static enum vgpu_status virgl_fence(void *opaque, struct vgpu_context *context,
                                    uint32_t ring, uint64_t token)
{
    struct virgl_renderer *renderer = opaque;

    if (virgl_has_rings(context)) {
        return virgl_ring_context_fence(renderer, context, ring, token);
    }
    return vgpu_virgl_library_fence(renderer->library, token)
           ? VGPU_ERR_PARAMETER : VGPU_OK;
}

static int virgl_poll_fd(void *opaque)
{
    struct virgl_renderer *renderer = opaque;

    return renderer->poll_fd >= 0 ? renderer->poll_fd
                                  : virgl_renderer_get_poll_fd();
}

static void virgl_poll(void *opaque)
{
    struct virgl_renderer *renderer = opaque;

    virgl_renderer_poll();
    renderer->host.writes_no_more(renderer->host.opaque);
    virgl_ring_contexts_poll(renderer);
}

static const struct vgpu_renderer_3d_ops virgl_3d_ops = {
    .num_capsets = virgl_num_capsets,
    .capset = virgl_capset,
    .read_capset = virgl_read_capset,
    .context_create = virgl_context_create,
    .context_destroy = virgl_context_destroy,
    .context_attach = virgl_context_attach,
    .context_detach = virgl_context_detach,
    .texture_complaint = virgl_texture_complaint,
    .texture_create = virgl_texture_create,
    .blob_shape = virgl_blob_shape,
    .blob_create = virgl_blob_create,
    .blob_map = virgl_blob_map,
    .blob_unmap = virgl_blob_unmap,
    .memory_is_readable = virgl_memory_is_readable,
    .resource_destroy = virgl_resource_destroy,
    .backing_attached = virgl_backing_attached,
    .backing_detached = virgl_backing_detached,
    .share_pixels = virgl_share_pixels,
    .flush_shared = virgl_flush_shared,
    .transfer = virgl_transfer,
    .check_stream = virgl_check_stream,
    .submit = virgl_submit,
    .fence = virgl_fence,
    .poll_fd = virgl_poll_fd,
    .poll = virgl_poll,
};

const struct vgpu_renderer_ops vgpu_virgl_ops = {
    .name = "virgl",
    .ops_3d = &virgl_3d_ops,
    .create = virgl_create,
    .destroy = virgl_destroy,
    .image_create = virgl_image_create,
    .image_destroy = virgl_image_destroy,
    .image_pixels = virgl_image_pixels,
    .transfer_to_host = virgl_transfer_2d,
    .prepare_pixels = virgl_prepare_pixels,
    .read_pixels = virgl_read_pixels,
    .peek_pixels = virgl_peek_pixels,
    .picture = virgl_picture,
    .read_cursor = virgl_read_cursor,
};
