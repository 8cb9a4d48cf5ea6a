/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What the library holds for a context, estimated from the streams it was
 * given and charged to the budget before it gets them: OpenGL contexts,
 * resources that streams make, objects, and programs that are linked of them.
 *
 * Lives as long as its context.  Device thread only.
 */
#ifndef HW_DISPLAY_RENDERER_VIRGL_HOLDINGS_H
#define HW_DISPLAY_RENDERER_VIRGL_HOLDINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "hw/virtio/vgpu/wire.h"

struct vgpu_budget;
struct vgpu_context;
struct vgpu_virgl_holdings;
struct vgpu_virgl_pins;
struct vgpu_texture;

/* What the library has for a resource beside its texels, a good 1.5 KiB. */
#define VGPU_VIRGL_RESOURCE_BYTES 2048

/*
 * Those of a new context; @pins outlives them.  NULL when the budget has no
 * room for them.
 */
struct vgpu_virgl_holdings *
vgpu_virgl_holdings_create(struct vgpu_budget *budget,
                           struct vgpu_virgl_pins *pins);

/*
 * Everything counts no longer, but for the resources that streams made: up to
 * 1.3 the library keeps them when their context ends.
 */
void vgpu_virgl_holdings_destroy(struct vgpu_virgl_holdings *holdings);

/*
 * What a stream made and called @blob_id, and nobody took: its shape with its
 * charge.  False: there is nothing of that name.  The oldest one counts.
 */
bool vgpu_virgl_holdings_object(const struct vgpu_virgl_holdings *holdings,
                                uint64_t blob_id, struct vgpu_texture *shape);

/* Whoever takes it has its charge from then on. */
void vgpu_virgl_holdings_take(struct vgpu_virgl_holdings *holdings,
                              uint64_t blob_id);

/*
 * Counts the most that a stream could make, *@charged, to be passed to
 * vgpu_virgl_holdings_settle() when the library had it.  VGPU_ERR_UNSPEC when
 * it is no stream, VGPU_ERR_OUT_OF_MEMORY when the budget has no room; nothing
 * is counted then.
 */
enum vgpu_status vgpu_virgl_holdings_charge(
    struct vgpu_virgl_holdings *holdings, const uint8_t *stream,
    uint64_t bytes, uint64_t *charged) __attribute__((warn_unused_result));

/*
 * Takes off what was there already and what the stream ended.  Unless it was
 * @done, which nobody knows how far it went: then all stays counted, and all of
 * the streams to come, until the context ends.
 */
void vgpu_virgl_holdings_settle(struct vgpu_virgl_holdings *holdings,
                                const struct vgpu_context *context,
                                const uint8_t *stream, uint64_t bytes,
                                uint64_t charged, bool done);

#endif
