/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "virtio-gpu-profile.h"

#include "profile.h"
#include "qapi/error.h"
#include "qemu/cutils.h"

/* A property that a profile may set. */
typedef struct Limit {
    size_t offset;              /* in VirtIOGPUConf */
    bool is_size;               /* uint64_t, bytes; else uint32_t */
    uint32_t least, most;       /* of a number */
} Limit;

/* Of what somebody else wrote, in an error. */
#define MAX_QUOTED 32

#define BYTES(field) { offsetof(VirtIOGPUConf, field), true }
#define NUMBER(field, least, most) \
    { offsetof(VirtIOGPUConf, field), false, least, most }

/* In the order of the bits of what is given. */
static const char *const names[] = {
    "max_hostmem", "max_hostmem_3d", "max_resources", "max_contexts",
    "watchdog", "max_fps", "software_threads", NULL,
};
static const Limit limits[] = {
    BYTES(max_hostmem),
    BYTES(max_hostmem_3d),
    NUMBER(max_resources, 1, VIRTIO_GPU_MAX_RESOURCES),
    NUMBER(max_contexts, 1, VIRTIO_GPU_MAX_CONTEXTS),
    NUMBER(watchdog, 0, VIRTIO_GPU_MAX_WATCHDOG),
    NUMBER(max_fps, 0, VIRTIO_GPU_MAX_FPS),
    NUMBER(software_threads, 0, VIRTIO_GPU_MAX_SOFTWARE_THREADS),
};
QEMU_BUILD_BUG_ON(ARRAY_SIZE(names) != ARRAY_SIZE(limits) + 1);

/* --- properties --------------------------------------------------------- */

static void mark_given(Object *obj, const char *name)
{
    for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
        if (g_str_equal(names[i], name)) {
            VIRTIO_GPU_BASE(obj)->conf.given |= 1u << i;
        }
    }
}

static void get_uint32(Object *obj, Visitor *v, const char *name, void *opaque,
                       Error **errp)
{
    qdev_prop_uint32.get(obj, v, name, opaque, errp);
}

static void set_uint32(Object *obj, Visitor *v, const char *name, void *opaque,
                       Error **errp)
{
    qdev_prop_uint32.set(obj, v, name, opaque, errp);
    mark_given(obj, name);
}

static void get_size(Object *obj, Visitor *v, const char *name, void *opaque,
                     Error **errp)
{
    qdev_prop_size.get(obj, v, name, opaque, errp);
}

static void set_size(Object *obj, Visitor *v, const char *name, void *opaque,
                     Error **errp)
{
    qdev_prop_size.set(obj, v, name, opaque, errp);
    mark_given(obj, name);
}

static void set_default(ObjectProperty *op, const Property *prop)
{
    object_property_set_default_uint(op, prop->defval.u);
}

const PropertyInfo virtio_gpu_limit_uint32 = {
    .type = "uint32",
    .get = get_uint32,
    .set = set_uint32,
    .set_default_value = set_default,
};

const PropertyInfo virtio_gpu_limit_size = {
    .type = "size",
    .get = get_size,
    .set = set_size,
    .set_default_value = set_default,
};

/* --- values ------------------------------------------------------------- */

static uint32_t *number_of(VirtIOGPUConf *conf, const Limit *limit)
{
    return (uint32_t *)((char *)conf + limit->offset);
}

static bool is_possible(const Limit *limit, uint64_t value)
{
    return limit->is_size || (value >= limit->least && value <= limit->most);
}

static bool parse(const Limit *limit, const char *text, uint64_t *value)
{
    return (limit->is_size ? qemu_strtosz(text, NULL, value)
                           : parse_uint_full(text, 10, value)) == 0 &&
           is_possible(limit, *value);
}

static void refuse(const char *name, const Limit *limit, const char *value,
                   Error **errp)
{
    if (limit->is_size) {
        error_setg(errp, "%s=%s is no size: write bytes, or a number with K, "
                   "M, G or T", name, value);
    } else {
        error_setg(errp, "%s=%s is not possible: choose %u to %u", name, value,
                   limit->least, limit->most);
    }
}

static uint64_t value_of(VirtIOGPUConf *conf, const Limit *limit)
{
    return limit->is_size ? *(uint64_t *)((char *)conf + limit->offset)
                          : *number_of(conf, limit);
}

/*
 * Broken values count where a property stands above them, too.  @info gets what
 * does.
 */
static bool apply(VirtIOGPUConf *conf, const struct vgpu_profile_value *value,
                  GString *info, Error **errp)
{
    const Limit *limit = &limits[value->key];
    bool is_given = conf->given & 1u << value->key;
    uint64_t wanted;

    if (!parse(limit, value->text, &wanted)) {
        g_autofree char *plain = g_strescape(value->text, NULL);

        plain[MIN(strlen(plain), MAX_QUOTED)] = '\0';
        refuse(names[value->key], limit, plain, errp);
        return false;
    }
    if (is_given) {
        g_string_append_printf(info, ", but %s=%" PRIu64, names[value->key],
                               value_of(conf, limit));
    } else if (limit->is_size) {
        *(uint64_t *)((char *)conf + limit->offset) = wanted;
    } else {
        *number_of(conf, limit) = wanted;
    }
    return true;
}

static bool apply_all(VirtIOGPUBase *base, Error **errp)
{
    const char *folder = g_getenv(VIRTIO_GPU_PROFILES_VARIABLE);
    g_autoptr(GString) info = g_string_new(NULL);
    g_autofree char *error = NULL;
    struct vgpu_profile *profile =
        vgpu_profile_load(base->conf.profile,
                          folder ? folder : VIRTIO_GPU_PROFILES, names, &error);
    bool done = true;

    if (!profile) {
        error_setg(errp, "%s", error);
        return false;
    }
    g_string_printf(info, "%s: %s", base->conf.profile, profile->where);
    for (size_t i = 0; i < profile->count && done; i++) {
        done = apply(&base->conf, &profile->values[i], info, errp);
        if (!done) {
            error_prepend(errp, "%s:%u: ", profile->where,
                          profile->values[i].line);
        }
    }
    vgpu_profile_free(profile);
    base->profile_info = g_strdup(info->str);
    return done;
}

bool virtio_gpu_profile_apply(VirtIOGPUBase *base, Error **errp)
{
    VirtIOGPUConf *conf = &base->conf;

    for (size_t i = 0; i < ARRAY_SIZE(limits); i++) {
        const Limit *limit = &limits[i];

        if (!is_possible(limit, value_of(conf, limit))) {
            g_autofree char *value =
                g_strdup_printf("%" PRIu64, value_of(conf, limit));

            refuse(names[i], limit, value, errp);
            return false;
        }
    }
    return !conf->profile || apply_all(base, errp);
}

/* --- what an operator sees ---------------------------------------------- */

static char *get_info(Object *obj, Error **errp)
{
    VirtIOGPUBase *base = VIRTIO_GPU_BASE(obj);

    return g_strdup(base->profile_info ?: "none");
}

void virtio_gpu_profile_init(VirtIOGPUBase *base)
{
    Object *obj = OBJECT(base);

    base->conf.given = 0;
    object_property_add_str(obj, "profile-info", get_info, NULL);
    object_property_set_description(
        obj, "profile-info", "the profile that was applied, where it is from, "
        "and what was given by itself instead");
}

void virtio_gpu_profile_finish(VirtIOGPUBase *base)
{
    g_free(base->profile_info);
}
