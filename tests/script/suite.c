/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "script.h"

#include "golden.h"

struct test {
    const struct script *script;
    unsigned index;
    const struct script_ops *ops;
    void *host;
};

static struct script_report report_new(void)
{
    return (struct script_report) {
        .transcript = g_string_new(NULL),
        .messages = g_string_new(NULL),
    };
}

static void report_free(struct script_report *report)
{
    g_string_free(report->transcript, TRUE);
    g_string_free(report->messages, TRUE);
}

static void run_test(const void *data)
{
    const struct test *test = data;
    struct script_report report = report_new();
    enum script_result result;

    result = script_run_case(test->script, test->index, test->ops, test->host,
                             &report);
    if (result == SCRIPT_PASS &&
        !script_golden_matches(test->script, test->index,
                               report.transcript->str, report.messages)) {
        result = SCRIPT_FAIL;
    }
    switch (result) {
    case SCRIPT_PASS:
        break;
    case SCRIPT_SKIP:
        g_test_skip(report.messages->str);
        break;
    case SCRIPT_FAIL:
        g_test_message("%s", report.messages->str);
        g_test_fail();
        break;
    }
    report_free(&report);
}

/* The scripts of a directory, sorted by name; of struct script. */
static GPtrArray *load_scripts(const char *directory)
{
    GPtrArray *scripts =
        g_ptr_array_new_with_free_func((GDestroyNotify)script_free);
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) dir = g_dir_open(directory, 0, &error);
    GList *names = NULL;
    const char *name;

    if (!dir) {
        g_error("%s", error->message);
    }
    while ((name = g_dir_read_name(dir))) {
        if (g_str_has_suffix(name, ".vgpu")) {
            names = g_list_prepend(names, g_strdup(name));
        }
    }
    names = g_list_sort(names, (GCompareFunc)g_strcmp0);
    for (GList *item = names; item; item = item->next) {
        g_autofree char *path = g_build_filename(directory, item->data, NULL);
        struct script *script = script_load(path, &error);

        if (!script) {
            g_error("%s", error->message);
        }
        g_ptr_array_add(scripts, script);
    }
    g_list_free_full(names, g_free);
    return scripts;
}

/* Scripts and tests stay until the process ends: GLib keeps pointers. */
void script_suite_add(const char *directory, const struct script_ops *ops,
                      void *host)
{
    static GPtrArray *keep;
    GPtrArray *scripts = load_scripts(directory);

    keep = keep ? keep : g_ptr_array_new();
    g_ptr_array_add(keep, scripts);
    for (unsigned s = 0; s < scripts->len; s++) {
        const struct script *script = g_ptr_array_index(scripts, s);

        for (unsigned i = 0; i < script_num_cases(script); i++) {
            g_autofree char *path =
                g_strdup_printf("/script/%s/%s", script_name(script),
                                script_case_name(script, i));
            struct test *test = g_new(struct test, 1);

            *test = (struct test) { script, i, ops, host };
            g_test_add_data_func_full(path, test, run_test, g_free);
        }
    }
}

/*
 * One case into @golden.  What this executor cannot run keeps the transcript
 * that another one wrote into @old.
 */
static bool regenerate_case(const struct script *script, unsigned index,
                            const struct test *executor, GString *golden,
                            const char *old)
{
    const char *name = script_case_name(script, index);
    struct script_report report = report_new();
    enum script_result result = script_run_case(script, index, executor->ops,
                                                executor->host, &report);
    g_autofree char *kept = NULL;

    if (result == SCRIPT_SKIP && old) {
        kept = golden_section(old, name);
    }
    if (result == SCRIPT_PASS || kept) {
        golden_append(golden, name, kept ? kept : report.transcript->str);
    }
    if (result != SCRIPT_PASS) {
        g_printerr("%s: %s\n", name, report.messages->str);
    }
    report_free(&report);
    return result != SCRIPT_FAIL;
}

static unsigned regenerate(const struct script *script,
                           const struct test *executor)
{
    g_autofree char *path = golden_path(script);
    g_autoptr(GString) golden = g_string_new(NULL);
    g_autofree char *old = NULL;
    g_autoptr(GError) error = NULL;
    unsigned failures = 0;

    g_file_get_contents(path, &old, NULL, NULL);
    for (unsigned i = 0; i < script_num_cases(script); i++) {
        failures += !regenerate_case(script, i, executor, golden, old);
    }
    if (!g_file_set_contents(path, golden->str, golden->len, &error)) {
        g_error("%s", error->message);
    }
    return failures;
}

unsigned script_suite_regenerate(const char *directory,
                                 const struct script_ops *ops, void *host)
{
    GPtrArray *scripts = load_scripts(directory);
    const struct test executor = { .ops = ops, .host = host };
    unsigned failures = 0;

    for (unsigned i = 0; i < scripts->len; i++) {
        failures += regenerate(g_ptr_array_index(scripts, i), &executor);
    }
    g_ptr_array_free(scripts, TRUE);
    return failures;
}
