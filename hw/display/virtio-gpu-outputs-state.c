/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "virtio-gpu-migration.h"

#include "migration/qemu-file.h"
#include "migration/vmstate.h"
#include "qemu/error-report.h"
#include "virtio-gpu-output-conf.h"

/* More of anything than this is no state of ours. */
#define MAX_LIST 65536

/* Bits of an output's flags. */
#define OUTPUT_ENABLED 1u
#define OUTPUT_CURSOR_VISIBLE 2u
#define OUTPUT_CURSOR_DEFINED 4u

/* Bits of the device's flags. */
#define DEVICE_MODES_CHANGED 1u
#define DEVICE_NOTIFY_CONFIG 2u

static void put_cursor(QEMUFile *f, const QEMUCursor *cursor)
{
    size_t pixels = (size_t)cursor->width * cursor->height;

    qemu_put_be32(f, cursor->width);
    qemu_put_be32(f, cursor->height);
    qemu_put_be32(f, cursor->hot_x);
    qemu_put_be32(f, cursor->hot_y);
    for (size_t i = 0; i < pixels; i++) {
        qemu_put_be32(f, cursor->data[i]);
    }
}

static void put_output(QEMUFile *f, VirtIOGPUOutput *output)
{
    const VirtIOGPUMonitor *told = &output->told;
    const struct vgpu_mode *mode = &told->mode;
    const QEMUCursor *pending = virtio_gpu_pointer_pending(output);
    const QEMUCursor *cursor = pending ? pending : output->cursor;
    bool visible = pending || output->cursor_visible;

    qemu_put_be32(f, (mode->enabled ? OUTPUT_ENABLED : 0) |
                  (visible ? OUTPUT_CURSOR_VISIBLE : 0) |
                  (cursor ? OUTPUT_CURSOR_DEFINED : 0));
    qemu_put_be32(f, mode->rect.x);
    qemu_put_be32(f, mode->rect.y);
    qemu_put_be32(f, mode->rect.width);
    qemu_put_be32(f, mode->rect.height);
    qemu_put_be32(f, told->refresh_mhz);
    qemu_put_be32(f, told->width_mm);
    qemu_put_be32(f, told->height_mm);
    if (cursor) {
        put_cursor(f, cursor);
    }
}

/* What the lists of images and blobs have no room for. */
static void put_resources(QEMUFile *f, VirtIOGPU *gpu)
{
    g_autofree const struct vgpu_resource **resources = NULL;
    uint32_t count;

    resources = virtio_gpu_migration_list(gpu, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (resources[i]->kind == VGPU_RESOURCE_GUEST_BLOB) {
            qemu_put_be32(f, resources[i]->id);
            qemu_put_be64(f, resources[i]->blob.size);
            qemu_put_be32(f, resources[i]->blob.flags);
        }
    }
    qemu_put_be32(f, 0);
    for (uint32_t i = 0; i < count; i++) {
        if (resources[i]->has_uuid) {
            qemu_put_be32(f, resources[i]->id);
            qemu_put_buffer(f, resources[i]->uuid,
                            sizeof(resources[i]->uuid));
        }
    }
    qemu_put_be32(f, 0);
}

static int put_outputs(QEMUFile *f, void *opaque, size_t size,
                       const VMStateField *field, JSONWriter *vmdesc)
{
    VirtIOGPU *gpu = opaque;
    VirtIOGPUBase *base = virtio_gpu_base(gpu);
    uint32_t events;
    bool changed;

    /* A wish is not lost because the VM stopped when it came. */
    virtio_gpu_control_begin(base);
    virtio_gpu_control_end_later(base, virtio_gpu_wishes_take_locked(base));
    /* The device thread has answered what was asked, and marked it so. */
    qemu_mutex_lock(&base->modes_lock);
    events = base->events_read;
    changed = base->modes_changed;
    qemu_mutex_unlock(&base->modes_lock);
    qemu_put_be32(f, events);
    qemu_put_be32(f, (changed ? DEVICE_MODES_CHANGED : 0) |
                  (base->notify_config ? DEVICE_NOTIFY_CONFIG : 0));
    for (uint32_t i = 0; i < base->conf.max_outputs; i++) {
        put_output(f, &base->outputs[i]);
    }
    put_resources(f, gpu);
    return 0;
}

/* NULL when there is none of that size. */
static QEMUCursor *get_cursor(QEMUFile *f)
{
    uint32_t width = qemu_get_be32(f);
    uint32_t height = qemu_get_be32(f);
    uint32_t hot_x = qemu_get_be32(f);
    uint32_t hot_y = qemu_get_be32(f);
    QEMUCursor *cursor;

    if (!width || width > VGPU_CURSOR_MAX_PX || hot_x >= width ||
        !height || height > VGPU_CURSOR_MAX_PX || hot_y >= height) {
        return NULL;
    }
    cursor = cursor_alloc(width, height);
    cursor->hot_x = hot_x;
    cursor->hot_y = hot_y;
    for (size_t i = 0; i < (size_t)width * height; i++) {
        cursor->data[i] = qemu_get_be32(f);
    }
    return cursor;
}

static bool mode_is_possible(const VirtIOGPUOutputState *output)
{
    const struct vgpu_rect *rect = &output->monitor.mode.rect;

    return rect->width && rect->height && rect->width <= VGPU_MAX_AXIS_PX &&
           rect->height <= VGPU_MAX_AXIS_PX && rect->x <= INT32_MAX &&
           rect->y <= INT32_MAX &&
           output->monitor.width_mm <= UINT16_MAX &&
           output->monitor.height_mm <= UINT16_MAX;
}

static bool get_output(QEMUFile *f, VirtIOGPUOutputState *output)
{
    uint32_t flags = qemu_get_be32(f);

    output->monitor.mode.enabled = flags & OUTPUT_ENABLED;
    output->monitor.mode.rect.x = qemu_get_be32(f);
    output->monitor.mode.rect.y = qemu_get_be32(f);
    output->monitor.mode.rect.width = qemu_get_be32(f);
    output->monitor.mode.rect.height = qemu_get_be32(f);
    output->monitor.refresh_mhz = qemu_get_be32(f);
    output->monitor.width_mm = qemu_get_be32(f);
    output->monitor.height_mm = qemu_get_be32(f);
    output->cursor_visible = flags & OUTPUT_CURSOR_VISIBLE;
    if (flags & OUTPUT_CURSOR_DEFINED) {
        output->cursor = get_cursor(f);
        if (!output->cursor) {
            return false;
        }
    }
    return mode_is_possible(output) &&
           (output->cursor || !output->cursor_visible);
}

static bool get_blobs(QEMUFile *f, GHashTable *blobs)
{
    struct vgpu_restore_spec spec = { .kind = VGPU_RESOURCE_GUEST_BLOB };
    uint32_t num;

    for (num = 0; num <= MAX_LIST && (spec.id = qemu_get_be32(f)); num++) {
        spec.blob_bytes = qemu_get_be64(f);
        spec.blob_flags = qemu_get_be32(f);
        g_hash_table_insert(blobs, GUINT_TO_POINTER(spec.id),
                            g_memdup2(&spec, sizeof(spec)));
    }
    return num <= MAX_LIST;
}

static bool get_uuids(QEMUFile *f, GArray *uuids)
{
    VirtIOGPUUuidState state;

    while (uuids->len <= MAX_LIST && (state.id = qemu_get_be32(f))) {
        qemu_get_buffer(f, state.uuid, sizeof(state.uuid));
        g_array_append_val(uuids, state);
    }
    return uuids->len <= MAX_LIST;
}

static bool get_all(QEMUFile *f, VirtIOGPUIncoming *incoming,
                    uint32_t max_outputs)
{
    uint32_t flags;

    incoming->events_read = qemu_get_be32(f);
    flags = qemu_get_be32(f);
    incoming->modes_changed = flags & DEVICE_MODES_CHANGED;
    incoming->notify_config = flags & DEVICE_NOTIFY_CONFIG;
    for (uint32_t i = 0; i < max_outputs; i++) {
        if (!get_output(f, &incoming->outputs[i])) {
            return false;
        }
    }
    return get_blobs(f, incoming->blobs) && get_uuids(f, incoming->uuids);
}

static int get_outputs(QEMUFile *f, void *opaque, size_t size,
                       const VMStateField *field)
{
    VirtIOGPU *gpu = opaque;
    VirtIOGPUBase *base = virtio_gpu_base(gpu);
    bool sound;

    /* A second subsection of that name would leave the first one's cursors. */
    virtio_gpu_outputs_clear(gpu->incoming);
    sound = get_all(f, gpu->incoming, base->conf.max_outputs);
    if (virtio_gpu_migration_is_broken(f)) {
        return -EIO;
    }
    if (!sound) {
        error_report("virtio-gpu: the outputs in the stream are damaged");
        return -EINVAL;
    }
    gpu->incoming->has_outputs = true;
    return 0;
}

typedef struct Naming {
    VirtIOGPU *gpu;
    const GArray *uuids;
} Naming;

/* Device thread. */
static void restore_uuids(void *opaque)
{
    Naming *n = opaque;

    for (guint i = 0; i < n->uuids->len; i++) {
        const VirtIOGPUUuidState *state =
            &g_array_index(n->uuids, VirtIOGPUUuidState, i);

        /* One of a resource that is not there is nobody's. */
        (void)!vgpu_restore_uuid(n->gpu->device, state->id, state->uuid);
    }
}

static void apply_output(VirtIOGPUOutput *output,
                         const VirtIOGPUOutputState *state)
{
    VirtIOGPUBase *base = output->gpu;

    qemu_mutex_lock(&base->modes_lock);
    output->is_held = false;
    output->wish = state->monitor;
    output->has_wish = true;
    if (state->has_conf) {
        output->conf = state->conf;
    } else {
        output->conf.fixed = false;
    }
    virtio_gpu_control_settle_locked(output);
    qemu_mutex_unlock(&base->modes_lock);
    virtio_gpu_pointer_restore(output, state->cursor, state->cursor_visible);
}

void virtio_gpu_outputs_apply(VirtIOGPU *gpu,
                              const VirtIOGPUIncoming *incoming)
{
    VirtIOGPUBase *base = virtio_gpu_base(gpu);
    Naming naming = { .gpu = gpu, .uuids = incoming->uuids };

    if (!incoming->has_outputs) {
        return;
    }
    for (uint32_t i = 0; i < base->conf.max_outputs; i++) {
        apply_output(&base->outputs[i], &incoming->outputs[i]);
    }
    qemu_mutex_lock(&base->modes_lock);
    base->events_read = incoming->events_read;
    base->modes_changed = incoming->modes_changed;
    qemu_mutex_unlock(&base->modes_lock);
    base->notify_config = incoming->notify_config;
    virtio_gpu_thread_run(gpu, restore_uuids, &naming);
}

void virtio_gpu_outputs_clear(VirtIOGPUIncoming *incoming)
{
    for (unsigned i = 0; i < VGPU_MAX_SCANOUTS; i++) {
        cursor_unref(incoming->outputs[i].cursor);
        incoming->outputs[i].cursor = NULL;
        incoming->outputs[i].has_conf = false;
    }
    g_hash_table_remove_all(incoming->blobs);
    g_array_set_size(incoming->uuids, 0);
    incoming->has_outputs = false;
}

static bool is_wanted(void *opaque)
{
    VirtIOGPU *gpu = opaque;

    return virtio_gpu_base(gpu)->conf.outputs_vmstate;
}

static int put_confs(QEMUFile *f, void *opaque, size_t size,
                     const VMStateField *field, JSONWriter *vmdesc)
{
    VirtIOGPUBase *base = virtio_gpu_base(opaque);

    for (uint32_t i = 0; i < base->conf.max_outputs; i++) {
        virtio_gpu_output_conf_put(f, &base->outputs[i].conf);
    }
    return 0;
}

static int get_confs(QEMUFile *f, void *opaque, size_t size,
                     const VMStateField *field)
{
    VirtIOGPU *gpu = opaque;
    bool sound = true;

    for (uint32_t i = 0; i < virtio_gpu_base(gpu)->conf.max_outputs; i++) {
        VirtIOGPUOutputState *output = &gpu->incoming->outputs[i];

        sound &= virtio_gpu_output_conf_get(f, &output->conf);
        output->has_conf = true;
    }
    if (virtio_gpu_migration_is_broken(f)) {
        return -EIO;
    }
    if (!sound) {
        error_report("virtio-gpu: what the stream says of outputs= is "
                     "impossible");
        return -EINVAL;
    }
    return 0;
}

static const VMStateInfo confs_info = {
    .name = "virtio-gpu/outputs/conf",
    .get = get_confs,
    .put = put_confs,
};

static const VMStateInfo outputs_info = {
    .name = "virtio-gpu/outputs",
    .get = get_outputs,
    .put = put_outputs,
};

const VMStateDescription virtio_gpu_outputs_vmstate = {
    .name = "virtio-gpu/outputs",
    .version_id = 2,
    .minimum_version_id = 1,
    .needed = is_wanted,
    .fields = (const VMStateField[]) {
        {
            .name = "virtio-gpu/outputs",
            .info = &outputs_info,
            .flags = VMS_SINGLE,
        },
        {
            .name = "virtio-gpu/outputs/conf",
            .version_id = 2,
            .info = &confs_info,
            .flags = VMS_SINGLE,
        },
        VMSTATE_END_OF_LIST()
    },
};
