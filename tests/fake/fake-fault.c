/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "fake-fault.h"

#include "fake-host.h"

static void set_bit(uint64_t *set, unsigned bit, bool on)
{
    g_assert(bit < 64);
    *set = on ? *set | 1ull << bit : *set & ~(1ull << bit);
}

static void set_renderer_fault(struct fake_host *host, struct vgpu_device *dev,
                               const struct script_fault *fault)
{
    struct fake_faults *faults = &host->faults;
    bool *const switches[] = {
        [SCRIPT_FAULT_CAPSET] = &faults->capset,
        [SCRIPT_FAULT_CONTEXT] = &faults->context,
        [SCRIPT_FAULT_TEXTURE] = &faults->texture,
        [SCRIPT_FAULT_TRANSFER] = &faults->transfer,
        [SCRIPT_FAULT_SUBMIT_MEMORY] = &faults->submit_memory,
        [SCRIPT_FAULT_FENCE] = &faults->fence,
        [SCRIPT_FAULT_FENCE_LOST] = &faults->fence_lost,
        [SCRIPT_FAULT_BLOB] = &faults->blob,
        [SCRIPT_FAULT_MAP] = &faults->map,
        [SCRIPT_FAULT_SLOTS] = &faults->slots,
        [SCRIPT_FAULT_HOLD_WINDOW] = &faults->window_held,
        [SCRIPT_FAULT_WINDOW_AT_ONCE] = &faults->window_at_once,
    };

    switch (fault->kind) {
    case SCRIPT_FAULT_HOLD:
    case SCRIPT_FAULT_HOLD_RING:
        if (fault->kind == SCRIPT_FAULT_HOLD) {
            set_bit(&faults->held, fault->ctx, fault->on);
        } else {
            set_bit(&faults->held_rings, fault->ring, fault->on);
        }
        fake_renderer_release();
        fake_host_deliver(host, dev);
        break;
    default:
        *switches[fault->kind] = fault->on;
        fake_host_deliver(host, dev);
        break;
    }
}

void fake_fault_set(struct fake_host *host, struct vgpu_device *dev,
                    const struct script_fault *fault)
{
    struct fake_scanout *scanout = &host->scanouts[fault->id];

    switch (fault->kind) {
    case SCRIPT_FAULT_DISPLAY_REFUSES:
        scanout->refuses = fault->on;
        break;
    case SCRIPT_FAULT_NO_EDID:
        scanout->no_edid = fault->on;
        break;
    case SCRIPT_FAULT_UNMAP:
        guest_memory_set_present(host->memory, fault->addr, fault->bytes,
                                 !fault->on);
        break;
    case SCRIPT_FAULT_REVOKE:
        guest_memory_set_revoked(host->memory, fault->addr, fault->bytes,
                                 fault->on);
        break;
    default:
        set_renderer_fault(host, dev, fault);
        break;
    }
}
