/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "hw/virtio/vgpu/texture.h"

#include <glib.h>

#include "hw/virtio/vgpu/format.h"

#define MOST UINT32_MAX

enum {
    BUFFER = VGPU_TARGET_BUFFER,
    LINE = VGPU_TARGET_1D,
    FLAT = VGPU_TARGET_2D,
    SOLID = VGPU_TARGET_3D,
    CUBE = VGPU_TARGET_CUBE,
    RECT = VGPU_TARGET_RECT,
    LINES = VGPU_TARGET_1D_ARRAY,
    FLATS = VGPU_TARGET_2D_ARRAY,
    CUBES = VGPU_TARGET_CUBE_ARRAY,
};

/* width, height, depth, layers, last level, samples */
#define SHAPE(target, w, h, d, layers, level, samples) \
    { target, 1, 8, w, h, d, layers, level, samples, 0, { 4, 1, 1 }, 0 }

static void test_blocks(void)
{
    static const struct {
        const char *name;
        uint32_t format;
        struct vgpu_block block;    /* bytes 0: no such format */
    } cases[] = {
        { "NONE", 0, { 0 } },
        { "B8G8R8A8_UNORM", 1, { 4, 1, 1 } },
        { "B5G6R5_UNORM", 7, { 2, 1, 1 } },
        { "L8_UNORM", 9, { 1, 1, 1 } },
        { "UYVY", 14, { 4, 2, 1 } },
        { "Z16_UNORM", 16, { 2, 1, 1 } },
        { "S8_UINT", 23, { 1, 1, 1 } },
        { "R64_FLOAT", 24, { 8, 1, 1 } },
        { "R64G64B64A64_FLOAT", 27, { 32, 1, 1 } },
        { "R32_FLOAT", 28, { 4, 1, 1 } },
        { "R32G32B32_FLOAT", 30, { 12, 1, 1 } },
        { "R32G32B32A32_FLOAT", 31, { 16, 1, 1 } },
        { "R16_UNORM", 48, { 2, 1, 1 } },
        { "R16G16B16_UNORM", 50, { 6, 1, 1 } },
        { "R8_UNORM", 64, { 1, 1, 1 } },
        { "R8G8B8_UNORM", 66, { 3, 1, 1 } },
        { "R8G8B8A8_UNORM", 67, { 4, 1, 1 } },
        { "R16G16B16A16_FLOAT", 94, { 8, 1, 1 } },
        { "DXT1_RGB", 105, { 8, 4, 4 } },
        { "DXT5_RGBA", 108, { 16, 4, 4 } },
        { "R8G8_B8G8_UNORM", 117, { 4, 2, 1 } },
        { "Z32_FLOAT_S8X24_UINT", 126, { 8, 1, 1 } },
        { "YV12, of planes", 163, { 0 } },
        { "R32G32B32A32_UINT", 196, { 16, 1, 1 } },
        { "ETC1_RGB8", 226, { 8, 4, 4 } },
        { "BPTC_RGBA_UNORM", 255, { 16, 4, 4 } },
        { "ETC2_RGBA8", 273, { 16, 4, 4 } },
        { "ASTC_4x4", 279, { 16, 4, 4 } },
        { "ASTC_12x12_SRGB", 306, { 16, 12, 12 } },
        { "beyond", 2000, { 0 } },
        { "beyond 16 bits", 0x10001, { 0 } },
        { "largest", MOST, { 0 } },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct vgpu_block block = { 0 };
        bool found = vgpu_texture_block(cases[i].format, &block);

        g_test_message("%s", cases[i].name);
        g_assert_cmpint(found, ==, cases[i].block.bytes != 0);
        g_assert_cmpuint(block.bytes, ==, cases[i].block.bytes);
        g_assert_cmpuint(block.width, ==, cases[i].block.width);
        g_assert_cmpuint(block.height, ==, cases[i].block.height);
    }
}

/* The eight of 2D are among them, and no entry is absurd. */
static void test_all_blocks(void)
{
    static const uint32_t two_d[] = { 1, 2, 3, 4, 67, 68, 121, 134 };

    for (unsigned i = 0; i < G_N_ELEMENTS(two_d); i++) {
        struct vgpu_block block;

        g_assert_true(vgpu_texture_block(two_d[i], &block));
        g_assert_cmpuint(block.bytes, ==, VGPU_BYTES_PER_PIXEL);
        g_assert_cmpuint(block.width * block.height, ==, 1);
    }
    for (uint32_t format = 0; format < 70000; format++) {
        struct vgpu_block block;

        if (vgpu_texture_block(format, &block)) {
            g_assert_cmpuint(block.bytes, >=, 1);
            g_assert_cmpuint(block.bytes, <=, 32);
            g_assert_cmpuint(block.width, >=, block.height);
            g_assert_cmpuint(block.height, >=, 1);
            g_assert_cmpuint(block.width, <=, 12);
        }
    }
}

static void test_complaints(void)
{
    static const struct {
        const char *name;
        struct vgpu_texture texture;
        bool good;
    } cases[] = {
        { "buffer", SHAPE(BUFFER, 100, 1, 1, 1, 0, 0), true },
        { "largest buffer", SHAPE(BUFFER, MOST, 1, 1, 1, 0, 0), true },
        { "buffer of lines", SHAPE(BUFFER, 100, 2, 1, 1, 0, 0), false },
        { "buffer of layers", SHAPE(BUFFER, 100, 1, 1, 2, 0, 0), false },
        { "buffer of levels", SHAPE(BUFFER, 100, 1, 1, 1, 1, 0), false },
        { "buffer of samples", SHAPE(BUFFER, 100, 1, 1, 1, 0, 2), false },
        { "no buffer", SHAPE(BUFFER, 0, 1, 1, 1, 0, 0), false },
        { "line", SHAPE(LINE, 100, 1, 1, 1, 6, 0), true },
        { "line that is high", SHAPE(LINE, 100, 2, 1, 1, 0, 0), false },
        { "lines", SHAPE(LINES, 100, 1, 1, 7, 6, 0), true },
        { "lines that are high", SHAPE(LINES, 100, 7, 1, 7, 0, 0), false },
        { "no lines", SHAPE(LINES, 100, 1, 1, 0, 0, 0), false },
        { "flat", SHAPE(FLAT, 64, 16, 1, 1, 0, 0), true },
        { "flat, all levels", SHAPE(FLAT, 64, 16, 1, 1, 6, 0), true },
        { "flat, a level more", SHAPE(FLAT, 64, 16, 1, 1, 7, 0), false },
        { "flat, high, all levels", SHAPE(FLAT, 1, 64, 1, 1, 6, 0), true },
        { "flat, odd, all levels", SHAPE(FLAT, 63, 63, 1, 1, 5, 0), true },
        { "flat, odd, a level more", SHAPE(FLAT, 63, 63, 1, 1, 6, 0), false },
        { "flat, 31 levels", SHAPE(FLAT, MOST, 1, 1, 1, 31, 0), true },
        { "flat, 32 levels", SHAPE(FLAT, MOST, 1, 1, 1, 32, 0), false },
        { "flat, most levels", SHAPE(FLAT, MOST, 1, 1, 1, MOST, 0), false },
        { "flat, deep", SHAPE(FLAT, 64, 16, 2, 1, 0, 0), false },
        { "flat, no depth", SHAPE(FLAT, 64, 16, 0, 1, 0, 0), false },
        { "flat, no height", SHAPE(FLAT, 64, 0, 1, 1, 0, 0), false },
        { "flat, layers", SHAPE(FLAT, 64, 16, 1, 2, 0, 0), false },
        { "flat, no layer", SHAPE(FLAT, 64, 16, 1, 0, 0, 0), false },
        { "flat, one sample", SHAPE(FLAT, 64, 16, 1, 1, 6, 1), true },
        { "flat, samples", SHAPE(FLAT, 64, 16, 1, 1, 0, 4), true },
        { "flat, samples and levels", SHAPE(FLAT, 64, 16, 1, 1, 1, 4), false },
        { "flat, odd samples", SHAPE(FLAT, 64, 16, 1, 1, 0, 3), false },
        { "flat, many samples", SHAPE(FLAT, 64, 16, 1, 1, 0, 128), false },
        { "flat, most samples", SHAPE(FLAT, 64, 16, 1, 1, 0, MOST), false },
        { "flats", SHAPE(FLATS, 64, 16, 1, 9, 6, 0), true },
        { "flats, samples", SHAPE(FLATS, 64, 16, 1, 9, 0, 8), true },
        { "no flats", SHAPE(FLATS, 64, 16, 1, 0, 0, 0), false },
        { "rectangle", SHAPE(RECT, 33, 17, 1, 1, 0, 0), true },
        { "rectangle of levels", SHAPE(RECT, 33, 17, 1, 1, 1, 0), false },
        { "rectangle of samples", SHAPE(RECT, 33, 17, 1, 1, 0, 4), false },
        { "solid", SHAPE(SOLID, 4, 5, 16, 1, 4, 0), true },
        { "solid, a level more", SHAPE(SOLID, 4, 5, 16, 1, 5, 0), false },
        { "solid, layers", SHAPE(SOLID, 4, 5, 16, 16, 0, 0), false },
        { "solid, samples", SHAPE(SOLID, 4, 5, 16, 1, 0, 2), false },
        { "cube", SHAPE(CUBE, 8, 8, 1, 6, 3, 0), true },
        { "cube, not square", SHAPE(CUBE, 8, 4, 1, 6, 0, 0), false },
        { "cube of a face", SHAPE(CUBE, 8, 8, 1, 1, 0, 0), false },
        { "cubes in one", SHAPE(CUBE, 8, 8, 1, 12, 0, 0), false },
        { "cube, samples", SHAPE(CUBE, 8, 8, 1, 6, 0, 2), false },
        { "cubes", SHAPE(CUBES, 8, 8, 1, 12, 3, 0), true },
        { "cubes and a face", SHAPE(CUBES, 8, 8, 1, 13, 0, 0), false },
        { "no cubes", SHAPE(CUBES, 8, 8, 1, 0, 0, 0), false },
        { "no target", SHAPE(9, 8, 8, 1, 1, 0, 0), false },
        { "largest target", SHAPE(MOST, 8, 8, 1, 1, 0, 0), false },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].name);
        g_assert_cmpint(vgpu_texture_complaint(&cases[i].texture) == NULL, ==,
                        cases[i].good);
    }
}

static void test_bytes(void)
{
    static const struct {
        const char *name;
        struct vgpu_texture texture;
        struct vgpu_block block;
        uint64_t bytes;
    } cases[] = {
        { "buffer", SHAPE(BUFFER, 100, 1, 1, 1, 0, 0), { 4, 1, 1 }, 100 },
        { "flat", SHAPE(FLAT, 64, 32, 1, 1, 0, 0), { 4, 1, 1 }, 8192 },
        { "levels", SHAPE(FLAT, 4, 2, 1, 1, 2, 0), { 4, 1, 1 }, 32 + 8 + 4 },
        { "samples", SHAPE(FLAT, 4, 2, 1, 1, 0, 4), { 4, 1, 1 }, 128 },
        { "one sample", SHAPE(FLAT, 4, 2, 1, 1, 0, 1), { 4, 1, 1 }, 32 },
        { "layers", SHAPE(FLATS, 4, 2, 1, 3, 1, 0), { 4, 1, 1 }, 96 + 24 },
        { "cube", SHAPE(CUBE, 2, 2, 1, 6, 1, 0), { 4, 1, 1 }, 96 + 24 },
        { "solid", SHAPE(SOLID, 4, 4, 4, 1, 2, 0), { 4, 1, 1 },
          256 + 32 + 4 },
        { "compressed", SHAPE(FLAT, 5, 5, 1, 1, 0, 0), { 16, 4, 4 }, 64 },
        { "compressed levels", SHAPE(FLAT, 8, 8, 1, 1, 3, 0), { 8, 4, 4 },
          32 + 8 + 8 + 8 },
        { "four gigabytes", SHAPE(FLAT, 32768, 32768, 1, 1, 0, 0), { 4, 1, 1 },
          4ull << 30 },
        { "the most that there is", SHAPE(FLAT, MOST, MOST, 1, 1, 0, 0),
          { 1, 1, 1 }, (uint64_t)MOST * MOST },
        { "texels wrap", SHAPE(FLAT, MOST, MOST, 1, 1, 0, 0), { 4, 1, 1 },
          UINT64_MAX },
        { "depth wraps", SHAPE(SOLID, MOST, MOST, MOST, 1, 0, 0), { 4, 1, 1 },
          UINT64_MAX },
        { "layers wrap", SHAPE(FLATS, 65536, 65536, 1, MOST, 0, 0), { 4, 1, 1 },
          UINT64_MAX },
        { "samples wrap", SHAPE(FLATS, 65536, 65536, 1, 1u << 29, 0, 64),
          { 4, 1, 1 }, UINT64_MAX },
        { "sum wraps", SHAPE(FLAT, MOST, MOST, 1, 1, 1, 0), { 1, 1, 1 },
          UINT64_MAX },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct vgpu_texture texture = cases[i].texture;

        g_test_message("%s", cases[i].name);
        texture.block = cases[i].block;
        g_assert_cmpuint(vgpu_texture_bytes(&texture), ==, cases[i].bytes);
    }
}

static void test_extents(void)
{
    static const struct vgpu_texture flats = SHAPE(FLATS, 9, 4, 1, 5, 3, 0);
    static const struct vgpu_texture solid = SHAPE(SOLID, 9, 4, 5, 1, 3, 0);
    static const struct vgpu_extent of_flats[] = {
        { 9, 4, 5 }, { 4, 2, 5 }, { 2, 1, 5 }, { 1, 1, 5 },
    };
    static const struct vgpu_extent of_solid[] = {
        { 9, 4, 5 }, { 4, 2, 2 }, { 2, 1, 1 }, { 1, 1, 1 },
    };

    for (uint32_t level = 0; level < 4; level++) {
        struct vgpu_extent e = vgpu_texture_extent(&flats, level);

        g_assert_cmpmem(&e, sizeof(e), &of_flats[level], sizeof(e));
        e = vgpu_texture_extent(&solid, level);
        g_assert_cmpmem(&e, sizeof(e), &of_solid[level], sizeof(e));
    }
}

static void test_boxes(void)
{
    static const struct vgpu_texture texture = SHAPE(FLATS, 9, 4, 1, 5, 3, 0);
    static const struct {
        uint32_t level;
        struct vgpu_box box;
        bool inside;
    } cases[] = {
        { 0, { 0, 0, 0, 9, 4, 5 }, true },
        { 0, { 8, 3, 4, 1, 1, 1 }, true },
        { 0, { 9, 4, 5, 0, 0, 0 }, true },
        { 0, { 10, 0, 0, 0, 0, 0 }, false },
        { 0, { 0, 0, 0, 10, 1, 1 }, false },
        { 0, { 0, 0, 0, 1, 5, 1 }, false },
        { 0, { 0, 0, 0, 1, 1, 6 }, false },
        { 0, { 1, 0, 0, 9, 4, 5 }, false },
        { 0, { 0, 1, 0, 9, 4, 5 }, false },
        { 0, { 0, 0, 1, 9, 4, 5 }, false },
        { 0, { MOST, 0, 0, 2, 1, 1 }, false },
        { 0, { 2, 0, 0, MOST, 1, 1 }, false },
        { 0, { 0, 0, MOST, 1, 1, 1 }, false },
        { 0, { 0, 0, 1, 1, 1, MOST }, false },
        { 1, { 0, 0, 0, 4, 2, 5 }, true },
        { 1, { 0, 0, 0, 5, 2, 5 }, false },
        { 3, { 0, 0, 0, 1, 1, 5 }, true },
        { 3, { 1, 0, 0, 1, 1, 1 }, false },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("box %u", i);
        g_assert_cmpint(vgpu_texture_has_box(&texture, cases[i].level,
                                             &cases[i].box), ==,
                        cases[i].inside);
    }
}

static void test_pictures(void)
{
    static const struct {
        struct vgpu_texture texture;
        bool picture;
    } cases[] = {
        { SHAPE(FLAT, 8, 8, 1, 1, 3, 0), true },
        { SHAPE(FLAT, 8, 8, 1, 1, 0, 1), true },
        { SHAPE(RECT, 8, 8, 1, 1, 0, 0), true },
        { SHAPE(FLAT, 8, 8, 1, 1, 0, 4), false },
        { SHAPE(FLATS, 8, 8, 1, 1, 0, 0), false },
        { SHAPE(LINE, 8, 1, 1, 1, 0, 0), false },
        { SHAPE(CUBE, 8, 8, 1, 6, 0, 0), false },
        { SHAPE(SOLID, 8, 8, 1, 1, 0, 0), false },
        { SHAPE(BUFFER, 8, 1, 1, 1, 0, 0), false },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_assert_cmpint(vgpu_texture_is_picture(&cases[i].texture), ==,
                        cases[i].picture);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/texture/T-375/blocks", test_blocks);
    g_test_add_func("/texture/all-blocks", test_all_blocks);
    g_test_add_func("/texture/T-374/T-376/complaints", test_complaints);
    g_test_add_func("/texture/T-378/bytes", test_bytes);
    g_test_add_func("/texture/extents", test_extents);
    g_test_add_func("/texture/T-385/T-393/boxes", test_boxes);
    g_test_add_func("/texture/T-292/T-302/pictures", test_pictures);
    return g_test_run();
}
