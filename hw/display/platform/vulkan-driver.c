/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "vulkan-driver.h"

#include <dlfcn.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#define FOLDER "vulkan/icd.d"

/* Of lavapipe; the processor's name may follow. */
#define SOFTWARE_PREFIX "lvp_icd"

#define LAYER_MANIFEST "virtio-gpu-memory-layer.json"

/* The loader's own ways to choose. */
static const char *const variables[] = { "VK_DRIVER_FILES", "VK_ICD_FILENAMES" };

static bool is_manifest(const char *name, bool is_software)
{
    return g_str_has_suffix(name, ".json") &&
           (!is_software || g_str_has_prefix(name, SOFTWARE_PREFIX));
}

static char *find_in(const char *parent, bool is_software)
{
    g_autofree char *folder = g_build_filename(parent, FOLDER, NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        if (is_manifest(name, is_software)) {
            return g_build_filename(folder, name, NULL);
        }
    }
    return NULL;
}

/* In the loader's order. */
static char *find(bool is_software)
{
    const char *const *data = g_get_system_data_dirs();
    const char *const *config = g_get_system_config_dirs();
    char *found = NULL;

    for (; !found && *config; config++) {
        found = find_in(*config, is_software);
    }
    if (!found) {
        found = find_in("/etc", is_software);
    }
    for (; !found && *data; data++) {
        found = find_in(*data, is_software);
    }
    return found;
}

bool vgpu_vulkan_driver_find(bool is_software, char **manifest, char **error)
{
    g_autofree char *found = NULL;

    *manifest = NULL;
    for (unsigned i = 0; i < G_N_ELEMENTS(variables); i++) {
        if (getenv(variables[i])) {
            return true;
        }
    }
    found = find(is_software);
    if (!found) {
        *error = g_strdup_printf("this host has no %sVulkan driver: install "
                                 "mesa-vulkan-drivers",
                                 is_software ? "software " : "");
        return false;
    }
    if (is_software) {
        *manifest = g_steal_pointer(&found);
    }
    return true;
}

char *vgpu_vulkan_layer_find(char **error)
{
    g_autofree char *folder = NULL, *manifest = NULL;
    Dl_info self;

    if (!dladdr(LAYER_MANIFEST, &self)) {
        *error = g_strdup("the folder of this module is not known");
        return NULL;
    }
    folder = g_path_get_dirname(self.dli_fname);
    manifest = g_build_filename(folder, LAYER_MANIFEST, NULL);
    if (!g_file_test(manifest, G_FILE_TEST_IS_REGULAR)) {
        *error = g_strdup_printf("%s is missing: install the modules again",
                                 manifest);
        return NULL;
    }
    return g_steal_pointer(&folder);
}
