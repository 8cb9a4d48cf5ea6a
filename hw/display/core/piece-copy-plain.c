/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "piece-copy.h"

#include <string.h>

static void copy_plain(uint8_t *dest, const uint8_t *from, uint64_t bytes,
                       const uint8_t *next)
{
    (void)next;
    memcpy(dest, from, bytes);
}

vgpu_piece_copier *vgpu_piece_copier_for(uint64_t total)
{
    (void)total;
    return copy_plain;
}

void vgpu_piece_copy_finish(void)
{
}
