/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "libqtest.h"
#include "vtd.h"
#include "harness.h"

/* Registers, VT-d 3.x, 11.4; where QEMU has the first unit. */
#define UNIT        0xfed90000ull
#define GCMD        (UNIT + 0x18)
#define GSTS        (UNIT + 0x1c)
#define RTADDR      (UNIT + 0x20)
#define FSTS        (UNIT + 0x34)
#define FRCD_HIGH   (UNIT + 0x228)      /* of fault record 0 in QEMU */
#define CCMD        (UNIT + 0x28)
#define IOTLB       (UNIT + 0xf8)
#define GCMD_TE     (1u << 31)
#define GCMD_SRTP   (1u << 30)
#define CCMD_GLOBAL (1ull << 63 | 1ull << 61)
#define IOTLB_GLOBAL (1ull << 63 | 1ull << 60)
#define FSTS_PENDING 0x3                /* overflow, primary fault */
#define FRCD_FAULT  (1ull << 63)

#define PRESENT      1
#define WIDTH_39     1                  /* context entry: three levels */
#define DOMAIN       1
#define ENTRIES      512u
#define BIG_PAGE     (ENTRIES * GUEST_PAGE)

struct vtd {
    struct guest *guest;
    int devfn;
    uint64_t tables;            /* guest address of the pages below */
};

/* Pages at tables, in this order; one leaf table maps 2 MiB. */
enum { ROOT, CONTEXT, LEVEL_3, LEVEL_2, LEAVES };

static uint64_t page_addr(const struct vtd *vtd, unsigned page)
{
    return vtd->tables + page * GUEST_PAGE;
}

static uint64_t *page(const struct vtd *vtd, unsigned number)
{
    /* The tables are the IOMMU's, not the device's: no DMA address. */
    return (uint64_t *)(vtd->guest->ram + page_addr(vtd, number));
}

static unsigned num_leaves(const struct vtd *vtd)
{
    return vtd->guest->ram_bytes / BIG_PAGE;
}

static void build(struct vtd *vtd)
{
    uint64_t *context = page(vtd, CONTEXT) + (vtd->devfn & 0xff) * 2;
    unsigned pages = vtd->guest->ram_bytes / GUEST_PAGE;

    page(vtd, ROOT)[0] = page_addr(vtd, CONTEXT) | PRESENT;
    context[0] = page_addr(vtd, LEVEL_3) | PRESENT;
    context[1] = WIDTH_39 | DOMAIN << 8;
    page(vtd, LEVEL_3)[VTD_BASE >> 30] = page_addr(vtd, LEVEL_2) |
                                         VTD_READ | VTD_WRITE;
    for (unsigned i = 0; i < num_leaves(vtd); i++) {
        page(vtd, LEVEL_2)[i] = page_addr(vtd, LEAVES + i) |
                                VTD_READ | VTD_WRITE;
    }
    for (unsigned i = 0; i < pages; i++) {
        page(vtd, LEAVES)[i] = (uint64_t)i * GUEST_PAGE |
                               VTD_READ | VTD_WRITE;
    }
}

static void flush(struct vtd *vtd)
{
    qtest_writeq(vtd->guest->qts, CCMD, CCMD_GLOBAL);
    qtest_writeq(vtd->guest->qts, IOTLB, IOTLB_GLOBAL);
}

struct vtd *vtd_enable(struct pci_function *pci)
{
    struct guest *guest = pci->guest;
    struct vtd *vtd = g_new0(struct vtd, 1);

    vtd->guest = guest;
    vtd->devfn = pci->devfn;
    expect_true(guest->ram_bytes <= VTD_BASE, "too much RAM for the table");
    vtd->tables = guest_ram_alloc(guest, (LEAVES + num_leaves(vtd)) *
                                  GUEST_PAGE);
    build(vtd);
    qtest_writeq(guest->qts, RTADDR, page_addr(vtd, ROOT));
    qtest_writel(guest->qts, GCMD, GCMD_SRTP);
    flush(vtd);
    qtest_writel(guest->qts, GCMD, GCMD_TE);
    expect_eq(qtest_readl(guest->qts, GSTS) & (GCMD_TE | GCMD_SRTP),
              GCMD_TE | GCMD_SRTP, "VT-d global status");
    guest->dma_base = VTD_BASE;
    guest->next_free += VTD_BASE;
    guest_expect_noise(guest, "vtd_iommu_translate: detected translation");
    guest_expect_noise(guest, "vtd_iova_to_slpte: detected slpte permission");
    guest_expect_noise(guest, "Interrupt Mask set, irq is not generated");
    guest_expect_noise(guest, "New fault is not recorded");
    guest_at_stop(guest, g_free, vtd);
    return vtd;
}

void vtd_protect(struct vtd *vtd, uint64_t addr, uint64_t bytes, int rights)
{
    uint64_t first = (addr - VTD_BASE) / GUEST_PAGE;
    uint64_t last = (addr - VTD_BASE + bytes - 1) / GUEST_PAGE;

    for (uint64_t i = first; i <= last; i++) {
        page(vtd, LEAVES)[i] = i * GUEST_PAGE | rights;
    }
    flush(vtd);
}

void vtd_remap(struct vtd *vtd, uint64_t addr, uint64_t other, uint64_t bytes)
{
    uint64_t to = (addr - VTD_BASE) / GUEST_PAGE;

    for (uint64_t i = 0; i < bytes / GUEST_PAGE; i++) {
        page(vtd, LEAVES)[to + i] = (other - VTD_BASE + i * GUEST_PAGE) |
                                    VTD_READ | VTD_WRITE;
    }
    flush(vtd);
}

void vtd_restore(struct vtd *vtd)
{
    guest_ram_alloc(vtd->guest, (LEAVES + num_leaves(vtd)) * GUEST_PAGE);
    build(vtd);
    flush(vtd);
}

bool vtd_take_fault(struct vtd *vtd)
{
    QTestState *qts = vtd->guest->qts;
    bool fault = qtest_readl(qts, FSTS) & FSTS_PENDING;

    qtest_writeq(qts, FRCD_HIGH, FRCD_FAULT);
    qtest_writel(qts, FSTS, FSTS_PENDING);
    return fault;
}
