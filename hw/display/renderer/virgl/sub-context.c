/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "sub-context.h"

#include <stdbool.h>
#include <string.h>
#include <glib.h>

#include "bindings.h"
#include "hw/virtio/vgpu/context.h"
#include "pins.h"

/*
 * Of an object: a record of the library's and one of OpenGL's; and of shaders,
 * which stand in their streams as text, text and parsed forms.
 */
#define OBJECT_BYTES 2048
#define OBJECT_FACTOR 8

/* In the order of their types, as LINK_SHADER names them. */
#define NUM_SHADERS 6
#define COMPUTE 5

/* A shader in more than one command: this one goes on with it. */
#define SHADER_OFFSET 3
#define SHADER_GOES_ON (1u << 31)

struct program {
    uint32_t shaders[NUM_SHADERS];      /* handles; 0: none of the type */
};

struct object {
    uint64_t bytes;
    struct vgpu_virgl_pin *pin;         /* of what it was made of, or NULL */
    uint32_t num_programs;              /* that it is linked into */
};

struct vgpu_virgl_sub_context {
    struct vgpu_virgl_pins *pins;
    uint64_t *bytes;            /* everything counts there */
    GHashTable *objects;        /* handle to object */
    GHashTable *slots;          /* slot to pin, where there is one */
    GHashTable *slot_ends;      /* first slot of a kind to one behind the last */
    GHashTable *programs;       /* a set */
    struct program bound;
};

uint64_t vgpu_virgl_object_bytes(const struct vgpu_virgl_command *command)
{
    return OBJECT_BYTES + (uint64_t)command->length * sizeof(uint32_t) *
                          OBJECT_FACTOR;
}

/* --- programs --------------------------------------------------------- */

static guint program_hash(gconstpointer key)
{
    const struct program *program = key;
    guint hash = 0;

    for (unsigned i = 0; i < NUM_SHADERS; i++) {
        hash = hash * 31 + program->shaders[i];
    }
    return hash;
}

static gboolean program_equal(gconstpointer a, gconstpointer b)
{
    return memcmp(a, b, sizeof(struct program)) == 0;
}

/* Only what is made of shaders that exist is linked. */
static void link_program(struct vgpu_virgl_sub_context *sub, const struct program *program)
{
    struct object *shaders[NUM_SHADERS] = { NULL };
    bool any = false;

    if (g_hash_table_contains(sub->programs, program)) {
        return;
    }
    for (unsigned i = 0; i < NUM_SHADERS; i++) {
        if (program->shaders[i]) {
            shaders[i] = g_hash_table_lookup(
                sub->objects, GUINT_TO_POINTER(program->shaders[i]));
            any = true;
        }
    }
    if (!any) {
        return;
    }
    for (unsigned i = 0; i < NUM_SHADERS; i++) {
        if (shaders[i]) {
            shaders[i]->num_programs++;
        }
    }
    g_hash_table_add(sub->programs, g_memdup2(program, sizeof(*program)));
    *sub->bytes += VGPU_VIRGL_PROGRAM_BYTES;
}

static void link_bound(struct vgpu_virgl_sub_context *sub, bool compute)
{
    struct program program = { 0 };

    if (compute) {
        program.shaders[COMPUTE] = sub->bound.shaders[COMPUTE];
    } else {
        program = sub->bound;
        program.shaders[COMPUTE] = 0;
    }
    link_program(sub, &program);
}

struct unlinking {
    struct vgpu_virgl_sub_context *sub;
    uint32_t handle;
};

static gboolean unlink_program(gpointer key, gpointer value, gpointer opaque)
{
    const struct program *program = key;
    const struct unlinking *unlinking = opaque;
    bool has = false;

    (void)value;
    for (unsigned i = 0; i < NUM_SHADERS; i++) {
        has |= program->shaders[i] == unlinking->handle;
    }
    if (!has) {
        return FALSE;
    }
    for (unsigned i = 0; i < NUM_SHADERS; i++) {
        struct object *shader = g_hash_table_lookup(
            unlinking->sub->objects, GUINT_TO_POINTER(program->shaders[i]));

        if (shader && shader->num_programs) {
            shader->num_programs--;
        }
    }
    *unlinking->sub->bytes -= VGPU_VIRGL_PROGRAM_BYTES;
    return TRUE;
}

/* --- objects and slots ------------------------------------------------ */

static void free_object(struct vgpu_virgl_sub_context *sub, struct object *object)
{
    *sub->bytes -= object->bytes;
    vgpu_virgl_pin_put(sub->pins, object->pin);
    g_free(object);
}

static void end_object(struct vgpu_virgl_sub_context *sub, uint32_t handle)
{
    gpointer key = GUINT_TO_POINTER(handle);
    struct object *object = g_hash_table_lookup(sub->objects, key);
    struct unlinking unlinking = { sub, handle };

    if (!object) {
        return;
    }
    if (object->num_programs) {
        g_hash_table_foreach_remove(sub->programs, unlink_program, &unlinking);
    }
    g_hash_table_remove(sub->objects, key);
    free_object(sub, object);
}

static struct vgpu_virgl_pin *pin_of(const struct vgpu_virgl_sub_context *sub,
                                     const struct vgpu_context *context,
                                     uint32_t resource_id)
{
    return vgpu_context_resource(context, resource_id)
           ? vgpu_virgl_pin_get(sub->pins, resource_id) : NULL;
}

/* What an object is made of stands here. */
static uint32_t resource_argument(const struct vgpu_virgl_command *command)
{
    switch (command->object) {
    case VGPU_VIRGL_SAMPLER_VIEW:
    case VGPU_VIRGL_SURFACE:
    case VGPU_VIRGL_MSAA_SURFACE:
    case VGPU_VIRGL_STREAMOUT_TARGET:
        return 2;
    case VGPU_VIRGL_QUERY:
        return 4;
    default:
        return 0;
    }
}

static void make_object(struct vgpu_virgl_sub_context *sub,
                        const struct vgpu_context *context,
                        const struct vgpu_virgl_command *command)
{
    uint32_t handle = command->words[1];
    uint32_t at = resource_argument(command);
    struct object *object = g_hash_table_lookup(sub->objects,
                                                GUINT_TO_POINTER(handle));

    if (object && command->object == VGPU_VIRGL_SHADER &&
        command->length >= SHADER_OFFSET &&
        command->words[SHADER_OFFSET] & SHADER_GOES_ON) {
        object->bytes += vgpu_virgl_object_bytes(command);
    } else {
        end_object(sub, handle);
        object = g_new0(struct object, 1);
        object->bytes = vgpu_virgl_object_bytes(command);
        object->pin = at && command->length >= at
                      ? pin_of(sub, context, command->words[at]) : NULL;
        g_hash_table_insert(sub->objects, GUINT_TO_POINTER(handle), object);
    }
    *sub->bytes += vgpu_virgl_object_bytes(command);
}

/* @pin, owned, or NULL, is what the slot holds from now on. */
static void fill_slot(struct vgpu_virgl_sub_context *sub, uint32_t slot,
                      struct vgpu_virgl_pin *pin)
{
    gpointer key = GUINT_TO_POINTER(slot);

    vgpu_virgl_pin_put(sub->pins,
                       g_hash_table_lookup(sub->slots, key));
    if (pin) {
        g_hash_table_insert(sub->slots, key, pin);
    } else {
        g_hash_table_remove(sub->slots, key);
    }
}

static struct vgpu_virgl_pin *pin_of_object(const struct vgpu_virgl_sub_context *sub,
                                            uint32_t handle)
{
    struct object *object = g_hash_table_lookup(sub->objects,
                                                GUINT_TO_POINTER(handle));

    return object && object->pin ? vgpu_virgl_pin_ref(object->pin) : NULL;
}

static void bind_slots(struct vgpu_virgl_sub_context *sub,
                       const struct vgpu_context *context,
                       const struct vgpu_virgl_command *command,
                       const struct vgpu_virgl_binding *binding)
{
    uint32_t count = vgpu_virgl_binding_count(binding, command);
    uint32_t first, end, old_end;
    gpointer kind;

    if (command->length < MAX(binding->stage, binding->start)) {
        return;
    }
    first = vgpu_virgl_binding_slot(binding, command, 0);
    end = first + count;
    kind = GUINT_TO_POINTER(first & ~0xffffu);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t handle = vgpu_virgl_binding_handle(binding, command, i);

        fill_slot(sub, vgpu_virgl_binding_slot(binding, command, i),
                  binding->objects ? pin_of_object(sub, handle)
                                   : pin_of(sub, context, handle));
    }
    old_end = GPOINTER_TO_UINT(g_hash_table_lookup(sub->slot_ends, kind));
    if (binding->rest) {
        for (uint32_t slot = end; slot < old_end; slot++) {
            fill_slot(sub, slot, NULL);
        }
    } else {
        end = MAX(end, old_end);
    }
    g_hash_table_insert(sub->slot_ends, kind, GUINT_TO_POINTER(end));
}

/* --- all of it -------------------------------------------------------- */

struct vgpu_virgl_sub_context *
vgpu_virgl_sub_context_create(struct vgpu_virgl_pins *pins, uint64_t *bytes)
{
    struct vgpu_virgl_sub_context *sub =
        g_new0(struct vgpu_virgl_sub_context, 1);

    sub->pins = pins;
    sub->bytes = bytes;
    sub->objects = g_hash_table_new(NULL, NULL);
    sub->slots = g_hash_table_new(NULL, NULL);
    sub->slot_ends = g_hash_table_new(NULL, NULL);
    sub->programs = g_hash_table_new_full(program_hash, program_equal, g_free,
                                          NULL);
    *bytes += VGPU_VIRGL_CONTEXT_BYTES;
    return sub;
}

void vgpu_virgl_sub_context_destroy(struct vgpu_virgl_sub_context *sub)
{
    GHashTableIter iter;
    gpointer value;

    g_hash_table_iter_init(&iter, sub->objects);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        free_object(sub, value);
    }
    g_hash_table_iter_init(&iter, sub->slots);
    while (g_hash_table_iter_next(&iter, NULL, &value)) {
        vgpu_virgl_pin_put(sub->pins, value);
    }
    *sub->bytes -= VGPU_VIRGL_CONTEXT_BYTES +
                   g_hash_table_size(sub->programs) * VGPU_VIRGL_PROGRAM_BYTES;
    g_hash_table_destroy(sub->objects);
    g_hash_table_destroy(sub->slots);
    g_hash_table_destroy(sub->slot_ends);
    g_hash_table_destroy(sub->programs);
    g_free(sub);
}

static void link_said(struct vgpu_virgl_sub_context *sub,
                      const struct vgpu_virgl_command *command)
{
    struct program program;

    if (command->length >= NUM_SHADERS) {
        memcpy(program.shaders, &command->words[1], sizeof(program.shaders));
        link_program(sub, &program);
    }
}

static void bind_shader(struct vgpu_virgl_sub_context *sub,
                        const struct vgpu_virgl_command *command)
{
    if (command->length >= 2 && command->words[2] < NUM_SHADERS) {
        sub->bound.shaders[command->words[2]] = command->words[1];
    }
}

void vgpu_virgl_sub_context_note(struct vgpu_virgl_sub_context *sub,
                                 const struct vgpu_context *context,
                                 const struct vgpu_virgl_command *command)
{
    const struct vgpu_virgl_binding *binding = vgpu_virgl_binding_of(command);

    if (binding) {
        bind_slots(sub, context, command, binding);
        return;
    }
    switch (command->number) {
    case VGPU_VIRGL_CREATE_OBJECT:
        if (command->length) {
            make_object(sub, context, command);
        }
        break;
    case VGPU_VIRGL_DESTROY_OBJECT:
        if (command->length) {
            end_object(sub, command->words[1]);
        }
        break;
    case VGPU_VIRGL_BIND_SHADER:
        bind_shader(sub, command);
        break;
    case VGPU_VIRGL_DRAW:
    case VGPU_VIRGL_LAUNCH_GRID:
        link_bound(sub, command->number == VGPU_VIRGL_LAUNCH_GRID);
        break;
    case VGPU_VIRGL_LINK_SHADER:
        link_said(sub, command);
        break;
    }
}
