/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "hw/virtio/vgpu/frame.h"

#include <string.h>
#include <glib.h>

static void test_black(void)
{
    static const uint32_t sizes[][2] = {
        { 1, 1 }, { 1, 4096 }, { 4096, 1 }, { 13, 7 }, { 1920, 1080 },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        uint32_t width = sizes[i][0], height = sizes[i][1];
        struct vgpu_frame *frame = vgpu_frame_create(width, height);
        uint64_t bytes = vgpu_frame_bytes(width, height);

        g_assert_nonnull(frame);
        g_assert_cmpuint(frame->width, ==, width);
        g_assert_cmpuint(frame->height, ==, height);
        g_assert_cmpuint(frame->stride, >=, width * 4);
        g_assert_cmpuint(bytes, >=, (uint64_t)frame->stride * height);
        for (uint64_t at = 0; at < bytes; at++) {
            g_assert_cmpuint(frame->data[at], ==, 0);
        }
        memset(frame->data, 0xff, bytes);
        vgpu_frame_unref(frame);
    }
}

static void test_references(void)
{
    struct vgpu_frame *frame = vgpu_frame_create(8, 8);

    g_assert_false(vgpu_frame_is_shared(frame));
    g_assert_true(vgpu_frame_ref(frame) == frame);
    g_assert_true(vgpu_frame_is_shared(frame));
    vgpu_frame_unref(frame);
    g_assert_false(vgpu_frame_is_shared(frame));
    memset(frame->data, 1, vgpu_frame_bytes(8, 8));
    vgpu_frame_unref(frame);
    vgpu_frame_unref(NULL);
}

static void test_copy(void)
{
    static pixman_box32_t boxes[] = { { 0, 0, 3, 2 }, { 5, 4, 8, 8 } };
    struct vgpu_frame *from = vgpu_frame_create(8, 8);
    struct vgpu_frame *to = vgpu_frame_create(8, 8);
    pixman_region32_t region;

    memset(from->data, 0xff, vgpu_frame_bytes(8, 8));
    pixman_region32_init_rects(&region, boxes, G_N_ELEMENTS(boxes));
    vgpu_frame_copy(to, from, &region);
    for (int y = 0; y < 8; y++) {
        const uint32_t *row = (uint32_t *)(to->data + y * (int)to->stride);

        for (int x = 0; x < 8; x++) {
            bool inside = pixman_region32_contains_point(&region, x, y, NULL);

            g_assert_cmphex(row[x], ==, inside ? 0xffffffff : 0);
        }
    }
    pixman_region32_fini(&region);
    vgpu_frame_unref(from);
    vgpu_frame_unref(to);
}

/* 64-bit figures: the largest image there can be. */
static void test_bytes(void)
{
    g_assert_cmpuint(vgpu_frame_bytes(32767, 32767), ==,
                     32767ull * 32767 * 4);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/frame/T-537/black", test_black);
    g_test_add_func("/frame/references", test_references);
    g_test_add_func("/frame/copy", test_copy);
    g_test_add_func("/frame/bytes", test_bytes);
    return g_test_run();
}
