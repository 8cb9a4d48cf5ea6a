/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "hw/virtio/vgpu/backing.h"

#include "backing-internal.h"

/* Why @piece may not follow what is there, or NULL. */
static const char *complaint_about(const struct vgpu_backing *backing,
                                   const struct vgpu_device_piece *piece)
{
    if (backing->is_device) {
        return piece->region == backing->region
               ? NULL : "the entries are memory of several devices, or of "
                        "several regions of one";
    }
    return backing->num_runs
           ? "an entry is memory of a device, and those before it are memory "
             "of the guest"
           : NULL;
}

static bool follows(const struct vgpu_run *run, uint64_t addr,
                    const struct vgpu_device_piece *piece)
{
    return run->addr + run->bytes == addr &&
           run->offset + run->bytes == piece->offset;
}

/*
 * Behind an IOMMU it comes a page at a time, but follows itself.  The first
 * piece holds the region for all of them, translated or not: nobody may take
 * its place while the backing compares with it.
 */
static void add_piece(struct vgpu_backing *backing, uint64_t addr,
                      const struct vgpu_device_piece *piece)
{
    struct vgpu_run *next = &backing->runs[backing->num_runs];

    if (backing->is_device) {
        backing->ops->device_release(backing->host, piece->region);
    }
    if (backing->is_device && follows(&next[-1], addr, piece)) {
        next[-1].bytes += piece->bytes;
    } else {
        next->start = backing->bytes;
        next->bytes = piece->bytes;
        next->addr = addr;
        next->offset = piece->offset;
        backing->num_runs++;
    }
    backing->is_device = true;
    backing->region = piece->region;
    backing->bytes += piece->bytes;
}

enum vgpu_status vgpu_backing_add_device(struct vgpu_backing *backing,
                                         struct vgpu_entry_list *list,
                                         uint64_t addr, uint64_t *bytes)
{
    struct vgpu_device_piece piece;

    if (!backing->ops->device_find(backing->host, addr, *bytes, &piece)) {
        list->complaint = "an entry is not memory";
        return VGPU_ERR_UNSPEC;
    }
    list->complaint = list->takes_devices
                      ? complaint_about(backing, &piece)
                      : "memory of a device can only be that of a guest blob";
    if (list->complaint) {
        backing->ops->device_release(backing->host, piece.region);
        return VGPU_ERR_UNSPEC;
    }
    *bytes = piece.bytes;
    add_piece(backing, addr, &piece);
    return VGPU_OK;
}

bool vgpu_backing_is_device(const struct vgpu_backing *backing)
{
    return backing->is_device;
}

static bool read_translated(const struct vgpu_backing *backing, uint64_t addr,
                            uint8_t *dest, uint64_t bytes)
{
    const struct vgpu_host_ops *ops = backing->ops;
    struct vgpu_device_piece piece;
    bool read;

    for (; bytes; bytes -= piece.bytes) {
        if (!ops->device_find(backing->host, addr, bytes, &piece)) {
            return false;
        }
        read = piece.region == backing->region &&
               ops->device_read(backing->host, piece.region, piece.offset,
                                dest, piece.bytes);
        ops->device_release(backing->host, piece.region);
        if (!read) {
            return false;
        }
        addr += piece.bytes;
        dest += piece.bytes;
    }
    return true;
}

bool vgpu_backing_read_device(const struct vgpu_backing *backing,
                              const struct vgpu_run *run, uint64_t skip,
                              uint8_t *dest, uint64_t bytes)
{
    if (backing->translated) {
        return read_translated(backing, run->addr + skip, dest, bytes);
    }
    return backing->ops->device_read(backing->host, backing->region,
                                     run->offset + skip, dest, bytes);
}
