/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 * Copyright (c) 2026 The qemu-virtio-gpu authors
 *
 * A window on a Wayland compositor that shows vkdraw's pictures from memory:
 * also where Vulkan has no swapchain.
 */
#ifndef WINDOW_H
#define WINDOW_H

void window_open(void);

/* Shows SIDE x SIDE pixels of R8G8B8A8, and returns when they were drawn. */
void window_show(const unsigned char *rgba);

/* Until somebody ends the program. */
void window_stay(void);

#endif
