/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What the QEMU process holds, from /proc.
 */
#ifndef TESTS_QTEST_USAGE_H
#define TESTS_QTEST_USAGE_H

#include "guest.h"

struct usage {
    uint64_t resident_bytes;    /* guest RAM left out */
    unsigned descriptors;
    unsigned mappings;
};

/* Skips the case under a sanitizer, where the figures mean nothing. */
void usage_take(struct guest *guest, struct usage *usage);

/* How many threads it has whose names begin like that, under sanitizers too. */
unsigned usage_threads(struct guest *guest, const char *name);

#endif
