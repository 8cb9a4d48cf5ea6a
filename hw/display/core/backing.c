/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "hw/virtio/vgpu/backing.h"

#include <string.h>
#include <glib.h>

#include "backing-internal.h"
#include "hw/virtio/vgpu/budget.h"

/* Runs the table starts with; it doubles from there and is trimmed last. */
#define FIRST_CAPACITY 4

/* Of one entry when they are listed again: lengths have 32 bits. */
#define MAX_ENTRY_BYTES (1u << 31)

static bool set_capacity(struct vgpu_backing *backing, uint32_t capacity)
{
    struct vgpu_run *runs = vgpu_budget_alloc(backing->budget,
                                         (size_t)capacity * sizeof(*runs));

    if (!runs) {
        return false;
    }
    if (backing->num_runs) {
        memcpy(runs, backing->runs, backing->num_runs * sizeof(*runs));
    }
    vgpu_budget_free(backing->budget, backing->runs);
    backing->runs = runs;
    backing->capacity = capacity;
    return true;
}

static struct vgpu_run *add_run(struct vgpu_backing *backing)
{
    if (backing->num_runs == backing->capacity) {
        uint32_t capacity = backing->capacity ? backing->capacity * 2
                                              : FIRST_CAPACITY;

        if (capacity < backing->capacity ||
            !set_capacity(backing, capacity)) {
            return NULL;
        }
    }
    return &backing->runs[backing->num_runs];
}

static enum vgpu_status add_memory(struct vgpu_backing *backing,
                                   struct vgpu_entry_list *list,
                                   uint64_t addr, uint64_t *bytes)
{
    struct vgpu_run *run = add_run(backing);
    uint8_t *pointer;

    if (!run) {
        return VGPU_ERR_OUT_OF_MEMORY;
    }
    pointer = backing->ops->map(backing->host, addr, bytes, false);
    if (!pointer) {
        return vgpu_backing_add_device(backing, list, addr, bytes);
    }
    if (backing->translated || backing->is_device) {
        backing->ops->unmap(backing->host, pointer, *bytes, false);
    }
    if (backing->is_device) {
        list->complaint = "an entry is memory of the guest, and those before "
                          "it are memory of a device";
        return VGPU_ERR_UNSPEC;
    }
    run->start = backing->bytes;
    run->bytes = *bytes;
    run->addr = addr;
    run->pointer = pointer;
    backing->num_runs++;
    backing->bytes += *bytes;
    return VGPU_OK;
}

/* Adds what is at @addr, which may turn out to be several pieces. */
static enum vgpu_status add_range(struct vgpu_backing *backing,
                                  struct vgpu_entry_list *list,
                                  uint64_t addr, uint64_t bytes)
{
    while (bytes) {
        uint64_t piece = bytes;
        enum vgpu_status status = add_memory(backing, list, addr, &piece);

        if (status != VGPU_OK) {
            return status;
        }
        addr += piece;
        bytes -= piece;
    }
    return VGPU_OK;
}

static struct vgpu_mem_entry entry_of(const struct vgpu_entry_list *list,
                                      uint32_t index)
{
    return vgpu_wire_get_mem_entry(list->entries +
                                   (size_t)index * VGPU_WIRE_MEM_ENTRY_BYTES);
}

/* Every entry inside the address space, and enough of them. */
static enum vgpu_status check_entries(const struct vgpu_entry_list *list)
{
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < list->count; i++) {
        struct vgpu_mem_entry entry = entry_of(list, i);

        if (entry.length && entry.addr + entry.length - 1 < entry.addr) {
            return VGPU_ERR_PARAMETER;
        }
        bytes += entry.length;
    }
    return bytes < list->min_bytes ? VGPU_ERR_PARAMETER : VGPU_OK;
}

static enum vgpu_status add_entries(struct vgpu_backing *backing,
                                    struct vgpu_entry_list *list)
{
    uint64_t addr = 0;
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < list->count; i++) {
        struct vgpu_mem_entry entry = entry_of(list, i);
        enum vgpu_status status;

        if (entry.length == 0) {
            continue;
        }
        if (bytes && entry.addr == addr + bytes) {
            bytes += entry.length;
            continue;
        }
        status = add_range(backing, list, addr, bytes);
        if (status != VGPU_OK) {
            return status;
        }
        addr = entry.addr;
        bytes = entry.length;
    }
    return add_range(backing, list, addr, bytes);
}

enum vgpu_status vgpu_backing_create(const struct vgpu_host_ops *ops,
                                     void *host, struct vgpu_budget *budget,
                                     struct vgpu_entry_list *list,
                                     struct vgpu_backing **out)
{
    enum vgpu_status status = check_entries(list);
    struct vgpu_backing *backing;

    if (status != VGPU_OK) {
        return status;
    }
    backing = vgpu_budget_alloc(budget, sizeof(*backing));
    if (!backing) {
        return VGPU_ERR_OUT_OF_MEMORY;
    }
    backing->ops = ops;
    backing->host = host;
    backing->budget = budget;
    backing->translated = ops->translates(host);
    status = add_entries(backing, list);
    if (status != VGPU_OK) {
        vgpu_backing_destroy(backing);
        return status;
    }
    if (backing->num_runs && backing->num_runs < backing->capacity) {
        /* Without room for a trimmed copy the larger table stays. */
        (void)set_capacity(backing, backing->num_runs);
    }
    *out = backing;
    return VGPU_OK;
}

static void unmap_iov(struct vgpu_backing *backing, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        backing->ops->unmap(backing->host, backing->iov[i].iov_base,
                            backing->iov[i].iov_len, backing->writable);
    }
    vgpu_budget_free(backing->budget, backing->iov);
    backing->iov = NULL;
}

static bool map_iov(struct vgpu_backing *backing, bool writable)
{
    backing->iov = vgpu_budget_alloc(backing->budget,
                                     backing->num_runs * sizeof(struct iovec));
    backing->writable = writable;
    for (uint32_t i = 0; backing->iov && i < backing->num_runs; i++) {
        const struct vgpu_run *run = &backing->runs[i];
        uint64_t bytes = run->bytes;
        void *pointer = backing->ops->map(backing->host, run->addr, &bytes,
                                          writable);

        if (pointer && bytes != run->bytes) {
            backing->ops->unmap(backing->host, pointer, bytes, writable);
            pointer = NULL;
        }
        if (!pointer) {
            unmap_iov(backing, i);
            return false;
        }
        backing->iov[i] = (struct iovec) { pointer, bytes };
    }
    return backing->iov != NULL;
}

const struct iovec *vgpu_backing_iov(struct vgpu_backing *backing,
                                     uint32_t *count)
{
    *count = backing->num_runs;
    if (!backing->iov && backing->num_runs && !backing->is_device &&
        !map_iov(backing, true)) {
        (void)map_iov(backing, false);
    }
    return backing->iov;
}

bool vgpu_backing_is_writable(const struct vgpu_backing *backing)
{
    return backing->iov && backing->writable;
}

static void let_go(struct vgpu_backing *backing)
{
    if (backing->is_device) {
        backing->ops->device_release(backing->host, backing->region);
        return;
    }
    if (backing->translated) {
        return;
    }
    for (uint32_t i = 0; i < backing->num_runs; i++) {
        backing->ops->unmap(backing->host, backing->runs[i].pointer,
                            backing->runs[i].bytes, false);
    }
}

void vgpu_backing_destroy(struct vgpu_backing *backing)
{
    if (!backing) {
        return;
    }
    if (backing->iov) {
        unmap_iov(backing, backing->num_runs);
    }
    vgpu_backing_end_dmabuf(backing);
    let_go(backing);
    vgpu_budget_free(backing->budget, backing->runs);
    vgpu_budget_free(backing->budget, backing);
}

uint64_t vgpu_backing_bytes(const struct vgpu_backing *backing)
{
    return backing->bytes;
}

bool vgpu_backing_copy_fits(const struct vgpu_backing_copy *copy,
                            uint64_t bytes)
{
    uint64_t end;

    if (copy->rows == 0 || copy->line == 0) {
        return true;
    }
    return !__builtin_mul_overflow(copy->stride, copy->rows - 1, &end) &&
           !__builtin_add_overflow(end, copy->offset, &end) &&
           !__builtin_add_overflow(end, copy->line, &end) &&
           end <= bytes;
}

uint32_t vgpu_backing_find_run(const struct vgpu_backing *backing,
                               uint64_t offset)
{
    uint32_t low = 0;
    uint32_t high = backing->num_runs;

    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;

        if (backing->runs[middle].start <= offset) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

/* A mapping that may write, given back, is what tells of the write. */
void vgpu_backing_wrote(struct vgpu_backing *backing, uint64_t offset,
                        uint64_t bytes)
{
    uint32_t index = vgpu_backing_find_run(backing, offset);

    while (bytes) {
        const struct vgpu_run *run = &backing->runs[index++];
        uint64_t skip = offset - run->start;
        uint64_t piece = MIN(run->bytes - skip, bytes);
        uint64_t mapped = piece;
        void *pointer = backing->ops->map(backing->host, run->addr + skip,
                                          &mapped, true);

        if (pointer) {
            backing->ops->unmap(backing->host, pointer, mapped, true);
        }
        offset += piece;
        bytes -= piece;
    }
}

const uint8_t *vgpu_backing_peek(const struct vgpu_backing *backing,
                                 uint64_t offset, uint64_t bytes)
{
    const struct vgpu_run *run;

    if (backing->translated || backing->is_device ||
        offset >= backing->bytes) {
        return NULL;
    }
    run = &backing->runs[vgpu_backing_find_run(backing, offset)];
    offset -= run->start;
    return bytes <= run->bytes - offset ? run->pointer + offset : NULL;
}

bool vgpu_backing_next_entry(const struct vgpu_backing *backing,
                             uint64_t *position, struct vgpu_mem_entry *entry)
{
    const struct vgpu_run *run;
    uint64_t skip;

    if (*position >= backing->bytes) {
        return false;
    }
    run = &backing->runs[vgpu_backing_find_run(backing, *position)];
    skip = *position - run->start;
    entry->addr = run->addr + skip;
    entry->length = MIN(run->bytes - skip, MAX_ENTRY_BYTES);
    *position += entry->length;
    return true;
}
