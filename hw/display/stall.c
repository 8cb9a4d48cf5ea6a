/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "stall.h"

#define LOOKS 4

void vgpu_stall_init(struct vgpu_stall *stall, int64_t patience_ns,
                     int64_t now_ns)
{
    *stall = (struct vgpu_stall) {
        .patience_ns = patience_ns,
        .period_ns = patience_ns / LOOKS,
        .same_since_ns = now_ns,
        .counts_since_ns = now_ns,
        .looked_ns = now_ns,
    };
}

bool vgpu_stall_look(struct vgpu_stall *stall, uint64_t mark, bool runs,
                     int64_t now_ns)
{
    bool late = now_ns - stall->looked_ns >= stall->patience_ns;

    stall->looked_ns = now_ns;
    if (!runs || late) {
        stall->counts_since_ns = now_ns;
        stall->same_since_ns = now_ns;
    }
    if (mark != stall->mark) {
        stall->mark = mark;
        stall->same_since_ns = now_ns;
        stall->reported = false;
    }
    if (stall->reported ||
        now_ns - stall->same_since_ns < stall->patience_ns) {
        return false;
    }
    stall->reported = true;
    return true;
}

int64_t vgpu_stall_deadline_ns(const struct vgpu_stall *stall)
{
    int64_t deadline = stall->looked_ns - stall->patience_ns;

    return stall->counts_since_ns <= deadline ? deadline : INT64_MIN;
}
