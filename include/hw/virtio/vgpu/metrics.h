/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What a device counts, and how it is read.
 *
 * All zero at first, never set back: who reads takes differences.  Lives in its
 * host and outlives the device.  Every counter has one writer at a time, the
 * thread that its group names, unless it says "any thread"; any thread reads,
 * without a lock.  Figures that are read together may be of moments a little
 * apart.  Nothing else is ordered by them: all accesses are relaxed.
 */
#ifndef HW_VIRTIO_VGPU_METRICS_H
#define HW_VIRTIO_VGPU_METRICS_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "hw/virtio/vgpu/counter.h"
#include "hw/virtio/vgpu/wire.h"

/* Places for commands: three blocks of 16 numbers, and whatever is none. */
#define VGPU_METRIC_COMMANDS 49

/* OK, and the six error codes. */
#define VGPU_METRIC_RESULTS 7

#define VGPU_METRIC_QUEUES 2            /* by enum vgpu_queue */

/*
 * Log-linear: bucket 0 ends at 256 ns, every other is half as wide as the
 * power of two it lies in, 384 and 512 ns, 768 and 1024 ns and so on; the one
 * before the last ends at 17 s and the last has all that is longer.
 */
#define VGPU_HISTOGRAM_BUCKETS 54

struct vgpu_histogram {
    vgpu_counter buckets[VGPU_HISTOGRAM_BUCKETS];
    vgpu_counter sum_ns;
};

/* What sampling took note of. */
struct vgpu_timing {
    vgpu_counter count;
    vgpu_counter sum_ns;
};

/* Why a flush came to no picture. */
enum vgpu_frame_loss {
    VGPU_FRAME_UNCHANGED,       /* every tile is as the displays have it */
    VGPU_FRAME_UNSEEN,          /* nobody looks; read when somebody does */
    VGPU_FRAME_NO_ROOM,         /* the displays hold every frame, likewise */
    VGPU_FRAME_TOO_SOON,        /* behind the one before; read when it is time */
    VGPU_FRAME_UNREADABLE,
    VGPU_FRAME_LOSSES,
};

/* Each group has cache lines of its own. */
#define VGPU_METRIC_GAP(name) char name[64]

struct vgpu_metrics {
    /*
     * By the thread of the queue: the device thread, or, for the cursor's, the
     * one that has the big lock.
     */
    struct vgpu_queue_metrics {
        vgpu_counter requests[VGPU_METRIC_COMMANDS][VGPU_METRIC_RESULTS];
        vgpu_counter depth;             /* popped, not pushed; a gauge */
        struct vgpu_histogram latency;
        VGPU_METRIC_GAP(gap);
    } queues[VGPU_METRIC_QUEUES];

    /* Device thread. */
    struct vgpu_timing decode;          /* a sample of commands */
    struct vgpu_timing execute[VGPU_METRIC_COMMANDS];   /* a sample */
    struct vgpu_timing renderer;        /* streams, transfers of 3D: all */
    struct vgpu_timing read;            /* pictures for the displays: all */
    vgpu_counter busy_ns;               /* with commands */
    struct vgpu_histogram fence_wait;   /* from reply ready to released */
    vgpu_counter fences;                /* that wait now; a gauge */
    vgpu_counter overdue_fences;        /* that the watchdog found */
    vgpu_counter oldest_fence_ns;       /* since when, by the host's clock; */
                                        /* 0: none waits */
    vgpu_counter bytes_to_host;         /* of transfers */
    vgpu_counter bytes_from_host;
    vgpu_counter bytes_stream;
    vgpu_counter resources;             /* a gauge */
    vgpu_counter frames_flushed;
    vgpu_counter frames_read;           /* to pixels of displays */
    vgpu_counter frames_shared;         /* as dma-bufs */
    vgpu_counter frames_lent;           /* as the memory that they are drawn in */
    vgpu_counter frames_merged;         /* one that nobody had taken, with them */
    vgpu_counter frames_lost[VGPU_FRAME_LOSSES];
    vgpu_counter bytes_read;            /* back from OpenGL, to be shown */
    VGPU_METRIC_GAP(gap);

    /* Main loop, or who has the big lock. */
    vgpu_counter frames_presented;
    vgpu_counter resets;
    vgpu_counter overdue_commands;      /* that the watchdog found */
    vgpu_counter overdue_thread;        /* stuck between commands, likewise */
    VGPU_METRIC_GAP(gap_any);

    /* Any thread. */
    vgpu_counter command_errors;        /* mistakes in commands */
    vgpu_counter renderer_errors;       /* that the renderer complained of */
};

/* Where a command of number @type is counted, whether it exists or not. */
unsigned vgpu_metric_command(uint32_t type);

/* The number of what is counted there; 0: no command has it. */
uint32_t vgpu_metric_command_type(unsigned place);

/* Where a reply is counted: below VGPU_METRIC_RESULTS. */
unsigned vgpu_metric_result(enum vgpu_status status);

/* "OK" or the specification's name of the error. */
const char *vgpu_metric_result_name(unsigned place);

/* Adds @count times the same @ns; a clock that went back is 0. */
void vgpu_histogram_add(struct vgpu_histogram *histogram, int64_t ns,
                        uint64_t count);

/* What bucket @index has is less than or equal to this; UINT64_MAX: any. */
uint64_t vgpu_histogram_bound_ns(unsigned index);

void vgpu_timing_add(struct vgpu_timing *timing, int64_t ns);

#endif
