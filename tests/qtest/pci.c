/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "hw/pci/pci_regs.h"
#include "libqtest.h"
#include "libqos/pci.h"
#include "pci.h"
#include "harness.h"

#define VENDOR_REDHAT_QUMRANET 0x1af4
#define DEVICE_VIRTIO_GPU      0x1050
#define MMIO_FIRST             0xe0000000u
#define MMIO_END               0xfe000000u

struct pci_function *pci_at(struct guest *guest, int devfn)
{
    struct pci_function *pci = g_new0(struct pci_function, 1);

    pci->guest = guest;
    pci->devfn = devfn;
    guest_at_stop(guest, g_free, pci);
    return pci;
}

uint32_t pci_config_read(struct pci_function *pci, unsigned offset,
                         unsigned bytes)
{
    QPCIBus *bus = pci->guest->pci;

    switch (bytes) {
    case 1:
        return bus->config_readb(bus, pci->devfn, offset);
    case 2:
        return bus->config_readw(bus, pci->devfn, offset);
    default:
        return bus->config_readl(bus, pci->devfn, offset);
    }
}

void pci_config_write(struct pci_function *pci, unsigned offset,
                      unsigned bytes, uint32_t value)
{
    QPCIBus *bus = pci->guest->pci;

    switch (bytes) {
    case 1:
        bus->config_writeb(bus, pci->devfn, offset, value);
        break;
    case 2:
        bus->config_writew(bus, pci->devfn, offset, value);
        break;
    default:
        bus->config_writel(bus, pci->devfn, offset, value);
        break;
    }
}

void pci_command(struct pci_function *pci, uint16_t bits, bool on)
{
    uint16_t command = pci_config_read(pci, PCI_COMMAND, 2);

    pci_config_write(pci, PCI_COMMAND, 2,
                     on ? command | bits : command & ~bits);
}

/* Address space for BARs is handed out by QPCIBus, one cursor a machine. */
static uint64_t take_mmio(QPCIBus *bus, uint64_t bytes)
{
    uint64_t addr = ROUND_UP(MAX(bus->mmio_alloc_ptr, MMIO_FIRST), bytes);

    expect_true(addr + bytes <= MMIO_END, "no room for a BAR of %" PRIu64,
                bytes);
    bus->mmio_alloc_ptr = addr + bytes;
    return addr;
}

static bool is_wide(uint32_t bar)
{
    return (bar & PCI_BASE_ADDRESS_MEM_TYPE_MASK) ==
           PCI_BASE_ADDRESS_MEM_TYPE_64;
}

void pci_move_bar(struct pci_function *pci, unsigned i, uint64_t addr)
{
    unsigned reg = PCI_BASE_ADDRESS_0 + i * 4;

    pci->bar[i] = addr ?: take_mmio(pci->guest->pci, pci->bar_bytes[i]);
    pci_config_write(pci, reg, 4, pci->bar[i]);
    if (is_wide(pci_config_read(pci, reg, 4))) {
        pci_config_write(pci, reg + 4, 4, pci->bar[i] >> 32);
    }
}

static bool map_bar(struct pci_function *pci, unsigned i)
{
    unsigned reg = PCI_BASE_ADDRESS_0 + i * 4;
    uint32_t type, mask;

    pci_config_write(pci, reg, 4, UINT32_MAX);
    mask = pci_config_read(pci, reg, 4);
    type = mask & 0xf;
    mask &= ~0xfu;
    if (!mask || (type & PCI_BASE_ADDRESS_SPACE_IO)) {
        pci_config_write(pci, reg, 4, 0);
        return false;
    }
    pci->bar_bytes[i] = mask & -mask;
    pci_move_bar(pci, i, 0);
    return is_wide(type);
}

void pci_map_bars(struct pci_function *pci)
{
    for (unsigned i = 0; i < PCI_NUM_BARS; i++) {
        if (map_bar(pci, i)) {
            i++;                /* the next register is the upper half */
        }
    }
    pci_command(pci, PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER,
                true);
}

struct pci_function *pci_find_gpu(struct guest *guest, unsigned number)
{
    for (int devfn = 0; devfn < 256; devfn += 8) {
        struct pci_function probe = { .guest = guest, .devfn = devfn };
        struct pci_function *pci;

        if (pci_config_read(&probe, PCI_VENDOR_ID, 2) !=
            VENDOR_REDHAT_QUMRANET ||
            pci_config_read(&probe, PCI_DEVICE_ID, 2) != DEVICE_VIRTIO_GPU ||
            number-- > 0) {
            continue;
        }
        pci = pci_at(guest, devfn);
        pci_map_bars(pci);
        return pci;
    }
    harness_fail("no virtio-gpu on the PCI bus");
}

unsigned pci_next_capability(struct pci_function *pci, unsigned id,
                             unsigned previous)
{
    unsigned at = pci_config_read(pci, previous ? previous + 1 :
                                  PCI_CAPABILITY_LIST, 1) & ~3u;

    for (unsigned steps = 0; at && steps < 48; steps++) {
        if (pci_config_read(pci, at, 1) == id) {
            return at;
        }
        at = pci_config_read(pci, at + 1, 1) & ~3u;
    }
    return 0;
}

static unsigned msix_capability(struct pci_function *pci)
{
    unsigned at = pci_next_capability(pci, PCI_CAP_ID_MSIX, 0);

    expect_true(at, "no MSI-X capability");
    return at;
}

unsigned pci_msix_table_size(struct pci_function *pci)
{
    return (pci_config_read(pci, msix_capability(pci) + PCI_MSIX_FLAGS, 2) &
            PCI_MSIX_FLAGS_QSIZE) + 1;
}

static void point_vector(struct pci_function *pci, unsigned vector)
{
    uint64_t entry = pci->msix_table + vector * PCI_MSIX_ENTRY_SIZE;
    QTestState *qts = pci->guest->qts;

    qtest_writel(qts, entry + PCI_MSIX_ENTRY_LOWER_ADDR,
                 pci->mailbox + vector * 4);
    qtest_writel(qts, entry + PCI_MSIX_ENTRY_UPPER_ADDR, 0);
    qtest_writel(qts, entry + PCI_MSIX_ENTRY_DATA, vector + 1);
    qtest_writel(qts, entry + PCI_MSIX_ENTRY_VECTOR_CTRL, 0);
}

void pci_msix_enable(struct pci_function *pci)
{
    unsigned at = msix_capability(pci);
    uint32_t table = pci_config_read(pci, at + PCI_MSIX_TABLE, 4);
    unsigned num = MIN(pci_msix_table_size(pci), PCI_MAX_VECTORS);

    pci->msix_table = pci->bar[table & PCI_MSIX_TABLE_BIR] +
                      (table & PCI_MSIX_TABLE_OFFSET);
    pci->mailbox = guest_ram_alloc(pci->guest, GUEST_PAGE);
    pci_config_write(pci, at + PCI_MSIX_FLAGS, 2, PCI_MSIX_FLAGS_ENABLE);
    for (unsigned i = 0; i < num; i++) {
        point_vector(pci, i);
    }
    pci->msix = true;
}

bool pci_msix_taken(struct pci_function *pci, unsigned vector)
{
    uint32_t *word = guest_memory(pci->guest, pci->mailbox + vector * 4, 4);
    uint32_t message = __atomic_exchange_n(word, 0, __ATOMIC_SEQ_CST);

    if (message) {
        expect_eq(message, vector + 1, "message data of vector %u", vector);
    }
    return message != 0;
}
