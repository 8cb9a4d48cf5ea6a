/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * QEMU's intel-iommu, as a driver of its own: one domain for one device, a
 * three-level second-level table (VT-d 3.x, 3.4 and 9.3, legacy mode).  DMA
 * address VTD_BASE + x is guest address x; nothing else is mapped, so that a
 * device which does not translate is noticed.  Lives as long as its guest.
 */
#ifndef TESTS_QTEST_VTD_H
#define TESTS_QTEST_VTD_H

#include "pci.h"

#define VTD_BASE  (1ull << 30)
#define VTD_READ  1
#define VTD_WRITE 2

struct vtd;

/*
 * Turns translation on for the device, on a guest that nobody allocated from
 * yet; the guest was started with "-device intel-iommu" on a q35.  From now
 * on the guest's RAM has other DMA addresses.
 */
struct vtd *vtd_enable(struct pci_function *pci);

/* Gives a range of DMA addresses these rights, 0: none. */
void vtd_protect(struct vtd *vtd, uint64_t addr, uint64_t bytes, int rights);

/* DMA addresses from @addr up reach the memory of those from @other up. */
void vtd_remap(struct vtd *vtd, uint64_t addr, uint64_t other, uint64_t bytes);

/*
 * After guest_ram_clear(): the tables were in RAM, too.  Everything is mapped
 * again, the same memory is taken for it.
 */
void vtd_restore(struct vtd *vtd);

/* Whether a DMA was refused since the last call. */
bool vtd_take_fault(struct vtd *vtd);

#endif
