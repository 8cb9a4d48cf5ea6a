/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Migration, between the files that do it; docs/migration.md describes the
 * stream.
 *
 * Saving and loading run in the main loop, in the migration thread with the
 * big lock, or in a coroutine, while the VM stands still.  What the device
 * thread owns is read and made there, see virtio_gpu_thread_run().
 */
#ifndef HW_DISPLAY_VIRTIO_GPU_MIGRATION_H
#define HW_DISPLAY_VIRTIO_GPU_MIGRATION_H

#include "hw/virtio/virtio-gpu.h"
#include "hw/virtio/vgpu/snapshot.h"

/* One head as the stock device writes it: 10 words, and 6 of them maybe. */
typedef struct VirtIOGPUHeadState {
    uint32_t resource_id;               /* 0: disabled */
    uint32_t width, height;             /* px, of the rectangle shown */
    uint32_t x, y;
    uint32_t cursor_resource_id;        /* 0: hidden */
    uint32_t hot_x, hot_y;
    uint32_t cursor_x, cursor_y;        /* signed */
    bool has_fb;
    struct {
        uint32_t pixman_format;
        uint32_t bytes_per_pixel;
        uint32_t width, height;         /* px, of the whole picture */
        uint32_t stride;                /* bytes */
        uint32_t offset;                /* bytes to the rectangle */
    } fb;
} VirtIOGPUHeadState;

/* A head of the subsection of outputs. */
typedef struct VirtIOGPUOutputState {
    VirtIOGPUMonitor monitor;
    bool has_conf;                      /* from version 2 on */
    VirtIOGPUOutputConf conf;
    bool cursor_visible;
    QEMUCursor *cursor;                 /* NULL: none was defined */
} VirtIOGPUOutputState;

/* What is loaded and not yet applied. */
struct VirtIOGPUIncoming {
    bool enable;                        /* the driver has shown a picture */
    VirtIOGPUHeadState heads[VGPU_MAX_SCANOUTS];

    /* From the subsection of outputs, if there was one. */
    bool has_outputs;
    VirtIOGPUOutputState outputs[VGPU_MAX_SCANOUTS];
    uint32_t events_read;
    bool modes_changed;
    bool notify_config;
    GHashTable *blobs;                  /* id: its spec */
    GArray *uuids;                      /* of VirtIOGPUUuidState */
};

typedef struct VirtIOGPUUuidState {
    uint32_t id;
    uint8_t uuid[16];
} VirtIOGPUUuidState;

/* --- virtio-gpu-scanout-state.c --------------------------------------- */

/* What head @index is, from what the device knows and the main loop does. */
void virtio_gpu_heads_describe(VirtIOGPUOutput *output,
                               const struct vgpu_saved_scanout *saved,
                               VirtIOGPUHeadState *head);

/* The other way; false when the figures are impossible. */
bool virtio_gpu_heads_understand(const VirtIOGPUHeadState *head, bool is_blob,
                                 struct vgpu_saved_scanout *saved);

void virtio_gpu_heads_put(QEMUFile *f, const VirtIOGPUHeadState *heads,
                          uint32_t num);

/*
 * 0 or a negative errno, after a message.  @version is that of the property
 * x-scanout-vmstate-version.
 */
int virtio_gpu_heads_get(QEMUFile *f, VirtIOGPUHeadState *heads, uint32_t num,
                         unsigned version);

/* --- virtio-gpu-resource-state.c -------------------------------------- */

extern const VMStateDescription virtio_gpu_blobs_vmstate;

void virtio_gpu_images_put(QEMUFile *f, VirtIOGPU *gpu,
                           const struct vgpu_resource **resources,
                           uint32_t count);

/* 0 or a negative errno, after a message. */
int virtio_gpu_images_get(QEMUFile *f, VirtIOGPU *gpu);

/* --- virtio-gpu-outputs-state.c --------------------------------------- */

extern const VMStateDescription virtio_gpu_outputs_vmstate;

/* After everything else was restored. */
void virtio_gpu_outputs_apply(VirtIOGPU *gpu,
                              const VirtIOGPUIncoming *incoming);
void virtio_gpu_outputs_clear(VirtIOGPUIncoming *incoming);

/* --- virtio-gpu-migration.c ------------------------------------------- */

/* All resources, to be freed with g_free(); see vgpu_snapshot_resources(). */
const struct vgpu_resource **virtio_gpu_migration_list(VirtIOGPU *gpu,
                                                       uint32_t *count);

/* True, after a message, when the stream ended or broke. */
bool virtio_gpu_migration_is_broken(QEMUFile *f);

#endif
