/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What an operator says of one head: an element of outputs=, as JSON and in a
 * stream.  docs/displays.md describes the members.  Under the big lock.
 */
#ifndef HW_DISPLAY_VIRTIO_GPU_OUTPUT_CONF_H
#define HW_DISPLAY_VIRTIO_GPU_OUTPUT_CONF_H

#include "hw/virtio/virtio-gpu.h"

#include "qobject/qdict.h"

/* Bits of VirtIOGPUOutputConf.given. */
enum {
    VIRTIO_GPU_GIVES_NAME = 1 << 0,
    VIRTIO_GPU_GIVES_VENDOR = 1 << 1,
    VIRTIO_GPU_GIVES_SERIAL = 1 << 2,
    VIRTIO_GPU_GIVES_XMAX = 1 << 3,
    VIRTIO_GPU_GIVES_YMAX = 1 << 4,
    VIRTIO_GPU_GIVES_CONTROL = 1 << 5,
    VIRTIO_GPU_GIVES_CONNECTED = 1 << 6,
    VIRTIO_GPU_GIVES_XRES = 1 << 7,
    VIRTIO_GPU_GIVES_YRES = 1 << 8,
    VIRTIO_GPU_GIVES_X = 1 << 9,
    VIRTIO_GPU_GIVES_Y = 1 << 10,
    VIRTIO_GPU_GIVES_REFRESH = 1 << 11,
    VIRTIO_GPU_GIVES_WIDTH_MM = 1 << 12,
    VIRTIO_GPU_GIVES_HEIGHT_MM = 1 << 13,
    VIRTIO_GPU_GIVES_ALL = (1 << 14) - 1,
    /* What a client says, too, unless the operator decides. */
    VIRTIO_GPU_GIVES_MONITOR = VIRTIO_GPU_GIVES_ALL &
                               ~(VIRTIO_GPU_GIVES_CONNECTED - 1),
};

/*
 * Makes element @index of outputs= into @conf, with what it gives.  False, with
 * an error in one sentence, when it is no object or something in it impossible.
 */
bool virtio_gpu_output_conf_parse(QObject *element, unsigned index,
                                  VirtIOGPUOutputConf *conf, Error **errp);

/* The other way: what @conf gives; the caller's. */
QDict *virtio_gpu_output_conf_print(const VirtIOGPUOutputConf *conf);

/* Takes over what @news gives. */
void virtio_gpu_output_conf_merge(VirtIOGPUOutputConf *conf,
                                  const VirtIOGPUOutputConf *news);

/* All of it but what it gives; false when a stream says the impossible. */
void virtio_gpu_output_conf_put(QEMUFile *f, const VirtIOGPUOutputConf *conf);
bool virtio_gpu_output_conf_get(QEMUFile *f, VirtIOGPUOutputConf *conf);

#endif
