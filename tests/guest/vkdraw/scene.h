/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 * Copyright (c) 2026 The qemu-virtio-gpu authors
 *
 * The inside of a scene: its vertices, and what pipeline.c makes for scene.c.
 */
#ifndef SCENE_H
#define SCENE_H

#include "vkdraw.h"

struct corner {
    float pixel[2];             /* from the upper left */
    float colour[3];
};

void scene_create_pass(struct scene *scene, const struct gpu *gpu);
void scene_create_pipeline(struct scene *scene, const struct gpu *gpu);

#endif
