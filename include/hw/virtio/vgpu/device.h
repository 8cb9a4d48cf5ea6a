/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The device: commands in, pictures and answers out (virtio 1.3, 5.7).
 *
 * A library without threads, locks or I/O.  Whoever runs it (struct
 * vgpu_host_ops) decides on which thread; everything here is called on that
 * one, the device thread, but vgpu_device_move_cursor() and what is marked
 * otherwise.  Lives from create to destroy; reset brings it back to the
 * state after create.
 */
#ifndef HW_VIRTIO_VGPU_DEVICE_H
#define HW_VIRTIO_VGPU_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "hw/virtio/vgpu/budget.h"
#include "hw/virtio/vgpu/display.h"
#include "hw/virtio/vgpu/host.h"
#include "hw/virtio/vgpu/metrics.h"
#include "hw/virtio/vgpu/renderer.h"
#include "hw/virtio/vgpu/request.h"
#include "hw/virtio/vgpu/wire.h"

struct vgpu_device;

/*
 * Longest side of an image or a blob framebuffer, px: pixman, and with it
 * every display of QEMU, has 16-bit coordinates.
 */
#define VGPU_MAX_AXIS_PX 32767

/* Largest blob, bytes. */
#define VGPU_MAX_BLOB_BYTES (1ull << 40)

/* Fixed for the life of the device. */
struct vgpu_device_config {
    uint32_t num_scanouts;      /* 1 to VGPU_MAX_SCANOUTS */
    uint64_t features;          /* offered, VGPU_F_… */
    uint32_t blob_alignment;    /* bytes; used with VGPU_F_BLOB_ALIGNMENT */
    uint64_t window_bytes;      /* host-visible, whole pages; 0: no window */
    uint64_t max_hostmem;       /* bytes, see vgpu/budget.h */
    uint64_t max_hostmem_3d;    /* bytes, see vgpu/budget.h */
    uint32_t max_resources;     /* live at a time */
    uint32_t max_contexts;      /* live at a time */
};

struct vgpu_device_env {
    const struct vgpu_host_ops *host_ops;
    void *host;
    const struct vgpu_display_ops *display_ops;
    void *display;
    const struct vgpu_renderer_ops *renderer_ops;
    struct vgpu_renderer_host renderer_host;
    const void *renderer_options;       /* until create returns */
    const struct vgpu_frame_ops *frame_ops; /* NULL: pictures are in no frames */
    void *frames;                       /* opaque of frame_ops */
    struct vgpu_metrics *metrics;
};

/*
 * Both structures are copied; what they point to must outlive the device.
 * NULL when the renderer cannot be had, with cause and remedy in *@error, to
 * be freed with g_free(); that of 2D always can.  A configuration out of range
 * is the caller's fault; VGPU_F_VIRGL needs a renderer with 3D.
 */
struct vgpu_device *vgpu_device_create(const struct vgpu_device_config *config,
                                       const struct vgpu_device_env *env,
                                       char **error);

/* Ends every object as reset does.  NULL is accepted. */
void vgpu_device_destroy(struct vgpu_device *dev);

/*
 * Device reset (virtio 1.3, 2.4): resources, backings, UUIDs, scanouts and
 * cursors are gone, the budget is empty, the displays are told.
 */
void vgpu_device_reset(struct vgpu_device *dev);

/*
 * Executes a fetched request and completes it through the host.  The command
 * either happened as asked, or is answered with an error and nothing that the
 * guest can see has changed.
 */
void vgpu_device_execute(struct vgpu_device *dev, struct vgpu_request *request);

/*
 * Executes a fetched MOVE_CURSOR: it touches nothing that the device thread
 * owns, so any thread may call this and never waits.  Returns the status and
 * leaves the reply in the request, as vgpu_device_execute() does, but calls
 * no host function: the caller moves the cursor and completes.
 */
enum vgpu_status vgpu_device_move_cursor(struct vgpu_device *dev,
                                         struct vgpu_request *request)
    __attribute__((warn_unused_result));

/*
 * What scanout @id, below num_scanouts, shows: NULL while it is disabled.
 * See vgpu/display.h.
 */
const struct vgpu_view *vgpu_device_view(const struct vgpu_device *dev,
                                         uint32_t id);

/*
 * What scanout @id shows could not be read when somebody looked, and no command
 * is there to be told.  Where it was memory of another device's, which the guest
 * can switch off at any time, the scanout is black until its next flush.
 */
void vgpu_device_picture_lost(struct vgpu_device *dev, uint32_t id);

/*
 * The renderer's fence_done() said so.  Requests that wait for it are completed,
 * and those behind them that wait for nothing else.  A token that is no longer
 * waited for is ignored.
 */
void vgpu_device_retire_fence(struct vgpu_device *dev, uint64_t token,
                              bool lost);

/*
 * Completes every parked request now: nobody is left who could see whether its
 * work is done.
 */
void vgpu_device_finish_fences(struct vgpu_device *dev);

/*
 * Calls @report once for each request that has been parked since before
 * @before_ns, by the host's clock.  It must not use the device.
 */
void vgpu_device_overdue(struct vgpu_device *dev, int64_t before_ns,
                         void (*report)(void *opaque,
                                        const struct vgpu_request *request),
                         void *opaque);

/*
 * What the host was asked to do with @id in the window is done; or not, which
 * only window_map() may end with: no memory region was to be had.  Whatever
 * waited for it is executed, or completed.
 */
void vgpu_device_window_done(struct vgpu_device *dev, uint32_t id, bool done);

/*
 * Resources in the window, or on their way there or back: while there are any,
 * after a reset too, the device cannot be destroyed.  Any thread.
 */
uint32_t vgpu_device_num_mappings(const struct vgpu_device *dev);

/* Capability sets, num_capsets of the configuration space.  Any thread. */
uint32_t vgpu_device_num_capsets(const struct vgpu_device *dev);

/* Live contexts.  Any thread. */
uint32_t vgpu_device_num_contexts(const struct vgpu_device *dev);

/*
 * Names of live contexts for a message, at most a line; "" without any.  To be
 * freed with g_free().
 */
char *vgpu_device_context_names(const struct vgpu_device *dev);

/*
 * The renderer's poll descriptor, or -1, and its handler, which may write guest
 * memory.
 */
int vgpu_device_poll_fd(const struct vgpu_device *dev);
void vgpu_device_poll(struct vgpu_device *dev);

/* Live resources that the renderer made, which cannot be saved. */
uint32_t vgpu_device_num_textures(const struct vgpu_device *dev);

/* Live resources. */
uint32_t vgpu_device_num_resources(const struct vgpu_device *dev);

/* See vgpu/budget.h.  Any thread. */
struct vgpu_budget_usage vgpu_device_memory(const struct vgpu_device *dev);

#endif
