/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "gl.h"

#include <string.h>

#include "draw.h"
#include "harness.h"

#define BYTES_PER_TEXEL 4u

void gl_preload(const char *variable)
{
    /* A sanitizer's runtime must come first. */
    const char *others = g_getenv("LD_PRELOAD") ?: "";
    g_autofree char *preloaded = g_strjoin(":", others, g_getenv(variable),
                                           NULL);

    g_setenv("LD_PRELOAD", preloaded, true);
}

void gl_expect_noise(struct guest *guest)
{
    guest_expect_noise(guest, "virtio-gpu: renderer ");
}

static char *arguments(const char *properties)
{
    return g_strdup_printf("-device virtio-gpu-gl-pci,id=gpu,context-init=on%s%s",
                           g_getenv("QTEST_GL_ROUTE") ?: "", properties);
}

struct gpu *gl_boot_kept(const char *properties)
{
    g_autofree char *args = arguments(properties);
    struct guest *guest = guest_start(&(struct guest_options){
        .args = args,
        .keep = args,
    });

    if (guest->user) {
        gpu_restart(guest->user, NULL);
        return guest->user;
    }
    guest->user = gpu_find(guest, 0);
    gl_expect_noise(guest);
    gpu_start(guest->user, NULL);
    return guest->user;
}

struct gpu *gl_boot(const char *properties, bool displays,
                    const struct gpu_options *options)
{
    g_autofree char *args = arguments(properties);
    struct guest_options guest_options = {
        .args = args,
        .displays = displays,
    };
    struct guest *guest = guest_start(&guest_options);
    struct gpu *gpu = gpu_find(guest, 0);

    gl_expect_noise(guest);
    gpu_start(gpu, options);
    expect_true(gpu->features & GPU_F_VIRGL, "VIRGL is not offered");
    return gpu;
}

static bool is_buffer(const struct gl_texture *texture)
{
    return texture->height == 0;
}

struct wire_create_3d gl_create_request(const struct gl_texture *texture)
{
    bool buffer = is_buffer(texture);

    return (struct wire_create_3d){
        .header.type = CMD_RESOURCE_CREATE_3D,
        .resource_id = texture->id,
        .target = texture->target ?: buffer ? VIRGL_BUFFER : VIRGL_2D,
        .format = texture->format ?: buffer ? VIRGL_R8 : FORMAT_B8G8R8A8,
        .bind = texture->bind ?: VIRGL_BIND_RENDER_TARGET |
                                 VIRGL_BIND_SAMPLER_VIEW,
        .width = texture->width,
        .height = texture->height ?: 1,
        .depth = texture->depth ?: 1,
        .array_size = texture->array_size ?: 1,
        .last_level = texture->last_level,
        .nr_samples = texture->nr_samples,
        .flags = texture->flags,
    };
}

uint32_t gl_try_create(struct gpu *gpu, const struct gl_texture *texture)
{
    struct wire_create_3d request = gl_create_request(texture);

    return gpu_status(gpu, &request, sizeof(request));
}

static uint32_t natural_bytes(const struct gl_texture *texture)
{
    return is_buffer(texture)
           ? texture->width
           : texture->width * texture->height * BYTES_PER_TEXEL;
}

void gl_create(struct gl_texture *texture, struct gpu *gpu)
{
    struct wire_entry entry;

    expect_eq(gl_try_create(gpu, texture), RESP_OK_NODATA,
              "CREATE_3D of resource %u, format %u", texture->id,
              texture->format);
    texture->gpu = gpu;
    if (texture->bare) {
        return;
    }
    texture->backing_bytes = texture->backing_bytes ?: natural_bytes(texture);
    texture->backing = guest_ram_alloc(gpu->guest, texture->backing_bytes);
    entry = (struct wire_entry){ texture->backing, texture->backing_bytes, 0 };
    draw_attach(gpu, texture->id, &entry, 1);
}

void *gl_memory(const struct gl_texture *texture)
{
    return guest_memory(texture->gpu->guest, texture->backing,
                        texture->backing_bytes);
}

uint32_t gl_try_create_context(struct gpu *gpu, uint32_t context,
                               const char *name)
{
    struct wire_ctx_create request = {
        .header.type = CMD_CTX_CREATE,
        .header.ctx_id = context,
        .nlen = strlen(name),
    };

    memcpy(request.debug_name, name, MIN(strlen(name), 64));
    return gpu_status(gpu, &request, sizeof(request));
}

void gl_create_context(struct gpu *gpu, uint32_t context, const char *name)
{
    expect_eq(gl_try_create_context(gpu, context, name), RESP_OK_NODATA,
              "CTX_CREATE %u", context);
}

void gl_destroy_context(struct gpu *gpu, uint32_t context)
{
    const struct wire_header request = {
        .type = CMD_CTX_DESTROY,
        .ctx_id = context,
    };

    gpu_expect(gpu, &request, sizeof(request), RESP_OK_NODATA, "CTX_DESTROY");
}

uint32_t gl_context_command(struct gpu *gpu, uint32_t type, uint32_t context,
                            uint32_t resource)
{
    const struct wire_resource request = {
        .header.type = type,
        .header.ctx_id = context,
        .resource_id = resource,
    };

    return gpu_status(gpu, &request, sizeof(request));
}

void gl_attach(struct gpu *gpu, uint32_t context, uint32_t resource)
{
    expect_eq(gl_context_command(gpu, CMD_CTX_ATTACH_RESOURCE, context,
                                 resource),
              RESP_OK_NODATA, "CTX_ATTACH_RESOURCE of %u to %u", resource,
              context);
}

void gl_detach(struct gpu *gpu, uint32_t context, uint32_t resource)
{
    expect_eq(gl_context_command(gpu, CMD_CTX_DETACH_RESOURCE, context,
                                 resource),
              RESP_OK_NODATA, "CTX_DETACH_RESOURCE of %u from %u", resource,
              context);
}

uint32_t gl_transfer(struct gpu *gpu, uint32_t type, uint32_t context,
                     const struct wire_transfer_3d *transfer)
{
    struct wire_transfer_3d request = *transfer;

    request.header.type = type;
    request.header.ctx_id = context;
    return gpu_status(gpu, &request, sizeof(request));
}

static void copy(const struct gl_texture *texture, uint32_t type,
                 const struct wire_box *box)
{
    const struct wire_box all = {
        0, 0, 0, texture->width, MAX(texture->height, 1), 1,
    };
    struct wire_transfer_3d transfer = {
        .box = box ? *box : all,
        .resource_id = texture->id,
        .stride = is_buffer(texture) ? 0 : texture->width * BYTES_PER_TEXEL,
    };

    transfer.offset = is_buffer(texture)
                      ? transfer.box.x
                      : transfer.box.y * transfer.stride +
                        transfer.box.x * BYTES_PER_TEXEL;
    expect_eq(gl_transfer(texture->gpu, type, 0, &transfer), RESP_OK_NODATA,
              "a transfer of resource %u", texture->id);
}

void gl_to_host(const struct gl_texture *texture, const struct wire_box *box)
{
    copy(texture, CMD_TRANSFER_TO_HOST_3D, box);
}

void gl_from_host(const struct gl_texture *texture, const struct wire_box *box)
{
    copy(texture, CMD_TRANSFER_FROM_HOST_3D, box);
}

struct wire_submit *gl_submit_request(uint32_t context,
                                      const struct virgl_stream *stream,
                                      uint32_t *bytes)
{
    uint32_t size = virgl_stream_bytes(stream);
    struct wire_submit *request;

    *bytes = sizeof(*request) + size;
    request = g_malloc0(*bytes);
    request->header.type = CMD_SUBMIT_3D;
    request->header.ctx_id = context;
    request->size = size;
    if (size) {
        memcpy(request + 1, stream->words->data, size);
    }
    return request;
}

uint32_t gl_submit(struct gpu *gpu, uint32_t context,
                   const struct virgl_stream *stream)
{
    uint32_t bytes;
    g_autofree struct wire_submit *request = gl_submit_request(context, stream,
                                                               &bytes);

    return gpu_status(gpu, request, bytes);
}

uint32_t gl_submit_fenced(struct gpu *gpu, uint32_t context,
                          const struct virgl_stream *stream)
{
    uint32_t bytes;
    g_autofree struct wire_submit *request = gl_submit_request(context, stream,
                                                               &bytes);

    request->header.flags = FLAG_FENCE;
    request->header.fence_id = 1;
    return gpu_status(gpu, request, bytes);
}
