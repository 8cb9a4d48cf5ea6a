/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "virtio-gpu-exporter.h"

#include "qemu/module.h"

static void register_exporter(void)
{
    virtio_gpu_exporter_register(&vgpu_http_exporter);
}

type_init(register_exporter)

module_dep("hw-display-virtio-gpu");
module_kconfig(VIRTIO_GPU);
