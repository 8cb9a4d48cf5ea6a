/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The serial port: lines in, lines out.  Never used while time is measured.
 */
#ifndef BENCH_GUEST_SERIAL_H
#define BENCH_GUEST_SERIAL_H

#include <stdint.h>

/* Reads up to the next newline, at most @size - 1 characters, without it. */
void serial_read_line(char *line, unsigned size);

void serial_write(const char *text);

/* Writes " @name=0x…". */
void serial_write_value(const char *name, uint64_t value);

#endif
