/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "executor-memory.h"

#include "harness.h"
#include "libqtest.h"
#include "vtd.h"

/* Expansion ROM space of the i440fx: shadow RAM that can be made read-only. */
#define ROM_FIRST  0xc0000u
#define ROM_END    0xf0000u
#define PAM_FIRST  0x5a         /* of the host bridge, 16 KiB a nibble */
#define PAM_LAST   0x5f
#define PAM_READ   0x11         /* reads from RAM, writes to PCI */

/* Above any RAM of the tests, below the PCI devices. */
#define HOLE_FIRST 0x90000000u
#define HOLE_END   0xa0000000u

void executor_memory_begin(struct executor_memory *memory, struct gpu *gpu)
{
    memory->gpu = gpu;
    memory->ram_end = gpu->guest->dma_base + gpu->guest->ram_bytes;
    memory->next_rom = ROM_FIRST;
    memory->next_hole = HOLE_FIRST;
}

static uint64_t take(uint64_t *next, uint64_t end, uint64_t bytes)
{
    uint64_t addr = *next;

    bytes = ROUND_UP(bytes, GUEST_PAGE);
    if (bytes > end - addr) {
        return 0;
    }
    *next += bytes;
    return addr;
}

/*
 * Behind the first range of a case there is nothing, so that a script can
 * leave memory by an entry that is too long.
 */
static uint64_t take_ram(struct executor_memory *memory, uint64_t bytes)
{
    bytes = ROUND_UP(bytes, GUEST_PAGE);
    if (bytes > memory->ram_end - memory->gpu->guest->next_free) {
        return 0;
    }
    memory->ram_end -= bytes;
    return memory->ram_end;
}

static uint64_t take_rom(struct executor_memory *memory, uint64_t bytes)
{
    struct pci_function bridge = { .guest = memory->gpu->guest };
    uint64_t addr;

    if (memory->gpu->vtd) {
        addr = take_ram(memory, bytes);
        vtd_protect(memory->gpu->vtd, addr, bytes, VTD_READ);
        return addr;
    }
    addr = take(&memory->next_rom, ROM_END, bytes);
    for (unsigned reg = PAM_FIRST; reg <= PAM_LAST; reg++) {
        pci_config_write(&bridge, reg, 1, PAM_READ);
    }
    return addr;
}

uint64_t executor_memory_get(struct executor_memory *memory, uint64_t bytes,
                             enum script_memory kind)
{
    switch (kind) {
    case SCRIPT_MEMORY_RAM:
        return take_ram(memory, bytes);
    case SCRIPT_MEMORY_ROM:
        return take_rom(memory, bytes);
    case SCRIPT_MEMORY_HOLE:
        return take(&memory->next_hole, HOLE_END, bytes);
    case SCRIPT_MEMORY_MMIO:
        return bytes <= memory->gpu->pci->device_bytes ?
               memory->gpu->pci->device : 0;
    case SCRIPT_MEMORY_DEVICE:
        /* It takes VFIO: tests/vfio. */
        return 0;
    }
    return 0;
}

static bool is_ram(const struct executor_memory *memory, uint64_t addr,
                   size_t bytes)
{
    const struct guest *guest = memory->gpu->guest;

    return addr - guest->dma_base + bytes <= guest->ram_bytes;
}

void executor_memory_write(struct executor_memory *memory, uint64_t addr,
                           const void *data, size_t bytes)
{
    struct guest *guest = memory->gpu->guest;

    if (is_ram(memory, addr, bytes)) {
        memcpy(guest_memory(guest, addr, bytes), data, bytes);
    } else {
        qtest_memwrite(guest->qts, addr, data, bytes);
    }
}

void executor_memory_read(struct executor_memory *memory, uint64_t addr,
                          void *data, size_t bytes)
{
    struct guest *guest = memory->gpu->guest;

    if (is_ram(memory, addr, bytes)) {
        memcpy(data, guest_memory(guest, addr, bytes), bytes);
    } else {
        qtest_memread(guest->qts, addr, data, bytes);
    }
}
