/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Contexts see their own resources only, in every way that streams name one, and
 * what is new is empty, whose memory it has.  What streams copy, sample and draw to
 * is in gl-hostile-test.c; memory in the window in gl-blob-test.c.
 */
#include "qemu/osdep.h"

#include "draw.h"
#include "gl-image.h"
#include "gl-paint.h"
#include "gl-window.h"
#include "harness.h"

#define OWNER 90u               /* contexts */
#define THIEF 91u
#define BUFFER 73u              /* a resource: the owner's */
#define BYTES 4096u
#define ROUNDS 4

/* Numbers of commands. */
enum {
    SET_INDEX_BUFFER = 11,
    SET_UNIFORM_BUFFER = 27,
};

/* Streams that have a buffer read by draws to come. */
static void name_buffer(struct virgl_stream *stream, unsigned way)
{
    const uint32_t index[] = { BUFFER, 2, 0 };
    const uint32_t uniform[] = { VIRGL_FRAGMENT, 0, 0, 256, BUFFER };
    const struct virgl_place place = {
        .resource = BUFFER, .box = { 0, 0, 0, 256, 1, 1 },
    };

    switch (way) {
    case 0:
        virgl_set_vertex_buffer(stream, BUFFER, 16);
        break;
    case 1:
        virgl_command(stream, SET_INDEX_BUFFER, 0, index, G_N_ELEMENTS(index));
        break;
    case 2:
        virgl_command(stream, SET_UNIFORM_BUFFER, 0, uniform,
                      G_N_ELEMENTS(uniform));
        break;
    case 3:
        virgl_transfer(stream, &place, 0, false);
        break;
    }
}
#define NUM_WAYS 4

static void expect_submit(struct gpu *gpu, uint32_t context, unsigned way,
                          uint32_t want)
{
    struct virgl_stream stream;

    virgl_stream_init(&stream);
    name_buffer(&stream, way);
    expect_eq(gl_submit_fenced(gpu, context, &stream), want,
              "SUBMIT_3D of context %u, way %u", context, way);
    virgl_stream_finish(&stream);
}

static void test_buffers(void)
{
    struct gl_texture buffer = {
        .id = BUFFER, .format = VIRGL_R8, .width = BYTES,
        .bind = VIRGL_BIND_VERTEX_BUFFER, .backing_bytes = BYTES,
    };
    struct gpu *gpu = gl_boot_kept("");

    gl_create(&buffer, gpu);
    for (unsigned way = 0; way < NUM_WAYS; way++) {
        gl_create_context(gpu, OWNER, "owner");
        gl_create_context(gpu, THIEF, "thief");
        gl_attach(gpu, OWNER, BUFFER);
        expect_submit(gpu, THIEF, way, RESP_ERR_UNSPEC);
        expect_submit(gpu, OWNER, way, RESP_OK_NODATA);
        gl_destroy_context(gpu, THIEF);
        gl_destroy_context(gpu, OWNER);
    }
}

/* Memory that a context called by a number is no other's by that number. */
static void test_blob_ids(void)
{
    const struct wire_create_3d shape = {
        .target = VIRGL_BUFFER, .format = VIRGL_R8,
        .bind = VIRGL_BIND_VERTEX_BUFFER,
        .width = BYTES, .height = 1, .depth = 1, .array_size = 1,
    };
    struct wire_create_blob request = {
        .header = { .type = CMD_RESOURCE_CREATE_BLOB, .ctx_id = THIEF },
        .resource_id = BUFFER,
        .blob_mem = BLOB_MEM_HOST3D,
        .blob_flags = BLOB_MAPPABLE,
        .blob_id = 5,
        .size = BYTES,
    };
    struct gpu *gpu = window_boot("16M", OWNER);
    struct virgl_stream stream;
    uint32_t status;

    gl_create_context(gpu, THIEF, "thief");
    virgl_stream_init(&stream);
    virgl_pipe_resource_create(&stream, &shape, 5);
    expect_eq(gl_submit(gpu, OWNER, &stream), RESP_OK_NODATA, "SUBMIT_3D");
    virgl_stream_finish(&stream);
    status = gpu_status(gpu, &request, sizeof(request));
    expect_true(status != RESP_OK_NODATA, "a blob of another context's memory");
    request.header.ctx_id = OWNER;
    gpu_expect(gpu, &request, sizeof(request), RESP_OK_NODATA,
               "CREATE_BLOB of one's own");
}

/* Small and large: some share pages of the heap, some have mappings of their own. */
static void test_textures(void)
{
    static const struct { uint32_t width, height; } sizes[] = {
        { 4, 4 }, { 64, 64 }, { 200, 120 }, { 1024, 1024 },
    };
    struct gpu *gpu = gl_boot_kept("");

    for (unsigned i = 0; i < ROUNDS * G_N_ELEMENTS(sizes); i++) {
        struct gl_image image = {
            .texture = {
                .id = 3, .format = 1,
                .width = sizes[i % G_N_ELEMENTS(sizes)].width,
                .height = sizes[i % G_N_ELEMENTS(sizes)].height,
            },
        };

        gl_image_create(&image, gpu);
        gl_image_noise(&image, i);
        gl_image_check(&image, "with a secret");
        draw_unref(gpu, 3);
        gl_image_create(&image, gpu);
        memset(gl_memory(&image.texture), GPU_POISON,
               image.texture.backing_bytes);
        gl_image_check(&image, "new, where one with a secret was");
        draw_unref(gpu, 3);
    }
}

/* What is drawn, and not transferred, goes as well; with its context, too. */
static void test_drawn(void)
{
    struct gpu *gpu = gl_boot_kept("");

    for (unsigned i = 0; i < 2 * ROUNDS; i++) {
        struct gl_image image = {
            .texture = { .id = 3, .format = 1, .width = 256, .height = 256 },
        };
        struct gl_paint paint;

        gl_image_create(&image, gpu);
        gl_paint_open(&paint, gpu, OWNER + i);
        gl_paint_on(&paint, &image.texture);
        gl_paint_clear(&paint, 0xff5ec3e7);
        gl_paint_submit(&paint);
        if (i % 2) {
            gl_paint_close(&paint);
            draw_unref(gpu, 3);
        } else {
            draw_unref(gpu, 3);
            gl_paint_close(&paint);
        }
        gl_image_create(&image, gpu);
        gl_image_check(&image, "new, where one was drawn to");
        draw_unref(gpu, 3);
    }
}

static void test_new_buffers(void)
{
    struct gpu *gpu = gl_boot_kept("");

    for (unsigned i = 0; i < ROUNDS * 3; i++) {
        uint32_t bytes = BYTES << (i % 3 * 4);
        struct gl_texture buffer = {
            .id = BUFFER, .format = VIRGL_R8, .width = bytes,
            .bind = VIRGL_BIND_VERTEX_BUFFER, .backing_bytes = bytes,
        };
        const uint8_t *data;

        gl_create(&buffer, gpu);
        memset(gl_memory(&buffer), 0x5e, bytes);
        gl_to_host(&buffer, NULL);
        draw_unref(gpu, BUFFER);
        gl_create(&buffer, gpu);
        memset(gl_memory(&buffer), GPU_POISON, bytes);
        gl_from_host(&buffer, NULL);
        data = gl_memory(&buffer);
        for (uint32_t k = 0; k < bytes; k++) {
            expect_eq(data[k], 0, "byte %u of a new buffer of %u", k, bytes);
        }
        draw_unref(gpu, BUFFER);
    }
}

/* Of which the library would read what QEMU's heap had there. */
static void test_no_texels(void)
{
    static const struct {
        uint32_t target, format, want;
    } cases[] = {
        { VIRGL_2D, 136, RESP_ERR_PARAMETER },      /* the stencil alone */
        { VIRGL_1D, 105, RESP_ERR_UNSPEC },         /* DXT1 in a line */
        { VIRGL_1D, 255, RESP_ERR_UNSPEC },         /* BPTC */
    };
    struct gpu *gpu = gl_boot_kept("");

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct gl_texture texture = {
            .id = 3, .format = cases[i].format, .width = 64, .height = 64,
        };
        struct wire_create_3d request = gl_create_request(&texture);

        request.target = cases[i].target;
        request.height = cases[i].target == VIRGL_1D ? 1 : 64;
        expect_eq(gpu_status(gpu, &request, sizeof(request)), cases[i].want,
                  "CREATE_3D of format %u, target %u", cases[i].format,
                  cases[i].target);
    }
    gpu_expect_alive(gpu);
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add("/T-111,T-399/isolation-of-buffers", test_buffers);
    harness_add("/isolation/blob-ids", test_blob_ids);
    harness_add("/isolation/textures", test_textures);
    harness_add("/isolation/drawn", test_drawn);
    harness_add("/isolation/new-buffers", test_new_buffers);
    harness_add("/isolation/no-texels", test_no_texels);
    return harness_run();
}
