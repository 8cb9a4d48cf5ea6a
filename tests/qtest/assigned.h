/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A PCI device of this machine that the guest got by VFIO, and its first BAR
 * as this process sees it: what a GPU would have drawn is written there.  For
 * programs that tests/vfio/run.py starts where such devices are; it names them
 * in QTEST_VFIO, by their addresses.  Lives as long as its guest; one thread.
 */
#ifndef TESTS_QTEST_ASSIGNED_H
#define TESTS_QTEST_ASSIGNED_H

#include "pci.h"

/* All of it is pinned when QEMU starts, which takes its time in an emulator. */
#define ASSIGNED_RAM_MIB 32

struct assigned {
    struct pci_function *pci;
    const char *address;        /* here, as sysfs spells it */
    uint8_t *memory;            /* BAR 0, and where the guest has it: */
    uint64_t base, bytes;
};

/* The address of the @number-th; skips the case when there is none. */
const char *assigned_address(unsigned number);

/*
 * Arguments that assign the @number-th as "assigned@number"; it is device 0x10 +
 * @number of the guest.  To be freed.
 */
char *assigned_arguments(unsigned number);

/* Its memory BARs are mapped, and BAR 0 is zeroed. */
struct assigned *assigned_of(struct guest *guest, unsigned number);

/* How many file descriptors of QEMU's are dma-bufs of this exporter. */
unsigned assigned_dmabufs(struct guest *guest, const char *exporter);

/* Whether the kernel hands out dma-bufs of a device's memory. */
bool assigned_exports(void);

/* QEMU has @num of those, or none on a kernel that has none to hand out. */
void assigned_expect_dmabufs(struct guest *guest, unsigned num,
                             const char *when);

#endif
