/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The commands that put a picture onto a head, one call each; all of them
 * must succeed.  One thread.
 */
#ifndef TESTS_QTEST_DRAW_H
#define TESTS_QTEST_DRAW_H

#include "gpu.h"

void draw_create(struct gpu *gpu, uint32_t id, uint32_t format, uint32_t width,
                 uint32_t height);
void draw_create_blob(struct gpu *gpu, uint32_t id, uint64_t bytes,
                      const struct wire_entry *entries, uint32_t num);
void draw_attach(struct gpu *gpu, uint32_t id, const struct wire_entry *entries,
                 uint32_t num);
void draw_detach(struct gpu *gpu, uint32_t id);
void draw_unref(struct gpu *gpu, uint32_t id);

/* All of an image of @width x @height, from the beginning of its backing. */
void draw_transfer(struct gpu *gpu, uint32_t id, uint32_t width,
                   uint32_t height);
void draw_scanout(struct gpu *gpu, uint32_t head, uint32_t id,
                  const struct wire_rect *rect);
void draw_flush(struct gpu *gpu, uint32_t id, const struct wire_rect *rect);

/*
 * An image with @bytes of RAM of its own attached, all of its pixels and of
 * its memory made by draw_pattern(@seed) and transferred.  Returns the RAM.
 */
uint64_t draw_image(struct gpu *gpu, uint32_t id, uint32_t format,
                    uint32_t width, uint32_t height, uint32_t seed);

/* Pixels that differ from each other and from those of another seed. */
void draw_pattern(struct gpu *gpu, uint64_t addr, uint32_t pixels,
                  uint32_t seed);

/* On the cursor queue; resource 0 hides it. */
void draw_cursor(struct gpu *gpu, const struct wire_cursor *cursor);

#endif
