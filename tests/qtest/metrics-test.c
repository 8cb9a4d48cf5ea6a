/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What the device says of itself: the property "statistics", against what the test
 * did.
 */
#include "qemu/osdep.h"

#include "libqtest.h"
#include "display.h"
#include "draw.h"
#include "gpu.h"
#include "harness.h"
#include "metrics.h"
#include "picture.h"
#include "screen.h"

static void create(struct gpu *gpu, uint32_t id)
{
    draw_create(gpu, id, FORMAT_B8G8R8X8, 64, 64);
}

static void unref(struct gpu *gpu, uint32_t id, uint32_t want)
{
    const struct wire_resource unref = {
        .header.type = CMD_RESOURCE_UNREF,
        .resource_id = id,
    };

    gpu_expect(gpu, &unref, sizeof(unref), want, "UNREF");
}

static void test_requests(const void *properties)
{
    struct gpu *gpu = gpu_boot_with(properties, false);
    const struct wire_cursor move = { .header.type = CMD_MOVE_CURSOR };
    const struct wire_header unknown = { .type = 0x1ff };
    struct metrics *before = metrics_take(gpu);
    struct metrics *after;

    for (unsigned i = 1; i <= 3; i++) {
        create(gpu, i);
    }
    unref(gpu, 2, RESP_OK_NODATA);
    unref(gpu, 77, RESP_ERR_RESOURCE_ID);
    gpu_expect(gpu, &unknown, sizeof(unknown), RESP_ERR_UNSPEC, "0x1ff");
    gpu_expect(gpu, &move, sizeof(move), RESP_OK_NODATA, "MOVE_CURSOR");
    gpu_expect(gpu, &move, sizeof(move), RESP_OK_NODATA, "MOVE_CURSOR");
    after = metrics_take(gpu);

    expect_eq(metrics_get(after, "requests_total", "ctrl",
                          "RESOURCE_CREATE_2D", "OK"), 3, "creations");
    expect_eq(metrics_get(after, "requests_total", "ctrl", "RESOURCE_UNREF",
                          "OK"), 1, "UNREFs");
    expect_eq(metrics_get(after, "requests_total", "ctrl", "RESOURCE_UNREF",
                          "ERR_INVALID_RESOURCE_ID"), 1, "refused UNREFs");
    expect_eq(metrics_get(after, "requests_total", "ctrl", "unknown",
                          "ERR_UNSPEC"), 1, "unknown commands");
    expect_eq(metrics_get(after, "requests_total", "cursor", "MOVE_CURSOR",
                          "OK"), 2, "moves");
    expect_eq(metrics_get(after, "guest_errors_total", "command"), 2,
              "mistakes");
    expect_eq(metrics_get(after, "resources"), 2, "resources");
    expect_true(metrics_get(after, "memory_bytes", "pixels") ==
                2 * 64 * 64 * 4, "pixels");
    expect_eq(metrics_get(after, "memory_limit_bytes", "pixels"),
              256 * 1024 * 1024, "max_hostmem");
    for (unsigned i = 0; i < 2; i++) {
        const char *queue = i ? "cursor" : "ctrl";

        expect_eq(metrics_get(after, "queue_latency_seconds", queue) -
                  metrics_get(before, "queue_latency_seconds", queue),
                  i ? 2 : 6, "latencies of queue %s", queue);
        expect_eq(metrics_get(after, "queue_depth", queue), 0,
                  "requests under way in queue %s", queue);
    }
    metrics_free(before);
    metrics_free(after);
}

/* One of 64 is timed, the first among them. */
static void test_samples(void)
{
    struct gpu *gpu = gpu_boot_with("", false);
    struct metrics *metrics;

    for (unsigned i = 0; i < 129; i++) {
        unref(gpu, 77, RESP_ERR_RESOURCE_ID);
    }
    metrics = metrics_take(gpu);
    expect_eq(metrics_get(metrics, "decode_seconds"), 3, "samples of 129");
    expect_eq(metrics_get(metrics, "execute_seconds", "RESOURCE_UNREF"), 3,
              "UNREFs of them");
    expect_true(metrics_seconds(metrics, "busy_seconds_total") > 0,
                "time that passes");
    metrics_free(metrics);
}

/* Whatever was counted stays, whatever there was goes. */
static void test_reset(void)
{
    struct gpu *gpu = gpu_boot_with("", false);
    struct metrics *before, *after;

    create(gpu, 1);
    before = metrics_take(gpu);
    gpu_start(gpu, NULL);
    create(gpu, 1);
    after = metrics_take(gpu);
    expect_eq(metrics_get(after, "resets_total") -
              metrics_get(before, "resets_total"), 1, "resets");
    expect_eq(metrics_get(after, "requests_total", "ctrl",
                          "RESOURCE_CREATE_2D", "OK"), 2, "creations");
    expect_eq(metrics_get(after, "resources"), 1, "resources");
    metrics_free(before);
    metrics_free(after);
}

/* The command line's, and what is refused at them. */
static void test_limits(void)
{
    struct gpu *gpu = gpu_boot_with(",max_resources=2,max_contexts=3", false);
    const struct wire_create_2d beyond = {
        .header.type = CMD_RESOURCE_CREATE_2D,
        .resource_id = 3,
        .format = FORMAT_B8G8R8X8,
        .width = 1,
        .height = 1,
    };
    struct metrics *metrics;

    create(gpu, 1);
    create(gpu, 2);
    gpu_expect(gpu, &beyond, sizeof(beyond), RESP_ERR_OUT_OF_MEMORY,
               "CREATE_2D of a third");
    metrics = metrics_take(gpu);
    expect_eq(metrics_get(metrics, "resources"), 2, "resources");
    expect_eq(metrics_get(metrics, "resources_limit"), 2, "max_resources");
    expect_eq(metrics_get(metrics, "contexts_limit"), 3, "max_contexts");
    expect_eq(metrics_get(metrics, "requests_total", "ctrl",
                          "RESOURCE_CREATE_2D", "ERR_OUT_OF_MEMORY"), 1,
              "refusals");
    metrics_free(metrics);
}

static void test_frames(void)
{
    struct gpu *gpu = gpu_boot_with("", false);
    struct picture picture = { .id = 1, .width = 256, .height = 128 };
    struct metrics *unseen, *seen, *same;

    picture_create(&picture, gpu);
    picture_noise(&picture, NULL, 1);
    picture_show(&picture, 0, NULL);
    picture_update(&picture, NULL);
    unseen = metrics_take(gpu);
    picture_expect_shown(&picture, NULL, 0);
    seen = metrics_take(gpu);
    picture_update(&picture, NULL);
    same = metrics_take(gpu);

    expect_eq(metrics_get(unseen, "frames_flushed_total"), 1, "flushes");
    expect_eq(metrics_get(unseen, "frames_dropped_total", "unseen"), 1,
              "flushes that nobody saw");
    expect_eq(metrics_get(unseen, "frames_read_total"), 0, "pictures read");
    expect_eq(metrics_get(unseen, "transfer_bytes_total", "to_host"),
              256 * 128 * 4, "bytes transferred");
    expect_eq(metrics_get(seen, "frames_read_total"), 1, "pictures read");
    expect_true(metrics_get(seen, "frames_presented_total") >= 1,
                "pictures presented");
    expect_true(metrics_get(seen, "frame_memory_bytes") >= 256 * 128 * 4,
                "memory of pictures");
    expect_eq(metrics_get(same, "frames_dropped_total", "unchanged") -
              metrics_get(seen, "frames_dropped_total", "unchanged"), 1,
              "flushes of what is shown already");
    metrics_free(unseen);
    metrics_free(seen);
    metrics_free(same);
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    gpu_add_kicks("metrics/requests", test_requests);
    harness_add("/metrics/samples", test_samples);
    harness_add("/metrics/reset", test_reset);
    harness_add("/T-286,metrics/limits", test_limits);
    harness_add("/metrics/frames", test_frames);
    return g_test_run();
}
