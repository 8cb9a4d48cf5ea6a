/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What the library holds for a context, estimated from the streams it was
 * given and charged to the budget before it gets them: OpenGL contexts,
 * resources that streams make, and objects.
 *
 * Lives as long as its context.  Device thread only.
 */
#ifndef HW_DISPLAY_RENDERER_VIRGL_HOLDINGS_H
#define HW_DISPLAY_RENDERER_VIRGL_HOLDINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "hw/virtio/vgpu/wire.h"

struct vgpu_budget;
struct vgpu_virgl_holdings;

/* Those of a new context.  NULL when the budget has no room for them. */
struct vgpu_virgl_holdings *
vgpu_virgl_holdings_create(struct vgpu_budget *budget);

/* Everything counts no longer. */
void vgpu_virgl_holdings_destroy(struct vgpu_virgl_holdings *holdings);

/*
 * Counts what a stream makes, less what it ends.  VGPU_ERR_UNSPEC when it is no
 * stream, VGPU_ERR_OUT_OF_MEMORY when the budget has no room; nothing is
 * counted then.  A stream that the library refuses half way stays counted
 * whole, until the context ends.  *@writes_guest: it may write guest memory.
 */
enum vgpu_status vgpu_virgl_holdings_charge(
    struct vgpu_virgl_holdings *holdings, const uint8_t *stream,
    uint64_t bytes, bool *writes_guest) __attribute__((warn_unused_result));

#endif
