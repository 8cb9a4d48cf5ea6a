/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What a backing consists of, for the files that make it and copy out of it.
 *
 * Life and thread as vgpu/backing.h says.
 */
#ifndef HW_DISPLAY_CORE_BACKING_INTERNAL_H
#define HW_DISPLAY_CORE_BACKING_INTERNAL_H

#include "hw/virtio/vgpu/backing.h"

/* Guest memory in one piece. */
struct vgpu_run {
    uint64_t start;             /* of its first byte in the backing */
    uint64_t bytes;
    uint64_t addr;              /* as the guest gave it */
    union {
        uint8_t *pointer;       /* mapped until the backing ends; not used */
                                /* where addresses are translated */
        uint64_t offset;        /* of a device's memory: in the region */
    };
};

struct vgpu_backing {
    const struct vgpu_host_ops *ops;
    void *host;
    struct vgpu_budget *budget;
    struct vgpu_run *runs;
    uint32_t num_runs;
    uint32_t capacity;
    uint64_t bytes;
    struct iovec *iov;          /* a piece for each run, mapped; or NULL */
    bool writable;              /* the pieces are */
    bool translated;
    bool is_device;             /* all runs are memory of @region */
    void *region;               /* held */
    bool dmabuf_asked;          /* whether there is a dma-buf is known */
    int dmabuf;                 /* then: descriptor, or -1 */
};

/* backing-device.c: memory of devices. */

/*
 * Adds what there is of a device's at @addr, up to *@bytes, and says how much it
 * was; there is room for one more run.  VGPU_ERR_UNSPEC with @list->complaint
 * when that may not be.
 */
enum vgpu_status vgpu_backing_add_device(struct vgpu_backing *backing,
                                         struct vgpu_entry_list *list,
                                         uint64_t addr, uint64_t *bytes);

/* Copies from a run of such memory, @skip bytes behind its beginning. */
bool vgpu_backing_read_device(const struct vgpu_backing *backing,
                              const struct vgpu_run *run, uint64_t skip,
                              uint8_t *dest, uint64_t bytes);

/* backing-dmabuf.c: closes it, if there is one. */
void vgpu_backing_end_dmabuf(struct vgpu_backing *backing);

/* The run that holds byte @offset, which must be inside the backing. */
uint32_t vgpu_backing_find_run(const struct vgpu_backing *backing,
                               uint64_t offset);

#endif
