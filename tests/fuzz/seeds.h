/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/* Fuzzer inputs made of the command scripts: one for each case.  One thread. */
#ifndef TESTS_FUZZ_SEEDS_H
#define TESTS_FUZZ_SEEDS_H

#include <glib.h>

/* Runs every script of @directory; of GByteArray, names in their order. */
struct fuzz_seeds {
    GPtrArray *inputs;
    GPtrArray *names;
};

void fuzz_seeds_collect(struct fuzz_seeds *seeds, const char *directory);
void fuzz_seeds_free(struct fuzz_seeds *seeds);

#endif
