/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Textures of every format and target that the real virglrenderer on Mesa's
 * software rasterizer has, and the device does not refuse: what is in them.
 */
#include "renderer/virgl/internal.h"

#include <glib.h>
#include <malloc.h>
#include <string.h>

#include "hw/virtio/vgpu/budget.h"
#include "hw/virtio/vgpu/resource.h"
#include "renderer/virgl/texels.h"
#include "renderer/virgl/virgl-compat.h"

#define ID 7
#define NUM_FORMATS 512
#define FILLING 0x5a
#define MAX_BYTES 100000

struct fixture {
    struct vgpu_budget *budget;
    struct virgl_renderer *renderer;
    struct vgpu_resource resource;
};

/* A shape of each target, with a format to come. */
static const struct vgpu_texture shapes[] = {
    { .target = VGPU_TARGET_1D, .width = 37, .height = 1, .depth = 1,
      .array_size = 1, .last_level = 2 },
    { .target = VGPU_TARGET_2D, .width = 60, .height = 20, .depth = 1,
      .array_size = 1, .last_level = 4 },
    { .target = VGPU_TARGET_3D, .width = 16, .height = 8, .depth = 5,
      .array_size = 1, .last_level = 1 },
    { .target = VGPU_TARGET_CUBE, .width = 24, .height = 24, .depth = 1,
      .array_size = 6, .last_level = 2 },
    { .target = VGPU_TARGET_RECT, .width = 19, .height = 11, .depth = 1,
      .array_size = 1 },
    { .target = VGPU_TARGET_1D_ARRAY, .width = 33, .height = 1, .depth = 1,
      .array_size = 3 },
    { .target = VGPU_TARGET_2D_ARRAY, .width = 20, .height = 36, .depth = 1,
      .array_size = 3, .last_level = 2 },
    { .target = VGPU_TARGET_CUBE_ARRAY, .width = 12, .height = 12, .depth = 1,
      .array_size = 12, .last_level = 1 },
};

static void quiet(void *opaque, const char *text)
{
    (void)opaque;
    (void)text;
}

static void done(void *opaque, uint64_t token, bool lost)
{
    (void)opaque;
    (void)token;
    (void)lost;
}

static void begin(struct fixture *f)
{
    enum vgpu_virgl_route taken;
    g_autofree char *info = NULL;
    g_autofree char *error = NULL;
    g_autofree char *no_venus = NULL;
    g_autofree char *no_native = NULL;
    const struct vgpu_virgl_options options = {
        .route = VGPU_VIRGL_SOFTWARE, .no_venus = &no_venus,
        .no_native = &no_native, .info = &info, .taken = &taken,
    };
    const struct vgpu_renderer_config config = {
        .budget = f->budget = vgpu_budget_create(1 << 30, 1 << 30),
        .host = { .fence_done = done, .complain = quiet, .warn = quiet },
        .options = &options,
    };

    f->renderer = vgpu_virgl_ops.create(&config, &error);
    g_assert_cmpstr(error, ==, NULL);
}

static void end(struct fixture *f)
{
    vgpu_virgl_ops.destroy(f->renderer);
    vgpu_budget_destroy(f->budget);
}

/* As the device does; false where it refuses. */
static bool create(struct fixture *f, const struct vgpu_texture *shape)
{
    f->resource = (struct vgpu_resource) {
        .id = ID, .kind = VGPU_RESOURCE_TEXTURE, .texture = *shape,
    };
    return vgpu_texture_block(shape->format,
                              &f->resource.texture.block) &&
           !vgpu_texture_complaint(&f->resource.texture) &&
           !virgl_texture_complaint(f->renderer, &f->resource.texture) &&
           virgl_texture_create(f->renderer, &f->resource) == VGPU_OK;
}

/* A box of the texture to @bytes; how many those are. */
static size_t read_box(const struct fixture *f, uint32_t level,
                       const struct vgpu_box *box, uint8_t *bytes)
{
    struct virgl_box place = {
        box->x, box->y, box->z, box->width, box->height, box->depth,
    };
    size_t length = vgpu_texture_box_bytes(&f->resource.texture, box);
    struct iovec iov = { bytes, length };

    return virgl_renderer_transfer_read_iov(ID, 0, level, 0, 0, &place, 0, &iov,
                                            1) ? 0 : length;
}

typedef void layer_fn(const struct fixture *f, uint32_t level,
                      const struct vgpu_box *layer, uint8_t *bytes);

/* @fn with the place of each layer in @bytes; how many those are. */
static size_t each_layer(const struct fixture *f, layer_fn *fn, uint8_t *bytes)
{
    const struct vgpu_texture *shape = &f->resource.texture;
    size_t at = 0;

    for (uint32_t level = 0; level <= shape->last_level; level++) {
        struct vgpu_extent e = vgpu_texture_extent(shape, level);
        struct vgpu_box layer = { 0, 0, 0, e.width, e.height, 1 };

        for (; layer.z < e.depth; layer.z++) {
            fn(f, level, &layer, bytes + at);
            at += vgpu_texture_box_bytes(shape, &layer);
            g_assert_cmpuint(at, <=, MAX_BYTES);
        }
    }
    return at;
}

/* By expect_no_heap(): a read that fails compares nothing. */
static uint64_t bytes_read;

/* The same is read whatever the heap hands out. */
static void expect_no_heap(const struct fixture *f, uint32_t level,
                           const struct vgpu_box *box, uint8_t *once)
{
    static uint8_t twice[MAX_BYTES];
    size_t length;

    mallopt(M_PERTURB, 0x11);
    length = read_box(f, level, box, once);
    mallopt(M_PERTURB, 0x77);
    g_assert_cmpuint(read_box(f, level, box, twice), ==, length);
    mallopt(M_PERTURB, 0);
    bytes_read += length;
    for (size_t i = 0; i < length; i++) {
        if (once[i] != twice[i]) {
            g_error("format %u, target %u, level %u, %ux%u at %u,%u: byte %zu of "
                    "%zu is 0x%x and then 0x%x", f->resource.texture.format,
                    f->resource.texture.target, level, box->width, box->height,
                    box->x, box->y, i, length, once[i], twice[i]);
        }
    }
}

/* Of the layer, and of a part of it from one block on. */
static void expect_no_heap_in(const struct fixture *f, uint32_t level,
                              const struct vgpu_box *layer, uint8_t *bytes)
{
    const struct vgpu_block *block = &f->resource.texture.block;

    expect_no_heap(f, level, layer, bytes);
    if (layer->width > block->width && layer->height > block->height) {
        const struct vgpu_box part = {
            block->width, block->height, layer->z,
            layer->width - block->width, layer->height - block->height, 1,
        };

        expect_no_heap(f, level, &part, bytes);
    }
}

static void read_layer(const struct fixture *f, uint32_t level,
                       const struct vgpu_box *layer, uint8_t *bytes)
{
    read_box(f, level, layer, bytes);
}

static void fill_layer(const struct fixture *f, uint32_t level,
                       const struct vgpu_box *layer, uint8_t *bytes)
{
    struct virgl_box place = {
        0, 0, layer->z, layer->width, layer->height, 1,
    };
    struct iovec iov = {
        bytes, vgpu_texture_box_bytes(&f->resource.texture, layer),
    };

    memset(bytes, FILLING, iov.iov_len);
    virgl_renderer_transfer_write_iov(ID, 0, (int)level, 0, 0, &place, 0, &iov,
                                      1);
}

static void zero(const struct fixture *f)
{
    struct virgl_renderer_resource_info info = { 0 };

    virgl_renderer_resource_get_info(ID, &info);
    virgl_renderer_force_ctx_0();
    if (!vgpu_virgl_texels_zero(&f->resource.texture, info.tex_id)) {
        g_error("format %u, target %u: not zeroed", f->resource.texture.format,
                f->resource.texture.target);
    }
}

/* What was in it is gone; whether it was seen. */
static bool fill_and_zero(const struct fixture *f)
{
    static uint8_t new[MAX_BYTES], filled[MAX_BYTES], zeroed[MAX_BYTES];
    size_t length = each_layer(f, read_layer, new);

    each_layer(f, fill_layer, filled);
    each_layer(f, read_layer, filled);
    zero(f);
    each_layer(f, read_layer, zeroed);
    if (memcmp(zeroed, new, length)) {
        g_error("format %u, target %u: not as new", f->resource.texture.format,
                f->resource.texture.target);
    }
    return memcmp(filled, new, length);
}

/*
 * @examine with a texture of each format and target.  What every device of ours
 * offers must be among those for which it is true.
 */
static void each_texture(bool (*examine)(const struct fixture *))
{
    /* BGRA, DXT5, half floats, depth with stencil, integers, BPTC. */
    static const uint32_t certain[] = { 1, 108, 94, 20, 193, 255 };
    unsigned counts[NUM_FORMATS] = { 0 };
    struct fixture f;

    begin(&f);
    for (uint32_t format = 1; format < NUM_FORMATS; format++) {
        for (size_t i = 0; i < G_N_ELEMENTS(shapes); i++) {
            struct vgpu_texture shape = shapes[i];

            shape.format = format;
            shape.bind = VIRGL_RES_BIND_SAMPLER_VIEW;
            if (create(&f, &shape)) {
                counts[format] += examine(&f);
                virgl_resource_destroy(f.renderer, &f.resource);
            }
        }
    }
    for (size_t i = 0; i < G_N_ELEMENTS(certain); i++) {
        g_test_message("format %u: %u targets", certain[i], counts[certain[i]]);
        g_assert_cmpuint(counts[certain[i]], >, 0);
    }
    end(&f);
}

static bool has_no_heap(const struct fixture *f)
{
    static uint8_t bytes[MAX_BYTES];
    uint64_t before = bytes_read;

    each_layer(f, expect_no_heap_in, bytes);
    return bytes_read > before;
}

/* Nothing is proved where the heap is not filled (GLIBC_TUNABLES). */
static void expect_filled_heap(void)
{
    uint8_t *bytes;

    mallopt(M_PERTURB, 0x11);
    bytes = malloc(64);
    mallopt(M_PERTURB, 0);
    g_assert_cmphex(*(volatile uint8_t *)bytes, ==, 0xee);
    free(bytes);
}

static void test_heap(void)
{
    expect_filled_heap();
    each_texture(has_no_heap);
}

static void test_zero(void)
{
    each_texture(fill_and_zero);
}

/* Only shaders read them: that OpenGL has no error is what is seen. */
static void test_samples(void)
{
    unsigned count = 0;
    struct fixture f;

    begin(&f);
    for (uint32_t format = 1; format < NUM_FORMATS; format++) {
        const struct vgpu_texture shape = {
            .target = VGPU_TARGET_2D, .format = format, .width = 40,
            .height = 30, .depth = 1, .array_size = 1, .nr_samples = 4,
            .bind = VIRGL_RES_BIND_SAMPLER_VIEW | VIRGL_RES_BIND_RENDER_TARGET,
        };

        if (create(&f, &shape)) {
            zero(&f);
            virgl_resource_destroy(f.renderer, &f.resource);
            count++;
        }
    }
    g_test_message("%u formats", count);
    g_assert_cmpuint(count, >, 0);
    end(&f);
}

static void test_buffers(void)
{
    struct vgpu_texture shape = {
        .target = VGPU_TARGET_BUFFER, .format = VIRGL_BYTE_FORMAT,
        .bind = VIRGL_RES_BIND_VERTEX_BUFFER,
        .height = 1, .depth = 1, .array_size = 1,
    };
    struct fixture f;

    begin(&f);
    for (shape.width = 1; shape.width < MAX_BYTES;
         shape.width = shape.width * 3 + 1) {
        g_assert_true(create(&f, &shape));
        g_assert_true(fill_and_zero(&f));
        virgl_resource_destroy(f.renderer, &f.resource);
    }
    end(&f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/new-texture/heap", test_heap);
    g_test_add_func("/new-texture/zero", test_zero);
    g_test_add_func("/new-texture/zero-samples", test_samples);
    g_test_add_func("/new-texture/zero-buffers", test_buffers);
    return g_test_run();
}
