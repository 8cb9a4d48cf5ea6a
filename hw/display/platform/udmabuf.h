/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Dma-bufs of pages of a memfd (linux/udmabuf.h): guest memory that a GPU or a
 * compositor can read where it is.  Any thread.
 */
#ifndef HW_DISPLAY_PLATFORM_UDMABUF_H
#define HW_DISPLAY_PLATFORM_UDMABUF_H

#include <stdint.h>

/* Pages of a file, in bytes. */
struct vgpu_udmabuf_piece {
    int file;
    uint64_t offset;
    uint64_t bytes;
};

/* /dev/udmabuf, to be closed by the caller, or a negative errno. */
int vgpu_udmabuf_open(void);

/*
 * A dma-buf of @count pieces, one behind the other: its descriptor, to be closed
 * by the caller, or a negative errno.  Each is of a memfd that is sealed against
 * being cut short, and is whole pages.
 */
int vgpu_udmabuf_make(int udmabuf, const struct vgpu_udmabuf_piece *pieces,
                      uint32_t count);

/* Why the two failed with -@error, and what to do; no full stop. */
const char *vgpu_udmabuf_complaint(int error);

#endif
