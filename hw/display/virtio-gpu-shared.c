/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "hw/virtio/virtio-gpu.h"

#include "exec/memory.h"
#include "platform/shared-window.h"
#include "qemu/rcu.h"

/*
 * Each takes up to three kernel mappings, of which a process has 65530: two in the
 * window, and that of the renderer.
 */
#define MAX_SHOWN 16384

/* Behind the regions of memory that cannot be shown here. */
#define PRIORITY (-1)

typedef struct Shown {
    uint64_t offset;
    uint64_t bytes;
} Shown;

/*
 * What is behind the window's addresses changes without QEMU's knowing, so nobody
 * may pin it: devices of VFIO would go on with memory that was hidden.
 */
void virtio_gpu_shared_open(VirtIOGPU *gpu)
{
    MemoryRegion *hostmem = &virtio_gpu_base(gpu)->hostmem;
    uint64_t bytes = memory_region_size(hostmem);
    struct vgpu_shared_window *window;

    if (gpu->shared_is_open || ram_block_discard_require(true)) {
        return;
    }
    window = vgpu_shared_window_create(bytes);
    if (!window) {
        ram_block_discard_require(false);
        return;
    }
    memory_region_init_ram_ptr(&gpu->shared_region, OBJECT(gpu),
                               "virtio-gpu-window", bytes,
                               vgpu_shared_window_data(window));
    /* That it outlives the guest is not meant: a dump of the guest leaves it out. */
    memory_region_set_nonvolatile(&gpu->shared_region, true);
    /* QEMU has advised the kernel about it as about any RAM. */
    vgpu_shared_window_renew(window);
    memory_region_add_subregion_overlap(hostmem, 0, &gpu->shared_region,
                                        PRIORITY);
    gpu->shared_window = window;
    /* Its partner is in virtio_gpu_shared_show(). */
    qatomic_store_release(&gpu->shared_is_open, true);
}

int virtio_gpu_shared_show(VirtIOGPU *gpu, uint32_t id, uint64_t offset,
                           void *data, uint64_t bytes)
{
    /* Its partner is in virtio_gpu_shared_open(). */
    bool is_open = qatomic_load_acquire(&gpu->shared_is_open);
    Shown *shown;
    int ret;

    if (!is_open || g_hash_table_size(gpu->shown) == MAX_SHOWN) {
        if (!vgpu_shared_window_takes(data)) {
            return -EINVAL;
        }
        return is_open ? -ENOMEM : -EBUSY;
    }
    ret = vgpu_shared_window_show(gpu->shared_window, offset, data, bytes);
    if (ret) {
        return ret == -EFAULT ? -EINVAL : ret;
    }
    shown = g_new(Shown, 1);
    *shown = (Shown) { offset, bytes };
    g_hash_table_insert(gpu->shown, GUINT_TO_POINTER(id), shown);
    return 0;
}

bool virtio_gpu_shared_hide(VirtIOGPU *gpu, uint32_t id)
{
    const Shown *shown = g_hash_table_lookup(gpu->shown, GUINT_TO_POINTER(id));

    if (!shown) {
        return false;
    }
    vgpu_shared_window_hide(gpu->shared_window, shown->offset, shown->bytes);
    g_hash_table_remove(gpu->shown, GUINT_TO_POINTER(id));
    return true;
}

void virtio_gpu_shared_init(VirtIOGPU *gpu)
{
    gpu->shown = g_hash_table_new_full(NULL, NULL, NULL, g_free);
}

void virtio_gpu_shared_finish(VirtIOGPU *gpu)
{
    g_hash_table_destroy(gpu->shown);
    if (!gpu->shared_is_open) {
        return;
    }
    memory_region_del_subregion(&virtio_gpu_base(gpu)->hostmem,
                                &gpu->shared_region);
    object_unparent(OBJECT(&gpu->shared_region));
    drain_call_rcu();
    vgpu_shared_window_destroy(gpu->shared_window);
    gpu->shared_is_open = false;
    ram_block_discard_require(false);
}
