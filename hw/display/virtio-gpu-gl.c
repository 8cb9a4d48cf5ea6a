/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "virtio-gpu-gl.h"

#include "hw/qdev-properties.h"
#include "qemu/module.h"
#include "renderer/virgl/virgl.h"

/* QEMU's own types have 3D or nothing; these have what the host can do. */
static void gl_instance_init(Object *obj)
{
    VirtIOGPUBase *base = VIRTIO_GPU_BASE(obj);

    base->default_route = "auto";
    base->default_context_init = STOCK_CONTEXT_INIT;
}

static const Property gl_properties[] = {
    DEFINE_PROP_BOOL("stats", VirtIOGPUGL, stats, false),
};

static void gl_class_init(ObjectClass *klass, void *data)
{
    device_class_set_props(DEVICE_CLASS(klass), gl_properties);
}

static const TypeInfo types[] = {
    {
        .name = TYPE_VIRTIO_GPU_GL,
        .parent = TYPE_VIRTIO_GPU,
        .instance_size = sizeof(VirtIOGPUGL),
        .instance_init = gl_instance_init,
        .class_init = gl_class_init,
    },
};

DEFINE_TYPES(types)

static void register_renderer(void)
{
    virtio_gpu_renderer_register(&vgpu_virgl_ops);
}

type_init(register_renderer)

module_dep("hw-display-virtio-gpu");
module_dep("ui-opengl");
module_obj(TYPE_VIRTIO_GPU_GL);
module_kconfig(VIRTIO_GPU);
