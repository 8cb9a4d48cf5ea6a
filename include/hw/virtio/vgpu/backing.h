/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Backing: the guest memory behind a resource, an ordered list of fragments
 * of any size that read as one run of bytes (virtio 1.3, 5.7.6.8,
 * RESOURCE_ATTACH_BACKING).
 *
 * It is memory of the guest's, or memory of one region of one device that was
 * assigned to the guest, never both: then it can only be copied, since that
 * memory may go away below any pointer.
 *
 * Created whole from a decoded entry list and never changed after that.
 * Fragments that follow each other in guest memory are merged, so a backing
 * of contiguous pages is one run whatever the guest's list looked like.
 * Owned by one resource; device thread only.  Where the host translates
 * addresses, runs are not kept mapped but mapped for each copy, unless a
 * renderer's library asked for all of them (vgpu_backing_iov()).
 */
#ifndef HW_VIRTIO_VGPU_BACKING_H
#define HW_VIRTIO_VGPU_BACKING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "hw/virtio/vgpu/host.h"
#include "hw/virtio/vgpu/wire.h"

struct vgpu_backing;
struct vgpu_budget;

/* What a backing is made of. */
struct vgpu_entry_list {
    const uint8_t *entries;     /* in wire form; zero-length ones are skipped */
    uint32_t count;
    uint64_t min_bytes;         /* that they must hold together */
    bool takes_devices;         /* memory of devices will do, too */
    const char *complaint;      /* set with VGPU_ERR_UNSPEC: which entry is wrong */
};

/*
 * Maps the entries of @list.  Nothing stays mapped, held or charged on failure:
 * VGPU_ERR_PARAMETER when an entry wraps the address space or when all of
 * them together are too short, VGPU_ERR_UNSPEC when one is not memory, or memory
 * of another kind or region than those before it, VGPU_ERR_OUT_OF_MEMORY when
 * the budget has no room for the table.
 * On VGPU_OK *@backing is the caller's, to end with vgpu_backing_destroy().
 */
enum vgpu_status vgpu_backing_create(const struct vgpu_host_ops *ops,
                                     void *host, struct vgpu_budget *budget,
                                     struct vgpu_entry_list *list,
                                     struct vgpu_backing **backing)
    __attribute__((warn_unused_result));

/* Whether it is memory of a device. */
bool vgpu_backing_is_device(const struct vgpu_backing *backing);

/*
 * All of it as one list of pieces for a library that reads, and with
 * vgpu_backing_is_writable() writes, at times of its own; until the backing
 * ends, when all of it counts as written.  NULL with *@count 0 when it is
 * empty; NULL otherwise when the budget has no room for the list, a translated
 * address no longer leads to memory, or it is memory of a device.
 */
const struct iovec *vgpu_backing_iov(struct vgpu_backing *backing,
                                     uint32_t *count);

/* After vgpu_backing_iov(): the guest lets its device write there. */
bool vgpu_backing_is_writable(const struct vgpu_backing *backing);

/*
 * @bytes from @offset on, inside the backing, were written by the library:
 * whoever watches guest memory is to know now, and not when the backing ends.
 */
void vgpu_backing_wrote(struct vgpu_backing *backing, uint64_t offset,
                        uint64_t bytes);

/*
 * Descriptor of a dma-buf of all of a backing, its bytes one behind the other as
 * they are read: owned by the backing, made once when first asked for, closed
 * when the backing ends.  -1 when there is none, which stays so: the host said
 * why, or the backing is memory of the guest's behind an IOMMU, which has no
 * place of its own.
 */
int vgpu_backing_dmabuf(struct vgpu_backing *backing);

/* Unmaps all of it.  After this guest memory is not touched.  NULL is fine. */
void vgpu_backing_destroy(struct vgpu_backing *backing);

/* Bytes in all fragments together. */
uint64_t vgpu_backing_bytes(const struct vgpu_backing *backing);

/*
 * The entries that make this backing again, merged where they followed each
 * other: puts the one at *@position into @entry and moves on.  Begin with 0;
 * false at the end.
 */
bool vgpu_backing_next_entry(const struct vgpu_backing *backing,
                             uint64_t *position, struct vgpu_mem_entry *entry);

/* A copy of @rows lines out of a backing; all figures in bytes but @rows. */
struct vgpu_backing_copy {
    uint64_t offset;            /* of the first line in the backing */
    uint64_t stride;            /* from line to line in the backing */
    uint8_t *dest;
    uint64_t dest_stride;
    uint64_t line;              /* to copy of each line */
    uint32_t rows;
};

/*
 * True when the copy lies inside @bytes of backing.  Takes any figures: no
 * sum wraps.  An empty copy always fits.
 */
bool vgpu_backing_copy_fits(const struct vgpu_backing_copy *copy,
                            uint64_t bytes);

/*
 * Where @bytes from @offset on lie in this process, or NULL: when they are in
 * several pieces, when addresses are translated, when it is memory of a device,
 * or when the backing is shorter.  The guest may write there at any time.
 */
const uint8_t *vgpu_backing_peek(const struct vgpu_backing *backing,
                                 uint64_t offset, uint64_t bytes);

/*
 * Performs a copy that fits.  Returns false when a translated address no
 * longer leads to such memory, or that of a device cannot be read now; the
 * destination is then partly written.
 */
bool vgpu_backing_read(const struct vgpu_backing *backing,
                       const struct vgpu_backing_copy *copy)
    __attribute__((warn_unused_result));

#endif
