/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "holdings.h"

#include <glib.h>

#include "hw/virtio/vgpu/budget.h"
#include "hw/virtio/vgpu/texture.h"
#include "stream.h"
#include "sub-context.h"

/* Arguments of PIPE_RESOURCE_CREATE. */
enum {
    RESOURCE_TARGET = 1,
    RESOURCE_FORMAT,
    RESOURCE_BIND,
    RESOURCE_WIDTH,
    RESOURCE_HEIGHT,
    RESOURCE_DEPTH,
    RESOURCE_ARRAY_SIZE,
    RESOURCE_LAST_LEVEL,
    RESOURCE_NR_SAMPLES,
    RESOURCE_FLAGS,
    RESOURCE_BLOB_ID,
};

/* What takes the most: for formats whose texels are not known here (YUV). */
static const struct vgpu_block largest_block = { 16, 1, 1 };

struct vgpu_virgl_holdings {
    struct vgpu_budget *budget;
    struct vgpu_virgl_pins *pins;
    uint64_t bytes;             /* of the sub-contexts */
    uint64_t unknown_bytes;     /* of streams that failed half way */
    bool frozen;                /* one did: nothing is taken off any more */
    GHashTable *sub_contexts;   /* id to struct vgpu_virgl_sub_context */
    struct vgpu_virgl_sub_context *chosen;
};

static struct vgpu_virgl_sub_context *
find(const struct vgpu_virgl_holdings *holdings, uint32_t id)
{
    return g_hash_table_lookup(holdings->sub_contexts, GUINT_TO_POINTER(id));
}

static void begin_sub(struct vgpu_virgl_holdings *holdings, uint32_t id)
{
    if (!find(holdings, id)) {
        g_hash_table_insert(holdings->sub_contexts, GUINT_TO_POINTER(id),
                            vgpu_virgl_sub_context_create(holdings->pins,
                                                          &holdings->bytes));
    }
}

/* The first one, 0, is never ended; it follows on the chosen one. */
static void end_sub(struct vgpu_virgl_holdings *holdings, uint32_t id)
{
    struct vgpu_virgl_sub_context *sub = find(holdings, id);

    if (!sub || id == 0) {
        return;
    }
    if (holdings->chosen == sub) {
        holdings->chosen = find(holdings, 0);
    }
    g_hash_table_remove(holdings->sub_contexts, GUINT_TO_POINTER(id));
    vgpu_virgl_sub_context_destroy(sub);
}

static void choose_sub(struct vgpu_virgl_holdings *holdings, uint32_t id)
{
    struct vgpu_virgl_sub_context *sub = find(holdings, id);

    if (sub) {
        holdings->chosen = sub;
    }
}

struct vgpu_virgl_holdings *
vgpu_virgl_holdings_create(struct vgpu_budget *budget,
                           struct vgpu_virgl_pins *pins)
{
    struct vgpu_virgl_holdings *holdings;

    if (!vgpu_budget_charge_hosted(budget, VGPU_VIRGL_CONTEXT_BYTES)) {
        return NULL;
    }
    holdings = g_new0(struct vgpu_virgl_holdings, 1);
    holdings->budget = budget;
    holdings->pins = pins;
    holdings->sub_contexts = g_hash_table_new(NULL, NULL);
    begin_sub(holdings, 0);
    choose_sub(holdings, 0);
    return holdings;
}

void vgpu_virgl_holdings_destroy(struct vgpu_virgl_holdings *holdings)
{
    GHashTableIter iter;
    gpointer sub;

    vgpu_budget_release_hosted(holdings->budget,
                               holdings->bytes + holdings->unknown_bytes);
    g_hash_table_iter_init(&iter, holdings->sub_contexts);
    while (g_hash_table_iter_next(&iter, NULL, &sub)) {
        vgpu_virgl_sub_context_destroy(sub);
    }
    g_hash_table_destroy(holdings->sub_contexts);
    g_free(holdings);
}

/* --- before the library has a stream ---------------------------------- */

/* The library refuses a command that is shorter than it should be. */
static uint64_t resource_bytes(const struct vgpu_virgl_command *command)
{
    const uint32_t *words = command->words;
    struct vgpu_texture texture;

    if (command->number != VGPU_VIRGL_PIPE_RESOURCE_CREATE ||
        command->length < RESOURCE_BLOB_ID) {
        return 0;
    }
    texture = (struct vgpu_texture) {
        .target = words[RESOURCE_TARGET],
        .format = words[RESOURCE_FORMAT],
        .width = words[RESOURCE_WIDTH],
        .height = words[RESOURCE_HEIGHT],
        .depth = words[RESOURCE_DEPTH],
        .array_size = words[RESOURCE_ARRAY_SIZE],
        .last_level = words[RESOURCE_LAST_LEVEL],
        .nr_samples = words[RESOURCE_NR_SAMPLES],
    };
    if (!vgpu_texture_block(texture.format, &texture.block)) {
        texture.block = largest_block;
    }
    return vgpu_texture_complaint(&texture) ? UINT64_MAX
                                            : vgpu_texture_bytes(&texture);
}

/* Whether the next command that draws, or computes, may link a program. */
struct unlinked {
    bool graphics;
    bool compute;
};

static uint64_t program_bytes(bool *unlinked)
{
    uint64_t bytes = *unlinked ? VGPU_VIRGL_PROGRAM_BYTES : 0;

    *unlinked = false;
    return bytes;
}

/* The most that @command makes the library hold; UINT64_MAX: it cannot be. */
static uint64_t most_bytes(const struct vgpu_virgl_command *command,
                           struct unlinked *unlinked)
{
    switch (command->number) {
    case VGPU_VIRGL_PIPE_RESOURCE_CREATE:
        return resource_bytes(command);
    case VGPU_VIRGL_CREATE_SUB_CONTEXT:
        return command->length ? VGPU_VIRGL_CONTEXT_BYTES : 0;
    case VGPU_VIRGL_CREATE_OBJECT:
        if (command->object == VGPU_VIRGL_SHADER) {
            *unlinked = (struct unlinked) { true, true };
        }
        return command->length ? vgpu_virgl_object_bytes(command) : 0;
    case VGPU_VIRGL_DESTROY_OBJECT:
    case VGPU_VIRGL_SET_SUB_CONTEXT:
    case VGPU_VIRGL_DESTROY_SUB_CONTEXT:
    case VGPU_VIRGL_BIND_SHADER:
        *unlinked = (struct unlinked) { true, true };
        return 0;
    case VGPU_VIRGL_DRAW:
        return program_bytes(&unlinked->graphics);
    case VGPU_VIRGL_LAUNCH_GRID:
        return program_bytes(&unlinked->compute);
    case VGPU_VIRGL_LINK_SHADER:
        return VGPU_VIRGL_PROGRAM_BYTES;
    default:
        return 0;
    }
}

enum vgpu_status vgpu_virgl_holdings_charge(
    struct vgpu_virgl_holdings *holdings, const uint8_t *stream,
    uint64_t bytes, uint64_t *charged)
{
    struct vgpu_virgl_stream walk = vgpu_virgl_stream(stream, bytes);
    struct vgpu_virgl_command command;
    struct unlinked unlinked = { true, true };

    *charged = 0;
    while (vgpu_virgl_stream_next(&walk, &command)) {
        uint64_t more = most_bytes(&command, &unlinked);

        if (more == UINT64_MAX) {
            return VGPU_ERR_UNSPEC;
        }
        if (__builtin_add_overflow(*charged, more, charged)) {
            return VGPU_ERR_OUT_OF_MEMORY;
        }
    }
    if (!vgpu_virgl_stream_is_over(&walk)) {
        return VGPU_ERR_UNSPEC;
    }
    return vgpu_budget_charge_hosted(holdings->budget, *charged)
           ? VGPU_OK : VGPU_ERR_OUT_OF_MEMORY;
}

/* --- after it had it -------------------------------------------------- */

static void note(struct vgpu_virgl_holdings *holdings,
                 const struct vgpu_context *context,
                 const struct vgpu_virgl_command *command)
{
    uint32_t id = command->length ? command->words[1] : 0;

    switch (command->number) {
    case VGPU_VIRGL_CREATE_SUB_CONTEXT:
        begin_sub(holdings, id);
        break;
    case VGPU_VIRGL_DESTROY_SUB_CONTEXT:
        end_sub(holdings, id);
        break;
    case VGPU_VIRGL_SET_SUB_CONTEXT:
        choose_sub(holdings, id);
        break;
    default:
        vgpu_virgl_sub_context_note(holdings->chosen, context, command);
        break;
    }
}

/* What a stream charged for, and had or has not. */
static void take_off(struct vgpu_virgl_holdings *holdings, uint64_t before,
                     uint64_t charged)
{
    uint64_t counted = before + charged;

    if (counted >= holdings->bytes) {
        vgpu_budget_release_hosted(holdings->budget,
                                   counted - holdings->bytes);
    } else {
        vgpu_budget_keep_hosted(holdings->budget, holdings->bytes - counted);
    }
}

void vgpu_virgl_holdings_settle(struct vgpu_virgl_holdings *holdings,
                                const struct vgpu_context *context,
                                const uint8_t *stream, uint64_t bytes,
                                uint64_t charged, bool done)
{
    struct vgpu_virgl_stream walk = vgpu_virgl_stream(stream, bytes);
    uint64_t before = holdings->bytes;
    struct vgpu_virgl_command command;

    holdings->frozen |= !done;
    while (vgpu_virgl_stream_next(&walk, &command)) {
        /* Counted for ever: the library never ends those. */
        charged -= resource_bytes(&command);
        if (!holdings->frozen) {
            note(holdings, context, &command);
        }
    }
    if (holdings->frozen) {
        holdings->unknown_bytes += charged;
    } else {
        take_off(holdings, before, charged);
    }
}
