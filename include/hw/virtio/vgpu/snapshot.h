/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The device's state, to be listed and to be made again: what migration
 * carries, without a word about how.
 *
 * Listing changes nothing, and what it returns is valid until the device
 * executes its next command or is reset.  Restoring starts from a device that
 * was reset and trusts nothing: every figure passes the checks that a command
 * of the guest passes.  Device thread only, but for the memory of struct
 * vgpu_restore, which is its owner's to fill.
 */
#ifndef HW_VIRTIO_VGPU_SNAPSHOT_H
#define HW_VIRTIO_VGPU_SNAPSHOT_H

#include <stdbool.h>
#include <stdint.h>

#include "hw/virtio/vgpu/rect.h"
#include "hw/virtio/vgpu/renderer.h"
#include "hw/virtio/vgpu/resource.h"
#include "hw/virtio/vgpu/wire.h"

struct vgpu_device;

/* Why something could not be restored, one line. */
#define VGPU_REASON_BYTES 160

/* The last UPDATE_CURSOR that succeeded on a scanout. */
struct vgpu_saved_cursor {
    uint32_t resource_id;       /* 0: hidden; may be gone meanwhile */
    uint32_t hot_x;             /* px, as the guest gave them */
    uint32_t hot_y;
};

struct vgpu_saved_scanout {
    uint32_t resource_id;       /* 0: disabled, and layout and rect are 0 */
    bool is_blob;
    struct vgpu_layout layout;
    struct vgpu_rect rect;
    struct vgpu_saved_cursor cursor;
};

/* --- listing ---------------------------------------------------------- */

/*
 * All resources in the order of their ids.  The array is the caller's, to be
 * freed with g_free(), its elements are not.
 */
const struct vgpu_resource **
vgpu_snapshot_resources(const struct vgpu_device *dev, uint32_t *count);

/*
 * The pixels of an image: image.stride times image.height bytes.  The first
 * time on the device thread, since a renderer may have to fetch them, or find
 * no memory for them: NULL.  While no context exists it has them then.
 */
const uint8_t *vgpu_snapshot_pixels(const struct vgpu_device *dev,
                                    const struct vgpu_resource *image);

/* Whether there is a resource of this id, and it is a blob. */
bool vgpu_snapshot_is_blob(const struct vgpu_device *dev, uint32_t id);

void vgpu_snapshot_scanout(const struct vgpu_device *dev, uint32_t id,
                           struct vgpu_saved_scanout *saved);

/* --- restoring -------------------------------------------------------- */

/* What is known of a resource before its contents. */
struct vgpu_restore_spec {
    uint32_t id;
    enum vgpu_resource_kind kind;
    uint32_t width;             /* px; of an image */
    uint32_t height;
    uint32_t format;            /* enum vgpu_format; of an image */
    uint64_t blob_bytes;
    uint32_t blob_flags;
    uint32_t num_entries;       /* of its backing, 0: none */
    uint64_t features;          /* negotiated */
};

/* A resource under way: not yet the device's, no reset touches it. */
struct vgpu_restore {
    struct vgpu_restore_spec spec;
    struct vgpu_resource *resource;
    uint8_t *pixels;            /* to be filled; NULL for a blob */
    uint64_t pixel_bytes;
    uint8_t *entries;           /* to be filled in wire form; or NULL */
};

/*
 * Makes room, out of the device's budget.  On an error there is none, and
 * @reason has the text.  End it with one of the two below.
 */
enum vgpu_status vgpu_restore_begin(struct vgpu_device *dev,
                                    const struct vgpu_restore_spec *spec,
                                    struct vgpu_restore *restore,
                                    char reason[VGPU_REASON_BYTES])
    __attribute__((warn_unused_result));

/*
 * Maps the backing and makes the resource the device's.  On an error it is
 * gone.
 */
enum vgpu_status vgpu_restore_finish(struct vgpu_device *dev,
                                     struct vgpu_restore *restore,
                                     char reason[VGPU_REASON_BYTES])
    __attribute__((warn_unused_result));

void vgpu_restore_abandon(struct vgpu_device *dev,
                          struct vgpu_restore *restore);

/* A resource of the device keeps this UUID.  False when there is none. */
bool vgpu_restore_uuid(struct vgpu_device *dev, uint32_t resource_id,
                       const uint8_t uuid[16])
    __attribute__((warn_unused_result));

/*
 * Shows what scanout @id showed, all of it damaged, and its cursor.  Of the
 * layout of an image only the rectangle counts.  A cursor whose resource is
 * gone, or is none any more, is hidden.
 */
enum vgpu_status vgpu_restore_scanout(struct vgpu_device *dev, uint32_t id,
                                      const struct vgpu_saved_scanout *saved,
                                      char reason[VGPU_REASON_BYTES])
    __attribute__((warn_unused_result));

#endif
