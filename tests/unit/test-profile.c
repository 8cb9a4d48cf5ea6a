/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Profiles: what a text says, what is refused and where, which file is read, and
 * texts of any bytes.
 */
#include "profile.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const keys[] = { "memory", "contexts", NULL };

static struct vgpu_profile *parse(const char *text, char **error)
{
    return vgpu_profile_parse(text, strlen(text), "x.conf", keys, error);
}

static void test_values(void)
{
    char *error = NULL;
    struct vgpu_profile *profile = parse(
        "# a comment\r\n"
        "\n"
        "  [profile]\n"
        "contexts=7\n"
        "\tmemory \t=  1.5G  \r\n"
        " # another\n", &error);

    g_assert_cmpstr(error, ==, NULL);
    g_assert_cmpstr(profile->where, ==, "x.conf");
    g_assert_cmpuint(profile->count, ==, 2);
    g_assert_cmpuint(profile->values[0].key, ==, 1);
    g_assert_cmpuint(profile->values[0].line, ==, 4);
    g_assert_cmpstr(profile->values[0].text, ==, "7");
    g_assert_cmpuint(profile->values[1].key, ==, 0);
    g_assert_cmpuint(profile->values[1].line, ==, 5);
    g_assert_cmpstr(profile->values[1].text, ==, "1.5G");
    vgpu_profile_free(profile);
}

static void test_empty(void)
{
    char *error = NULL;
    struct vgpu_profile *profile = parse("[profile]\nmemory=", &error);

    g_assert_cmpstr(error, ==, NULL);
    g_assert_cmpuint(profile->count, ==, 1);
    g_assert_cmpstr(profile->values[0].text, ==, "");
    vgpu_profile_free(profile);
    profile = parse("[profile]", &error);
    g_assert_cmpstr(error, ==, NULL);
    g_assert_cmpuint(profile->count, ==, 0);
    vgpu_profile_free(profile);
    vgpu_profile_free(NULL);
}

static const struct broken {
    const char *name;
    const char *text;
    const char *begins;         /* of the sentence */
} broken[] = {
    { "nothing", "", "x.conf has no line [profile]: " },
    { "comment", "# nothing\n", "x.conf has no line [profile]: " },
    { "no-group", "\nmemory=1\n", "x.conf:2: this stands in front of" },
    { "group", "[profile]\n[limits]\n",
      "x.conf:2: a profile has no group \"limits\": " },
    { "group-open", "[profile]\n[profile\n", "x.conf:2: this is neither" },
    { "unknown", "[profile]\nmemory=1\nmemroy=1\n",
      "x.conf:3: \"memroy\" is no key of a profile: choose from memory, "
      "contexts" },
    { "translated", "[profile]\nmemory[de]=1\n",
      "x.conf:2: \"memory[de]\" is no key" },
    { "twice", "[profile]\nmemory=1\ncontexts=1\nmemory=1\n",
      "x.conf:4: memory stands in line 2 already: " },
    { "word", "[profile]\nmemory\n", "x.conf:2: this is neither" },
    { "semicolon", "[profile]\n; memory\n", "x.conf:2: this is neither" },
    { "no-key", "[profile]\n=5\n", "x.conf:2: this is neither" },
    { "long-key", "[profile]\nabcdefghijklmnopqrstuvwxyzabcdefghijklmnopqr=5\n",
      "x.conf:2: \"abcdefghijklmnopqrstuvwxyzabcdef\" is no key" },
    { "latin", "[profile]\n# f\xfcr\n", "x.conf is no text in UTF-8: " },
};

static void test_broken(const void *data)
{
    const struct broken *b = data;
    char *error = NULL;

    g_assert_null(parse(b->text, &error));
    g_test_message("%s", error);
    g_assert_true(g_str_has_prefix(error, b->begins));
    g_assert_null(strchr(error, '\n'));
    g_free(error);
}

static void test_zero_byte(void)
{
    static const char text[] = "[profile]\nmemory=1\0\n";
    char *error = NULL;

    g_assert_null(vgpu_profile_parse(text, sizeof(text) - 1, "x.conf", keys,
                                     &error));
    g_assert_true(g_str_has_prefix(error, "x.conf is no text in UTF-8: "));
    g_free(error);
}

/* --- files -------------------------------------------------------------- */

static char *folder;

static char *path_of(const char *name)
{
    return g_strdup_printf("%s/%s.conf", folder, name);
}

static void write_profile(const char *name, const char *text, size_t length)
{
    g_autofree char *path = path_of(name);

    g_assert_true(g_file_set_contents(path, text, length, NULL));
}

static struct vgpu_profile *load(const char *name, char **error)
{
    return vgpu_profile_load(name, folder, keys, error);
}

static void expect_refused(const char *name, const char *part)
{
    char *error = NULL;

    g_assert_null(load(name, &error));
    g_test_message("%s", error);
    g_assert_nonnull(strstr(error, part));
    g_assert_null(strchr(error, '\n'));
    g_free(error);
}

static void test_name(void)
{
    static const char *const names[] = {
        "", ".", "..", "../office", "/etc/passwd", "a/b", ".hidden", "-x", "a b",
        "a\nb", "a%s", "\xc3\xa4",
        /* 65 letters. */
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(names); i++) {
        expect_refused(names[i], " is no name: use letters");
    }
}

static void test_file(void)
{
    static const char text[] = "[profile]\nmemory=5\n";
    g_autofree char *path = path_of("office");
    char *error = NULL;
    struct vgpu_profile *profile;

    write_profile("office", text, -1);
    profile = load("office", &error);
    g_assert_cmpstr(error, ==, NULL);
    g_assert_cmpstr(profile->where, ==, path);
    g_assert_cmpstr(profile->values[0].text, ==, "5");
    vgpu_profile_free(profile);
}

static void test_unknown(void)
{
    g_autofree char *remedy = g_strdup_printf("or write %s/lab.conf", folder);

    write_profile("call-centre", "", 0);
    write_profile("no name", "", 0);
    expect_refused("lab", "there is no profile lab: choose from call-centre, "
                   "designer, kiosk, office, or write ");
    expect_refused("lab", remedy);
    for (char name[] = "p-a"; name[2] <= 'z'; name[2]++) {
        write_profile(name, "", 0);
    }
    expect_refused("lab", "p-l and 14 more, or write ");
}

static void test_no_folder(void)
{
    char *error = NULL;

    g_assert_null(vgpu_profile_load("lab", "/nowhere/at/all", keys, &error));
    g_assert_nonnull(strstr(error, "choose from designer, kiosk, office, or "));
    g_free(error);
}

static void test_too_long(void)
{
    g_autofree char *text = g_strnfill(VGPU_PROFILE_MAX_BYTES + 1, '\n');
    char *error = NULL;
    struct vgpu_profile *profile;

    memcpy(text, "[profile]", 9);
    write_profile("long", text, VGPU_PROFILE_MAX_BYTES);
    profile = load("long", &error);
    g_assert_cmpstr(error, ==, NULL);
    vgpu_profile_free(profile);
    write_profile("long", text, VGPU_PROFILE_MAX_BYTES + 1);
    expect_refused("long", "is longer than the 16384 bytes of a profile");
}

/* A pipe would have QEMU wait for somebody who writes. */
static void test_no_file(void)
{
    g_autofree char *pipe_path = path_of("pipe");
    g_autofree char *folder_path = path_of("folder");
    g_autofree char *loop_path = path_of("loop");

    g_assert_cmpint(mkfifo(pipe_path, 0600), ==, 0);
    expect_refused("pipe", "pipe.conf cannot be read (Invalid argument)");
    g_assert_cmpint(g_mkdir(folder_path, 0700), ==, 0);
    expect_refused("folder", "folder.conf cannot be read (Is a directory)");
    g_assert_cmpint(symlink("loop.conf", loop_path), ==, 0);
    expect_refused("loop", "loop.conf cannot be read (Too many levels");
}

/* --- any bytes ---------------------------------------------------------- */

/* Pieces of texts, put together by chance, with bytes of chance in them. */
static GString *chance_text(void)
{
    static const char *const pieces[] = {
        "[profile]\n", "[", "]", "memory", "contexts", "=", " ", "\n", "#", "5",
        "\r\n", "[profile]\nmemory=1\n", "\\", "\t", "[x]", "\xc3\xa4", "[de]",
    };
    GString *text = g_string_new(NULL);
    int count = g_test_rand_int_range(0, 40);

    for (int i = 0; i < count; i++) {
        if (g_test_rand_int_range(0, 16) == 0) {
            g_string_append_c(text, g_test_rand_int_range(0, 256));
        } else {
            g_string_append(text, pieces[g_test_rand_int_range(
                0, G_N_ELEMENTS(pieces))]);
        }
    }
    return text;
}

/* Either a profile that makes sense or a sentence, and no byte beyond. */
static void test_chance(void)
{
    unsigned taken = 0, refused = 0;

    for (unsigned i = 0; i < 20000; i++) {
        GString *text = chance_text();
        /* Ends where the text does, which the sanitizer sees. */
        char *copy = g_memdup2(text->str, text->len);
        char *error = NULL;
        struct vgpu_profile *profile =
            vgpu_profile_parse(copy ? copy : "", text->len, "x.conf", keys,
                               &error);

        g_assert_true(!profile == !!error);
        if (profile) {
            taken++;
            g_assert_cmpuint(profile->count, <=, G_N_ELEMENTS(keys) - 1);
        } else {
            refused++;
            g_assert_true(g_str_has_prefix(error, "x.conf"));
            g_assert_null(strchr(error, '\n'));
        }
        vgpu_profile_free(profile);
        g_free(error);
        g_free(copy);
        g_string_free(text, TRUE);
    }
    g_test_message("%u taken, %u refused", taken, refused);
    g_assert_cmpuint(taken, >, 100);
    g_assert_cmpuint(refused, >, 100);
}

static void remove_folder(void)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        g_assert_cmpint(g_remove(path), ==, 0);
    }
    g_assert_cmpint(g_rmdir(folder), ==, 0);
}

int main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    folder = g_dir_make_tmp("profile-XXXXXX", NULL);
    g_test_add_func("/profile/values", test_values);
    g_test_add_func("/profile/empty", test_empty);
    for (unsigned i = 0; i < G_N_ELEMENTS(broken); i++) {
        g_autofree char *path = g_strdup_printf("/profile/broken/%s",
                                                broken[i].name);

        g_test_add_data_func(path, &broken[i], test_broken);
    }
    g_test_add_func("/profile/broken/zero-byte", test_zero_byte);
    g_test_add_func("/profile/name", test_name);
    g_test_add_func("/profile/file", test_file);
    g_test_add_func("/profile/unknown", test_unknown);
    g_test_add_func("/profile/no-folder", test_no_folder);
    g_test_add_func("/profile/too-long", test_too_long);
    g_test_add_func("/profile/no-file", test_no_file);
    g_test_add_func("/profile/chance", test_chance);
    status = g_test_run();
    remove_folder();
    g_free(folder);
    return status;
}
