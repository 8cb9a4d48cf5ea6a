/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Memory of another process's: that nothing which it does to the file takes away
 * what is mapped of it.
 */
#include "platform/memory-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <linux/udmabuf.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#define BYTES 8192

static int make_file(unsigned flags, off_t bytes)
{
    int file = memfd_create("test", MFD_CLOEXEC | flags);

    g_assert_cmpint(file, >=, 0);
    g_assert_cmpint(ftruncate(file, bytes), ==, 0);
    return file;
}

static void test_shrink(void)
{
    int file = make_file(MFD_ALLOW_SEALING, BYTES);
    uint8_t *data;

    g_assert_true(vgpu_memory_file_keeps(file, BYTES));
    g_assert_cmpint(ftruncate(file, 0), <, 0);
    g_assert_cmpint(errno, ==, EPERM);
    g_assert_true(vgpu_memory_file_keeps(file, BYTES));
    data = vgpu_memory_file_map(file, BYTES);
    g_assert_nonnull(data);
    g_assert_cmpint(pwrite(file, "x", 1, BYTES - 1), ==, 1);
    g_assert_cmpint(data[BYTES - 1], ==, 'x');
    vgpu_memory_file_unmap(data, BYTES);
    close(file);
}

static void test_short(void)
{
    int file = make_file(MFD_ALLOW_SEALING, BYTES - 1);

    g_assert_false(vgpu_memory_file_keeps(file, BYTES));
    close(file);
}

/* Nobody can seal it any more, and its owner may cut it. */
static void test_no_seals(void)
{
    int file = make_file(0, BYTES);

    g_assert_false(vgpu_memory_file_keeps(file, BYTES));
    close(file);
}

static void test_make(void)
{
    int file = vgpu_memory_file_make(BYTES);
    int other = make_file(MFD_ALLOW_SEALING, BYTES);

    g_assert_true(vgpu_memory_file_is_ours(file));
    g_assert_true(vgpu_memory_file_keeps(file, BYTES));
    g_assert_false(vgpu_memory_file_keeps(file, BYTES + 1));
    g_assert_cmpint(ftruncate(file, 0), <, 0);
    g_assert_cmpint(ftruncate(file, 2 * BYTES), <, 0);
    g_assert_false(vgpu_memory_file_is_ours(other));
    close(file);
    close(other);
    g_assert_false(vgpu_memory_file_is_ours(file));
}

/* As lavapipe's: a header, and may grow. */
static void test_header(void)
{
    int file = make_file(MFD_ALLOW_SEALING, 4200);

    g_assert_cmpint(fcntl(file, F_ADD_SEALS,
                          F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL), ==, 0);
    g_assert_false(vgpu_memory_file_is_ours(file));
    close(file);
}

/* Its owner can cut it, and nobody can seal it. */
static void test_regular(void)
{
    g_autofree char *path = g_build_filename(g_get_tmp_dir(),
                                             "memory-file-XXXXXX", NULL);
    int file = g_mkstemp(path);

    g_assert_cmpint(file, >=, 0);
    unlink(path);
    g_assert_cmpint(ftruncate(file, BYTES), ==, 0);
    g_assert_false(vgpu_memory_file_keeps(file, BYTES));
    close(file);
}

static void test_no_file(void)
{
    int ends[2];

    g_assert_cmpint(pipe(ends), ==, 0);
    g_assert_false(vgpu_memory_file_keeps(ends[0], BYTES));
    g_assert_null(vgpu_memory_file_map(ends[0], BYTES));
    g_assert_false(vgpu_memory_file_keeps(-1, BYTES));
    close(ends[0]);
    close(ends[1]);
}

/* Which can be sealed, but another may punch holes that cannot be filled. */
static void test_huge_pages(void)
{
    int file = memfd_create("test", MFD_CLOEXEC | MFD_HUGETLB |
                                    MFD_ALLOW_SEALING);

    if (file < 0 || ftruncate(file, 2 << 20)) {
        g_test_skip("this kernel has no huge pages");
    } else {
        g_assert_false(vgpu_memory_file_keeps(file, BYTES));
    }
    if (file >= 0) {
        close(file);
    }
}

/* That of the kernel's udmabuf. */
static void test_dma_buf(void)
{
    struct udmabuf_create create = { .flags = UDMABUF_FLAGS_CLOEXEC,
                                     .size = BYTES };
    int device = open("/dev/udmabuf", O_RDWR | O_CLOEXEC);
    int file;

    if (device < 0) {
        g_test_skip("this host has no /dev/udmabuf");
        return;
    }
    create.memfd = make_file(MFD_ALLOW_SEALING, BYTES);
    g_assert_cmpint(fcntl(create.memfd, F_ADD_SEALS, F_SEAL_SHRINK), ==, 0);
    file = ioctl(device, UDMABUF_CREATE, &create);
    g_assert_cmpint(file, >=, 0);
    g_assert_true(vgpu_memory_file_keeps(file, BYTES));
    close(file);
    close(create.memfd);
    close(device);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/memory-file/T-532/shrink", test_shrink);
    g_test_add_func("/memory-file/T-532/short", test_short);
    g_test_add_func("/memory-file/T-532/no-seals", test_no_seals);
    g_test_add_func("/memory-file/make", test_make);
    g_test_add_func("/memory-file/header", test_header);
    g_test_add_func("/memory-file/T-532/regular", test_regular);
    g_test_add_func("/memory-file/T-532/no-file", test_no_file);
    g_test_add_func("/memory-file/T-532/huge-pages", test_huge_pages);
    g_test_add_func("/memory-file/dma-buf", test_dma_buf);
    return g_test_run();
}
