/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A renderer with 3D whose work is done when the test says so.
 *
 * Textures are plain memory, images are pixman's.  Streams have virgl's
 * framing and no effect, but that what they would make is counted as virgl's
 * renderer counts it.  A command that is wrong (its number is above
 * FAKE_LAST_COMMAND, or it binds an object, of which there are none) costs the
 * context, as there: no stream of it is taken any more.  Contexts of Venus have
 * rings, and make memory of any name; a lost one makes none and its fences have
 * ended.  One thread.
 */
#ifndef TESTS_FAKE_FAKE_RENDERER_H
#define TESTS_FAKE_FAKE_RENDERER_H

#include <glib.h>

#include "hw/virtio/vgpu/renderer.h"

#define FAKE_BIND_OBJECT 2
#define FAKE_LAST_COMMAND 60
#define FAKE_NUM_CAPSETS 3

/* Of the dma-bufs of textures. */
#define FAKE_MODIFIER 0x0100000000000001ull

/* What a stream of Venus must not begin with: no other is wrong. */
#define FAKE_NO_VULKAN UINT32_MAX

/* What is to go wrong, and what is held; the test's, set at any time. */
struct fake_faults {
    bool capset;
    bool context;
    bool texture;
    bool transfer;
    bool submit_memory;
    bool fence;                 /* there are no fences */
    bool fence_lost;            /* those that end do so with an error */
    bool blob;                  /* objects become no blobs */
    bool map;                   /* their memory cannot be had, nor read */
    bool shares;                /* no fault: textures are dma-bufs, of a kind */
    bool slots;                 /* the host has no place in the window */
    bool window_held;           /* the host takes its time over it */
    bool window_at_once;        /* it is changed when the host is asked */
    uint64_t held;              /* bit n: fences of context n wait */
    uint64_t held_rings;        /* bit n: those of ring n, where there are such */
    bool venus;                 /* no fault: contexts of Venus are there, too */
};

/* vgpu_renderer_config.options: a struct fake_faults that outlives it. */
extern const struct vgpu_renderer_ops fake_renderer_ops;

/* Bytes of objects that nobody took: that renderer counts them for ever. */
uint64_t fake_renderer_kept(void);

/*
 * The fences of contexts that are not held any more are done, of the renderer
 * that was created last: the device keeps it to itself.
 */
void fake_renderer_release(void);

#endif
