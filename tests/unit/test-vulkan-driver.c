/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Which manifest of a Vulkan driver is found, in folders of our own.  GLib reads
 * the variables that name them once, so they stay and what is in them changes.
 */
#include "platform/vulkan-driver.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#define FOLDER "vulkan/icd.d"

static char *root;

static char *folder_of(const char *parent)
{
    return g_build_filename(root, parent, FOLDER, NULL);
}

static char *path_of(const char *parent, const char *name)
{
    return g_build_filename(root, parent, FOLDER, name, NULL);
}

static void empty(const char *parent)
{
    g_autofree char *folder = folder_of(parent);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        g_assert_cmpint(g_unlink(path), ==, 0);
    }
    g_rmdir(folder);
}

/* No manifest, and not even a folder. */
static void clear(void)
{
    empty("config");
    empty("data");
    empty("more");
}

static void install(const char *parent, const char *name)
{
    g_autofree char *folder = folder_of(parent);
    g_autofree char *path = path_of(parent, name);

    g_assert_cmpint(g_mkdir_with_parents(folder, 0700), ==, 0);
    g_assert_true(g_file_set_contents(path, "{}", -1, NULL));
}

/* @parent NULL: the loader is left its choice. */
static void expect_found(bool is_software, const char *parent, const char *name)
{
    g_autofree char *error = NULL;
    g_autofree char *manifest = NULL;
    g_autofree char *expected = parent ? path_of(parent, name) : NULL;

    g_assert_true(vgpu_vulkan_driver_find(is_software, &manifest, &error));
    g_assert_null(error);
    g_assert_cmpstr(manifest, ==, expected);
}

static void expect_none(bool is_software, const char *sentence)
{
    g_autofree char *error = NULL;
    char *manifest = NULL;

    g_assert_false(vgpu_vulkan_driver_find(is_software, &manifest, &error));
    g_assert_null(manifest);
    g_assert_cmpstr(error, ==, sentence);
}

static void test_none(void)
{
    clear();
    expect_none(false, "this host has no Vulkan driver: install "
                "mesa-vulkan-drivers");
    expect_none(true, "this host has no software Vulkan driver: install "
                "mesa-vulkan-drivers");
    install("data", "README");
    install("data", "lvp_icd.json.dpkg-new");
    expect_none(false, "this host has no Vulkan driver: install "
                "mesa-vulkan-drivers");
}

/* Of a GPU, of another rasterizer, of another name. */
static void test_software(void)
{
    clear();
    install("data", "radeon_icd.x86_64.json");
    install("data", "my_lvp_icd.json");
    expect_found(false, NULL, NULL);
    expect_none(true, "this host has no software Vulkan driver: install "
                "mesa-vulkan-drivers");
    install("data", "lvp_icd.x86_64.json");
    expect_found(true, "data", "lvp_icd.x86_64.json");
    expect_found(false, NULL, NULL);
}

static void test_order(void)
{
    clear();
    install("more", "lvp_icd.json");
    expect_found(true, "more", "lvp_icd.json");
    install("data", "lvp_icd.aarch64.json");
    expect_found(true, "data", "lvp_icd.aarch64.json");
    install("config", "lvp_icd.mine.json");
    expect_found(true, "config", "lvp_icd.mine.json");
    empty("config");
    install("config", "radeon_icd.json");
    expect_found(true, "data", "lvp_icd.aarch64.json");
}

static void test_chosen(const void *data)
{
    clear();
    g_setenv(data, "/nowhere.json", TRUE);
    expect_found(true, NULL, NULL);
    expect_found(false, NULL, NULL);
    g_unsetenv(data);
    expect_none(true, "this host has no software Vulkan driver: install "
                "mesa-vulkan-drivers");
}

static void skip(void)
{
    g_test_skip("/etc/" FOLDER " has drivers, which are found first");
}

static bool has_drivers(const char *folder)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);

    return dir && g_dir_read_name(dir);
}

static void add_all(void)
{
    if (has_drivers("/etc/" FOLDER)) {
        g_test_add_func("/vulkan-driver/all", skip);
        return;
    }
    g_test_add_func("/vulkan-driver/none", test_none);
    g_test_add_func("/vulkan-driver/software", test_software);
    g_test_add_func("/vulkan-driver/order", test_order);
    g_test_add_data_func("/vulkan-driver/chosen", "VK_DRIVER_FILES",
                         test_chosen);
    g_test_add_data_func("/vulkan-driver/chosen-as-before", "VK_ICD_FILENAMES",
                         test_chosen);
}

static void remove_all(void)
{
    static const char *const parents[] = { "config", "data", "more" };

    clear();
    for (unsigned i = 0; i < G_N_ELEMENTS(parents); i++) {
        g_autofree char *parent = g_build_filename(root, parents[i], NULL);
        g_autofree char *vulkan = g_build_filename(parent, "vulkan", NULL);

        g_rmdir(vulkan);
        g_rmdir(parent);
    }
    g_assert_cmpint(g_rmdir(root), ==, 0);
    g_free(root);
}

int main(int argc, char **argv)
{
    g_autofree char *config = NULL;
    g_autofree char *data = NULL;
    int status;

    g_test_init(&argc, &argv, NULL);
    root = g_dir_make_tmp("vulkan-driver-XXXXXX", NULL);
    config = g_strdup_printf("%s/config", root);
    data = g_strdup_printf("/nowhere:%s/data:%s/more", root, root);
    g_setenv("XDG_CONFIG_DIRS", config, TRUE);
    g_setenv("XDG_DATA_DIRS", data, TRUE);
    g_unsetenv("VK_DRIVER_FILES");
    g_unsetenv("VK_ICD_FILENAMES");
    add_all();
    status = g_test_run();
    remove_all();
    return status;
}
