/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "virtio-gpu-output-conf.h"

#include "migration/qemu-file.h"
#include "qapi/error.h"
#include "qemu/ctype.h"
#include "qemu/cutils.h"
#include "qobject/qbool.h"
#include "qobject/qnum.h"
#include "qobject/qstring.h"

/* A guest with all its heads side by side. */
#define MAX_PLACE_PX (VGPU_MAX_SCANOUTS * VGPU_MAX_AXIS_PX)

#define MILLIHERTZ_PER_HZ 1000
#define VENDOR_LETTERS 3

enum kind { TEXT, VENDOR, SWITCH, CONTROL, NUMBER, RATE };

struct member {
    const char *name;
    enum kind kind;
    size_t offset;
    bool can_be_0;              /* though that is less than min */
    uint32_t min, max;
};

#define AT(field) offsetof(VirtIOGPUOutputConf, field)
#define PX 1, VGPU_MAX_AXIS_PX
#define MM VIRTIO_GPU_MIN_SIZE_MM, VIRTIO_GPU_MAX_SIZE_MM

/* In the order of the bits of what is given. */
static const struct member members[] = {
    { "name",      TEXT,    AT(name) },
    { "vendor",    VENDOR,  AT(vendor) },
    { "serial",    TEXT,    AT(serial) },
    { "xmax",      NUMBER,  AT(xmax),        true,  PX },
    { "ymax",      NUMBER,  AT(ymax),        true,  PX },
    { "control",   CONTROL, AT(fixed),       true,  0, 1 },
    { "connected", SWITCH,  AT(connected),   true,  0, 1 },
    { "xres",      NUMBER,  AT(xres),        false, PX },
    { "yres",      NUMBER,  AT(yres),        false, PX },
    { "x",         NUMBER,  AT(x),           true,  0, MAX_PLACE_PX },
    { "y",         NUMBER,  AT(y),           true,  0, MAX_PLACE_PX },
    { "refresh",   RATE,    AT(refresh_mhz), true,  10000, 500000 },
    { "widthmm",   NUMBER,  AT(width_mm),    true,  MM },
    { "heightmm",  NUMBER,  AT(height_mm),   true,  MM },
};
QEMU_BUILD_BUG_ON((1 << ARRAY_SIZE(members)) - 1 != VIRTIO_GPU_GIVES_ALL);

static bool is_text(const struct member *m)
{
    return m->kind == TEXT || m->kind == VENDOR;
}

static char *text_of(const struct member *m, VirtIOGPUOutputConf *conf)
{
    return (char *)conf + m->offset;
}

static uint32_t *word_of(const struct member *m, VirtIOGPUOutputConf *conf)
{
    return (uint32_t *)((char *)conf + m->offset);
}

static bool text_is_possible(const struct member *m, const char *text)
{
    size_t length = strlen(text);

    for (size_t i = 0; i < length; i++) {
        if (text[i] < ' ' || text[i] > '~' ||
            (m->kind == VENDOR && !qemu_isupper(text[i]))) {
            return false;
        }
    }
    return length <= VIRTIO_GPU_MAX_TEXT &&
           (m->kind != VENDOR || !length || length == VENDOR_LETTERS);
}

static bool word_is_possible(const struct member *m, uint64_t word)
{
    return (word == 0 && m->can_be_0) || (word >= m->min && word <= m->max);
}

/* What a member takes, for an error; the caller's. */
static char *what_it_takes(const struct member *m)
{
    const char *or_0 = m->can_be_0 && m->min ? ", or 0 for not known" : "";

    switch (m->kind) {
    case TEXT:
        return g_strdup("at most 12 printable characters of ASCII");
    case VENDOR:
        return g_strdup("three capital letters, as \"RHT\"");
    case SWITCH:
        return g_strdup("true or false");
    case CONTROL:
        return g_strdup("\"client\" or \"operator\"");
    case RATE:
        return g_strdup_printf("%u to %u Hz%s", m->min / MILLIHERTZ_PER_HZ,
                               m->max / MILLIHERTZ_PER_HZ, or_0);
    default:
        return g_strdup_printf("a whole number from %u to %u%s", m->min,
                               m->max, or_0);
    }
}

/* --- JSON --------------------------------------------------------------- */

static bool parse_text(const struct member *m, QObject *value,
                       VirtIOGPUOutputConf *conf)
{
    QString *string = qobject_to(QString, value);

    if (!string || !text_is_possible(m, qstring_get_str(string))) {
        return false;
    }
    pstrcpy(text_of(m, conf), VIRTIO_GPU_MAX_TEXT + 1,
            qstring_get_str(string));
    return true;
}

static bool get_control(QObject *value, uint64_t *word)
{
    QString *string = qobject_to(QString, value);
    bool is_operator = string && g_str_equal(qstring_get_str(string),
                                             "operator");

    *word = is_operator;
    return is_operator || (string && g_str_equal(qstring_get_str(string),
                                                 "client"));
}

static bool get_rate(QObject *value, uint64_t *word)
{
    QNum *num = qobject_to(QNum, value);
    double mhz = num ? qnum_get_double(num) * MILLIHERTZ_PER_HZ : -1;

    if (!(mhz >= 0 && mhz <= UINT32_MAX)) {
        return false;
    }
    *word = mhz + 0.5;
    return true;
}

static bool get_number(QObject *value, uint64_t *word)
{
    QNum *num = qobject_to(QNum, value);

    return num && qnum_get_try_uint(num, word);
}

static bool get_switch(QObject *value, uint64_t *word)
{
    QBool *on = qobject_to(QBool, value);

    *word = on && qbool_get_bool(on);
    return on;
}

static bool parse_word(const struct member *m, QObject *value,
                       VirtIOGPUOutputConf *conf)
{
    uint64_t word;
    bool is_of_kind = m->kind == CONTROL ? get_control(value, &word)
                      : m->kind == SWITCH ? get_switch(value, &word)
                      : m->kind == RATE ? get_rate(value, &word)
                      : get_number(value, &word);

    if (!is_of_kind || !word_is_possible(m, word)) {
        return false;
    }
    *word_of(m, conf) = word;
    return true;
}

static int find(const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
        if (g_str_equal(name, members[i].name)) {
            return i;
        }
    }
    return -1;
}

static void refuse_member(const char *name, unsigned index, Error **errp)
{
    g_autofree char *plain = g_strescape(name, NULL);
    g_autoptr(GString) known = g_string_new(members[0].name);

    for (size_t i = 1; i < ARRAY_SIZE(members); i++) {
        g_string_append_printf(known, ", %s", members[i].name);
    }
    error_setg(errp, "outputs[%u] cannot have a member \"%.32s\": choose from "
               "%s", index, plain, known->str);
}

bool virtio_gpu_output_conf_parse(QObject *element, unsigned index,
                                  VirtIOGPUOutputConf *conf, Error **errp)
{
    QDict *dict = qobject_to(QDict, element);

    if (!dict) {
        error_setg(errp, "outputs[%u] is no object: write it as "
                   "{\"name\": \"left\"}, or {} to change nothing", index);
        return false;
    }
    for (const QDictEntry *e = qdict_first(dict); e; e = qdict_next(dict, e)) {
        const char *name = qdict_entry_key(e);
        QObject *value = qdict_entry_value(e);
        int i = find(name);

        if (i < 0) {
            refuse_member(name, index, errp);
            return false;
        }
        if (is_text(&members[i]) ? !parse_text(&members[i], value, conf)
                                 : !parse_word(&members[i], value, conf)) {
            g_autofree char *takes = what_it_takes(&members[i]);

            error_setg(errp, "outputs[%u] has an impossible \"%s\": it takes "
                       "%s", index, name, takes);
            return false;
        }
        conf->given |= 1u << i;
    }
    return true;
}

static QNum *print_rate(uint32_t mhz)
{
    return mhz % MILLIHERTZ_PER_HZ
           ? qnum_from_double((double)mhz / MILLIHERTZ_PER_HZ)
           : qnum_from_int(mhz / MILLIHERTZ_PER_HZ);
}

static void print_member(const struct member *m, VirtIOGPUOutputConf *conf,
                         QDict *dict)
{
    switch (m->kind) {
    case TEXT:
    case VENDOR:
        qdict_put_str(dict, m->name, text_of(m, conf));
        break;
    case SWITCH:
        qdict_put_bool(dict, m->name, *word_of(m, conf));
        break;
    case CONTROL:
        qdict_put_str(dict, m->name,
                      *word_of(m, conf) ? "operator" : "client");
        break;
    case RATE:
        qdict_put(dict, m->name, print_rate(*word_of(m, conf)));
        break;
    default:
        qdict_put_int(dict, m->name, *word_of(m, conf));
        break;
    }
}

QDict *virtio_gpu_output_conf_print(const VirtIOGPUOutputConf *conf)
{
    VirtIOGPUOutputConf copy = *conf;
    QDict *dict = qdict_new();

    for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
        if (conf->given & 1u << i) {
            print_member(&members[i], &copy, dict);
        }
    }
    return dict;
}

void virtio_gpu_output_conf_merge(VirtIOGPUOutputConf *conf,
                                  const VirtIOGPUOutputConf *news)
{
    VirtIOGPUOutputConf copy = *news;

    for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
        const struct member *m = &members[i];

        if (!(news->given & 1u << i)) {
            continue;
        }
        if (is_text(m)) {
            pstrcpy(text_of(m, conf), VIRTIO_GPU_MAX_TEXT + 1,
                    text_of(m, &copy));
        } else {
            *word_of(m, conf) = *word_of(m, &copy);
        }
    }
}

/* --- streams ------------------------------------------------------------ */

void virtio_gpu_output_conf_put(QEMUFile *f, const VirtIOGPUOutputConf *conf)
{
    VirtIOGPUOutputConf copy = *conf;

    for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
        const struct member *m = &members[i];

        if (is_text(m)) {
            qemu_put_buffer(f, (uint8_t *)text_of(m, &copy),
                            VIRTIO_GPU_MAX_TEXT);
        } else {
            qemu_put_be32(f, *word_of(m, &copy));
        }
    }
}

bool virtio_gpu_output_conf_get(QEMUFile *f, VirtIOGPUOutputConf *conf)
{
    bool is_possible = true;

    for (size_t i = 0; i < ARRAY_SIZE(members); i++) {
        const struct member *m = &members[i];

        if (is_text(m)) {
            qemu_get_buffer(f, (uint8_t *)text_of(m, conf),
                            VIRTIO_GPU_MAX_TEXT);
            is_possible &= text_is_possible(m, text_of(m, conf));
        } else {
            *word_of(m, conf) = qemu_get_be32(f);
            is_possible &= word_is_possible(m, *word_of(m, conf));
        }
    }
    return is_possible;
}
