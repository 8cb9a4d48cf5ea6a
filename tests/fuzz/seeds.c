/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "seeds.h"

#include "executor.h"
#include "requests.h"

/* Longer cases teach a fuzzer nothing that their beginning does not. */
#define MAX_INPUT_BYTES 32768

static void add_record(void *opaque, unsigned queue, const uint8_t *bytes,
                       size_t num_bytes, uint32_t writable)
{
    GByteArray *input = opaque;
    uint8_t header[FUZZ_RECORD_HEADER] = {
        queue, num_bytes, num_bytes >> 8, writable, writable >> 8,
    };

    if (num_bytes > FUZZ_MAX_READABLE || writable > FUZZ_MAX_WRITABLE ||
        input->len + num_bytes > MAX_INPUT_BYTES) {
        return;
    }
    g_byte_array_append(input, header, sizeof(header));
    g_byte_array_append(input, bytes, num_bytes);
}

static void collect_case(struct fuzz_seeds *seeds, const struct script *script,
                         unsigned index, struct fake_executor *executor)
{
    const uint8_t choice = FUZZ_BLOB | FUZZ_UUID | FUZZ_VIRGL |
                           FUZZ_CONTEXT_INIT;
    GByteArray *input = g_byte_array_new();
    struct script_report report = {
        .transcript = g_string_new(NULL),
        .messages = g_string_new(NULL),
    };

    g_byte_array_append(input, &choice, 1);
    fake_executor_set_tap(executor, add_record, input);
    script_run_case(script, index, &fake_executor_ops, executor, &report);
    fake_executor_set_tap(executor, NULL, NULL);
    g_string_free(report.transcript, TRUE);
    g_string_free(report.messages, TRUE);
    g_ptr_array_add(seeds->inputs, input);
    g_ptr_array_add(seeds->names,
                    g_strdup_printf("%s-%u", script_name(script), index));
}

void fuzz_seeds_collect(struct fuzz_seeds *seeds, const char *directory)
{
    struct fake_executor *executor = fake_executor_create();
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) dir = g_dir_open(directory, 0, &error);
    const char *name;

    if (!dir) {
        g_error("%s", error->message);
    }
    seeds->inputs = g_ptr_array_new_with_free_func(
        (GDestroyNotify)g_byte_array_unref);
    seeds->names = g_ptr_array_new_with_free_func(g_free);
    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(directory, name, NULL);
        struct script *script;

        if (!g_str_has_suffix(name, ".vgpu")) {
            continue;
        }
        script = script_load(path, &error);
        if (!script) {
            g_error("%s", error->message);
        }
        for (unsigned i = 0; i < script_num_cases(script); i++) {
            collect_case(seeds, script, i, executor);
        }
        script_free(script);
    }
    fake_executor_destroy(executor);
}

void fuzz_seeds_free(struct fuzz_seeds *seeds)
{
    g_ptr_array_unref(seeds->inputs);
    g_ptr_array_unref(seeds->names);
}
