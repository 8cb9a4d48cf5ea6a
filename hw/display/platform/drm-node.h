/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * DRM render nodes: the GPUs of the host that a process may render on without
 * owning a screen.  An SR-IOV virtual function has one of its own.
 *
 * No state, any thread.
 */
#ifndef HW_DISPLAY_PLATFORM_DRM_NODE_H
#define HW_DISPLAY_PLATFORM_DRM_NODE_H

#include <glib.h>

/*
 * Opens render node @path.  Returns a descriptor, or -1 with the cause and
 * what helps in *@error, to be freed with g_free().
 */
int vgpu_drm_node_open(const char *path, char **error);

/*
 * Node @node opened once more, with names of its own for buffers; or -1 with
 * errno, also when @node is -1.
 */
int vgpu_drm_node_reopen(int node);

/*
 * The kernel's driver of an open node ("amdgpu"), to be freed with g_free().
 * NULL when it does not say.
 */
char *vgpu_drm_node_driver(int node);

#endif
