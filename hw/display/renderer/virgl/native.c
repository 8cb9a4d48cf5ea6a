/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "native.h"

#include <glib.h>
#include <string.h>

#include "virgl-compat.h"

/* Of struct virgl_renderer_capset_drm, whose header is not installed. */
#define CONTEXT_TYPE_OFFSET 16

bool vgpu_virgl_native_is_wanted(const struct vgpu_virgl_options *options)
{
    if (!options->native) {
        return false;
    }
    g_clear_pointer(options->no_native, g_free);
    if (*options->taken != VGPU_VIRGL_GPU) {
        *options->no_native = g_strdup("it needs a GPU of the host, and this is "
                                       "Mesa's software renderer");
        return false;
    }
    return true;
}

/*
 * The set's size is the same whatever is there: no driver is of type 0, and a
 * library without any fills in nothing.
 */
bool vgpu_virgl_native_is_there(void)
{
    g_autofree uint8_t *caps = NULL;
    uint32_t version, bytes, type;

    virgl_renderer_get_cap_set(VGPU_CAPSET_DRM, &version, &bytes);
    if (bytes < CONTEXT_TYPE_OFFSET + sizeof(type)) {
        return false;
    }
    caps = g_malloc0(bytes);
    virgl_renderer_fill_caps(VGPU_CAPSET_DRM, version, caps);
    memcpy(&type, caps + CONTEXT_TYPE_OFFSET, sizeof(type));
    return type != 0;
}

void vgpu_virgl_native_refuse(const struct vgpu_virgl_options *options,
                              const char *words)
{
    *options->no_native =
        g_strdup_printf("virglrenderer " VIRGL_VERSION " has none for this GPU's "
                        "driver%s%s; it has to be built with that "
                        "(-Ddrm-renderers=), which Debian's is not",
                        *words ? ": " : "", words);
}
