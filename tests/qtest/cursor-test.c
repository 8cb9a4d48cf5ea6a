/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Nobody waits for the control queue: not the cursor, not QMP, not the
 * configuration (conformance matrix, O-5, T-159, T-609, EDGE-114).
 *
 * The order of events is checked, no time: the control queue has some seconds
 * of work, and what must not wait for it has to be done before it is.
 */
#include "qemu/osdep.h"

#include "libqtest.h"
#include "display.h"
#include "gpu.h"
#include "harness.h"
#include "load.h"

#define WORK 64                 /* requests; all that the ring holds */

static void saturate(struct load *load, struct gpu *gpu)
{
    load_prepare(load, gpu);
    load_post(load, WORK);
}

/* The control queue still works: not all chains came back. */
static void expect_busy(struct gpu *gpu, const char *what)
{
    uint16_t done = __atomic_load_n(&gpu->queue[0]->used->idx,
                                    __ATOMIC_ACQUIRE);
    uint16_t all = gpu->queue[0]->avail_idx;

    g_test_message("%s: %u of %u requests were left", what,
                   (uint16_t)(all - done), WORK);
    expect_true(done != all, "%s had to wait for the control queue", what);
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

static void test_move(const void *data)
{
    struct gpu *gpu = gpu_boot_with(data, true);
    struct load load;

    saturate(&load, gpu);
    move(gpu, 1);
    expect_busy(gpu, "MOVE_CURSOR");
}

static void test_many_moves(const void *data)
{
    struct gpu *gpu = gpu_boot_with(data, true);
    struct display *display = display_of(gpu->guest);
    struct display_view *view = display_watch(display, 0);
    struct load load;

    saturate(&load, gpu);
    for (unsigned i = 0; i < 100; i++) {
        move(gpu, i);
    }
    display_sync(display);
    expect_busy(gpu, "100 times MOVE_CURSOR, to the viewer");
    expect_eq(view->x, 99, "x of the pointer");
    expect_eq(view->y, 7, "y of the pointer");
}

static void test_qmp(const void *data)
{
    struct gpu *gpu = gpu_boot_with(data, true);
    struct load load;

    saturate(&load, gpu);
    for (unsigned i = 0; i < 20; i++) {
        qtest_qmp_assert_success(gpu->guest->qts,
                                 "{'execute': 'query-status'}");
    }
    expect_busy(gpu, "QMP");
}

static void test_config(const void *data)
{
    struct gpu *gpu = gpu_boot_with(data, true);
    struct load load;

    saturate(&load, gpu);
    expect_eq(vdev_config(gpu->vdev, CONFIG_NUM_SCANOUTS), 1, "num_scanouts");
    vdev_set_config(gpu->vdev, CONFIG_EVENTS_CLEAR, 1);
    gpu->vdev->ops->status(gpu->vdev);
    expect_busy(gpu, "the configuration space");
}

static void test_display_change(const void *data)
{
    struct gpu *gpu = gpu_boot_with(data, true);
    struct display *display = display_of(gpu->guest);
    struct load load;

    saturate(&load, gpu);
    display_set_mode(display, 0, 800, 600);
    expect_eq(vdev_config(gpu->vdev, CONFIG_EVENTS_READ), 1, "events_read");
    expect_busy(gpu, "a display change");
}

static void test_reset(const void *data)
{
    struct gpu *gpu = gpu_boot_with(data, true);
    struct load load;

    saturate(&load, gpu);
    vdev_reset(gpu->vdev);
    expect_busy(gpu, "a reset");
}

static void test_stop(const void *data)
{
    struct gpu *gpu = gpu_boot_with(data, true);
    struct load load;
    unsigned done = 0;

    saturate(&load, gpu);
    qtest_qmp_assert_success(gpu->guest->qts, "{'execute': 'stop'}");
    expect_busy(gpu, "stop");
    qtest_qmp_assert_success(gpu->guest->qts, "{'execute': 'cont'}");
    while (done < WORK) {
        expect_eq(vring_wait(gpu->queue[0]).bytes, 24, "used.len");
        done++;
    }
    for (unsigned i = 0; i < WORK; i++) {
        expect_eq(load_reply(&load, i)->type, RESP_OK_NODATA,
                  "request %u after stop and cont", i);
    }
}

/* While the VM stands nothing may appear in guest memory. */
static void test_stopped_is_silent(const void *data)
{
    struct gpu *gpu = gpu_boot_with(data, true);
    struct load load;
    uint16_t before;

    saturate(&load, gpu);
    qtest_qmp_assert_success(gpu->guest->qts, "{'execute': 'stop'}");
    before = __atomic_load_n(&gpu->queue[0]->used->idx, __ATOMIC_ACQUIRE);
    guest_settle(gpu->guest);
    g_usleep(200 * 1000);
    expect_eq(__atomic_load_n(&gpu->queue[0]->used->idx, __ATOMIC_ACQUIRE),
              before, "used index while the VM is stopped");
    qtest_qmp_assert_success(gpu->guest->qts, "{'execute': 'cont'}");
    for (unsigned i = 0; i < WORK; i++) {
        vring_wait(gpu->queue[0]);
    }
    gpu_expect_alive(gpu);
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    gpu_add_kicks("T-159/move-while-busy", test_move);
    gpu_add_kicks("T-609/many-moves-while-busy", test_many_moves);
    gpu_add_kicks("T-534/qmp-while-busy", test_qmp);
    gpu_add_kicks("T-534/config-while-busy", test_config);
    gpu_add_kicks("T-534/display-change-while-busy", test_display_change);
    gpu_add_kicks("T-534/reset-while-busy", test_reset);
    gpu_add_kicks("T-534/stop-while-busy", test_stop);
    gpu_add_kicks("T-534/stopped-is-silent", test_stopped_is_silent);
    return harness_run();
}
