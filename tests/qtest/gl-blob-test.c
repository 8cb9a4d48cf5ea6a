/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Memory of the host in the guest's window: both sides see what the other
 * writes, nothing is left when it is gone, and nothing beside it can be seen
 * (conformance matrix, RESOURCE_MAP_BLOB and RESOURCE_UNMAP_BLOB).
 */
#include "qemu/osdep.h"

#include "libqtest.h"
#include "draw.h"
#include "gl.h"
#include "gl-window.h"
#include "gl-work.h"
#include "harness.h"
#include "posts.h"
#include "screen.h"

#define MANY 256u
#define SIZE (64u << 20)

static struct gpu *boot(void)
{
    return window_boot("64M", 1);
}

/* A buffer of the guest's that @blob is copied into. */
static void expect_blob(struct gpu *gpu, uint32_t blob, uint8_t byte,
                        uint32_t bytes, const char *what)
{
    struct gl_texture copy = {
        .id = 5000 + blob, .format = VIRGL_R8, .width = bytes,
        .bind = VIRGL_BIND_VERTEX_BUFFER, .backing_bytes = bytes,
    };
    const struct virgl_place from = {
        .resource = blob, .box = { 0, 0, 0, bytes, 1, 1 },
    };
    const struct virgl_place to = { .resource = copy.id };
    struct virgl_stream stream;
    const uint8_t *data;

    gl_create(&copy, gpu);
    gl_attach(gpu, 1, copy.id);
    virgl_stream_init(&stream);
    virgl_copy(&stream, &to, &from);
    expect_eq(gl_submit_fenced(gpu, 1, &stream), RESP_OK_NODATA, "SUBMIT_3D");
    virgl_stream_finish(&stream);
    gl_from_host(&copy, NULL);
    data = gl_memory(&copy);
    for (uint32_t i = 0; i < bytes; i++) {
        expect_eq(data[i], byte, "%s: byte %u of blob %u", what, i, blob);
    }
    draw_unref(gpu, copy.id);
}

/* The other way round: OpenGL writes it. */
static void fill_blob(struct gpu *gpu, uint32_t blob, uint8_t byte,
                      uint32_t bytes)
{
    struct gl_texture source = {
        .id = 6000 + blob, .format = VIRGL_R8, .width = bytes,
        .bind = VIRGL_BIND_VERTEX_BUFFER, .backing_bytes = bytes,
    };
    const struct virgl_place from = {
        .resource = source.id, .box = { 0, 0, 0, bytes, 1, 1 },
    };
    const struct virgl_place to = { .resource = blob };
    struct virgl_stream stream;

    gl_create(&source, gpu);
    gl_attach(gpu, 1, source.id);
    memset(gl_memory(&source), byte, bytes);
    gl_to_host(&source, NULL);
    virgl_stream_init(&stream);
    virgl_copy(&stream, &to, &from);
    expect_eq(gl_submit_fenced(gpu, 1, &stream), RESP_OK_NODATA, "SUBMIT_3D");
    virgl_stream_finish(&stream);
    draw_unref(gpu, source.id);
}

static void test_shared(void)
{
    struct gpu *gpu = boot();

    window_create(gpu, 1, WINDOW_BYTES);
    window_expect(gpu, WINDOW_PAGE, 0, WINDOW_BYTES, "before it is mapped");
    window_map(gpu, 1, WINDOW_PAGE);
    fill_blob(gpu, 1, 0x5a, WINDOW_BYTES);
    window_expect(gpu, WINDOW_PAGE, 0x5a, WINDOW_BYTES, "what OpenGL wrote");
    window_expect(gpu, 0, 0, WINDOW_PAGE, "in front of it");
    window_expect(gpu, WINDOW_PAGE + WINDOW_BYTES, 0, WINDOW_PAGE, "behind it");
    window_write(gpu, WINDOW_PAGE, 0x3c, WINDOW_BYTES);
    expect_blob(gpu, 1, 0x3c, WINDOW_BYTES, "what the guest wrote");
    window_unmap(gpu, 1);
    window_expect(gpu, WINDOW_PAGE, 0, WINDOW_BYTES, "when it is gone");
    window_write(gpu, WINDOW_PAGE, 0x77, WINDOW_BYTES);
    window_expect(gpu, WINDOW_PAGE, 0, WINDOW_BYTES, "what was written to nothing");
    expect_blob(gpu, 1, 0x3c, WINDOW_BYTES, "after it was unmapped");
    window_map(gpu, 1, SIZE - WINDOW_BYTES);
    window_expect(gpu, SIZE - WINDOW_BYTES, 0x3c, WINDOW_BYTES, "at the window's end");
}

/* Each shows its own, whatever goes beside it. */
static void test_several(void)
{
    struct gpu *gpu = boot();

    for (uint32_t id = 1; id <= 10; id++) {
        window_create(gpu, id, WINDOW_PAGE);
        window_map(gpu, id, id * WINDOW_PAGE);
        window_write(gpu, id * WINDOW_PAGE, id, WINDOW_PAGE);
    }
    for (uint32_t id = 1; id <= 10; id += 2) {
        window_unmap(gpu, id);
    }
    for (uint32_t id = 1; id <= 10; id++) {
        window_expect(gpu, id * WINDOW_PAGE, id % 2 ? 0 : id, WINDOW_PAGE, "every other one");
        expect_blob(gpu, id, id, WINDOW_PAGE, "each of them");
    }
}

/* As many as some drivers have small ones, and all of them at once. */
static void test_many(void)
{
    struct gpu *gpu = boot();
    gint64 began = g_get_monotonic_time(), first = 0;

    for (uint32_t i = 0; i < MANY; i++) {
        window_create(gpu, 1 + i, WINDOW_PAGE);
        window_map(gpu, 1 + i, (uint64_t)i * WINDOW_PAGE);
        window_write(gpu, (uint64_t)i * WINDOW_PAGE, i % 251, WINDOW_PAGE);
        if (i == MANY / 16) {
            first = g_get_monotonic_time() - began;
        }
    }
    g_test_message("%u mappings in %" PRId64 " us, the first %u in %" PRId64,
                   MANY, g_get_monotonic_time() - began, MANY / 16, first);
    for (uint32_t i = 0; i < MANY; i += 97) {
        window_expect(gpu, (uint64_t)i * WINDOW_PAGE, i % 251, WINDOW_PAGE, "one of many");
    }
    began = g_get_monotonic_time();
    for (uint32_t i = 0; i < MANY; i += 2) {
        window_unmap(gpu, 1 + i);
    }
    g_test_message("half of them unmapped in %" PRId64 " us",
                   g_get_monotonic_time() - began);
    for (uint32_t i = 0; i < MANY; i += 97) {
        window_expect(gpu, (uint64_t)i * WINDOW_PAGE, i % 2 ? i % 251 : 0, WINDOW_PAGE,
                      "every other one of many");
    }
}

/* Mapped while it ends, by itself or with everything. */
static void test_ends(void)
{
    struct gpu *gpu = boot();

    window_expect_ends(gpu);
    fill_blob(gpu, 1, 0x33, WINDOW_BYTES);
    window_expect(gpu, 0, 0x33, WINDOW_BYTES, "mapped after a reset");
}

/* Reset at once, with whatever is under way. */
static void test_reset_under_way(void)
{
    struct gpu *gpu = boot();

    for (unsigned round = 0; round < 20; round++) {
        const struct wire_resource unmap = {
            .header.type = CMD_RESOURCE_UNMAP_BLOB, .resource_id = 1,
        };
        const struct wire_resource unref = {
            .header.type = CMD_RESOURCE_UNREF, .resource_id = 2,
        };
        struct posts posts;

        window_create(gpu, 1, WINDOW_BYTES);
        window_create(gpu, 2, WINDOW_BYTES);
        window_map(gpu, 1, 0);
        window_map(gpu, 2, WINDOW_BYTES);
        posts_init(&posts, gpu);
        posts_hold(&posts);
        posts_send(&posts, &unmap, sizeof(unmap));
        posts_send(&posts, &unref, sizeof(unref));
        posts_release(&posts);
        g_usleep(round * 50);
        gpu_restart(gpu, NULL);
        posts_forget(&posts);
        gl_create_context(gpu, 1, "again");
        window_expect(gpu, 0, 0, 2 * WINDOW_BYTES, "after a reset");
    }
}

/*
 * The request that unmaps a blob lies in it, and so holds it: nothing is left to
 * wait for but a reset, which the others do not notice.
 */
static void test_request_inside(void)
{
    struct gpu *gpu = boot();

    for (unsigned round = 0; round < 3; round++) {
        const struct wire_resource request = {
            .header.type = CMD_RESOURCE_UNMAP_BLOB, .resource_id = 1,
        };
        const struct vring_buffer buffers[] = {
            { window_address(gpu, 0), sizeof(request), false },
            { window_address(gpu, WINDOW_PAGE), sizeof(struct wire_header), true },
        };
        struct wire_display_info info;

        window_create(gpu, 1, WINDOW_BYTES);
        window_map(gpu, 1, 0);
        qtest_memwrite(gpu->guest->qts, window_address(gpu, 0), &request,
                       sizeof(request));
        vring_add(gpu->queue[QUEUE_CONTROL],
                  &(struct vring_chain){ buffers, 2, 0 });
        vring_kick(gpu->queue[QUEUE_CONTROL]);
        gpu_display_info(gpu, &info);
        guest_settle(gpu->guest);
        gpu_restart(gpu, NULL);
        gl_create_context(gpu, 1, "again");
        window_create(gpu, 2, WINDOW_BYTES);
        window_map(gpu, 2, 0);
        window_expect(gpu, 0, 0, WINDOW_BYTES, "after a reset");
        gpu_restart(gpu, NULL);
        gl_create_context(gpu, 1, "again");
    }
}

/* What a buffer held before is not seen by who has its memory next. */
static void test_empty(void)
{
    struct gpu *gpu = boot();

    for (uint32_t round = 0; round < 8; round++) {
        uint32_t bytes = WINDOW_BYTES << round % 4;

        window_create(gpu, 1, bytes);
        window_map(gpu, 1, 0);
        window_expect(gpu, 0, 0, bytes, "a new buffer");
        window_write(gpu, 0, 0x99, bytes);
        draw_unref(gpu, 1);
    }
}

static const struct wire_rect all = { 0, 0, 64, 64 };

static void show(struct gpu *gpu, uint32_t id, uint32_t expected)
{
    const struct wire_set_scanout_blob request = {
        .header.type = CMD_SET_SCANOUT_BLOB,
        .rect = all,
        .resource_id = id,
        .width = 64, .height = 64,
        .format = FORMAT_B8G8R8X8,
        .strides = { 256 },
    };

    gpu_expect(gpu, &request, sizeof(request), expected, "SET_SCANOUT_BLOB");
}

/* Shown, and drawn by the guest's processor alone. */
static void test_shown(void)
{
    struct gpu *gpu = boot();

    window_create(gpu, 1, WINDOW_BYTES);
    window_map(gpu, 1, 0);
    show(gpu, 1, RESP_OK_NODATA);
    for (unsigned i = 1; i < 4; i++) {
        window_write(gpu, 0, 0x11 * i, 64 * 256);
        draw_flush(gpu, 1, &all);
        screen_expect_filled(gpu->guest, 0, 64, 64, 0x111111 * i);
    }
    draw_unref(gpu, 1);
    window_expect(gpu, 0, 0, WINDOW_BYTES, "after UNREF");
}

/* A texture of OpenGL's, which is read as the picture that it is or not at all. */
static void test_not_shown(void)
{
    const struct wire_create_3d shape = {
        .target = VIRGL_2D, .format = FORMAT_B8G8R8X8,
        .bind = VIRGL_BIND_RENDER_TARGET,
        .width = 32, .height = 128, .depth = 1, .array_size = 1,
    };
    const struct wire_create_blob request = {
        .header = { .type = CMD_RESOURCE_CREATE_BLOB, .ctx_id = 1 },
        .resource_id = 2,
        .blob_mem = BLOB_MEM_HOST3D,
        .blob_id = 2,
        .size = 64 * 256,
    };
    struct gpu *gpu = boot();
    struct virgl_stream stream;

    window_create(gpu, 1, WINDOW_BYTES);
    window_map(gpu, 1, 0);
    window_write(gpu, 0, 0x33, 64 * 256);
    show(gpu, 1, RESP_OK_NODATA);
    draw_flush(gpu, 1, &all);
    screen_expect_filled(gpu->guest, 0, 64, 64, 0x333333);

    virgl_stream_init(&stream);
    virgl_pipe_resource_create(&stream, &shape, 2);
    expect_eq(gl_submit(gpu, 1, &stream), RESP_OK_NODATA, "SUBMIT_3D");
    virgl_stream_finish(&stream);
    gpu_expect(gpu, &request, sizeof(request), RESP_OK_NODATA, "CREATE_BLOB");
    show(gpu, 2, RESP_ERR_UNSPEC);
    window_write(gpu, 0, 0x44, 64 * 256);
    draw_flush(gpu, 1, &all);
    screen_expect_filled(gpu->guest, 0, 64, 64, 0x444444);
}

/* While it is mapped OpenGL cannot read it for a stream. */
static void test_streams(void)
{
    struct gpu *gpu = boot();
    const struct virgl_place place = {
        .resource = 1, .box = { 0, 0, 0, WINDOW_PAGE, 1, 1 },
    };
    struct virgl_stream stream;

    window_create(gpu, 1, WINDOW_BYTES);
    window_map(gpu, 1, 0);
    window_write(gpu, 0, 0x44, WINDOW_BYTES);
    virgl_stream_init(&stream);
    virgl_transfer(&stream, &place, 0, false);
    expect_eq(gl_submit(gpu, 1, &stream), RESP_ERR_UNSPEC,
              "TRANSFER3D from a mapped blob");
    virgl_stream_finish(&stream);
    window_expect(gpu, 0, 0x44, WINDOW_BYTES, "after it");
    expect_blob(gpu, 1, 0x44, WINDOW_BYTES, "after it");
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add("/T-137,T-139,T-140,T-142,T-529/shared", test_shared);
    harness_add("/T-138/several", test_several);
    harness_add("/T-138/many", test_many);
    harness_add("/T-105,T-144/ends", test_ends);
    harness_add("/gl-blob/reset-under-way", test_reset_under_way);
    harness_add("/gl-blob/request-inside", test_request_inside);
    harness_add("/gl-blob/empty", test_empty);
    harness_add("/gl-blob/T-359/not-shown", test_not_shown);
    harness_add("/gl-blob/shown", test_shown);
    harness_add("/gl-blob/streams", test_streams);
    return harness_run();
}
