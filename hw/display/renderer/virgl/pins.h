/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Resources that live on in the library although the guest ended them: what
 * was made of them (views, surfaces) or is bound in a context holds them.
 * Their memory stays charged to the budget until the last of these ends.
 *
 * One table for all contexts of a renderer, ended after them.  Device thread.
 */
#ifndef HW_DISPLAY_RENDERER_VIRGL_PINS_H
#define HW_DISPLAY_RENDERER_VIRGL_PINS_H

#include <stdint.h>

struct vgpu_budget;
struct vgpu_virgl_pin;
struct vgpu_virgl_pins;

struct vgpu_virgl_pins *vgpu_virgl_pins_create(struct vgpu_budget *budget);
void vgpu_virgl_pins_destroy(struct vgpu_virgl_pins *pins);

/*
 * The library keeps @bytes, charged already, that no resource has, and until
 * one has them: for ever perhaps.
 */
void vgpu_virgl_pins_keep(struct vgpu_virgl_pins *pins, uint64_t bytes);
void vgpu_virgl_pins_pass_on(struct vgpu_virgl_pins *pins, uint64_t bytes);
uint64_t vgpu_virgl_pins_kept(const struct vgpu_virgl_pins *pins);

/* Somebody holds that resource, which exists; never NULL. */
struct vgpu_virgl_pin *vgpu_virgl_pin_get(struct vgpu_virgl_pins *pins,
                                          uint32_t resource_id);
struct vgpu_virgl_pin *vgpu_virgl_pin_ref(struct vgpu_virgl_pin *pin);

/* No longer.  NULL is accepted. */
void vgpu_virgl_pin_put(struct vgpu_virgl_pins *pins,
                        struct vgpu_virgl_pin *pin);

/*
 * The guest ended the resource, and its @bytes are about to be taken off the
 * budget: they are counted anew if somebody holds it, limit or not.
 */
void vgpu_virgl_pins_resource_ended(struct vgpu_virgl_pins *pins,
                                    uint32_t resource_id, uint64_t bytes);

#endif
