/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Render nodes by path and PCI address, on machines whose /sys and /dev were
 * recorded: an AMD GPU, an Intel one with two virtual functions of which one is
 * the guest's, a virtio-gpu of an older kernel, and what has no node.
 */
#include "platform/drm-sysfs.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

/* A link, or with NULL a file. */
struct entry {
    const char *path;
    const char *link;
};

#define PCI "/sys/devices/pci0000:00/"

static const struct entry machine[] = {
    { "/dev/dri/card0", NULL },
    { "/dev/dri/renderD129", NULL },
    { "/dev/dri/renderD1000", NULL },
    { "/dev/dri/renderD128", NULL },
    { "/dev/dri/renderD130", NULL },
    { "/dev/dri/by-path/pci-0000:0b:00.0-render", "../renderD128" },
    { PCI "0000:00:01.1/0000:0b:00.0/driver", "../../../../bus/pci/drivers/amdgpu" },
    { PCI "0000:00:01.1/0000:0b:00.0/drm/renderD128/device",
      "../../../0000:0b:00.0" },
    { PCI "0000:00:06.0/0000:03:00.0/driver", "../../../../bus/pci/drivers/xe" },
    { PCI "0000:00:06.0/0000:03:00.0/drm/renderD129/device",
      "../../../0000:03:00.0" },
    { PCI "0000:00:06.0/0000:03:00.1/driver", "../../../../bus/pci/drivers/xe" },
    { PCI "0000:00:06.0/0000:03:00.1/drm/renderD130/device",
      "../../../0000:03:00.1" },
    { PCI "0000:00:06.0/0000:03:00.2/driver",
      "../../../../bus/pci/drivers/xe-vfio-pci" },
    { PCI "0000:00:07.0/driver", "../../../bus/pci/drivers/virtio-pci" },
    { PCI "0000:00:07.0/virtio0/drm/renderD1000/device", "../../../virtio0" },
    { PCI "0000:00:1f.0/driver", "../../../bus/pci/drivers/lpc_ich" },
    { "/sys/devices/pci10000:e0/10000:e1:00.0/class", NULL },
    { "/sys/class/drm/renderD128", "../../devices/pci0000:00/0000:00:01.1/"
      "0000:0b:00.0/drm/renderD128" },
    { "/sys/class/drm/renderD129", "../../devices/pci0000:00/0000:00:06.0/"
      "0000:03:00.0/drm/renderD129" },
    { "/sys/class/drm/renderD130", "../../devices/pci0000:00/0000:00:06.0/"
      "0000:03:00.1/drm/renderD130" },
    { "/sys/class/drm/renderD1000", "../../devices/pci0000:00/0000:00:07.0/"
      "virtio0/drm/renderD1000" },
    { "/sys/bus/pci/devices/0000:0b:00.0",
      "../../../devices/pci0000:00/0000:00:01.1/0000:0b:00.0" },
    { "/sys/bus/pci/devices/0000:03:00.0",
      "../../../devices/pci0000:00/0000:00:06.0/0000:03:00.0" },
    { "/sys/bus/pci/devices/0000:03:00.1",
      "../../../devices/pci0000:00/0000:00:06.0/0000:03:00.1" },
    { "/sys/bus/pci/devices/0000:03:00.2",
      "../../../devices/pci0000:00/0000:00:06.0/0000:03:00.2" },
    { "/sys/bus/pci/devices/0000:00:07.0",
      "../../../devices/pci0000:00/0000:00:07.0" },
    { "/sys/bus/pci/devices/0000:00:1f.0",
      "../../../devices/pci0000:00/0000:00:1f.0" },
    { "/sys/bus/pci/devices/10000:e1:00.0",
      "../../../devices/pci10000:e0/10000:e1:00.0" },
};

static char *root;

static void make_entry(const struct entry *entry)
{
    g_autofree char *path = g_strconcat(root, entry->path, NULL);
    g_autofree char *folder = g_path_get_dirname(path);

    g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
    if (entry->link) {
        g_assert_cmpint(symlink(entry->link, path), ==, 0);
    } else {
        g_assert_true(g_file_set_contents(path, "", 0, NULL));
    }
}

static void remove_folder(const char *path)
{
    GDir *folder = g_file_test(path, G_FILE_TEST_IS_SYMLINK)
                   ? NULL : g_dir_open(path, 0, NULL);
    const char *name;

    while (folder && (name = g_dir_read_name(folder))) {
        g_autofree char *inner = g_build_filename(path, name, NULL);

        remove_folder(inner);
    }
    if (folder) {
        g_dir_close(folder);
    }
    g_assert_cmpint(g_remove(path), ==, 0);
}

static void test_nodes(void)
{
    g_auto(GStrv) nodes = vgpu_drm_sysfs_nodes(root);
    g_autofree char *list = g_strjoinv(" ", nodes);
    g_auto(GStrv) none = vgpu_drm_sysfs_nodes("/nowhere");

    g_assert_cmpstr(list, ==, "/dev/dri/renderD128 /dev/dri/renderD129 "
                    "/dev/dri/renderD130 /dev/dri/renderD1000");
    g_assert_null(none[0]);
}

struct find_case {
    const char *name;
    const char *node;           /* NULL: the words of the error are */
    const char *words[3];
};

static const struct find_case find_cases[] = {
    { "0000:0b:00.0", "/dev/dri/renderD128", { NULL } },
    { "0b:00.0", "/dev/dri/renderD128", { NULL } },
    { "0B:00.0", "/dev/dri/renderD128", { NULL } },
    { "b:0.0", "/dev/dri/renderD128", { NULL } },
    { "03:00.0", "/dev/dri/renderD129", { NULL } },
    { "0000:03:00.1", "/dev/dri/renderD130", { NULL } },
    { "00:07.0", "/dev/dri/renderD1000", { NULL } },
    { "/dev/dri/renderD7", "/dev/dri/renderD7", { NULL } },
    { "0000:03:00.2", NULL, { "bound to xe-vfio-pci", "renderer=vfio" } },
    { "00:1f.0", NULL, { "0000:00:1f.0", "lpc_ich makes none" } },
    { "10000:e1:00.0", NULL, { "10000:e1:00.0", "no driver is bound" } },
    { "0001:03:00.0", NULL, { "no PCI device 0001:03:00.0", "lspci" } },
    { "03:00.8", NULL, { "03:00.8 is no render node", "PCI address" } },
    { "03:20.0", NULL, { "is no render node", "auto" } },
    { "03:00.0 ", NULL, { "is no render node", "auto" } },
    { "-3:00.0", NULL, { "is no render node", "auto" } },
    { "3:00", NULL, { "is no render node", "auto" } },
    { "", NULL, { "is no render node", "auto" } },
    { "renderD128", NULL, { "is no render node", "/dev/dri/" } },
};

static void test_find(gconstpointer data)
{
    const struct find_case *c = data;
    g_autofree char *error = NULL;
    g_autofree char *node = vgpu_drm_sysfs_find(root, c->name, &error);

    g_assert_cmpstr(node, ==, c->node);
    g_assert_cmpint(error == NULL, ==, c->node != NULL);
    for (const char *const *word = c->words; *word; word++) {
        g_test_message("%s: %s", c->name, error);
        g_assert_nonnull(strstr(error, *word));
    }
}

static void test_address(void)
{
    g_autofree char *amd = vgpu_drm_sysfs_address(root, "/dev/dri/renderD128");
    g_autofree char *by_path = vgpu_drm_sysfs_address(
        root, "/dev/dri/by-path/pci-0000:0b:00.0-render");
    g_autofree char *virtio = vgpu_drm_sysfs_address(root,
                                                     "/dev/dri/renderD1000");
    g_autofree char *none = vgpu_drm_sysfs_address(root, "/dev/dri/renderD7");

    g_assert_cmpstr(amd, ==, "0000:0b:00.0");
    g_assert_cmpstr(by_path, ==, "0000:0b:00.0");
    g_assert_cmpstr(virtio, ==, "0000:00:07.0");
    g_assert_null(none);
}

int main(int argc, char **argv)
{
    int result;

    g_test_init(&argc, &argv, NULL);
    root = g_dir_make_tmp("drm-sysfs-XXXXXX", NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(machine); i++) {
        make_entry(&machine[i]);
    }
    g_test_add_func("/drm-sysfs/nodes", test_nodes);
    g_test_add_func("/drm-sysfs/address", test_address);
    for (size_t i = 0; i < G_N_ELEMENTS(find_cases); i++) {
        g_autofree char *path = g_strdup_printf("/drm-sysfs/find/%zu", i);

        g_test_add_data_func(path, &find_cases[i], test_find);
    }
    result = g_test_run();
    remove_folder(root);
    g_free(root);
    return result;
}
