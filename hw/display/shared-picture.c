/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "shared-picture.h"

#include "hw/virtio/vgpu/dmabuf.h"

void vgpu_shared_picture_init(struct vgpu_shared_picture *picture)
{
    *picture = (struct vgpu_shared_picture) { 0 };
    pixman_region32_init(&picture->damage);
}

void vgpu_shared_picture_finish(struct vgpu_shared_picture *picture)
{
    vgpu_dmabuf_unref(picture->dmabuf);
    pixman_region32_fini(&picture->damage);
    if (picture->tokens) {
        g_array_unref(picture->tokens);
    }
}

void vgpu_shared_picture_put(struct vgpu_shared_picture *picture,
                             struct vgpu_dmabuf *dmabuf,
                             const pixman_region32_t *damage, uint64_t token)
{
    vgpu_dmabuf_ref(dmabuf);
    vgpu_dmabuf_unref(picture->dmabuf);
    picture->dmabuf = dmabuf;
    pixman_region32_union(&picture->damage, &picture->damage,
                          (pixman_region32_t *)damage);
    if (token) {
        if (!picture->tokens) {
            picture->tokens = g_array_new(FALSE, FALSE, sizeof(token));
        }
        g_array_append_val(picture->tokens, token);
    }
}

void vgpu_shared_picture_drop(struct vgpu_shared_picture *picture)
{
    vgpu_dmabuf_unref(picture->dmabuf);
    picture->dmabuf = NULL;
    pixman_region32_clear(&picture->damage);
}

void vgpu_shared_picture_take(struct vgpu_shared_picture *from,
                              struct vgpu_shared_picture *to)
{
    vgpu_shared_picture_init(to);
    to->dmabuf = from->dmabuf ? vgpu_dmabuf_ref(from->dmabuf) : NULL;
    pixman_region32_copy(&to->damage, &from->damage);
    pixman_region32_clear(&from->damage);
    to->tokens = from->tokens;
    from->tokens = NULL;
}
