/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Dma-bufs of VFIO devices and of memfds, against what kernels were seen to
 * answer: Linux 6.12.95 and 7.3.4 of Debian with a bochs-display of 16 MiB.
 */
#include "platform/udmabuf.h"
#include "platform/vfio.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <linux/udmabuf.h>
#include <linux/vfio.h>
#include <stdbool.h>
#include <string.h>

#include "platform/device-ioctl.h"

#define PAGE 4096u
#define DEVICE_FD 71
#define UDMABUF_FD 72
#define DMABUF_FD 73
#define MEMFD 74
#define BAR_BYTES (16u << 20)
#define CONFIG_REGION 7
#define MAX_RANGES 4

/* What the kernel is, and what it was asked last. */
static struct {
    bool has_feature;           /* 7.3, not 6.12 */
    bool is_variant;            /* the device's driver has no such function */
    unsigned list_limit;        /* of udmabuf; as its parameters */
    uint64_t size_limit;
    unsigned num_calls;
    uint32_t count;
    uint64_t offsets[MAX_RANGES];
    uint64_t lengths[MAX_RANGES];
} kernel;

/* The structures once more, word by word, as documented. */
static int feature_dma_buf(const uint8_t *argument, uint32_t flags)
{
    uint32_t argsz, words[4];

    if (!kernel.has_feature) {
        return -ENOTTY;
    }
    if (kernel.is_variant) {
        return -EOPNOTSUPP;
    }
    if (flags & VFIO_DEVICE_FEATURE_PROBE) {
        return 0;
    }
    memcpy(&argsz, argument, 4);
    memcpy(words, argument + 8, sizeof(words));
    g_assert_cmphex(words[1], ==, O_RDWR | O_CLOEXEC);
    g_assert_cmpuint(argsz, ==, 24 + 16 * words[3]);
    if (words[2] || !words[3]) {
        return -EINVAL;
    }
    if (words[0] >= CONFIG_REGION) {
        return -ENODEV;
    }
    kernel.count = words[3];
    for (uint32_t i = 0; i < words[3]; i++) {
        uint64_t range[2];

        memcpy(range, argument + 24 + 16 * i, sizeof(range));
        if (!range[1] || range[0] % PAGE || range[1] % PAGE ||
            range[0] + range[1] > BAR_BYTES) {
            return -EINVAL;
        }
        g_assert(i < MAX_RANGES);
        kernel.offsets[i] = range[0];
        kernel.lengths[i] = range[1];
    }
    return DMABUF_FD;
}

static int create_list(const struct udmabuf_create_list *list)
{
    uint64_t bytes = 0;

    g_assert_cmphex(list->flags, ==, UDMABUF_FLAGS_CLOEXEC);
    if (list->count > kernel.list_limit) {
        return -EINVAL;
    }
    kernel.count = list->count;
    for (uint32_t i = 0; i < list->count; i++) {
        const struct udmabuf_create_item *item = &list->list[i];

        if (item->memfd != MEMFD) {
            return -EBADFD;
        }
        bytes += item->size;
        if (item->offset % PAGE || item->size % PAGE ||
            bytes > kernel.size_limit) {
            return -EINVAL;
        }
        kernel.offsets[i % MAX_RANGES] = item->offset;
        kernel.lengths[i % MAX_RANGES] = item->size;
    }
    return DMABUF_FD;
}

int vgpu_device_ioctl(int fd, unsigned long request, void *argument)
{
    uint32_t flags;

    kernel.num_calls++;
    if (request == UDMABUF_CREATE_LIST) {
        g_assert_cmpint(fd, ==, UDMABUF_FD);
        return create_list(argument);
    }
    g_assert_cmpuint(request, ==, VFIO_DEVICE_FEATURE);
    g_assert_cmpint(fd, ==, DEVICE_FD);
    memcpy(&flags, (uint8_t *)argument + 4, 4);
    g_assert_cmpuint(flags & VFIO_DEVICE_FEATURE_MASK, ==, 11);
    g_assert_true(flags & VFIO_DEVICE_FEATURE_GET);
    return feature_dma_buf(argument, flags);
}

static void boot(bool has_feature)
{
    memset(&kernel, 0, sizeof(kernel));
    kernel.has_feature = has_feature;
    kernel.list_limit = 1024;
    kernel.size_limit = 64u << 20;
}

static void test_vfio(void)
{
    const struct vgpu_vfio_range ranges[] = {
        { 8 * PAGE, 2 * PAGE }, { 0, PAGE }, { 0, PAGE },
    };
    const struct vgpu_vfio_range whole = { 0, BAR_BYTES };

    boot(true);
    g_assert_cmpint(vgpu_vfio_probe_dmabuf(DEVICE_FD), ==, 0);
    g_assert_cmpint(vgpu_vfio_make_dmabuf(DEVICE_FD, 0, &whole, 1), ==,
                    DMABUF_FD);
    g_assert_cmpint(vgpu_vfio_make_dmabuf(DEVICE_FD, 0, ranges, 3), ==,
                    DMABUF_FD);
    g_assert_cmpuint(kernel.count, ==, 3);
    for (unsigned i = 0; i < 3; i++) {
        g_assert_cmpuint(kernel.offsets[i], ==, ranges[i].offset);
        g_assert_cmpuint(kernel.lengths[i], ==, ranges[i].bytes);
    }
}

static void test_vfio_errors(void)
{
    static const struct {
        const char *name;
        bool old_kernel;
        bool is_variant;
        uint32_t region;
        uint32_t count;
        struct vgpu_vfio_range range;
        int error;
        const char *remedy;
    } cases[] = {
        { "Linux 6.12", .old_kernel = true, .count = 1, .range = { 0, PAGE },
          .error = ENOTTY, .remedy = "6.19" },
        { "variant driver", .is_variant = true, .count = 1,
          .range = { 0, PAGE }, .error = EOPNOTSUPP, .remedy = "vfio-pci" },
        { "offset", .count = 1, .range = { 4, PAGE }, .error = EINVAL,
          .remedy = "pages" },
        { "length", .count = 1, .range = { 0, PAGE - 1 }, .error = EINVAL,
          .remedy = "pages" },
        { "no length", .count = 1, .error = EINVAL, .remedy = "pages" },
        { "behind the end", .count = 1, .range = { BAR_BYTES, PAGE },
          .error = EINVAL, .remedy = "pages" },
        { "no ranges", .count = 0, .error = EINVAL, .remedy = "pages" },
        { "config region", .region = CONFIG_REGION, .count = 1,
          .range = { 0, PAGE }, .error = ENODEV, .remedy = "BARs" },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_test_message("%s", cases[i].name);
        boot(!cases[i].old_kernel);
        kernel.is_variant = cases[i].is_variant;
        g_assert_cmpint(vgpu_vfio_make_dmabuf(DEVICE_FD, cases[i].region,
                                              &cases[i].range, cases[i].count),
                        ==, -cases[i].error);
        g_assert_nonnull(strstr(vgpu_vfio_dmabuf_complaint(cases[i].error),
                                cases[i].remedy));
        if (cases[i].old_kernel || cases[i].is_variant) {
            g_assert_cmpint(vgpu_vfio_probe_dmabuf(DEVICE_FD), ==,
                            -cases[i].error);
        }
    }
}

static void test_udmabuf(void)
{
    const struct vgpu_udmabuf_piece pieces[] = {
        { MEMFD, 5 * PAGE, PAGE }, { MEMFD, 0, 3 * PAGE },
    };

    boot(true);
    g_assert_cmpint(vgpu_udmabuf_make(UDMABUF_FD, pieces, 2), ==, DMABUF_FD);
    g_assert_cmpuint(kernel.count, ==, 2);
    g_assert_cmpuint(kernel.offsets[0], ==, 5 * PAGE);
    g_assert_cmpuint(kernel.lengths[1], ==, 3 * PAGE);
}

static void expect_udmabuf_error(const struct vgpu_udmabuf_piece *pieces,
                                 uint32_t count, int error, const char *remedy)
{
    g_assert_cmpint(vgpu_udmabuf_make(UDMABUF_FD, pieces, count), ==, -error);
    g_assert_nonnull(strstr(vgpu_udmabuf_complaint(error), remedy));
}

static void test_udmabuf_errors(void)
{
    const struct vgpu_udmabuf_piece anonymous = { -1, 0, PAGE };
    const struct vgpu_udmabuf_piece unaligned = { MEMFD, 1, PAGE };
    const struct vgpu_udmabuf_piece large = { MEMFD, 0, 65u << 20 };
    struct vgpu_udmabuf_piece many[1025];

    boot(true);
    expect_udmabuf_error(&anonymous, 1, EBADFD, "memory-backend-memfd");
    expect_udmabuf_error(&unaligned, 1, EINVAL, "pages");
    expect_udmabuf_error(&large, 1, EINVAL, "size_limit_mb");
    for (unsigned i = 0; i < G_N_ELEMENTS(many); i++) {
        many[i] = (struct vgpu_udmabuf_piece) { MEMFD, i * 2 * PAGE, PAGE };
    }
    expect_udmabuf_error(many, G_N_ELEMENTS(many), EINVAL, "list_limit");
    g_assert_cmpint(vgpu_udmabuf_make(UDMABUF_FD, many, 1024), ==, DMABUF_FD);
}

/* Whatever else fails is said in the C library's words. */
static void test_other_errors(void)
{
    g_assert_cmpstr(vgpu_vfio_dmabuf_complaint(ENOMEM), ==, g_strerror(ENOMEM));
    g_assert_cmpstr(vgpu_udmabuf_complaint(ENOMEM), ==, g_strerror(ENOMEM));
    g_assert_nonnull(strstr(vgpu_udmabuf_complaint(ENOENT), "modprobe"));
    g_assert_nonnull(strstr(vgpu_vfio_dmabuf_complaint(EMFILE), "ulimit"));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/dmabuf/vfio", test_vfio);
    g_test_add_func("/dmabuf/vfio-errors", test_vfio_errors);
    g_test_add_func("/dmabuf/udmabuf", test_udmabuf);
    g_test_add_func("/dmabuf/udmabuf-errors", test_udmabuf_errors);
    g_test_add_func("/dmabuf/other-errors", test_other_errors);
    return g_test_run();
}
