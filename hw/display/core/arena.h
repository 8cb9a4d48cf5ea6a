/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Arena: zeroed memory out of one reservation of address space, of which it
 * is known at any time how many pages are really held.
 *
 * Objects up to half a page share pages by size class, larger ones have runs
 * of pages.  A page without an object goes back to the kernel at once.  The
 * arena is two kernel mappings (used part, rest) and its page table two
 * more, however many objects there are.
 *
 * Owned by the budget; device thread only.
 */
#ifndef HW_DISPLAY_CORE_ARENA_H
#define HW_DISPLAY_CORE_ARENA_H

#include <stddef.h>
#include <stdint.h>

#include "hw/virtio/vgpu/budget.h"

struct vgpu_arena;

/*
 * @max_pages may be handed out at a time; address space is reserved on first
 * use.  Never NULL.
 */
struct vgpu_arena *vgpu_arena_create(uint64_t max_pages);
void vgpu_arena_destroy(struct vgpu_arena *arena);

/* Pages that vgpu_arena_alloc() of @bytes would hold in addition. */
uint64_t vgpu_arena_pages_for(const struct vgpu_arena *arena, size_t bytes);

/*
 * Zeroed memory, or NULL when the host has none, max_pages is reached or the
 * address space is too scattered.
 */
void *vgpu_arena_alloc(struct vgpu_arena *arena, size_t bytes);
void vgpu_arena_free(struct vgpu_arena *arena, void *memory);

/* Pages held now. */
uint64_t vgpu_arena_pages(const struct vgpu_arena *arena);

#endif
