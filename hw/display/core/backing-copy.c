/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "hw/virtio/vgpu/backing.h"

#include <string.h>
#include <glib.h>

#include "backing-internal.h"
#include "piece-copy.h"

static bool copy_translated(const struct vgpu_backing *backing, uint64_t addr,
                            uint8_t *dest, uint64_t bytes)
{
    while (bytes) {
        uint64_t piece = bytes;
        void *pointer = backing->ops->map(backing->host, addr, &piece, false);

        if (!pointer) {
            return false;
        }
        memcpy(dest, pointer, piece);
        backing->ops->unmap(backing->host, pointer, piece, false);
        addr += piece;
        dest += piece;
        bytes -= piece;
    }
    return true;
}

/* Where a copy is in a backing. */
struct cursor {
    uint32_t index;             /* of the run */
    vgpu_piece_copier *copy;
};

static bool copy_from_run(const struct vgpu_backing *backing,
                          const struct cursor *cursor, uint64_t skip,
                          uint8_t *dest, uint64_t bytes)
{
    const struct vgpu_run *run = &backing->runs[cursor->index];

    if (backing->is_device) {
        return vgpu_backing_read_device(backing, run, skip, dest, bytes);
    }
    if (backing->translated) {
        return copy_translated(backing, run->addr + skip, dest, bytes);
    }
    cursor->copy(dest, run->pointer + skip, bytes,
                 cursor->index + 1 < backing->num_runs ? run[1].pointer
                                                       : run->pointer);
    return true;
}

/* One line; the cursor is where the line before ended, and this one will. */
static bool copy_line(const struct vgpu_backing *backing, uint64_t offset,
                      uint8_t *dest, uint64_t bytes, struct cursor *cursor)
{
    const struct vgpu_run *run = &backing->runs[cursor->index];

    if (offset - run->start >= run->bytes) {
        cursor->index = vgpu_backing_find_run(backing, offset);
    }
    while (bytes) {
        uint64_t skip, piece;

        run = &backing->runs[cursor->index];
        skip = offset - run->start;
        piece = run->bytes - skip < bytes ? run->bytes - skip : bytes;
        if (!copy_from_run(backing, cursor, skip, dest, piece)) {
            return false;
        }
        offset += piece;
        dest += piece;
        bytes -= piece;
        if (bytes) {
            cursor->index++;
        }
    }
    return true;
}

bool vgpu_backing_read(const struct vgpu_backing *backing,
                       const struct vgpu_backing_copy *copy)
{
    struct vgpu_backing_copy c = *copy;
    struct cursor cursor;

    if (c.rows == 0 || c.line == 0) {
        return true;
    }
    if (c.line == c.stride && c.line == c.dest_stride) {
        c.line *= c.rows;
        c.rows = 1;
    }
    cursor.index = vgpu_backing_find_run(backing, c.offset);
    cursor.copy = vgpu_piece_copier_for(c.line * c.rows);
    for (uint32_t row = 0; row < c.rows; row++) {
        if (!copy_line(backing, c.offset + row * c.stride,
                       c.dest + row * c.dest_stride, c.line, &cursor)) {
            return false;
        }
    }
    vgpu_piece_copy_finish();
    return true;
}
