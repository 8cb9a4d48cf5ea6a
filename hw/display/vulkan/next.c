/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "next.h"

/* By the pointer that their handles begin with. */
struct table {
    GMutex lock;
    GHashTable *records;        /* NULL: none was added yet */
};

static struct table instances, devices;

static void *key_of(const void *handle)
{
    return *(void *const *)handle;
}

static void *find(struct table *table, const void *handle)
{
    void *record;

    g_mutex_lock(&table->lock);
    record = table->records
             ? g_hash_table_lookup(table->records, key_of(handle)) : NULL;
    g_mutex_unlock(&table->lock);
    return record;
}

static void add(struct table *table, const void *handle, void *record)
{
    g_mutex_lock(&table->lock);
    if (!table->records) {
        table->records = g_hash_table_new(NULL, NULL);
    }
    g_hash_table_insert(table->records, key_of(handle), record);
    g_mutex_unlock(&table->lock);
}

static void *remove_from(struct table *table, const void *handle)
{
    void *record = NULL;

    g_mutex_lock(&table->lock);
    if (table->records) {
        g_hash_table_steal_extended(table->records, key_of(handle), NULL,
                                    &record);
    }
    g_mutex_unlock(&table->lock);
    return record;
}

struct vgpu_next_instance *vgpu_next_instance_find(const void *handle)
{
    return find(&instances, handle);
}

struct vgpu_next_device *vgpu_next_device_find(const void *handle)
{
    return find(&devices, handle);
}

void vgpu_next_instance_add(struct vgpu_next_instance *instance)
{
    add(&instances, instance->handle, instance);
}

void vgpu_next_device_add(struct vgpu_next_device *device)
{
    add(&devices, device->handle, device);
}

struct vgpu_next_instance *vgpu_next_instance_remove(const void *handle)
{
    return remove_from(&instances, handle);
}

struct vgpu_next_device *vgpu_next_device_remove(const void *handle)
{
    return remove_from(&devices, handle);
}

const void *vgpu_next_chain_take(const void *info, VkStructureType type,
                                 struct vgpu_next_hole *hole)
{
    VkBaseOutStructure *before = (VkBaseOutStructure *)info;

    while (before->pNext && before->pNext->sType != type) {
        before = before->pNext;
    }
    *hole = (struct vgpu_next_hole){ before, before->pNext };
    if (hole->taken) {
        before->pNext = hole->taken->pNext;
    }
    return hole->taken;
}

void vgpu_next_chain_restore(const struct vgpu_next_hole *hole)
{
    if (hole->taken) {
        hole->before->pNext = hole->taken;
    }
}

const void *vgpu_next_chain_find(const void *chain, VkStructureType type)
{
    const VkBaseInStructure *at = chain;

    while (at && at->sType != type) {
        at = at->pNext;
    }
    return at;
}
