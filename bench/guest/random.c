/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "random.h"

uint32_t random_below(uint32_t limit)
{
    static uint32_t state = 2463534242u;

    /* Marsaglia's xorshift32. */
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return limit ? state % limit : 0;
}
