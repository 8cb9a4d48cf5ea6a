/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Metrics: where things are counted, and the text that Prometheus reads, against
 * a golden file (METRICS_GOLDEN; --regenerate writes it).
 */
#include "hw/virtio/vgpu/metrics.h"

#include <string.h>

#include "driver.h"
#include "metrics/text.h"

static bool regenerate;

static uint64_t count(const vgpu_counter *counter)
{
    return vgpu_counter_read(counter);
}

/* The bucket that has what was added alone. */
static unsigned bucket_of(int64_t ns)
{
    struct vgpu_histogram histogram = { { 0 } };
    unsigned found = VGPU_HISTOGRAM_BUCKETS;

    vgpu_histogram_add(&histogram, ns, 3);
    for (unsigned i = 0; i < VGPU_HISTOGRAM_BUCKETS; i++) {
        if (count(&histogram.buckets[i])) {
            g_assert_cmpuint(count(&histogram.buckets[i]), ==, 3);
            g_assert_cmpuint(found, ==, VGPU_HISTOGRAM_BUCKETS);
            found = i;
        }
    }
    g_assert_cmpuint(count(&histogram.sum_ns), ==, ns > 0 ? 3 * ns : 0);
    return found;
}

/* Each bound belongs to its bucket, what is above to the next. */
static void test_buckets(void)
{
    unsigned last = VGPU_HISTOGRAM_BUCKETS - 1;
    uint64_t below = 0;

    for (unsigned i = 0; i < last; i++) {
        uint64_t bound = vgpu_histogram_bound_ns(i);

        g_assert_cmpuint(bound, >, below);
        g_assert_cmpuint(bucket_of(bound), ==, i);
        g_assert_cmpuint(bucket_of(bound + 1), ==, i + 1);
        if (i > 1) {
            /* None is wider than half of where it begins. */
            g_assert_cmpuint(bound - below, <=, below / 2 + 1);
        }
        below = bound;
    }
    g_assert_cmpuint(vgpu_histogram_bound_ns(last), ==, UINT64_MAX);
    g_assert_cmpuint(bucket_of(0), ==, 0);
    g_assert_cmpuint(bucket_of(-5), ==, 0);
    g_assert_cmpuint(bucket_of(INT64_MAX / 4), ==, last);
}

static void test_commands(void)
{
    g_autoptr(GHashTable) names = g_hash_table_new(g_str_hash, g_str_equal);
    unsigned known = 0;

    for (uint32_t type = 0; type < 0x1300; type++) {
        unsigned place = vgpu_metric_command(type);
        const char *name = vgpu_wire_name(type);

        g_assert_cmpuint(place, <, VGPU_METRIC_COMMANDS);
        if (place == VGPU_METRIC_COMMANDS - 1) {
            continue;
        }
        known++;
        g_assert_cmpuint(vgpu_metric_command_type(place), ==, type);
        g_assert_cmpstr(name, !=, "unknown");
        g_assert_true(g_hash_table_add(names, (char *)name));
    }
    g_assert_cmpuint(known, ==, 26);
    g_assert_cmpuint(vgpu_metric_command(UINT32_MAX), ==,
                     VGPU_METRIC_COMMANDS - 1);
    g_assert_cmpuint(vgpu_metric_result(VGPU_OK_EDID), ==, 0);
    g_assert_cmpuint(vgpu_metric_result(VGPU_ERR_PARAMETER), ==,
                     VGPU_METRIC_RESULTS - 1);
    g_assert_cmpstr(vgpu_metric_result_name(0), ==, "OK");
    g_assert_cmpstr(vgpu_metric_result_name(
                        vgpu_metric_result(VGPU_ERR_OUT_OF_MEMORY)),
                    ==, "ERR_OUT_OF_MEMORY");
}

/* What core counts of commands of 2D. */
static void test_transfer(void)
{
    struct fake_driver driver;
    struct vgpu_mem_entry entry = { .length = 64 * 64 * 4 };
    struct vgpu_metrics *m;

    fake_driver_init(&driver, &driver_config);
    m = &driver.host->metrics;
    entry.addr = guest_memory_alloc(driver.host->memory, entry.length, true);
    for (unsigned id = 1; id <= 3; id++) {
        DRIVER_COMMAND(&driver, "RESOURCE_CREATE_2D", { "resource_id", 0, id },
                       { "format", 0, 2 }, { "width", 0, 64 },
                       { "height", 0, 64 });
    }
    g_assert_cmpuint(count(&m->resources), ==, 3);
    DRIVER_COMMAND(&driver, "RESOURCE_UNREF", { "resource_id", 0, 2 });
    g_assert_cmpuint(count(&m->resources), ==, 2);
    DRIVER_LIST(&driver, "RESOURCE_ATTACH_BACKING", &entry, 1,
                { "resource_id", 0, 1 }, { "nr_entries", 0, 1 });
    DRIVER_COMMAND(&driver, "TRANSFER_TO_HOST_2D", { "resource_id", 0, 1 },
                   DRIVER_RECT(0, 0, 10, 3));
    g_assert_cmpuint(count(&m->bytes_to_host), ==, 120);
    /* One that is refused copies nothing. */
    DRIVER_COMMAND(&driver, "TRANSFER_TO_HOST_2D", { "resource_id", 0, 1 },
                   DRIVER_RECT(60, 0, 10, 3));
    g_assert_cmpuint(count(&m->bytes_to_host), ==, 120);
    vgpu_device_reset(driver.dev);
    g_assert_cmpuint(count(&m->resources), ==, 0);
    fake_driver_finish(&driver);
}

static void fill_histogram(struct vgpu_histogram *histogram)
{
    vgpu_histogram_add(histogram, 200, 5);
    vgpu_histogram_add(histogram, 12345, 2);
    vgpu_histogram_add(histogram, 3000000000, 1);
}

/* Every figure another one, so that none stands in the place of another. */
static void fill(struct vgpu_metrics *m)
{
    struct vgpu_queue_metrics *ctrl = &m->queues[VGPU_QUEUE_CONTROL];
    struct vgpu_queue_metrics *cursor = &m->queues[VGPU_QUEUE_CURSOR];
    unsigned flush = vgpu_metric_command(VGPU_CMD_RESOURCE_FLUSH);

    vgpu_counter_add(&ctrl->requests[flush][0], 11);
    vgpu_counter_add(&ctrl->requests[flush]
                     [vgpu_metric_result(VGPU_ERR_RESOURCE_ID)], 12);
    vgpu_counter_add(&ctrl->requests[vgpu_metric_command(0xbad)]
                     [vgpu_metric_result(VGPU_ERR_UNSPEC)], 13);
    vgpu_counter_add(&cursor->requests
                     [vgpu_metric_command(VGPU_CMD_MOVE_CURSOR)][0], 14);
    vgpu_counter_set(&ctrl->depth, 15);
    vgpu_counter_set(&cursor->depth, 16);
    fill_histogram(&ctrl->latency);
    vgpu_timing_add(&m->decode, 17);
    vgpu_timing_add(&m->execute[flush], 1800);
    vgpu_timing_add(&m->renderer, 1900000);
    vgpu_timing_add(&m->read, 20000000);
    vgpu_counter_add(&m->busy_ns, 21000000021);
    fill_histogram(&m->fence_wait);
    vgpu_counter_set(&m->fences, 22);
    vgpu_counter_set(&m->oldest_fence_ns, 1000);
    vgpu_counter_add(&m->bytes_to_host, 23);
    vgpu_counter_add(&m->bytes_from_host, 24);
    vgpu_counter_add(&m->bytes_stream, 25);
    vgpu_counter_set(&m->resources, 26);
    vgpu_counter_add(&m->frames_flushed, 27);
    vgpu_counter_add(&m->frames_read, 28);
    vgpu_counter_add(&m->frames_shared, 29);
    vgpu_counter_add(&m->frames_lent, 37);
    vgpu_counter_add(&m->frames_merged, 30);
    for (unsigned i = 0; i < VGPU_FRAME_LOSSES; i++) {
        vgpu_counter_add(&m->frames_lost[i], 31 + i);
    }
    vgpu_counter_add(&m->bytes_read, 41);
    vgpu_counter_add(&m->frames_presented, 42);
    vgpu_counter_add(&m->resets, 43);
    vgpu_counter_add_shared(&m->command_errors, 44);
    vgpu_counter_add_shared(&m->renderer_errors, 45);
    vgpu_counter_add(&m->overdue_commands, 56);
    vgpu_counter_add(&m->overdue_fences, 57);
    vgpu_counter_add(&m->overdue_thread, 58);
}

static void test_text(void)
{
    const char *path = g_getenv("METRICS_GOLDEN");
    struct vgpu_metrics *metrics = g_new0(struct vgpu_metrics, 1);
    const struct vgpu_metrics_view view = {
        .metrics = metrics,
        .now_ns = 1500001000,
        .domain = "a \"quoted\" \\ name\nof \xff two lines",
        .device = "gpu0",
        .route = "software",
        .renderer = "llvmpipe (LLVM 15.0.6, 256 bits)",
        .profile = "kiosk",
        .version = "0.1.0",
        .memory = {
            { "pixels", 46, 47 }, { "held", 48, 49 }, { "renderer", 50, 51 },
        },
        .frame_bytes = 52,
        .contexts = 53,
        .max_contexts = 54,
        .max_resources = 55,
    };
    g_autofree char *golden = NULL;
    g_autoptr(GError) error = NULL;
    GString *text;

    g_assert_nonnull(path);
    fill(metrics);
    text = vgpu_metrics_text(&view);
    if (regenerate) {
        g_file_set_contents(path, text->str, text->len, &error);
    } else {
        g_file_get_contents(path, &golden, NULL, &error);
    }
    g_assert_no_error(error);
    if (golden) {
        g_assert_cmpstr(text->str, ==, golden);
    }
    g_string_free(text, true);
    g_free(metrics);
}

int main(int argc, char **argv)
{
    regenerate = argc > 1 && !strcmp(argv[1], "--regenerate");
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/metrics/buckets", test_buckets);
    g_test_add_func("/metrics/commands", test_commands);
    g_test_add_func("/metrics/transfer", test_transfer);
    g_test_add_func("/metrics/text", test_text);
    return g_test_run();
}
