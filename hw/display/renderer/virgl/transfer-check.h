/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What command streams do with the memory of resources, looked at before the
 * library does it: up to 1.3 it trusts levels, boxes and strides that streams
 * name, and reads and writes its own memory with them.
 */
#ifndef HW_DISPLAY_RENDERER_VIRGL_TRANSFER_CHECK_H
#define HW_DISPLAY_RENDERER_VIRGL_TRANSFER_CHECK_H

#include <stdbool.h>
#include <stdint.h>

struct vgpu_context;

/*
 * Whether all that a stream says of resources which are attached to the context
 * lies in them and in their backing; others are for the library to refuse.
 * *@writes_guest: it may write guest memory.  Device thread.
 */
bool vgpu_virgl_transfers_fit(const struct vgpu_context *context,
                              const uint8_t *stream, uint64_t bytes,
                              bool *writes_guest);

#endif
