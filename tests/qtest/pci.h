/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A PCI function: configuration space, base address registers, capabilities,
 * MSI-X.  Lives as long as its guest; one thread.
 */
#ifndef TESTS_QTEST_PCI_H
#define TESTS_QTEST_PCI_H

#include <stdbool.h>
#include <stdint.h>

#include "guest.h"

#define PCI_NUM_BARS 6
#define PCI_MAX_VECTORS 8

struct pci_function {
    struct guest *guest;
    int devfn;                  /* with the bus number from bit 8 up */
    uint64_t bar[PCI_NUM_BARS]; /* address, 0: not mapped or none */
    uint64_t bar_bytes[PCI_NUM_BARS];
    bool msix;
    uint64_t msix_table;        /* address */
    uint64_t mailbox;           /* of messages, see pci_msix_enable() */
};

/*
 * The @number-th virtio-gpu of the guest, from 0, with its memory BARs mapped
 * and bus mastering on.  Ends the case when there is none.
 */
struct pci_function *pci_find_gpu(struct guest *guest, unsigned number);

/* The function at @devfn; nothing is mapped. */
struct pci_function *pci_at(struct guest *guest, int devfn);

void pci_map_bars(struct pci_function *pci);

/* To @addr, or with 0 to where nobody is; what is decoded meanwhile is the caller's. */
void pci_move_bar(struct pci_function *pci, unsigned i, uint64_t addr);

/* Of @bytes 1, 2 or 4. */
uint32_t pci_config_read(struct pci_function *pci, unsigned offset,
                         unsigned bytes);
void pci_config_write(struct pci_function *pci, unsigned offset,
                      unsigned bytes, uint32_t value);

/* Next capability of this id after @previous, 0 to start; 0 when none. */
unsigned pci_next_capability(struct pci_function *pci, unsigned id,
                             unsigned previous);

/* Sets or clears bits of the command register. */
void pci_command(struct pci_function *pci, uint16_t bits, bool on);

/*
 * Turns MSI-X on.  Vector i then writes the value i + 1 to a word of guest
 * RAM, which pci_msix_count() looks at.
 */
void pci_msix_enable(struct pci_function *pci);
unsigned pci_msix_table_size(struct pci_function *pci);

/*
 * Whether a message of @vector came since the last call.  Waits for nothing:
 * see guest_settle() where the device has to be given time.
 */
bool pci_msix_taken(struct pci_function *pci, unsigned vector);

#endif
