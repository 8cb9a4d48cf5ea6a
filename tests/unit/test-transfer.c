/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Where a transfer of texels lies in its backing: against the simplest code,
 * and figures that wrap.
 */
#include "hw/virtio/vgpu/texture.h"

#include <glib.h>

#define MOST UINT32_MAX

static const struct vgpu_texture flats = {
    .target = VGPU_TARGET_2D_ARRAY, .format = 1, .width = 16, .height = 8,
    .depth = 1, .array_size = 4, .last_level = 4, .block = { 4, 1, 1 },
};
static const struct vgpu_texture compressed = {
    .target = VGPU_TARGET_2D, .format = 105, .width = 18, .height = 10,
    .depth = 1, .array_size = 1, .last_level = 4, .block = { 8, 4, 4 },
};
static const struct vgpu_texture buffer = {
    /* A format whose texels have four bytes: a buffer has bytes. */
    .target = VGPU_TARGET_BUFFER, .format = 28, .width = 4096, .height = 1,
    .depth = 1, .array_size = 1, .block = { 4, 1, 1 },
};
static const struct vgpu_texture huge = {
    .target = VGPU_TARGET_3D, .format = 31, .width = MOST, .height = MOST,
    .depth = MOST, .array_size = 1, .block = { 16, 1, 1 },
};

static void test_fits(void)
{
    static const struct {
        const char *name;
        const struct vgpu_texture *texture;
        struct vgpu_transfer_3d transfer;
        uint64_t bytes;         /* that are just enough; 0: none are */
    } cases[] = {
        { "all of it", &flats, { .box = { 0, 0, 0, 16, 8, 4 } }, 2048 },
        { "all, from an offset", &flats,
          { .box = { 0, 0, 0, 16, 8, 4 }, .offset = 77 }, 2125 },
        { "where the box is does not count", &flats,
          { .box = { 15, 7, 3, 1, 1, 1 } }, 4 },
        { "rows as far apart as the level's", &flats,
          { .box = { 0, 0, 0, 4, 3, 1 } }, 2 * 64 + 16 },
        { "layers as far apart as the level's", &flats,
          { .box = { 0, 0, 0, 4, 1, 3 } }, 2 * 512 + 16 },
        { "rows that are close", &flats,
          { .box = { 0, 0, 0, 4, 3, 1 }, .stride = 16 }, 48 },
        { "layers follow the stride", &flats,
          { .box = { 0, 0, 0, 4, 3, 2 }, .stride = 16 }, 8 * 16 + 48 },
        { "rows too close", &flats,
          { .box = { 0, 0, 0, 4, 3, 1 }, .stride = 15 }, 0 },
        { "one row, as long as its stride", &flats,
          { .box = { 0, 0, 0, 4, 1, 1 }, .stride = 16 }, 16 },
        { "one row, longer than its stride", &flats,
          { .box = { 0, 0, 0, 4, 1, 1 }, .stride = 15 }, 0 },
        { "layers too close", &flats,
          { .box = { 0, 0, 0, 4, 3, 2 }, .stride = 16, .layer_stride = 47 },
          0 },
        { "one layer has no stride", &flats,
          { .box = { 0, 0, 0, 4, 3, 1 }, .stride = 16, .layer_stride = 1 },
          48 },
        { "layers far apart", &flats,
          { .box = { 0, 0, 0, 4, 3, 2 }, .stride = 16, .layer_stride = 999 },
          999 + 48 },
        { "a small level", &flats,
          { .box = { 0, 0, 0, 4, 2, 2 }, .level = 2 }, 64 },
        { "the smallest level", &flats,
          { .box = { 0, 0, 0, 1, 1, 4 }, .level = 4 }, 16 },
        { "blocks", &compressed, { .box = { 0, 0, 0, 18, 10, 1 } }, 120 },
        { "some blocks", &compressed, { .box = { 4, 4, 0, 8, 4, 1 } }, 16 },
        { "blocks on the edge", &compressed,
          { .box = { 16, 8, 0, 2, 2, 1 } }, 8 },
        { "rows of blocks", &compressed,
          { .box = { 0, 0, 0, 5, 5, 1 }, .stride = 16 }, 32 },
        { "rows of blocks too close", &compressed,
          { .box = { 0, 0, 0, 5, 5, 1 }, .stride = 15 }, 0 },
        { "less than a block", &compressed,
          { .box = { 0, 0, 0, 1, 1, 1 }, .level = 4 }, 8 },
        { "bytes", &buffer, { .box = { 100, 0, 0, 64, 1, 1 } }, 64 },
        { "far behind", &buffer,
          { .box = { 0, 0, 0, 64, 1, 1 }, .offset = 1ull << 40 },
          (1ull << 40) + 64 },
        { "the last byte", &buffer,
          { .box = { 0, 0, 0, 64, 1, 1 }, .offset = UINT64_MAX - 64 },
          UINT64_MAX },
        { "offset wraps", &buffer,
          { .box = { 0, 0, 0, 64, 1, 1 }, .offset = UINT64_MAX - 63 }, 0 },
        { "largest strides", &flats,
          { .box = { 0, 0, 0, 1, 2, 1 }, .stride = MOST,
            .layer_stride = MOST }, (uint64_t)MOST + 4 },
        { "layers of largest rows", &flats,
          { .box = { 0, 0, 0, 1, 8, 2 }, .stride = MOST },
          15 * (uint64_t)MOST + 4 },
        { "everything wraps", &huge, { .box = { 0, 0, 0, MOST, MOST, MOST } },
          0 },
        { "rows wrap", &huge, { .box = { 0, 0, 0, MOST, MOST, 1 } }, 0 },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        const struct vgpu_texture *texture = cases[i].texture;
        uint64_t bytes = cases[i].bytes;

        g_test_message("%s", cases[i].name);
        g_assert_cmpint(vgpu_texture_transfer_fits(texture, &cases[i].transfer,
                                                   UINT64_MAX), ==, bytes != 0);
        if (bytes) {
            g_assert_true(vgpu_texture_transfer_fits(texture,
                                                     &cases[i].transfer,
                                                     bytes));
            g_assert_false(vgpu_texture_transfer_fits(texture,
                                                      &cases[i].transfer,
                                                      bytes - 1));
        }
    }
}

static void test_empty(void)
{
    struct vgpu_transfer_3d transfer = {
        .box = { 0, 0, 0, 1, 1, 0 }, .offset = UINT64_MAX, .stride = 1,
        .layer_stride = 1,
    };

    g_assert_true(vgpu_texture_transfer_fits(&flats, &transfer, 0));
    transfer.box.depth = 1;
    transfer.box.height = 0;
    g_assert_true(vgpu_texture_transfer_fits(&flats, &transfer, 0));
    transfer.box.height = 1;
    transfer.box.width = 0;
    g_assert_true(vgpu_texture_transfer_fits(&flats, &transfer, 0));
    transfer.box.width = 1;
    g_assert_false(vgpu_texture_transfer_fits(&flats, &transfer, 0));
}

static void test_layer_stride(void)
{
    struct vgpu_transfer_3d transfer = { .level = 1 };

    g_assert_cmpuint(vgpu_texture_layer_stride(&flats, &transfer), ==, 128);
    transfer.stride = 100;
    g_assert_cmpuint(vgpu_texture_layer_stride(&flats, &transfer), ==, 400);
    transfer.layer_stride = 7;
    g_assert_cmpuint(vgpu_texture_layer_stride(&flats, &transfer), ==, 7);
    transfer = (struct vgpu_transfer_3d) { .level = 0 };
    g_assert_cmpuint(vgpu_texture_layer_stride(&compressed, &transfer), ==,
                     120);
}

/*
 * Block by block; how far the furthest reaches, or 0 where two meet or a row is
 * longer than the stride.
 */
static uint64_t reach(const struct vgpu_texture *texture,
                      const struct vgpu_transfer_3d *t)
{
    const struct vgpu_block *block = &texture->block;
    struct vgpu_extent e = vgpu_texture_extent(texture, t->level);
    uint32_t across = (t->box.width + block->width - 1) / block->width;
    uint32_t down = (t->box.height + block->height - 1) / block->height;
    uint64_t line = (uint64_t)across * block->bytes;
    uint64_t stride = t->stride ? t->stride
                      : (e.width + block->width - 1) / block->width *
                        (uint64_t)block->bytes;
    uint64_t layer_stride = t->layer_stride ? t->layer_stride
                            : (e.height + block->height - 1) / block->height *
                              stride;
    uint64_t end = 0;

    if (stride < line) {
        return 0;
    }
    for (uint32_t z = 0; z < t->box.depth; z++) {
        for (uint32_t y = 0; y < down; y++) {
            uint64_t start = z * layer_stride + y * stride;

            if ((y && start < (y - 1) * stride + z * layer_stride + line) ||
                (z && start < (z - 1) * layer_stride + down * stride)) {
                return 0;
            }
            end = MAX(end, t->offset + start + line);
        }
    }
    return end;
}

static void test_random(void)
{
    static const struct vgpu_texture *const textures[] = {
        &flats, &compressed,
    };
    GRand *rand = g_rand_new_with_seed(8);

    for (unsigned i = 0; i < 20000; i++) {
        const struct vgpu_texture *texture = textures[i % 2];
        struct vgpu_transfer_3d t = {
            .level = g_rand_int_range(rand, 0, 3),
            .offset = g_rand_int_range(rand, 0, 100),
            .stride = g_rand_boolean(rand) * g_rand_int_range(rand, 0, 100),
            .layer_stride = g_rand_boolean(rand) *
                            g_rand_int_range(rand, 0, 600),
        };
        struct vgpu_extent e = vgpu_texture_extent(texture, t.level);
        uint64_t end;

        t.box.width = g_rand_int_range(rand, 1, e.width + 1);
        t.box.height = g_rand_int_range(rand, 1, e.height + 1);
        t.box.depth = g_rand_int_range(rand, 1, e.depth + 1);
        end = reach(texture, &t);
        g_assert_cmpint(vgpu_texture_transfer_fits(texture, &t, 1 << 20), ==,
                        end != 0);
        if (end) {
            g_assert_true(vgpu_texture_transfer_fits(texture, &t, end));
            g_assert_false(vgpu_texture_transfer_fits(texture, &t, end - 1));
        }
    }
    g_rand_free(rand);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/transfer/T-386/T-394/fits", test_fits);
    g_test_add_func("/transfer/T-123/empty", test_empty);
    g_test_add_func("/transfer/T-121/layer-stride", test_layer_stride);
    g_test_add_func("/transfer/T-386/T-394/random", test_random);
    return g_test_run();
}
