/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "hw/virtio/vgpu/dmabuf.h"

#include <fcntl.h>
#include <glib.h>
#include <unistd.h>

#include "hw/virtio/vgpu/format.h"
#include "hw/virtio/vgpu/renderer.h"

struct vgpu_dmabuf *vgpu_dmabuf_create(const struct vgpu_dmabuf *shape)
{
    struct vgpu_dmabuf *dmabuf = g_new(struct vgpu_dmabuf, 1);

    *dmabuf = *shape;
    dmabuf->refs = 1;
    return dmabuf;
}

struct vgpu_dmabuf *vgpu_dmabuf_ref(struct vgpu_dmabuf *dmabuf)
{
    g_atomic_int_inc(&dmabuf->refs);
    return dmabuf;
}

void vgpu_dmabuf_unref(struct vgpu_dmabuf *dmabuf)
{
    if (!dmabuf || !g_atomic_int_dec_and_test(&dmabuf->refs)) {
        return;
    }
    for (uint32_t i = 0; i < dmabuf->num_planes; i++) {
        close(dmabuf->planes[i].fd);
    }
    g_free(dmabuf);
}

void vgpu_dmabuf_set_lines(struct vgpu_dmabuf *shape, int fd,
                           const struct vgpu_layout *layout)
{
    shape->fourcc = vgpu_format_fourcc(layout->format);
    shape->modifier = VGPU_MODIFIER_LINEAR;
    shape->num_planes = 1;
    shape->planes[0] = (struct vgpu_dmabuf_plane) {
        .fd = fd,
        .offset = (uint32_t)layout->offset,
        .stride = layout->stride,
    };
}

int vgpu_dmabuf_dup(int fd)
{
    return fcntl(fd, F_DUPFD_CLOEXEC, 0);
}
