/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "hw/virtio/vgpu/format.h"

#include <stddef.h>

/*
 * Pixman names channels from the most significant bit of a host-order word,
 * the wire from the lowest address: on a little-endian host the order turns
 * around.
 */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define CODES(mem0, mem1, mem2, mem3) PIXMAN_##mem3##mem2##mem1##mem0
#else
#define CODES(mem0, mem1, mem2, mem3) PIXMAN_##mem0##mem1##mem2##mem3
#endif

#define FOURCC(a, b) ((uint32_t)(a) | (uint32_t)(b) << 8 | \
                      (uint32_t)'2' << 16 | (uint32_t)'4' << 24)

static const struct {
    uint32_t format;
    pixman_format_code_t opaque;
    pixman_format_code_t alpha;
    bool has_alpha;
    uint32_t fourcc;            /* without alpha */
} formats[] = {
    { VGPU_FORMAT_B8G8R8A8, CODES(b8, g8, r8, x8), CODES(b8, g8, r8, a8),
      true, FOURCC('X', 'R') },
    { VGPU_FORMAT_B8G8R8X8, CODES(b8, g8, r8, x8), CODES(b8, g8, r8, a8),
      false, FOURCC('X', 'R') },
    { VGPU_FORMAT_A8R8G8B8, CODES(x8, r8, g8, b8), CODES(a8, r8, g8, b8),
      true, FOURCC('B', 'X') },
    { VGPU_FORMAT_X8R8G8B8, CODES(x8, r8, g8, b8), CODES(a8, r8, g8, b8),
      false, FOURCC('B', 'X') },
    { VGPU_FORMAT_R8G8B8A8, CODES(r8, g8, b8, x8), CODES(r8, g8, b8, a8),
      true, FOURCC('X', 'B') },
    { VGPU_FORMAT_X8B8G8R8, CODES(x8, b8, g8, r8), CODES(a8, b8, g8, r8),
      false, FOURCC('R', 'X') },
    { VGPU_FORMAT_A8B8G8R8, CODES(x8, b8, g8, r8), CODES(a8, b8, g8, r8),
      true, FOURCC('R', 'X') },
    { VGPU_FORMAT_R8G8B8X8, CODES(r8, g8, b8, x8), CODES(r8, g8, b8, a8),
      false, FOURCC('X', 'B') },
};

static int format_index(uint32_t format)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (formats[i].format == format) {
            return i;
        }
    }
    return -1;
}

bool vgpu_format_is_known(uint32_t format)
{
    return format_index(format) >= 0;
}

uint32_t vgpu_format_fourcc(uint32_t format)
{
    return formats[format_index(format)].fourcc;
}

pixman_format_code_t vgpu_format_opaque(uint32_t format)
{
    return formats[format_index(format)].opaque;
}

pixman_format_code_t vgpu_format_alpha(uint32_t format)
{
    return formats[format_index(format)].alpha;
}

pixman_format_code_t vgpu_format_pixman(uint32_t format)
{
    int i = format_index(format);

    return formats[i].has_alpha ? formats[i].alpha : formats[i].opaque;
}

uint32_t vgpu_format_of_pixman(uint32_t code)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (vgpu_format_pixman(formats[i].format) == code) {
            return formats[i].format;
        }
    }
    return 0;
}
