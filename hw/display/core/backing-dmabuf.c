/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "hw/virtio/vgpu/backing.h"

#include "backing-internal.h"
#include "hw/virtio/vgpu/budget.h"

static int make_of_device(const struct vgpu_backing *backing)
{
    struct vgpu_device_piece *pieces =
        vgpu_budget_alloc(backing->budget,
                          backing->num_runs * sizeof(*pieces));
    int fd;

    if (!pieces) {
        return -1;
    }
    for (uint32_t i = 0; i < backing->num_runs; i++) {
        pieces[i] = (struct vgpu_device_piece) {
            .region = backing->region,
            .offset = backing->runs[i].offset,
            .bytes = backing->runs[i].bytes,
        };
    }
    fd = backing->ops->device_dmabuf(backing->host, pieces, backing->num_runs);
    vgpu_budget_free(backing->budget, pieces);
    return fd;
}

static int make_of_memory(const struct vgpu_backing *backing)
{
    struct iovec *pieces =
        vgpu_budget_alloc(backing->budget,
                          backing->num_runs * sizeof(*pieces));
    int fd;

    if (!pieces) {
        return -1;
    }
    for (uint32_t i = 0; i < backing->num_runs; i++) {
        pieces[i].iov_base = backing->runs[i].pointer;
        pieces[i].iov_len = backing->runs[i].bytes;
    }
    fd = backing->ops->memory_dmabuf(backing->host, pieces, backing->num_runs);
    vgpu_budget_free(backing->budget, pieces);
    return fd;
}

/*
 * Behind an IOMMU the guest's own memory is not where it was when it is read
 * next; that of a device is named by its place in the device.
 */
static int make(const struct vgpu_backing *backing)
{
    if (backing->num_runs == 0) {
        return -1;
    }
    if (backing->is_device) {
        return make_of_device(backing);
    }
    return backing->translated ? -1 : make_of_memory(backing);
}

int vgpu_backing_dmabuf(struct vgpu_backing *backing)
{
    if (!backing->dmabuf_asked) {
        backing->dmabuf_asked = true;
        backing->dmabuf = make(backing);
    }
    return backing->dmabuf;
}

void vgpu_backing_end_dmabuf(struct vgpu_backing *backing)
{
    if (backing->dmabuf_asked && backing->dmabuf >= 0) {
        backing->ops->dmabuf_close(backing->host, backing->dmabuf);
    }
}
