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
#include "gl-work.h"
#include "harness.h"
#include "posts.h"
#include "screen.h"

#define PAGE   4096u
#define BYTES  (16 * PAGE)
#define WINDOW (64u << 20)
#define WINDOW_PROPERTIES ",blob=on,hostmem=64M"
#define BAR    4
#define MANY   256u

/* Of PIPE_RESOURCE_CREATE: a buffer that stays mapped while it is used. */
#define FLAGS_PERSISTENT 6u

#define BLOB_MEM_HOST3D 2
#define BLOB_MAPPABLE   1

struct map_blob {
    struct wire_header header;
    uint32_t resource_id;
    uint32_t padding;
    uint64_t offset;
};

struct map_info {
    struct wire_header header;
    uint32_t map_info;
    uint32_t padding;
};

static struct gpu *boot(void)
{
    struct gpu *gpu = gl_boot(WINDOW_PROPERTIES, false, NULL);

    gl_create_context(gpu, 1, "first");
    return gpu;
}

/* A buffer of context 1 that becomes resource @id. */
static void create(struct gpu *gpu, uint32_t id, uint32_t bytes)
{
    const struct wire_create_3d shape = {
        .target = VIRGL_BUFFER, .format = VIRGL_R8,
        .bind = VIRGL_BIND_VERTEX_BUFFER,
        .width = bytes, .height = 1, .depth = 1, .array_size = 1,
        .flags = FLAGS_PERSISTENT,
    };
    const struct wire_create_blob request = {
        .header = { .type = CMD_RESOURCE_CREATE_BLOB, .ctx_id = 1 },
        .resource_id = id,
        .blob_mem = BLOB_MEM_HOST3D,
        .blob_flags = BLOB_MAPPABLE,
        .blob_id = id,
        .size = bytes,
    };
    struct virgl_stream stream;

    virgl_stream_init(&stream);
    virgl_pipe_resource_create(&stream, &shape, id);
    expect_eq(gl_submit(gpu, 1, &stream), RESP_OK_NODATA, "SUBMIT_3D");
    virgl_stream_finish(&stream);
    gpu_expect(gpu, &request, sizeof(request), RESP_OK_NODATA, "CREATE_BLOB");
    gl_attach(gpu, 1, id);
}

static void map(struct gpu *gpu, uint32_t id, uint64_t offset)
{
    const struct map_blob request = {
        .header.type = CMD_RESOURCE_MAP_BLOB,
        .resource_id = id,
        .offset = offset,
    };
    struct map_info info;
    uint32_t used = gpu_command(gpu, QUEUE_CONTROL, &request, sizeof(request),
                                &info, sizeof(info));

    expect_eq(used, sizeof(info), "used.len of MAP_BLOB of %u at 0x%" PRIx64,
              id, offset);
    expect_eq(info.header.type, RESP_OK_MAP_INFO, "MAP_BLOB");
    expect_eq(info.map_info, 1, "map_info: memory of llvmpipe is cached");
}

static void unmap(struct gpu *gpu, uint32_t id)
{
    const struct wire_resource request = {
        .header.type = CMD_RESOURCE_UNMAP_BLOB,
        .resource_id = id,
    };

    gpu_expect(gpu, &request, sizeof(request), RESP_OK_NODATA, "UNMAP_BLOB");
}

static uint64_t address(struct gpu *gpu, uint64_t offset)
{
    return gpu->pci->pci->bar[BAR] + offset;
}

static void write_window(struct gpu *gpu, uint64_t offset, uint8_t byte,
                         uint32_t bytes)
{
    qtest_memset(gpu->guest->qts, address(gpu, offset), byte, bytes);
}

static void expect_window(struct gpu *gpu, uint64_t offset, uint8_t byte,
                          uint32_t bytes, const char *what)
{
    g_autofree uint8_t *data = g_malloc(bytes);

    qtest_memread(gpu->guest->qts, address(gpu, offset), data, bytes);
    for (uint32_t i = 0; i < bytes; i++) {
        expect_eq(data[i], byte, "%s: byte %u at 0x%" PRIx64, what, i, offset);
    }
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

    create(gpu, 1, BYTES);
    expect_window(gpu, PAGE, 0, BYTES, "before it is mapped");
    map(gpu, 1, PAGE);
    fill_blob(gpu, 1, 0x5a, BYTES);
    expect_window(gpu, PAGE, 0x5a, BYTES, "what OpenGL wrote");
    expect_window(gpu, 0, 0, PAGE, "in front of it");
    expect_window(gpu, PAGE + BYTES, 0, PAGE, "behind it");
    write_window(gpu, PAGE, 0x3c, BYTES);
    expect_blob(gpu, 1, 0x3c, BYTES, "what the guest wrote");
    unmap(gpu, 1);
    expect_window(gpu, PAGE, 0, BYTES, "when it is gone");
    write_window(gpu, PAGE, 0x77, BYTES);
    expect_window(gpu, PAGE, 0, BYTES, "what was written to nothing");
    expect_blob(gpu, 1, 0x3c, BYTES, "after it was unmapped");
    map(gpu, 1, WINDOW - BYTES);
    expect_window(gpu, WINDOW - BYTES, 0x3c, BYTES, "at the window's end");
}

/* Each shows its own, whatever goes beside it. */
static void test_several(void)
{
    struct gpu *gpu = boot();

    for (uint32_t id = 1; id <= 10; id++) {
        create(gpu, id, PAGE);
        map(gpu, id, id * PAGE);
        write_window(gpu, id * PAGE, id, PAGE);
    }
    for (uint32_t id = 1; id <= 10; id += 2) {
        unmap(gpu, id);
    }
    for (uint32_t id = 1; id <= 10; id++) {
        expect_window(gpu, id * PAGE, id % 2 ? 0 : id, PAGE, "every other one");
        expect_blob(gpu, id, id, PAGE, "each of them");
    }
}

/* As many as some drivers have small ones, and all of them at once. */
static void test_many(void)
{
    struct gpu *gpu = boot();
    gint64 began = g_get_monotonic_time(), first = 0;

    for (uint32_t i = 0; i < MANY; i++) {
        create(gpu, 1 + i, PAGE);
        map(gpu, 1 + i, (uint64_t)i * PAGE);
        write_window(gpu, (uint64_t)i * PAGE, i % 251, PAGE);
        if (i == MANY / 16) {
            first = g_get_monotonic_time() - began;
        }
    }
    g_test_message("%u mappings in %" PRId64 " us, the first %u in %" PRId64,
                   MANY, g_get_monotonic_time() - began, MANY / 16, first);
    for (uint32_t i = 0; i < MANY; i += 97) {
        expect_window(gpu, (uint64_t)i * PAGE, i % 251, PAGE, "one of many");
    }
    began = g_get_monotonic_time();
    for (uint32_t i = 0; i < MANY; i += 2) {
        unmap(gpu, 1 + i);
    }
    g_test_message("half of them unmapped in %" PRId64 " us",
                   g_get_monotonic_time() - began);
    for (uint32_t i = 0; i < MANY; i += 97) {
        expect_window(gpu, (uint64_t)i * PAGE, i % 2 ? i % 251 : 0, PAGE,
                      "every other one of many");
    }
}

/* Mapped while it ends, by itself or with everything. */
static void test_ends(void)
{
    struct gpu *gpu = boot();

    create(gpu, 1, BYTES);
    map(gpu, 1, 0);
    write_window(gpu, 0, 0x11, BYTES);
    draw_unref(gpu, 1);
    expect_window(gpu, 0, 0, BYTES, "after UNREF");
    create(gpu, 1, BYTES);
    map(gpu, 1, 0);
    gl_destroy_context(gpu, 1);
    write_window(gpu, 0, 0x22, BYTES);
    expect_window(gpu, 0, 0x22, BYTES, "without the context");
    gpu_restart(gpu, NULL);
    gl_create_context(gpu, 1, "again");
    create(gpu, 1, BYTES);
    expect_window(gpu, 0, 0, BYTES, "after a reset");
    map(gpu, 1, 0);
    fill_blob(gpu, 1, 0x33, BYTES);
    expect_window(gpu, 0, 0x33, BYTES, "mapped after a reset");
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

        create(gpu, 1, BYTES);
        create(gpu, 2, BYTES);
        map(gpu, 1, 0);
        map(gpu, 2, BYTES);
        posts_init(&posts, gpu);
        posts_hold(&posts);
        posts_send(&posts, &unmap, sizeof(unmap));
        posts_send(&posts, &unref, sizeof(unref));
        posts_release(&posts);
        g_usleep(round * 50);
        gpu_restart(gpu, NULL);
        posts_forget(&posts);
        gl_create_context(gpu, 1, "again");
        expect_window(gpu, 0, 0, 2 * BYTES, "after a reset");
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
            { address(gpu, 0), sizeof(request), false },
            { address(gpu, PAGE), sizeof(struct wire_header), true },
        };
        struct wire_display_info info;

        create(gpu, 1, BYTES);
        map(gpu, 1, 0);
        qtest_memwrite(gpu->guest->qts, address(gpu, 0), &request,
                       sizeof(request));
        vring_add(gpu->queue[QUEUE_CONTROL],
                  &(struct vring_chain){ buffers, 2, 0 });
        vring_kick(gpu->queue[QUEUE_CONTROL]);
        gpu_display_info(gpu, &info);
        guest_settle(gpu->guest);
        gpu_restart(gpu, NULL);
        gl_create_context(gpu, 1, "again");
        create(gpu, 2, BYTES);
        map(gpu, 2, 0);
        expect_window(gpu, 0, 0, BYTES, "after a reset");
        gpu_restart(gpu, NULL);
        gl_create_context(gpu, 1, "again");
    }
}

/* What a buffer held before is not seen by who has its memory next. */
static void test_empty(void)
{
    struct gpu *gpu = boot();

    for (uint32_t round = 0; round < 8; round++) {
        uint32_t bytes = BYTES << round % 4;

        create(gpu, 1, bytes);
        map(gpu, 1, 0);
        expect_window(gpu, 0, 0, bytes, "a new buffer");
        write_window(gpu, 0, 0x99, bytes);
        draw_unref(gpu, 1);
    }
}

/* Shown, and drawn by the guest's processor alone. */
static void test_shown(void)
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

    create(gpu, 1, BYTES);
    map(gpu, 1, 0);
    gpu_expect(gpu, &show, sizeof(show), RESP_OK_NODATA, "SET_SCANOUT_BLOB");
    for (unsigned i = 1; i < 4; i++) {
        write_window(gpu, 0, 0x11 * i, 64 * 256);
        draw_flush(gpu, 1, &all);
        screen_expect_filled(gpu->guest, 0, 64, 64, 0x111111 * i);
    }
    draw_unref(gpu, 1);
    expect_window(gpu, 0, 0, BYTES, "after UNREF");
}

/* While it is mapped OpenGL cannot read it for a stream. */
static void test_streams(void)
{
    struct gpu *gpu = boot();
    const struct virgl_place place = {
        .resource = 1, .box = { 0, 0, 0, PAGE, 1, 1 },
    };
    struct virgl_stream stream;

    create(gpu, 1, BYTES);
    map(gpu, 1, 0);
    write_window(gpu, 0, 0x44, BYTES);
    virgl_stream_init(&stream);
    virgl_transfer(&stream, &place, 0, false);
    expect_eq(gl_submit(gpu, 1, &stream), RESP_ERR_UNSPEC,
              "TRANSFER3D from a mapped blob");
    virgl_stream_finish(&stream);
    expect_window(gpu, 0, 0x44, BYTES, "after it");
    expect_blob(gpu, 1, 0x44, BYTES, "after it");
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
    harness_add("/gl-blob/shown", test_shown);
    harness_add("/gl-blob/streams", test_streams);
    return harness_run();
}
