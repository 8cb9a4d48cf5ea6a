/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "holdings.h"

#include <glib.h>

#include "hw/virtio/vgpu/budget.h"
#include "hw/virtio/vgpu/texture.h"
#include "pins.h"
#include "stream.h"
#include "sub-context.h"

/* What takes the most: for formats whose texels are not known here (YUV). */
static const struct vgpu_block largest_block = { 16, 1, 1 };

/* What PIPE_RESOURCE_CREATE made. */
struct object {
    uint32_t blob_id;
    struct vgpu_texture shape;
};

struct vgpu_virgl_holdings {
    struct vgpu_budget *budget;
    struct vgpu_virgl_pins *pins;
    uint64_t bytes;             /* of the sub-contexts */
    uint64_t unknown_bytes;     /* of streams that failed half way */
    bool frozen;                /* one did: nothing is taken off any more */
    GHashTable *sub_contexts;   /* id to struct vgpu_virgl_sub_context */
    struct vgpu_virgl_sub_context *chosen;
    GQueue objects;             /* struct object, owned; nobody's yet */
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
    g_queue_init(&holdings->objects);
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
    g_queue_clear_full(&holdings->objects, g_free);
    g_free(holdings);
}

/* --- before the library has a stream ---------------------------------- */

/* The library refuses a command that is shorter than it should be. */
static bool makes_resource(const struct vgpu_virgl_command *command)
{
    return command->number == VGPU_VIRGL_PIPE_RESOURCE_CREATE &&
           command->length >= VGPU_VIRGL_RESOURCE_BLOB_ID;
}

static struct vgpu_texture shape_of(const uint32_t *words)
{
    struct vgpu_texture texture = {
        .target = words[VGPU_VIRGL_RESOURCE_TARGET],
        .format = words[VGPU_VIRGL_RESOURCE_FORMAT],
        .bind = words[VGPU_VIRGL_RESOURCE_BIND],
        .width = words[VGPU_VIRGL_RESOURCE_WIDTH],
        .height = words[VGPU_VIRGL_RESOURCE_HEIGHT],
        .depth = words[VGPU_VIRGL_RESOURCE_DEPTH],
        .array_size = words[VGPU_VIRGL_RESOURCE_ARRAY_SIZE],
        .last_level = words[VGPU_VIRGL_RESOURCE_LAST_LEVEL],
        .nr_samples = words[VGPU_VIRGL_RESOURCE_NR_SAMPLES],
        .flags = words[VGPU_VIRGL_RESOURCE_FLAGS],
    };

    if (!vgpu_texture_block(texture.format, &texture.block)) {
        texture.block = largest_block;
    }
    if (vgpu_texture_complaint(&texture) ||
        __builtin_add_overflow(vgpu_texture_bytes(&texture), VGPU_VIRGL_RESOURCE_BYTES,
                               &texture.bytes)) {
        texture.bytes = UINT64_MAX;
    }
    return texture;
}

static uint64_t resource_bytes(const struct vgpu_virgl_command *command)
{
    return makes_resource(command) ? shape_of(command->words).bytes : 0;
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

static void note_object(struct vgpu_virgl_holdings *holdings,
                        const struct vgpu_virgl_command *command)
{
    struct object *object;

    if (makes_resource(command)) {
        object = g_new(struct object, 1);
        object->blob_id = command->words[VGPU_VIRGL_RESOURCE_BLOB_ID];
        object->shape = shape_of(command->words);
        g_queue_push_tail(&holdings->objects, object);
    }
}

static GList *find_object(const struct vgpu_virgl_holdings *holdings,
                          uint64_t blob_id)
{
    for (GList *l = holdings->objects.head; l; l = l->next) {
        if (((const struct object *)l->data)->blob_id == blob_id) {
            return l;
        }
    }
    return NULL;
}

bool vgpu_virgl_holdings_object(const struct vgpu_virgl_holdings *holdings,
                                uint64_t blob_id, struct vgpu_texture *shape)
{
    const GList *found = find_object(holdings, blob_id);

    if (found) {
        *shape = ((const struct object *)found->data)->shape;
    }
    return found != NULL;
}

void vgpu_virgl_holdings_take(struct vgpu_virgl_holdings *holdings,
                              uint64_t blob_id)
{
    GList *found = find_object(holdings, blob_id);
    struct object *object = found->data;

    vgpu_virgl_pins_pass_on(holdings->pins, object->shape.bytes);
    g_free(object);
    g_queue_delete_link(&holdings->objects, found);
}

static void note(struct vgpu_virgl_holdings *holdings,
                 const struct vgpu_context *context,
                 const struct vgpu_virgl_command *command)
{
    uint32_t id = command->length ? command->words[1] : 0;

    switch (command->number) {
    case VGPU_VIRGL_PIPE_RESOURCE_CREATE:
        note_object(holdings, command);
        break;
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
        /* Counted for ever, unless somebody takes it. */
        vgpu_virgl_pins_keep(holdings->pins, resource_bytes(&command));
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
