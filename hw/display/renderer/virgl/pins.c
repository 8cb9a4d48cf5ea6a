/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "pins.h"

#include <stdbool.h>
#include <glib.h>

#include "hw/virtio/vgpu/budget.h"

struct vgpu_virgl_pin {
    uint32_t resource_id;
    bool ended;                 /* the id may be another's by now */
    uint64_t refs;
    uint64_t bytes;             /* counted here, from its end on */
};

struct vgpu_virgl_pins {
    struct vgpu_budget *budget;
    GHashTable *live;           /* id to pin, of resources that exist */
    uint64_t kept;              /* bytes */
};

struct vgpu_virgl_pins *vgpu_virgl_pins_create(struct vgpu_budget *budget)
{
    struct vgpu_virgl_pins *pins = g_new0(struct vgpu_virgl_pins, 1);

    pins->budget = budget;
    pins->live = g_hash_table_new(NULL, NULL);
    return pins;
}

void vgpu_virgl_pins_destroy(struct vgpu_virgl_pins *pins)
{
    g_assert(g_hash_table_size(pins->live) == 0);
    g_hash_table_destroy(pins->live);
    g_free(pins);
}

void vgpu_virgl_pins_keep(struct vgpu_virgl_pins *pins, uint64_t bytes)
{
    pins->kept += bytes;
}

void vgpu_virgl_pins_pass_on(struct vgpu_virgl_pins *pins, uint64_t bytes)
{
    pins->kept -= bytes;
}

uint64_t vgpu_virgl_pins_kept(const struct vgpu_virgl_pins *pins)
{
    return pins->kept;
}

struct vgpu_virgl_pin *vgpu_virgl_pin_get(struct vgpu_virgl_pins *pins,
                                          uint32_t resource_id)
{
    gpointer key = GUINT_TO_POINTER(resource_id);
    struct vgpu_virgl_pin *pin = g_hash_table_lookup(pins->live, key);

    if (!pin) {
        pin = g_new0(struct vgpu_virgl_pin, 1);
        pin->resource_id = resource_id;
        g_hash_table_insert(pins->live, key, pin);
    }
    pin->refs++;
    return pin;
}

struct vgpu_virgl_pin *vgpu_virgl_pin_ref(struct vgpu_virgl_pin *pin)
{
    pin->refs++;
    return pin;
}

void vgpu_virgl_pin_put(struct vgpu_virgl_pins *pins,
                        struct vgpu_virgl_pin *pin)
{
    if (!pin || --pin->refs) {
        return;
    }
    if (pin->ended) {
        vgpu_budget_release_hosted(pins->budget, pin->bytes);
    } else {
        g_hash_table_remove(pins->live, GUINT_TO_POINTER(pin->resource_id));
    }
    g_free(pin);
}

void vgpu_virgl_pins_resource_ended(struct vgpu_virgl_pins *pins,
                                    uint32_t resource_id, uint64_t bytes)
{
    gpointer key = GUINT_TO_POINTER(resource_id);
    struct vgpu_virgl_pin *pin = g_hash_table_lookup(pins->live, key);

    if (pin) {
        g_hash_table_remove(pins->live, key);
        pin->ended = true;
        pin->bytes = bytes;
        vgpu_budget_keep_hosted(pins->budget, bytes);
    }
}
