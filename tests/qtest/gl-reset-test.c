/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Resets, and an end of QEMU, with work under way (conformance matrix, EDGE-90,
 * EDGE-95 to EDGE-100): they do not wait for it, nothing of it comes after, and
 * what comes next works.
 */
#include "qemu/osdep.h"

#include "libqtest.h"
#include "gl-work.h"
#include "harness.h"

#define WORK_MS 200
#define NUM     4u              /* times that */
#define OLD     0xff40c080      /* what work leaves */
#define NEW     0xff8040c0

struct trial {
    struct gpu *gpu;
    struct gl_work work;
    struct posts posts;
    gint64 one_us;              /* what one piece of work takes */
    uint8_t *before;            /* guest memory at the reset */
};

static void start(struct trial *trial, struct gpu *gpu)
{
    gint64 begin;

    *trial = (struct trial){ .gpu = gpu };
    gl_work_open(&trial->work, gpu, 1);
    posts_init(&trial->posts, gpu);
    begin = g_get_monotonic_time();
    gl_work_add(&trial->work, OLD, WORK_MS);
    gl_work_post(&trial->work, &trial->posts, &(struct gl_fence){ .id = 1 });
    posts_wait_all(&trial->posts);
    trial->one_us = g_get_monotonic_time() - begin;
}

static unsigned post_read(struct trial *trial)
{
    const struct wire_transfer_3d read = {
        .header.type = CMD_TRANSFER_FROM_HOST_3D,
        .box = { 0, 0, 0, GL_WORK_PX, GL_WORK_PX, 1 },
        .resource_id = trial->work.target.id,
    };

    return posts_send(&trial->posts, &read, sizeof(read));
}

/*
 * NUM pieces of work with their fences.  If @blocked the device's thread waits
 * for the first of them.
 */
static void post_much(struct trial *trial, bool blocked)
{
    for (unsigned i = 0; i < NUM; i++) {
        gl_work_add(&trial->work, OLD, WORK_MS);
        gl_work_post(&trial->work, &trial->posts,
                     &(struct gl_fence){ .id = 10 + i });
        if (blocked && i == 0) {
            post_read(trial);
        }
    }
}

/* NUM pieces are under way, and nobody waited for half of them. */
static void expect_quick(struct trial *trial, gint64 begin, const char *what)
{
    gint64 took = g_get_monotonic_time() - begin;

    g_test_message("%s took %" G_GINT64_FORMAT " us beside work of %u x %"
                   G_GINT64_FORMAT " us", what, took, NUM, trial->one_us);
    expect_true(took < trial->one_us * NUM / 2, "%s waited for work", what);
}

/* Nothing was written until all of the old work must be over. */
static void expect_untouched(struct trial *trial)
{
    struct guest *guest = trial->gpu->guest;

    g_usleep(trial->one_us * (NUM + 1));
    guest_settle(guest);
    guest_expect_memory(guest, trial->before, "after the reset");
}

static void expect_works(struct trial *trial)
{
    struct gl_work work;

    gpu_restart(trial->gpu, &trial->gpu->options);
    gpu_expect_alive(trial->gpu);
    gl_work_open(&work, trial->gpu, 1);
    gl_work_add(&work, NEW, 1);
    gl_paint_submit(&work.paint);
    gl_work_check(&work, NEW);
}

static void test_device(void)
{
    struct trial trial;
    gint64 begin;

    start(&trial, gl_boot("", false, NULL));
    post_much(&trial, false);
    begin = g_get_monotonic_time();
    vdev_reset(trial.gpu->vdev);
    expect_quick(&trial, begin, "a device reset");
    trial.before = guest_keep_memory(trial.gpu->guest);
    expect_untouched(&trial);
    expect_works(&trial);
}

static void test_device_at_once(void)
{
    struct trial trial;

    start(&trial, gl_boot("", false, NULL));
    post_much(&trial, false);
    vdev_reset(trial.gpu->vdev);
    /* The new driver comes while the old work is still under way. */
    expect_works(&trial);
}

/*
 * A transfer into guest memory that has begun is waited for: after the reset
 * the memory is the guest's.
 */
static void check_blocked(void (*reset)(struct gpu *gpu))
{
    struct trial trial;

    start(&trial, gl_boot("", false, NULL));
    memset(gl_memory(&trial.work.target), GPU_POISON,
           trial.work.target.backing_bytes);
    post_much(&trial, true);
    reset(trial.gpu);
    trial.before = guest_keep_memory(trial.gpu->guest);
    expect_untouched(&trial);
    expect_works(&trial);
}

static void reset_device(struct gpu *gpu)
{
    vdev_reset(gpu->vdev);
}

static void reset_queue(struct gpu *gpu)
{
    virtio_pci_queue_reset(gpu->pci, 0);
}

static void test_device_blocked(void)
{
    check_blocked(reset_device);
}

static void test_queue_blocked(void)
{
    check_blocked(reset_queue);
}

static void test_queue(void)
{
    struct trial trial;
    gint64 begin;

    start(&trial, gl_boot("", false, NULL));
    post_much(&trial, false);
    begin = g_get_monotonic_time();
    virtio_pci_queue_reset(trial.gpu->pci, 0);
    expect_quick(&trial, begin, "a queue reset");
    trial.before = guest_keep_memory(trial.gpu->guest);
    expect_untouched(&trial);
    gpu_start_queue(trial.gpu, 0);
    posts_forget(&trial.posts);
    /* The context is there, and its work was done. */
    gl_work_check(&trial.work, OLD);
    gl_work_add(&trial.work, NEW, 1);
    gl_paint_submit(&trial.work.paint);
    gl_work_check(&trial.work, NEW);
}

/*
 * What waits for the work of before is nobody's, again and again, and the first
 * reply of the new queue does not wait for it.
 */
static void test_queue_parked(void)
{
    const struct wire_resource query = {
        .header.type = CMD_CTX_ATTACH_RESOURCE,
        .header.ctx_id = 1,
        .header.flags = FLAG_FENCE,
        .resource_id = 2001,            /* for the second time */
    };
    struct trial trial;
    gint64 begin;

    start(&trial, gl_boot("", false, NULL));
    begin = g_get_monotonic_time();
    post_much(&trial, false);
    for (unsigned i = 0; i < 5; i++) {
        posts_hold(&trial.posts);
        for (unsigned j = 0; j < 100; j++) {
            posts_send(&trial.posts, &query, sizeof(query));
        }
        posts_release(&trial.posts);
        guest_settle(trial.gpu->guest);
        virtio_pci_queue_reset(trial.gpu->pci, 0);
        gpu_start_queue(trial.gpu, 0);
        posts_init(&trial.posts, trial.gpu);
    }
    posts_send(&trial.posts, &query, sizeof(query));
    posts_wait_all(&trial.posts);
    expect_quick(&trial, begin, "a reply behind queue resets");
}

static void test_system(void)
{
    struct trial trial;
    gint64 begin;

    start(&trial, gl_boot("", false, NULL));
    post_much(&trial, false);
    begin = g_get_monotonic_time();
    qtest_system_reset(trial.gpu->guest->qts);
    expect_quick(&trial, begin, "a system reset");
    /* Its registers are where no driver has put them. */
    trial.gpu = gpu_find(trial.gpu->guest, 0);
    expect_works(&trial);
}

static void test_again_and_again(void)
{
    struct gpu *gpu = gl_boot("", false, NULL);

    for (unsigned i = 0; i < 10; i++) {
        struct trial trial = { .gpu = gpu };

        gl_work_open(&trial.work, gpu, 1 + i);
        posts_init(&trial.posts, gpu);
        gl_work_add(&trial.work, OLD, i * 10);
        gl_work_post(&trial.work, &trial.posts, &(struct gl_fence){ .id = 1 });
        gpu_restart(gpu, NULL);
    }
    expect_works(&(struct trial){ .gpu = gpu });
}

/* QEMU ends with status 0, which the harness looks at. */
static void test_quit(void)
{
    struct trial trial;

    start(&trial, gl_boot("", false, NULL));
    post_much(&trial, true);
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add("/T-515,T-511/device", test_device);
    harness_add("/T-516,T-610/device-at-once", test_device_at_once);
    harness_add("/T-515/device-blocked", test_device_blocked);
    harness_add("/T-518/queue", test_queue);
    harness_add("/T-521/queue-blocked", test_queue_blocked);
    harness_add("/T-518/queue-parked", test_queue_parked);
    harness_add("/T-515/system", test_system);
    harness_add("/T-517/again-and-again", test_again_and_again);
    harness_add("/gl-reset/quit", test_quit);
    return harness_run();
}
