/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "libqtest.h"
#include "qapi/error.h"
#include "qobject/qdict.h"
#include "qobject/qjson.h"
#include "qobject/qlist.h"
#include "qobject/qnum.h"
#include "qobject/qstring.h"
#include "harness.h"
#include "outputs.h"

#define PATH "/machine/peripheral/gpu"

char *outputs_arguments(const char *type, const char *json, const char *more)
{
    return g_strdup_printf("-device '{\"driver\": \"%s\", \"id\": \"gpu\", "
                           "\"outputs\": %s%s}'", type, json, more);
}

struct gpu *outputs_boot(const char *type, const char *json, const char *more)
{
    g_autofree char *args = outputs_arguments(type, json, more);
    struct guest *guest = guest_start(&(struct guest_options){
        .args = args,
        .displays = true,
    });
    struct gpu *gpu = gpu_find(guest, 0);

    gpu_start(gpu, NULL);
    return gpu;
}

static QDict *set(struct gpu *gpu, const char *json)
{
    return qtest_qmp(gpu->guest->qts, "{'execute': 'qom-set', 'arguments': "
                     "{'path': %s, 'property': 'outputs', 'value': %p}}",
                     PATH, qobject_from_json(json, &error_abort));
}

void outputs_set(struct gpu *gpu, const char *json)
{
    QDict *answer = set(gpu, json);
    QDict *error = qdict_get_qdict(answer, "error");

    expect_true(!error, "qom-set of outputs to %s: %s", json,
                error ? qdict_get_str(error, "desc") : "");
    qobject_unref(answer);
}

char *outputs_refusal(struct gpu *gpu, const char *json)
{
    QDict *answer = set(gpu, json);
    QDict *error = qdict_get_qdict(answer, "error");
    char *text;

    expect_true(error, "qom-set of outputs to %s: no error", json);
    text = g_strdup(qdict_get_str(error, "desc"));
    qobject_unref(answer);
    return text;
}

/* The caller's. */
static QDict *get(struct gpu *gpu)
{
    QDict *answer = qtest_qmp(gpu->guest->qts, "{'execute': 'qom-get', "
                              "'arguments': {'path': %s, 'property': "
                              "'outputs'}}", PATH);

    expect_true(qdict_get_qlist(answer, "return"), "qom-get of outputs");
    return answer;
}

static QObject *member(QDict *answer, unsigned head, const char *name)
{
    QListEntry *entry;
    unsigned i = 0;

    QLIST_FOREACH_ENTRY(qdict_get_qlist(answer, "return"), entry) {
        if (i++ == head) {
            QDict *dict = qobject_to(QDict, qlist_entry_obj(entry));

            expect_true(qdict_haskey(dict, name), "head %u has no %s", head,
                        name);
            return qdict_get(dict, name);
        }
    }
    harness_fail("outputs has no head %u", head);
}

char *outputs_text(struct gpu *gpu)
{
    g_autoptr(QDict) answer = get(gpu);
    g_autoptr(GString) json = qobject_to_json(qdict_get(answer, "return"));

    return g_strdup(json->str);
}

uint64_t outputs_number(struct gpu *gpu, unsigned head, const char *name)
{
    g_autoptr(QDict) answer = get(gpu);

    return qnum_get_uint(qobject_to(QNum, member(answer, head, name)));
}

void outputs_expect_text(struct gpu *gpu, unsigned head, const char *name,
                         const char *want)
{
    g_autoptr(QDict) answer = get(gpu);
    const char *got = qstring_get_str(qobject_to(QString,
                                                 member(answer, head, name)));

    expect_true(g_str_equal(got, want), "%s of head %u is \"%s\", not \"%s\"",
                name, head, got, want);
}

void outputs_expect_mode(struct gpu *gpu, unsigned head, struct wire_rect want)
{
    struct wire_display_info info;

    gpu_display_info(gpu, &info);
    expect_eq(info.modes[head].enabled, want.width != 0, "head %u enabled",
              head);
    expect_eq(info.modes[head].rect.x, want.x, "head %u x", head);
    expect_eq(info.modes[head].rect.y, want.y, "head %u y", head);
    expect_eq(info.modes[head].rect.width, want.width, "head %u width", head);
    expect_eq(info.modes[head].rect.height, want.height, "head %u height",
              head);
}

void outputs_expect_size(struct gpu *gpu, unsigned head, uint32_t width,
                        uint32_t height)
{
    outputs_expect_mode(gpu, head, (struct wire_rect){ 0, 0, width, height });
}

bool outputs_take_event(struct gpu *gpu)
{
    bool is_there = vdev_config(gpu->vdev, CONFIG_EVENTS_READ) & 1;
    struct wire_display_info info;

    gpu_display_info(gpu, &info);
    if (is_there) {             /* one that comes only now is for the next */
        vdev_set_config(gpu->vdev, CONFIG_EVENTS_CLEAR, 1);
    }
    return is_there;
}

void outputs_expect_event(struct gpu *gpu, bool want, const char *after)
{
    expect_eq(outputs_take_event(gpu), want, "an event after %s", after);
}
