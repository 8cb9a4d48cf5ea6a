/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The one place where a request gets its answer.
 */
#ifndef HW_DISPLAY_CORE_REQUEST_ANSWER_H
#define HW_DISPLAY_CORE_REQUEST_ANSWER_H

#include "hw/virtio/vgpu/request.h"

/*
 * Makes the request DONE with @status.  A payload that the handler wrote is
 * kept on success and dropped on an error; the header goes in front, with
 * the fence of a fenced request (virtio 1.3, 5.7.6.7).  Without room for a
 * header there is no reply at all.  May be called again: the last one counts.
 */
void vgpu_request_answer(struct vgpu_request *request, enum vgpu_status status);

/* RING_IDX counts: with FENCE, and with CONTEXT_INIT negotiated. */
bool vgpu_request_has_ring(const struct vgpu_request *request);

#endif
