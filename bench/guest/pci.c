/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "pci.h"

#include "cpu.h"

#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA 0xcfc

#define COMMAND 0x04
#define COMMAND_MEMORY 0x2
#define COMMAND_MASTER 0x4
#define BAR0 0x10
#define BAR_IO 0x1
#define BAR_64BIT 0x4
#define CAPABILITIES 0x34

/* Between the RAM and the local APIC nothing else decodes. */
#define FIRST_ADDRESS 0xe0000000

uint32_t pci_read32(const struct pci_function *f, unsigned offset)
{
    out32(CONFIG_ADDRESS, 0x80000000 | f->devfn << 8 | (offset & 0xfc));
    return in32(CONFIG_DATA);
}

uint8_t pci_read8(const struct pci_function *f, unsigned offset)
{
    return (uint8_t)(pci_read32(f, offset) >> (offset & 3) * 8);
}

void pci_write32(const struct pci_function *f, unsigned offset,
                 uint32_t value)
{
    out32(CONFIG_ADDRESS, 0x80000000 | f->devfn << 8 | (offset & 0xfc));
    out32(CONFIG_DATA, value);
}

bool pci_find(struct pci_function *f, uint16_t vendor, uint16_t device)
{
    for (f->devfn = 0; f->devfn < 256; f->devfn++) {
        if (pci_read32(f, 0) == ((uint32_t)device << 16 | vendor)) {
            return true;
        }
    }
    return false;
}

void pci_enable(struct pci_function *f)
{
    uint32_t next = FIRST_ADDRESS;

    for (unsigned i = 0; i < 6; i++) {
        unsigned offset = BAR0 + i * 4;
        uint32_t size, flags;

        f->bar[i] = 0;
        pci_write32(f, offset, 0xffffffff);
        flags = pci_read32(f, offset) & 0xf;
        size = -(pci_read32(f, offset) & ~0xfu);
        if (size == 0 || flags & BAR_IO) {
            continue;
        }
        f->bar[i] = (next + size - 1) & -size;
        next = f->bar[i] + size;
        pci_write32(f, offset, f->bar[i]);
        if (flags & BAR_64BIT) {
            f->bar[++i] = 0;
            pci_write32(f, BAR0 + i * 4, 0);
        }
    }
    pci_write32(f, COMMAND, COMMAND_MEMORY | COMMAND_MASTER);
}

unsigned pci_next_capability(const struct pci_function *f, uint8_t id,
                             unsigned offset)
{
    offset = pci_read8(f, offset ? offset + 1 : CAPABILITIES);
    while (offset && pci_read8(f, offset) != id) {
        offset = pci_read8(f, offset + 1);
    }
    return offset;
}
