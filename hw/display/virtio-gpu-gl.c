/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "virtio-gpu-gl.h"

#include "hw/qdev-properties.h"
#include "qapi/error.h"
#include "qemu/module.h"

/*
 * The type exists so that command lines and libvirt's probing find what they
 * know; it says what to use until 3D is there.
 */
static void gl_realize(DeviceState *dev, Error **errp)
{
    error_setg(errp, "this virtio-gpu has no 3D yet: use virtio-gpu-pci, "
               "virtio-gpu-device or virtio-vga without -gl");
}

static const Property gl_properties[] = {
    DEFINE_PROP_BOOL("stats", VirtIOGPUGL, stats, false),
    DEFINE_PROP_BOOL("venus", VirtIOGPUGL, venus, false),
};

static void gl_class_init(ObjectClass *klass, void *data)
{
    VirtioDeviceClass *vdc = VIRTIO_DEVICE_CLASS(klass);

    vdc->realize = gl_realize;
    device_class_set_props(DEVICE_CLASS(klass), gl_properties);
}

static const TypeInfo types[] = {
    {
        .name = TYPE_VIRTIO_GPU_GL,
        .parent = TYPE_VIRTIO_GPU,
        .instance_size = sizeof(VirtIOGPUGL),
        .class_init = gl_class_init,
    },
};

DEFINE_TYPES(types)

module_dep("hw-display-virtio-gpu");
module_dep("ui-opengl");
module_obj(TYPE_VIRTIO_GPU_GL);
module_kconfig(VIRTIO_GPU);
