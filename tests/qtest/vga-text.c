/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "libqtest.h"
#include "harness.h"
#include "vga-text.h"

#define BAR_REGISTERS 2
#define PORTS_3C0     0x400     /* of the register BAR */
#define TEXT_MEMORY   0xb8000u
#define TEXT_BYTES    (VGA_TEXT_COLUMNS * VGA_TEXT_LINES * 2)
#define FONT_MEMORY   0xa0000u
#define FONT_PITCH    32        /* bytes a letter in plane 2 */

/* Ports of the VGA. */
enum {
    ATTRIBUTE = 0x3c0, MISCELLANEOUS = 0x3c2, SEQUENCER = 0x3c4,
    DAC_INDEX = 0x3c8, DAC_DATA = 0x3c9, GRAPHICS = 0x3ce, CRT = 0x3d4,
    STATUS_1 = 0x3da,
};

#define ATTRIBUTE_PALETTE_ON 0x20
#define CRT_PROTECTION       0x11

/* Mode 3 with letters of 8 pixels and no cursor. */
static const uint8_t sequencer[] = { 3, 1, 3, 0, 2 };
static const uint8_t crt[] = {
    0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f, 0x20, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x9c, 0x0e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3,
    0xff,
};
static const uint8_t graphics[] = { 0, 0, 0, 0, 0, 0x10, 0x0e, 0, 0xff };
static const uint8_t attributes[] = {
    0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0, 0, 0x0f, 0, 0,
};

/* The planes as a font is loaded: plane 2 alone, byte by byte. */
static const uint8_t font_sequencer[][2] = { { 2, 4 }, { 4, 6 } };
static const uint8_t font_graphics[][2] = {
    { 1, 0 }, { 3, 0 }, { 4, 2 }, { 5, 0 }, { 6, 4 }, { 8, 0xff },
};

static uint64_t port(struct vga *vga, unsigned number)
{
    return vga->pci->bar[BAR_REGISTERS] + PORTS_3C0 + number - ATTRIBUTE;
}

static void out(struct vga *vga, unsigned number, uint8_t value)
{
    qtest_writeb(vga->pci->guest->qts, port(vga, number), value);
}

static void set(struct vga *vga, unsigned number, uint8_t index, uint8_t value)
{
    out(vga, number, index);
    out(vga, number + 1, value);
}

static void set_all(struct vga *vga, unsigned number, const uint8_t *values,
                    unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        set(vga, number, i, values[i]);
    }
}

static void set_attributes(struct vga *vga)
{
    qtest_readb(vga->pci->guest->qts, port(vga, STATUS_1));
    for (unsigned i = 0; i < sizeof(attributes); i++) {
        out(vga, ATTRIBUTE, i);
        out(vga, ATTRIBUTE, attributes[i]);
    }
    out(vga, ATTRIBUTE, ATTRIBUTE_PALETTE_ON);
}

/* Colour @i as six-bit red, green and blue; all sixteen differ. */
static uint8_t colour(unsigned i, unsigned channel)
{
    return (i + 1) * (channel + 3) * 5 % 64;
}

static void set_colours(struct vga *vga)
{
    out(vga, DAC_INDEX, 0);
    for (unsigned i = 0; i < 16; i++) {
        for (unsigned channel = 0; channel < 3; channel++) {
            out(vga, DAC_DATA, colour(i, channel));
        }
    }
}

static void load_font(struct vga *vga)
{
    static const uint8_t rows[VGA_NUM_LETTERS] = {
        [VGA_EMPTY] = 0, [VGA_SOLID] = 0xff, [VGA_LEFT_HALF] = 0xf0,
    };
    uint8_t letter[VGA_CELL_HEIGHT];

    for (unsigned i = 0; i < G_N_ELEMENTS(font_sequencer); i++) {
        set(vga, SEQUENCER, font_sequencer[i][0], font_sequencer[i][1]);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(font_graphics); i++) {
        set(vga, GRAPHICS, font_graphics[i][0], font_graphics[i][1]);
    }
    for (unsigned i = 0; i < VGA_NUM_LETTERS; i++) {
        memset(letter, rows[i], sizeof(letter));
        qtest_bufwrite(vga->pci->guest->qts, FONT_MEMORY + i * FONT_PITCH,
                       letter, sizeof(letter));
    }
}

static void clear(struct vga *vga)
{
    static const uint8_t empty[TEXT_BYTES];

    qtest_bufwrite(vga->pci->guest->qts, TEXT_MEMORY, empty, sizeof(empty));
}

void vga_text_set_mode(struct vga *vga)
{
    out(vga, MISCELLANEOUS, 0x67);
    load_font(vga);
    set_all(vga, SEQUENCER, sequencer, sizeof(sequencer));
    set(vga, CRT, CRT_PROTECTION, 0);
    set_all(vga, CRT, crt, sizeof(crt));
    set_all(vga, GRAPHICS, graphics, sizeof(graphics));
    set_attributes(vga);
    set_colours(vga);
    clear(vga);
}

static enum vga_letter letter_at(unsigned cell, unsigned seed)
{
    return (cell * 7 + seed) % VGA_NUM_LETTERS;
}

static uint8_t colours_at(unsigned cell, unsigned seed)
{
    return cell * 13 + seed * 31;
}

void vga_text_fill(struct vga *vga, unsigned seed)
{
    uint8_t text[TEXT_BYTES];

    for (unsigned i = 0; i < TEXT_BYTES / 2; i++) {
        text[i * 2] = letter_at(i, seed);
        text[i * 2 + 1] = colours_at(i, seed);
    }
    qtest_bufwrite(vga->pci->guest->qts, TEXT_MEMORY, text, sizeof(text));
}

/* QEMU's VGA repeats the upper bits of a six-bit channel in the lower ones. */
static uint32_t xrgb(unsigned i)
{
    uint32_t value = 0;

    for (unsigned channel = 0; channel < 3; channel++) {
        uint8_t six = colour(i, channel);

        value = value << 8 | six << 2 | (six & 1) << 1 | (six & 1);
    }
    return value;
}

static uint32_t wanted(unsigned x, unsigned y, unsigned seed)
{
    unsigned cell = y / VGA_CELL_HEIGHT * VGA_TEXT_COLUMNS +
                    x / VGA_CELL_WIDTH;
    enum vga_letter letter = letter_at(cell, seed);
    uint8_t colours = colours_at(cell, seed);
    bool ink = letter == VGA_SOLID ||
               (letter == VGA_LEFT_HALF &&
                x % VGA_CELL_WIDTH < VGA_CELL_WIDTH / 2);

    return xrgb(ink ? colours & 15 : colours >> 4);
}

bool vga_text_is_on(const struct screen *screen, unsigned seed)
{
    if (screen->width != VGA_TEXT_COLUMNS * VGA_CELL_WIDTH ||
        screen->height != VGA_TEXT_LINES * VGA_CELL_HEIGHT) {
        return false;
    }
    for (unsigned y = 0; y < screen->height; y++) {
        for (unsigned x = 0; x < screen->width; x++) {
            if (screen_pixel(screen, x, y) != wanted(x, y, seed)) {
                return false;
            }
        }
    }
    return true;
}

void vga_text_expect_filled(struct vga *vga, unsigned seed)
{
    struct screen *screen = screen_take(vga->pci->guest, "gpu", 0);

    expect_eq(screen->width, VGA_TEXT_COLUMNS * VGA_CELL_WIDTH,
              "width of the text screen");
    expect_eq(screen->height, VGA_TEXT_LINES * VGA_CELL_HEIGHT,
              "height of the text screen");
    for (unsigned y = 0; y < screen->height; y++) {
        for (unsigned x = 0; x < screen->width; x++) {
            expect_eq(screen_pixel(screen, x, y), wanted(x, y, seed),
                      "text screen, pixel %u,%u", x, y);
        }
    }
    screen_free(screen);
}
