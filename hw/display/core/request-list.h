/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Requests that wait, in the order of the ring; one is in one list at a time.
 * Device thread only.
 */
#ifndef HW_DISPLAY_CORE_REQUEST_LIST_H
#define HW_DISPLAY_CORE_REQUEST_LIST_H

#include "hw/virtio/vgpu/request.h"

/* All zero: empty. */
struct vgpu_request_list {
    struct vgpu_request *first;
    struct vgpu_request *last;
};

/* At its place: nearly always the last. */
void vgpu_request_list_insert(struct vgpu_request_list *list,
                              struct vgpu_request *request);
void vgpu_request_list_remove(struct vgpu_request_list *list,
                              struct vgpu_request *request);

#endif
