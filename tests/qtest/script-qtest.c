/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Every command script, through real virtqueues into a real QEMU; the
 * transcripts must be the golden ones of the unit tests.
 *
 * script-qtest [--packed] [--direct] [--properties=...]: how requests travel.
 */
#include <stdio.h>
#include <string.h>

#include "harness.h"
#include "script-executor.h"

struct script_case {
    const struct script *script;
    unsigned index;
    struct executor *executor;
};

static void run_case(const void *data)
{
    const struct script_case *c = data;
    struct script_report report = {
        .transcript = g_string_new(NULL),
        .messages = g_string_new(NULL),
    };
    enum script_result result =
        script_run_case(c->script, c->index, &executor_ops, c->executor,
                        &report);

    if (result == SCRIPT_SKIP) {
        harness_skip("%s", report.messages->str);
    }
    if (result == SCRIPT_PASS &&
        !script_golden_matches(c->script, c->index, report.transcript->str,
                               report.messages)) {
        result = SCRIPT_FAIL;
    }
    expect_true(result == SCRIPT_PASS, "%s", report.messages->str);
    g_string_free(report.transcript, TRUE);
    g_string_free(report.messages, TRUE);
}

/* Scripts stay until the program ends: the cases point to them. */
static void add_script(const char *path, const char *group,
                       struct executor *executor)
{
    g_autoptr(GError) error = NULL;
    struct script *script = script_load(path, &error);

    if (!script) {
        g_error("%s", error->message);
    }
    for (unsigned i = 0; i < script_num_cases(script); i++) {
        g_autofree char *name =
            g_strdup_printf("/%s/%s/%s", group, script_name(script),
                            script_case_name(script, i));
        struct script_case *c = g_new(struct script_case, 1);

        *c = (struct script_case){ script, i, executor };
        harness_add_data(name, run_case, c);
    }
}

static void add_scripts(const char *group, struct executor *executor)
{
    g_autofree char *directory =
        g_test_build_filename(G_TEST_DIST, "data", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) dir = g_dir_open(directory, 0, &error);
    GList *names = NULL;
    const char *name;

    if (!dir) {
        g_error("%s", error->message);
    }
    while ((name = g_dir_read_name(dir))) {
        if (g_str_has_suffix(name, ".vgpu")) {
            names = g_list_insert_sorted(names, g_strdup(name),
                                         (GCompareFunc)strcmp);
        }
    }
    for (GList *item = names; item; item = item->next) {
        g_autofree char *path = g_build_filename(directory, item->data, NULL);

        add_script(path, group, executor);
    }
    g_list_free_full(names, g_free);
}

/* Takes our own options out of the command line. */
static char *parse(int *argc, char **argv, struct executor_options *options)
{
    GString *group = g_string_new("script");
    int kept = 1;

    for (int i = 1; i < *argc; i++) {
        if (g_str_equal(argv[i], "--packed")) {
            options->packed = true;
            g_string_append(group, "-packed");
        } else if (g_str_equal(argv[i], "--direct")) {
            options->direct = true;
            g_string_append(group, "-direct");
        } else if (g_str_has_prefix(argv[i], "--properties=")) {
            options->properties = argv[i] + strlen("--properties=");
            g_string_append_printf(group, "-%s", options->properties);
        } else {
            argv[kept++] = argv[i];
        }
    }
    argv[kept] = NULL;
    *argc = kept;
    return g_string_free(group, FALSE);
}

int main(int argc, char **argv)
{
    struct executor_options options = { 0 };
    char *group = parse(&argc, argv, &options);

    harness_init(&argc, &argv);
    add_scripts(group, executor_create(&options));
    return harness_run();
}
