/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "hw/virtio/virtio-gpu.h"

#include "qapi/error.h"
#include "qemu/error-report.h"
#include "qemu/log.h"
#include "qemu/module.h"
#include "qemu/uuid.h"
#include "renderer/virgl/virgl.h"
#include "virtio-gpu-assigned.h"
#include "virtio-gpu-dmabuf.h"
#include "virtio-gpu-vfio.h"

/* How many threads Mesa's software renderer has beside the one that calls it. */
#define MESA_THREADS "LP_NUM_THREADS"

typedef struct Route {
    const char *name;
    bool has_3d;
    enum vgpu_virgl_route virgl;
    bool is_vfio;               /* the guest renders */
} Route;

static const Route routes[] = {
    { "2d" },
    { "software", true, VGPU_VIRGL_SOFTWARE },
    { "gpu", true, VGPU_VIRGL_GPU },
    { "auto", true, VGPU_VIRGL_AUTO },
    { "vfio", .is_vfio = true },
};

/* Set by the module, when it is loaded. */
static const struct vgpu_renderer_ops *ops_with_3d;

typedef struct Creation {
    VirtIOGPU *gpu;
    const struct vgpu_device_config *config;
    const struct vgpu_device_env *env;
    char *error;
} Creation;

void virtio_gpu_renderer_register(const struct vgpu_renderer_ops *ops)
{
    ops_with_3d = ops;
}

static void make_uuid(void *host, uint8_t uuid[16])
{
    QemuUUID new;

    qemu_uuid_generate(&new);
    memcpy(uuid, new.data, sizeof(new.data));
}

static int64_t clock_ns(void *host)
{
    return get_clock();
}

static const struct vgpu_host_ops host_ops = {
    .map = virtio_gpu_memory_map,
    .unmap = virtio_gpu_memory_unmap,
    .translates = virtio_gpu_memory_translates,
    .device_find = virtio_gpu_assigned_find,
    .device_release = virtio_gpu_assigned_release,
    .device_read = virtio_gpu_assigned_read,
    .device_dmabuf = virtio_gpu_dmabuf_of_device,
    .memory_dmabuf = virtio_gpu_dmabuf_of_memory,
    .dmabuf_close = virtio_gpu_dmabuf_close,
    .complete = virtio_gpu_queue_complete,
    .display_mode = virtio_gpu_control_display_mode,
    .display_info_read = virtio_gpu_control_display_info_read,
    .edid = virtio_gpu_control_edid,
    .clock_ns = clock_ns,
    .make_uuid = make_uuid,
    .window_map = virtio_gpu_mapping_map,
    .window_unmap = virtio_gpu_mapping_unmap,
    .guest_error = virtio_gpu_request_guest_error,
};

static const Route *find_route(const VirtIOGPUBase *base)
{
    const char *name = base->conf.renderer ? base->conf.renderer
                                           : base->default_route;

    for (size_t i = 0; i < ARRAY_SIZE(routes); i++) {
        if (g_str_equal(routes[i].name, name)) {
            return &routes[i];
        }
    }
    return NULL;
}

/* Its libraries need not be there where nobody wants 3D. */
static bool load_module(Error **errp)
{
    if (!ops_with_3d &&
        module_load("hw-", "display-virtio-gpu-gl", errp) < 0) {
        error_append_hint(errp, "3D needs virglrenderer: install "
                          "qemu-system-modules-opengl and libvirglrenderer1, "
                          "or use renderer=2d\n");
        return false;
    }
    if (!ops_with_3d) {
        error_setg(errp, "hw-display-virtio-gpu-gl.so is not installed beside "
                   "this module: install all of qemu-virtio-gpu again, or use "
                   "renderer=2d");
        return false;
    }
    return true;
}

/* Memory of such contexts is blobs, of no use where they cannot be mapped. */
static bool check_memory(const VirtIOGPUBase *base, const char *wish,
                         Error **errp)
{
    if (!base->has_3d || !base->conf.blob || !base->conf.hostmem) {
        error_setg(errp, "%s=on needs %s", wish,
                   !base->has_3d ? "3D: use a -gl type, or renderer=software"
                   : !base->conf.blob ? "blob=on"
                   : "a window for its memory: hostmem=256M, for example");
        return false;
    }
    return true;
}

static bool check_venus(const VirtIOGPUBase *base, Error **errp)
{
    const VirtIOGPUConf *conf = &base->conf;

    if (!conf->venus && (conf->render_server || conf->venus_force)) {
        error_setg(errp, "%s is for Vulkan: it needs venus=on",
                   conf->render_server ? "render-server" : "venus-force=on");
        return false;
    }
    return !conf->venus || check_memory(base, "venus", errp);
}

static bool check_native(const VirtIOGPUBase *base, const Route *route,
                         Error **errp)
{
    if (!base->conf.native_context) {
        return true;
    }
    if (!route->has_3d || route->virgl == VGPU_VIRGL_SOFTWARE) {
        error_setg(errp, "drm_native_context=on is for a GPU of the host: it "
                   "needs renderer=gpu or auto, and this is renderer=%s",
                   route->name);
        return false;
    }
    return check_memory(base, "drm_native_context", errp);
}

/* What is about a render node, on a route without one. */
static bool check_node(const VirtIOGPUBase *base, const Route *route,
                       Error **errp)
{
    const char *node = base->conf.rendernode;

    if ((route->has_3d && route->virgl != VGPU_VIRGL_SOFTWARE) ||
        (!node && !base->conf.rendernode_software)) {
        return true;
    }
    error_setg(errp, "rendernode%s%s is for renderer=gpu or auto, and this is "
               "renderer=%s", node ? "=" : "-software", node ? node : "=on",
               route->name);
    return false;
}

bool virtio_gpu_renderer_choose(VirtIOGPUBase *base, Error **errp)
{
    const Route *route = find_route(base);

    if (!route) {
        error_setg(errp, "renderer=%s is not known: choose 2d, software, gpu, "
                   "auto or vfio", base->conf.renderer);
        return false;
    }
    base->has_3d = route->has_3d;
    if (!virtio_gpu_vfio_choose(base, route->is_vfio, errp) ||
        !check_node(base, route, errp) || !check_venus(base, errp) ||
        !check_native(base, route, errp)) {
        return false;
    }
    return !route->has_3d || load_module(errp);
}

static void create(void *opaque)
{
    Creation *c = opaque;

    c->gpu->device = vgpu_device_create(c->config, c->env, &c->error);
    if (c->gpu->device) {
        virtio_gpu_fences_watch(c->gpu);
    }
}

static void complain(void *opaque, const char *text)
{
    virtio_gpu_request_guest_error(opaque, NULL, text);
}

static void warn(void *opaque, const char *text)
{
    warn_report("virtio-gpu: %s", text);
}

static void count_pixels(void *opaque, uint64_t bytes)
{
    vgpu_counter_add(&virtio_gpu_base(opaque)->metrics.bytes_read, bytes);
}

/*
 * Mesa reads its environment when it makes a screen, and render servers inherit it.
 * It is the process's: what the operator has put there stays, and with it what a
 * device that could not be realized has.  These devices are not hotplugged: QEMU
 * starts, and few threads are there to look at the environment meanwhile.
 */
static void set_software_threads(const VirtIOGPUBase *base)
{
    g_autofree char *wanted = g_strdup_printf("%u",
                                              base->conf.software_threads);
    const char *present = g_getenv(MESA_THREADS);

    if (!base->has_3d || !base->conf.software_threads) {
        return;
    }
    if (!present) {
        g_setenv(MESA_THREADS, wanted, TRUE);
    } else if (!g_str_equal(present, wanted)) {
        warn_report("virtio-gpu: software_threads=%s has no effect, as QEMU's "
                    "environment says " MESA_THREADS "=%s: take that out of it",
                    wanted, present);
    }
}

static bool create_device(VirtIOGPU *gpu, struct vgpu_virgl_options *options,
                          Error **errp)
{
    VirtIOGPUBase *base = virtio_gpu_base(gpu);
    struct vgpu_device_config config = {
        .num_scanouts = base->conf.max_outputs,
        .features = virtio_gpu_offered_features(base),
        .blob_alignment = base->conf.blob_alignment,
        .window_bytes = base->has_3d ? memory_region_size(&base->hostmem) : 0,
        .max_hostmem = base->conf.max_hostmem,
        .max_hostmem_3d = base->conf.max_hostmem_3d,
        .max_resources = base->conf.max_resources,
        .max_contexts = base->conf.max_contexts,
    };
    struct vgpu_device_env env = {
        .host_ops = &host_ops,
        .host = gpu,
        .display_ops = &virtio_gpu_display_ops,
        .display = base,
        .renderer_ops = base->has_3d ? ops_with_3d : &vgpu_pixman_ops,
        .renderer_host = {
            .fence_done = virtio_gpu_fences_done,
            .complain = complain,
            .warn = warn,
            .writes_no_more = virtio_gpu_fences_writes_no_more,
            .pixels_read = count_pixels,
            .opaque = gpu,
        },
        .renderer_options = options,
        .frame_ops = &virtio_gpu_frame_ops,
        .frames = base,
        .metrics = &base->metrics,
    };
    Creation creation = { .gpu = gpu, .config = &config, .env = &env };

    virtio_gpu_thread_call(gpu, create, &creation);
    if (!gpu->device) {
        error_setg(errp, "virtio-gpu: renderer=%s: %s",
                   find_route(base)->name, creation.error);
        g_free(creation.error);
        return false;
    }
    return true;
}

static enum vgpu_virgl_zeroing zeroing(OnOffAuto wish)
{
    return wish == ON_OFF_AUTO_AUTO ? VGPU_VIRGL_ZERO_AUTO
           : wish == ON_OFF_AUTO_ON ? VGPU_VIRGL_ZERO_ON
                                    : VGPU_VIRGL_ZERO_OFF;
}

bool virtio_gpu_renderer_realize(VirtIOGPU *gpu, Error **errp)
{
    VirtIOGPUBase *base = virtio_gpu_base(gpu);
    enum vgpu_virgl_route taken = VGPU_VIRGL_SOFTWARE;
    g_autofree char *no_venus = NULL;
    g_autofree char *no_native = NULL;
    struct vgpu_virgl_options options = {
        .route = find_route(base)->virgl,
        .rendernode = base->conf.rendernode,
        .software_node = base->conf.rendernode_software,
        .venus = base->conf.venus,
        .venus_force = base->conf.venus_force,
        .render_server = base->conf.render_server,
        .process_bytes = base->conf.max_hostmem_3d,
        .no_venus = &no_venus,
        .native = base->conf.native_context,
        .no_native = &no_native,
        .zero_memory = zeroing(base->conf.zero_memory),
        .info = &base->renderer_info,
        .taken = &taken,
    };
    g_autofree char *what = NULL;

    set_software_threads(base);
    if (!create_device(gpu, &options, errp)) {
        return false;
    }
    if (find_route(base)->is_vfio) {
        return virtio_gpu_vfio_realize(gpu, errp);
    }
    if (!base->has_3d) {
        base->renderer_info = g_strdup("2d: pixman");
        return true;
    }
    what = g_steal_pointer(&base->renderer_info);
    base->renderer_info = g_strdup_printf(
        "%s: %s", taken == VGPU_VIRGL_GPU ? "gpu" : "software", what);
    info_report("virtio-gpu: renderer %s", base->renderer_info);
    if (no_venus) {
        warn_report("virtio-gpu: OpenGL, but no Vulkan: %s", no_venus);
    }
    if (no_native) {
        warn_report("virtio-gpu: no DRM native context: %s", no_native);
    }
    return true;
}

static void destroy(void *opaque)
{
    VirtIOGPU *gpu = opaque;

    virtio_gpu_fences_unwatch(gpu);
    g_clear_pointer(&gpu->device, vgpu_device_destroy);
    virtio_gpu_fences_end(gpu);
}

void virtio_gpu_renderer_unrealize(VirtIOGPU *gpu)
{
    virtio_gpu_vfio_unrealize(gpu);
    virtio_gpu_thread_call(gpu, destroy, gpu);
    g_clear_pointer(&virtio_gpu_base(gpu)->renderer_info, g_free);
}
