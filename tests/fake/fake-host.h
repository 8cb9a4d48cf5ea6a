/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The library's second host: guest memory, outputs, displays and cursors of
 * its own, everything deterministic and within reach of the tests.
 *
 * What a host may do to the library's disadvantage it does: request buffers
 * are overwritten as soon as they are fetched, guest memory is only readable
 * while it is mapped, completing twice or displaying outside of the scanout
 * is an assertion.  One thread.
 */
#ifndef TESTS_FAKE_FAKE_HOST_H
#define TESTS_FAKE_FAKE_HOST_H

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>

#include "hw/virtio/vgpu/device.h"

#include "fake-renderer.h"
#include "guest-memory.h"

struct fake_scanout {
    struct vgpu_mode mode;      /* what the user wants */
    bool refuses;               /* the display takes no size */
    bool no_edid;
    bool no_room;               /* for a picture, at this moment */
    bool shares;                /* takes dma-bufs, and holds flushes for them */
    struct vgpu_dmabuf *dmabuf; /* of the last damage, or NULL */
    uint64_t token;             /* of its flush; 0: none that waits */
    bool enabled;
    uint32_t width;             /* of the picture */
    uint32_t height;
    uint32_t *pixels;           /* x8r8g8b8, as last damaged */
    GArray *damage;             /* of struct vgpu_rect, since last cleared */
    bool cursor_visible;
    int32_t cursor_x;
    int32_t cursor_y;
    uint32_t cursor_width;      /* px */
    uint32_t cursor_height;
    uint32_t hot_x;
    uint32_t hot_y;
    uint32_t cursor[VGPU_CURSOR_PX * VGPU_CURSOR_PX];   /* its top left */
};

struct fake_host {
    struct guest_memory *memory;
    struct vgpu_metrics metrics;
    int64_t now_ns;             /* a microsecond more each time it is asked */
    struct fake_scanout scanouts[VGPU_MAX_SCANOUTS];
    unsigned num_scanouts;
    bool translates;
    bool no_dmabuf;             /* as a kernel that makes none */
    unsigned num_dmabufs;       /* open ones */
    GArray *dmabuf;             /* of struct vgpu_device_piece: the last one made, */
                                /* of the guest's memory with no region */
    uint64_t max_picture_px;    /* larger ones are refused */
    unsigned num_completed;
    unsigned num_info_reads;
    unsigned num_guest_errors;
    uint32_t num_uuids;
    GString *last_error;
    struct fake_faults faults;  /* of the renderer with 3D */
    GArray *fences_done;        /* of struct fake_fence_done */
    GPtrArray *finished;        /* calls that the device is done with */
    GArray *window_changes;     /* of struct fake_window_change, to be made */
    GArray *window;             /* the same: what is mapped */
};

extern const struct vgpu_host_ops fake_host_ops;
extern const struct vgpu_display_ops fake_display_ops;

/* With @bytes of guest address space. */
struct fake_host *fake_host_create(uint64_t bytes);
void fake_host_destroy(struct fake_host *host);

/* Outputs as a fresh machine has them: head 0 on, the others off. */
void fake_host_power_on(struct fake_host *host, unsigned num_scanouts,
                        uint32_t width, uint32_t height);

/*
 * A device on this host, with pixman, or with the fake renderer when the
 * configuration has VGPU_F_VIRGL.  The caller's.
 */
struct vgpu_device *fake_host_device(struct fake_host *host,
                                     const struct vgpu_device_config *config);

/* Bytes of the window that fake devices have. */
#define FAKE_WINDOW_BYTES (64u << 20)

/* A chain: what is read and what is written, each possibly in pieces. */
struct fake_piece {
    uint64_t addr;
    uint32_t bytes;
};

struct fake_chain {
    enum vgpu_queue queue;
    uint64_t features;
    const struct fake_piece *out;
    unsigned out_num;
    const struct fake_piece *in;
    unsigned in_num;
};

/* A chain came back with so many bytes written. */
typedef void fake_host_done(void *opaque, uint32_t used);

/*
 * Runs a chain through the device; @done is called when its reply is written,
 * at once or, while a fence is held, by fake_host_deliver() or a reset.  What
 * @chain points to must stay until then.
 */
void fake_host_start(struct fake_host *host, struct vgpu_device *dev,
                     const struct fake_chain *chain, fake_host_done *done,
                     void *opaque);

/* The same of a chain that comes back at once.  Returns used.len. */
uint32_t fake_host_run(struct fake_host *host, struct vgpu_device *dev,
                       const struct fake_chain *chain);

/* Tells the device of fences that are done, and writes the replies. */
void fake_host_deliver(struct fake_host *host, struct vgpu_device *dev);

/* Resets the device; the chains under way come back without a reply. */
void fake_host_reset(struct fake_host *host, struct vgpu_device *dev);

/* edid.c: a valid EDID whose preferred timing is @width x @height. */
void fake_edid(uint8_t edid[128], uint32_t width, uint32_t height);

#endif
