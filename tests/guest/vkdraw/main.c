/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 * Copyright (c) 2026 The qemu-virtio-gpu authors
 *
 * vkdraw FRAMES [FILE | --window]
 *
 * Draws that many frames, 0: without an end, one after the other, and says how
 * many a second. The last one is written into FILE as a PPM picture. The line
 * "drawing" comes when the first is done. With --window each is shown by a
 * Wayland compositor, and the last one stays there.
 */
#include "vkdraw.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "window.h"

void check(VkResult result, const char *what)
{
    if (result != VK_SUCCESS) {
        printf("error %s: VkResult %d%s\n", what, result,
               result == VK_ERROR_DEVICE_LOST ? ", the device is lost" : "");
        exit(1);
    }
}

static void write_picture(const unsigned char *rgba, const char *path)
{
    FILE *file = fopen(path, "wb");

    if (!file) {
        perror(path);
        exit(1);
    }
    fprintf(file, "P6\n%d %d\n255\n", SIDE, SIDE);
    for (int i = 0; i < SIDE * SIDE; i++) {
        fwrite(rgba + i * 4, 3, 1, file);
    }
    if (fclose(file)) {
        perror(path);
        exit(1);
    }
}

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    struct gpu gpu;
    struct scene scene;
    unsigned long frames, frame = 0;
    double started = 0;
    bool has_window = argc == 3 && !strcmp(argv[2], "--window");

    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: vkdraw FRAMES [FILE | --window]\n");
        return 2;
    }
    frames = strtoul(argv[1], NULL, 10);
    if (has_window) {
        window_open();
    }
    gpu_open(&gpu);
    scene_create(&scene, &gpu);
    do {
        scene_frame(&scene, &gpu, frame % 256);
        if (has_window) {
            window_show(scene.picture.bytes);
        }
        if (frame == 0) {
            printf("drawing\n");
            fflush(stdout);
            /* Not its shaders' compilation. */
            started = seconds();
        }
    } while (++frame != frames);
    printf("frames %lu fps %.1f\n", frames,
           (frames - 1) / (seconds() - started));
    fflush(stdout);
    if (has_window) {
        window_stay();
    } else if (argc > 2) {
        write_picture(scene.picture.bytes, argv[2]);
    }
    return 0;
}
