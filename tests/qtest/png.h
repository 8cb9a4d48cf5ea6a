/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Reading a PNG file of 8-bit RGB without interlacing, which is what QEMU's
 * screendump writes.
 */
#ifndef TESTS_QTEST_PNG_H
#define TESTS_QTEST_PNG_H

#include <stddef.h>
#include <stdint.h>

/*
 * The pixels as 0x00rrggbb, rows without a gap; the caller's, by g_free().
 * Ends the case when it is no such file.
 */
uint32_t *png_read(const uint8_t *data, size_t bytes, uint32_t *width,
                   uint32_t *height);

#endif
