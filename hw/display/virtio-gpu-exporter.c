/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "virtio-gpu-exporter.h"

#include "metrics/text.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "qemu/module.h"
#include "system/system.h"
#include "virtio-gpu-metrics.h"

/* Set by the module, when it is loaded. */
static const struct vgpu_exporter_ops *exporter_ops;

void virtio_gpu_exporter_register(const struct vgpu_exporter_ops *ops)
{
    exporter_ops = ops;
}

static bool load_module(Error **errp)
{
    if (!exporter_ops &&
        module_load("hw-", "display-virtio-gpu-metrics", errp) < 0) {
        error_append_hint(errp, "metrics= needs libmicrohttpd: install "
                          "libmicrohttpd12, or leave metrics= and "
                          "metrics-textfile= out\n");
        return false;
    }
    if (!exporter_ops) {
        error_setg(errp, "hw-display-virtio-gpu-metrics.so is not installed "
                   "beside this module: install all of qemu-virtio-gpu again, "
                   "or leave metrics= and metrics-textfile= out");
        return false;
    }
    return true;
}

/* On the exporter's thread, and in realize. */
static GString *collect(void *opaque)
{
    struct vgpu_metrics_view view;

    virtio_gpu_metrics_view(opaque, &view);
    return vgpu_metrics_text(&view);
}

static void warn(void *opaque, const char *text)
{
    warn_report("virtio-gpu: %s", text);
}

/* Devices are not unrealized then. */
static void qemu_ends(Notifier *notifier, void *unused)
{
    virtio_gpu_exporter_unrealize(container_of(notifier, VirtIOGPU,
                                               exporter_exit));
}

static bool start(VirtIOGPU *gpu, Error **errp)
{
    const VirtIOGPUConf *conf = &virtio_gpu_base(gpu)->conf;
    const struct vgpu_exporter_config config = {
        .address = conf->metrics,
        .allow_remote = conf->metrics_allow_remote,
        .textfile = conf->metrics_textfile,
        .collect = collect,
        .warn = warn,
        .opaque = gpu,
    };
    g_autofree char *error = NULL;

    gpu->exporter = exporter_ops->start(&config, &error);
    if (!gpu->exporter) {
        error_setg(errp, "%s", error);
        return false;
    }
    gpu->exporter_exit.notify = qemu_ends;
    qemu_add_exit_notifier(&gpu->exporter_exit);
    return true;
}

bool virtio_gpu_exporter_realize(VirtIOGPU *gpu, Error **errp)
{
    const VirtIOGPUConf *conf = &virtio_gpu_base(gpu)->conf;

    if (conf->metrics_allow_remote && !conf->metrics) {
        error_setg(errp, "metrics-allow-remote=on is for metrics=ADDRESS:PORT: "
                   "add that, or leave it out");
        return false;
    }
    if (!conf->metrics && !conf->metrics_textfile) {
        return true;
    }
    return load_module(errp) && start(gpu, errp);
}

void virtio_gpu_exporter_unrealize(VirtIOGPU *gpu)
{
    if (gpu->exporter) {
        qemu_remove_exit_notifier(&gpu->exporter_exit);
        exporter_ops->stop(g_steal_pointer(&gpu->exporter));
    }
}

static char *get_address(Object *obj, Error **errp)
{
    VirtIOGPU *gpu = VIRTIO_GPU(obj);
    const char *address =
        gpu->exporter ? exporter_ops->address(gpu->exporter) : NULL;

    return g_strdup(address ? address : "");
}

void virtio_gpu_exporter_add_property(Object *obj)
{
    object_property_add_str(obj, "metrics-address", get_address, NULL);
    object_property_set_description(
        obj, "metrics-address", "where metrics= is served, with the port that "
        "was taken for port 0");
}
