/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Command streams of virgl, which Linux' Mesa sends and virglrenderer reads:
 * Gallium's calls and states as numbers.  One function a command; handles are
 * the caller's and live in a sub-context.  A stream lives from init to finish;
 * one thread.
 */
#ifndef TESTS_QTEST_VIRGL_STREAM_H
#define TESTS_QTEST_VIRGL_STREAM_H

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>

#include "wire-3d.h"

/* Gallium's numbers. */
enum {
    VIRGL_BUFFER     = 0,       /* targets */
    VIRGL_1D         = 1,
    VIRGL_2D         = 2,
    VIRGL_3D         = 3,
    VIRGL_CUBE       = 4,
    VIRGL_1D_ARRAY   = 6,
    VIRGL_2D_ARRAY   = 7,
    VIRGL_CUBE_ARRAY = 8,

    VIRGL_VERTEX     = 0,       /* stages */
    VIRGL_FRAGMENT   = 1,

    VIRGL_TRIANGLES  = 4,       /* primitives */

    VIRGL_R8         = 64,      /* formats beside those of pictures */
    VIRGL_RGBA_FLOAT = 31,

    VIRGL_OCCLUSION_COUNTER = 0,
};

#define VIRGL_BIND_RENDER_TARGET (1u << 1)
#define VIRGL_BIND_SAMPLER_VIEW  (1u << 3)
#define VIRGL_BIND_VERTEX_BUFFER (1u << 4)
#define VIRGL_BIND_CUSTOM        (1u << 17)

/* Kinds of objects. */
enum virgl_object {
    VIRGL_OBJECT_BLEND = 1,
    VIRGL_OBJECT_RASTERIZER,
    VIRGL_OBJECT_DSA,
    VIRGL_OBJECT_SHADER,
    VIRGL_OBJECT_VERTEX_ELEMENTS,
    VIRGL_OBJECT_SAMPLER_VIEW,
    VIRGL_OBJECT_SAMPLER_STATE,
    VIRGL_OBJECT_SURFACE,
    VIRGL_OBJECT_QUERY,
};

struct virgl_stream {
    GArray *words;              /* of uint32_t */
};

void virgl_stream_init(struct virgl_stream *stream);
void virgl_stream_finish(struct virgl_stream *stream);
void virgl_stream_clear(struct virgl_stream *stream);
uint32_t virgl_stream_bytes(const struct virgl_stream *stream);

/* Any command: its number, kind of object and arguments. */
void virgl_command(struct virgl_stream *stream, unsigned number,
                   unsigned object, const uint32_t *args, unsigned num);

void virgl_nop(struct virgl_stream *stream, unsigned num_args);
void virgl_create_sub_context(struct virgl_stream *stream, uint32_t id);
void virgl_set_sub_context(struct virgl_stream *stream, uint32_t id);
void virgl_destroy_sub_context(struct virgl_stream *stream, uint32_t id);

void virgl_bind(struct virgl_stream *stream, enum virgl_object object,
                uint32_t handle);
void virgl_destroy(struct virgl_stream *stream, enum virgl_object object,
                   uint32_t handle);

/* Plain state: no blending, no depth; all samples, where there are some. */
void virgl_create_blend(struct virgl_stream *stream, uint32_t handle);
void virgl_create_dsa(struct virgl_stream *stream, uint32_t handle);
void virgl_create_rasterizer(struct virgl_stream *stream, uint32_t handle);

/* TGSI as text; @text ends with "END\n". */
void virgl_create_shader(struct virgl_stream *stream, uint32_t handle,
                         unsigned stage, const char *text);
void virgl_bind_shader(struct virgl_stream *stream, uint32_t handle,
                       unsigned stage);
void virgl_set_constants(struct virgl_stream *stream, unsigned stage,
                         const uint32_t *words, unsigned num);

/* @num attributes of four floats each, one behind the other. */
void virgl_create_vertex_elements(struct virgl_stream *stream, uint32_t handle,
                                  unsigned num);
void virgl_set_vertex_buffer(struct virgl_stream *stream, uint32_t resource,
                             uint32_t stride);

void virgl_create_surface(struct virgl_stream *stream, uint32_t handle,
                          uint32_t resource, uint32_t format, uint32_t level);
void virgl_set_framebuffer(struct virgl_stream *stream, uint32_t surface);

/* -1 to 1 is 0 to @width, and 0 to @height. */
void virgl_set_viewport(struct virgl_stream *stream, uint32_t width,
                        uint32_t height);

void virgl_create_sampler_view(struct virgl_stream *stream, uint32_t handle,
                               uint32_t resource, uint32_t format);
void virgl_create_sampler_state(struct virgl_stream *stream, uint32_t handle);
void virgl_set_sampler(struct virgl_stream *stream, uint32_t view,
                       uint32_t state);

void virgl_clear(struct virgl_stream *stream, const float rgba[4]);
void virgl_draw(struct virgl_stream *stream, uint32_t start, uint32_t count,
                uint32_t instances);

/* Rows as streams count them, see gl-paint.h. */
struct virgl_place {
    uint32_t resource;
    uint32_t level;
    uint32_t format;            /* of a blit */
    struct wire_box box;        /* of a copy's target only the corner */
};
void virgl_blit(struct virgl_stream *stream, const struct virgl_place *dest,
                const struct virgl_place *source);
void virgl_copy(struct virgl_stream *stream, const struct virgl_place *dest,
                const struct virgl_place *source);

/* The result goes into a buffer with VIRGL_BIND_CUSTOM, 16 bytes of it. */
void virgl_create_query(struct virgl_stream *stream, uint32_t handle,
                        uint32_t type, uint32_t resource);
void virgl_begin_query(struct virgl_stream *stream, uint32_t handle);
void virgl_end_query(struct virgl_stream *stream, uint32_t handle);
void virgl_get_query_result(struct virgl_stream *stream, uint32_t handle);

/* Between a resource and its backing, in the order of the stream. */
void virgl_transfer(struct virgl_stream *stream,
                    const struct virgl_place *place, uint32_t offset,
                    bool to_host);
void virgl_inline_write(struct virgl_stream *stream,
                        const struct virgl_place *place, const void *data,
                        uint32_t bytes);

/* Memory for @blob_id, without a resource yet; @header of it is ignored. */
void virgl_pipe_resource_create(struct virgl_stream *stream,
                                const struct wire_create_3d *shape,
                                uint32_t blob_id);

#endif
