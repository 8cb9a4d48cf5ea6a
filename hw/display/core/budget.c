/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "hw/virtio/vgpu/budget.h"

#include <stdatomic.h>
#include <glib.h>

#include "arena.h"

/* Room for what images need beside their pixels, as a part of the limit. */
#define OVERHEAD_DIVISOR 16

struct vgpu_budget {
    struct vgpu_arena *arena;
    uint64_t limit;
    uint64_t held_limit;
    uint64_t hosted_limit;
    uint64_t charged;           /* held elsewhere */
    /* Written by the device thread, read by vgpu_budget_usage() anywhere. */
    _Atomic uint64_t pixels;
    _Atomic uint64_t held;
    _Atomic uint64_t hosted;
};

struct vgpu_budget *vgpu_budget_create(uint64_t limit, uint64_t hosted_limit)
{
    struct vgpu_budget *budget = g_new0(struct vgpu_budget, 1);
    uint64_t overhead = limit / OVERHEAD_DIVISOR;

    budget->limit = limit;
    budget->hosted_limit = hosted_limit;
    budget->held_limit = limit > UINT64_MAX - overhead ? UINT64_MAX
                                                       : limit + overhead;
    budget->arena = vgpu_arena_create(budget->held_limit / VGPU_PAGE_BYTES);
    return budget;
}

void vgpu_budget_destroy(struct vgpu_budget *budget)
{
    if (budget) {
        vgpu_arena_destroy(budget->arena);
        g_free(budget);
    }
}

static void update_held(struct vgpu_budget *budget)
{
    uint64_t held = budget->charged +
                    vgpu_arena_pages(budget->arena) * VGPU_PAGE_BYTES;

    atomic_store_explicit(&budget->held, held, memory_order_relaxed);
}

static uint64_t room(const struct vgpu_budget *budget)
{
    return budget->held_limit -
           atomic_load_explicit(&budget->held, memory_order_relaxed);
}

void *vgpu_budget_alloc(struct vgpu_budget *budget, size_t bytes)
{
    void *memory;

    if (bytes == 0 ||
        vgpu_arena_pages_for(budget->arena, bytes) >
        room(budget) / VGPU_PAGE_BYTES) {
        return NULL;
    }
    memory = vgpu_arena_alloc(budget->arena, bytes);
    update_held(budget);
    return memory;
}

void vgpu_budget_free(struct vgpu_budget *budget, void *memory)
{
    if (memory) {
        vgpu_arena_free(budget->arena, memory);
        update_held(budget);
    }
}

bool vgpu_budget_charge_pixels(struct vgpu_budget *budget, uint64_t bytes)
{
    uint64_t pixels = atomic_load_explicit(&budget->pixels,
                                           memory_order_relaxed);

    if (bytes > budget->limit - pixels) {
        return false;
    }
    atomic_store_explicit(&budget->pixels, pixels + bytes,
                          memory_order_relaxed);
    return true;
}

void vgpu_budget_release_pixels(struct vgpu_budget *budget, uint64_t bytes)
{
    atomic_fetch_sub_explicit(&budget->pixels, bytes, memory_order_relaxed);
}

bool vgpu_budget_charge(struct vgpu_budget *budget, uint64_t bytes)
{
    if (bytes > room(budget)) {
        return false;
    }
    budget->charged += bytes;
    update_held(budget);
    return true;
}

void vgpu_budget_release(struct vgpu_budget *budget, uint64_t bytes)
{
    budget->charged -= bytes;
    update_held(budget);
}

bool vgpu_budget_charge_hosted(struct vgpu_budget *budget, uint64_t bytes)
{
    uint64_t hosted = atomic_load_explicit(&budget->hosted,
                                           memory_order_relaxed);

    if (hosted > budget->hosted_limit ||
        bytes > budget->hosted_limit - hosted) {
        return false;
    }
    atomic_store_explicit(&budget->hosted, hosted + bytes,
                          memory_order_relaxed);
    return true;
}

void vgpu_budget_keep_hosted(struct vgpu_budget *budget, uint64_t bytes)
{
    atomic_fetch_add_explicit(&budget->hosted, bytes, memory_order_relaxed);
}

void vgpu_budget_release_hosted(struct vgpu_budget *budget, uint64_t bytes)
{
    atomic_fetch_sub_explicit(&budget->hosted, bytes, memory_order_relaxed);
}

struct vgpu_budget_usage vgpu_budget_usage(const struct vgpu_budget *budget)
{
    struct vgpu_budget_usage usage = {
        .pixels = atomic_load_explicit(&budget->pixels, memory_order_relaxed),
        .held = atomic_load_explicit(&budget->held, memory_order_relaxed),
        .limit = budget->limit,
        .held_limit = budget->held_limit,
        .hosted = atomic_load_explicit(&budget->hosted, memory_order_relaxed),
        .hosted_limit = budget->hosted_limit,
    };

    return usage;
}
