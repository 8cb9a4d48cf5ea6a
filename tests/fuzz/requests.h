/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Requests as a fuzzer's input.
 *
 * The first byte chooses the device (FUZZ_…); each record behind it is
 *
 *   byte 0      bit 0 the queue, bit 1 a device reset before it, and what the
 *               renderer does from there on: FUZZ_HOLD and so on
 *   bytes 1, 2  length of the readable part, little-endian
 *   bytes 3, 4  length of the writable part, little-endian
 *   then the readable part, as far as the input goes
 *
 * Every chain must come back once with a length that fits, whatever it was;
 * at the end nothing may be left mapped or held.  One thread.
 */
#ifndef TESTS_FUZZ_REQUESTS_H
#define TESTS_FUZZ_REQUESTS_H

#include <stddef.h>
#include <stdint.h>

enum {
    FUZZ_BLOB         = 1 << 0,
    FUZZ_UUID         = 1 << 1,
    FUZZ_ALIGNMENT    = 1 << 2,
    FUZZ_CONTEXT_INIT = 1 << 3,
    FUZZ_TRANSLATES   = 1 << 4,
    FUZZ_PIECES       = 1 << 5,     /* readable and writable parts are cut */
    FUZZ_VIRGL        = 1 << 6,
};

/* Of a record. */
enum {
    FUZZ_CURSOR       = 1 << 0,
    FUZZ_RESET        = 1 << 1,
    FUZZ_HOLD         = 1 << 2,     /* work takes its time */
    FUZZ_LOSE         = 1 << 3,     /* what ends now is lost */
    FUZZ_NO_FENCE     = 1 << 4,
    FUZZ_REFUSE       = 1 << 5,     /* textures, streams, transfers, contexts */
    FUZZ_AT_ONCE      = 1 << 6,     /* the window changes when it is asked to */
};

#define FUZZ_RECORD_HEADER 5
#define FUZZ_MAX_READABLE 8192
#define FUZZ_MAX_WRITABLE 2048

/* The guest's memory that entries may name; the executor's is here as well. */
#define FUZZ_RAM_ADDR 0x40000000u
#define FUZZ_RAM_BYTES (1u << 20)

void fuzz_requests(const uint8_t *data, size_t bytes);

#endif
