/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * An image that the guest draws: a resource, its backing memory, and what a
 * person must see of it.  Drawing changes guest memory only; what the device
 * is told is the test's to say.  Lives as long as its guest; one thread.
 */
#ifndef TESTS_QTEST_PICTURE_H
#define TESTS_QTEST_PICTURE_H

#include "gpu.h"
#include "screen.h"

#define PICTURE_NUM_FORMATS 8

/* Every pixel format of 2D resources, virtio 1.3, 5.7.6.8. */
extern const uint32_t picture_formats[PICTURE_NUM_FORMATS];

/* A pixel in memory from 0xaarrggbb, and back. */
void picture_put_pixel(uint32_t format, uint8_t bytes[4], uint32_t argb);
uint32_t picture_get_pixel(uint32_t format, const uint8_t bytes[4]);

/* Pixels whose neighbours, and those of another seed, differ in every byte. */
uint32_t picture_noise_at(uint32_t x, uint32_t y, uint32_t seed);

struct picture {
    struct gpu *gpu;
    uint32_t id;
    uint32_t format;            /* 0: B8G8R8X8 */
    uint32_t width, height;     /* px */
    bool blob;                  /* of guest memory; needs a blob=on device */
    uint32_t blob_flags;        /* BLOB_… */
    /*
     * Not NULL: a blob there, in memory of a device, which this process sees
     * here and the guest has at address.
     */
    uint8_t *memory;
    uint64_t address;
    bool scattered;             /* no page follows the one before */
    bool texture;               /* of RESOURCE_CREATE_3D; needs 3D */
    bool y_0_top;               /* a texture with that flag */

    /* Set by picture_create(). */
    uint64_t backing;
    uint32_t *argb;             /* what was drawn, 0xaarrggbb */
};

/* Creates the resource with its backing.  All is 0 until it is drawn. */
void picture_create(struct picture *picture, struct gpu *gpu);
void picture_unref(struct picture *picture);

/* Drawing: one colour, or pixels that differ with @seed (also in alpha). */
void picture_fill(struct picture *picture, const struct wire_rect *rect,
                  uint32_t argb);
void picture_noise(struct picture *picture, const struct wire_rect *rect,
                   uint32_t seed);

/* All of the picture. */
struct wire_rect picture_rect(const struct picture *picture);

/*
 * Requests, which must succeed; @rect NULL: all of it.  A transfer is sent for
 * blobs too, as Linux does.
 */
void picture_transfer(struct picture *picture, const struct wire_rect *rect);
void picture_show(struct picture *picture, unsigned head,
                  const struct wire_rect *rect);
void picture_flush(struct picture *picture, const struct wire_rect *rect);

/* RESOURCE_FLUSH of all of it; the answer. */
uint32_t picture_try_flush(struct picture *picture);

/* picture_transfer() and picture_flush(). */
void picture_update(struct picture *picture, const struct wire_rect *rect);

/* SET_SCANOUT with resource 0. */
void picture_hide(struct gpu *gpu, unsigned head);

/* Ends the case unless @screen is @rect (NULL: all) of the picture. */
void picture_expect_on(const struct picture *picture,
                       const struct wire_rect *rect,
                       const struct screen *screen, const char *where);

/* Takes a screendump of @head and judges it. */
void picture_expect_shown(const struct picture *picture,
                          const struct wire_rect *rect, unsigned head);

#endif
