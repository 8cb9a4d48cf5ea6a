/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Metrics that are read while they are counted, to be run under the thread
 * sanitizer: the device thread and the main loop count, the exporter's thread
 * makes the text, and several clients ask for it.
 */
#include <string.h>
#include <unistd.h>

#include "driver.h"
#include "http-client.h"
#include "metrics/exporter.h"
#include "metrics/text.h"

#define CLIENTS 4
#define TEXTS 15                /* five a second at most are made */
#define ROUNDS 8                /* of an exporter that comes and goes */

struct rig {
    struct fake_driver driver;
    struct vgpu_exporter *exporter;
    char *address;
    gint stop_work;
    gint stop_clients;
    gint texts;                 /* that were made */
    gint answers;               /* that clients read whole */
    bool stays;                 /* the exporter, until the clients end */
};

static struct vgpu_metrics *metrics_of(struct rig *rig)
{
    return &rig->driver.host->metrics;
}

/* As the glue views a device, from the exporter's thread. */
static GString *collect(void *opaque)
{
    struct rig *rig = opaque;
    struct vgpu_budget_usage usage = vgpu_device_memory(rig->driver.dev);
    const struct vgpu_metrics_view view = {
        .metrics = metrics_of(rig),
        .domain = "vm",
        .device = "gpu",
        .route = "2d",
        .renderer = "none",
        .version = "0",
        .profile = "",
        .memory = {
            { "pixels", usage.pixels, usage.limit },
            { "held", usage.held, usage.held_limit },
            { "renderer", usage.hosted, usage.hosted_limit },
        },
        .contexts = vgpu_device_num_contexts(rig->driver.dev),
    };

    g_atomic_int_inc(&rig->texts);
    return vgpu_metrics_text(&view);
}

static void warn(void *opaque, const char *text)
{
    g_assert_not_reached();
}

static void start(struct rig *rig)
{
    const struct vgpu_exporter_config config = {
        .address = "127.0.0.1:0", .collect = collect, .warn = warn,
        .opaque = rig,
    };
    g_autofree char *error = NULL;

    rig->exporter = vgpu_http_exporter.start(&config, &error);
    g_assert_cmpstr(error, ==, NULL);
    g_free(rig->address);
    rig->address = g_strdup(vgpu_http_exporter.address(rig->exporter));
}

/* The device thread, with what the glue counts of a request. */
static void *work(void *opaque)
{
    struct rig *rig = opaque;
    struct vgpu_metrics *m = metrics_of(rig);
    struct vgpu_queue_metrics *ctrl = &m->queues[VGPU_QUEUE_CONTROL];

    for (unsigned i = 0; !g_atomic_int_get(&rig->stop_work); i++) {
        uint32_t id = i % 7 + 1;

        DRIVER_COMMAND(&rig->driver, "RESOURCE_CREATE_2D", { "id", 0, id },
                       { "format", 0, 1 }, { "width", 0, 64 },
                       { "height", 0, 64 });
        DRIVER_COMMAND(&rig->driver, "RESOURCE_UNREF", { "id", 0, id });
        vgpu_counter_add(&ctrl->requests[i % VGPU_METRIC_COMMANDS]
                                        [i % VGPU_METRIC_RESULTS], 1);
        vgpu_counter_add(&ctrl->depth, 1);
        vgpu_histogram_add(&ctrl->latency, 1 << i % 34, 1);
        vgpu_counter_add(&ctrl->depth, -1);
        vgpu_histogram_add(&m->fence_wait, i, 1);
        vgpu_timing_add(&m->execute[i % VGPU_METRIC_COMMANDS], i);
        vgpu_counter_set(&m->oldest_fence_ns, i);
        vgpu_counter_add_shared(&m->command_errors, 1);
    }
    return NULL;
}

/* The main loop. */
static void *loop(void *opaque)
{
    struct rig *rig = opaque;
    struct vgpu_metrics *m = metrics_of(rig);
    struct vgpu_queue_metrics *cursor = &m->queues[VGPU_QUEUE_CURSOR];

    while (!g_atomic_int_get(&rig->stop_work)) {
        vgpu_counter_add(&m->frames_presented, 1);
        vgpu_counter_add(&m->resets, 1);
        vgpu_histogram_add(&cursor->latency, 1000, 1);
        vgpu_counter_add_shared(&m->command_errors, 1);
    }
    return NULL;
}

/* The value of the sample that begins so. */
static uint64_t value_of(const char *text, const char *name)
{
    g_autofree char *line = g_strdup_printf("\nqemu_virtio_gpu_%s", name);
    const char *found = strstr(text, line);

    g_assert_nonnull(found);
    return g_ascii_strtoull(strstr(found, "} ") + 2, NULL, 10);
}

/* Buckets are added up, and _count is the last of them, at any moment. */
static void check_histogram(const char *text)
{
    const char *name = "\nqemu_virtio_gpu_queue_latency_seconds_bucket"
                       "{domain=\"vm\",device=\"gpu\",queue=\"ctrl\",";
    uint64_t last = 0;
    unsigned buckets = 0;

    for (const char *found = strstr(text, name); found;
         found = strstr(found + 1, name)) {
        uint64_t value = g_ascii_strtoull(strstr(found, "} ") + 2, NULL, 10);

        g_assert_cmpuint(value, >=, last);
        last = value;
        buckets++;
    }
    g_assert_cmpuint(buckets, ==, VGPU_HISTOGRAM_BUCKETS);
    g_assert_cmpuint(value_of(text, "queue_latency_seconds_count{domain=\"vm\","
                              "device=\"gpu\",queue=\"ctrl\"}"), ==, last);
}

/* What only grows has not shrunk since the text before. */
static void check_counters(const char *text, uint64_t *before)
{
    static const char *const names[] = {
        "queue_latency_seconds_count", "fence_wait_seconds_count",
        "frames_presented_total", "guest_errors_total", "resets_total",
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        uint64_t value = value_of(text, names[i]);

        g_assert_cmpuint(value, >=, before[i]);
        before[i] = value;
    }
    g_assert_cmpuint(value_of(text, "resources{"), <=, 7);
}

/* Prometheus, and another.  Only an exporter that ends may cut answers short. */
static void *scrape(void *opaque)
{
    struct rig *rig = opaque;
    uint64_t before[5] = { 0 };

    while (!g_atomic_int_get(&rig->stop_clients)) {
        int fd = http_dial(rig->address);
        GString *text;

        if (fd < 0) {
            g_assert_false(rig->stays);
            break;
        }
        http_put(fd, GET_METRICS);
        text = http_drain(fd);
        if (rig->stays ||
            (g_str_has_prefix(text->str, "HTTP/1.1 200 ") &&
             strstr(text->str, "\nqemu_virtio_gpu_resets_total{"))) {
            check_histogram(text->str);
            check_counters(text->str, before);
            g_atomic_int_inc(&rig->answers);
        }
        g_string_free(text, true);
    }
    return NULL;
}

static void wait_for(const gint *figure, gint least)
{
    while (g_atomic_int_get(figure) < least) {
        g_usleep(1000);
    }
}

/* @rounds times an exporter beside threads that count; it answers @texts. */
static void run(unsigned rounds, gint texts, bool clients_end_first)
{
    struct rig rig = { .stays = clients_end_first };
    GThread *workers[2], *clients[CLIENTS];

    fake_driver_init(&rig.driver, &driver_config);
    workers[0] = g_thread_new("device", work, &rig);
    workers[1] = g_thread_new("loop", loop, &rig);
    for (unsigned round = 0; round < rounds; round++) {
        g_atomic_int_set(&rig.stop_clients, 0);
        g_atomic_int_set(&rig.texts, 0);
        g_atomic_int_set(&rig.answers, 0);
        start(&rig);
        for (unsigned i = 0; i < CLIENTS; i++) {
            clients[i] = g_thread_new("client", scrape, &rig);
        }
        wait_for(&rig.texts, texts);
        wait_for(&rig.answers, texts);
        g_atomic_int_set(&rig.stop_clients, clients_end_first);
        for (unsigned i = 0; clients_end_first && i < CLIENTS; i++) {
            g_thread_join(clients[i]);
        }
        vgpu_http_exporter.stop(rig.exporter);
        g_atomic_int_set(&rig.stop_clients, 1);
        for (unsigned i = 0; !clients_end_first && i < CLIENTS; i++) {
            g_thread_join(clients[i]);
        }
    }
    g_atomic_int_set(&rig.stop_work, 1);
    g_thread_join(workers[0]);
    g_thread_join(workers[1]);
    g_free(rig.address);
    fake_driver_finish(&rig.driver);
}

static void test_scrapes(void)
{
    run(1, TEXTS, true);
}

/* The exporter ends while clients ask and the device works. */
static void test_ends(void)
{
    run(ROUNDS, 1, false);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/metrics-threads/scrapes", test_scrapes);
    g_test_add_func("/metrics-threads/ends", test_ends);
    return g_test_run();
}
