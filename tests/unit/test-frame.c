/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "frame.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
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

/* Somebody who was given the file sees the pixels, and cannot take them away. */
static void test_file(void)
{
    struct vgpu_frame *frame = vgpu_frame_create(13, 7);
    uint64_t bytes = vgpu_frame_bytes(13, 7);
    struct stat info;
    uint8_t *seen;
    int theirs;

    g_assert_cmpint(frame->file, >=, 0);
    g_assert_cmpint(fcntl(frame->file, F_GETFD), ==, FD_CLOEXEC);
    theirs = dup(frame->file);
    g_assert_cmpint(ftruncate(theirs, 0), ==, -1);
    g_assert_cmpint(errno, ==, EPERM);
    g_assert_cmpint(ftruncate(theirs, 1 << 20), ==, -1);
    g_assert_cmpint(errno, ==, EPERM);
    g_assert_cmpint(fstat(theirs, &info), ==, 0);
    g_assert_cmpuint(info.st_size, >=, bytes);
    seen = mmap(NULL, bytes, PROT_READ, MAP_SHARED, theirs, 0);
    g_assert_true(seen != MAP_FAILED);
    memset(frame->data, 0x5a, bytes);
    g_assert_cmpmem(seen, bytes, frame->data, bytes);
    vgpu_frame_unref(frame);
    g_assert_cmphex(seen[bytes - 1], ==, 0x5a);
    munmap(seen, bytes);
    close(theirs);
}

/* Pictures are shown all the same. */
static void test_no_descriptors(void)
{
    struct rlimit limit, none;
    struct vgpu_frame *frame;

    g_assert_cmpint(getrlimit(RLIMIT_NOFILE, &limit), ==, 0);
    none = limit;
    none.rlim_cur = 0;
    g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &none), ==, 0);
    frame = vgpu_frame_create(13, 7);
    g_assert_cmpint(setrlimit(RLIMIT_NOFILE, &limit), ==, 0);
    g_assert_nonnull(frame);
    g_assert_cmpint(frame->file, ==, -1);
    g_assert_cmphex(frame->data[vgpu_frame_bytes(13, 7) - 1], ==, 0);
    memset(frame->data, 1, vgpu_frame_bytes(13, 7));
    vgpu_frame_unref(frame);
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
    g_test_add_func("/frame/file", test_file);
    g_test_add_func("/frame/no-descriptors", test_no_descriptors);
    g_test_add_func("/frame/references", test_references);
    g_test_add_func("/frame/copy", test_copy);
    g_test_add_func("/frame/bytes", test_bytes);
    return g_test_run();
}
