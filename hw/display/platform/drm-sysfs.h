/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Which render nodes a host has, and which PCI device each belongs to, as the
 * kernel's /sys and /dev tell without anything being opened.
 *
 * @root is put before every path that is looked at: "" is this host, a folder is
 * a host that was recorded.  What is returned is without it and to be freed with
 * g_free().  No state, any thread.
 */
#ifndef HW_DISPLAY_PLATFORM_DRM_SYSFS_H
#define HW_DISPLAY_PLATFORM_DRM_SYSFS_H

#include <glib.h>

/*
 * Paths of the render nodes in the order of their numbers, ended by NULL; never
 * NULL itself.  To be freed with g_strfreev().
 */
char **vgpu_drm_sysfs_nodes(const char *root);

/*
 * The node that a user names: a path is itself, whatever is there; a PCI address
 * ("0000:03:00.0", or "03:00.0" in domain 0) the first node of that device.  NULL
 * with the cause and what helps in *@error.
 */
char *vgpu_drm_sysfs_find(const char *root, const char *name, char **error);

/* Address of the PCI device that node @path belongs to; NULL when of none. */
char *vgpu_drm_sysfs_address(const char *root, const char *path);

#endif
