/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Shared memory in the guest's window, which comes and goes without a change of
 * QEMU's memory map: what is mapped is memory of shared-memory.c, preloaded.
 */
#include "qemu/osdep.h"

#include "libqtest.h"
#include "draw.h"
#include "gl.h"
#include "gl-window.h"
#include "harness.h"
#include "migrate.h"
#include "posts.h"
#include "screen.h"

#define PAGE  WINDOW_PAGE
#define BYTES WINDOW_BYTES
#define MANY  4096u

/* The most that are shown; see virtio-gpu-shared.c. */
#define MOST  16384u

#define PRIVATE WINDOW_PRIVATE

/* See shared-memory.c. */
#define PINS     0x7fffu
#define PINS_NOT 0x7ffeu

/* Of a window below 2 GiB; places so far apart are the same scratch memory. */
#define PIECE (2u << 20)

static struct gpu *boot(void)
{
    return window_boot("64M", 1);
}

/*
 * Whether there are such regions.  Not of the flat view ("-f"): QEMU 10.0 never gives
 * back those that it has printed, and so what they show.
 */
static void expect_regions(struct gpu *gpu, bool blobs, bool shared)
{
    g_autofree char *tree = qtest_hmp(gpu->guest->qts, "info mtree");

    expect_eq(strstr(tree, "virtio-gpu-blob") != NULL, blobs,
              "regions of blobs in %s", tree);
    expect_eq(strstr(tree, "virtio-gpu-window") != NULL, shared,
              "the region of shared memory in %s", tree);
}

static void test_shown(void)
{
    struct gpu *gpu = boot();

    window_create(gpu, 1, BYTES);
    expect_regions(gpu, false, false);
    window_map(gpu, 1, PAGE);
    expect_regions(gpu, false, true);
    window_expect(gpu, 0, 0, 64 * PAGE, "new memory, and none");
    window_write(gpu, PAGE, 0x3c, BYTES);
    window_expect(gpu, PAGE, 0x3c, BYTES, "what the guest wrote");
    window_expect(gpu, 0, 0, PAGE, "in front of it");
    window_expect(gpu, PAGE + BYTES, 0, PAGE, "behind it");
    window_unmap(gpu, 1);
    window_expect(gpu, PAGE, 0, BYTES, "when it is gone");
    window_write(gpu, 0, 0x77, 64 * PAGE);
    window_map(gpu, 1, (64u << 20) - BYTES);
    window_expect(gpu, (64u << 20) - BYTES, 0x3c, BYTES, "at another place");
    window_expect(gpu, 0, 0x77, 64 * PAGE, "scratch memory");
    window_expect(gpu, PIECE, 0x77, 64 * PAGE, "the same scratch memory");
    expect_regions(gpu, false, true);
}

/* Over several pieces of scratch memory. */
static void test_large(void)
{
    struct gpu *gpu = boot();

    window_create(gpu, 1, 7u << 20);
    window_map(gpu, 1, PIECE - PAGE);
    window_write(gpu, PIECE - PAGE, 0x3c, 7u << 20);
    window_write(gpu, 0, 0x11, PIECE - PAGE);
    window_expect(gpu, PIECE - PAGE, 0x3c, 7u << 20, "large");
    window_unmap(gpu, 1);
    for (uint64_t offset = 0; offset < 5 * PIECE; offset += PIECE) {
        window_expect(gpu, offset, 0x11, PIECE - PAGE, "when it is gone");
        window_expect(gpu, offset + PIECE - PAGE, 0, PAGE, "when it is gone");
    }
}

/* What it takes to unmap one of @num that are mapped, and to map it again. */
static void measure(struct gpu *gpu, unsigned num)
{
    enum { ROUNDS = 64 };
    gint64 began = g_get_monotonic_time();

    for (unsigned i = 0; i < ROUNDS; i++) {
        window_unmap(gpu, 1);
        window_map(gpu, 1, 0);
    }
    g_test_message("%u mapped: UNMAP and MAP of one in %.0f us", num,
                   (double)(g_get_monotonic_time() - began) / ROUNDS);
}

static void write_page(struct gpu *gpu, uint32_t page, uint32_t value)
{
    qtest_writel(gpu->guest->qts, window_address(gpu, page * 2 * PAGE), value);
}

static void expect_page(struct gpu *gpu, uint32_t page, uint32_t value)
{
    expect_eq(qtest_readl(gpu->guest->qts,
                          window_address(gpu, page * 2 * PAGE)),
              value, "page %u", page);
}

static void test_many(void)
{
    struct gpu *gpu = boot();

    for (uint32_t i = 0; i < MANY; i++) {
        window_create(gpu, 1 + i, PAGE);
        window_map(gpu, 1 + i, i * 2 * PAGE);
        write_page(gpu, i, i);
        if (i + 1 == 1 || i + 1 == 256 || i + 1 == MANY) {
            measure(gpu, i + 1);
        }
    }
    for (uint32_t i = 0; i < MANY; i++) {
        expect_page(gpu, i, i);
    }
    for (uint32_t i = 0; i < MANY; i += 2) {
        window_unmap(gpu, 1 + i);
    }
    for (uint32_t i = 0; i < MANY; i++) {
        expect_page(gpu, i, i % 2 ? i : 0);
    }
}

/* The process has room for so many and no more, and says so. */
static void test_most(void)
{
    struct gpu *gpu = window_boot("128M", 1);

    for (uint32_t i = 0; i < MOST; i++) {
        window_create(gpu, 1 + i, PAGE);
        window_map(gpu, 1 + i, i * 2ull * PAGE);
    }
    window_create(gpu, MOST + 1, PAGE);
    expect_eq(window_try_map(gpu, MOST + 1, PAGE), RESP_ERR_OUT_OF_MEMORY,
              "MAP_BLOB of one too many");
    window_unmap(gpu, MOST / 2);
    window_map(gpu, MOST + 1, PAGE);
    gpu_restart(gpu, NULL);
    gl_create_context(gpu, 1, "again");
    window_create(gpu, 1, BYTES);
    window_map(gpu, 1, 0);
    window_expect(gpu, 0, 0, BYTES, "mapped after a reset");
}

/* Mapped while it ends, by itself or with everything. */
static void test_ends(void)
{
    struct gpu *gpu = boot();

    window_expect_ends(gpu);
    window_write(gpu, 0, 0x33, BYTES);
    window_expect(gpu, 0, 0x33, BYTES, "mapped after a reset");
}

/* Reset at once, with whatever is under way. */
static void test_reset_under_way(void)
{
    for (unsigned round = 0; round < 6; round++) {
        struct gpu *gpu = boot();
        struct posts posts;

        for (unsigned again = 0; again < 4; again++) {
            for (uint32_t id = 1; id <= 8; id++) {
                window_create(gpu, id, BYTES);
                window_map(gpu, id, id * BYTES);
                window_write(gpu, id * BYTES, 0x99, BYTES);
            }
            posts_init(&posts, gpu);
            posts_hold(&posts);
            for (uint32_t id = 1; id <= 8; id++) {
                const struct wire_resource end = {
                    .header.type = id % 2 ? CMD_RESOURCE_UNREF
                                          : CMD_RESOURCE_UNMAP_BLOB,
                    .resource_id = id,
                };

                posts_send(&posts, &end, sizeof(end));
            }
            posts_release(&posts);
            g_usleep((round * 4 + again) * 20);
            gpu_restart(gpu, NULL);
            posts_forget(&posts);
            gl_create_context(gpu, 1, "again");
            window_expect(gpu, 0, 0, 10 * BYTES, "after a reset");
        }
    }
}

/* Memory of both kinds, side by side. */
static void test_private(void)
{
    struct gpu *gpu = boot();

    window_create(gpu, PRIVATE, BYTES);
    window_map(gpu, PRIVATE, BYTES);
    window_write(gpu, BYTES, 0x22, BYTES);
    expect_regions(gpu, true, false);
    window_create(gpu, 1, BYTES);
    window_create(gpu, 2, BYTES);
    window_map(gpu, 1, 0);
    window_map(gpu, 2, 2 * BYTES);
    window_write(gpu, 0, 0x11, BYTES);
    window_write(gpu, 2 * BYTES, 0x33, BYTES);
    expect_regions(gpu, true, true);
    for (unsigned round = 0; round < 3; round++) {
        window_expect(gpu, 0, 0x11, BYTES, "shared");
        window_expect(gpu, BYTES, 0x22, BYTES, "OpenGL's");
        window_expect(gpu, 2 * BYTES, 0x33, BYTES, "shared");
        window_unmap(gpu, PRIVATE);
        window_expect(gpu, 0, 0x11, BYTES, "shared");
        window_expect(gpu, BYTES, 0, BYTES, "OpenGL's, when it is gone");
        window_unmap(gpu, 1);
        window_expect(gpu, 0, 0, 2 * BYTES, "when both are gone");
        window_map(gpu, PRIVATE, BYTES);
        window_map(gpu, 1, 0);
    }
    window_unmap(gpu, PRIVATE);
    window_map(gpu, PRIVATE, 4 * BYTES);
    window_expect(gpu, 4 * BYTES, 0x22, BYTES, "OpenGL's elsewhere");
    window_unmap(gpu, 2);
    window_map(gpu, 2, BYTES);
    window_expect(gpu, BYTES, 0x33, BYTES, "shared where OpenGL's was");
}

/* A device that pins guest memory would go on with what is not mapped any more. */
static void test_pinned(void)
{
    struct gpu *gpu = boot();

    window_create(gpu, PINS, BYTES);
    window_create(gpu, 1, BYTES);
    window_map(gpu, PINS, 0);
    window_map(gpu, 1, BYTES);
    window_write(gpu, 0, 0x11, 2 * BYTES);
    expect_regions(gpu, true, false);
    window_unmap(gpu, PINS);
    window_expect(gpu, BYTES, 0x11, BYTES, "beside it");
    window_map(gpu, PINS, 2 * BYTES);
    window_expect(gpu, 2 * BYTES, 0x11, BYTES, "elsewhere");
    expect_regions(gpu, true, false);
}

static void test_not_pinned(void)
{
    struct gpu *gpu = boot();

    window_create(gpu, 1, BYTES);
    window_create(gpu, PINS_NOT, BYTES);
    window_map(gpu, 1, 0);
    window_map(gpu, PINS_NOT, BYTES);
    gpu_expect_alive(gpu);
}

/* The reply to the request that unmaps a blob is written where the blob was. */
static void test_request_inside(void)
{
    struct gpu *gpu = boot();
    const struct wire_resource request = {
        .header.type = CMD_RESOURCE_UNMAP_BLOB, .resource_id = 1,
    };
    const struct vring_buffer buffers[] = {
        { window_address(gpu, 0), sizeof(request), false },
        { window_address(gpu, PAGE), sizeof(struct wire_header), true },
    };
    struct vring *ring = gpu->queue[QUEUE_CONTROL];
    struct wire_header reply;
    unsigned id;

    window_create(gpu, 1, BYTES);
    window_map(gpu, 1, 0);
    qtest_memwrite(gpu->guest->qts, window_address(gpu, 0), &request,
                   sizeof(request));
    id = vring_add(ring, &(struct vring_chain){ buffers, 2, 0 });
    vring_kick(ring);
    expect_eq(vring_wait_for(ring, id), sizeof(reply), "used.len");
    qtest_memread(gpu->guest->qts, window_address(gpu, PAGE), &reply,
                  sizeof(reply));
    expect_eq(reply.type, RESP_OK_NODATA, "UNMAP_BLOB");
    window_map(gpu, 1, 2 * BYTES);
    window_expect(gpu, 2 * BYTES + PAGE, 0, PAGE, "the blob");
}

/* Shown on a screen, and drawn by the guest's processor alone. */
static void test_screen(void)
{
    static const struct wire_rect all = { 0, 0, 64, 64 };
    struct gpu *gpu = boot();
    const struct wire_set_scanout_blob show = {
        .header.type = CMD_SET_SCANOUT_BLOB,
        .rect = all,
        .resource_id = 1,
        .width = 64, .height = 64,
        .format = FORMAT_B8G8R8X8,
        .strides = { 256 },
    };

    window_create(gpu, 1, BYTES);
    window_map(gpu, 1, 0);
    gpu_expect(gpu, &show, sizeof(show), RESP_OK_NODATA, "SET_SCANOUT_BLOB");
    for (unsigned i = 1; i < 4; i++) {
        window_write(gpu, 0, 0x11 * i, 64 * 256);
        draw_flush(gpu, 1, &all);
        screen_expect_filled(gpu->guest, 0, 64, 64, 0x111111 * i);
    }
}

/* What the region leaves behind does not keep the guest where it is. */
static void test_migrated(void)
{
    static const struct guest_options options = {
        .args = "-device virtio-gpu-gl-pci,id=gpu,context-init=on,"
                "blob=on,hostmem=64M",
        .ram_mib = 64,
    };
    struct gpu *gpu;

    gpu = gpu_find(guest_start(&options), 0);
    gl_expect_noise(gpu->guest);
    gpu_start(gpu, NULL);
    gl_create_context(gpu, 1, "first");
    window_create(gpu, 1, BYTES);
    window_map(gpu, 1, 0);
    draw_unref(gpu, 1);
    gl_destroy_context(gpu, 1);
    guest_settle(gpu->guest);
    migrate_guest(gpu->guest, &options);
    gl_create_context(gpu, 1, "second");
    window_create(gpu, 1, BYTES);
    window_map(gpu, 1, PAGE);
    window_write(gpu, PAGE, 0x22, BYTES);
    window_expect(gpu, PAGE, 0x22, BYTES, "after a migration");
}

int main(int argc, char **argv)
{
    window_preload_shared();
    harness_init(&argc, &argv);
    harness_add("/gl-shared/shown", test_shown);
    harness_add("/gl-shared/large", test_large);
    harness_add("/gl-shared/many", test_many);
    harness_add("/gl-shared/most", test_most);
    harness_add("/gl-shared/ends", test_ends);
    harness_add("/gl-shared/reset-under-way", test_reset_under_way);
    harness_add("/gl-shared/private", test_private);
    harness_add("/gl-shared/pinned", test_pinned);
    harness_add("/gl-shared/not-pinned", test_not_pinned);
    harness_add("/gl-shared/request-inside", test_request_inside);
    harness_add("/gl-shared/screen", test_screen);
    harness_add("/gl-shared/migrated", test_migrated);
    return harness_run();
}
