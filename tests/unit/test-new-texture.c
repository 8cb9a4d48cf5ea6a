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
#include "renderer/virgl/virgl-compat.h"

#define ID 7
#define NUM_FORMATS 512
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

/* The same is read whatever the heap hands out. */
static void expect_no_heap(const struct fixture *f, uint32_t level,
                           const struct vgpu_box *box)
{
    static uint8_t once[MAX_BYTES], twice[MAX_BYTES];
    size_t length;

    mallopt(M_PERTURB, 0x11);
    length = read_box(f, level, box, once);
    mallopt(M_PERTURB, 0x77);
    g_assert_cmpuint(read_box(f, level, box, twice), ==, length);
    mallopt(M_PERTURB, 0);
    for (size_t i = 0; i < length; i++) {
        if (once[i] != twice[i]) {
            g_error("format %u, target %u, level %u, %ux%u at %u,%u: byte %zu of "
                    "%zu is 0x%x and then 0x%x", f->resource.texture.format,
                    f->resource.texture.target, level, box->width, box->height,
                    box->x, box->y, i, length, once[i], twice[i]);
        }
    }
}

/* Whole layers, and a part of each from one block on. */
static void read_all(const struct fixture *f)
{
    const struct vgpu_texture *shape = &f->resource.texture;

    for (uint32_t level = 0; level <= shape->last_level; level++) {
        struct vgpu_extent e = vgpu_texture_extent(shape, level);
        struct vgpu_box box = { 0, 0, 0, e.width, e.height, 1 };
        uint32_t x = shape->block.width, y = shape->block.height;

        for (; box.z < e.depth; box.z++) {
            expect_no_heap(f, level, &box);
            if (e.width > x && e.height > y) {
                const struct vgpu_box part = {
                    x, y, box.z, e.width - x, e.height - y, 1,
                };

                expect_no_heap(f, level, &part);
            }
        }
    }
}

/* What every device of ours offers must be among what was read. */
static void test_heap(void)
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
                read_all(&f);
                virgl_resource_destroy(f.renderer, &f.resource);
                counts[format]++;
            }
        }
    }
    for (size_t i = 0; i < G_N_ELEMENTS(certain); i++) {
        g_test_message("format %u: %u targets", certain[i], counts[certain[i]]);
        g_assert_cmpuint(counts[certain[i]], >, 0);
    }
    end(&f);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/new-texture/heap", test_heap);
    return g_test_run();
}
