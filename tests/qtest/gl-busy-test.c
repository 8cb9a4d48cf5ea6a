/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * While work is under way: who does not wait for it, and what changes under it
 * (conformance matrix, B.3, T-159, EDGE-39, EDGE-40, EDGE-43).
 *
 * Work keeps the renderer busy; a transfer from the host of what it draws
 * keeps the device's thread busy, too.
 */
#include "qemu/osdep.h"

#include "libqtest.h"
#include "display.h"
#include "draw.h"
#include "gl-image.h"
#include "gl-work.h"
#include "harness.h"

#define WORK_MS 200
#define LONG_MS 1000
#define DONE    0xff40c080      /* what work leaves */

struct busy {
    struct gpu *gpu;
    struct gl_work work;
    struct posts posts;
};

static void start(struct busy *busy, struct gpu *gpu)
{
    busy->gpu = gpu;
    gl_work_open(&busy->work, gpu, 1);
    posts_init(&busy->posts, gpu);
}

static unsigned post_work(struct busy *busy)
{
    gl_work_add(&busy->work, DONE, WORK_MS);
    return gl_work_post(&busy->work, &busy->posts,
                        &(struct gl_fence){ .id = 1 });
}

static unsigned post_transfer(struct busy *busy, uint32_t type,
                              const struct gl_texture *texture, bool fenced)
{
    const struct wire_transfer_3d request = {
        .header.type = type,
        .header.flags = fenced ? FLAG_FENCE : 0,
        .header.fence_id = fenced ? 77 : 0,
        .box = { 0, 0, 0, texture->width, texture->height, 1 },
        .resource_id = texture->id,
        .stride = texture->width * 4,
    };

    return posts_send(&busy->posts, &request, sizeof(request));
}

/* Work for long, and the device's thread waiting for its end. */
static unsigned occupy(struct busy *busy)
{
    gl_work_add(&busy->work, DONE, LONG_MS);
    gl_work_post(&busy->work, &busy->posts, &(struct gl_fence){ .id = 1 });
    return post_transfer(busy, CMD_TRANSFER_FROM_HOST_3D, &busy->work.target,
                         false);
}

static void expect_busy(struct busy *busy, unsigned post, const char *what)
{
    expect_true(!posts_is_done(&busy->posts, post), "%s had to wait for work",
                what);
}

static void move(struct gpu *gpu, int32_t x)
{
    const struct wire_cursor request = {
        .header.type = CMD_MOVE_CURSOR,
        .x = x,
        .y = 7,
    };

    gpu_expect(gpu, &request, sizeof(request), RESP_OK_NODATA, "MOVE_CURSOR");
}

/* As many ways as there are round trips that work has to outlast. */
static void test_others(const void *properties)
{
    struct busy busy;
    struct gpu *gpu = gl_boot(properties, true, NULL);
    struct display *display = display_of(gpu->guest);
    struct display_view *view = display_watch(display, 0);
    unsigned last;

    start(&busy, gpu);
    last = occupy(&busy);
    for (unsigned i = 0; i < 8; i++) {
        move(busy.gpu, i);
    }
    expect_busy(&busy, last, "MOVE_CURSOR");
    qtest_qmp_assert_success(gpu->guest->qts, "{'execute': 'query-status'}");
    expect_eq(vdev_config(gpu->vdev, CONFIG_NUM_SCANOUTS), 1, "num_scanouts");
    expect_busy(&busy, last, "QMP, or the configuration");
    display_sync(display);
    expect_eq(view->x, 7, "x of the pointer");
    expect_busy(&busy, last, "the viewer");
    posts_wait_all(&busy.posts);
    gl_work_check_memory(&busy.work, DONE);
}

/* The reply of a fenced read comes when guest memory has all of it. */
static void test_read_barrier(void)
{
    struct busy busy;
    unsigned read;

    start(&busy, gl_boot_kept(""));
    for (unsigned fenced = 0; fenced < 2; fenced++) {
        post_work(&busy);
        read = post_transfer(&busy, CMD_TRANSFER_FROM_HOST_3D,
                             &busy.work.target, fenced);
        expect_eq(posts_wait(&busy.posts, read), RESP_OK_NODATA, "FROM_HOST");
        gl_work_check_memory(&busy.work, DONE);
        memset(gl_memory(&busy.work.target), GPU_POISON,
               busy.work.target.backing_bytes);
    }
    posts_wait_all(&busy.posts);
}

/* After its reply the memory of a write is the guest's, with or without fence. */
static void test_write_barrier(void)
{
    struct gl_image image = {
        .texture = { .id = 3, .format = 1, .width = 256, .height = 256 },
    };
    struct busy busy;
    struct gpu *gpu = gl_boot_kept("");
    unsigned write;

    start(&busy, gpu);
    gl_image_create(&image, gpu);
    for (unsigned fenced = 0; fenced < 2; fenced++) {
        gl_image_noise(&image, fenced);
        post_work(&busy);
        write = post_transfer(&busy, CMD_TRANSFER_TO_HOST_3D, &image.texture,
                              fenced);
        expect_eq(posts_wait(&busy.posts, write), RESP_OK_NODATA, "TO_HOST");
        memset(gl_memory(&image.texture), GPU_POISON,
               image.texture.backing_bytes);
        posts_wait_all(&busy.posts);
        gl_image_check(&image, "written");
    }
}

/* What streams write is read when they are, not later. */
static void test_stream_is_taken(void)
{
    struct busy busy;
    struct post *post;
    unsigned last;

    start(&busy, gl_boot_kept(""));
    post_work(&busy);
    gl_paint_clear(&busy.work.paint, 0xff010203);
    last = gl_work_post(&busy.work, &busy.posts, NULL);
    expect_eq(posts_wait(&busy.posts, last), RESP_OK_NODATA, "SUBMIT_3D");
    post = &busy.posts.post[last];
    memset(guest_memory(busy.gpu->guest, post->reply + GUEST_PAGE, GUEST_PAGE),
           0xff, GUEST_PAGE);
    posts_wait_all(&busy.posts);
    gl_work_check(&busy.work, 0xff010203);
}

static void post_of_resource(struct busy *busy, uint32_t type, uint32_t id)
{
    const struct wire_resource request = {
        .header.type = type, .resource_id = id,
    };

    posts_send(&busy->posts, &request, sizeof(request));
}

/* What is drawn to goes; its number is another texture at once. */
static void test_unref(void)
{
    struct gl_image image = {
        .texture = { .id = 2001, .format = 1, .width = 64, .height = 64 },
    };
    struct busy busy;

    start(&busy, gl_boot_kept(""));
    post_work(&busy);
    post_of_resource(&busy, CMD_RESOURCE_UNREF, busy.work.target.id);
    posts_wait_all(&busy.posts);
    gl_image_create(&image, busy.gpu);
    gl_image_check(&image, "a new texture with the number of one drawn to");
    gl_image_noise(&image, 4);
    gl_image_check(&image, "the same with texels");
}

/* Memory that was detached is not read or written any more. */
static void test_detach(void)
{
    struct busy busy;
    uint32_t *memory;

    start(&busy, gl_boot_kept(""));
    memory = gl_memory(&busy.work.target);
    post_work(&busy);
    post_transfer(&busy, CMD_TRANSFER_FROM_HOST_3D, &busy.work.target, false);
    post_of_resource(&busy, CMD_RESOURCE_DETACH_BACKING, busy.work.target.id);
    posts_wait_all(&busy.posts);
    memset(memory, GPU_POISON, busy.work.target.backing_bytes);
    post_work(&busy);
    posts_wait_all(&busy.posts);
    for (uint32_t i = 0; i < GL_WORK_PX * GL_WORK_PX; i++) {
        expect_eq(memory[i], 0xa5a5a5a5, "word %u of detached memory", i);
    }
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    gpu_add_kicks("T-159,T-609,T-534/others", test_others);
    harness_add("/T-128,T-602/read-barrier", test_read_barrier);
    harness_add("/T-124,T-601/write-barrier", test_write_barrier);
    harness_add("/T-135/stream-is-taken", test_stream_is_taken);
    harness_add("/T-459,T-460/unref", test_unref);
    harness_add("/T-463/detach", test_detach);
    return harness_run();
}
