/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "hw/virtio/vgpu/texture.h"

#include <stddef.h>

/*
 * Formats @first to @last of Gallium's enumeration as virgl numbers it.  In a
 * run with a step each has so many bytes more than the one before: channels
 * are added one by one.  What has planes (YUV), what packs texels below a byte
 * and the numbers that two formats claim (262 to 266) are left out.
 */
struct run {
    uint16_t first;
    uint16_t last;
    uint8_t bytes;
    uint8_t step;
    uint8_t width;
    uint8_t height;
};

#define SAME(first, last, bytes) { first, last, bytes, 0, 1, 1 }
#define STEP(first, last, bytes) { first, last, bytes, bytes, 1, 1 }
#define BLOCK(first, last, bytes, width, height) \
    { first, last, bytes, 0, width, height }
#define ASTC(number, width, height) \
    BLOCK(number, number, 16, width, height), \
    BLOCK(number + 14, number + 14, 16, width, height)

static const struct run runs[] = {
    SAME(1, 4, 4), SAME(5, 7, 2), SAME(8, 8, 4), SAME(9, 11, 1),
    SAME(12, 13, 2), BLOCK(14, 15, 4, 2, 1), SAME(16, 16, 2), SAME(17, 22, 4),
    SAME(23, 23, 1), STEP(24, 27, 8), STEP(28, 31, 4), STEP(32, 35, 4),
    STEP(36, 39, 4), STEP(40, 43, 4), STEP(44, 47, 4), STEP(48, 51, 2),
    STEP(52, 55, 2), STEP(56, 59, 2), STEP(60, 63, 2), STEP(64, 67, 1),
    SAME(68, 68, 4), STEP(69, 72, 1), STEP(74, 77, 1), STEP(82, 85, 1),
    STEP(87, 90, 4), STEP(91, 94, 2), STEP(95, 97, 1), SAME(98, 104, 4),
    BLOCK(105, 106, 8, 4, 4), BLOCK(107, 108, 16, 4, 4),
    BLOCK(109, 110, 8, 4, 4), BLOCK(111, 112, 16, 4, 4),
    BLOCK(113, 114, 8, 4, 4), BLOCK(115, 116, 16, 4, 4),
    BLOCK(117, 118, 4, 2, 1), SAME(119, 119, 4), SAME(120, 120, 2),
    SAME(121, 121, 4), SAME(122, 122, 2), SAME(123, 125, 4), SAME(126, 126, 8),
    SAME(128, 129, 4), SAME(130, 130, 1), SAME(131, 132, 4), SAME(133, 133, 2),
    SAME(134, 134, 4), SAME(135, 135, 2), SAME(136, 137, 4), SAME(138, 138, 8),
    SAME(139, 139, 1), SAME(140, 140, 4), SAME(141, 142, 2),
    BLOCK(143, 144, 8, 4, 4), BLOCK(145, 146, 16, 4, 4), SAME(147, 148, 1),
    SAME(149, 149, 2), SAME(150, 150, 1), SAME(151, 152, 2), SAME(153, 153, 4),
    SAME(154, 156, 2), SAME(157, 157, 4), SAME(158, 158, 2), SAME(159, 160, 4),
    SAME(161, 161, 8), SAME(162, 162, 4), SAME(168, 169, 1), SAME(170, 171, 2),
    SAME(172, 176, 4), STEP(177, 180, 1), STEP(181, 184, 1), STEP(185, 188, 2),
    STEP(189, 192, 2), STEP(193, 196, 4), STEP(197, 200, 4), SAME(201, 203, 1),
    SAME(204, 204, 2), SAME(205, 207, 1), SAME(208, 208, 2), SAME(209, 211, 2),
    SAME(212, 212, 4), SAME(213, 215, 2), SAME(216, 216, 4), SAME(217, 219, 4),
    SAME(220, 220, 8), SAME(221, 223, 4), SAME(224, 224, 8), SAME(225, 225, 4),
    BLOCK(226, 226, 8, 4, 4), BLOCK(227, 228, 4, 2, 1), SAME(229, 233, 4),
    SAME(234, 238, 8), SAME(239, 241, 16), SAME(242, 242, 2), SAME(243, 245, 4),
    SAME(246, 246, 8), SAME(247, 248, 2), SAME(249, 250, 4), SAME(251, 252, 8),
    SAME(253, 253, 4), SAME(254, 254, 2), BLOCK(255, 258, 16, 4, 4),
    SAME(259, 261, 2), SAME(267, 268, 4), BLOCK(269, 272, 8, 4, 4),
    BLOCK(273, 274, 16, 4, 4), BLOCK(275, 276, 8, 4, 4),
    BLOCK(277, 278, 16, 4, 4), ASTC(279, 4, 4), ASTC(280, 5, 4),
    ASTC(281, 5, 5), ASTC(282, 6, 5), ASTC(283, 6, 6), ASTC(284, 8, 5),
    ASTC(285, 8, 6), ASTC(286, 8, 8), ASTC(287, 10, 5), ASTC(288, 10, 6),
    ASTC(289, 10, 8), ASTC(290, 10, 10), ASTC(291, 12, 10), ASTC(292, 12, 12),
    SAME(308, 308, 4), SAME(311, 311, 2), STEP(312, 313, 1), SAME(317, 317, 3),
    SAME(318, 318, 1), SAME(319, 321, 2),
};

bool vgpu_texture_block(uint32_t format, struct vgpu_block *block)
{
    for (size_t i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
        const struct run *run = &runs[i];

        if (format >= run->first && format <= run->last) {
            block->bytes = run->bytes + (format - run->first) * run->step;
            block->width = run->width;
            block->height = run->height;
            return true;
        }
    }
    return false;
}
