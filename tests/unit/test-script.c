/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The command scripts on the fake host.
 *
 *   script [GLib's options]            compares with the golden transcripts
 *   script --regenerate                writes them
 *
 * VGPU_TEST_DATA is the folder of the scripts.
 */
#include "executor.h"

int main(int argc, char **argv)
{
    const char *directory = g_getenv("VGPU_TEST_DATA");
    struct fake_executor *executor = fake_executor_create();
    int result;

    g_assert(directory);
    if (argc == 2 && g_str_equal(argv[1], "--regenerate")) {
        result = script_suite_regenerate(directory, &fake_executor_ops,
                                         executor) != 0;
    } else {
        g_test_init(&argc, &argv, NULL);
        script_suite_add(directory, &fake_executor_ops, executor);
        result = g_test_run();
    }
    fake_executor_destroy(executor);
    return result;
}
