/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * virglrenderer 0.10.4 to 1.3, by what it has.
 *
 * Up to 0.10 callbacks of version 3 and 4, fences of contexts and the EGL
 * display from outside stand behind VIRGL_RENDERER_UNSTABLE_APIS, with the
 * layout that later became stable.  HAVE_VIRGL_LOG_CALLBACK comes from Meson.
 */
#ifndef HW_DISPLAY_RENDERER_VIRGL_COMPAT_H
#define HW_DISPLAY_RENDERER_VIRGL_COMPAT_H

#define VIRGL_RENDERER_UNSTABLE_APIS

/* Before version 1.0 the header uses these without including anything. */
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include <virgl/virglrenderer.h>

/* The box of a transfer; the library's header only names it. */
struct virgl_box {
    uint32_t x, y, z;
    uint32_t w, h, d;
};

/* VIRGL_VERSION, a string, comes from Meson as well; memory of Venus by that. */
#ifdef HAVE_VIRGL_VENUS_MAP
#define VIRGL_MAPS_VENUS true
#else
#define VIRGL_MAPS_VENUS false
#endif

/*
 * Passes each line that the library logs to @log, on whatever thread it is.
 * For the life of the process.
 */
void vgpu_virgl_set_logger(void (*log)(const char *line));

#endif
