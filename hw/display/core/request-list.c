/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "request-list.h"

void vgpu_request_list_insert(struct vgpu_request_list *list,
                              struct vgpu_request *request)
{
    struct vgpu_request *before = list->last;

    while (before && before->serial > request->serial) {
        before = before->list_prev;
    }
    request->list_prev = before;
    request->list_next = before ? before->list_next : list->first;
    if (request->list_next) {
        request->list_next->list_prev = request;
    } else {
        list->last = request;
    }
    if (before) {
        before->list_next = request;
    } else {
        list->first = request;
    }
}

void vgpu_request_list_remove(struct vgpu_request_list *list,
                              struct vgpu_request *request)
{
    if (request->list_prev) {
        request->list_prev->list_next = request->list_next;
    } else {
        list->first = request->list_next;
    }
    if (request->list_next) {
        request->list_next->list_prev = request->list_prev;
    } else {
        list->last = request->list_prev;
    }
}
