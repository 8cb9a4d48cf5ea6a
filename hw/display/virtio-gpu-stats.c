/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "hw/virtio/virtio-gpu.h"

#include "qapi/error.h"
#include "qapi/visitor.h"
#include "qobject/qdict.h"
#include "qobject/qlist.h"
#include "qobject/qnum.h"
#include "qobject/qnull.h"
#include "virtio-gpu-metrics.h"

/* A family is a number, or a list of objects with labels where it has some. */
typedef struct Stats {
    QDict *families;
    struct vgpu_metrics_family family;
} Stats;

static QNum *number(const Stats *s, uint64_t value)
{
    return s->family.in_ns ? qnum_from_double(value / 1e9)
                           : qnum_from_uint(value);
}

/* The object for one sample; in the list of its family, unless it is that. */
static QDict *add_object(Stats *s, const struct vgpu_metrics_label *labels)
{
    QDict *object = qdict_new();
    QList *list;

    if (!labels->name) {
        qdict_put(s->families, s->family.name, object);
        return object;
    }
    list = qdict_get_qlist(s->families, s->family.name);
    if (!list) {
        list = qlist_new();
        qdict_put(s->families, s->family.name, list);
    }
    for (; labels->name; labels++) {
        qdict_put_str(object, labels->name, labels->value);
    }
    qlist_append(list, object);
    return object;
}

static void stats_family(void *opaque, const struct vgpu_metrics_family *family)
{
    Stats *s = opaque;

    s->family = *family;
}

static void stats_value(void *opaque, const struct vgpu_metrics_label *labels,
                        uint64_t value)
{
    Stats *s = opaque;

    if (labels->name) {
        qdict_put(add_object(s, labels), "value", number(s, value));
    } else {
        qdict_put(s->families, s->family.name, number(s, value));
    }
}

static void stats_summary(void *opaque, const struct vgpu_metrics_label *labels,
                          const struct vgpu_timing *timing)
{
    QDict *object = add_object(opaque, labels);

    qdict_put(object, "count",
              qnum_from_uint(vgpu_counter_read(&timing->count)));
    qdict_put(object, "sum", number(opaque,
                                    vgpu_counter_read(&timing->sum_ns)));
}

/* Only buckets with something in them, each for itself. */
static void stats_histogram(void *opaque,
                            const struct vgpu_metrics_label *labels,
                            const struct vgpu_histogram *histogram)
{
    QDict *object = add_object(opaque, labels);
    QList *buckets = qlist_new();
    uint64_t count = 0;

    for (unsigned i = 0; i < VGPU_HISTOGRAM_BUCKETS; i++) {
        uint64_t n = vgpu_counter_read(&histogram->buckets[i]);
        uint64_t bound = vgpu_histogram_bound_ns(i);
        QDict *bucket;

        if (!n) {
            continue;
        }
        count += n;
        bucket = qdict_new();
        if (bound == UINT64_MAX) {
            qdict_put(bucket, "le", qnull());
        } else {
            qdict_put(bucket, "le", number(opaque, bound));
        }
        qdict_put(bucket, "count", qnum_from_uint(n));
        qlist_append(buckets, bucket);
    }
    qdict_put(object, "count", qnum_from_uint(count));
    qdict_put(object, "sum", number(opaque,
                                    vgpu_counter_read(&histogram->sum_ns)));
    qdict_put(object, "buckets", buckets);
}

static QDict *stats_of(VirtIOGPU *gpu)
{
    static const struct vgpu_metrics_sink sink = {
        .family = stats_family,
        .value = stats_value,
        .summary = stats_summary,
        .histogram = stats_histogram,
    };
    Stats s = { .families = qdict_new() };
    struct vgpu_metrics_view view;

    virtio_gpu_metrics_view(gpu, &view);
    vgpu_metrics_walk(&view, &sink, &s);
    return s.families;
}

static void get_stats(Object *obj, Visitor *v, const char *name, void *opaque,
                      Error **errp)
{
    VirtIOGPU *gpu = VIRTIO_GPU(obj);
    g_autoptr(QDict) stats = NULL;
    QObject *any;

    if (!gpu->device) {
        error_setg(errp, "the device is not realized: it has no statistics");
        return;
    }
    stats = stats_of(gpu);
    any = QOBJECT(stats);
    visit_type_any(v, name, &any, errp);
}

void virtio_gpu_stats_add_property(Object *obj)
{
    object_property_add(obj, "statistics", "any", get_stats, NULL, NULL, NULL);
    object_property_set_description(
        obj, "statistics", "what the device has counted since it was created, see "
        "docs/metrics.md");
}
