/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "hw/virtio/virtio-gpu.h"

#include "hw/pci/pci_device.h"
#include "hw/qdev-properties.h"
#include "hw/virtio/virtio-pci.h"
#include "qapi/error.h"
#include "qapi/visitor.h"
#include "qemu/host-utils.h"
#include "qemu/main-loop.h"
#include "qemu/module.h"
#include "qemu/units.h"
#include "standard-headers/linux/virtio_ids.h"
#include "virtio-gpu-bus.h"
#include "virtio-gpu-exporter.h"
#include "virtio-gpu-metrics.h"
#include "virtio-gpu-profile.h"
#include "virtio-gpu-watchdog.h"

/* Bytes of the configuration space without and with blob_alignment. */
#define CONFIG_BYTES 16
#define CONFIG_BYTES_1_4 20

static bool offers_context_init(const VirtIOGPUBase *base)
{
    OnOffAuto wish = base->conf.context_init;

    return base->has_3d && (wish == ON_OFF_AUTO_ON || base->conf.venus ||
                            base->conf.native_context ||
                            (wish == ON_OFF_AUTO_AUTO &&
                             base->default_context_init));
}

uint64_t virtio_gpu_offered_features(const VirtIOGPUBase *base)
{
    const VirtIOGPUConf *conf = &base->conf;

    return (base->has_3d ? VGPU_F_VIRGL : 0) |
           (offers_context_init(base) ? VGPU_F_CONTEXT_INIT : 0) |
           (conf->edid ? VGPU_F_EDID : 0) |
           (conf->resource_uuid ? VGPU_F_RESOURCE_UUID : 0) |
           (conf->blob ? VGPU_F_RESOURCE_BLOB : 0) |
           (conf->blob_alignment ? VGPU_F_BLOB_ALIGNMENT : 0);
}

static uint64_t base_get_features(VirtIODevice *vdev, uint64_t features,
                                  Error **errp)
{
    return features | virtio_gpu_offered_features(VIRTIO_GPU_BASE(vdev));
}

/* What the driver wrote, bits that were not offered among it. */
static uint64_t accepted_features(VirtIODevice *vdev)
{
    DeviceState *proxy = qdev_get_parent_bus(DEVICE(vdev))->parent;
    VirtIOPCIProxy *pci =
        (VirtIOPCIProxy *)object_dynamic_cast(OBJECT(proxy), TYPE_VIRTIO_PCI);

    if (!pci) {
        return vdev->guest_features;
    }
    return (uint64_t)pci->guest_features[1] << 32 | pci->guest_features[0];
}

/* Virtio drops bits that were not offered; the standard refuses the set. */
static int base_validate_features(VirtIODevice *vdev)
{
    uint64_t accepted = accepted_features(vdev);

    if (accepted & ~vdev->host_features ||
        (accepted & VGPU_F_CONTEXT_INIT && !(accepted & VGPU_F_VIRGL)) ||
        (accepted & VGPU_F_BLOB_ALIGNMENT &&
         !(accepted & VGPU_F_RESOURCE_BLOB))) {
        return -EINVAL;
    }
    return 0;
}

static bool check_conf(const VirtIOGPUConf *conf, Error **errp)
{
    if (conf->max_outputs == 0 || conf->max_outputs > VGPU_MAX_SCANOUTS) {
        error_setg(errp, "max_outputs=%u is not possible: choose 1 to %u",
                   conf->max_outputs, VGPU_MAX_SCANOUTS);
        return false;
    }
    if (conf->xres == 0 || conf->xres > VGPU_MAX_AXIS_PX ||
        conf->yres == 0 || conf->yres > VGPU_MAX_AXIS_PX) {
        error_setg(errp, "xres=%u,yres=%u is not possible: "
                   "choose 1 to %d pixels each", conf->xres, conf->yres,
                   VGPU_MAX_AXIS_PX);
        return false;
    }
    if (conf->blob_alignment && !conf->blob) {
        error_setg(errp, "blob-alignment=%u needs blobs: add blob=on",
                   conf->blob_alignment);
        return false;
    }
    if (conf->blob_alignment && !is_power_of_2(conf->blob_alignment)) {
        error_setg(errp, "blob-alignment=%u is not possible: choose a power "
                   "of two, such as 4096", conf->blob_alignment);
        return false;
    }
    return true;
}

/* Everything but what is loaded; the device itself may not be there. */
static void take_down(VirtIOGPU *gpu)
{
    VirtIOGPUBase *base = virtio_gpu_base(gpu);

    virtio_gpu_status_finish(gpu);
    virtio_gpu_display_finish(base);
    virtio_gpu_frames_finish(base);
    virtio_gpu_pointer_finish(base);
    virtio_gpu_control_finish(base);
    virtio_cleanup(virtio_gpu_vdev(gpu));
}

static void gpu_realize(DeviceState *dev, Error **errp)
{
    VirtIODevice *vdev = VIRTIO_DEVICE(dev);
    VirtIOGPUBase *base = VIRTIO_GPU_BASE(dev);
    VirtIOGPU *gpu = VIRTIO_GPU(dev);

    qemu_thread_get_self(&base->main_thread);
    /* The renderer may turn blobs on. */
    if (!virtio_gpu_renderer_choose(base, errp) ||
        !check_conf(&base->conf, errp) ||
        !virtio_gpu_profile_apply(base, errp) ||
        !virtio_gpu_outputs_realize(base, errp)) {
        return;
    }
    gpu->pci = (PCIDevice *)
        object_dynamic_cast(OBJECT(qdev_get_parent_bus(dev)->parent),
                            TYPE_PCI_DEVICE);
    virtio_init(vdev, VIRTIO_ID_GPU,
                base->conf.blob_alignment ? CONFIG_BYTES_1_4 : CONFIG_BYTES);
    gpu->interrupts_deferred =
        virtio_gpu_bus_defer_interrupts(qdev_get_parent_bus(dev));
    if (!virtio_gpu_status_init(gpu, errp)) {
        virtio_cleanup(vdev);
        return;
    }
    virtio_gpu_control_init(base);
    virtio_gpu_pointer_init(base);
    virtio_gpu_frames_init(gpu);
    virtio_gpu_display_init(base);
    if (!virtio_gpu_renderer_realize(gpu, errp)) {
        take_down(gpu);
        return;
    }
    virtio_gpu_metrics_init(gpu);
    if (!virtio_gpu_exporter_realize(gpu, errp)) {
        take_down(gpu);
        virtio_gpu_metrics_finish(gpu);
        return;
    }
    virtio_gpu_watchdog_start(gpu);
}

static void gpu_unrealize(DeviceState *dev)
{
    VirtIOGPU *gpu = VIRTIO_GPU(dev);

    virtio_gpu_exporter_unrealize(gpu);
    virtio_gpu_migration_forget(gpu);
    take_down(gpu);
    virtio_gpu_metrics_finish(gpu);
}

static void gpu_reset(VirtIODevice *vdev)
{
    VirtIOGPUBase *base = VIRTIO_GPU_BASE(vdev);

    virtio_gpu_memory_set_up_dma(VIRTIO_GPU(vdev));
    virtio_gpu_status_reset(VIRTIO_GPU(vdev));
    virtio_gpu_control_reset(base);
    virtio_gpu_display_reset(base);
}

static void gpu_set_status(VirtIODevice *vdev, uint8_t status)
{
    VirtIOGPUBase *base = VIRTIO_GPU_BASE(vdev);

    virtio_gpu_status_set(vdev, status);
    if (status & VIRTIO_CONFIG_S_DRIVER_OK && base->notify_config) {
        /* After virtio has taken the status over. */
        qemu_bh_schedule(base->display_bh);
    }
}

static void get_frame_bytes(Object *obj, Visitor *v, const char *name,
                            void *opaque, Error **errp)
{
    uint64_t bytes = virtio_gpu_frames_bytes(VIRTIO_GPU_BASE(obj));

    visit_type_size(v, name, &bytes, errp);
}

static void get_readback_bytes(Object *obj, Visitor *v, const char *name,
                               void *opaque, Error **errp)
{
    uint64_t bytes =
        vgpu_counter_read(&VIRTIO_GPU_BASE(obj)->metrics.bytes_read);

    visit_type_size(v, name, &bytes, errp);
}

static char *get_renderer_info(Object *obj, Error **errp)
{
    const char *info = VIRTIO_GPU_BASE(obj)->renderer_info;

    return g_strdup(info ? info : "not realized");
}

/* Of the object and not the class: nothing that a user could set. */
static void gpu_instance_init(Object *obj)
{
    VIRTIO_GPU_BASE(obj)->default_route = "2d";
    virtio_gpu_profile_init(VIRTIO_GPU_BASE(obj));
    object_property_add_str(obj, "renderer-info", get_renderer_info, NULL);
    object_property_set_description(
        obj, "renderer-info", "the route that was taken, what renders, and "
        "why");
    object_property_add(obj, "frame-bytes", "size", get_frame_bytes, NULL,
                        NULL, NULL);
    object_property_set_description(
        obj, "frame-bytes", "memory of the pictures on their way to "
        "displays, outside of max_hostmem");
    object_property_add(obj, "readback-bytes", "size", get_readback_bytes,
                        NULL, NULL, NULL);
    object_property_set_description(
        obj, "readback-bytes", "pixels read back from OpenGL to be shown, "
        "since the device was created");
    virtio_gpu_stats_add_property(obj);
    virtio_gpu_exporter_add_property(obj);
}

static void gpu_instance_finalize(Object *obj)
{
    virtio_gpu_profile_finish(VIRTIO_GPU_BASE(obj));
}

static const Property gpu_properties[] = {
    DEFINE_PROP_UINT32("max_outputs", VirtIOGPUBase, conf.max_outputs, 1),
    DEFINE_PROP_BOOL("edid", VirtIOGPUBase, conf.edid, true),
    DEFINE_PROP_UINT32("xres", VirtIOGPUBase, conf.xres, 1280),
    DEFINE_PROP_UINT32("yres", VirtIOGPUBase, conf.yres, 800),
    DEFINE_PROP_LIMIT_SIZE("max_hostmem", conf.max_hostmem, 256 * MiB),
    DEFINE_PROP_BOOL("blob", VirtIOGPUBase, conf.blob, false),
    DEFINE_PROP_SIZE("hostmem", VirtIOGPUBase, conf.hostmem, 0),
    DEFINE_PROP_UINT8("x-scanout-vmstate-version", VirtIOGPUBase,
                      conf.scanout_vmstate_version, 2),
    DEFINE_PROP_BOOL("x-outputs-vmstate", VirtIOGPUBase,
                     conf.outputs_vmstate, false),
    DEFINE_PROP_BOOL("resource-uuid", VirtIOGPUBase, conf.resource_uuid,
                     false),
    DEFINE_PROP_UINT32("blob-alignment", VirtIOGPUBase, conf.blob_alignment,
                       0),
    DEFINE_PROP_STRING("renderer", VirtIOGPUBase, conf.renderer),
    DEFINE_PROP_STRING("rendernode", VirtIOGPUBase, conf.rendernode),
    DEFINE_PROP_STRING("vfio", VirtIOGPUBase, conf.vfio),
    DEFINE_PROP_BOOL("rendernode-software", VirtIOGPUBase,
                     conf.rendernode_software, false),
    DEFINE_PROP_ON_OFF_AUTO("zero-memory", VirtIOGPUBase, conf.zero_memory,
                            ON_OFF_AUTO_AUTO),
    DEFINE_PROP_STRING("profile", VirtIOGPUBase, conf.profile),
    DEFINE_PROP_LIMIT_SIZE("max_hostmem_3d", conf.max_hostmem_3d, 4 * GiB),
    DEFINE_PROP_LIMIT_UINT32("max_resources", conf.max_resources,
                             VIRTIO_GPU_MAX_RESOURCES),
    DEFINE_PROP_LIMIT_UINT32("max_contexts", conf.max_contexts,
                             VIRTIO_GPU_MAX_CONTEXTS),
    DEFINE_PROP_LIMIT_UINT32("watchdog", conf.watchdog, VIRTIO_GPU_WATCHDOG),
    DEFINE_PROP_LIMIT_UINT32("max_fps", conf.max_fps, 0),
    DEFINE_PROP_LIMIT_UINT32("software_threads", conf.software_threads, 0),
    DEFINE_PROP_ON_OFF_AUTO("context-init", VirtIOGPUBase, conf.context_init,
                            ON_OFF_AUTO_AUTO),
    DEFINE_PROP_BOOL("venus", VirtIOGPUBase, conf.venus, false),
    DEFINE_PROP_BOOL("venus-force", VirtIOGPUBase, conf.venus_force, false),
    DEFINE_PROP_BOOL("drm_native_context", VirtIOGPUBase, conf.native_context,
                     false),
    DEFINE_PROP_STRING("render-server", VirtIOGPUBase, conf.render_server),
    DEFINE_PROP_STRING("metrics", VirtIOGPUBase, conf.metrics),
    DEFINE_PROP_BOOL("metrics-allow-remote", VirtIOGPUBase,
                     conf.metrics_allow_remote, false),
    DEFINE_PROP_STRING("metrics-textfile", VirtIOGPUBase,
                       conf.metrics_textfile),
    DEFINE_PROP_LINK("iothread", VirtIOGPUBase, conf.iothread, TYPE_IOTHREAD,
                     IOThread *),
    { .name = "outputs", .info = &virtio_gpu_outputs_property },
};

static void base_class_init(ObjectClass *klass, void *data)
{
    VirtioDeviceClass *vdc = VIRTIO_DEVICE_CLASS(klass);
    DeviceClass *dc = DEVICE_CLASS(klass);

    vdc->get_features = base_get_features;
    vdc->validate_features = base_validate_features;
    vdc->get_config = virtio_gpu_control_get_config;
    vdc->set_config = virtio_gpu_control_set_config;
    set_bit(DEVICE_CATEGORY_DISPLAY, dc->categories);
    dc->hotpluggable = false;
}

static void gpu_class_init(ObjectClass *klass, void *data)
{
    VirtioDeviceClass *vdc = VIRTIO_DEVICE_CLASS(klass);
    DeviceClass *dc = DEVICE_CLASS(klass);

    vdc->realize = gpu_realize;
    vdc->unrealize = gpu_unrealize;
    vdc->reset = gpu_reset;
    vdc->set_status = gpu_set_status;
    vdc->queue_reset = virtio_gpu_status_queue_reset;
    vdc->queue_enable = virtio_gpu_status_queue_enable;
    vdc->start_ioeventfd = virtio_gpu_status_start_ioeventfd;
    vdc->stop_ioeventfd = virtio_gpu_status_stop_ioeventfd;
    dc->vmsd = &virtio_gpu_vmstate;
    device_class_set_props(dc, gpu_properties);
}

static const TypeInfo types[] = {
    {
        .name = TYPE_VIRTIO_GPU_BASE,
        .parent = TYPE_VIRTIO_DEVICE,
        .instance_size = sizeof(VirtIOGPUBase),
        .class_size = sizeof(VirtIOGPUBaseClass),
        .class_init = base_class_init,
        .abstract = true,
    },
    {
        .name = TYPE_VIRTIO_GPU,
        .parent = TYPE_VIRTIO_GPU_BASE,
        .instance_size = sizeof(VirtIOGPU),
        .instance_init = gpu_instance_init,
        .instance_finalize = gpu_instance_finalize,
        .class_init = gpu_class_init,
    },
};

DEFINE_TYPES(types)

module_obj(TYPE_VIRTIO_GPU_BASE);
module_obj(TYPE_VIRTIO_GPU);
module_kconfig(VIRTIO_GPU);
