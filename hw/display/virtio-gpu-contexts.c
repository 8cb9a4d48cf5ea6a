/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "hw/virtio/virtio-gpu.h"

#include "hw/virtio/vgpu/resource.h"
#include "hw/virtio/vgpu/snapshot.h"
#include "migration/blocker.h"
#include "migration/misc.h"
#include "qapi/error.h"
#include "qemu/main-loop.h"

typedef struct Question {
    VirtIOGPU *gpu;
    char *names;
    uint32_t contexts;
    uint32_t textures;
    bool has_images;
} Question;

/*
 * Pixels that are with the renderer's library come back to memory, where any
 * thread may read them.  False when there is no memory for some.
 */
static bool take_images_back(VirtIOGPU *gpu)
{
    g_autofree const struct vgpu_resource **resources = NULL;
    bool all = true;
    uint32_t count;

    resources = vgpu_snapshot_resources(gpu->device, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (resources[i]->kind == VGPU_RESOURCE_IMAGE) {
            all &= vgpu_snapshot_pixels(gpu->device, resources[i]) != NULL;
        }
    }
    return all;
}

static void ask(void *opaque)
{
    Question *q = opaque;

    virtio_gpu_queue_sync_reset(q->gpu);
    q->contexts = vgpu_device_num_contexts(q->gpu->device);
    q->textures = vgpu_device_num_textures(q->gpu->device);
    q->names = vgpu_device_context_names(q->gpu->device);
    q->has_images = q->contexts || take_images_back(q->gpu);
}

static void explain(Error **errp, uint32_t contexts, const char *names)
{
    error_setg(errp, "virtio-gpu: %u 3D context%s in the guest cannot be "
               "migrated or saved: %s; end the programs that use them",
               contexts, contexts == 1 ? "" : "s", names);
}

bool virtio_gpu_contexts_allow_save(VirtIOGPU *gpu, Error **errp)
{
    Question q = { .gpu = gpu };
    bool allowed = false;

    if (!virtio_gpu_base(gpu)->has_3d) {
        return true;
    }
    virtio_gpu_thread_run(gpu, ask, &q);
    if (q.contexts) {
        explain(errp, q.contexts, q.names);
    } else if (q.textures) {
        error_setg(errp, "virtio-gpu: %u 3D resources in the guest cannot be "
                   "migrated or saved though no context uses them", q.textures);
    } else if (!q.has_images) {
        error_setg(errp, "virtio-gpu: max_hostmem has no room for images that "
                   "3D contexts drew to, which so cannot be migrated or saved");
    } else {
        allowed = true;
    }
    g_free(q.names);
    return allowed;
}

/*
 * The names in the message are of the moment when the number last changed.
 * While the VM is migrated or saved no blocker can be added: then the save
 * itself is refused, the guest goes on where it is, and this runs again.
 * -only-migratable is about devices, and not about what a guest does for a
 * while: with migrate_add_blocker() it would leave the refusal to the save.
 */
static void blocker_bh(void *opaque)
{
    VirtIOGPU *gpu = opaque;
    g_autofree char *names = NULL;
    uint32_t contexts;

    WITH_QEMU_LOCK_GUARD(&gpu->fences_lock) {
        names = g_strdup(gpu->context_names);
        contexts = gpu->contexts_known;
    }
    if (gpu->blocker) {
        migrate_del_blocker(&gpu->blocker);
    }
    if (contexts) {
        explain(&gpu->blocker, contexts, names);
        migrate_add_blocker_internal(&gpu->blocker, NULL);
    }
}

void virtio_gpu_contexts_block(VirtIOGPU *gpu)
{
    qemu_bh_schedule(gpu->blocker_bh);
}

static int migration_changed(NotifierWithReturn *notifier,
                             MigrationEvent *event, Error **errp)
{
    VirtIOGPU *gpu = container_of(notifier, VirtIOGPU, migration_notifier);

    if (event->type != MIG_EVENT_PRECOPY_SETUP) {
        virtio_gpu_contexts_block(gpu);
    }
    return 0;
}

void virtio_gpu_contexts_changed(VirtIOGPU *gpu)
{
    uint32_t contexts = vgpu_device_num_contexts(gpu->device);

    if (contexts == gpu->contexts_known) {
        return;
    }
    WITH_QEMU_LOCK_GUARD(&gpu->fences_lock) {
        g_free(gpu->context_names);
        gpu->context_names = vgpu_device_context_names(gpu->device);
        gpu->contexts_known = contexts;
    }
    qemu_bh_schedule(gpu->blocker_bh);
}

void virtio_gpu_contexts_init(VirtIOGPU *gpu)
{
    gpu->blocker_bh = qemu_bh_new(blocker_bh, gpu);
    migration_add_notifier(&gpu->migration_notifier, migration_changed);
}

void virtio_gpu_contexts_finish(VirtIOGPU *gpu)
{
    migration_remove_notifier(&gpu->migration_notifier);
    qemu_bh_delete(gpu->blocker_bh);
    if (gpu->blocker) {
        migrate_del_blocker(&gpu->blocker);
    }
    g_clear_pointer(&gpu->context_names, g_free);
}
