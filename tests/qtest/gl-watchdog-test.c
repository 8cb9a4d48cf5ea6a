/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * watchdog=: what takes too long is said once, with its context, and counted,
 * while QEMU goes on; what does not, or what waits because the VM stands still,
 * is not.
 */
#include "qemu/osdep.h"

#include "libqtest.h"
#include "gl-work.h"
#include "harness.h"
#include "metrics.h"

#define DONE 0xff102030

/* Of work, by a measurement that may be far off: more until it is too long. */
#define FIRST_SECONDS 2u
#define LAST_SECONDS  32u

struct watched {
    struct gpu *gpu;
    struct gl_work work;
    struct posts posts;
};

static void start(struct watched *w, const char *properties)
{
    w->gpu = gl_boot(properties, false, NULL);
    gl_work_open(&w->work, w->gpu, 7);
    posts_init(&w->posts, w->gpu);
}

static void post_work(struct watched *w, unsigned seconds)
{
    gl_work_add(&w->work, DONE, seconds * 1000);
    gl_work_post(&w->work, &w->posts, &(struct gl_fence){ .id = seconds });
}

/* The device's thread waits for the work in it. */
static unsigned post_read(struct watched *w)
{
    const struct wire_transfer_3d request = {
        .header.type = CMD_TRANSFER_FROM_HOST_3D,
        .header.ctx_id = 7,
        .box = { 0, 0, 0, GL_WORK_PX, GL_WORK_PX, 1 },
        .resource_id = w->work.target.id,
        .stride = GL_WORK_PX * 4,
    };

    return posts_send(&w->posts, &request, sizeof(request));
}

static unsigned times_said(struct gpu *gpu, const char *text)
{
    g_autofree char *all = guest_stderr(gpu->guest);
    unsigned count = 0;

    for (const char *at = all; (at = strstr(at, text)); at++) {
        count++;
    }
    return count;
}

static uint64_t events(struct gpu *gpu, const char *of)
{
    struct metrics *metrics = metrics_take(gpu);
    uint64_t count = metrics_get(metrics, "watchdog_events_total", of);

    metrics_free(metrics);
    return count;
}

/* On a busy machine there may be others than what the test provokes. */
static void expect_counted(struct gpu *gpu)
{
    expect_eq(times_said(gpu, " has been waiting for "), events(gpu, "fence"),
              "fences named, and counted");
    expect_eq(times_said(gpu, " has been running for "),
              events(gpu, "command"), "commands named, and counted");
    expect_eq(times_said(gpu, " has not answered for "), events(gpu, "thread"),
              "hangs beside commands named, and counted");
}

static void test_fence(void)
{
    g_autofree char *text = NULL;
    unsigned seconds = FIRST_SECONDS;
    struct watched w;

    start(&w, ",watchdog=1");
    guest_expect_noise(w.gpu->guest, "watchdog");
    for (; !text || !times_said(w.gpu, text); seconds *= 2) {
        expect_true(seconds <= LAST_SECONDS, "no fence was too old");
        post_work(&w, seconds);
        posts_wait_all(&w.posts);
        g_free(text);
        text = g_strdup_printf("virtio-gpu gpu: watchdog: SUBMIT_3D of context "
                               "7, fence %u, has been waiting for ", seconds);
    }
    expect_eq(times_said(w.gpu, text), 1, "times that the fence was named");
    expect_counted(w.gpu);
    gl_work_check(&w.work, DONE);
}

static const char running[] = "virtio-gpu gpu: watchdog: "
    "TRANSFER_FROM_HOST_3D of context 7 has been running for ";

struct hang {
    struct watched *w;
    unsigned post;
    unsigned said;              /* before it */
};

static bool is_said_or_over(void *data)
{
    struct hang *hang = data;

    return times_said(hang->w->gpu, running) > hang->said ||
           posts_is_done(&hang->w->posts, hang->post);
}

/* The device's thread hangs; true when it is said while it does, and once. */
static bool hang(struct watched *w, unsigned seconds)
{
    struct hang hang = { .w = w, .said = times_said(w->gpu, running) };
    bool during;

    post_work(w, seconds);
    hang.post = post_read(w);
    harness_wait(is_said_or_over, &hang, "the command or a word of it");
    during = !posts_is_done(&w->posts, hang.post);
    posts_wait_all(&w->posts);
    expect_true(times_said(w->gpu, running) - hang.said <= 1,
                "a command was named twice");
    return during;
}

static void test_command(void)
{
    unsigned seconds = FIRST_SECONDS;
    struct watched w;

    start(&w, ",watchdog=1");
    guest_expect_noise(w.gpu->guest, "watchdog");
    for (; !hang(&w, seconds); seconds *= 2) {
        expect_true(seconds <= LAST_SECONDS, "no command took too long");
    }
    expect_true(events(w.gpu, "command") > 0, "no command was counted");
    expect_counted(w.gpu);
    gl_work_check_memory(&w.work, DONE);
}

/* Of a device that shares its thread with one that hangs. */
static void test_thread(void)
{
    static const char text[] =
        "virtio-gpu second: watchdog: its thread has not answered for ";
    unsigned seconds = FIRST_SECONDS;
    struct watched w;

    start(&w, ",watchdog=0,iothread=worker -object iothread,id=worker "
          "-device virtio-gpu-pci,id=second,iothread=worker,watchdog=1");
    guest_expect_noise(w.gpu->guest, "watchdog");
    for (; !times_said(w.gpu, text); seconds *= 2) {
        expect_true(seconds <= LAST_SECONDS, "no hang was long enough");
        post_work(&w, seconds);
        post_read(&w);
        posts_wait_all(&w.posts);
    }
    expect_eq(times_said(w.gpu, "virtio-gpu gpu: watchdog"), 0,
              "times of the device without watchdog");
}

/* Anything on standard error fails the case. */
static void test_off(void)
{
    struct watched w;

    start(&w, ",watchdog=0");
    post_work(&w, FIRST_SECONDS);
    post_read(&w);
    posts_wait_all(&w.posts);
    expect_eq(events(w.gpu, "fence") + events(w.gpu, "command"), 0, "events");
}

static void test_stopped(void)
{
    struct watched w;

    start(&w, ",watchdog=4");
    gl_work_add(&w.work, DONE, 200);
    gl_work_post(&w.work, &w.posts, &(struct gl_fence){ .id = 77 });
    qtest_qmp_assert_success(w.gpu->guest->qts, "{'execute': 'stop'}");
    g_usleep(6 * G_USEC_PER_SEC);
    qtest_qmp_assert_success(w.gpu->guest->qts, "{'execute': 'cont'}");
    posts_wait_all(&w.posts);
    expect_eq(events(w.gpu, "fence"), 0, "fences");
    gl_work_check(&w.work, DONE);
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add("/watchdog/fence", test_fence);
    harness_add("/watchdog/command", test_command);
    harness_add("/watchdog/thread", test_thread);
    harness_add("/watchdog/off", test_off);
    harness_add("/watchdog/stopped", test_stopped);
    return harness_run();
}
