/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/* Writes the corpus:  fuzz-seeds FOLDER-OF-SCRIPTS FOLDER-OF-CORPUS */
#include "seeds.h"

int main(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    struct fuzz_seeds seeds;

    if (argc != 3) {
        g_printerr("usage: fuzz-seeds SCRIPTS CORPUS\n");
        return 2;
    }
    g_mkdir_with_parents(argv[2], 0755);
    fuzz_seeds_collect(&seeds, argv[1]);
    for (unsigned i = 0; i < seeds.inputs->len; i++) {
        const GByteArray *input = g_ptr_array_index(seeds.inputs, i);
        g_autofree char *path =
            g_build_filename(argv[2], g_ptr_array_index(seeds.names, i), NULL);

        if (!g_file_set_contents(path, (const char *)input->data, input->len,
                                 &error)) {
            g_printerr("%s\n", error->message);
            return 1;
        }
    }
    fuzz_seeds_free(&seeds);
    return 0;
}
