/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "drm-sysfs.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NODE_FOLDER "/dev/dri"
#define NODE_PREFIX "renderD"
#define CLASS_FOLDER "/sys/class/drm"
#define PCI_FOLDER "/sys/bus/pci/devices"

static gint by_number(gconstpointer a, gconstpointer b)
{
    const char *const *one = a;
    const char *const *other = b;
    guint64 first = g_ascii_strtoull(strstr(*one, NODE_PREFIX) +
                                     strlen(NODE_PREFIX), NULL, 10);
    guint64 second = g_ascii_strtoull(strstr(*other, NODE_PREFIX) +
                                      strlen(NODE_PREFIX), NULL, 10);

    return first < second ? -1 : first > second;
}

char **vgpu_drm_sysfs_nodes(const char *root)
{
    g_autofree char *path = g_strconcat(root, NODE_FOLDER, NULL);
    GPtrArray *nodes = g_ptr_array_new();
    GDir *folder = g_dir_open(path, 0, NULL);
    const char *name;

    while (folder && (name = g_dir_read_name(folder))) {
        if (g_str_has_prefix(name, NODE_PREFIX)) {
            g_ptr_array_add(nodes, g_build_filename(NODE_FOLDER, name, NULL));
        }
    }
    if (folder) {
        g_dir_close(folder);
    }
    g_ptr_array_sort(nodes, by_number);
    g_ptr_array_add(nodes, NULL);
    return (char **)g_ptr_array_free(nodes, FALSE);
}

/* As the kernel writes it, or NULL: it is no PCI address. */
static char *normalize(const char *name)
{
    unsigned domain = 0, bus, slot, function;
    int length = -1;

    if (strspn(name, "0123456789abcdefABCDEF:.") != strlen(name)) {
        return NULL;
    }
    /* Domains behind a VMD have five digits. */
    sscanf(name, "%8x:%2x:%2x.%1x%n", &domain, &bus, &slot, &function, &length);
    if (length < 0 || name[length]) {
        domain = 0;
        length = -1;
        sscanf(name, "%2x:%2x.%1x%n", &bus, &slot, &function, &length);
    }
    if (length < 0 || name[length] || slot > 31 || function > 7) {
        return NULL;
    }
    return g_strdup_printf("%04x:%02x:%02x.%x", domain, bus, slot, function);
}

/* The last part of a path that is one: a device may be below the PCI device. */
static char *last_address(const char *path)
{
    g_auto(GStrv) parts = g_strsplit(path, "/", 0);

    for (guint i = g_strv_length(parts); i > 0; i--) {
        char *address = normalize(parts[i - 1]);

        if (address) {
            return address;
        }
    }
    return NULL;
}

/* Links such as those of /dev/dri/by-path lead to the node. */
static char *node_name(const char *root, const char *path)
{
    g_autofree char *full = g_strconcat(root, path, NULL);
    g_autofree char *real = realpath(full, NULL);

    return g_path_get_basename(real ? real : path);
}

char *vgpu_drm_sysfs_address(const char *root, const char *path)
{
    g_autofree char *name = node_name(root, path);
    g_autofree char *device = g_strconcat(root, CLASS_FOLDER "/", name,
                                          "/device", NULL);
    g_autofree char *link = g_file_read_link(device, NULL);
    g_autofree char *real = NULL;
    char *address = link ? last_address(link) : NULL;

    if (address) {
        return address;
    }
    /* virtio-gpu's is of its virtio device, in older kernels. */
    real = realpath(device, NULL);
    return real ? last_address(real) : NULL;
}

static bool is_there(const char *root, const char *address)
{
    g_autofree char *path = g_strconcat(root, PCI_FOLDER "/", address, NULL);

    return g_file_test(path, G_FILE_TEST_EXISTS);
}

static char *bound_driver(const char *root, const char *address)
{
    g_autofree char *path = g_strconcat(root, PCI_FOLDER "/", address,
                                        "/driver", NULL);
    g_autofree char *link = g_file_read_link(path, NULL);

    return link ? g_path_get_basename(link) : NULL;
}

/* Why a device has no node, and what helps. */
static char *explain(const char *root, const char *address)
{
    g_autofree char *driver = bound_driver(root, address);

    if (!is_there(root, address)) {
        return g_strdup_printf("there is no PCI device %s: lspci -D shows "
                               "which there are", address);
    }
    if (!driver) {
        return g_strdup_printf("%s has no render node, as no driver is bound to "
                               "it: load the GPU's (see the kernel's log)",
                               address);
    }
    /* vfio-pci, and drivers made of it, as xe-vfio-pci. */
    if (strstr(driver, "vfio")) {
        return g_strdup_printf("%s has no render node, as it is bound to %s: "
                               "for a GPU that the guest is given use "
                               "renderer=vfio, or bind it to its own driver",
                               address, driver);
    }
    return g_strdup_printf("%s has no render node, its driver %s makes none: "
                           "name a GPU (nvidia needs nvidia-drm.modeset=1)",
                           address, driver);
}

static char *find_by_address(const char *root, const char *address,
                             char **error)
{
    g_auto(GStrv) nodes = vgpu_drm_sysfs_nodes(root);

    for (char **node = nodes; *node; node++) {
        g_autofree char *its = vgpu_drm_sysfs_address(root, *node);

        if (g_strcmp0(its, address) == 0) {
            return g_strdup(*node);
        }
    }
    *error = explain(root, address);
    return NULL;
}

char *vgpu_drm_sysfs_find(const char *root, const char *name, char **error)
{
    g_autofree char *address = NULL;

    if (g_path_is_absolute(name)) {
        return g_strdup(name);
    }
    address = normalize(name);
    if (!address) {
        *error = g_strdup_printf("%s is no render node: name a path "
                                 "(/dev/dri/renderD128), a PCI address "
                                 "(0000:03:00.0) or auto", name);
        return NULL;
    }
    return find_by_address(root, address, error);
}
