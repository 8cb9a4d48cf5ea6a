/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * One function of PCI bus 0.  Nobody has set anything up: there is no
 * firmware, so memory BARs are given addresses here.
 */
#ifndef BENCH_GUEST_PCI_H
#define BENCH_GUEST_PCI_H

#include <stdbool.h>
#include <stdint.h>

#define PCI_CAP_VENDOR 0x09
#define PCI_CAP_MSIX 0x11

struct pci_function {
    uint32_t devfn;
    uint32_t bar[6];        /* address; 0: none, or the high half of one */
};

/* False when no function of bus 0 has these ids. */
bool pci_find(struct pci_function *f, uint16_t vendor, uint16_t device);

/* Gives addresses to memory BARs, enables them and bus mastering. */
void pci_enable(struct pci_function *f);

uint32_t pci_read32(const struct pci_function *f, unsigned offset);
uint8_t pci_read8(const struct pci_function *f, unsigned offset);
void pci_write32(const struct pci_function *f, unsigned offset,
                 uint32_t value);

/*
 * Offset of the capability with @id behind the one at @offset, 0 for the
 * first one.  Returns 0 when there is no further one.
 */
unsigned pci_next_capability(const struct pci_function *f, uint8_t id,
                             unsigned offset);

#endif
