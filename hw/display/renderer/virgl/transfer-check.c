/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "transfer-check.h"

#include "hw/virtio/vgpu/backing.h"
#include "hw/virtio/vgpu/context.h"
#include "hw/virtio/vgpu/resource.h"
#include "stream.h"

/* Arguments of the three transfers. */
enum {
    RESOURCE = 1,
    LEVEL,
    USAGE,
    STRIDE,
    LAYER_STRIDE,
    BOX,                        /* x, y, z, width, height, depth */
    INLINE_DATA = 12,
    OFFSET = 12,
    DIRECTION,
    COPY_MEMORY = 12,           /* the resource whose backing it is about */
    COPY_OFFSET,
    COPY_FLAGS,
};
#define TO_HOST 1
#define COPY_FROM_HOST 2u

/* Arguments of a query, and of one whose result goes into a buffer. */
#define QUERY_RESOURCE 4
#define RESULT_BUFFER 2
#define QUERY_BYTES 16          /* struct virgl_host_query_state */

#define MEMORY_INFO_BYTES 24    /* struct virgl_memory_info */

/* Buffers that the library keeps in no OpenGL but in its memory or ours. */
#define BIND_CUSTOM (1u << 17)
#define BIND_STAGING (1u << 19)

static bool is_system_memory(const struct vgpu_resource *resource)
{
    return resource->kind == VGPU_RESOURCE_TEXTURE &&
           resource->texture.target == VGPU_TARGET_BUFFER &&
           resource->texture.bind & (BIND_CUSTOM | BIND_STAGING);
}

/* Behind @offset the library counts in 32 bits. */
static uint64_t reach(uint64_t bytes, uint64_t offset)
{
    return bytes - offset > UINT32_MAX && bytes > offset
           ? offset + UINT32_MAX : bytes;
}

static bool has_transfer(const struct vgpu_resource *resource,
                         const uint32_t *words, uint64_t offset,
                         uint64_t bytes)
{
    const struct vgpu_texture shape = vgpu_resource_shape(resource);
    const struct vgpu_transfer_3d transfer = {
        .level = words[LEVEL],
        .stride = words[STRIDE],
        .layer_stride = words[LAYER_STRIDE],
        .offset = offset,
        .box = {
            .x = words[BOX],
            .y = words[BOX + 1],
            .z = words[BOX + 2],
            .width = words[BOX + 3],
            .height = words[BOX + 4],
            .depth = words[BOX + 5],
        },
    };

    return transfer.level <= shape.last_level &&
           transfer.stride <= INT32_MAX && transfer.layer_stride <= INT32_MAX &&
           vgpu_texture_has_box(&shape, transfer.level, &transfer.box) &&
           vgpu_texture_transfer_fits(&shape, &transfer, reach(bytes, offset));
}

static uint64_t backing_bytes(const struct vgpu_resource *resource)
{
    return resource->backing ? vgpu_backing_bytes(resource->backing) : 0;
}

/*
 * Into memory in pieces the library goes by a buffer of its own, of which it
 * fills one layer and copies all.
 */
static bool is_filled(const struct vgpu_resource *memory, const uint32_t *words)
{
    uint32_t pieces = 0;

    if (memory->backing) {
        (void)vgpu_backing_iov(memory->backing, &pieces);
    }
    return pieces <= 1 || words[BOX + 5] <= 1;
}

/* While it is mapped: reading it the library would unmap it. */
static bool is_mapped(const struct vgpu_resource *resource)
{
    return resource->host_blob.data != NULL;
}

static bool transfer_fits(const struct vgpu_resource *resource,
                          const uint32_t *words)
{
    return has_transfer(resource, words, words[OFFSET],
                        backing_bytes(resource)) &&
           (words[DIRECTION] == TO_HOST ||
            (is_filled(resource, words) && !is_mapped(resource)));
}

static bool copy_fits(const struct vgpu_context *context,
                      const struct vgpu_resource *resource,
                      const uint32_t *words)
{
    const struct vgpu_resource *memory =
        vgpu_context_resource(context, words[COPY_MEMORY]);

    return !memory ||
           (has_transfer(resource, words, words[COPY_OFFSET],
                         backing_bytes(memory)) &&
            (!(words[COPY_FLAGS] & COPY_FROM_HOST) ||
             (is_filled(memory, words) && !is_mapped(resource))));
}

/* It is written as one piece. */
static bool has_memory_info(const struct vgpu_resource *resource)
{
    const struct iovec *iov = NULL;
    uint32_t count = 0;

    if (resource->backing) {
        iov = vgpu_backing_iov(resource->backing, &count);
    }
    return count && iov && iov[0].iov_len >= MEMORY_INFO_BYTES;
}

/* Which argument names the resource that counts here. */
static uint32_t resource_argument(const struct vgpu_virgl_command *command)
{
    switch (command->number) {
    case VGPU_VIRGL_CREATE_OBJECT:
        return command->length >= QUERY_RESOURCE ? QUERY_RESOURCE : RESOURCE;
    case VGPU_VIRGL_GET_QUERY_RESULT_TO_BUFFER:
        return command->length >= RESULT_BUFFER ? RESULT_BUFFER : RESOURCE;
    default:
        return RESOURCE;
    }
}

/* A command that is too short is for the library to refuse. */
static bool fits(const struct vgpu_context *context,
                 const struct vgpu_virgl_command *command)
{
    const uint32_t *words = command->words;
    const struct vgpu_resource *resource = NULL;

    if (command->length >= RESOURCE) {
        resource = vgpu_context_resource(context,
                                         words[resource_argument(command)]);
    }
    /* The library knows no pixels of what has no shape. */
    if (!resource || !vgpu_resource_has_shape(resource)) {
        return true;
    }
    switch (command->number) {
    case VGPU_VIRGL_INLINE_WRITE:
        return command->length < INLINE_DATA ||
               has_transfer(resource, words, 0,
                            (command->length - INLINE_DATA + 1) * 4ull);
    case VGPU_VIRGL_TRANSFER:
        return command->length < DIRECTION || transfer_fits(resource, words);
    case VGPU_VIRGL_COPY_TRANSFER:
        return command->length < COPY_FLAGS ||
               copy_fits(context, resource, words);
    case VGPU_VIRGL_GET_QUERY_RESULT_TO_BUFFER:
        return !is_mapped(resource);
    case VGPU_VIRGL_GET_MEMORY_INFO:
        return has_memory_info(resource);
    case VGPU_VIRGL_CREATE_OBJECT:
        return command->object != VGPU_VIRGL_QUERY ||
               command->length < QUERY_RESOURCE ||
               vgpu_resource_shape(resource).width >= QUERY_BYTES;
    default:
        return true;
    }
}

/* What is system memory is written where it is, which may be the guest's. */
static bool writes_memory_of(const struct vgpu_context *context, uint32_t id)
{
    const struct vgpu_resource *resource = vgpu_context_resource(context, id);

    return resource && is_system_memory(resource);
}

/* Anything that is not known might. */
static bool writes(const struct vgpu_context *context,
                   const struct vgpu_virgl_command *command)
{
    const uint32_t *words = command->words;

    switch (command->number) {
    case VGPU_VIRGL_GET_QUERY_RESULT:
    case VGPU_VIRGL_GET_MEMORY_INFO:
        return true;
    case VGPU_VIRGL_INLINE_WRITE:
        return command->length >= RESOURCE &&
               writes_memory_of(context, words[RESOURCE]);
    case VGPU_VIRGL_TRANSFER:
        return command->length >= DIRECTION &&
               (words[DIRECTION] != TO_HOST ||
                writes_memory_of(context, words[RESOURCE]));
    case VGPU_VIRGL_COPY_TRANSFER:
        return command->length >= COPY_FLAGS &&
               (words[COPY_FLAGS] & COPY_FROM_HOST ||
                writes_memory_of(context, words[RESOURCE]));
    default:
        return command->number > VGPU_VIRGL_LAST_WITHOUT_VIDEO;
    }
}

bool vgpu_virgl_transfers_fit(const struct vgpu_context *context,
                              const uint8_t *stream, uint64_t bytes,
                              bool *writes_guest)
{
    struct vgpu_virgl_stream walk = vgpu_virgl_stream(stream, bytes);
    struct vgpu_virgl_command command;

    *writes_guest = false;
    while (vgpu_virgl_stream_next(&walk, &command)) {
        if (!fits(context, &command)) {
            return false;
        }
        *writes_guest |= writes(context, &command);
    }
    return true;
}
