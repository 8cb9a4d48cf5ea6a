/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Numbers that look random and are the same in every run.
 */
#ifndef BENCH_GUEST_RANDOM_H
#define BENCH_GUEST_RANDOM_H

#include <stdint.h>

/* 0 to @limit - 1; 0 for @limit 0. */
uint32_t random_below(uint32_t limit);

#endif
