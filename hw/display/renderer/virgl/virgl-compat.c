/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "virgl-compat.h"

#include <stdio.h>

static void (*logger)(const char *line);

#ifdef HAVE_VIRGL_LOG_CALLBACK
static void log_line(enum virgl_log_level_flags level, const char *message,
                     void *opaque)
{
    (void)level;
    (void)opaque;
    logger(message);
}

void vgpu_virgl_set_logger(void (*log)(const char *line))
{
    logger = log;
    virgl_set_log_callback(log_line, NULL, NULL);
}
#else
/* Longer ones, whole shaders for example, are cut. */
#define LINE_BYTES 256

static void log_line(const char *format, va_list args)
{
    char line[LINE_BYTES];

    vsnprintf(line, sizeof(line), format, args);
    logger(line);
}

void vgpu_virgl_set_logger(void (*log)(const char *line))
{
    logger = log;
    virgl_set_debug_callback(log_line);
}
#endif
