/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What differs between the versions of QEMU that this is built for.  So far that
 * is 10.0 alone; from 10.1 on a QemuDmaBuf has offsets and more than one plane,
 * and qemu_dmabuf_new() takes lists of them.
 *
 * Main loop, under the big lock.
 */
#ifndef HW_DISPLAY_QEMU_COMPAT_H
#define HW_DISPLAY_QEMU_COMPAT_H

#include "hw/virtio/vgpu/dmabuf.h"
#include "ui/dmabuf.h"

/* Whether displays of this QEMU could show it rightly.  Any thread. */
static inline bool virtio_gpu_compat_has_place_for(const struct vgpu_dmabuf *d)
{
    /* SPICE and D-Bus look at neither position nor offset. */
    return d->num_planes == 1 && d->planes[0].offset == 0 &&
           d->shown.x == 0 && d->shown.y == 0;
}

/* Uses @d's descriptors, which must outlive it; end it with qemu_dmabuf_free(). */
static inline QemuDmaBuf *virtio_gpu_compat_dmabuf(const struct vgpu_dmabuf *d)
{
    return qemu_dmabuf_new(d->shown.width, d->shown.height,
                           d->planes[0].stride, 0, 0, d->width, d->height,
                           d->fourcc, d->modifier, d->planes[0].fd, true,
                           d->is_bottom_up);
}

#endif
