/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "gl-image.h"

#include <string.h>

#include "harness.h"
#include "picture.h"

static size_t num_pixels(const struct gl_image *image)
{
    return (size_t)image->texture.width * image->texture.height;
}

static struct wire_rect all_of(const struct gl_image *image)
{
    return (struct wire_rect){
        0, 0, image->texture.width, image->texture.height,
    };
}

void gl_image_create(struct gl_image *image, struct gpu *gpu)
{
    gl_create(&image->texture, gpu);
    image->want = g_new0(uint32_t, num_pixels(image));
    image->vague = g_new0(uint8_t, num_pixels(image));
    guest_at_stop(gpu->guest, g_free, image->want);
    guest_at_stop(gpu->guest, g_free, image->vague);
}

void gl_image_fill(struct gl_image *image, const struct wire_rect *rect,
                   uint32_t argb)
{
    struct wire_rect all = all_of(image);

    rect = rect ?: &all;
    for (uint32_t y = rect->y; y < rect->y + rect->height; y++) {
        for (uint32_t x = rect->x; x < rect->x + rect->width; x++) {
            image->want[(size_t)y * image->texture.width + x] = argb;
            image->vague[(size_t)y * image->texture.width + x] = 0;
        }
    }
}

void gl_image_noise(struct gl_image *image, uint32_t seed)
{
    uint8_t *memory = gl_memory(&image->texture);

    for (size_t i = 0; i < num_pixels(image); i++) {
        uint32_t width = image->texture.width;

        image->want[i] = picture_noise_at(i % width, i / width, seed);
        image->vague[i] = 0;
        picture_put_pixel(image->texture.format, memory + i * 4,
                          image->want[i]);
    }
    gl_to_host(&image->texture, NULL);
}

/* Formats whose fourth byte is not used: nobody says what is in it. */
static uint32_t mask_of(uint32_t format)
{
    return format == 2 || format == 4 || format == 68 || format == 134
           ? 0x00ffffff : 0xffffffff;
}

void gl_image_check(struct gl_image *image, const char *what)
{
    const struct gl_texture *texture = &image->texture;
    uint8_t *memory = gl_memory(texture);
    uint32_t mask = mask_of(texture->format);

    memset(memory, GPU_POISON, texture->backing_bytes);
    gl_from_host(texture, NULL);
    for (size_t i = 0; i < num_pixels(image); i++) {
        if (image->vague[i]) {
            continue;
        }
        expect_eq(picture_get_pixel(texture->format, memory + i * 4) & mask,
                  image->want[i] & mask, "%s: format %u, flags %u, pixel %zu,%zu",
                  what, texture->format, texture->flags, i % texture->width,
                  i / texture->width);
    }
}

void gl_image_check_screen(const struct gl_image *image,
                           const struct wire_rect *rect,
                           const struct screen *screen, const char *what)
{
    struct wire_rect all = all_of(image);

    rect = rect ?: &all;
    expect_eq(screen->width, rect->width, "%s: width", what);
    expect_eq(screen->height, rect->height, "%s: height", what);
    for (uint32_t y = 0; y < rect->height; y++) {
        for (uint32_t x = 0; x < rect->width; x++) {
            size_t i = (size_t)(rect->y + y) * image->texture.width +
                       rect->x + x;

            expect_true(image->vague[i] ||
                        screen_pixel(screen, x, y) ==
                        (image->want[i] & 0xffffff),
                        "%s: format %u, flags %u, pixel %u,%u is 0x%06x and "
                        "not 0x%06x", what, image->texture.format,
                        image->texture.flags, x, y,
                        screen_pixel(screen, x, y),
                        image->want[i] & 0xffffff);
        }
    }
}
