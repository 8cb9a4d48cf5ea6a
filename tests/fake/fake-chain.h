/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Chains on their way through a device on the fake host: the half of it that
 * fake-host.h describes under fake_host_start().  One thread.
 */
#ifndef TESTS_FAKE_FAKE_CHAIN_H
#define TESTS_FAKE_FAKE_CHAIN_H

#include "fake-host.h"

void fake_chains_init(struct fake_host *host);
void fake_chains_finish(struct fake_host *host);

/* vgpu_host_ops.complete and vgpu_renderer_host.fence_done. */
void fake_host_complete(void *opaque, struct vgpu_request *request);
void fake_host_fence_done(void *opaque, uint64_t token, bool lost);

/* vgpu_host_ops.window_map and window_unmap. */
enum vgpu_window_answer fake_host_window_map(void *opaque, uint32_t id,
                                             uint64_t offset, void *data,
                                             uint64_t bytes);
enum vgpu_window_answer fake_host_window_unmap(void *opaque, uint32_t id);

/* A head of the host, which must have it. */
struct fake_scanout *fake_host_scanout(struct fake_host *host, uint32_t id);

#endif
