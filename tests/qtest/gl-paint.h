/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A program that paints: a context with shaders and a vertex buffer of its
 * own, whose commands gather in @stream until they are submitted.
 *
 * Places are texels of the target, y in the order in which transfers and
 * scanouts see rows.  Streams count the rows of a texture with the Y_0_TOP flag
 * the other way round: that is what the flag is.  Lives from open to close, or as long as its guest; one
 * thread.
 */
#ifndef TESTS_QTEST_GL_PAINT_H
#define TESTS_QTEST_GL_PAINT_H

#include "gl.h"

struct gl_paint {
    struct gpu *gpu;
    uint32_t context;
    struct virgl_stream stream;
    struct gl_texture vertices; /* id: 1000 and the context's */
    uint32_t next_handle;
    uint32_t next_vertex;
    const struct gl_texture *target;
};

struct gl_point {
    float x, y;                 /* texels */
};

/* Creates context @context; what it needs is submitted. */
void gl_paint_open(struct gl_paint *paint, struct gpu *gpu, uint32_t context);

/* Ends the context. */
void gl_paint_close(struct gl_paint *paint);

/* Attaches the texture, if it is not yet, and paints to its level 0. */
void gl_paint_on(struct gl_paint *paint, const struct gl_texture *texture);

/* The texture that was attached before is painted on again. */
void gl_paint_clear(struct gl_paint *paint, uint32_t argb);
void gl_paint_triangle(struct gl_paint *paint, const struct gl_point points[3],
                       uint32_t argb);
void gl_paint_rect(struct gl_paint *paint, const struct wire_rect *rect,
                   uint32_t argb);

/* All of the target filled with all of @source, which is attached. */
void gl_paint_texture(struct gl_paint *paint, const struct gl_texture *source);

/*
 * Work: all of the target becomes @argb, after @rounds rounds (at least 32) of
 * a loop in each texel.
 */
void gl_paint_slowly(struct gl_paint *paint, uint32_t argb, uint32_t rounds);

/* What gathered must be accepted; waits for its fence. */
void gl_paint_submit(struct gl_paint *paint);

#endif
