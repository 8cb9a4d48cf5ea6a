/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "libqtest.h"
#include "vga.h"

#define BAR_FRAMEBUFFER 0
#define BAR_REGISTERS   2
#define PORTS_3C0       0x400   /* of the register BAR */
#define DISPI           0x500

enum { DISPI_XRES = 1, DISPI_YRES, DISPI_BPP, DISPI_ENABLE };

#define DISPI_ENABLED 0x01
#define DISPI_LFB     0x40

#define ATTRIBUTE_PALETTE_ON 0x20   /* unblanks, in the index of port 3c0 */

static void dispi(struct vga *vga, unsigned index, uint16_t value)
{
    qtest_writew(vga->pci->guest->qts,
                 vga->pci->bar[BAR_REGISTERS] + DISPI + index * 2, value);
}

void vga_set_mode(struct vga *vga)
{
    dispi(vga, DISPI_ENABLE, 0);
    dispi(vga, DISPI_XRES, VGA_WIDTH);
    dispi(vga, DISPI_YRES, VGA_HEIGHT);
    dispi(vga, DISPI_BPP, 32);
    dispi(vga, DISPI_ENABLE, DISPI_ENABLED | DISPI_LFB);
    qtest_writeb(vga->pci->guest->qts,
                 vga->pci->bar[BAR_REGISTERS] + PORTS_3C0,
                 ATTRIBUTE_PALETTE_ON);
}

void vga_fill(struct vga *vga, uint32_t xrgb)
{
    g_autofree uint32_t *pixels = g_new(uint32_t, VGA_WIDTH * VGA_HEIGHT);

    for (unsigned i = 0; i < VGA_WIDTH * VGA_HEIGHT; i++) {
        pixels[i] = xrgb;
    }
    qtest_bufwrite(vga->pci->guest->qts, vga->pci->bar[BAR_FRAMEBUFFER],
                   pixels, VGA_WIDTH * VGA_HEIGHT * 4);
}
