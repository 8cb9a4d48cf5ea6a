/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Lets others read a text: by HTTP, at /metrics, and as a file that is replaced
 * from time to time.
 *
 * A thread of its own does both, from start to stop; it asks for the text when
 * somebody wants it, and a few times a second at most.  Whoever connects gets one
 * answer and ten seconds for all of it, and only so many are served at a time:
 * nothing that they do or leave undone costs the VM more than that.
 */
#ifndef HW_DISPLAY_METRICS_EXPORTER_H
#define HW_DISPLAY_METRICS_EXPORTER_H

#include <stdbool.h>
#include <glib.h>

struct vgpu_exporter;

struct vgpu_exporter_config {
    const char *address;        /* see listen.h; NULL: no HTTP */
    bool allow_remote;
    const char *textfile;       /* NULL: none */

    /* The text, to be freed by the exporter.  On its thread, or in start. */
    GString *(*collect)(void *opaque);
    /* Once, when the file cannot be written any more: on its thread. */
    void (*warn)(void *opaque, const char *text);
    void *opaque;
};

/* How others have it done, who do not link the library. */
struct vgpu_exporter_ops {
    /*
     * Copies the configuration.  NULL, with cause and remedy in *@error, to be
     * freed with g_free().  The file is written once before this returns.
     */
    struct vgpu_exporter *(*start)(const struct vgpu_exporter_config *config,
                                   char **error);

    /* Returns when the thread has ended and file and socket are gone. */
    void (*stop)(struct vgpu_exporter *exporter);

    /* Where it listens, with the real port, NULL: nowhere.  The exporter's. */
    const char *(*address)(const struct vgpu_exporter *exporter);
};

extern const struct vgpu_exporter_ops vgpu_http_exporter;

#endif
