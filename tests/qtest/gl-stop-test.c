/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The VM stands still with work under way (conformance matrix, T-534): nothing
 * appears in guest memory, not a reply and not a result, stop does not wait for
 * rendering, and nothing is lost when the VM goes on.
 */
#include "qemu/osdep.h"

#include "libqtest.h"
#include "draw.h"
#include "gl-work.h"
#include "harness.h"
#include "screen.h"

#define WORK_MS 200
#define NUM     4u              /* times that */
#define DONE    0xff40c080      /* what work leaves */

/* What virgl writes into the buffer of a query. */
struct query_result {
    uint32_t state;             /* 1: done */
    uint32_t bytes;
    uint64_t result;
};

struct trial {
    struct gpu *gpu;
    struct gl_work work;
    struct posts posts;
    gint64 one_us;              /* what one piece of work takes */
    uint8_t *before;            /* guest memory when the VM stopped */
};

static void qmp(struct trial *trial, const char *command)
{
    qtest_qmp_assert_success(trial->gpu->guest->qts, "{'execute': %s}",
                             command);
}

static void start(struct trial *trial, struct gpu *gpu)
{
    gint64 begin;

    *trial = (struct trial){ .gpu = gpu };
    gl_work_open(&trial->work, gpu, 1);
    posts_init(&trial->posts, gpu);
    begin = g_get_monotonic_time();
    gl_work_add(&trial->work, DONE, WORK_MS);
    gl_work_post(&trial->work, &trial->posts, &(struct gl_fence){ .id = 1 });
    posts_wait_all(&trial->posts);
    trial->one_us = g_get_monotonic_time() - begin;
}

static void post_much(struct trial *trial)
{
    for (unsigned i = 0; i < NUM; i++) {
        gl_work_add(&trial->work, DONE, WORK_MS);
        gl_work_post(&trial->work, &trial->posts,
                     &(struct gl_fence){ .id = 10 + i });
    }
}

/* Until all of the work must be over. */
static void expect_still(struct trial *trial)
{
    struct guest *guest = trial->gpu->guest;

    g_usleep(trial->one_us * (NUM + 1));
    guest_settle(guest);
    guest_expect_memory(guest, trial->before, "while the VM stood");
}

static void test_stop(const void *properties)
{
    struct trial trial;
    gint64 begin, took;

    start(&trial, gl_boot(properties, false, NULL));
    post_much(&trial);
    begin = g_get_monotonic_time();
    qmp(&trial, "stop");
    took = g_get_monotonic_time() - begin;
    trial.before = guest_keep_memory(trial.gpu->guest);
    g_test_message("stop took %" G_GINT64_FORMAT " us beside work of %u x %"
                   G_GINT64_FORMAT " us", took, NUM, trial.one_us);
    expect_true(took < trial.one_us * NUM / 2, "stop waited for work");
    expect_still(&trial);
    qmp(&trial, "cont");
    posts_wait_all(&trial.posts);
    gl_work_check(&trial.work, DONE);
}

/* Stop has to wait for a transfer into guest memory that has begun. */
static void test_stop_while_reading(void)
{
    const struct wire_transfer_3d read = {
        .header.type = CMD_TRANSFER_FROM_HOST_3D,
        .box = { 0, 0, 0, GL_WORK_PX, GL_WORK_PX, 1 },
        .resource_id = 2001,
    };
    struct trial trial;
    unsigned number;

    start(&trial, gl_boot("", false, NULL));
    gl_work_add(&trial.work, DONE, WORK_MS);
    gl_work_post(&trial.work, &trial.posts, &(struct gl_fence){ .id = 1 });
    number = posts_send(&trial.posts, &read, sizeof(read));
    post_much(&trial);
    qmp(&trial, "stop");
    trial.before = guest_keep_memory(trial.gpu->guest);
    expect_still(&trial);
    qmp(&trial, "cont");
    expect_eq(posts_wait(&trial.posts, number), RESP_OK_NODATA, "FROM_HOST");
    gl_work_check_memory(&trial.work, DONE);
    posts_wait_all(&trial.posts);
}

/* Many times, wherever the device is when it happens. */
static void test_stop_and_go(void)
{
    struct trial trial;

    start(&trial, gl_boot("", false, NULL));
    for (unsigned i = 0; i < 40; i++) {
        gl_work_add(&trial.work, DONE + i, 5);
        gl_work_post(&trial.work, &trial.posts,
                     i % 3 ? &(struct gl_fence){ .id = i } : NULL);
        if (i % 2) {
            qmp(&trial, "stop");
            g_usleep(i % 5 * 3000);
            qmp(&trial, "cont");
        }
    }
    posts_wait_all(&trial.posts);
    gl_work_check(&trial.work, DONE + 39);
}

/*
 * What a flush still reads when the VM stops is what the first look at it
 * shows, or nothing is.
 */
static void test_picture(void)
{
    static const struct wire_rect all = { 0, 0, GL_WORK_PX, GL_WORK_PX };
    const struct wire_flush flush = {
        .header.type = CMD_RESOURCE_FLUSH, .rect = all, .resource_id = 2001,
    };
    struct screen *first, *second;
    struct trial trial;
    unsigned number;

    start(&trial, gl_boot("", false, NULL));
    draw_scanout(trial.gpu, 0, 2001, &all);
    for (unsigned i = 1; i < 4; i++) {
        draw_flush(trial.gpu, 2001, &all);
        screen_free(screen_take(trial.gpu->guest, "gpu", 0));
        gl_work_add(&trial.work, DONE + i, WORK_MS);
        number = gl_work_post(&trial.work, &trial.posts, NULL);
        expect_eq(posts_wait(&trial.posts, number), RESP_OK_NODATA, "SUBMIT_3D");
        posts_send(&trial.posts, &flush, sizeof(flush));
        g_usleep(trial.one_us / 8 * i);
        qmp(&trial, "stop");
        first = screen_take(trial.gpu->guest, "gpu", 0);
        g_usleep(trial.one_us * 2);
        second = screen_take(trial.gpu->guest, "gpu", 0);
        expect_eq(screen_pixel(first, 1, 1), screen_pixel(second, 1, 1),
                  "the VM stands, and its screen");
        screen_free(first);
        screen_free(second);
        qmp(&trial, "cont");
        posts_wait_all(&trial.posts);
    }
}

/* A texture ends, and the device is reset, while the VM stands. */
static void test_reset_while_stopped(void)
{
    struct trial trial;
    struct gl_work work;

    start(&trial, gl_boot("", false, NULL));
    post_much(&trial);
    qmp(&trial, "stop");
    vdev_reset(trial.gpu->vdev);
    trial.before = guest_keep_memory(trial.gpu->guest);
    expect_still(&trial);
    qmp(&trial, "cont");
    gpu_restart(trial.gpu, NULL);
    gl_work_open(&work, trial.gpu, 1);
    gl_work_add(&work, DONE + 1, 1);
    gl_paint_submit(&work.paint);
    gl_work_check(&work, DONE + 1);
}

/* A query of how many texels a piece of work draws. */
static void add_query(struct trial *trial, const struct gl_texture *buffer)
{
    struct virgl_stream *stream = &trial->work.paint.stream;

    gl_attach(trial->gpu, 1, buffer->id);
    virgl_create_query(stream, 500, VIRGL_OCCLUSION_COUNTER, buffer->id);
    virgl_begin_query(stream, 500);
    gl_work_add(&trial->work, DONE, WORK_MS);
    virgl_end_query(stream, 500);
    virgl_get_query_result(stream, 500);
}

static struct gl_texture buffer_of_query(struct gpu *gpu)
{
    struct gl_texture buffer = {
        .id = 5, .width = sizeof(struct query_result),
        .bind = VIRGL_BIND_CUSTOM,
    };

    gl_create(&buffer, gpu);
    return buffer;
}

static void expect_result(const struct gl_texture *buffer, const char *what)
{
    const struct query_result *result = gl_memory(buffer);

    expect_eq(result->state, 1, "%s: state", what);
    expect_eq((uint32_t)result->result, GL_WORK_PX * GL_WORK_PX,
              "%s: texels drawn", what);
}

/* The result is there when the fence behind it is answered. */
static void test_query(void)
{
    struct trial trial;
    struct gl_texture buffer;

    start(&trial, gl_boot("", false, NULL));
    buffer = buffer_of_query(trial.gpu);
    for (unsigned i = 0; i < 3; i++) {
        memset(gl_memory(&buffer), GPU_POISON, buffer.backing_bytes);
        add_query(&trial, &buffer);
        gl_work_post(&trial.work, &trial.posts,
                     &(struct gl_fence){ .id = 10 + i });
        posts_wait_all(&trial.posts);
        expect_result(&buffer, "a query");
        virgl_destroy(&trial.work.paint.stream, VIRGL_OBJECT_QUERY, 500);
        gl_paint_submit(&trial.work.paint);
    }
}

static void test_query_while_stopped(void)
{
    struct trial trial;
    struct gl_texture buffer;

    start(&trial, gl_boot("", false, NULL));
    buffer = buffer_of_query(trial.gpu);
    memset(gl_memory(&buffer), GPU_POISON, buffer.backing_bytes);
    add_query(&trial, &buffer);
    gl_work_post(&trial.work, &trial.posts, &(struct gl_fence){ .id = 10 });
    /* Begun, and not over: one that needs no work behind it. */
    gl_work_post(&trial.work, &trial.posts, NULL);
    expect_eq(posts_wait(&trial.posts, 2), RESP_OK_NODATA, "SUBMIT_3D");
    qmp(&trial, "stop");
    trial.before = guest_keep_memory(trial.gpu->guest);
    expect_still(&trial);
    expect_true(!posts_is_done(&trial.posts, 1), "work was over too early");
    qmp(&trial, "cont");
    posts_wait_all(&trial.posts);
    expect_result(&buffer, "a query that the VM stood still under");
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add_data("/T-534/stop/ioeventfd", test_stop, "");
    harness_add_data("/T-534/stop/no-ioeventfd", test_stop, ",ioeventfd=off");
    harness_add("/T-534/stop-while-reading", test_stop_while_reading);
    harness_add("/T-534/stop-and-go", test_stop_and_go);
    harness_add("/gl-stop/picture", test_picture);
    harness_add("/T-515/reset-while-stopped", test_reset_while_stopped);
    harness_add("/gl-stop/query", test_query);
    harness_add("/gl-stop/query-while-stopped", test_query_while_stopped);
    return harness_run();
}
