/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "virtio-gpu-vfio.h"

#include "exec/address-spaces.h"
#include "hw/qdev-core.h"
#include "hw/sysbus.h"
#include "hw/vfio/vfio-common.h"
#include "platform/vfio.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "system/system.h"
#include "virtio-gpu-metrics.h"

/* A QEMU may be built without VFIO. */
#pragma weak vfio_get_vfio_device

bool virtio_gpu_vfio_choose(VirtIOGPUBase *base, bool is_route, Error **errp)
{
    VirtIOGPUConf *conf = &base->conf;

    if (!is_route) {
        if (conf->vfio) {
            error_setg(errp, "vfio=%s is for renderer=vfio: add that, or leave "
                       "vfio= out", conf->vfio);
        }
        return !conf->vfio;
    }
    if (!vfio_get_vfio_device) {
        error_setg(errp, "renderer=vfio: this QEMU was built without VFIO: use "
                   "one with vfio-pci (qemu-system-x86_64 -device help)");
        return false;
    }
    if (!conf->vfio) {
        error_setg(errp, "renderer=vfio shows what a device of the guest "
                   "renders and has to know which: add vfio=ID of a -device "
                   "vfio-pci,id=ID");
        return false;
    }
    if (conf->hostmem || conf->venus || conf->native_context) {
        error_setg(errp, "%s is for rendering in the host, and with "
                   "renderer=vfio the guest renders: leave it out",
                   conf->hostmem ? "hostmem="
                   : conf->venus ? "venus=on" : "drm_native_context=on");
        return false;
    }
    conf->blob = true;
    conf->resource_uuid = true;
    return true;
}

/* Without that feature the guest's addresses are not translated for us. */
static bool check_iommu(VirtIOGPU *gpu, Error **errp)
{
    if (!gpu->pci ||
        virtio_host_has_feature(virtio_gpu_vdev(gpu),
                                VIRTIO_F_IOMMU_PLATFORM) ||
        pci_device_iommu_address_space(gpu->pci) == &address_space_memory) {
        return true;
    }
    error_setg(errp, "renderer=vfio: the guest has an IOMMU, so only that knows "
               "where buffers of %s are: add iommu_platform=on to this device, "
               "or give the guest no IOMMU", virtio_gpu_base(gpu)->conf.vfio);
    return false;
}

/* NULL without an error: there is no device of that id by now. */
static VFIODevice *find_device(VirtIOGPU *gpu, Error **errp)
{
    const char *id = virtio_gpu_base(gpu)->conf.vfio;
    DeviceState *dev = qdev_find_recursive(sysbus_get_default(), id);
    VFIODevice *device = dev ? vfio_get_vfio_device(OBJECT(dev)) : NULL;

    if (dev && !device) {
        error_setg(errp, "vfio=%s is a %s, and renderer=vfio needs a device "
                   "that is assigned to the guest: name that of a -device "
                   "vfio-pci,id=ID", id, object_get_typename(OBJECT(dev)));
    }
    return device;
}

static void tell(VirtIOGPU *gpu, const VFIODevice *device)
{
    VirtIOGPUBase *base = virtio_gpu_base(gpu);
    int result = vgpu_vfio_probe_dmabuf(device->fd);

    g_free(base->renderer_info);
    base->renderer_info = g_strdup_printf(
        "vfio: shows what %s (host %s) renders; dma-buf: %s%s",
        base->conf.vfio, device->name, result < 0 ? "no, because " : "yes",
        result < 0 ? vgpu_vfio_dmabuf_complaint(-result) : "");
    info_report("virtio-gpu: renderer %s", base->renderer_info);
    virtio_gpu_metrics_know_renderer(gpu);
}

static void machine_is_complete(Notifier *notifier, void *unused)
{
    VirtIOGPU *gpu = container_of(notifier, VirtIOGPU, machine_complete);
    const char *id = virtio_gpu_base(gpu)->conf.vfio;
    Error *error = NULL;
    VFIODevice *device = find_device(gpu, &error);

    if (!device && !error) {
        error_setg(&error, "vfio=%s: there is no device of that id: add "
                   "-device vfio-pci,id=%s,host=ADDRESS, or name another", id,
                   id);
    }
    if (error || !check_iommu(gpu, &error)) {
        error_reportf_err(error, "virtio-gpu: ");
        exit(EXIT_FAILURE);
    }
    tell(gpu, device);
}

bool virtio_gpu_vfio_realize(VirtIOGPU *gpu, Error **errp)
{
    VirtIOGPUBase *base = virtio_gpu_base(gpu);
    ERRP_GUARD();

    find_device(gpu, errp);
    if (*errp || !check_iommu(gpu, errp)) {
        return false;
    }
    base->renderer_info = g_strdup_printf("vfio: %s is not there yet",
                                          base->conf.vfio);
    gpu->machine_complete.notify = machine_is_complete;
    qemu_add_machine_init_done_notifier(&gpu->machine_complete);
    return true;
}

void virtio_gpu_vfio_unrealize(VirtIOGPU *gpu)
{
    if (gpu->machine_complete.notify) {
        qemu_remove_machine_init_done_notifier(&gpu->machine_complete);
        gpu->machine_complete.notify = NULL;
    }
}
