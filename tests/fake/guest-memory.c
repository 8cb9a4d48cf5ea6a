/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "guest-memory.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <glib.h>

#define PAGE_BYTES 4096u

/* The guest's address of the first byte. */
#define BASE 0x40000000u

struct mapping {
    uint64_t offset;
    uint64_t bytes;
    uint64_t write;
};

struct guest_memory {
    int fd;
    uint64_t bytes;
    uint64_t used;              /* from the beginning */
    uint8_t *cpu;               /* the tests' view */
    uint8_t *device;            /* PROT_NONE or PROT_READ */
    bool *present;              /* by page: there is memory */
    uint32_t *mapped;           /* by page: mappings over it */
    uint32_t *writable;         /* by page: those of them that may write */
    bool *read_only;            /* by page */
    uint64_t *region;           /* by page: number of the device's, 0: none */
    bool *revoked;              /* by page */
    uint64_t longest;
    GHashTable *mappings;       /* struct mapping to their number */
    unsigned num_mappings;
    uint64_t num_maps;
};

static guint mapping_hash(const void *key)
{
    const struct mapping *mapping = key;

    return g_int64_hash(&mapping->offset) ^ (guint)mapping->bytes;
}

static gboolean mapping_equal(const void *a, const void *b)
{
    return memcmp(a, b, sizeof(struct mapping)) == 0;
}

static uint8_t *map_view(const struct guest_memory *memory, int prot)
{
    void *view = mmap(NULL, memory->bytes, prot, MAP_SHARED | MAP_NORESERVE,
                      memory->fd, 0);

    g_assert(view != MAP_FAILED);
    return view;
}

struct guest_memory *guest_memory_create(uint64_t bytes)
{
    struct guest_memory *memory = g_new0(struct guest_memory, 1);

    memory->bytes = bytes;
    memory->fd = memfd_create("fake-guest", MFD_CLOEXEC);
    g_assert(memory->fd >= 0 && ftruncate(memory->fd, bytes) == 0);
    memory->cpu = map_view(memory, PROT_READ | PROT_WRITE);
    memory->device = map_view(memory, PROT_NONE);
    memory->present = g_new0(bool, bytes / PAGE_BYTES);
    memory->mapped = g_new0(uint32_t, bytes / PAGE_BYTES);
    memory->writable = g_new0(uint32_t, bytes / PAGE_BYTES);
    memory->read_only = g_new0(bool, bytes / PAGE_BYTES);
    memory->region = g_new0(uint64_t, bytes / PAGE_BYTES);
    memory->revoked = g_new0(bool, bytes / PAGE_BYTES);
    memory->mappings = g_hash_table_new_full(mapping_hash, mapping_equal,
                                             g_free, NULL);
    return memory;
}

void guest_memory_destroy(struct guest_memory *memory)
{
    munmap(memory->cpu, memory->bytes);
    munmap(memory->device, memory->bytes);
    close(memory->fd);
    g_free(memory->present);
    g_free(memory->mapped);
    g_free(memory->writable);
    g_free(memory->read_only);
    g_free(memory->region);
    g_free(memory->revoked);
    g_hash_table_unref(memory->mappings);
    g_free(memory);
}

void guest_memory_clear(struct guest_memory *memory)
{
    uint64_t pages = memory->used / PAGE_BYTES;

    fallocate(memory->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0,
              memory->bytes);
    mprotect(memory->device, memory->bytes, PROT_NONE);
    memset(memory->present, 0, pages * sizeof(memory->present[0]));
    memset(memory->mapped, 0, pages * sizeof(memory->mapped[0]));
    memset(memory->writable, 0, pages * sizeof(memory->writable[0]));
    memset(memory->read_only, 0, pages * sizeof(memory->read_only[0]));
    memset(memory->region, 0, pages * sizeof(memory->region[0]));
    memset(memory->revoked, 0, pages * sizeof(memory->revoked[0]));
    g_hash_table_remove_all(memory->mappings);
    memory->used = 0;
    memory->longest = 0;
    memory->num_mappings = 0;
    memory->num_maps = 0;
}

uint64_t guest_memory_alloc(struct guest_memory *memory, uint64_t bytes,
                            bool is_memory)
{
    uint64_t pages = (bytes + PAGE_BYTES - 1) / PAGE_BYTES;
    uint64_t first = memory->used / PAGE_BYTES;

    if ((pages + 1) * PAGE_BYTES > memory->bytes - memory->used) {
        return 0;
    }
    for (uint64_t i = 0; is_memory && i < pages; i++) {
        memory->present[first + i] = true;
    }
    memory->used += (pages + 1) * PAGE_BYTES;
    return BASE + first * PAGE_BYTES;
}

uint8_t *guest_memory_pointer(struct guest_memory *memory, uint64_t addr,
                              uint64_t bytes)
{
    g_assert(addr >= BASE && bytes <= memory->used &&
             addr - BASE <= memory->used - bytes);
    return memory->cpu + (addr - BASE);
}

/* How much memory there is in one piece from @offset on. */
static uint64_t present_bytes(const struct guest_memory *memory,
                              uint64_t offset, uint64_t wanted, bool write)
{
    uint64_t found = 0;

    while (found < wanted && offset + found < memory->used &&
           memory->present[(offset + found) / PAGE_BYTES] &&
           !(write && memory->read_only[(offset + found) / PAGE_BYTES])) {
        found += PAGE_BYTES - (offset + found) % PAGE_BYTES;
    }
    return MIN(found, wanted);
}

static int protection(const struct guest_memory *memory, uint64_t page)
{
    return memory->writable[page] ? PROT_READ | PROT_WRITE
           : memory->mapped[page] ? PROT_READ : PROT_NONE;
}

/* Runs of pages that change are made accessible, or not, in one call each. */
static void change_pages(struct guest_memory *memory,
                         const struct mapping *mapping, int step)
{
    uint64_t page = mapping->offset / PAGE_BYTES;
    uint64_t last = (mapping->offset + mapping->bytes - 1) / PAGE_BYTES;
    uint64_t run = 0;
    int run_after = 0;

    for (; page <= last; page++) {
        int before = protection(memory, page);
        int after;

        memory->mapped[page] += step;
        memory->writable[page] += mapping->write ? step : 0;
        after = protection(memory, page);
        if (run && (after == before || after != run_after)) {
            mprotect(memory->device + (page - run) * PAGE_BYTES,
                     run * PAGE_BYTES, run_after);
            run = 0;
        }
        run += after != before;
        run_after = after;
    }
    if (run) {
        mprotect(memory->device + (page - run) * PAGE_BYTES, run * PAGE_BYTES,
                 run_after);
    }
}

void *guest_memory_map(struct guest_memory *memory, uint64_t addr,
                       uint64_t *bytes, bool write)
{
    struct mapping mapping = { .offset = addr - BASE, .write = write };
    uintptr_t number;

    if (addr < BASE || mapping.offset >= memory->used) {
        return NULL;
    }
    mapping.bytes = present_bytes(memory, mapping.offset, *bytes, write);
    if (memory->longest && mapping.bytes > memory->longest) {
        mapping.bytes = memory->longest;
    }
    if (mapping.bytes == 0) {
        return NULL;
    }
    change_pages(memory, &mapping, 1);
    number = (uintptr_t)g_hash_table_lookup(memory->mappings, &mapping);
    g_hash_table_insert(memory->mappings, g_memdup2(&mapping, sizeof(mapping)),
                        (void *)(number + 1));
    memory->num_mappings++;
    memory->num_maps++;
    *bytes = mapping.bytes;
    return memory->device + mapping.offset;
}

void guest_memory_unmap(struct guest_memory *memory, const void *pointer,
                        uint64_t bytes, bool write)
{
    struct mapping mapping = {
        .offset = (const uint8_t *)pointer - memory->device,
        .bytes = bytes,
        .write = write,
    };
    uintptr_t number = (uintptr_t)g_hash_table_lookup(memory->mappings,
                                                      &mapping);

    g_assert(number > 0);
    g_hash_table_insert(memory->mappings, g_memdup2(&mapping, sizeof(mapping)),
                        (void *)(number - 1));
    change_pages(memory, &mapping, -1);
    memory->num_mappings--;
}

/* A region's number is its first page's, plus 1; as a pointer it means nothing. */
uint64_t guest_memory_alloc_device(struct guest_memory *memory, uint64_t bytes)
{
    uint64_t addr = guest_memory_alloc(memory, bytes, false);
    uint64_t first = (addr - BASE) / PAGE_BYTES;

    if (addr) {
        for (uint64_t at = 0; at < bytes; at += PAGE_BYTES) {
            memory->region[first + at / PAGE_BYTES] = first + 1;
        }
    }
    return addr;
}

bool guest_memory_find_device(struct guest_memory *memory, uint64_t addr,
                              uint64_t bytes, struct vgpu_device_piece *piece)
{
    uint64_t offset = addr - BASE;
    uint64_t found = 0;
    uint64_t region;

    if (addr < BASE || offset >= memory->used ||
        !memory->region[offset / PAGE_BYTES]) {
        return false;
    }
    region = memory->region[offset / PAGE_BYTES];
    while (found < bytes &&
           memory->region[(offset + found) / PAGE_BYTES] == region) {
        found += PAGE_BYTES - (offset + found) % PAGE_BYTES;
    }
    *piece = (struct vgpu_device_piece) {
        .region = (void *)(uintptr_t)region,
        .offset = offset - (region - 1) * PAGE_BYTES,
        .bytes = MIN(found, bytes),
    };
    if (memory->longest && piece->bytes > memory->longest) {
        piece->bytes = memory->longest;
    }
    memory->num_mappings++;
    return true;
}

void guest_memory_release_device(struct guest_memory *memory, void *region)
{
    g_assert(region && memory->num_mappings > 0);
    memory->num_mappings--;
}

bool guest_memory_read_device(struct guest_memory *memory, void *region,
                              uint64_t offset, void *dest, uint64_t bytes)
{
    uint64_t number = (uintptr_t)region;
    uint64_t first = (number - 1) * PAGE_BYTES + offset;

    g_assert(memory->num_mappings > 0);
    for (uint64_t at = first / PAGE_BYTES; at * PAGE_BYTES < first + bytes;
         at++) {
        g_assert_cmpuint(memory->region[at], ==, number);
        if (memory->revoked[at]) {
            return false;
        }
    }
    memcpy(dest, memory->cpu + first, bytes);
    return true;
}

void guest_memory_set_revoked(struct guest_memory *memory, uint64_t addr,
                              uint64_t bytes, bool revoked)
{
    uint64_t first = (addr - BASE) / PAGE_BYTES;

    for (uint64_t i = 0; i < (bytes + PAGE_BYTES - 1) / PAGE_BYTES; i++) {
        memory->revoked[first + i] = revoked;
    }
}

uint64_t guest_memory_offset(const struct guest_memory *memory,
                             const void *pointer)
{
    return (uint64_t)((const uint8_t *)pointer - memory->device);
}

void guest_memory_set_read_only(struct guest_memory *memory, uint64_t addr,
                                uint64_t bytes)
{
    uint64_t first = (addr - BASE) / PAGE_BYTES;

    for (uint64_t i = 0; i < (bytes + PAGE_BYTES - 1) / PAGE_BYTES; i++) {
        memory->read_only[first + i] = true;
    }
}

void guest_memory_set_longest(struct guest_memory *memory, uint64_t bytes)
{
    memory->longest = bytes;
}

void guest_memory_set_present(struct guest_memory *memory, uint64_t addr,
                              uint64_t bytes, bool present)
{
    uint64_t first = (addr - BASE) / PAGE_BYTES;

    for (uint64_t i = 0; i < bytes / PAGE_BYTES; i++) {
        memory->present[first + i] = present;
    }
}

unsigned guest_memory_num_mappings(const struct guest_memory *memory)
{
    return memory->num_mappings;
}

uint64_t guest_memory_num_maps(const struct guest_memory *memory)
{
    return memory->num_maps;
}
