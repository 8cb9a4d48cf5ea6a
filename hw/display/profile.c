/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "profile.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <glib.h>

#define GROUP "profile"
#define SUFFIX ".conf"

/* Of a folder with more of them the others are a number. */
#define MAX_LISTED 16

/* Of what somebody else wrote, in an error. */
#define MAX_QUOTED 32

struct reading {
    const char *where;
    const char *const *keys;
    unsigned line;
    bool in_group;
    GArray *values;             /* struct vgpu_profile_value */
};

static void clear_value(void *value)
{
    g_free(((struct vgpu_profile_value *)value)->text);
}

static bool is_name(const char *name)
{
    return g_ascii_isalnum(name[0]) && strlen(name) <= VGPU_PROFILE_MAX_NAME &&
           name[strspn(name, "abcdefghijklmnopqrstuvwxyz"
                             "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")] == 0;
}

/* --- the text ----------------------------------------------------------- */

static char *error_at(const struct reading *r, const char *format, ...)
    G_GNUC_PRINTF(2, 3);

static char *error_at(const struct reading *r, const char *format, ...)
{
    g_autofree char *what = NULL;
    va_list args;

    va_start(args, format);
    what = g_strdup_vprintf(format, args);
    va_end(args);
    return g_strdup_printf("%s:%u: %s", r->where, r->line, what);
}

static char *quote(const char *text)
{
    g_autofree char *plain = g_strescape(text, NULL);

    return g_strdup_printf("\"%.*s\"", MAX_QUOTED, plain);
}

/* NULL when there is no such key. */
static char *refuse_key(const struct reading *r, const char *key)
{
    g_autofree char *quoted = quote(key);
    g_autofree char *all = g_strjoinv(", ", (char **)r->keys);

    return error_at(r, "%s is no key of a profile: choose from %s", quoted, all);
}

static char *add_value(struct reading *r, GKeyFile *file, const char *key)
{
    struct vgpu_profile_value value = { .line = r->line };

    while (r->keys[value.key] && !g_str_equal(r->keys[value.key], key)) {
        value.key++;
    }
    if (!r->keys[value.key]) {
        return refuse_key(r, key);
    }
    for (unsigned i = 0; i < r->values->len; i++) {
        const struct vgpu_profile_value *old =
            &g_array_index(r->values, struct vgpu_profile_value, i);

        if (old->key == value.key) {
            return error_at(r, "%s stands in line %u already: keep one of them",
                            key, old->line);
        }
    }
    value.text = g_strstrip(g_key_file_get_value(file, GROUP, key, NULL));
    g_array_append_val(r->values, value);
    return NULL;
}

/* What a line by itself says in the group; NULL, or an error. */
static char *read_line(struct reading *r, const char *line)
{
    g_autofree char *alone = g_strconcat("[" GROUP "]\n", line, "\n", NULL);
    g_autoptr(GKeyFile) file = g_key_file_new();
    g_auto(GStrv) groups = NULL;
    g_auto(GStrv) keys = NULL;

    if (!g_key_file_load_from_data(file, alone, -1,
                                   G_KEY_FILE_KEEP_TRANSLATIONS, NULL)) {
        return error_at(r, "this is neither KEY=VALUE nor [" GROUP "] nor a "
                        "comment: begin a comment with #");
    }
    groups = g_key_file_get_groups(file, NULL);
    if (groups[1]) {
        g_autofree char *quoted = quote(groups[1]);

        return error_at(r, "a profile has no group %s: its only one is ["
                        GROUP "]", quoted);
    }
    r->in_group |= line[strspn(line, " \t")] == '[';
    keys = g_key_file_get_keys(file, GROUP, NULL, NULL);
    if (!keys[0]) {
        return NULL;
    }
    if (!r->in_group) {
        return error_at(r, "this stands in front of the group: write ["
                        GROUP "] above it");
    }
    return add_value(r, file, keys[0]);
}

static char *read_text(struct reading *r, const char *text, size_t length)
{
    g_autofree char *copy = NULL;
    g_auto(GStrv) lines = NULL;
    char *error = NULL;

    if (length > VGPU_PROFILE_MAX_BYTES) {
        return g_strdup_printf("%s is longer than the %u bytes of a profile: "
                               "shorten it", r->where, VGPU_PROFILE_MAX_BYTES);
    }
    /* It may not end with a 0, but must not contain one. */
    if (!g_utf8_validate(text, length, NULL)) {
        return g_strdup_printf("%s is no text in UTF-8: write it with an "
                               "editor for text", r->where);
    }
    copy = g_strndup(text, length);
    lines = g_strsplit(copy, "\n", -1);
    for (r->line = 1; lines[r->line - 1] && !error; r->line++) {
        g_strchomp(lines[r->line - 1]);
        error = read_line(r, lines[r->line - 1]);
    }
    if (!error && !r->in_group) {
        error = g_strdup_printf("%s has no line [" GROUP "]: begin it with one",
                                r->where);
    }
    return error;
}

struct vgpu_profile *vgpu_profile_parse(const char *text, size_t length,
                                        const char *where,
                                        const char *const *keys, char **error)
{
    struct reading r = {
        .where = where,
        .keys = keys,
        .values = g_array_new(FALSE, FALSE, sizeof(struct vgpu_profile_value)),
    };
    struct vgpu_profile *profile;

    g_array_set_clear_func(r.values, clear_value);
    *error = read_text(&r, text, length);
    if (*error) {
        g_array_unref(r.values);
        return NULL;
    }
    profile = g_new0(struct vgpu_profile, 1);
    profile->where = g_strdup(where);
    profile->values = (void *)g_array_steal(r.values, &profile->count);
    g_array_unref(r.values);
    return profile;
}

void vgpu_profile_free(struct vgpu_profile *profile)
{
    if (profile) {
        for (size_t i = 0; i < profile->count; i++) {
            clear_value(&profile->values[i]);
        }
        g_free(profile->values);
        g_free(profile->where);
        g_free(profile);
    }
}

/* --- where it is -------------------------------------------------------- */

static void add_unique(GPtrArray *names, char *name)
{
    if (g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL)) {
        g_free(name);
    } else {
        g_ptr_array_add(names, name);
    }
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* "designer, kiosk, office" with what the folder has. */
static char *list(const char *folder)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *file;

    for (unsigned i = 0; vgpu_builtin_profiles[i].name; i++) {
        g_ptr_array_add(names, g_strdup(vgpu_builtin_profiles[i].name));
    }
    while (dir && (file = g_dir_read_name(dir))) {
        if (g_str_has_suffix(file, SUFFIX)) {
            g_autofree char *name = g_strndup(file,
                                              strlen(file) - strlen(SUFFIX));

            if (is_name(name)) {
                add_unique(names, g_steal_pointer(&name));
            }
        }
    }
    g_ptr_array_sort(names, compare);
    for (unsigned i = 0; i < MIN(names->len, MAX_LISTED); i++) {
        g_string_append_printf(text, "%s%s", i ? ", " : "",
                               (char *)names->pdata[i]);
    }
    if (names->len > MAX_LISTED) {
        g_string_append_printf(text, " and %u more", names->len - MAX_LISTED);
    }
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* Bytes, at most one more than a profile has, or -1 with errno. */
static ssize_t read_file(const char *path, char *buffer)
{
    /* Whatever it is: nothing that could be waited for. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat status;
    size_t length = 0;
    ssize_t got = -1;

    if (fd < 0) {
        return -1;
    }
    if (fstat(fd, &status) == 0 && !S_ISREG(status.st_mode)) {
        errno = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
    } else {
        do {
            got = read(fd, buffer + length,
                       VGPU_PROFILE_MAX_BYTES + 1 - length);
            length += got > 0 ? got : 0;
        } while (got > 0 || (got < 0 && errno == EINTR));
    }
    close(fd);
    return got < 0 ? -1 : (ssize_t)length;
}

static struct vgpu_profile *load_builtin(const char *name, const char *folder,
                                         const char *const *keys, char **error)
{
    g_autofree char *names = NULL;

    for (unsigned i = 0; vgpu_builtin_profiles[i].name; i++) {
        const struct vgpu_builtin_profile *p = &vgpu_builtin_profiles[i];

        if (g_str_equal(p->name, name)) {
            return vgpu_profile_parse(p->text, strlen(p->text), "built in", keys,
                                      error);
        }
    }
    names = list(folder);
    *error = g_strdup_printf("there is no profile %s: choose from %s, or write "
                             "%s/%s" SUFFIX, name, names, folder, name);
    return NULL;
}

struct vgpu_profile *vgpu_profile_load(const char *name, const char *folder,
                                       const char *const *keys, char **error)
{
    g_autofree char *path = NULL;
    g_autofree char *text = NULL;
    ssize_t length;

    if (!is_name(name)) {
        g_autofree char *quoted = quote(name);

        *error = g_strdup_printf("profile=%s is no name: use letters, digits, "
                                 "\"-\", \"_\" and \".\", at most %u, a letter "
                                 "or digit first", quoted,
                                 VGPU_PROFILE_MAX_NAME);
        return NULL;
    }
    path = g_strdup_printf("%s/%s" SUFFIX, folder, name);
    text = g_malloc(VGPU_PROFILE_MAX_BYTES + 1);
    length = read_file(path, text);
    if (length >= 0) {
        return vgpu_profile_parse(text, length, path, keys, error);
    }
    if (errno == ENOENT || errno == ENOTDIR) {
        return load_builtin(name, folder, keys, error);
    }
    *error = g_strdup_printf("the profile %s cannot be read (%s): have a file "
                             "there that the user who QEMU runs as may read",
                             path, g_strerror(errno));
    return NULL;
}
