/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Contexts of Venus and the render server behind them: memory, fences, what
 * becomes of the guest when processes of the server end, and of OpenGL.
 *
 * No Vulkan is spoken: memory that is called 0 needs none.
 */
#include "qemu/osdep.h"

#include <sys/resource.h>

#include "libqtest.h"
#include "draw.h"
#include "gl.h"
#include "gl-window.h"
#include "harness.h"
#include "posts.h"
#include "render-process.h"

#define PROPERTIES ",blob=on,hostmem=64M,venus=on,venus-force=on"

#define CAPSET_VENUS 4
#define BYTES        WINDOW_BYTES

/* Descriptors that QEMU gets, and what a context takes of them. */
#define MAX_FILES     512
#define CONTEXT_FILES 4

/* More than any socket has room for at a time. */
#define TOO_MANY_BYTES (1u << 20)

#define END_OF_SERVER "warning: virtio-gpu: the render server has ended"

/* Until a process has ended and its context is lost. */
#define LOST_S 20

static struct gpu *boot(void)
{
    g_autofree char *properties = render_process_properties(PROPERTIES);

    return gl_boot(properties, false, NULL);
}

static uint32_t try_context(struct gpu *gpu, uint32_t id, uint32_t capset)
{
    const struct wire_ctx_create request = {
        .header = { .type = CMD_CTX_CREATE, .ctx_id = id },
        .context_init = capset,
    };

    return gpu_status(gpu, &request, sizeof(request));
}

static void make_context(struct gpu *gpu, uint32_t id, uint32_t capset)
{
    expect_eq(try_context(gpu, id, capset), RESP_OK_NODATA,
              "CTX_CREATE of %u, capset %u", id, capset);
}

static uint32_t try_memory(struct gpu *gpu, uint32_t context, uint32_t id,
                           uint32_t mem, uint64_t bytes)
{
    const struct wire_create_blob request = {
        .header = { .type = CMD_RESOURCE_CREATE_BLOB, .ctx_id = context },
        .resource_id = id,
        .blob_mem = mem,
        .blob_flags = BLOB_MAPPABLE,
        .size = bytes,
    };

    return gpu_status(gpu, &request, sizeof(request));
}

static uint32_t try_post(struct gpu *gpu, const void *request, uint32_t bytes)
{
    struct posts posts;

    posts_init(&posts, gpu);
    return posts_wait(&posts, posts_send(&posts, request, bytes));
}

static uint32_t try_stream(struct gpu *gpu, uint32_t context, uint32_t bytes,
                           uint32_t word)
{
    g_autofree struct wire_submit *request =
        g_malloc0(sizeof(*request) + bytes);
    uint32_t *words = (uint32_t *)(request + 1);

    request->header.type = CMD_SUBMIT_3D;
    request->header.ctx_id = context;
    request->size = bytes;
    for (uint32_t i = 0; i < bytes / 4; i++) {
        words[i] = word;
    }
    return try_post(gpu, request, sizeof(*request) + bytes);
}

/* That the context's process is gone is seen when something is sent to it. */
static void expect_lost(struct gpu *gpu, uint32_t context)
{
    gint64 end = g_get_monotonic_time() + LOST_S * G_USEC_PER_SEC;

    while (try_stream(gpu, context, 4, 0) == RESP_OK_NODATA) {
        expect_true(g_get_monotonic_time() < end, "context %u is lost",
                    context);
        g_usleep(1000);
    }
    expect_eq(try_stream(gpu, context, 4, 0), RESP_ERR_UNSPEC,
              "a stream of the lost context %u", context);
    expect_eq(try_memory(gpu, context, 900, BLOB_MEM_HOST3D, BYTES),
              RESP_ERR_UNSPEC, "memory of the lost context %u", context);
}

static void expect_noise(struct gpu *gpu, const char *wanted)
{
    gint64 end = g_get_monotonic_time() + LOST_S * G_USEC_PER_SEC;
    g_autofree char *text = guest_stderr(gpu->guest);

    while (!strstr(text, wanted)) {
        expect_true(g_get_monotonic_time() < end, "QEMU says \"%s\": %s",
                    wanted, text);
        g_usleep(1000);
        g_free(text);
        text = guest_stderr(gpu->guest);
    }
}

static void expect_opengl(struct gpu *gpu)
{
    make_context(gpu, 50, 2);
    expect_eq(try_stream(gpu, 50, 0, 0), RESP_OK_NODATA, "OpenGL's stream");
    gl_destroy_context(gpu, 50);
}

static void test_memory(void)
{
    struct gpu *gpu = boot();

    make_context(gpu, 1, CAPSET_VENUS);
    expect_eq(try_memory(gpu, 1, 1, BLOB_MEM_HOST3D_GUEST, BYTES),
              RESP_ERR_PARAMETER, "memory with a shadow");
    expect_eq(try_memory(gpu, 1, 1, BLOB_MEM_HOST3D, BYTES), RESP_OK_NODATA,
              "CREATE_BLOB");
    window_map(gpu, 1, BYTES);
    window_expect(gpu, BYTES, 0, BYTES, "new memory");
    window_write(gpu, BYTES, 0x5a, BYTES);
    window_expect(gpu, BYTES, 0x5a, BYTES, "what the guest wrote");
    window_unmap(gpu, 1);
    gl_destroy_context(gpu, 1);
    window_map(gpu, 1, 0);
    window_expect(gpu, 0, 0x5a, BYTES, "without its context");
    draw_unref(gpu, 1);
    expect_opengl(gpu);
}

/* So much is charged for it. */
static void test_budget(void)
{
    struct gpu *gpu = boot();

    make_context(gpu, 1, CAPSET_VENUS);
    expect_eq(try_memory(gpu, 1, 1, BLOB_MEM_HOST3D, 3ull << 30),
              RESP_OK_NODATA, "3 GiB of memory that nobody touches");
    expect_eq(try_memory(gpu, 1, 2, BLOB_MEM_HOST3D, 3ull << 30),
              RESP_ERR_OUT_OF_MEMORY, "3 GiB more");
    draw_unref(gpu, 1);
    expect_eq(try_memory(gpu, 1, 2, BLOB_MEM_HOST3D, 3ull << 30),
              RESP_OK_NODATA, "instead of the others");
}

/*
 * Each memory is a descriptor of QEMU's, whatever its size: half of those that the
 * process may have are left.  QEMU takes as many as it can get, so there are few
 * for every later case, too.
 */
/* Of a server that we start; limits of others are theirs. */
static void test_limit(void)
{
    struct gpu *gpu = gl_boot(PROPERTIES ",max_hostmem_3d=123M", false, NULL);

    make_context(gpu, 1, CAPSET_VENUS);
    expect_eq(render_process_data_limit(gpu), 123ull << 20, "max_hostmem_3d");
}

static void test_descriptors(void)
{
    const struct rlimit few = { MAX_FILES, MAX_FILES };
    struct gpu *gpu;
    uint32_t count = 1;

    setrlimit(RLIMIT_NOFILE, &few);
    gpu = boot();
    make_context(gpu, 1, CAPSET_VENUS);
    while (try_memory(gpu, 1, count, BLOB_MEM_HOST3D, 4096) ==
           RESP_OK_NODATA) {
        expect_true(++count < MAX_FILES, "a limit");
    }
    expect_eq(count, MAX_FILES / 2 - CONTEXT_FILES + 1, "the first too many");
    expect_eq(try_memory(gpu, 1, count, BLOB_MEM_HOST3D, 4096),
              RESP_ERR_OUT_OF_MEMORY, "one more memory");
    expect_eq(try_context(gpu, 2, CAPSET_VENUS), RESP_ERR_OUT_OF_MEMORY,
              "one more context");
    draw_unref(gpu, 1);
    expect_eq(try_memory(gpu, 1, 1, BLOB_MEM_HOST3D, 4096), RESP_OK_NODATA,
              "another instead");
    gpu_restart(gpu, NULL);
    make_context(gpu, 1, CAPSET_VENUS);
    for (uint32_t id = 1; id < count; id++) {
        expect_eq(try_memory(gpu, 1, id, BLOB_MEM_HOST3D, 4096),
                  RESP_OK_NODATA, "memory %u after a reset", id);
    }
}

static void test_long_stream(void)
{
    struct gpu *gpu = boot();

    make_context(gpu, 1, CAPSET_VENUS);
    expect_eq(try_stream(gpu, 1, TOO_MANY_BYTES, 0), RESP_ERR_OUT_OF_MEMORY,
              "a stream that is too long");
    expect_eq(try_memory(gpu, 1, 1, BLOB_MEM_HOST3D, BYTES), RESP_OK_NODATA,
              "the context lives");
}

/* The ring of the processor; others begin with a queue of Vulkan's. */
static void test_fence(void)
{
    struct gpu *gpu = boot();
    const struct wire_submit request = {
        .header = {
            .type = CMD_SUBMIT_3D, .flags = FLAG_FENCE | FLAG_RING_IDX,
            .fence_id = 77, .ctx_id = 1, .ring_idx = 0,
        },
    };

    make_context(gpu, 1, CAPSET_VENUS);
    for (unsigned i = 0; i < 100; i++) {
        expect_eq(try_post(gpu, &request, sizeof(request)), RESP_OK_NODATA,
                  "fence %u", i);
    }
}

/*
 * On the device's own timeline, where everybody else would wait behind a fence of
 * a context that was ended before its work was.
 */
static void test_fence_of_ended(void)
{
    struct gpu *gpu = boot();
    const struct wire_submit submit = {
        .header = { .type = CMD_SUBMIT_3D, .flags = FLAG_FENCE, .ctx_id = 1 },
    };
    const struct wire_header destroy = {
        .type = CMD_CTX_DESTROY, .flags = FLAG_FENCE, .ctx_id = 1,
    };
    struct posts posts;

    make_context(gpu, 1, CAPSET_VENUS);
    render_process_freeze(gpu);
    posts_init(&posts, gpu);
    posts_send(&posts, &submit, sizeof(submit));
    posts_send(&posts, &destroy, sizeof(destroy));
    posts_wait_all(&posts);
}

/* Whoever sends what is no Vulkan loses his own context and no other. */
static void test_nonsense(void)
{
    struct gpu *gpu = boot();

    make_context(gpu, 1, CAPSET_VENUS);
    make_context(gpu, 2, CAPSET_VENUS);
    try_stream(gpu, 1, 64, 0xffffffff);
    expect_lost(gpu, 1);
    expect_eq(try_memory(gpu, 2, 2, BLOB_MEM_HOST3D, BYTES), RESP_OK_NODATA,
              "memory of the other");
    gl_destroy_context(gpu, 1);
    make_context(gpu, 1, CAPSET_VENUS);
    expect_eq(try_memory(gpu, 1, 1, BLOB_MEM_HOST3D, BYTES), RESP_OK_NODATA,
              "memory of a new one");
    expect_opengl(gpu);
}

static void test_context_killed(void)
{
    struct gpu *gpu = boot();

    make_context(gpu, 1, CAPSET_VENUS);
    expect_eq(try_memory(gpu, 1, 1, BLOB_MEM_HOST3D, BYTES), RESP_OK_NODATA,
              "CREATE_BLOB");
    window_map(gpu, 1, 0);
    window_write(gpu, 0, 0x3c, BYTES);
    render_process_kill(gpu, RENDER_CONTEXTS);
    expect_lost(gpu, 1);
    window_expect(gpu, 0, 0x3c, BYTES, "memory of a lost context");
    make_context(gpu, 2, CAPSET_VENUS);
    expect_eq(try_memory(gpu, 2, 2, BLOB_MEM_HOST3D, BYTES), RESP_OK_NODATA,
              "memory of a new one");
    expect_opengl(gpu);
    gpu_restart(gpu, NULL);
    make_context(gpu, 1, CAPSET_VENUS);
    expect_opengl(gpu);
}

static unsigned count_threads(struct gpu *gpu)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/task",
                                            qtest_pid(gpu->guest->qts));
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    unsigned count = 0;

    while (g_dir_read_name(dir)) {
        count++;
    }
    return count;
}

/*
 * Nothing is sent to it afterwards.  The library's thread for it would go round and
 * round; what waits for its fence is answered.
 */
static void test_killed_unseen(void)
{
    struct gpu *gpu = boot();
    gint64 end = g_get_monotonic_time() + LOST_S * G_USEC_PER_SEC;
    const struct wire_submit submit = {
        .header = { .type = CMD_SUBMIT_3D, .flags = FLAG_FENCE, .ctx_id = 1 },
    };
    struct posts posts;
    unsigned threads;

    make_context(gpu, 1, CAPSET_VENUS);
    gl_destroy_context(gpu, 1);
    threads = count_threads(gpu);
    make_context(gpu, 1, CAPSET_VENUS);
    expect_eq(count_threads(gpu), threads + 1, "threads with a context");
    render_process_freeze(gpu);
    posts_init(&posts, gpu);
    posts_send(&posts, &submit, sizeof(submit));
    render_process_kill(gpu, RENDER_CONTEXTS);
    posts_wait(&posts, 0);
    while (count_threads(gpu) > threads) {
        expect_true(g_get_monotonic_time() < end, "the context's thread ends");
        g_usleep(1000);
    }
}

static void test_server_killed(void)
{
    struct gpu *gpu = boot();

    make_context(gpu, 1, CAPSET_VENUS);
    guest_expect_noise(gpu->guest, END_OF_SERVER);
    render_process_kill(gpu, RENDER_SERVER);
    expect_lost(gpu, 1);
    expect_eq(try_context(gpu, 2, CAPSET_VENUS), RESP_ERR_UNSPEC,
              "CTX_CREATE without a server");
    expect_opengl(gpu);
    expect_noise(gpu, END_OF_SERVER);
    gpu_restart(gpu, NULL);
    expect_opengl(gpu);
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    if (!render_process_start()) {
        return harness_run();
    }
    harness_add("/gl-venus/memory", test_memory);
    harness_add("/gl-venus/budget", test_budget);
    harness_add("/gl-venus/long-stream", test_long_stream);
    harness_add("/gl-venus/fence", test_fence);
    harness_add("/gl-venus/fence-of-ended", test_fence_of_ended);
    harness_add("/gl-venus/nonsense", test_nonsense);
    harness_add("/gl-venus/context-killed", test_context_killed);
    harness_add("/gl-venus/killed-unseen", test_killed_unseen);
    harness_add("/gl-venus/server-killed", test_server_killed);
    if (!render_process_is_outside()) {
        harness_add("/gl-venus/limit", test_limit);
    }
    harness_add("/gl-venus/descriptors", test_descriptors);
    return harness_run();
}
