/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What scripts break ("fault"), done to the fake host.  One thread.
 */
#ifndef TESTS_FAKE_FAKE_FAULT_H
#define TESTS_FAKE_FAKE_FAULT_H

#include "script.h"

struct fake_host;
struct vgpu_device;

/* Breaks or mends it; what was held and is not any more comes back. */
void fake_fault_set(struct fake_host *host, struct vgpu_device *dev,
                    const struct script_fault *fault);

#endif
