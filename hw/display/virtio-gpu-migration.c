/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "virtio-gpu-migration.h"

#include "migration/qemu-file.h"
#include "migration/vmstate.h"
#include "qemu/error-report.h"

/* --- errands on the device thread ------------------------------------- */

typedef struct Listing {
    VirtIOGPU *gpu;
    const struct vgpu_resource **resources;
    uint32_t count;
    struct vgpu_saved_scanout scanouts[VGPU_MAX_SCANOUTS];
} Listing;

typedef struct Showing {
    VirtIOGPU *gpu;
    uint32_t head;
    const VirtIOGPUHeadState *state;
    uint32_t cursor_hides;
    enum vgpu_status status;
    char reason[VGPU_REASON_BYTES];
} Showing;

static void list_state(void *opaque)
{
    Listing *l = opaque;
    VirtIOGPUBase *base = virtio_gpu_base(l->gpu);

    virtio_gpu_queue_sync_reset(l->gpu);
    l->resources = vgpu_snapshot_resources(l->gpu->device, &l->count);
    for (uint32_t i = 0; i < base->conf.max_outputs; i++) {
        vgpu_snapshot_scanout(l->gpu->device, i, &l->scanouts[i]);
    }
}

static void start_anew(void *opaque)
{
    VirtIOGPU *gpu = opaque;

    virtio_gpu_queue_sync_reset(gpu);
    vgpu_device_reset(gpu->device);
}

static void show(void *opaque)
{
    Showing *s = opaque;
    bool is_blob = vgpu_snapshot_is_blob(s->gpu->device,
                                         s->state->resource_id);
    struct vgpu_saved_scanout saved;

    if (!virtio_gpu_heads_understand(s->state, is_blob, &saved)) {
        return;
    }
    virtio_gpu_pointer_expect(virtio_gpu_base(s->gpu), s->cursor_hides);
    /* In postcopy a blob's pixels are still where they come from. */
    virtio_gpu_base(s->gpu)->reads_later = true;
    s->status = vgpu_restore_scanout(s->gpu->device, s->head, &saved,
                                     s->reason);
    virtio_gpu_base(s->gpu)->reads_later = false;
}

/* --- saving ----------------------------------------------------------- */

/*
 * A list that is still true when the big lock is there again: it may have been
 * given up meanwhile, and a reset ends what is listed.
 */
static void list(Listing *l)
{
    VirtIOGPUBase *base = virtio_gpu_base(l->gpu);
    uint32_t resets;

    do {
        g_clear_pointer(&l->resources, g_free);
        resets = base->resets_asked;
        virtio_gpu_thread_run(l->gpu, list_state, l);
    } while (resets != base->resets_asked);
}

const struct vgpu_resource **virtio_gpu_migration_list(VirtIOGPU *gpu,
                                                       uint32_t *count)
{
    Listing l = { .gpu = gpu };

    list(&l);
    *count = l.count;
    return l.resources;
}

/* Nothing that a driver waits for may be left behind. */
static bool is_at_rest(VirtIOGPU *gpu)
{
    VirtIODevice *vdev = virtio_gpu_vdev(gpu);
    bool driven = vdev->status & VIRTIO_CONFIG_S_DRIVER_OK && !gpu->failed &&
                  !vdev->broken;
    bool in_flight;

    virtio_gpu_queue_lock(gpu);
    in_flight = !QTAILQ_EMPTY(&gpu->in_flight) ||
                !QTAILQ_EMPTY(&gpu->cursor_in_flight);
    virtio_gpu_queue_unlock(gpu);
    return !driven || !in_flight;
}

static void put_heads(QEMUFile *f, VirtIOGPU *gpu, const Listing *l)
{
    VirtIOGPUBase *base = virtio_gpu_base(gpu);
    VirtIOGPUHeadState heads[VGPU_MAX_SCANOUTS];
    bool enable = base->native;

    for (uint32_t i = 0; i < base->conf.max_outputs; i++) {
        virtio_gpu_heads_describe(&base->outputs[i], &l->scanouts[i],
                                  &heads[i]);
        enable |= heads[i].resource_id != 0;
    }
    qemu_put_be32(f, enable);
    qemu_put_be32(f, base->conf.max_outputs);
    virtio_gpu_heads_put(f, heads, base->conf.max_outputs);
}

static int put_state(QEMUFile *f, void *opaque, size_t size,
                     const VMStateField *field, JSONWriter *vmdesc)
{
    VirtIOGPU *gpu = opaque;
    Listing l = { .gpu = gpu };
    Error *error = NULL;

    /* Before the question: a cursor's rest is what stands before it, too. */
    if (virtio_gpu_base(gpu)->has_3d) {
        virtio_gpu_status_rest(gpu);
    }
    if (!virtio_gpu_contexts_allow_save(gpu, &error)) {
        error_report_err(error);
        return -EBUSY;
    }
    if (!is_at_rest(gpu)) {
        error_report("virtio-gpu: requests cannot be finished and so not be "
                     "saved: the guest has turned bus mastering off");
        return -EBUSY;
    }
    list(&l);
    virtio_gpu_images_put(f, gpu, l.resources, l.count);
    put_heads(f, gpu, &l);
    g_free(l.resources);
    return 0;
}

/* --- loading ---------------------------------------------------------- */

bool virtio_gpu_migration_is_broken(QEMUFile *f)
{
    if (qemu_file_get_error(f) == 0) {
        return false;
    }
    error_report("virtio-gpu: the stream ends early");
    return true;
}

static bool rings_fit(VirtIOGPU *gpu)
{
    VirtIODevice *vdev = virtio_gpu_vdev(gpu);

    for (int i = 0; i < VGPU_NUM_QUEUES; i++) {
        if (!virtio_gpu_status_ring_fits(gpu, i)) {
            error_report("virtio-gpu: queue %d of the stream has %d places, "
                         "this device has %d", i, virtio_queue_get_num(vdev, i),
                         virtio_queue_get_max_num(vdev, i));
            return false;
        }
    }
    return true;
}

static int get_state(QEMUFile *f, void *opaque, size_t size,
                     const VMStateField *field)
{
    VirtIOGPU *gpu = opaque;
    VirtIOGPUConf *conf = &virtio_gpu_base(gpu)->conf;
    uint32_t heads;
    int ret;

    if (!rings_fit(gpu)) {
        return -EINVAL;
    }
    ret = virtio_gpu_images_get(f, gpu);
    if (ret) {
        return ret;
    }
    gpu->incoming->enable = qemu_get_be32(f);
    heads = qemu_get_be32(f);
    if (virtio_gpu_migration_is_broken(f)) {
        return -EIO;
    }
    if (heads != conf->max_outputs) {
        error_report("virtio-gpu: the stream is of a device with "
                     "max_outputs=%u, this one has %u: start it alike", heads,
                     conf->max_outputs);
        return -EINVAL;
    }
    return virtio_gpu_heads_get(f, gpu->incoming->heads, heads,
                                conf->scanout_vmstate_version);
}

void virtio_gpu_migration_forget(VirtIOGPU *gpu)
{
    if (gpu->incoming) {
        virtio_gpu_outputs_clear(gpu->incoming);
        g_hash_table_destroy(gpu->incoming->blobs);
        g_array_free(gpu->incoming->uuids, true);
        g_clear_pointer(&gpu->incoming, g_free);
    }
}

static int pre_load(void *opaque)
{
    VirtIOGPU *gpu = opaque;

    virtio_gpu_migration_forget(gpu);
    gpu->incoming = g_new0(VirtIOGPUIncoming, 1);
    gpu->incoming->blobs = g_hash_table_new_full(NULL, NULL, NULL, g_free);
    gpu->incoming->uuids = g_array_new(false, false,
                                       sizeof(VirtIOGPUUuidState));
    virtio_gpu_thread_run(gpu, start_anew, gpu);
    return 0;
}

static bool show_head(VirtIOGPU *gpu, uint32_t index)
{
    VirtIOGPUOutput *output = &virtio_gpu_base(gpu)->outputs[index];
    const VirtIOGPUHeadState *head = &gpu->incoming->heads[index];
    Showing s = {
        .gpu = gpu,
        .head = index,
        .state = head,
        .status = VGPU_ERR_PARAMETER,
        .reason = "its picture lies before its beginning",
    };

    virtio_gpu_pointer_hide(output);
    virtio_gpu_pointer_move(output, head->cursor_x, head->cursor_y);
    s.cursor_hides = output->cursor_hides;
    virtio_gpu_thread_run(gpu, show, &s);
    if (s.status == VGPU_OK) {
        return true;
    }
    error_report("virtio-gpu: scanout %u of the stream is refused: %s", index,
                 s.reason);
    return false;
}

static int post_load(void *opaque, int version_id)
{
    VirtIOGPU *gpu = opaque;
    VirtIOGPUBase *base = virtio_gpu_base(gpu);

    virtio_gpu_display_restore(base, gpu->incoming->enable);
    for (uint32_t i = 0; i < base->conf.max_outputs; i++) {
        if (!show_head(gpu, i)) {
            return -EINVAL;
        }
    }
    virtio_gpu_outputs_apply(gpu, gpu->incoming);
    virtio_gpu_migration_forget(gpu);
    return 0;
}

/* --- the section ------------------------------------------------------ */

static const VMStateInfo state_info = {
    .name = "virtio-gpu",
    .get = get_state,
    .put = put_state,
};

const VMStateDescription virtio_gpu_vmstate = {
    .name = "virtio-gpu",
    .version_id = 1,
    .minimum_version_id = 1,
    .pre_load = pre_load,
    .post_load = post_load,
    .fields = (const VMStateField[]) {
        VMSTATE_VIRTIO_DEVICE,
        {
            .name = "virtio-gpu",
            .info = &state_info,
            .flags = VMS_SINGLE,
        },
        VMSTATE_END_OF_LIST()
    },
    /* Outputs first: they know what the list of blobs has no room for. */
    .subsections = (const VMStateDescription * const []) {
        &virtio_gpu_outputs_vmstate,
        &virtio_gpu_blobs_vmstate,
        NULL
    },
};
