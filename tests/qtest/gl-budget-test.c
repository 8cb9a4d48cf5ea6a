/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What a guest can make the renderer's library hold is bounded by
 * max_hostmem_3d (conformance matrix, T-364, T-378, EDGE-48, EDGE-118):
 * textures, contexts, sub-contexts, objects, and memory that streams make.
 * Beyond is ERR_OUT_OF_MEMORY; what is there works on; what goes is given back.
 * Shapes at random are textures, or they are not.  The seed is GLib's: --seed
 * repeats a run.
 */
#include "qemu/osdep.h"

#include "draw.h"
#include "gl-image.h"
#include "gl-paint.h"
#include "harness.h"
#include "usage.h"

/* Four textures of 16 MiB, and what each takes besides. */
#define LIMIT     ",max_hostmem_3d=72M"
#define SIDE_16M  2048u         /* px, of one of them */
#define MANY      1000u         /* more than any limit here allows */

#define CYCLES    30
#define RANDOM_SHAPES 1500
#define GROWTH    (48ull << 20) /* bytes that a heap may be uneven by */

static struct gl_texture texture_of_16m(uint32_t id)
{
    return (struct gl_texture){
        .id = id, .width = SIDE_16M, .height = SIDE_16M,
    };
}

/* Creates until it is refused; returns how many there are. */
static unsigned fill(struct gpu *gpu, uint32_t first)
{
    for (unsigned i = 0; i < MANY; i++) {
        struct gl_texture texture = texture_of_16m(first + i);
        uint32_t status = gl_try_create(gpu, &texture);

        if (status != RESP_OK_NODATA) {
            expect_eq(status, RESP_ERR_OUT_OF_MEMORY, "CREATE_3D beyond");
            return i;
        }
    }
    harness_fail("textures without an end");
}

static void test_textures(void)
{
    struct gpu *gpu = gl_boot_kept(LIMIT);

    for (unsigned i = 0; i < 3; i++) {
        expect_eq(fill(gpu, 1), 4, "textures of 16 MiB in 72");
        draw_unref(gpu, 2);
        draw_unref(gpu, 4);
        expect_eq(fill(gpu, 10), 2, "textures where two went");
        gpu_restart(gpu, NULL);
    }
}

/* Each takes 96 MiB, whatever dimension makes it so. */
static void test_shapes(void)
{
    static const struct gl_texture shapes[] = {
        { .id = 1, .width = 4096, .height = 6144 },
        { .id = 1, .width = 1024, .height = 1024, .target = VIRGL_2D_ARRAY,
          .array_size = 24 },
        { .id = 1, .width = 512, .height = 512, .depth = 96,
          .target = VIRGL_3D },
        { .id = 1, .width = 2048, .height = 2048, .target = VIRGL_CUBE,
          .array_size = 6 },
        { .id = 1, .width = 2048, .height = 3072, .nr_samples = 4 },
        { .id = 1, .width = 2048, .height = 3072, .format = VIRGL_RGBA_FLOAT },
        { .id = 1, .width = 96u << 20, .bind = VIRGL_BIND_VERTEX_BUFFER },
    };
    struct gpu *gpu = gl_boot_kept(LIMIT);

    for (unsigned i = 0; i < G_N_ELEMENTS(shapes); i++) {
        expect_eq(gl_try_create(gpu, &shapes[i]), RESP_ERR_OUT_OF_MEMORY,
                  "CREATE_3D of 96 MiB, shape %u", i);
    }
    expect_eq(fill(gpu, 1), 4, "textures of 16 MiB after those");
}

/* Levels count: half a megabyte more for each is too much at the end. */
static void test_levels(void)
{
    struct gpu *gpu = gl_boot_kept(LIMIT);
    struct gl_texture texture = texture_of_16m(1);

    texture.last_level = 11;
    for (unsigned i = 0; i < 3; i++, texture.id++) {
        expect_eq(gl_try_create(gpu, &texture), RESP_OK_NODATA,
                  "CREATE_3D with levels");
    }
    texture.last_level = 0;
    expect_eq(gl_try_create(gpu, &texture), RESP_ERR_OUT_OF_MEMORY,
              "CREATE_3D where three with levels leave no 16 MiB");
}

static void expect_painting(struct gl_paint *paint, struct gl_image *image,
                            uint32_t argb)
{
    gl_paint_clear(paint, argb);
    gl_paint_submit(paint);
    gl_image_fill(image, NULL, argb);
    gl_image_check(image, "a context beside what is refused");
}

static void open_painter(struct gl_paint *paint, struct gl_image *image,
                         struct gpu *gpu)
{
    *image = (struct gl_image){
        .texture = { .id = 500, .format = 1, .width = 64, .height = 64 },
    };
    gl_image_create(image, gpu);
    gl_paint_open(paint, gpu, 500);
    gl_paint_on(paint, &image->texture);
    expect_painting(paint, image, 0xff010203);
}

/* Contexts from @first on until there is no more. */
static unsigned create_contexts(struct gpu *gpu, uint32_t first)
{
    for (unsigned i = 0; i < MANY; i++) {
        uint32_t status = gl_try_create_context(gpu, first + i, "one of many");

        if (status != RESP_OK_NODATA) {
            expect_eq(status, RESP_ERR_OUT_OF_MEMORY, "CTX_CREATE beyond");
            return i;
        }
    }
    harness_fail("contexts without an end");
}

static void test_contexts(void)
{
    struct gpu *gpu = gl_boot_kept(LIMIT);
    struct gl_paint paint;
    struct gl_image image;
    unsigned num;

    open_painter(&paint, &image, gpu);
    num = create_contexts(gpu, 1);
    expect_true(num >= 4 && num <= 64, "%u contexts in 72 MiB", num);
    expect_painting(&paint, &image, 0xff040506);
    for (unsigned i = 0; i < 10; i++) {
        gl_destroy_context(gpu, 1 + i % num);
        expect_eq(gl_try_create_context(gpu, 1 + i % num, "again"),
                  RESP_OK_NODATA, "CTX_CREATE where one went");
    }
    expect_painting(&paint, &image, 0xff070809);
}

/* Runs @add, each time in a stream of its own, until it is refused. */
static unsigned submit_until_full(struct gl_paint *paint,
                                  void (*add)(struct virgl_stream *stream,
                                              unsigned i))
{
    for (unsigned i = 0; i < MANY; i++) {
        uint32_t status;

        virgl_stream_clear(&paint->stream);
        add(&paint->stream, i);
        status = gl_submit(paint->gpu, paint->context, &paint->stream);
        virgl_stream_clear(&paint->stream);
        if (status != RESP_OK_NODATA) {
            expect_eq(status, RESP_ERR_OUT_OF_MEMORY, "SUBMIT_3D beyond");
            return i;
        }
    }
    harness_fail("streams without an end");
}

static void add_sub_context(struct virgl_stream *stream, unsigned i)
{
    virgl_create_sub_context(stream, 10 + i);
}

/* Memory that a stream makes and that no resource has yet. */
static void add_resource(struct virgl_stream *stream, unsigned i)
{
    struct gl_texture texture = texture_of_16m(0);
    struct wire_create_3d shape = gl_create_request(&texture);

    virgl_pipe_resource_create(stream, &shape, 1 + i);
}

/* Shaders, which are long. */
static void add_shaders(struct virgl_stream *stream, unsigned i)
{
    g_autofree char *text = g_strnfill(20000, ' ');
    static const char shader[] = "FRAG\nDCL OUT[0], COLOR\n"
                                 "IMM[0] FLT32 {1.0, 0.0, 0.0, 1.0}\n"
                                 "  0: MOV OUT[0], IMM[0]\n  1: END\n";

    memcpy(text + 20000 - sizeof(shader) + 1, shader, sizeof(shader) - 1);
    memcpy(text, "FRAG\n", 5);
    memcpy(text + 20000 - sizeof(shader) + 1, "     ", 5);
    for (unsigned k = 0; k < 3; k++) {
        virgl_create_shader(stream, 1000 + i * 3 + k, VIRGL_FRAGMENT, text);
    }
}

static void check_streams(void (*add)(struct virgl_stream *stream, unsigned i),
                          unsigned least, unsigned most)
{
    struct gpu *gpu = gl_boot_kept(LIMIT);
    struct gl_paint paint, other;
    struct gl_image image;
    unsigned num;

    open_painter(&other, &image, gpu);
    for (unsigned i = 0; i < 2; i++) {
        gl_paint_open(&paint, gpu, 1);
        num = submit_until_full(&paint, add);
        expect_true(num >= least && num <= most,
                    "%u streams had room in 72 MiB", num);
        expect_painting(&other, &image, 0xff040506 + i);
        gl_paint_close(&paint);
        draw_unref(gpu, paint.vertices.id);
    }
}

static void test_sub_contexts(void)
{
    check_streams(add_sub_context, 3, 60);
}

/* The library keeps these when their context ends, and so do they count. */
static void test_pipe_resources(void)
{
    struct gpu *gpu = gl_boot(LIMIT, false, NULL);
    struct gl_paint paint, other;
    struct gl_image image;
    unsigned num;

    open_painter(&other, &image, gpu);
    gl_paint_open(&paint, gpu, 1);
    num = submit_until_full(&paint, add_resource);
    expect_true(num == 2 || num == 3, "%u resources of 16 MiB in 72", num);
    gl_paint_close(&paint);
    draw_unref(gpu, paint.vertices.id);
    gl_paint_open(&paint, gpu, 1);
    num = submit_until_full(&paint, add_resource);
    expect_eq(num, 0, "resources of 16 MiB after the first context");
    expect_painting(&other, &image, 0xff040506);
    gl_paint_close(&paint);
    draw_unref(gpu, paint.vertices.id);
}

static void test_objects(void)
{
    check_streams(add_shaders, 20, 900);
}

/* One too large for any budget ends nothing but itself. */
static void test_pipe_resource_too_large(void)
{
    struct gpu *gpu = gl_boot_kept(LIMIT);
    struct gl_texture texture = { .width = 16384, .height = 16384 };
    struct wire_create_3d shape = gl_create_request(&texture);
    struct gl_paint paint;
    struct gl_image image;

    open_painter(&paint, &image, gpu);
    virgl_pipe_resource_create(&paint.stream, &shape, 1);
    expect_eq(gl_submit_fenced(gpu, 500, &paint.stream),
              RESP_ERR_OUT_OF_MEMORY, "PIPE_RESOURCE_CREATE of 1 GiB");
    virgl_stream_clear(&paint.stream);
    expect_painting(&paint, &image, 0xff0a0b0c);
}

/* Images of 2D count when a context gets them. */
static void test_images(void)
{
    struct gpu *gpu = gl_boot_kept(LIMIT);
    unsigned attached = 0;
    uint32_t status;

    gl_create_context(gpu, 1, "images");
    for (unsigned i = 0; i < 8; i++) {
        draw_create(gpu, 1 + i, FORMAT_B8G8R8X8, SIDE_16M, SIDE_16M);
    }
    do {
        status = gl_context_command(gpu, CMD_CTX_ATTACH_RESOURCE, 1,
                                    1 + attached);
        attached += status == RESP_OK_NODATA;
    } while (status == RESP_OK_NODATA && attached < 8);
    expect_eq(status, RESP_ERR_OUT_OF_MEMORY, "CTX_ATTACH_RESOURCE beyond");
    expect_eq(attached, 3, "images of 16 MiB attached in 72 and a context");
    draw_unref(gpu, 1);
    gl_attach(gpu, 1, 1 + attached);
}

/* Any number in any field: there is a texture or there is none. */
static void try_shape(struct gpu *gpu, struct wire_create_3d *request)
{
    const struct wire_resource unref = {
        .header.type = CMD_RESOURCE_UNREF,
        .resource_id = request->resource_id,
    };
    uint32_t status = gpu_status(gpu, request, sizeof(*request));

    if (status == RESP_OK_NODATA) {
        gpu_expect(gpu, &unref, sizeof(unref), RESP_OK_NODATA, "UNREF");
    } else {
        expect_true(status == RESP_ERR_PARAMETER ||
                    status == RESP_ERR_UNSPEC ||
                    status == RESP_ERR_OUT_OF_MEMORY,
                    "CREATE_3D is answered 0x%x", status);
    }
}

static void test_any_format(void)
{
    struct gpu *gpu = gl_boot_kept("");

    for (uint32_t format = 0; format < 600; format++) {
        struct gl_texture texture = {
            .id = 1, .format = format ?: 0x80000000, .width = 16, .height = 16,
        };
        struct wire_create_3d request = gl_create_request(&texture);

        try_shape(gpu, &request);
    }
    gpu_expect_alive(gpu);
}

static uint32_t random_size(void)
{
    static const uint32_t sizes[] = {
        0, 1, 1, 1, 2, 6, 7, 64, 100, 2048, 16384, 16385, 0x7fffffff,
        0xffffffff,
    };

    return sizes[g_test_rand_int_range(0, G_N_ELEMENTS(sizes))];
}

static void test_any_shape(void)
{
    struct gpu *gpu = gl_boot_kept(LIMIT);
    struct usage before, after;

    usage_take(gpu->guest, &before);
    for (unsigned i = 0; i < RANDOM_SHAPES; i++) {
        struct wire_create_3d request = {
            .header.type = CMD_RESOURCE_CREATE_3D,
            .resource_id = 1,
            .target = g_test_rand_int_range(0, 10),
            .format = g_test_rand_bit() ? 1 : g_test_rand_int_range(0, 330),
            .bind = g_test_rand_bit() ? VIRGL_BIND_SAMPLER_VIEW
                                      : 1u << g_test_rand_int_range(0, 32),
            .width = random_size(),
            .height = random_size(),
            .depth = g_test_rand_bit() ? 1 : random_size(),
            .array_size = g_test_rand_bit() ? 1 : random_size(),
            .last_level = g_test_rand_bit() ? 0 : g_test_rand_int_range(0, 20),
            .nr_samples = g_test_rand_bit() ? 0 : g_test_rand_int_range(0, 20),
            .flags = g_test_rand_int_range(0, 4),
        };

        try_shape(gpu, &request);
    }
    usage_take(gpu->guest, &after);
    expect_true(after.resident_bytes < before.resident_bytes + (160ull << 20),
                "QEMU grew from %" PRIu64 " to %" PRIu64 " bytes",
                before.resident_bytes, after.resident_bytes);
}

/* Nothing stays behind of what came and went. */
static void cycle(struct gpu *gpu, unsigned num)
{
    for (unsigned i = 0; i < num; i++) {
        struct gl_image image = {
            .texture = { .id = 1, .format = 1, .width = 512, .height = 512 },
        };
        uint64_t mark = gpu->guest->next_free;
        struct gl_paint paint;

        gl_image_create(&image, gpu);
        gl_paint_open(&paint, gpu, 1);
        gl_paint_on(&paint, &image.texture);
        gl_paint_slowly(&paint, 0xff102030, 64);
        gl_paint_submit(&paint);
        gl_paint_close(&paint);
        draw_unref(gpu, 1);
        draw_unref(gpu, paint.vertices.id);
        gpu->guest->next_free = mark;
    }
}

static void test_nothing_stays(void)
{
    struct gpu *gpu = gl_boot("", false, NULL);
    struct usage before, after;

    cycle(gpu, CYCLES / 2);
    usage_take(gpu->guest, &before);
    cycle(gpu, CYCLES);
    usage_take(gpu->guest, &after);
    expect_true(after.resident_bytes < before.resident_bytes + GROWTH,
                "%u contexts that ended: %" PRIu64 " bytes became %" PRIu64,
                CYCLES, before.resident_bytes, after.resident_bytes);
    expect_true(after.descriptors <= before.descriptors + 2,
                "%u descriptors became %u", before.descriptors,
                after.descriptors);
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add("/T-378,T-470/textures", test_textures);
    harness_add("/T-378/shapes", test_shapes);
    harness_add("/T-378/levels", test_levels);
    harness_add("/T-375/any-format", test_any_format);
    harness_add("/T-376,T-378/any-shape", test_any_shape);
    harness_add("/T-364/contexts", test_contexts);
    harness_add("/T-538/sub-contexts", test_sub_contexts);
    harness_add("/T-538/pipe-resources", test_pipe_resources);
    harness_add("/T-538/objects", test_objects);
    harness_add("/T-538/pipe-resource-too-large",
                test_pipe_resource_too_large);
    harness_add("/T-378/images", test_images);
    harness_add("/T-538/nothing-stays", test_nothing_stays);
    return harness_run();
}
