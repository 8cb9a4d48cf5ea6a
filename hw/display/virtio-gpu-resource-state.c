/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "virtio-gpu-migration.h"

#include "hw/virtio/vgpu/backing.h"
#include "hw/pci/pci_device.h"
#include "migration/qemu-file.h"
#include "migration/vmstate.h"
#include "qemu/error-report.h"

/* A resource on its way to the device thread. */
typedef struct Making {
    VirtIOGPU *gpu;
    struct vgpu_restore_spec spec;
    struct vgpu_restore restore;
    enum vgpu_status status;
    char reason[VGPU_REASON_BYTES];
} Making;

static void begin(void *opaque)
{
    Making *m = opaque;

    m->status = vgpu_restore_begin(m->gpu->device, &m->spec, &m->restore,
                                   m->reason);
}

static void finish(void *opaque)
{
    Making *m = opaque;

    m->status = vgpu_restore_finish(m->gpu->device, &m->restore, m->reason);
}

static void abandon(void *opaque)
{
    Making *m = opaque;

    vgpu_restore_abandon(m->gpu->device, &m->restore);
}

static void put_backing(QEMUFile *f, const struct vgpu_backing *backing)
{
    struct vgpu_mem_entry entry;
    uint64_t position = 0;

    while (backing && vgpu_backing_next_entry(backing, &position, &entry)) {
        qemu_put_be64(f, entry.addr);
        qemu_put_be32(f, entry.length);
    }
}

static void put_num_entries(QEMUFile *f, const struct vgpu_backing *backing)
{
    struct vgpu_mem_entry entry;
    uint64_t position = 0;
    uint32_t num = 0;

    while (backing && vgpu_backing_next_entry(backing, &position, &entry)) {
        num++;
    }
    qemu_put_be32(f, num);
}

static void put_image(QEMUFile *f, VirtIOGPU *gpu,
                      const struct vgpu_resource *resource)
{
    const struct vgpu_image *image = &resource->image;

    qemu_put_be32(f, resource->id);
    qemu_put_be32(f, image->width);
    qemu_put_be32(f, image->height);
    qemu_put_be32(f, image->format);
    put_num_entries(f, resource->backing);
    put_backing(f, resource->backing);
    qemu_put_buffer(f, vgpu_snapshot_pixels(gpu->device, resource),
                    (size_t)image->stride * image->height);
}

void virtio_gpu_images_put(QEMUFile *f, VirtIOGPU *gpu,
                           const struct vgpu_resource **resources,
                           uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (resources[i]->kind == VGPU_RESOURCE_IMAGE) {
            put_image(f, gpu, resources[i]);
        }
    }
    qemu_put_be32(f, 0);
}

static bool put_blob(QEMUFile *f, VirtIOGPU *gpu,
                     const struct vgpu_resource *resource)
{
    uint64_t bytes = resource->blob.size;

    if (bytes > UINT32_MAX && !virtio_gpu_base(gpu)->conf.outputs_vmstate) {
        error_report("virtio-gpu: blob %u of %" PRIu64 " bytes cannot be "
                     "saved: set x-outputs-vmstate=on on both sides",
                     resource->id, bytes);
        return false;
    }
    qemu_put_be32(f, resource->id);
    qemu_put_be32(f, bytes);
    put_num_entries(f, resource->backing);
    put_backing(f, resource->backing);
    return true;
}

static int put_blobs(QEMUFile *f, void *opaque, size_t size,
                     const VMStateField *field, JSONWriter *vmdesc)
{
    VirtIOGPU *gpu = opaque;
    g_autofree const struct vgpu_resource **resources = NULL;
    uint32_t count;

    resources = virtio_gpu_migration_list(gpu, &count);
    for (uint32_t i = 0; i < count; i++) {
        if (resources[i]->kind == VGPU_RESOURCE_GUEST_BLOB &&
            !put_blob(f, gpu, resources[i])) {
            return -EFBIG;
        }
    }
    qemu_put_be32(f, 0);
    return 0;
}

static void get_entries(QEMUFile *f, const struct vgpu_restore *restore)
{
    for (uint32_t i = 0; i < restore->spec.num_entries; i++) {
        uint8_t *entry = restore->entries +
                         (size_t)i * VGPU_WIRE_MEM_ENTRY_BYTES;
        uint64_t addr = qemu_get_be64(f);
        uint32_t length = qemu_get_be32(f);

        if (qemu_file_get_error(f)) {
            return;
        }
        vgpu_wire_put64(entry, addr);
        vgpu_wire_put32(entry + 8, length);
    }
}

static int refuse(const Making *m)
{
    error_report("virtio-gpu: resource %u of the stream is refused: %s",
                 m->spec.id, m->reason);
    return m->status == VGPU_ERR_OUT_OF_MEMORY ? -ENOMEM : -EINVAL;
}

/*
 * A driver that sleeps has turned bus mastering off, and its resources have
 * their memory all the same: it is looked up as if mastering were on.
 */
static void finish_as_master(VirtIOGPU *gpu, Making *m)
{
    PCIDevice *pci = gpu->pci;
    bool sleeps = pci && !(pci_get_word(pci->config + PCI_COMMAND) &
                           PCI_COMMAND_MASTER);

    if (sleeps) {
        memory_region_set_enabled(&pci->bus_master_enable_region, true);
    }
    virtio_gpu_thread_run(gpu, finish, m);
    if (sleeps) {
        memory_region_set_enabled(&pci->bus_master_enable_region, false);
    }
}

/*
 * A resource is filled by this thread before the device thread gets it, so
 * that pixels are read once, to where they stay.
 */
static int get_resource(QEMUFile *f, VirtIOGPU *gpu,
                        const struct vgpu_restore_spec *spec)
{
    Making m = { .gpu = gpu, .spec = *spec };

    m.spec.features = virtio_gpu_vdev(gpu)->guest_features;
    virtio_gpu_thread_run(gpu, begin, &m);
    if (m.status != VGPU_OK) {
        return refuse(&m);
    }
    get_entries(f, &m.restore);
    if (m.restore.pixels) {
        qemu_get_buffer(f, m.restore.pixels, m.restore.pixel_bytes);
    }
    if (virtio_gpu_migration_is_broken(f)) {
        virtio_gpu_thread_run(gpu, abandon, &m);
        return -EIO;
    }
    finish_as_master(gpu, &m);
    return m.status == VGPU_OK ? 0 : refuse(&m);
}

int virtio_gpu_images_get(QEMUFile *f, VirtIOGPU *gpu)
{
    struct vgpu_restore_spec spec = { .kind = VGPU_RESOURCE_IMAGE };
    int ret = 0;

    while (ret == 0 && (spec.id = qemu_get_be32(f))) {
        spec.width = qemu_get_be32(f);
        spec.height = qemu_get_be32(f);
        spec.format = qemu_get_be32(f);
        spec.num_entries = qemu_get_be32(f);
        if (virtio_gpu_migration_is_broken(f)) {
            return -EIO;
        }
        ret = get_resource(f, gpu, &spec);
    }
    return ret;
}

static int get_blobs(QEMUFile *f, void *opaque, size_t size,
                     const VMStateField *field)
{
    VirtIOGPU *gpu = opaque;
    uint32_t id;
    int ret = 0;

    if (!virtio_gpu_base(gpu)->conf.blob) {
        error_report("virtio-gpu: the stream has blobs: start this device "
                     "with blob=on, as the other was");
        return -EINVAL;
    }
    while (ret == 0 && (id = qemu_get_be32(f))) {
        const struct vgpu_restore_spec *known =
            g_hash_table_lookup(gpu->incoming->blobs, GUINT_TO_POINTER(id));
        struct vgpu_restore_spec spec = {
            .id = id,
            .kind = VGPU_RESOURCE_GUEST_BLOB,
        };

        spec.blob_bytes = qemu_get_be32(f);
        spec.num_entries = qemu_get_be32(f);
        if (known) {
            spec.blob_bytes = known->blob_bytes;
            spec.blob_flags = known->blob_flags;
        }
        if (virtio_gpu_migration_is_broken(f)) {
            return -EIO;
        }
        ret = get_resource(f, gpu, &spec);
    }
    return ret;
}

static const VMStateInfo blobs_info = {
    .name = "virtio-gpu/blob",
    .get = get_blobs,
    .put = put_blobs,
};

static bool has_blobs(void *opaque)
{
    VirtIOGPU *gpu = opaque;

    return virtio_gpu_base(gpu)->conf.blob;
}

const VMStateDescription virtio_gpu_blobs_vmstate = {
    .name = "virtio-gpu/blob",
    .version_id = 1,
    .minimum_version_id = 1,
    .needed = has_blobs,
    .fields = (const VMStateField[]) {
        {
            .name = "virtio-gpu/blob",
            .info = &blobs_info,
            .flags = VMS_SINGLE,
        },
        VMSTATE_END_OF_LIST()
    },
};
