/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "text.h"

#include <inttypes.h>

#define PREFIX "qemu_virtio_gpu_"
#define NS_PER_S 1000000000u
#define EXPECTED_BYTES 16384

struct text {
    GString *out;
    const struct vgpu_metrics_view *view;
    struct vgpu_metrics_family family;
};

static const char *const type_names[] = {
    [VGPU_METRICS_COUNTER] = "counter",
    [VGPU_METRICS_GAUGE] = "gauge",
    [VGPU_METRICS_SUMMARY] = "summary",
    [VGPU_METRICS_HISTOGRAM] = "histogram",
};

/* What is no UTF-8, or has a newline, must not break the line. */
static void append_quoted(GString *out, const char *value)
{
    g_autofree char *valid = g_utf8_make_valid(value, -1);

    for (const char *p = valid; *p; p++) {
        switch (*p) {
        case '\n':
            g_string_append(out, "\\n");
            break;
        case '\\':
        case '"':
            g_string_append_c(out, '\\');
            /* fall through */
        default:
            g_string_append_c(out, *p);
        }
    }
}

static void append_label(GString *out, const char *name, const char *value,
                         char end)
{
    g_string_append_printf(out, "%s=\"", name);
    append_quoted(out, value);
    g_string_append_c(out, '"');
    g_string_append_c(out, end);
}

/* Seconds, all digits that there are. */
static void append_ns(GString *out, uint64_t ns)
{
    g_string_append_printf(out, "%" PRIu64 ".%09" PRIu64, ns / NS_PER_S,
                           ns % NS_PER_S);
}

/* @bound_ns 0: no bucket. */
static void append_sample(struct text *t, const char *suffix,
                          const struct vgpu_metrics_label *labels,
                          uint64_t bound_ns)
{
    g_string_append_printf(t->out, PREFIX "%s%s{", t->family.name, suffix);
    append_label(t->out, "domain", t->view->domain, ',');
    append_label(t->out, "device", t->view->device, '}');
    for (; labels->name; labels++) {
        t->out->str[t->out->len - 1] = ',';
        append_label(t->out, labels->name, labels->value, '}');
    }
    if (bound_ns) {
        t->out->str[t->out->len - 1] = ',';
        g_string_append(t->out, "le=\"");
        if (bound_ns == UINT64_MAX) {
            g_string_append(t->out, "+Inf");
        } else {
            append_ns(t->out, bound_ns);
        }
        g_string_append(t->out, "\"}");
    }
    g_string_append_c(t->out, ' ');
}

static void append_value(struct text *t, uint64_t value)
{
    if (t->family.in_ns) {
        append_ns(t->out, value);
    } else {
        g_string_append_printf(t->out, "%" PRIu64, value);
    }
    g_string_append_c(t->out, '\n');
}

static void append_count(struct text *t, uint64_t count)
{
    g_string_append_printf(t->out, "%" PRIu64 "\n", count);
}

static void text_family(void *opaque, const struct vgpu_metrics_family *family)
{
    struct text *t = opaque;

    t->family = *family;
    g_string_append_printf(t->out,
                           "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s %s\n",
                           family->name, family->help, family->name,
                           type_names[family->type]);
}

static void text_value(void *opaque, const struct vgpu_metrics_label *labels,
                       uint64_t value)
{
    append_sample(opaque, "", labels, 0);
    append_value(opaque, value);
}

static void text_summary(void *opaque, const struct vgpu_metrics_label *labels,
                         const struct vgpu_timing *timing)
{
    append_sample(opaque, "_sum", labels, 0);
    append_value(opaque, vgpu_counter_read(&timing->sum_ns));
    append_sample(opaque, "_count", labels, 0);
    append_count(opaque, vgpu_counter_read(&timing->count));
}

/* The count is the sum of the buckets as read here, so that they agree. */
static void text_histogram(void *opaque,
                           const struct vgpu_metrics_label *labels,
                           const struct vgpu_histogram *histogram)
{
    uint64_t count = 0;

    for (unsigned i = 0; i < VGPU_HISTOGRAM_BUCKETS; i++) {
        count += vgpu_counter_read(&histogram->buckets[i]);
        append_sample(opaque, "_bucket", labels, vgpu_histogram_bound_ns(i));
        append_count(opaque, count);
    }
    append_sample(opaque, "_sum", labels, 0);
    append_value(opaque, vgpu_counter_read(&histogram->sum_ns));
    append_sample(opaque, "_count", labels, 0);
    append_count(opaque, count);
}

GString *vgpu_metrics_text(const struct vgpu_metrics_view *view)
{
    static const struct vgpu_metrics_sink sink = {
        .family = text_family,
        .value = text_value,
        .summary = text_summary,
        .histogram = text_histogram,
    };
    struct text t = { g_string_sized_new(EXPECTED_BYTES), view };

    vgpu_metrics_walk(view, &sink, &t);
    return t.out;
}
