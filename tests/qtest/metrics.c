/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "metrics.h"

#include "libqtest.h"
#include "harness.h"
#include "qobject/qdict.h"
#include "qobject/qlist.h"
#include "qobject/qnum.h"
#include "qobject/qstring.h"

struct metrics {
    QDict *reply;
    QDict *families;
};

struct metrics *metrics_take(struct gpu *gpu)
{
    struct metrics *metrics = g_new0(struct metrics, 1);

    metrics->reply = qtest_qmp(gpu->guest->qts,
                               "{'execute': 'qom-get', 'arguments': {'path': "
                               "'/machine/peripheral/gpu', "
                               "'property': 'statistics'}}");
    expect_true(qdict_haskey(metrics->reply, "return"), "no property statistics");
    metrics->families = qdict_get_qdict(metrics->reply, "return");
    return metrics;
}

void metrics_free(struct metrics *metrics)
{
    qobject_unref(metrics->reply);
    g_free(metrics);
}

static bool has_label(const QDict *sample, const char *label)
{
    for (const QDictEntry *e = qdict_first(sample); e;
         e = qdict_next(sample, e)) {
        QString *value = qobject_to(QString, qdict_entry_value(e));

        if (value && g_str_equal(qstring_get_str(value), label)) {
            return true;
        }
    }
    return false;
}

static bool has_labels(const QDict *sample, const char *const *labels)
{
    for (; *labels; labels++) {
        if (!has_label(sample, *labels)) {
            return false;
        }
    }
    return true;
}

static uint64_t figure(const QDict *sample)
{
    return qdict_get_int(sample,
                         qdict_haskey(sample, "count") ? "count" : "value");
}

uint64_t metrics_find(const struct metrics *metrics,
                      const char *const *family_and_labels)
{
    QObject *family = qdict_get(metrics->families, family_and_labels[0]);
    const QListEntry *entry;

    expect_true(family, "no figures of %s", family_and_labels[0]);
    if (qobject_to(QNum, family)) {
        return qnum_get_uint(qobject_to(QNum, family));
    }
    if (qobject_to(QDict, family)) {
        return figure(qobject_to(QDict, family));
    }
    QLIST_FOREACH_ENTRY(qobject_to(QList, family), entry) {
        const QDict *sample = qobject_to(QDict, qlist_entry_obj(entry));

        if (has_labels(sample, family_and_labels + 1)) {
            return figure(sample);
        }
    }
    return 0;
}

double metrics_seconds(const struct metrics *metrics, const char *family)
{
    QNum *number = qobject_to(QNum, qdict_get(metrics->families, family));

    expect_true(number, "no figure of %s", family);
    return qnum_get_double(number);
}
