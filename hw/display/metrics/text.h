/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A device's metrics as text: Prometheus' exposition format, version 0.0.4, with
 * the labels domain and device on each sample.
 *
 * Any thread.
 */
#ifndef HW_DISPLAY_METRICS_TEXT_H
#define HW_DISPLAY_METRICS_TEXT_H

#include <glib.h>

#include "families.h"

#define VGPU_METRICS_TEXT_TYPE "text/plain; version=0.0.4; charset=utf-8"

/* The caller's, to be freed with g_string_free(). */
GString *vgpu_metrics_text(const struct vgpu_metrics_view *view);

#endif
