/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "stall.h"

#include <glib.h>

#define SECOND 1000000000ll
#define START (5 * SECOND)      /* of a clock that does not begin at 0 */
#define PATIENCE (8 * SECOND)
#define PERIOD (2 * SECOND)

/* Looks as they should come, from @from on; how many of them report. */
static unsigned look(struct vgpu_stall *stall, uint64_t mark, bool runs,
                     int64_t *now, unsigned times)
{
    unsigned reports = 0;

    for (unsigned i = 0; i < times; i++) {
        *now += PERIOD;
        reports += vgpu_stall_look(stall, mark, runs, *now);
    }
    return reports;
}

static void test_stuck(void)
{
    struct vgpu_stall stall;
    int64_t now = START;

    vgpu_stall_init(&stall, PATIENCE, now);
    g_assert_cmpint(stall.period_ns, ==, PERIOD);
    g_assert_cmpuint(look(&stall, 1, true, &now, 4), ==, 0);
    g_assert_cmpuint(look(&stall, 1, true, &now, 1), ==, 1);
    g_assert_cmpint(now - stall.same_since_ns, ==, PATIENCE);
    g_assert_cmpuint(look(&stall, 1, true, &now, 100), ==, 0);
    g_assert_cmpuint(look(&stall, 2, true, &now, 4), ==, 0);
    g_assert_cmpuint(look(&stall, 2, true, &now, 4), ==, 1);
}

static void test_busy(void)
{
    struct vgpu_stall stall;
    int64_t now = START;

    vgpu_stall_init(&stall, PATIENCE, now);
    for (unsigned i = 1; i < 100; i++) {
        g_assert_cmpuint(look(&stall, i, true, &now, 4), ==, 0);
    }
}

/* The time does not count, and nothing is reported twice for it. */
static void test_stopped(void)
{
    struct vgpu_stall stall;
    int64_t now = START;

    vgpu_stall_init(&stall, PATIENCE, now);
    look(&stall, 1, true, &now, 3);
    g_assert_cmpuint(look(&stall, 1, false, &now, 100), ==, 0);
    g_assert_cmpuint(look(&stall, 1, true, &now, 3), ==, 0);
    g_assert_cmpuint(look(&stall, 1, true, &now, 1), ==, 1);
    look(&stall, 1, false, &now, 1);
    g_assert_cmpuint(look(&stall, 1, true, &now, 100), ==, 0);
}

/* Who looks was stopped itself: so may have been the other. */
static void test_late(void)
{
    struct vgpu_stall stall;
    int64_t now = START;

    vgpu_stall_init(&stall, PATIENCE, now);
    look(&stall, 1, true, &now, 1);
    now += 1000 * SECOND;
    g_assert_cmpuint(look(&stall, 1, true, &now, 4), ==, 0);
    g_assert_cmpuint(look(&stall, 1, true, &now, 1), ==, 1);
}

static void test_deadline(void)
{
    struct vgpu_stall stall;
    int64_t now = START;

    vgpu_stall_init(&stall, PATIENCE, now);
    look(&stall, 1, true, &now, 3);
    g_assert_cmpint(vgpu_stall_deadline_ns(&stall), ==, INT64_MIN);
    look(&stall, 2, true, &now, 1);
    g_assert_cmpint(vgpu_stall_deadline_ns(&stall), ==, START);
    look(&stall, 3, false, &now, 1);
    g_assert_cmpint(vgpu_stall_deadline_ns(&stall), ==, INT64_MIN);
    look(&stall, 3, true, &now, 3);
    g_assert_cmpint(vgpu_stall_deadline_ns(&stall), ==, INT64_MIN);
    look(&stall, 3, true, &now, 1);
    g_assert_cmpint(vgpu_stall_deadline_ns(&stall), ==, now - PATIENCE);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/stall/stuck", test_stuck);
    g_test_add_func("/stall/busy", test_busy);
    g_test_add_func("/stall/stopped", test_stopped);
    g_test_add_func("/stall/late", test_late);
    g_test_add_func("/stall/deadline", test_deadline);
    return g_test_run();
}
