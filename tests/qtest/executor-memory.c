/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "executor-memory.h"

#include "hw/pci/pci_regs.h"
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

void executor_memory_assign(struct executor_memory *memory,
                            struct guest *guest)
{
    for (unsigned i = 0; i < EXECUTOR_NUM_ASSIGNED; i++) {
        memory->regions[i] = (struct executor_region){
            .assigned = assigned_of(guest, i),
        };
    }
    guest_expect_noise(guest, "virtio-gpu: memory of vfio-pci device");
    guest_expect_noise(guest, "virtio-gpu: no dma-buf of a buffer");
}

void executor_memory_begin(struct executor_memory *memory, struct gpu *gpu)
{
    memory->gpu = gpu;
    memory->ram_end = gpu->guest->dma_base + gpu->guest->ram_bytes;
    memory->next_rom = ROM_FIRST;
    memory->next_hole = HOLE_FIRST;
    for (unsigned i = 0; i < EXECUTOR_NUM_ASSIGNED; i++) {
        struct executor_region *region = &memory->regions[i];

        region->bytes = 0;
        if (region->assigned) {
            pci_command(region->assigned->pci, PCI_COMMAND_MEMORY, true);
        }
    }
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

/* At the end of a BAR: a script can leave it by an entry that is too long. */
static uint64_t take_device(struct executor_memory *memory, uint64_t bytes)
{
    bytes = ROUND_UP(bytes, GUEST_PAGE);
    for (unsigned i = 0; i < EXECUTOR_NUM_ASSIGNED; i++) {
        struct executor_region *region = &memory->regions[i];
        struct assigned *assigned = region->assigned;

        if (!assigned || region->bytes || bytes > assigned->bytes) {
            continue;
        }
        region->bytes = bytes;
        region->addr = assigned->base + assigned->bytes - bytes;
        memset(assigned->memory + assigned->bytes - bytes, 0, bytes);
        if (memory->gpu->vtd) {
            uint64_t other = VTD_BASE + region->addr;

            region->addr = take_ram(memory, bytes);
            vtd_remap(memory->gpu->vtd, region->addr, other, bytes);
        }
        return region->addr;
    }
    return 0;
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
        return take_device(memory, bytes);
    }
    return 0;
}

static bool is_ram(const struct executor_memory *memory, uint64_t addr,
                   size_t bytes)
{
    const struct guest *guest = memory->gpu->guest;

    return addr - guest->dma_base + bytes <= guest->ram_bytes;
}

static struct executor_region *find_region(struct executor_memory *memory,
                                           uint64_t addr)
{
    for (unsigned i = 0; i < EXECUTOR_NUM_ASSIGNED; i++) {
        struct executor_region *region = &memory->regions[i];

        if (addr - region->addr < region->bytes) {
            return region;
        }
    }
    return NULL;
}

/* Where memory of the guest is in this process; NULL: nowhere. */
static void *find(struct executor_memory *memory, uint64_t addr, size_t bytes)
{
    struct executor_region *region = find_region(memory, addr);

    if (region) {
        return region->assigned->memory + region->assigned->bytes -
               region->bytes + (addr - region->addr);
    }
    return is_ram(memory, addr, bytes)
           ? guest_memory(memory->gpu->guest, addr, bytes) : NULL;
}

void executor_memory_write(struct executor_memory *memory, uint64_t addr,
                           const void *data, size_t bytes)
{
    void *here = find(memory, addr, bytes);

    if (here) {
        memcpy(here, data, bytes);
    } else {
        qtest_memwrite(memory->gpu->guest->qts, addr, data, bytes);
    }
}

void executor_memory_read(struct executor_memory *memory, uint64_t addr,
                          void *data, size_t bytes)
{
    const void *here = find(memory, addr, bytes);

    if (here) {
        memcpy(data, here, bytes);
    } else {
        qtest_memread(memory->gpu->guest->qts, addr, data, bytes);
    }
}

void executor_memory_revoke(struct executor_memory *memory, uint64_t addr,
                            bool off)
{
    struct executor_region *region = find_region(memory, addr);

    expect_true(region, "no device's memory at 0x%" PRIx64, addr);
    pci_command(region->assigned->pci, PCI_COMMAND_MEMORY, !off);
}
