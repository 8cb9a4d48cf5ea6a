/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "virgl-stream.h"

#include <string.h>

/* Numbers of commands. */
enum {
    NOP,
    CREATE_OBJECT,
    BIND_OBJECT,
    DESTROY_OBJECT,
    SET_VIEWPORT_STATE,
    SET_FRAMEBUFFER_STATE,
    SET_VERTEX_BUFFERS,
    CLEAR,
    DRAW_VBO,
    RESOURCE_INLINE_WRITE,
    SET_SAMPLER_VIEWS,
    SET_CONSTANT_BUFFER = 12,
    BLIT = 16,
    RESOURCE_COPY_REGION,
    BIND_SAMPLER_STATES,
    BEGIN_QUERY,
    END_QUERY,
    GET_QUERY_RESULT,
    SET_SUB_CTX = 28,
    CREATE_SUB_CTX,
    DESTROY_SUB_CTX,
    BIND_SHADER,
    TRANSFER3D = 43,
    PIPE_RESOURCE_CREATE = 48,
};

#define COMMAND(stream, number, object, ...)                            \
    do {                                                                \
        const uint32_t args_[] = { __VA_ARGS__ };                       \
        virgl_command(stream, number, object, args_,                    \
                      G_N_ELEMENTS(args_));                             \
    } while (0)

#define ALL_CHANNELS 0xfu
#define SHADER_TOKENS 1000u     /* room for the library's parser */
#define TO_HOST 1u
#define FROM_HOST 2u

static uint32_t of_float(float value)
{
    uint32_t word;

    memcpy(&word, &value, sizeof(word));
    return word;
}

void virgl_stream_init(struct virgl_stream *stream)
{
    stream->words = g_array_new(FALSE, FALSE, sizeof(uint32_t));
}

void virgl_stream_finish(struct virgl_stream *stream)
{
    g_array_unref(stream->words);
}

void virgl_stream_clear(struct virgl_stream *stream)
{
    g_array_set_size(stream->words, 0);
}

uint32_t virgl_stream_bytes(const struct virgl_stream *stream)
{
    return stream->words->len * sizeof(uint32_t);
}

static void put_header(struct virgl_stream *stream, unsigned number,
                       unsigned object, unsigned num)
{
    uint32_t header = number | object << 8 | num << 16;

    g_array_append_val(stream->words, header);
}

void virgl_command(struct virgl_stream *stream, unsigned number,
                   unsigned object, const uint32_t *args, unsigned num)
{
    put_header(stream, number, object, num);
    g_array_append_vals(stream->words, args, num);
}

/* Bytes as words, the last one filled with zeros. */
static void put_bytes(struct virgl_stream *stream, const void *data,
                      uint32_t bytes)
{
    guint at = stream->words->len;

    g_array_set_size(stream->words, at + (bytes + 3) / 4);
    memset(&g_array_index(stream->words, uint32_t, at), 0, (bytes + 3) / 4 * 4);
    memcpy(&g_array_index(stream->words, uint32_t, at), data, bytes);
}

void virgl_nop(struct virgl_stream *stream, unsigned num_args)
{
    put_header(stream, NOP, 0, num_args);
    for (unsigned i = 0; i < num_args; i++) {
        g_array_append_val(stream->words, i);
    }
}

void virgl_create_sub_context(struct virgl_stream *stream, uint32_t id)
{
    COMMAND(stream, CREATE_SUB_CTX, 0, id);
}

void virgl_set_sub_context(struct virgl_stream *stream, uint32_t id)
{
    COMMAND(stream, SET_SUB_CTX, 0, id);
}

void virgl_destroy_sub_context(struct virgl_stream *stream, uint32_t id)
{
    COMMAND(stream, DESTROY_SUB_CTX, 0, id);
}

void virgl_bind(struct virgl_stream *stream, enum virgl_object object,
                uint32_t handle)
{
    COMMAND(stream, BIND_OBJECT, object, handle);
}

void virgl_destroy(struct virgl_stream *stream, enum virgl_object object,
                   uint32_t handle)
{
    COMMAND(stream, DESTROY_OBJECT, object, handle);
}

void virgl_create_blend(struct virgl_stream *stream, uint32_t handle)
{
    uint32_t targets[8] = { ALL_CHANNELS << 27 };

    COMMAND(stream, CREATE_OBJECT, VIRGL_OBJECT_BLEND, handle, 0, 0,
            targets[0], targets[1], targets[2], targets[3], targets[4],
            targets[5], targets[6], targets[7]);
}

void virgl_create_dsa(struct virgl_stream *stream, uint32_t handle)
{
    COMMAND(stream, CREATE_OBJECT, VIRGL_OBJECT_DSA, handle, 0, 0, 0, 0);
}

void virgl_create_rasterizer(struct virgl_stream *stream, uint32_t handle)
{
    uint32_t depth_clip = 1u << 1;
    uint32_t multisample = 1u << 25;
    uint32_t half_pixel_center = 1u << 29;

    COMMAND(stream, CREATE_OBJECT, VIRGL_OBJECT_RASTERIZER, handle,
            depth_clip | multisample | half_pixel_center, of_float(1), 0, 0,
            of_float(1), 0, 0, 0);
}

void virgl_create_shader(struct virgl_stream *stream, uint32_t handle,
                         unsigned stage, const char *text)
{
    uint32_t bytes = strlen(text) + 1;
    const uint32_t args[] = { handle, stage, bytes, SHADER_TOKENS, 0 };

    put_header(stream, CREATE_OBJECT, VIRGL_OBJECT_SHADER,
               G_N_ELEMENTS(args) + (bytes + 3) / 4);
    g_array_append_vals(stream->words, args, G_N_ELEMENTS(args));
    put_bytes(stream, text, bytes);
}

void virgl_bind_shader(struct virgl_stream *stream, uint32_t handle,
                       unsigned stage)
{
    COMMAND(stream, BIND_SHADER, 0, handle, stage);
}

void virgl_set_constants(struct virgl_stream *stream, unsigned stage,
                         const uint32_t *words, unsigned num)
{
    put_header(stream, SET_CONSTANT_BUFFER, 0, 2 + num);
    put_bytes(stream, &(uint32_t){ stage }, 4);
    put_bytes(stream, &(uint32_t){ 0 }, 4);
    g_array_append_vals(stream->words, words, num);
}

void virgl_create_vertex_elements(struct virgl_stream *stream, uint32_t handle,
                                  unsigned num)
{
    put_header(stream, CREATE_OBJECT, VIRGL_OBJECT_VERTEX_ELEMENTS,
               1 + 4 * num);
    g_array_append_val(stream->words, handle);
    for (uint32_t i = 0; i < num; i++) {
        const uint32_t element[] = { i * 16, 0, 0, VIRGL_RGBA_FLOAT };

        g_array_append_vals(stream->words, element, G_N_ELEMENTS(element));
    }
}

void virgl_set_vertex_buffer(struct virgl_stream *stream, uint32_t resource,
                             uint32_t stride)
{
    COMMAND(stream, SET_VERTEX_BUFFERS, 0, stride, 0, resource);
}

void virgl_create_surface(struct virgl_stream *stream, uint32_t handle,
                          uint32_t resource, uint32_t format, uint32_t level)
{
    COMMAND(stream, CREATE_OBJECT, VIRGL_OBJECT_SURFACE, handle, resource,
            format, level, 0);
}

void virgl_set_framebuffer(struct virgl_stream *stream, uint32_t surface)
{
    COMMAND(stream, SET_FRAMEBUFFER_STATE, 0, 1, 0, surface);
}

void virgl_set_viewport(struct virgl_stream *stream, uint32_t width,
                        uint32_t height)
{
    uint32_t x = of_float(width / 2.0f), y = of_float(height / 2.0f);

    COMMAND(stream, SET_VIEWPORT_STATE, 0, 0, x, y, of_float(0.5f), x, y,
            of_float(0.5f));
}

void virgl_create_sampler_view(struct virgl_stream *stream, uint32_t handle,
                               uint32_t resource, uint32_t format)
{
    uint32_t identity = 0 | 1 << 3 | 2 << 6 | 3 << 9;

    COMMAND(stream, CREATE_OBJECT, VIRGL_OBJECT_SAMPLER_VIEW, handle, resource,
            format, 0, 0, identity);
}

/* Nearest texel, edges clamped. */
void virgl_create_sampler_state(struct virgl_stream *stream, uint32_t handle)
{
    uint32_t clamp = 2 | 2 << 3 | 2 << 6;
    uint32_t no_mipmaps = 2 << 11;

    COMMAND(stream, CREATE_OBJECT, VIRGL_OBJECT_SAMPLER_STATE, handle,
            clamp | no_mipmaps, 0, 0, 0, 0, 0, 0, 0);
}

void virgl_set_sampler(struct virgl_stream *stream, uint32_t view,
                       uint32_t state)
{
    COMMAND(stream, SET_SAMPLER_VIEWS, 0, VIRGL_FRAGMENT, 0, view);
    COMMAND(stream, BIND_SAMPLER_STATES, 0, VIRGL_FRAGMENT, 0, state);
}

void virgl_clear(struct virgl_stream *stream, const float rgba[4])
{
    uint32_t color_0 = 1 << 2;

    COMMAND(stream, CLEAR, 0, color_0, of_float(rgba[0]), of_float(rgba[1]),
            of_float(rgba[2]), of_float(rgba[3]), 0, 0, 0);
}

void virgl_draw(struct virgl_stream *stream, uint32_t start, uint32_t count,
                uint32_t instances)
{
    COMMAND(stream, DRAW_VBO, 0, start, count, VIRGL_TRIANGLES, 0, instances,
            0, 0, 0, 0, 0, start + count - 1, 0);
}

void virgl_blit(struct virgl_stream *stream, const struct virgl_place *dest,
                const struct virgl_place *source)
{
    COMMAND(stream, BLIT, 0, ALL_CHANNELS, 0, 0,
            dest->resource, dest->level, dest->format, dest->box.x,
            dest->box.y, dest->box.z, dest->box.width, dest->box.height,
            dest->box.depth, source->resource, source->level, source->format,
            source->box.x, source->box.y, source->box.z, source->box.width,
            source->box.height, source->box.depth);
}

void virgl_copy(struct virgl_stream *stream, const struct virgl_place *dest,
                const struct virgl_place *source)
{
    COMMAND(stream, RESOURCE_COPY_REGION, 0, dest->resource, dest->level,
            dest->box.x, dest->box.y, dest->box.z, source->resource,
            source->level, source->box.x, source->box.y, source->box.z,
            source->box.width, source->box.height, source->box.depth);
}

void virgl_create_query(struct virgl_stream *stream, uint32_t handle,
                        uint32_t type, uint32_t resource)
{
    COMMAND(stream, CREATE_OBJECT, VIRGL_OBJECT_QUERY, handle, type, 0,
            resource);
}

void virgl_begin_query(struct virgl_stream *stream, uint32_t handle)
{
    COMMAND(stream, BEGIN_QUERY, 0, handle);
}

void virgl_end_query(struct virgl_stream *stream, uint32_t handle)
{
    COMMAND(stream, END_QUERY, 0, handle);
}

void virgl_get_query_result(struct virgl_stream *stream, uint32_t handle)
{
    COMMAND(stream, GET_QUERY_RESULT, 0, handle, 0);
}

void virgl_transfer(struct virgl_stream *stream,
                    const struct virgl_place *place, uint32_t offset,
                    bool to_host)
{
    const struct wire_box *box = &place->box;

    COMMAND(stream, TRANSFER3D, 0, place->resource, place->level, 0, 0, 0,
            box->x, box->y, box->z, box->width, box->height, box->depth,
            offset, to_host ? TO_HOST : FROM_HOST);
}

void virgl_inline_write(struct virgl_stream *stream,
                        const struct virgl_place *place, const void *data,
                        uint32_t bytes)
{
    const struct wire_box *box = &place->box;
    const uint32_t args[] = {
        place->resource, place->level, 0, 0, 0, box->x, box->y, box->z,
        box->width, box->height, box->depth,
    };

    put_header(stream, RESOURCE_INLINE_WRITE, 0,
               G_N_ELEMENTS(args) + (bytes + 3) / 4);
    g_array_append_vals(stream->words, args, G_N_ELEMENTS(args));
    put_bytes(stream, data, bytes);
}

void virgl_pipe_resource_create(struct virgl_stream *stream,
                                const struct wire_create_3d *shape,
                                uint32_t blob_id)
{
    COMMAND(stream, PIPE_RESOURCE_CREATE, 0, shape->target, shape->format,
            shape->bind, shape->width, shape->height, shape->depth,
            shape->array_size, shape->last_level, shape->nr_samples,
            shape->flags, blob_id);
}
