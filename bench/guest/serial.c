/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "serial.h"

#include "cpu.h"

#define COM1 0x3f8
#define DATA COM1
#define LINE_STATUS (COM1 + 5)
#define RECEIVED 0x01
#define CAN_SEND 0x20

/*
 * A look at the port takes QEMU's big lock, and nobody is to wait for a guest
 * that waits: some 20 us at 2 to 4 GHz.
 */
#define PAUSE_TICKS 60000

static char read_char(void)
{
    while (!(in8(LINE_STATUS) & RECEIVED)) {
        uint64_t start = ticks();

        while (ticks() - start < PAUSE_TICKS) {
            relax();
        }
    }
    return (char)in8(DATA);
}

static void write_char(char c)
{
    while (!(in8(LINE_STATUS) & CAN_SEND)) {
    }
    out8(DATA, (uint8_t)c);
}

void serial_read_line(char *line, unsigned size)
{
    unsigned length = 0;
    char c;

    while ((c = read_char()) != '\n') {
        if (length < size - 1) {
            line[length++] = c;
        }
    }
    line[length] = 0;
}

void serial_write(const char *text)
{
    while (*text) {
        write_char(*text++);
    }
}

void serial_write_value(const char *name, uint64_t value)
{
    int shift = 60;

    serial_write(" ");
    serial_write(name);
    serial_write("=0x");
    while (shift > 0 && value >> shift == 0) {
        shift -= 4;
    }
    for (; shift >= 0; shift -= 4) {
        write_char("0123456789abcdef"[value >> shift & 15]);
    }
}
