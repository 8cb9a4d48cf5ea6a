/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "holdings.h"

#include <glib.h>

#include "hw/virtio/vgpu/budget.h"
#include "stream.h"

/*
 * Measured with virglrenderer 0.10.4 on llvmpipe of Mesa 25: a context with
 * nothing in it, and each of its sub-contexts, takes 8.6 MiB.
 */
#define GL_CONTEXT_BYTES (9ull << 20)

/*
 * Of an object: a record of the library's and one of OpenGL's; and of shaders,
 * which stand in their streams as text, text and parsed forms.
 */
#define OBJECT_BYTES 2048
#define OBJECT_FACTOR 8

struct vgpu_virgl_holdings {
    struct vgpu_budget *budget;
    uint64_t bytes;             /* charged for all of it */
    uint64_t resource_bytes;    /* made by streams */
    uint32_t chosen;            /* sub-context */
    GHashTable *sub_contexts;   /* a set of ids; the first, 0, is not in it */
    GHashTable *objects;        /* sub-context and handle to bytes */
};

/* A stream's worth of it, before it is known whether there is room. */
struct estimate {
    uint64_t bytes;
    bool impossible;
    bool writes_guest;
};

static void add(uint64_t *sum, uint64_t bytes)
{
    if (__builtin_add_overflow(*sum, bytes, sum)) {
        *sum = UINT64_MAX;
    }
}

static uint64_t object_bytes(uint32_t said)
{
    return OBJECT_BYTES + (uint64_t)said * OBJECT_FACTOR;
}

static void estimate_resource(void *opaque, uint64_t bytes)
{
    struct estimate *estimate = opaque;

    estimate->impossible |= bytes == UINT64_MAX;
    add(&estimate->bytes, bytes);
}

static void estimate_sub_context(void *opaque, uint32_t id, bool create)
{
    struct estimate *estimate = opaque;

    add(&estimate->bytes, create && id ? GL_CONTEXT_BYTES : 0);
}

static void estimate_choice(void *opaque, uint32_t id)
{
    (void)opaque;
    (void)id;
}

static void estimate_object(void *opaque, uint32_t handle, uint32_t bytes)
{
    struct estimate *estimate = opaque;

    (void)handle;
    add(&estimate->bytes, bytes ? object_bytes(bytes) : 0);
}

static void estimate_write(void *opaque)
{
    struct estimate *estimate = opaque;

    estimate->writes_guest = true;
}

static const struct vgpu_virgl_stream_ops estimate_ops = {
    .resource = estimate_resource,
    .sub_context = estimate_sub_context,
    .choose = estimate_choice,
    .object = estimate_object,
    .guest_write = estimate_write,
};

static gpointer object_key(uint32_t sub_context, uint32_t handle)
{
    return (gpointer)(uintptr_t)((uint64_t)sub_context << 32 | handle);
}

static void note_resource(void *opaque, uint64_t bytes)
{
    struct vgpu_virgl_holdings *holdings = opaque;

    holdings->resource_bytes += bytes;
    holdings->bytes += bytes;
}

static void forget_object(struct vgpu_virgl_holdings *holdings, gpointer key)
{
    uintptr_t bytes = (uintptr_t)g_hash_table_lookup(holdings->objects, key);

    holdings->bytes -= bytes;
    g_hash_table_remove(holdings->objects, key);
}

static void note_object(void *opaque, uint32_t handle, uint32_t bytes)
{
    struct vgpu_virgl_holdings *holdings = opaque;
    gpointer key = object_key(holdings->chosen, handle);

    forget_object(holdings, key);
    if (bytes) {
        holdings->bytes += object_bytes(bytes);
        g_hash_table_insert(holdings->objects, key,
                            (gpointer)(uintptr_t)object_bytes(bytes));
    }
}

struct removal {
    struct vgpu_virgl_holdings *holdings;
    uint32_t sub_context;
};

static gboolean is_of_sub_context(gpointer key, gpointer value, gpointer opaque)
{
    struct removal *removal = opaque;

    if ((uint64_t)(uintptr_t)key >> 32 != removal->sub_context) {
        return FALSE;
    }
    removal->holdings->bytes -= (uintptr_t)value;
    return TRUE;
}

static void note_sub_context(void *opaque, uint32_t id, bool create)
{
    struct vgpu_virgl_holdings *holdings = opaque;
    struct removal removal = { holdings, id };

    if (id == 0) {
        return;
    }
    if (create) {
        if (g_hash_table_add(holdings->sub_contexts, GUINT_TO_POINTER(id))) {
            holdings->bytes += GL_CONTEXT_BYTES;
        }
    } else if (g_hash_table_remove(holdings->sub_contexts,
                                   GUINT_TO_POINTER(id))) {
        holdings->bytes -= GL_CONTEXT_BYTES;
        g_hash_table_foreach_remove(holdings->objects, is_of_sub_context,
                                    &removal);
    }
}

static void note_choice(void *opaque, uint32_t id)
{
    struct vgpu_virgl_holdings *holdings = opaque;

    holdings->chosen = id;
}

static void note_write(void *opaque)
{
    (void)opaque;
}

static const struct vgpu_virgl_stream_ops note_ops = {
    .resource = note_resource,
    .sub_context = note_sub_context,
    .choose = note_choice,
    .object = note_object,
    .guest_write = note_write,
};

struct vgpu_virgl_holdings *
vgpu_virgl_holdings_create(struct vgpu_budget *budget)
{
    struct vgpu_virgl_holdings *holdings;

    if (!vgpu_budget_charge_hosted(budget, GL_CONTEXT_BYTES)) {
        return NULL;
    }
    holdings = g_new0(struct vgpu_virgl_holdings, 1);
    holdings->budget = budget;
    holdings->bytes = GL_CONTEXT_BYTES;
    holdings->sub_contexts = g_hash_table_new(NULL, NULL);
    holdings->objects = g_hash_table_new(NULL, NULL);
    return holdings;
}

void vgpu_virgl_holdings_destroy(struct vgpu_virgl_holdings *holdings)
{
    vgpu_budget_release_hosted(holdings->budget, holdings->bytes);
    g_hash_table_destroy(holdings->sub_contexts);
    g_hash_table_destroy(holdings->objects);
    g_free(holdings);
}

enum vgpu_status vgpu_virgl_holdings_charge(
    struct vgpu_virgl_holdings *holdings, const uint8_t *stream,
    uint64_t bytes, bool *writes_guest)
{
    struct estimate estimate = { 0 };
    uint64_t before = holdings->bytes;

    if (!vgpu_virgl_stream_walk(stream, bytes, &estimate_ops, &estimate) ||
        estimate.impossible) {
        return VGPU_ERR_UNSPEC;
    }
    if (!vgpu_budget_charge_hosted(holdings->budget, estimate.bytes)) {
        return VGPU_ERR_OUT_OF_MEMORY;
    }
    (void)vgpu_virgl_stream_walk(stream, bytes, &note_ops, holdings);
    /* Less than estimated: what ended, and what was there already. */
    vgpu_budget_release_hosted(holdings->budget,
                               before + estimate.bytes - holdings->bytes);
    *writes_guest = estimate.writes_guest;
    return VGPU_OK;
}
