/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Every command script, through real virtqueues into a real QEMU; the
 * transcripts must be the golden ones of the unit tests.
 *
 * script-qtest [--packed] [--direct] [--properties=...]: how requests travel.
 * --route=vfio|gpu: with this renderer, what of them it has; in tests/vfio.
 * --scripts=NAME,...: these only, each of which must be there.
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

/*
 * Where a QEMU takes long to start, cases of one device stand together: GLib
 * runs them by the folders of their names.
 */
static char *device_folder(const struct script_case *c)
{
    static GPtrArray *devices;
    g_autofree char *device = executor_case_device(c->executor, c->script,
                                                   c->index);
    guint number;

    devices = devices ?: g_ptr_array_new();
    if (!g_ptr_array_find_with_equal_func(devices, device, g_str_equal,
                                          &number)) {
        number = devices->len;
        g_ptr_array_add(devices, g_steal_pointer(&device));
    }
    return g_strdup_printf("/device-%u", number);
}

/* Scripts stay until the program ends: the cases point to them. */
static void add_script(const char *path, const char *group,
                       struct executor *executor, bool by_device)
{
    g_autoptr(GError) error = NULL;
    struct script *script = script_load(path, &error);

    if (!script) {
        g_error("%s", error->message);
    }
    for (unsigned i = 0; i < script_num_cases(script); i++) {
        struct script_case *c = g_new(struct script_case, 1);
        g_autofree char *folder = NULL, *name = NULL;

        *c = (struct script_case){ script, i, executor };
        folder = by_device ? device_folder(c) : g_strdup("");
        name = g_strdup_printf("/%s%s/%s/%s", group, folder,
                               script_name(script),
                               script_case_name(script, i));
        harness_add_data(name, run_case, c);
    }
}

/* Of all scripts that there are, sorted; their paths are @directory's. */
static GList *list_scripts(const char *directory)
{
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
    return names;
}

static GList *list_chosen(const char *chosen)
{
    g_auto(GStrv) words = g_strsplit(chosen, ",", -1);
    GList *names = NULL;

    for (char **word = words; *word; word++) {
        names = g_list_append(names, g_strdup_printf("%s.vgpu", *word));
    }
    return names;
}

static void add_scripts(const char *group, const char *chosen,
                        struct executor *executor, bool by_device)
{
    g_autofree char *directory =
        g_test_build_filename(G_TEST_DIST, "data", NULL);
    GList *names = chosen ? list_chosen(chosen) : list_scripts(directory);

    for (GList *item = names; item; item = item->next) {
        g_autofree char *path = g_build_filename(directory, item->data, NULL);

        add_script(path, group, executor, by_device);
    }
    g_list_free_full(names, g_free);
}

/* Takes our own options out of the command line. */
static char *parse(int *argc, char **argv, struct executor_options *options,
                   const char **chosen)
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
        } else if (g_str_has_prefix(argv[i], "--scripts=")) {
            *chosen = argv[i] + strlen("--scripts=");
        } else if (g_str_has_prefix(argv[i], "--route=")) {
            options->route = argv[i] + strlen("--route=");
            g_string_append_printf(group, "-%s", options->route);
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
    const char *chosen = NULL;
    char *group = parse(&argc, argv, &options, &chosen);

    harness_init(&argc, &argv);
    add_scripts(group, chosen, executor_create(&options), options.route);
    return harness_run();
}
