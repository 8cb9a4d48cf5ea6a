/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Fences of real work: a reply comes when the work is done and not before, in
 * the order of its timeline, and what needs none does not wait (conformance
 * matrix, B.3, EDGE-52 to EDGE-54, EDGE-82 to EDGE-94).
 */
#include <string.h>

#include "draw.h"
#include "gl-work.h"
#include "harness.h"
#include "metrics.h"

#define WORK_MS 250
#define DONE    0xff40c080      /* what work leaves */

/* A request of 24 bytes reply that does nothing but be answered. */
static unsigned post_query(struct posts *posts, const struct gl_fence *fence)
{
    const struct wire_resource request = {
        .header.type = CMD_CTX_ATTACH_RESOURCE,
        .header.ctx_id = 1,
        .header.flags = fence ? FLAG_FENCE : 0,
        .header.fence_id = fence ? fence->id : 0,
        .resource_id = 2001,            /* for the second time */
    };

    return posts_send(posts, &request, sizeof(request));
}

static struct gpu *start(struct gl_work *work, struct posts *posts)
{
    struct gpu *gpu = gl_boot_kept("");

    gl_work_open(work, gpu, 1);
    posts_init(posts, gpu);
    return gpu;
}

static void expect_order(const struct posts *posts, unsigned first,
                         unsigned then)
{
    expect_true(posts->post[first].order < posts->post[then].order,
                "post %u was answered before post %u", then, first);
}

static void test_unfenced_overtakes(void)
{
    struct gl_work work;
    struct posts posts;
    unsigned slow, query;

    start(&work, &posts);
    gl_work_add(&work, DONE, WORK_MS);
    posts_hold(&posts);
    slow = gl_work_post(&work, &posts, &(struct gl_fence){ .id = 1 });
    query = post_query(&posts, NULL);
    posts_release(&posts);
    expect_eq(posts_wait(&posts, query), RESP_OK_NODATA, "query");
    expect_true(!posts_is_done(&posts, slow), "the query had to wait");
    posts_wait_all(&posts);
    gl_work_check(&work, DONE);
}

/* What the device says of a reply that waits, and of it when it has gone. */
static void test_metrics(void)
{
    struct gl_work work;
    struct posts posts;
    struct gpu *gpu = start(&work, &posts);
    struct metrics *before = metrics_take(gpu);
    struct metrics *during, *after;
    unsigned slow, query;

    gl_work_add(&work, DONE, 4 * WORK_MS);
    posts_hold(&posts);
    slow = gl_work_post(&work, &posts, &(struct gl_fence){ .id = 1 });
    query = post_query(&posts, NULL);
    posts_release(&posts);
    posts_wait(&posts, query);
    during = metrics_take(gpu);
    expect_true(!posts_is_done(&posts, slow), "work of a second is under way");
    posts_wait_all(&posts);
    after = metrics_take(gpu);

    expect_eq(metrics_get(during, "fences"), 1, "replies that wait");
    expect_true(metrics_seconds(during, "oldest_fence_age_seconds") > 0,
                "an age of the one that waits");
    expect_eq(metrics_get(during, "queue_depth", "ctrl"), 1,
              "requests under way");
    expect_eq(metrics_get(during, "contexts"), 1, "contexts");
    expect_eq(metrics_get(after, "fences"), 0, "replies that wait at the end");
    expect_true(metrics_seconds(after, "oldest_fence_age_seconds") == 0,
                "no age without a fence");
    expect_eq(metrics_get(after, "fence_wait_seconds") -
              metrics_get(before, "fence_wait_seconds"), 1, "waits");
    expect_eq(metrics_get(after, "render_seconds") -
              metrics_get(before, "render_seconds"), 1, "streams");
    expect_true(metrics_get(after, "transfer_bytes_total", "stream") >
                metrics_get(before, "transfer_bytes_total", "stream"),
                "bytes of a stream");
    expect_true(metrics_get(after, "memory_bytes", "renderer") >=
                GL_WORK_PX * GL_WORK_PX * 4, "bytes of the target");
    metrics_free(before);
    metrics_free(during);
    metrics_free(after);
    gl_work_check(&work, DONE);
}

/* The fence of work that a transfer of the same fence has to read. */
static void test_fence_is_true(void)
{
    struct gl_work work;
    struct posts posts;

    start(&work, &posts);
    for (uint32_t i = 0; i < 3; i++) {
        gl_work_add(&work, DONE + i, WORK_MS / 4);
        virgl_transfer(&work.paint.stream, &(struct virgl_place){
            .resource = work.target.id,
            .box = { 0, 0, 0, GL_WORK_PX, GL_WORK_PX, 1 },
        }, 0, false);
        gl_work_post(&work, &posts, &(struct gl_fence){ .id = i });
        posts_wait_all(&posts);
        gl_work_check_memory(&work, DONE + i);
    }
}

static void test_synchronous_behind_slow(void)
{
    struct gl_work work;
    struct posts posts;
    struct gpu *gpu = start(&work, &posts);
    const struct wire_transfer transfer = {
        .header.type = CMD_TRANSFER_TO_HOST_2D,
        .header.flags = FLAG_FENCE,
        .header.fence_id = 2,
        .rect = { 0, 0, 16, 16 },
        .resource_id = 5,
    };
    unsigned slow, sync;

    draw_image(gpu, 5, FORMAT_B8G8R8X8, 16, 16, 1);
    gl_work_add(&work, DONE, WORK_MS);
    slow = gl_work_post(&work, &posts, &(struct gl_fence){ .id = 1 });
    sync = posts_send(&posts, &transfer, sizeof(transfer));
    posts_wait_all(&posts);
    expect_order(&posts, slow, sync);
}

static void test_one_timeline(void)
{
    struct gl_work work;
    struct posts posts;

    start(&work, &posts);
    for (unsigned i = 1; i <= 20; i++) {
        gl_work_add(&work, DONE, i % 3 ? 1 : 20);
        gl_work_post(&work, &posts, &(struct gl_fence){ .id = i });
    }
    posts_wait_all(&posts);
    for (unsigned i = 0; i + 1 < 20; i++) {
        expect_order(&posts, i, i + 1);
    }
}

/* Any 64 bits, told back as they are. */
static void test_ids(void)
{
    static const uint64_t ids[] = {
        5, 3, 3, 0, UINT64_MAX, 1ull << 32, (1ull << 32) + 1, 0xffffffff,
        1ull << 63,
    };
    struct gl_work work;
    struct posts posts;

    start(&work, &posts);
    for (unsigned i = 0; i < G_N_ELEMENTS(ids); i++) {
        gl_work_add(&work, DONE, 5);
        gl_work_post(&work, &posts, &(struct gl_fence){ .id = ids[i] });
    }
    posts_wait_all(&posts);
    for (unsigned i = 0; i + 1 < G_N_ELEMENTS(ids); i++) {
        expect_order(&posts, i, i + 1);
    }
}

/* Three a ring, which come in their order; rings have none. */
static void test_rings(void)
{
    struct gl_work work;
    struct posts posts;

    start(&work, &posts);
    posts_hold(&posts);
    for (unsigned i = 0; i < 3 * 64; i++) {
        gl_work_add(&work, DONE, i % 64 == 0 ? 20 : 1);
        gl_work_post(&work, &posts, &(struct gl_fence){
            .id = 1000 + i / 64, .ring = i % 64, .has_ring = true,
        });
    }
    posts_release(&posts);
    posts_wait_all(&posts);
    for (unsigned i = 0; i < 2 * 64; i++) {
        expect_order(&posts, i, i + 64);
    }
}

static void test_bad_ring(void)
{
    struct gl_work work;
    struct posts posts;
    unsigned bad;

    start(&work, &posts);
    bad = gl_work_post(&work, &posts, &(struct gl_fence){
        .id = 7, .ring = 64, .has_ring = true,
    });
    expect_eq(posts_wait(&posts, bad), RESP_ERR_PARAMETER, "ring 64");
}

/* Every place of the queue; the cursor has a queue of its own. */
static void test_ring_full(void)
{
    const struct wire_cursor move = { .header.type = CMD_MOVE_CURSOR, .x = 3 };
    struct gl_work work;
    struct posts posts;
    struct gpu *gpu = start(&work, &posts);
    unsigned size = gpu->queue[QUEUE_CONTROL]->areas.size;

    gl_work_add(&work, DONE, WORK_MS);
    posts_hold(&posts);
    while (posts.num < size) {
        gl_work_post(&work, &posts, &(struct gl_fence){ .id = posts.num });
    }
    posts_release(&posts);
    gpu_expect(gpu, &move, sizeof(move), RESP_OK_NODATA, "MOVE_CURSOR");
    expect_true(!posts_is_done(&posts, 0), "the move had to wait");
    posts_wait_all(&posts);
    gl_work_check(&work, DONE);
}

static void test_in_order(void)
{
    struct gl_work work;
    struct posts posts;
    struct gpu *gpu = gl_boot(",in_order=on", false, NULL);

    expect_true(gpu->features & F_IN_ORDER, "IN_ORDER is not offered");
    gl_work_open(&work, gpu, 1);
    posts_init(&posts, gpu);
    for (unsigned i = 0; i < 5; i++) {
        gl_work_add(&work, DONE, WORK_MS / 10);
        gl_work_post(&work, &posts, &(struct gl_fence){ .id = i });
        post_query(&posts, NULL);
    }
    posts_wait_all(&posts);
    for (unsigned i = 0; i + 1 < posts.num; i++) {
        expect_order(&posts, i, i + 1);
    }
    gl_work_check(&work, DONE);
}

static unsigned post_destroy(struct posts *posts)
{
    const struct wire_header request = {
        .type = CMD_CTX_DESTROY, .ctx_id = 1,
    };

    return posts_send(posts, &request, sizeof(request));
}

/* All that is outstanding is answered no later than the end of the context. */
static void check_destroy(unsigned rings, unsigned fences)
{
    struct gl_work work;
    struct posts posts;
    struct gpu *gpu = start(&work, &posts);
    unsigned destroy;

    gl_work_add(&work, DONE, WORK_MS);
    posts_hold(&posts);
    for (unsigned i = 0; i < rings * fences; i++) {
        gl_work_post(&work, &posts, &(struct gl_fence){
            .id = i, .ring = i % rings, .has_ring = true,
        });
    }
    destroy = post_destroy(&posts);
    posts_release(&posts);
    posts_wait_all(&posts);
    for (unsigned i = 0; i < destroy; i++) {
        expect_order(&posts, i, destroy);
    }
    /* Its work goes on or not; the resource is there. */
    gl_from_host(&work.target, NULL);
    gpu_expect_alive(gpu);
}

static void test_destroy(void)
{
    check_destroy(4, 3);
}

static void test_destroy_many(void)
{
    check_destroy(64, 3);
}

/* What the old context had under way answers nothing of the new one. */
static void test_context_reused(void)
{
    struct gl_work old, new;
    struct posts posts;
    struct gpu *gpu = start(&old, &posts);

    for (unsigned i = 0; i < 4; i++) {
        gl_work_add(&old, DONE, WORK_MS / 4);
        gl_work_post(&old, &posts, &(struct gl_fence){
            .id = i, .ring = 0, .has_ring = true,
        });
    }
    post_destroy(&posts);
    posts_wait_all(&posts);
    draw_unref(gpu, old.target.id);
    draw_unref(gpu, old.paint.vertices.id);
    gl_work_open(&new, gpu, 1);
    gl_work_add(&new, DONE + 1, WORK_MS / 4);
    virgl_transfer(&new.paint.stream, &(struct virgl_place){
        .resource = new.target.id,
        .box = { 0, 0, 0, GL_WORK_PX, GL_WORK_PX, 1 },
    }, 0, false);
    posts_init(&posts, gpu);
    gl_work_post(&new, &posts, &(struct gl_fence){
        .id = 0, .ring = 0, .has_ring = true,
    });
    posts_wait_all(&posts);
    gl_work_check_memory(&new, DONE + 1);
}

/* Two contexts by turns, a timeline each. */
static void test_two_contexts(void)
{
    struct gl_work works[2];
    struct posts posts;
    struct gpu *gpu = start(&works[0], &posts);

    gl_work_open(&works[1], gpu, 2);
    for (unsigned i = 0; i < 20; i++) {
        struct gl_work *work = &works[i % 2];

        gl_work_add(work, DONE + i, 10);
        gl_work_post(work, &posts, &(struct gl_fence){
            .id = i, .ring = 1, .has_ring = true,
        });
    }
    posts_wait_all(&posts);
    for (unsigned i = 0; i + 2 < 20; i++) {
        expect_order(&posts, i, i + 2);
    }
    gl_work_check(&works[0], DONE + 18);
    gl_work_check(&works[1], DONE + 19);
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add("/metrics", test_metrics);
    harness_add("/T-603/unfenced-overtakes", test_unfenced_overtakes);
    harness_add("/T-133/fence-is-true", test_fence_is_true);
    harness_add("/T-505/synchronous-behind-slow",
                test_synchronous_behind_slow);
    harness_add("/T-600/one-timeline", test_one_timeline);
    harness_add("/T-504/ids", test_ids);
    harness_add("/T-134/rings", test_rings);
    harness_add("/T-453/bad-ring", test_bad_ring);
    harness_add("/T-514/ring-full", test_ring_full);
    harness_add("/T-512/in-order", test_in_order);
    harness_add("/T-103/destroy", test_destroy);
    harness_add("/T-472/destroy-many", test_destroy_many);
    harness_add("/T-474/context-reused", test_context_reused);
    harness_add("/T-506/two-contexts", test_two_contexts);
    return harness_run();
}
