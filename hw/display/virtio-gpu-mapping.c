/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include <sys/mman.h>

#include "hw/virtio/virtio-gpu.h"

#include "exec/memory.h"
#include "hw/virtio/vhost.h"
#include "qemu/lockable.h"
#include "qemu/main-loop.h"
#include "qemu/rcu.h"
#include "system/kvm.h"

/*
 * Memory slots that are left to others: firmware moves BARs about, and QEMU
 * ends when it gets none.
 */
#define SPARE_SLOTS 64

/*
 * More mappings take too long: QEMU looks for a place for each one's RAM block
 * between all pairs of others.
 */
#define MAX_MAPPINGS 1024

/* As many callbacks as QEMU's RCU thread waits 50 ms for. */
#define RCU_BATCH 30

/* How often who waits for the last mapping to end looks. */
#define END_RETRY_US 500

#define TYPE_VIRTIO_GPU_MAPPING "virtio-gpu-mapping"
OBJECT_DECLARE_SIMPLE_TYPE(VirtIOGPUMapping, VIRTIO_GPU_MAPPING)

/*
 * The owner of a region in the window: whoever uses the region, a memory map or
 * another device's DMA, holds its owner.  Its end, on whatever thread, says that
 * nobody does any more; the region itself has to end under the big lock, so it
 * and this memory outlive the object: main loop, one RCU grace period for vCPUs
 * that have addresses of it in their TLB, and then the device thread is told.
 */
struct VirtIOGPUMapping {
    Object parent_obj;
    MemoryRegion region;
    struct rcu_head rcu;
    VirtIOGPU *gpu;
    uint32_t id;
    void *data;
    uint64_t bytes;
    VirtIOGPUMapping *next;     /* of those that nobody uses */
};

/* For the main loop: to map, or with @data NULL to unmap. */
typedef struct Change {
    uint32_t id;
    bool is_shared;             /* wants no region if the window is opened */
    uint64_t offset;
    uint64_t bytes;
    void *data;
} Change;

typedef struct Hurry {
    struct rcu_head rcu;
    unsigned again;
} Hurry;

/* For the device thread. */
typedef struct Changed {
    Change change;
    enum { DONE, REFUSED, OPENED } result;
} Changed;

static void say(VirtIOGPU *gpu, const Changed *changed)
{
    WITH_QEMU_LOCK_GUARD(&gpu->window_lock) {
        g_array_append_vals(gpu->window_changed, changed, 1);
        qatomic_store_release(&gpu->has_window_changed, true);
    }
    qemu_bh_schedule(gpu->window_changed_bh);
}

/*
 * On any thread: that which let go last.  As Object.free, which is the last that
 * QOM does with an object; behind its finalizer it looks at it once more, when the
 * main loop may have freed it.
 */
static void mapping_unused(void *opaque)
{
    VirtIOGPUMapping *mapping = opaque;
    VirtIOGPU *gpu = mapping->gpu;

    WITH_QEMU_LOCK_GUARD(&gpu->window_lock) {
        mapping->next = gpu->unused_mappings;
        gpu->unused_mappings = mapping;
    }
    qemu_bh_schedule(gpu->window_bh);
}

/*
 * On the RCU thread.  QEMU has children not inherit RAM; this goes back to a
 * heap, of which they may need something.
 */
static void mapping_gone(struct rcu_head *rcu)
{
    VirtIOGPUMapping *mapping = container_of(rcu, VirtIOGPUMapping, rcu);

    madvise(mapping->data, mapping->bytes, MADV_DOFORK);
    say(mapping->gpu, &(Changed) { { .id = mapping->id }, DONE });
    g_free(mapping);
}

/*
 * Room for one more beside @begun that are in no memory map yet, as all are while
 * the guest has the window switched off.  Each cuts the region of shared memory.
 */
static bool has_slot(VirtIOGPU *gpu, unsigned begun)
{
    unsigned mappings = g_hash_table_size(gpu->mappings);
    bool is_seen = memory_region_is_mapped(&virtio_gpu_base(gpu)->hostmem);
    unsigned each = gpu->shared_is_open ? 2 : 1;
    unsigned wanted = (is_seen ? begun : mappings) * each + SPARE_SLOTS;

    return mappings < MAX_MAPPINGS &&
           (!kvm_enabled() || kvm_get_free_memslots() > wanted) &&
           vhost_get_free_memslots() > wanted;
}

static void map(VirtIOGPU *gpu, const Change *change, unsigned begun)
{
    MemoryRegion *window = &virtio_gpu_base(gpu)->hostmem;
    VirtIOGPUMapping *mapping;

    if (change->is_shared && gpu->shared_is_open) {
        say(gpu, &(Changed) { *change, OPENED });
        return;
    }
    if (!has_slot(gpu, begun)) {
        say(gpu, &(Changed) { *change, REFUSED });
        return;
    }
    mapping = VIRTIO_GPU_MAPPING(object_new(TYPE_VIRTIO_GPU_MAPPING));
    mapping->gpu = gpu;
    mapping->id = change->id;
    mapping->data = change->data;
    mapping->bytes = change->bytes;
    OBJECT(mapping)->free = mapping_unused;
    memory_region_init_ram_ptr(&mapping->region, OBJECT(mapping),
                               "virtio-gpu-blob", change->bytes, change->data);
    object_ref(OBJECT(&mapping->region));
    memory_region_add_subregion(window, change->offset, &mapping->region);
    g_hash_table_insert(gpu->mappings, GUINT_TO_POINTER(change->id), mapping);
}

static void hurry_rcu(unsigned again);

static void hurried(struct rcu_head *rcu)
{
    Hurry *hurry = container_of(rcu, Hurry, rcu);

    if (hurry->again) {
        hurry_rcu(hurry->again - 1);
    }
    g_free(hurry);
}

/*
 * A region ends with the memory map that it was in, which the RCU thread ends,
 * and that would wait for more to do: twice, since it ends rings first that
 * hold the map.
 */
static void hurry_rcu(unsigned again)
{
    for (unsigned i = 0; i < RCU_BATCH; i++) {
        Hurry *hurry = g_new(Hurry, 1);

        hurry->again = i == RCU_BATCH - 1 ? again : 0;
        call_rcu1(&hurry->rcu, hurried);
    }
}

static void unmap(VirtIOGPU *gpu, uint32_t id)
{
    MemoryRegion *window = &virtio_gpu_base(gpu)->hostmem;
    VirtIOGPUMapping *mapping = g_hash_table_lookup(gpu->mappings,
                                                    GUINT_TO_POINTER(id));

    g_hash_table_remove(gpu->mappings, GUINT_TO_POINTER(id));
    memory_region_del_subregion(window, &mapping->region);
    object_unref(OBJECT(mapping));
}

static GArray *take(VirtIOGPU *gpu, GArray **array, size_t element_bytes)
{
    GArray *taken;

    QEMU_LOCK_GUARD(&gpu->window_lock);
    taken = *array;
    *array = g_array_new(false, false, element_bytes);
    return taken;
}

/* Main loop: the regions of those that nobody uses end. */
static void end_unused(VirtIOGPU *gpu)
{
    VirtIOGPUMapping *mapping, *next;

    WITH_QEMU_LOCK_GUARD(&gpu->window_lock) {
        mapping = gpu->unused_mappings;
        gpu->unused_mappings = NULL;
    }
    if (!mapping) {
        return;
    }
    for (; mapping; mapping = next) {
        next = mapping->next;
        object_unref(OBJECT(&mapping->region));
        call_rcu1(&mapping->rcu, mapping_gone);
    }
    hurry_rcu(0);
}

/* Before anything else: who shows shared memory answers that it can be seen. */
static void open_if_wanted(VirtIOGPU *gpu, const GArray *changes)
{
    for (guint i = 0; i < changes->len; i++) {
        if (g_array_index(changes, Change, i).is_shared && has_slot(gpu, 0)) {
            virtio_gpu_shared_open(gpu);
            break;
        }
    }
}

/* Main loop: all that has gathered becomes one change of the memory map. */
static void change_map(VirtIOGPU *gpu)
{
    GArray *changes = take(gpu, &gpu->window_changes, sizeof(Change));
    bool unmaps = false;

    open_if_wanted(gpu, changes);
    memory_region_transaction_begin();
    for (guint i = 0; i < changes->len; i++) {
        const Change *change = &g_array_index(changes, Change, i);

        if (change->data) {
            map(gpu, change, i);
        } else {
            unmap(gpu, change->id);
            unmaps = true;
        }
    }
    memory_region_transaction_commit();
    if (unmaps) {
        hurry_rcu(1);
    }
    for (guint i = 0; i < changes->len; i++) {
        const Change *change = &g_array_index(changes, Change, i);

        if (change->data && g_hash_table_contains(
                                gpu->mappings, GUINT_TO_POINTER(change->id))) {
            say(gpu, &(Changed) { *change, DONE });
        }
    }
    g_array_unref(changes);
}

static void window_bh(void *opaque)
{
    VirtIOGPU *gpu = opaque;

    end_unused(gpu);
    change_map(gpu);
}

static void post(VirtIOGPU *gpu, const Change *change)
{
    WITH_QEMU_LOCK_GUARD(&gpu->window_lock) {
        g_array_append_vals(gpu->window_changes, change, 1);
    }
    qemu_bh_schedule(gpu->window_bh);
}

enum vgpu_window_answer virtio_gpu_mapping_map(void *host, uint32_t id,
                                               uint64_t offset, void *data,
                                               uint64_t bytes)
{
    int ret = virtio_gpu_shared_show(host, id, offset, data, bytes);

    if (ret == 0) {
        return VGPU_WINDOW_DONE;
    }
    if (ret != -EINVAL && ret != -EBUSY) {
        return VGPU_WINDOW_FULL;
    }
    post(host, &(Change) { id, ret == -EBUSY, offset, bytes, data });
    return VGPU_WINDOW_LATER;
}

enum vgpu_window_answer virtio_gpu_mapping_unmap(void *host, uint32_t id)
{
    if (virtio_gpu_shared_hide(host, id)) {
        return VGPU_WINDOW_DONE;
    }
    post(host, &(Change) { .id = id });
    return VGPU_WINDOW_LATER;
}

static bool is_done(VirtIOGPU *gpu, const Changed *changed)
{
    const Change *c = &changed->change;

    if (changed->result == OPENED) {
        return !virtio_gpu_shared_show(gpu, c->id, c->offset, c->data,
                                       c->bytes);
    }
    return changed->result == DONE;
}

void virtio_gpu_mapping_retire(VirtIOGPU *gpu)
{
    GArray *changed;

    if (!qatomic_load_acquire(&gpu->has_window_changed)) {
        return;
    }
    qatomic_set(&gpu->has_window_changed, false);
    changed = take(gpu, &gpu->window_changed, sizeof(Changed));
    for (guint i = 0; i < changed->len; i++) {
        const Changed *c = &g_array_index(changed, Changed, i);

        vgpu_device_window_done(gpu->device, c->change.id, is_done(gpu, c));
    }
    g_array_unref(changed);
    virtio_gpu_queue_flush(gpu);
}

static void window_changed_bh(void *opaque)
{
    VirtIOGPU *gpu = opaque;

    virtio_gpu_queue_sync_reset(gpu);
    virtio_gpu_mapping_retire(gpu);
}

void virtio_gpu_mapping_init(VirtIOGPU *gpu)
{
    qemu_mutex_init(&gpu->window_lock);
    virtio_gpu_shared_init(gpu);
    gpu->window_changes = g_array_new(false, false, sizeof(Change));
    gpu->window_changed = g_array_new(false, false, sizeof(Changed));
    gpu->mappings = g_hash_table_new(NULL, NULL);
    gpu->window_bh = qemu_bh_new(window_bh, gpu);
    gpu->window_changed_bh = aio_bh_new(gpu->ctx, window_changed_bh, gpu);
}

/*
 * The device was reset: what is mapped is on its way out.  It cannot be unplugged,
 * so that no guest is left that could hold any of it for long.
 */
void virtio_gpu_mapping_drain(VirtIOGPU *gpu)
{
    while (gpu->device && vgpu_device_num_mappings(gpu->device)) {
        window_bh(gpu);
        drain_call_rcu();
        g_usleep(END_RETRY_US);
    }
}

void virtio_gpu_mapping_finish(VirtIOGPU *gpu)
{
    qemu_bh_delete(gpu->window_bh);
    virtio_gpu_shared_finish(gpu);
    g_hash_table_destroy(gpu->mappings);
    g_array_unref(gpu->window_changes);
    g_array_unref(gpu->window_changed);
    qemu_mutex_destroy(&gpu->window_lock);
}

static const TypeInfo mapping_info = {
    .name = TYPE_VIRTIO_GPU_MAPPING,
    .parent = TYPE_OBJECT,
    .instance_size = sizeof(VirtIOGPUMapping),
};

static void register_types(void)
{
    type_register_static(&mapping_info);
}

type_init(register_types)
