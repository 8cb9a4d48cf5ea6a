/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "hw/virtio/vgpu/format.h"

#include <string.h>
#include <glib.h>

#include "command.h"

static const uint32_t formats[] = { 1, 2, 3, 4, 67, 68, 121, 134 };

/* One pixel of these bytes as a8r8g8b8 in host order. */
static uint32_t convert(pixman_format_code_t code, const uint8_t bytes[4])
{
    uint32_t source, dest = 0;
    pixman_image_t *from, *to;

    memcpy(&source, bytes, sizeof(source));
    from = pixman_image_create_bits(code, 1, 1, &source, 4);
    to = pixman_image_create_bits(PIXMAN_a8r8g8b8, 1, 1, &dest, 4);
    pixman_image_composite32(PIXMAN_OP_SRC, from, NULL, to, 0, 0, 0, 0, 0, 0,
                             1, 1);
    pixman_image_unref(from);
    pixman_image_unref(to);
    return dest;
}

static void test_channels(void)
{
    static const uint8_t bytes[4] = { 0x12, 0x34, 0x56, 0x78 };

    for (unsigned i = 0; i < G_N_ELEMENTS(formats); i++) {
        struct format_bytes at;
        uint32_t rgb;

        g_assert_true(format_layout(formats[i], &at));
        g_assert_true(vgpu_format_is_known(formats[i]));
        rgb = (uint32_t)bytes[at.r] << 16 | bytes[at.g] << 8 | bytes[at.b];
        g_assert_cmphex(convert(vgpu_format_opaque(formats[i]), bytes), ==,
                        0xff000000 | rgb);
        g_assert_cmphex(convert(vgpu_format_alpha(formats[i]), bytes), ==,
                        (uint32_t)bytes[at.a] << 24 | rgb);
    }
}

static void test_others(void)
{
    unsigned known = 0;

    for (uint32_t format = 0; format < 70000; format++) {
        known += vgpu_format_is_known(format);
    }
    g_assert_cmpuint(known, ==, G_N_ELEMENTS(formats));
    g_assert_false(vgpu_format_is_known(UINT32_MAX));
    g_assert_false(vgpu_format_is_known(0x80000001));
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/format/T-047/channels", test_channels);
    g_test_add_func("/format/T-280/others", test_others);
    return g_test_run();
}
