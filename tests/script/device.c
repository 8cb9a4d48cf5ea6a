/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "run.h"

#include <string.h>

static bool read_switch(struct run *run, unsigned line, const char *text,
                        bool *value)
{
    if (!g_str_equal(text, "on") && !g_str_equal(text, "off")) {
        return run_fail(run, line, "\"%s\" is neither on nor off", text);
    }
    *value = g_str_equal(text, "on");
    return true;
}

/* device [max_outputs=] [xres=] [yres=] [edid=] [blob=] … */
bool run_device(struct run *run, unsigned line, char *const *words)
{
    struct script_device *device = &run->device;
    const struct {
        const char *key;
        bool *value;
    } switches[] = {
        { "edid", &device->edid },
        { "blob", &device->blob },
        { "resource-uuid", &device->resource_uuid },
        { "iommu", &device->iommu },
        { "virgl", &device->virgl },
        { "context-init", &device->context_init },
        { "venus", &device->venus },
    };
    const struct {
        const char *key;
        unsigned *value;
    } numbers[] = {
        { "max_outputs", &device->max_outputs },
        { "xres", &device->xres },
        { "yres", &device->yres },
        { "blob-alignment", &device->blob_alignment },
        { "max-resources", &device->max_resources },
        { "max-contexts", &device->max_contexts },
    };

    if (run->begun) {
        return run_fail(run, line, "the device is running already");
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(switches); i++) {
        const char *text = statement_value(words, switches[i].key);

        if (text && !read_switch(run, line, text, switches[i].value)) {
            return false;
        }
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(numbers); i++) {
        uint64_t value;

        if (!run_option(run, line, words, numbers[i].key, *numbers[i].value,
                        &value)) {
            return false;
        }
        *numbers[i].value = value;
    }
    return run_option(run, line, words, "hostmem", device->hostmem,
                      &device->hostmem) &&
           run_option(run, line, words, "max_hostmem", device->max_hostmem,
                      &device->max_hostmem) &&
           run_option(run, line, words, "max_hostmem_3d",
                      device->max_hostmem_3d, &device->max_hostmem_3d);
}

/* features -NAME… : offered ones that the driver does not accept */
bool run_features(struct run *run, unsigned line, char *const *words)
{
    static const struct {
        const char *name;
        uint32_t bit;
    } features[] = {
        { "VIRGL",          SCRIPT_F_VIRGL },
        { "EDID",           SCRIPT_F_EDID },
        { "RESOURCE_UUID",  SCRIPT_F_RESOURCE_UUID },
        { "RESOURCE_BLOB",  SCRIPT_F_RESOURCE_BLOB },
        { "CONTEXT_INIT",   SCRIPT_F_CONTEXT_INIT },
        { "BLOB_ALIGNMENT", SCRIPT_F_BLOB_ALIGNMENT },
    };

    for (unsigned i = 1; words[i]; i++) {
        uint32_t bit = 0;

        for (unsigned f = 0; f < G_N_ELEMENTS(features); f++) {
            if (words[i][0] == '-' &&
                g_str_equal(words[i] + 1, features[f].name)) {
                bit = features[f].bit;
            }
        }
        if (!bit) {
            return run_fail(run, line, "no feature \"%s\"", words[i]);
        }
        run->device.refused_features |= bit;
    }
    return true;
}

/* resize scanout=N WxH */
bool run_resize(struct run *run, unsigned line, char *const *words)
{
    uint32_t width, height;
    uint64_t scanout;

    if (!run_begin(run) ||
        !run_option(run, line, words, "scanout", 0, &scanout) ||
        !run_size(run, line, words[2], &width, &height)) {
        return false;
    }
    run->ops->set_mode(run->host, scanout, width, height);
    return true;
}

/* config FIELD=VALUE: expected; config FIELD:=VALUE: written */
bool run_config(struct run *run, unsigned line, char *const *words)
{
    static const char *const fields[] = {
        "events_read", "events_clear", "num_scanouts", "num_capsets",
        "blob_alignment",
    };

    if (!run_begin(run)) {
        return false;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(fields); i++) {
        size_t length = strlen(fields[i]);
        const char *operator = words[1] + length;
        bool write = g_str_has_prefix(operator, ":=");
        uint64_t value;
        uint32_t got;

        if (!g_str_has_prefix(words[1], fields[i]) ||
            (!write && *operator != '=')) {
            continue;
        }
        if (!run_number(run, line, operator + 1 + write, &value)) {
            return false;
        }
        if (write) {
            run->ops->config_write(run->host, i * 4, value);
            return true;
        }
        got = run->ops->config_read(run->host, i * 4);
        return got == value ||
               run_fail(run, line, "expected %s %" PRIu64 ", got %u",
                        fields[i], value, got);
    }
    return run_fail(run, line, "\"%s\" is no configuration", words[1]);
}

/* fault NAME [on|off] [scanout=N] [ctx=N] [ring=N] [range=ADDRESS:SIZE] */
bool run_fault(struct run *run, unsigned line, char *const *words)
{
    static const char *const names[] = {
        "display-refuses", "no-edid", "unmap", "capset", "context", "texture",
        "transfer", "submit-memory", "fence", "fence-lost", "blob",
        "map", "slots", "hold-window", "window-at-once", "hold",
        "hold-ring", "revoke",
    };
    const char *range = statement_value(words, "range");
    struct script_fault fault = {
        .on = !words[2] || !g_str_equal(words[2], "off"),
    };
    uint64_t scanout, ctx, ring;

    if (!run_begin(run) ||
        !run_option(run, line, words, "scanout", 0, &scanout) ||
        !run_option(run, line, words, "ctx", 0, &ctx) ||
        !run_option(run, line, words, "ring", 0, &ring) ||
        (range && !run_range(run, line, range, &fault.addr, &fault.bytes))) {
        return false;
    }
    fault.id = scanout;
    fault.ctx = ctx;
    fault.ring = ring;
    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_str_equal(words[1], names[i])) {
            fault.kind = (enum script_fault_kind)i;
            run->ops->fault(run->host, &fault);
            return true;
        }
    }
    return run_fail(run, line, "no fault \"%s\"", words[1]);
}
