/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Memory that the guest makes this process hold.
 *
 * Two ceilings.  Pixels (width x height x 4 of each 2D image) are bounded by
 * the limit, the way max_hostmem always was: what fitted a limit still does.
 * Everything that is really held, pixels with their padding, backing tables,
 * resource records, lists still being read, is bounded by the limit and a
 * sixteenth.  Both are charged before anything is held, so a guest that asks
 * for more is answered ERR_OUT_OF_MEMORY and the process stays as it was.
 *
 * What a renderer's library holds for the guest (textures, contexts) is out of
 * our hands and is counted apart, by what it must take at least, against a
 * limit of its own.
 *
 * What is held is counted in pages of an arena of our own and not in bytes
 * asked of malloc: a guest that frees every other object of a heap would
 * leave the process holding pages that no counter sees.  Memory given back
 * is returned to the kernel at once, and reads as zero when handed out
 * again.  The arena needs a handful of kernel mappings whatever the number
 * of objects in it, and no file descriptor.
 *
 * Lives as long as its device; used on the device thread only.  The
 * figures of struct vgpu_budget_usage may be read by any thread, each is
 * consistent in itself.
 */
#ifndef HW_VIRTIO_VGPU_BUDGET_H
#define HW_VIRTIO_VGPU_BUDGET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is held is counted in these. */
#define VGPU_PAGE_BYTES 4096u

struct vgpu_budget;

/* Bytes. */
struct vgpu_budget_usage {
    uint64_t pixels;        /* of 2D images, without padding */
    uint64_t held;          /* pages of the arena and what was charged apart */
    uint64_t limit;         /* of pixels */
    uint64_t held_limit;
    uint64_t hosted;        /* by a renderer's library */
    uint64_t hosted_limit;
};

/*
 * @limit and @hosted_limit bytes, any values; 0 refuses everything.  Never
 * NULL.
 */
struct vgpu_budget *vgpu_budget_create(uint64_t limit, uint64_t hosted_limit);

/* Unmaps the arena with whatever is still in it.  NULL is accepted. */
void vgpu_budget_destroy(struct vgpu_budget *budget);

/*
 * @bytes of zeroed memory, at least 16-byte aligned and page-aligned from
 * one page on.  NULL when the budget or the host has no more; @bytes 0 is
 * NULL as well.
 */
void *vgpu_budget_alloc(struct vgpu_budget *budget, size_t bytes);

/* Gives back what vgpu_budget_alloc() returned.  NULL is accepted. */
void vgpu_budget_free(struct vgpu_budget *budget, void *memory);

/*
 * Counts @bytes of image.  Returns false, with nothing counted, when that
 * passes the limit.  vgpu_budget_release_pixels() takes them off again.
 */
bool vgpu_budget_charge_pixels(struct vgpu_budget *budget, uint64_t bytes)
    __attribute__((warn_unused_result));
void vgpu_budget_release_pixels(struct vgpu_budget *budget, uint64_t bytes);

/*
 * Counts @bytes that are held elsewhere than in the arena (hash table
 * nodes).  Returns false, with nothing counted, when there is no room.
 */
bool vgpu_budget_charge(struct vgpu_budget *budget, uint64_t bytes)
    __attribute__((warn_unused_result));
void vgpu_budget_release(struct vgpu_budget *budget, uint64_t bytes);

/*
 * Counts @bytes that a renderer's library holds.  Returns false, with nothing
 * counted, when that passes the limit.
 */
bool vgpu_budget_charge_hosted(struct vgpu_budget *budget, uint64_t bytes)
    __attribute__((warn_unused_result));
void vgpu_budget_release_hosted(struct vgpu_budget *budget, uint64_t bytes);

/* Counts @bytes that are held already, whatever the limit. */
void vgpu_budget_keep_hosted(struct vgpu_budget *budget, uint64_t bytes);

/* A snapshot of the figures.  Any thread. */
struct vgpu_budget_usage vgpu_budget_usage(const struct vgpu_budget *budget);

#endif
