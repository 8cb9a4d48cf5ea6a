/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "fake-host.h"

#include <string.h>

/* A detailed timing of 60 Hz with 80 and 20 lines of blanking. */
static void put_timing(uint8_t *p, uint32_t width, uint32_t height)
{
    const uint32_t h_blank = 80, v_blank = 20;
    uint64_t clock_10khz = (uint64_t)(width + h_blank) * (height + v_blank) *
                           60 / 10000;

    clock_10khz = MIN(clock_10khz, 65535);
    p[0] = clock_10khz;
    p[1] = clock_10khz >> 8;
    p[2] = width;
    p[3] = h_blank;
    p[4] = (width >> 8) << 4 | h_blank >> 8;
    p[5] = height;
    p[6] = v_blank;
    p[7] = (height >> 8) << 4 | v_blank >> 8;
    p[8] = 16;
    p[9] = 32;
    p[17] = 0x18;
}

void fake_edid(uint8_t edid[128], uint32_t width, uint32_t height)
{
    static const uint8_t magic[8] = { 0, 255, 255, 255, 255, 255, 255, 0 };
    uint8_t sum = 0;

    memset(edid, 0, 128);
    memcpy(edid, magic, sizeof(magic));
    edid[8] = 0x04;             /* "AAA" */
    edid[9] = 0x21;
    edid[18] = 1;               /* EDID 1.4 */
    edid[19] = 4;
    edid[20] = 0xa5;            /* digital, 8 bits a colour, DisplayPort */
    for (unsigned i = 38; i < 54; i++) {
        edid[i] = 1;            /* unused standard timings */
    }
    put_timing(edid + 54, width, height);
    for (unsigned at = 72; at < 126; at += 18) {
        edid[at + 3] = 0x10;    /* dummy descriptors */
    }
    for (unsigned i = 0; i < 127; i++) {
        sum += edid[i];
    }
    edid[127] = -sum;
}
