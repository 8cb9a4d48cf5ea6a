/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "libqtest.h"
#include "usage.h"
#include "harness.h"

static char *read_proc(pid_t pid, const char *file)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/%s", (int)pid, file);
    char *text = NULL;

    expect_true(g_file_get_contents(path, &text, NULL, NULL), "no %s", path);
    return text;
}

static unsigned count_descriptors(pid_t pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/fd", (int)pid);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    unsigned num = 0;

    expect_true(dir, "no %s", path);
    while (g_dir_read_name(dir)) {
        num++;
    }
    return num;
}

/* A mapping's line has a range, "55d0-55d8 r-xp …"; its facts have names. */
static bool begins_mapping(const char *line)
{
    const char *dash = strchr(line, '-');
    const char *colon = strchr(line, ':');

    return dash && g_ascii_isxdigit(line[0]) && (!colon || dash < colon);
}

void usage_take(struct guest *guest, struct usage *usage)
{
    pid_t pid = qtest_pid(guest->qts);
    g_autofree char *text = read_proc(pid, "smaps");
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    bool is_ram = false;

    if (guest_is_sanitized()) {
        harness_skip("the sanitizer holds memory of its own");
    }
    *usage = (struct usage){ .descriptors = count_descriptors(pid) };
    for (char **line = lines; *line; line++) {
        unsigned kib;

        if (begins_mapping(*line)) {
            usage->mappings++;
            is_ram = strstr(*line, "guest-ram");
        } else if (!is_ram && sscanf(*line, "Rss: %u kB", &kib) == 1) {
            usage->resident_bytes += kib * 1024ull;
        }
    }
}

unsigned usage_threads(struct guest *guest, const char *name)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/task",
                                            (int)qtest_pid(guest->qts));
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    unsigned count = 0;
    const char *task;

    while (dir && (task = g_dir_read_name(dir))) {
        g_autofree char *file = g_strdup_printf("%s/%s/comm", path, task);
        g_autofree char *comm = NULL;

        count += g_file_get_contents(file, &comm, NULL, NULL) &&
                 g_str_has_prefix(comm, name);
    }
    return count;
}
