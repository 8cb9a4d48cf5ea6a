/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "virtio-gpu-output-conf.h"

#include "qapi/error.h"
#include "qapi/visitor-impl.h"
#include "qemu/cutils.h"
#include "qobject/qjson.h"
#include "qobject/qlist.h"
#include "qobject/qstring.h"

/* QEMU's own. */
#define DEFAULT_NAME "QEMU Monitor"
#define DEFAULT_VENDOR "RHT"

#define BYTES_PER_PX 4

/* --- the property ------------------------------------------------------- */

static QObject *parse_text(const char *text, Error **errp)
{
    QObject *value = qobject_from_json(text, errp);

    if (!value) {
        error_prepend(errp, "outputs= is no JSON array with an object for each "
                      "head, as [{\"name\": \"left\"}, {}]: ");
    }
    return value;
}

/*
 * JSON as a value, as -device and qom-set have it, or as text: a string there, or
 * what -global and HMP have.  Their visitor knows strings and numbers, and asked
 * for anything else it ends QEMU; it is the one that has nothing optional.
 */
static QObject *visit_json(Visitor *v, const char *name, Error **errp)
{
    g_autofree char *text = NULL;
    QObject *value = NULL;
    bool is_any = false;

    if (!visit_optional(v, name, &is_any)) {
        return visit_type_str(v, name, &text, errp) ? parse_text(text, errp)
                                                    : NULL;
    }
    if (!visit_type_any(v, name, &value, errp)) {
        return NULL;
    }
    if (qobject_type(value) == QTYPE_QSTRING) {
        text = g_strdup(qstring_get_str(qobject_to(QString, value)));
        qobject_unref(value);
        return parse_text(text, errp);
    }
    return value;
}

static bool parse_list(QObject *value, VirtIOGPUOutputConf *confs,
                       uint32_t *num, Error **errp)
{
    QList *list = qobject_to(QList, value);
    const QListEntry *entry;

    *num = 0;
    if (!list) {
        error_setg(errp, "outputs= is no array: write one object for each "
                   "head, as [{\"name\": \"left\"}, {}]");
        return false;
    }
    QLIST_FOREACH_ENTRY(list, entry) {
        if (*num == VGPU_MAX_SCANOUTS) {
            error_setg(errp, "outputs= has more than %d elements: a device has "
                       "no more heads", VGPU_MAX_SCANOUTS);
            return false;
        }
        if (!virtio_gpu_output_conf_parse(qlist_entry_obj(entry), *num,
                                          &confs[*num], errp)) {
            return false;
        }
        ++*num;
    }
    return true;
}

/* --- what is possible on this device ------------------------------------ */

static bool check_number(const VirtIOGPUBase *base, uint32_t num, Error **errp)
{
    if (num > base->conf.max_outputs) {
        error_setg(errp, "outputs= has %u elements for max_outputs=%u: leave "
                   "some out, or start with max_outputs=%u", num,
                   base->conf.max_outputs, num);
        return false;
    }
    return true;
}

/* @conf as it will be, of which @given is new. */
static bool check(const VirtIOGPUBase *base, uint32_t index,
                  const VirtIOGPUOutputConf *conf, uint32_t given, Error **errp)
{
    uint64_t bytes = (uint64_t)conf->xres * conf->yres * BYTES_PER_PX;
    bool has_size = given & (VIRTIO_GPU_GIVES_XRES | VIRTIO_GPU_GIVES_YRES);

    if (has_size && bytes > virtio_gpu_wishes_room(base)) {
        error_setg(errp, "outputs[%u] is %ux%u, for which the guest has no "
                   "memory: choose less, or start with max_hostmem= of at "
                   "least %" PRIu64, index, conf->xres, conf->yres, bytes);
        return false;
    }
    if ((has_size && conf->xmax && conf->xres > conf->xmax) ||
        (has_size && conf->ymax && conf->yres > conf->ymax)) {
        error_setg(errp, "outputs[%u] is %ux%u, more than its xmax and ymax: "
                   "choose less, or raise them", index, conf->xres,
                   conf->yres);
        return false;
    }
    if (!conf->width_mm != !conf->height_mm) {
        error_setg(errp, "outputs[%u] has only one of \"widthmm\" and "
                   "\"heightmm\": set both, or both to 0", index);
        return false;
    }
    return true;
}

static void merge(VirtIOGPUOutputConf *conf, const VirtIOGPUOutputConf *news)
{
    virtio_gpu_output_conf_merge(conf, news);
    if (!*conf->name) {
        pstrcpy(conf->name, sizeof(conf->name), DEFAULT_NAME);
    }
    if (!*conf->vendor) {
        pstrcpy(conf->vendor, sizeof(conf->vendor), DEFAULT_VENDOR);
    }
}

bool virtio_gpu_outputs_realize(VirtIOGPUBase *base, Error **errp)
{
    const uint32_t size = VIRTIO_GPU_GIVES_XRES | VIRTIO_GPU_GIVES_YRES;

    if (!check_number(base, base->conf.num_outputs, errp)) {
        return false;
    }
    for (uint32_t i = 0; i < base->conf.max_outputs; i++) {
        VirtIOGPUOutput *output = &base->outputs[i];
        const VirtIOGPUOutputConf *news = &base->conf.outputs[i];

        output->conf = (VirtIOGPUOutputConf) {
            .connected = i == 0 || (news->given & size) == size,
            .xres = base->conf.xres,
            .yres = base->conf.yres,
        };
        merge(&output->conf, news);
        if (!check(base, i, &output->conf, news->given, errp)) {
            return false;
        }
        virtio_gpu_control_settle_locked(output);
    }
    return true;
}

/* --- while the VM runs -------------------------------------------------- */

/* What the guest is told, as if the operator had said so. */
static void take_over(VirtIOGPUOutputConf *conf, const VirtIOGPUMonitor *told)
{
    conf->connected = told->mode.enabled;
    conf->x = told->mode.rect.x;
    conf->y = told->mode.rect.y;
    conf->xres = told->mode.rect.width;
    conf->yres = told->mode.rect.height;
    conf->refresh_mhz = told->refresh_mhz;
    conf->width_mm = told->width_mm;
    conf->height_mm = told->height_mm;
}

/*
 * Who says how the monitor is, decides from then on, unless it leaves that to
 * the client: then until that wishes something else.
 */
static void amend(const VirtIOGPUOutput *output, VirtIOGPUOutputConf *conf,
                  const VirtIOGPUOutputConf *news)
{
    bool is_taken = news->given & VIRTIO_GPU_GIVES_MONITOR ||
                    (news->given & VIRTIO_GPU_GIVES_CONTROL && news->fixed);

    *conf = output->conf;
    if (is_taken) {
        take_over(conf, &output->told);
        conf->fixed = true;
    }
    merge(conf, news);
}

static bool texts_differ(const VirtIOGPUOutputConf *a,
                         const VirtIOGPUOutputConf *b)
{
    return strcmp(a->name, b->name) || strcmp(a->vendor, b->vendor) ||
           strcmp(a->serial, b->serial) || a->xmax != b->xmax ||
           a->ymax != b->ymax;
}

/* Under modes_lock: true when the guest sees a difference. */
static bool apply_locked(VirtIOGPUOutput *output,
                         const VirtIOGPUOutputConf *conf, uint32_t given)
{
    bool changed = texts_differ(conf, &output->conf);

    output->conf = *conf;
    if (given & VIRTIO_GPU_GIVES_MONITOR && !conf->fixed) {
        output->has_wish = false;
    }
    return virtio_gpu_control_settle_locked(output) | changed;
}

/* All of it, or nothing. */
static bool change_locked(VirtIOGPUBase *base, const VirtIOGPUOutputConf *news,
                          uint32_t num, Error **errp)
{
    VirtIOGPUOutputConf confs[VGPU_MAX_SCANOUTS];
    bool changed = false;

    for (uint32_t i = 0; i < num; i++) {
        amend(&base->outputs[i], &confs[i], &news[i]);
        if (!check(base, i, &confs[i], news[i].given, errp)) {
            return false;
        }
    }
    for (uint32_t i = 0; i < num; i++) {
        changed |= apply_locked(&base->outputs[i], &confs[i], news[i].given);
    }
    return changed;
}

static void set_outputs(Object *obj, Visitor *v, const char *name,
                        void *opaque, Error **errp)
{
    VirtIOGPUBase *base = VIRTIO_GPU_BASE(obj);
    VirtIOGPUOutputConf news[VGPU_MAX_SCANOUTS] = { };
    QObject *value = visit_json(v, name, errp);
    uint32_t num;
    bool is_sound = value && parse_list(value, news, &num, errp);
    bool changed;

    qobject_unref(value);
    if (!is_sound) {
        return;
    }
    if (!DEVICE(obj)->realized) {
        memcpy(base->conf.outputs, news, sizeof(news));
        base->conf.num_outputs = num;
        return;
    }
    if (!check_number(base, num, errp)) {
        return;
    }
    virtio_gpu_control_begin(base);
    changed = virtio_gpu_wishes_take_locked(base);
    changed |= change_locked(base, news, num, errp);
    virtio_gpu_control_end(base, changed);
}

static QDict *print_output(VirtIOGPUOutput *output)
{
    VirtIOGPUOutputConf conf = output->conf;

    take_over(&conf, &output->told);
    conf.given = VIRTIO_GPU_GIVES_ALL;
    return virtio_gpu_output_conf_print(&conf);
}

static QList *print_list(VirtIOGPUBase *base)
{
    bool realized = DEVICE(base)->realized;
    uint32_t num = realized ? base->conf.max_outputs : base->conf.num_outputs;
    QList *list = qlist_new();

    for (uint32_t i = 0; i < num; i++) {
        qlist_append(list, realized
                     ? print_output(&base->outputs[i])
                     : virtio_gpu_output_conf_print(&base->conf.outputs[i]));
    }
    return list;
}

static void get_outputs(Object *obj, Visitor *v, const char *name,
                        void *opaque, Error **errp)
{
    g_autoptr(QList) list = print_list(VIRTIO_GPU_BASE(obj));
    QObject *value = QOBJECT(list);

    if (v->type_any) {
        visit_type_any(v, name, &value, errp);
    } else {
        g_autoptr(GString) json = qobject_to_json(value);

        visit_type_str(v, name, &json->str, errp);
    }
}

const PropertyInfo virtio_gpu_outputs_property = {
    .type = "VirtIOGPUOutputList",
    .description = "heads as a JSON array, [{\"name\": \"left\", \"xres\": "
                   "2560, \"yres\": 1440, \"refresh\": 144}, ...]",
    .realized_set_allowed = true,
    .get = get_outputs,
    .set = set_outputs,
};
