/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "golden.h"

#include <string.h>

#include "statement.h"

/* Lines of difference that a message shows. */
#define DIFF_LINES 12

char *golden_path(const struct script *script)
{
    size_t length = strlen(script->path) - strlen(".vgpu");

    return g_strdup_printf("%.*s.golden", (int)length, script->path);
}

void golden_append(GString *golden, const char *case_name,
                   const char *transcript)
{
    g_string_append_printf(golden, "%scase %s\n%s", golden->len ? "\n" : "",
                           case_name, transcript);
}

char *golden_section(const char *golden, const char *case_name)
{
    g_autofree char *head = g_strdup_printf("case %s\n", case_name);
    const char *start = strstr(golden, head);
    const char *end;

    if (!start || (start > golden && start[-1] != '\n')) {
        return NULL;
    }
    start += strlen(head);
    end = g_str_has_prefix(start, "\n") ? start : strstr(start, "\n\n");
    return end ? g_strndup(start, end + (end > start) - start)
               : g_strdup(start);
}

static void append_diff(GString *messages, const char *golden,
                        const char *transcript)
{
    g_auto(GStrv) old = g_strsplit(golden, "\n", -1);
    g_auto(GStrv) new = g_strsplit(transcript, "\n", -1);
    unsigned i = 0, shown = 0;

    while (old[i] && new[i] && g_str_equal(old[i], new[i])) {
        i++;
    }
    g_string_append_printf(messages, "line %u of the case:\n", i + 1);
    for (unsigned line = i; old[line] && shown < DIFF_LINES / 2; line++) {
        g_string_append_printf(messages, "-%s\n", old[line]);
        shown++;
    }
    for (unsigned line = i; new[line] && shown < DIFF_LINES; line++) {
        g_string_append_printf(messages, "+%s\n", new[line]);
        shown++;
    }
}

bool script_golden_matches(const struct script *script, unsigned index,
                           const char *transcript, GString *messages)
{
    const char *name = script_case_name(script, index);
    g_autofree char *path = golden_path(script);
    g_autofree char *golden = NULL;
    g_autofree char *section = NULL;

    if (g_file_get_contents(path, &golden, NULL, NULL)) {
        section = golden_section(golden, name);
    }
    if (!section) {
        g_string_append_printf(messages, "%s: case %s: expected a golden "
                               "transcript, got none\n", path, name);
        return false;
    }
    if (!g_str_equal(section, transcript)) {
        g_string_append_printf(messages, "%s: case %s: the transcript "
                               "differs, ", path, name);
        append_diff(messages, section, transcript);
        return false;
    }
    return true;
}
