/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "gl-paint.h"

#include <string.h>

#include "harness.h"

#define FIRST_VERTICES 1000u    /* ids of resources */
#define MAX_VERTICES   1024u
#define VERTEX_BYTES   32u      /* a place and a colour, or a place in a texture */

/* Handles of what every painter has; others follow. */
enum {
    BLEND = 1,
    DSA,
    RASTERIZER,
    ELEMENTS,
    SHADER_VERTEX,
    SHADER_COLOR,
    SHADER_TEXTURE,
    SHADER_SLOW,
    SAMPLER,
    FIRST_FREE,
};

static const char vertex_text[] =
    "VERT\n"
    "DCL IN[0]\n"
    "DCL IN[1]\n"
    "DCL OUT[0], POSITION\n"
    "DCL OUT[1], GENERIC[0]\n"
    "  0: MOV OUT[0], IN[0]\n"
    "  1: MOV OUT[1], IN[1]\n"
    "  2: END\n";

static const char color_text[] =
    "FRAG\n"
    "DCL IN[0], GENERIC[0], LINEAR\n"
    "DCL OUT[0], COLOR\n"
    "  0: MOV OUT[0], IN[0]\n"
    "  1: END\n";

static const char texture_text[] =
    "FRAG\n"
    "DCL IN[0], GENERIC[0], LINEAR\n"
    "DCL OUT[0], COLOR\n"
    "DCL SAMP[0]\n"
    "DCL SVIEW[0], 2D, FLOAT\n"
    "  0: TEX OUT[0], IN[0], SAMP[0], 2D\n"
    "  1: END\n";

/*
 * Each round comes half way nearer to the colour.  The number of rounds is a
 * constant of the draw, so that no compiler unrolls them.
 */
static const char slow_text[] =
    "FRAG\n"
    "DCL IN[0], GENERIC[0], LINEAR\n"
    "DCL OUT[0], COLOR\n"
    "DCL CONST[0]\n"
    "DCL TEMP[0..2]\n"
    "IMM[0] UINT32 {0, 1, 0, 0}\n"
    "IMM[1] FLT32 { 0.5000, 0.0000, 0.0000, 0.0000}\n"
    "  0: MUL TEMP[2], IN[0], IMM[1].xxxx\n"
    "  1: MOV TEMP[0], IMM[1].yyyy\n"
    "  2: MOV TEMP[1].x, IMM[0].xxxx\n"
    "  3: BGNLOOP\n"
    "  4: USGE TEMP[1].y, TEMP[1].xxxx, CONST[0].xxxx\n"
    "  5: UIF TEMP[1].yyyy\n"
    "  6: BRK\n"
    "  7: ENDIF\n"
    "  8: MAD TEMP[0], TEMP[0], IMM[1].xxxx, TEMP[2]\n"
    "  9: UADD TEMP[1].x, TEMP[1].xxxx, IMM[0].yyyy\n"
    " 10: ENDLOOP\n"
    " 11: MOV OUT[0], TEMP[0]\n"
    " 12: END\n";

static void create_state(struct gl_paint *paint)
{
    struct virgl_stream *stream = &paint->stream;

    virgl_create_sub_context(stream, 1);
    virgl_set_sub_context(stream, 1);
    virgl_create_blend(stream, BLEND);
    virgl_bind(stream, VIRGL_OBJECT_BLEND, BLEND);
    virgl_create_dsa(stream, DSA);
    virgl_bind(stream, VIRGL_OBJECT_DSA, DSA);
    virgl_create_rasterizer(stream, RASTERIZER);
    virgl_bind(stream, VIRGL_OBJECT_RASTERIZER, RASTERIZER);
    virgl_create_vertex_elements(stream, ELEMENTS, 2);
    virgl_bind(stream, VIRGL_OBJECT_VERTEX_ELEMENTS, ELEMENTS);
    virgl_create_shader(stream, SHADER_VERTEX, VIRGL_VERTEX, vertex_text);
    virgl_bind_shader(stream, SHADER_VERTEX, VIRGL_VERTEX);
    virgl_create_shader(stream, SHADER_COLOR, VIRGL_FRAGMENT, color_text);
    virgl_create_shader(stream, SHADER_TEXTURE, VIRGL_FRAGMENT, texture_text);
    virgl_create_shader(stream, SHADER_SLOW, VIRGL_FRAGMENT, slow_text);
    virgl_create_sampler_state(stream, SAMPLER);
    virgl_set_vertex_buffer(stream, paint->vertices.id, VERTEX_BYTES);
}

void gl_paint_open(struct gl_paint *paint, struct gpu *gpu, uint32_t context)
{
    g_autofree char *name = g_strdup_printf("painter-%u", context);

    *paint = (struct gl_paint){
        .gpu = gpu,
        .context = context,
        .vertices = {
            .id = FIRST_VERTICES + context,
            .width = MAX_VERTICES * VERTEX_BYTES,
            .bind = VIRGL_BIND_VERTEX_BUFFER,
        },
        .next_handle = FIRST_FREE,
    };
    virgl_stream_init(&paint->stream);
    guest_at_stop(gpu->guest, (void (*)(void *))g_array_unref,
                  paint->stream.words);
    gl_create_context(gpu, context, name);
    gl_create(&paint->vertices, gpu);
    gl_attach(gpu, context, paint->vertices.id);
    create_state(paint);
    gl_paint_submit(paint);
}

void gl_paint_close(struct gl_paint *paint)
{
    gl_destroy_context(paint->gpu, paint->context);
}

void gl_paint_on(struct gl_paint *paint, const struct gl_texture *texture)
{
    struct virgl_stream *stream = &paint->stream;
    uint32_t surface = paint->next_handle++;

    gl_attach(paint->gpu, paint->context, texture->id);
    virgl_create_surface(stream, surface, texture->id,
                         texture->format ?: FORMAT_B8G8R8A8, 0);
    virgl_set_framebuffer(stream, surface);
    virgl_set_viewport(stream, texture->width, texture->height);
    paint->target = texture;
}

static void put_color(float rgba[4], uint32_t argb)
{
    rgba[0] = (argb >> 16 & 0xff) / 255.0f;
    rgba[1] = (argb >> 8 & 0xff) / 255.0f;
    rgba[2] = (argb & 0xff) / 255.0f;
    rgba[3] = (argb >> 24) / 255.0f;
}

void gl_paint_clear(struct gl_paint *paint, uint32_t argb)
{
    float rgba[4];

    put_color(rgba, argb);
    virgl_clear(&paint->stream, rgba);
}

/* Into the buffer, in the order of the stream; returns its number. */
static uint32_t add_vertex(struct gl_paint *paint, const struct gl_point *point,
                           const float extra[4])
{
    const struct gl_texture *target = paint->target;
    float y = target->flags & TEXTURE_Y_0_TOP ? target->height - point->y
                                              : point->y;
    const float vertex[8] = {
        point->x * 2 / target->width - 1, y * 2 / target->height - 1, 0, 1,
        extra[0], extra[1], extra[2], extra[3],
    };
    uint32_t number = paint->next_vertex;
    const struct virgl_place place = {
        .resource = paint->vertices.id,
        .box = { number * VERTEX_BYTES, 0, 0, VERTEX_BYTES, 1, 1 },
    };

    virgl_inline_write(&paint->stream, &place, vertex, sizeof(vertex));
    paint->next_vertex = (number + 1) % MAX_VERTICES;
    return number;
}

/* The three corners must not be cut by the end of the buffer. */
static void make_room(struct gl_paint *paint, uint32_t vertices)
{
    if (paint->next_vertex + vertices > MAX_VERTICES) {
        paint->next_vertex = 0;
    }
}

void gl_paint_triangle(struct gl_paint *paint, const struct gl_point points[3],
                       uint32_t argb)
{
    float rgba[4];
    uint32_t first;

    put_color(rgba, argb);
    make_room(paint, 3);
    first = paint->next_vertex;
    for (unsigned i = 0; i < 3; i++) {
        add_vertex(paint, &points[i], rgba);
    }
    virgl_bind_shader(&paint->stream, SHADER_COLOR, VIRGL_FRAGMENT);
    virgl_draw(&paint->stream, first, 3, 1);
}

static uint32_t add_rect(struct gl_paint *paint, const struct wire_rect *rect,
                         const float extra[4][4])
{
    float x = rect->x, y = rect->y;
    const struct gl_point corners[4] = {
        { x, y }, { x + rect->width, y }, { x, y + rect->height },
        { x + rect->width, y + rect->height },
    };
    static const unsigned order[6] = { 0, 1, 2, 2, 1, 3 };
    uint32_t first;

    make_room(paint, 6);
    first = paint->next_vertex;
    for (unsigned i = 0; i < 6; i++) {
        add_vertex(paint, &corners[order[i]], extra[order[i]]);
    }
    return first;
}

static void draw_rect(struct gl_paint *paint, const struct wire_rect *rect,
                      uint32_t argb, uint32_t shader)
{
    float extra[4][4];
    uint32_t first;

    for (unsigned i = 0; i < 4; i++) {
        put_color(extra[i], argb);
    }
    first = add_rect(paint, rect, extra);
    virgl_bind_shader(&paint->stream, shader, VIRGL_FRAGMENT);
    virgl_draw(&paint->stream, first, 6, 1);
}

void gl_paint_rect(struct gl_paint *paint, const struct wire_rect *rect,
                   uint32_t argb)
{
    draw_rect(paint, rect, argb, SHADER_COLOR);
}

static struct wire_rect all_of(const struct gl_paint *paint)
{
    return (struct wire_rect){
        0, 0, paint->target->width, paint->target->height,
    };
}

void gl_paint_texture(struct gl_paint *paint, const struct gl_texture *source)
{
    static const float corners[4][4] = {
        { 0, 0 }, { 1, 0 }, { 0, 1 }, { 1, 1 },
    };
    struct wire_rect all = all_of(paint);
    uint32_t view = paint->next_handle++;
    uint32_t first;

    gl_attach(paint->gpu, paint->context, source->id);
    virgl_create_sampler_view(&paint->stream, view, source->id,
                              source->format ?: FORMAT_B8G8R8A8);
    virgl_set_sampler(&paint->stream, view, SAMPLER);
    first = add_rect(paint, &all, corners);
    virgl_bind_shader(&paint->stream, SHADER_TEXTURE, VIRGL_FRAGMENT);
    virgl_draw(&paint->stream, first, 6, 1);
}

void gl_paint_slowly(struct gl_paint *paint, uint32_t argb, uint32_t rounds)
{
    const uint32_t constants[4] = { rounds };
    struct wire_rect all = all_of(paint);

    virgl_set_constants(&paint->stream, VIRGL_FRAGMENT, constants, 4);
    draw_rect(paint, &all, argb, SHADER_SLOW);
}

void gl_paint_submit(struct gl_paint *paint)
{
    expect_eq(gl_submit_fenced(paint->gpu, paint->context, &paint->stream),
              RESP_OK_NODATA, "SUBMIT_3D to context %u", paint->context);
    virgl_stream_clear(&paint->stream);
}
