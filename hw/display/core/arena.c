/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "arena.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <glib.h>

/* Address space kept for each page of the limit: room to be scattered in. */
#define SPACE_FACTOR 4
#define MAX_SPACE_PAGES ((uint64_t)1 << 30)         /* 4 TiB */

/* The used part grows in steps of this, each one system call. */
#define GROW_PAGES 4096u

/* Run lengths are binned by their logarithm. */
#define NUM_BINS 32

/* Runs of the smallest fitting bin that are looked at before the next bin. */
#define BIN_PROBES 8

#define NO_PAGE UINT32_MAX

/* Steps of at most a quarter; 64 objects a page at most, one bit each. */
static const uint16_t class_bytes[] = {
    64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512,
    640, 800, 1008, 1360, 2048,
};
#define NUM_CLASSES G_N_ELEMENTS(class_bytes)
#define SMALL_MAX 2048

enum page_state {
    PAGE_NEVER_USED,
    PAGE_FREE,                  /* first and last page of a free run */
    PAGE_RUN,                   /* first page of a run in use */
    PAGE_SLAB,
};

struct page {
    uint64_t objects;           /* slab: bit n set, object n is in use */
    uint32_t run;               /* pages in the run, at both ends if free */
    uint32_t next;              /* in the bin, or among slabs with room */
    uint32_t prev;
    uint8_t state;
    uint8_t class;
};

struct vgpu_arena {
    uint8_t *base;              /* NULL until first use */
    struct page *pages;         /* one a page of space, lazily touched */
    uint32_t space_pages;
    uint32_t usable_pages;      /* readable and writable so far */
    uint32_t top;               /* above it nothing was ever handed out */
    uint64_t max_pages;
    uint64_t held_pages;
    uint32_t bins[NUM_BINS];
    uint32_t slabs[NUM_CLASSES];
};

static uint32_t bin_of(uint32_t pages)
{
    return 31 - __builtin_clz(pages);
}

static void list_add(struct vgpu_arena *arena, uint32_t *head, uint32_t index)
{
    struct page *page = &arena->pages[index];

    page->prev = NO_PAGE;
    page->next = *head;
    if (*head != NO_PAGE) {
        arena->pages[*head].prev = index;
    }
    *head = index;
}

static void list_remove(struct vgpu_arena *arena, uint32_t *head,
                        uint32_t index)
{
    struct page *page = &arena->pages[index];

    if (page->prev != NO_PAGE) {
        arena->pages[page->prev].next = page->next;
    } else {
        *head = page->next;
    }
    if (page->next != NO_PAGE) {
        arena->pages[page->next].prev = page->prev;
    }
}

struct vgpu_arena *vgpu_arena_create(uint64_t max_pages)
{
    struct vgpu_arena *arena = g_new0(struct vgpu_arena, 1);

    arena->max_pages = max_pages;
    arena->space_pages = MIN(max_pages, MAX_SPACE_PAGES / SPACE_FACTOR) *
                         SPACE_FACTOR;
    memset(arena->bins, 0xff, sizeof(arena->bins));
    memset(arena->slabs, 0xff, sizeof(arena->slabs));
    return arena;
}

static size_t space_bytes(const struct vgpu_arena *arena)
{
    return (size_t)arena->space_pages * VGPU_PAGE_BYTES;
}

static size_t table_bytes(const struct vgpu_arena *arena)
{
    return (size_t)arena->space_pages * sizeof(struct page);
}

void vgpu_arena_destroy(struct vgpu_arena *arena)
{
    if (arena && arena->base) {
        munmap(arena->base, space_bytes(arena));
        munmap(arena->pages, table_bytes(arena));
    }
    g_free(arena);
}

static bool reserve(struct vgpu_arena *arena)
{
    void *base = mmap(NULL, space_bytes(arena), PROT_NONE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    void *table;

    if (base == MAP_FAILED) {
        return false;
    }
    table = mmap(NULL, table_bytes(arena), PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (table == MAP_FAILED) {
        munmap(base, space_bytes(arena));
        return false;
    }
    /* A huge page would hold 2 MiB where one page is counted. */
    madvise(base, space_bytes(arena), MADV_NOHUGEPAGE);
    madvise(table, table_bytes(arena), MADV_NOHUGEPAGE);
    arena->base = base;
    arena->pages = table;
    return true;
}

/* Makes pages below @end usable. */
static bool grow(struct vgpu_arena *arena, uint32_t end)
{
    uint8_t *from;
    uint32_t usable;

    if (end <= arena->usable_pages) {
        return true;
    }
    usable = MIN((uint64_t)end + GROW_PAGES - 1, arena->space_pages);
    from = arena->base + (size_t)arena->usable_pages * VGPU_PAGE_BYTES;
    if (mprotect(from, (size_t)(usable - arena->usable_pages) * VGPU_PAGE_BYTES,
                 PROT_READ | PROT_WRITE) < 0) {
        return false;
    }
    arena->usable_pages = usable;
    return true;
}

static void mark_free(struct vgpu_arena *arena, uint32_t index, uint32_t run)
{
    arena->pages[index].state = PAGE_FREE;
    arena->pages[index].run = run;
    arena->pages[index + run - 1].state = PAGE_FREE;
    arena->pages[index + run - 1].run = run;
    list_add(arena, &arena->bins[bin_of(run)], index);
}

static void unmark_free(struct vgpu_arena *arena, uint32_t index)
{
    struct page *first = &arena->pages[index];
    struct page *last = &arena->pages[index + first->run - 1];

    list_remove(arena, &arena->bins[bin_of(first->run)], index);
    last->state = PAGE_NEVER_USED;
    first->state = PAGE_NEVER_USED;
}

/* The first page of a free run of at least @run pages, or NO_PAGE. */
static uint32_t find_free(const struct vgpu_arena *arena, uint32_t run)
{
    uint32_t bin = bin_of(run);
    uint32_t index = arena->bins[bin];

    for (int i = 0; i < BIN_PROBES && index != NO_PAGE; i++) {
        if (arena->pages[index].run >= run) {
            return index;
        }
        index = arena->pages[index].next;
    }
    for (bin++; bin < NUM_BINS; bin++) {
        if (arena->bins[bin] != NO_PAGE) {
            return arena->bins[bin];
        }
    }
    return NO_PAGE;
}

static uint32_t take_pages(struct vgpu_arena *arena, uint32_t run)
{
    uint32_t index = find_free(arena, run);

    if (index != NO_PAGE) {
        uint32_t rest = arena->pages[index].run - run;

        unmark_free(arena, index);
        if (rest) {
            mark_free(arena, index + run, rest);
        }
        return index;
    }
    if (run > arena->space_pages - arena->top ||
        !grow(arena, arena->top + run)) {
        return NO_PAGE;
    }
    index = arena->top;
    arena->top += run;
    return index;
}

static uint32_t alloc_run(struct vgpu_arena *arena, uint64_t run)
{
    uint32_t index;

    if (run > arena->max_pages - arena->held_pages ||
        run > arena->space_pages) {
        return NO_PAGE;
    }
    if (!arena->base && !reserve(arena)) {
        return NO_PAGE;
    }
    index = take_pages(arena, run);
    if (index != NO_PAGE) {
        arena->pages[index].state = PAGE_RUN;
        arena->pages[index].run = run;
        arena->held_pages += run;
    }
    return index;
}

/*
 * Gives pages back, to be zero when they are used again.  Where all of the
 * process is locked into memory (mlockall) there is no giving back.
 */
static void clear_pages(struct vgpu_arena *arena, uint32_t index, uint32_t run)
{
    void *memory = arena->base + (size_t)index * VGPU_PAGE_BYTES;
    size_t bytes = (size_t)run * VGPU_PAGE_BYTES;

    if (madvise(memory, bytes, MADV_DONTNEED) < 0) {
        memset(memory, 0, bytes);
    }
}

static void free_run(struct vgpu_arena *arena, uint32_t index)
{
    uint32_t run = arena->pages[index].run;

    clear_pages(arena, index, run);
    arena->held_pages -= run;
    arena->pages[index].state = PAGE_NEVER_USED;
    if (index > 0 && arena->pages[index - 1].state == PAGE_FREE) {
        uint32_t before = arena->pages[index - 1].run;

        index -= before;
        run += before;
        unmark_free(arena, index);
    }
    if (index + run < arena->top &&
        arena->pages[index + run].state == PAGE_FREE) {
        uint32_t after = arena->pages[index + run].run;

        unmark_free(arena, index + run);
        run += after;
    }
    if (index + run == arena->top) {
        arena->top = index;
    } else {
        mark_free(arena, index, run);
    }
}

static uint32_t class_of(size_t bytes)
{
    uint32_t class = 0;

    while (class_bytes[class] < bytes) {
        class++;
    }
    return class;
}

static uint32_t objects_per_page(uint32_t class)
{
    return VGPU_PAGE_BYTES / class_bytes[class];
}

static bool slab_is_full(const struct page *page)
{
    return (uint32_t)__builtin_popcountll(page->objects) ==
           objects_per_page(page->class);
}

static void *alloc_object(struct vgpu_arena *arena, uint32_t class)
{
    uint32_t index = arena->slabs[class];
    struct page *page;
    uint32_t object;
    uint8_t *memory;

    if (index == NO_PAGE) {
        index = alloc_run(arena, 1);
        if (index == NO_PAGE) {
            return NULL;
        }
        page = &arena->pages[index];
        page->state = PAGE_SLAB;
        page->class = class;
        page->objects = 0;
        list_add(arena, &arena->slabs[class], index);
    }
    page = &arena->pages[index];
    object = __builtin_ctzll(~page->objects);
    page->objects |= (uint64_t)1 << object;
    if (slab_is_full(page)) {
        list_remove(arena, &arena->slabs[class], index);
    }
    memory = arena->base + (size_t)index * VGPU_PAGE_BYTES +
             (size_t)object * class_bytes[class];
    memset(memory, 0, class_bytes[class]);
    return memory;
}

static void free_object(struct vgpu_arena *arena, uint32_t index, size_t offset)
{
    struct page *page = &arena->pages[index];
    uint32_t object = offset / class_bytes[page->class];

    assert(page->objects & (uint64_t)1 << object);
    if (slab_is_full(page)) {
        list_add(arena, &arena->slabs[page->class], index);
    }
    page->objects &= ~((uint64_t)1 << object);
    if (page->objects == 0) {
        list_remove(arena, &arena->slabs[page->class], index);
        free_run(arena, index);
    }
}

static uint64_t pages_of(size_t bytes)
{
    return bytes / VGPU_PAGE_BYTES + (bytes % VGPU_PAGE_BYTES != 0);
}

uint64_t vgpu_arena_pages_for(const struct vgpu_arena *arena, size_t bytes)
{
    if (bytes > SMALL_MAX) {
        return pages_of(bytes);
    }
    return arena->slabs[class_of(bytes)] == NO_PAGE;
}

void *vgpu_arena_alloc(struct vgpu_arena *arena, size_t bytes)
{
    uint32_t index;

    if (bytes <= SMALL_MAX) {
        return alloc_object(arena, class_of(bytes));
    }
    index = alloc_run(arena, pages_of(bytes));
    if (index == NO_PAGE) {
        return NULL;
    }
    return arena->base + (size_t)index * VGPU_PAGE_BYTES;
}

void vgpu_arena_free(struct vgpu_arena *arena, void *memory)
{
    size_t offset = (uint8_t *)memory - arena->base;
    uint32_t index = offset / VGPU_PAGE_BYTES;

    if (arena->pages[index].state == PAGE_SLAB) {
        free_object(arena, index, offset % VGPU_PAGE_BYTES);
    } else {
        assert(arena->pages[index].state == PAGE_RUN);
        free_run(arena, index);
    }
}

uint64_t vgpu_arena_pages(const struct vgpu_arena *arena)
{
    return arena->held_pages;
}
