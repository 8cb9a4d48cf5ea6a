/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Whether a thread gets on with its work, as another one sees that looks from
 * time to time.
 *
 * The thread shows a mark that changes with all that it begins and ends.  Time
 * counts while looks come: not while the VM stands still, nor while the process
 * does.  The structure belongs to who looks; knows nothing of
 * QEMU.
 */
#ifndef HW_DISPLAY_STALL_H
#define HW_DISPLAY_STALL_H

#include <stdbool.h>
#include <stdint.h>

struct vgpu_stall {
    int64_t patience_ns;        /* longer than this is a stall */
    int64_t period_ns;          /* of the looks */

    uint64_t mark;
    int64_t same_since_ns;      /* the mark is; earlier by a period at most */
    int64_t counts_since_ns;    /* time does */
    int64_t looked_ns;
    bool reported;              /* the stall at this mark */
};

/* @patience_ns: not 0.  Looks are to come four times in it. */
void vgpu_stall_init(struct vgpu_stall *stall, int64_t patience_ns,
                     int64_t now_ns);

/* A look; true when the thread has been stuck for too long, once a mark. */
bool vgpu_stall_look(struct vgpu_stall *stall, uint64_t mark, bool runs,
                     int64_t now_ns);

/* What has waited since before then has waited too long; INT64_MIN: nothing. */
int64_t vgpu_stall_deadline_ns(const struct vgpu_stall *stall);

#endif
