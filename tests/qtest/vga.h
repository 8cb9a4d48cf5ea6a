/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The VGA half of virtio-vga as a firmware drives it: the dispi registers at
 * offset 0x500 of BAR 2, the linear framebuffer in BAR 0.
 */
#ifndef TESTS_QTEST_VGA_H
#define TESTS_QTEST_VGA_H

#include "pci.h"

#define VGA_WIDTH  320u         /* px */
#define VGA_HEIGHT 200u

struct vga {
    struct pci_function *pci;
};

/* VGA_WIDTH x VGA_HEIGHT, 32 bits a pixel, unblanked. */
void vga_set_mode(struct vga *vga);

/* Fills that mode's picture with a colour. */
void vga_fill(struct vga *vga, uint32_t xrgb);

#endif
