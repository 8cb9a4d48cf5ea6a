/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What clients of displays wish for the heads: bursts of wishes, impossible
 * ones, and what becomes of them over resets.
 */
#include "qemu/osdep.h"

#include "libqtest.h"
#include "display.h"
#include "harness.h"
#include "outputs.h"

#define QUIET_MS 100            /* as docs/displays.md says */

static void wish(struct gpu *gpu, unsigned head, uint32_t width,
                 uint32_t height)
{
    display_set_mode(display_of(gpu->guest), head, width, height);
}

struct settled {
    struct gpu *gpu;
    unsigned head;
    uint32_t width;
};

static bool has_width(void *data)
{
    struct settled *s = data;

    return outputs_number(s->gpu, s->head, "xres") == s->width;
}

static void wait_for_width(struct gpu *gpu, unsigned head, uint32_t width)
{
    struct settled s = { gpu, head, width };

    harness_wait(has_width, &s, "the last wish");
}

static void drag(struct gpu *gpu, unsigned head, uint32_t width)
{
    display_drag(display_of(gpu->guest), head, &(struct display_wish){
        .width = width, .height = 600,
    });
}

/* A window is dragged: the guest hears of it at once, at times, and last. */
static void test_burst(void)
{
    struct gpu *gpu = gpu_boot_with("", true);
    int64_t start_us = g_get_monotonic_time();
    unsigned events = 0, last = 800 + 299, most;

    display_of(gpu->guest);
    drag(gpu, 0, 799);
    outputs_expect_size(gpu, 0, 799, 600);
    outputs_expect_event(gpu, true, "the first wish");
    for (unsigned width = 800; width <= last; width++) {
        drag(gpu, 0, width);
        events += outputs_take_event(gpu);
    }
    wait_for_width(gpu, 0, last);
    events += outputs_take_event(gpu);
    most = (g_get_monotonic_time() - start_us) / 1000 / QUIET_MS + 1;
    g_test_message("%u events in %u ms", events,
                   (unsigned)(g_get_monotonic_time() - start_us) / 1000);
    expect_true(events >= 1 && events <= most, "%u events, %u at most", events,
                most);
    outputs_expect_size(gpu, 0, last, 600);
    outputs_expect_event(gpu, false, "the last wish");
}

/* Dragged without an end, it is not held back for ever. */
static void test_long_burst(void)
{
    struct gpu *gpu = gpu_boot_with("", true);
    int64_t end_us;
    unsigned events = 0;

    display_of(gpu->guest);
    drag(gpu, 0, 799);
    outputs_take_event(gpu);
    end_us = g_get_monotonic_time() + 1500 * 1000;
    for (unsigned i = 0; g_get_monotonic_time() < end_us; i++) {
        drag(gpu, 0, 800 + i % 800);
        events += outputs_take_event(gpu);
    }
    expect_true(events >= 1, "no event in 1.5 s of wishes");
}

/* What is held back is not mixed up, and is not in an operator's way. */
static void test_several_bursts(void)
{
    struct gpu *gpu = gpu_boot_with(",max_outputs=3", true);

    for (unsigned i = 0; i < 20; i++) {
        for (unsigned head = 0; head < 3; head++) {
            drag(gpu, head, 800 + head * 100 + i);
        }
    }
    outputs_set(gpu, "[{}, {\"xres\": 1024}]");
    outputs_expect_size(gpu, 0, 819, 600);
    outputs_expect_size(gpu, 1, 1024, 600);
    outputs_expect_size(gpu, 2, 1019, 600);
    outputs_take_event(gpu);
    outputs_take_event(gpu);
    g_usleep(2 * QUIET_MS * 1000);
    guest_settle(gpu->guest);
    outputs_expect_event(gpu, false, "all wishes were passed on");
}

/* Driver and machine come back to what was wished last, held back or not. */
static void test_burst_and_reset(void)
{
    struct gpu *gpu = gpu_boot_with("", true);

    drag(gpu, 0, 1000);
    drag(gpu, 0, 1001);
    gpu_restart(gpu, NULL);
    wait_for_width(gpu, 0, 1001);
    outputs_set(gpu, "[{\"yres\": 500}]");
    gpu_restart(gpu, NULL);
    outputs_expect_size(gpu, 0, 1001, 500);
    qtest_system_reset(gpu->guest->qts);
    gpu = gpu_find(gpu->guest, 0);
    gpu_start(gpu, NULL);
    outputs_expect_size(gpu, 0, 1001, 500);
}

/* --- bounds ------------------------------------------------------------- */

struct bound {
    const char *properties;
    uint32_t width, height;
    bool is_possible;
    bool is_said;
};

static const struct bound bounds[] = {
    { "", 65535, 65535, false, false },
    { "", 16385, 1, false, false },
    { "", 8192, 8192, true, false },
    { "", 8192, 8193, false, true },
    { ",max_hostmem=8M", 1920, 1080, true, false },
    { ",max_hostmem=8M", 2560, 1440, false, true },
    { ",max_hostmem=1G", 16384, 16384, true, false },
    { ",blob=on", 16384, 16384, true, false },
};

static void test_bounds(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(bounds); i++) {
        const struct bound *b = &bounds[i];
        struct gpu *gpu = gpu_boot_with(b->properties, true);
        g_autofree char *text = NULL;

        guest_expect_noise(gpu->guest, "for which the guest has no memory");
        wish(gpu, 0, b->width, b->height);
        display_set_mode_at(display_of(gpu->guest), 0, 1, 0, b->width,
                            b->height);
        wish(gpu, 0, b->width, b->height);
        text = guest_stderr(gpu->guest);
        expect_eq(strstr(text, "max_hostmem=") != NULL, b->is_said,
                  "%ux%u%s: said", b->width, b->height, b->properties);
        expect_true(!strstr(text, "once)") ||
                    !strstr(strstr(text, "once)") + 1, "once)"),
                    "said twice: %s", text);
        if (b->is_possible) {
            outputs_expect_size(gpu, 0, b->width, b->height);
        } else {
            expect_eq(outputs_number(gpu, 0, "xres"), 1280, "%ux%u%s: xres",
                      b->width, b->height, b->properties);
        }
    }
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add("/wishes/burst", test_burst);
    harness_add("/wishes/long-burst", test_long_burst);
    harness_add("/wishes/several-bursts", test_several_bursts);
    harness_add("/wishes/reset", test_burst_and_reset);
    harness_add("/wishes/bounds", test_bounds);
    return harness_run();
}
