/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What there is to be read of a device, by name: the one list of metrics, whoever
 * writes it down and how.
 *
 * Any thread.
 */
#ifndef HW_DISPLAY_METRICS_FAMILIES_H
#define HW_DISPLAY_METRICS_FAMILIES_H

#include <stdbool.h>
#include <stdint.h>

#include "hw/virtio/vgpu/metrics.h"

/* Memory of one kind, bytes. */
struct vgpu_metrics_memory {
    const char *kind;
    uint64_t bytes;
    uint64_t limit;
};

#define VGPU_METRICS_MEMORY_KINDS 3

/* A device at a moment; all that it points to is the caller's. */
struct vgpu_metrics_view {
    const struct vgpu_metrics *metrics;
    int64_t now_ns;             /* by the clock of oldest_fence_ns */
    const char *domain;         /* the VM's name */
    const char *device;
    const char *route;
    const char *renderer;
    const char *profile;        /* its name, "": none */
    const char *version;        /* ours */
    struct vgpu_metrics_memory memory[VGPU_METRICS_MEMORY_KINDS];
    uint64_t frame_bytes;
    uint64_t contexts;
    uint64_t max_contexts;
    uint64_t max_resources;
};

enum vgpu_metrics_type {
    VGPU_METRICS_COUNTER,
    VGPU_METRICS_GAUGE,
    VGPU_METRICS_SUMMARY,       /* count and sum */
    VGPU_METRICS_HISTOGRAM,
};

struct vgpu_metrics_family {
    const char *name;           /* Prometheus', without "qemu_virtio_gpu_" */
    const char *help;
    enum vgpu_metrics_type type;
    bool in_ns;                 /* values are, and are to be shown in seconds */
};

struct vgpu_metrics_label {
    const char *name;           /* NULL: no more follow */
    const char *value;
};

/*
 * Told of each family and then of its samples, of which there may be none.
 * @labels end with one that has no name.
 */
struct vgpu_metrics_sink {
    void (*family)(void *opaque, const struct vgpu_metrics_family *family);
    void (*value)(void *opaque, const struct vgpu_metrics_label *labels,
                  uint64_t value);
    void (*summary)(void *opaque, const struct vgpu_metrics_label *labels,
                    const struct vgpu_timing *timing);
    void (*histogram)(void *opaque, const struct vgpu_metrics_label *labels,
                      const struct vgpu_histogram *histogram);
};

void vgpu_metrics_walk(const struct vgpu_metrics_view *view,
                       const struct vgpu_metrics_sink *sink, void *opaque);

#endif
