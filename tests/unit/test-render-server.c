/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Render servers that cannot be had, those of others, and what ours is started
 * with and held to.  The program is a fake that says of itself what it is asked.
 */
#include "platform/render-server.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "platform/vulkan-driver.h"
#include "server-session.h"

#define MIB (1ull << 20)

/* --- none ------------------------------------------------------------- */

struct refusal {
    const char *name;
    const char *where;
    const char *says[3];        /* the cause, and what helps */
};

static const struct refusal refusals[] = {
    { "no-program", "/nowhere/virgl_render_server",
      { "/nowhere/virgl_render_server", "No such file", "install virgl-server" } },
    { "no-program-but-a-folder", "/",
      { "Permission denied", "install virgl-server",
        "render-server=unix:PATH" } },
    { "relative", "virgl_render_server",
      { "render-server=virgl_render_server", "neither unix:PATH",
        "the path of a program" } },
    { "nothing", "", { "neither unix:PATH", "the path of a program" } },
    { "no-socket", "unix:/nowhere/socket",
      { "unix:/nowhere/socket", "No such file", "has to listen there" } },
    { "socket-too-long",
      "unix:/a-path-that-has-a-hundred-and-eight-bytes-or-more-with-its-end-"
      "has-no-room-in-what-the-kernel-takes-for-the-address-of-a-socket",
      { "unix:/a-path", "too long for a socket" } },
};

static void expect_refused(const char *where, const char *const says[3])
{
    const struct vgpu_render_server_options options = { .where = where };
    unsigned descriptors = session_descriptors();
    g_autofree char *error = NULL;

    g_assert_null(vgpu_render_server_open(&options, &error));
    g_assert_nonnull(error);
    for (unsigned i = 0; i < 3 && says[i]; i++) {
        if (!strstr(error, says[i])) {
            g_test_fail_printf("\"%s\" is not in \"%s\"", says[i], error);
        }
    }
    g_assert_cmpint(waitpid(-1, NULL, WNOHANG), ==, -1);
    g_assert_cmpuint(session_descriptors(), ==, descriptors);
}

static void test_refused(const void *data)
{
    const struct refusal *refusal = data;

    expect_refused(refusal->where, refusal->says);
}

/* --- somebody else's -------------------------------------------------- */

/* And that all connections are one. */
static void test_joined(void)
{
    struct session session;
    int end = session_begin_joined(&session, 0);
    int again = vgpu_render_server_connection(session.server);
    char text[MESSAGE_BYTES];

    session_send(session.connection, "one");
    session_send(again, "another");
    g_assert_true(session_receive(end, text));
    g_assert_cmpstr(text, ==, "one");
    g_assert_true(session_receive(end, text));
    g_assert_cmpstr(text, ==, "another");
    session_send(end, "answer");
    g_assert_true(session_receive(again, text));
    g_assert_cmpstr(text, ==, "answer");
    close(again);
    session.descriptors++;      /* the end that is still open here */
    session_finish(&session);
    g_assert_false(session_receive(end, text));
    close(end);
}

static void test_nobody_listens(void)
{
    static const char *const says[3] = { "Connection refused",
                                         "has to listen there",
                                         "for each connection" };
    int listening;
    g_autofree char *path = session_listen(&listening);
    g_autofree char *where = g_strdup_printf("unix:%s", path);

    close(listening);
    expect_refused(where, says);
    unlink(path);
}

/* --- what it is started with ------------------------------------------ */

/* By the variable that virglrenderer itself looks at. */
static void test_usual_program(void)
{
    struct session session;

    g_setenv("RENDER_SERVER_EXEC_PATH", session_program, TRUE);
    session_begin(&session, (struct vgpu_render_server_options) { });
    session_expect(&session, "environment RENDER_SERVER_EXEC_PATH",
                   session_program);
    session_finish(&session);
    g_unsetenv("RENDER_SERVER_EXEC_PATH");
}

static void test_environment(void)
{
    g_autofree char *manifest = NULL;
    g_autofree char *error = NULL;
    struct session session;

    session_begin_usual(&session);
    session_expect(&session, "environment VK_DRIVER_FILES", "unset");
    session_expect(&session, "environment VK_ICD_FILENAMES", "unset");
    session_expect(&session, "environment MALLOC_ARENA_MAX", "4");
    session_finish(&session);
    session_begin(&session, (struct vgpu_render_server_options) {
        .where = session_program, .is_software = true,
    });
    g_assert_true(vgpu_vulkan_driver_find(true, &manifest, &error));
    session_expect(&session, "environment VK_DRIVER_FILES", manifest);
    session_expect(&session, "environment VK_ICD_FILENAMES", manifest);
    session_finish(&session);
}

static void test_environment_of_the_user(void)
{
    struct session session;

    g_setenv("VK_ICD_FILENAMES", "/mine.json", TRUE);
    g_setenv("MALLOC_ARENA_MAX", "1", TRUE);
    session_begin(&session, (struct vgpu_render_server_options) {
        .where = session_program, .is_software = true,
    });
    session_expect(&session, "environment VK_DRIVER_FILES", "unset");
    session_expect(&session, "environment VK_ICD_FILENAMES", "/mine.json");
    session_expect(&session, "environment MALLOC_ARENA_MAX", "1");
    session_finish(&session);
    g_unsetenv("VK_ICD_FILENAMES");
    g_unsetenv("MALLOC_ARENA_MAX");
}

/* As the threads of QEMU have them, whatever QEMU's parent ignores. */
static void test_signals(void)
{
    struct session session;
    sigset_t all, before;

    sigfillset(&all);
    g_assert_cmpint(sigprocmask(SIG_SETMASK, &all, &before), ==, 0);
    signal(SIGCHLD, SIG_IGN);
    session_begin_usual(&session);
    session_expect(&session, "signals", "0 blocked, SIGCHLD usual");
    session_finish(&session);
    signal(SIGCHLD, SIG_DFL);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

static void test_process(void)
{
    int inherited = open("/dev/null", O_RDONLY);
    struct session session;
    pid_t pid;

    session_begin_usual(&session);
    pid = session_ask_pid(&session, "pid");
    g_assert_cmpint(getpgid(pid), ==, pid);
    session_expect(&session, "oom-score", "500");
    /* Input, output, what it says, the socket. */
    session_expect(&session, "descriptors", "4");
    session_finish(&session);
    close(inherited);
}

/* --- memory ----------------------------------------------------------- */

static void test_memory(void)
{
    struct session session;

    session_begin(&session, (struct vgpu_render_server_options) {
        .where = session_program, .process_bytes = 64 * MIB,
    });
    /* 64 MiB, and 4 GiB more. */
    session_expect(&session, "limits", "67108864 4362076160");
    session_expect(&session, "allocate 33554432", "memory");
    session_expect(&session, "allocate 67108864", "none");
    session_expect(&session, "allocate 33554432", "memory");
    session_finish(&session);
}

static void test_memory_without_limit(void)
{
    struct rlimit data, space;
    g_autofree char *expected = NULL;
    struct session session;

    getrlimit(RLIMIT_DATA, &data);
    getrlimit(RLIMIT_AS, &space);
    expected = g_strdup_printf("%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT,
                               (guint64)data.rlim_cur,
                               (guint64)space.rlim_max);
    session_begin_usual(&session);
    session_expect(&session, "limits", expected);
    session_expect(&session, "allocate 134217728", "memory");
    session_finish(&session);
}

/* What is said to fit does, and a byte more does not. */
static void test_max_message(void)
{
    struct session session;
    uint64_t bytes;
    g_autofree char *message = NULL;
    int end = session_begin_joined(&session, 0);

    bytes = vgpu_render_server_max_message(session.server);
    g_assert_cmpuint(bytes, >=, MESSAGE_BYTES);
    message = g_malloc0(bytes + 1);
    g_assert_cmpint(send(session.connection, message, bytes + 1, MSG_DONTWAIT),
                    ==, -1);
    g_assert_cmpint(errno, ==, EMSGSIZE);
    g_assert_cmpint(send(session.connection, message, bytes, MSG_DONTWAIT), ==,
                    bytes);
    close(end);
    session_finish(&session);
}

int main(int argc, char **argv)
{
    session_init(&argc, &argv);
    for (unsigned i = 0; i < G_N_ELEMENTS(refusals); i++) {
        g_autofree char *path = g_strdup_printf("/render-server/refused/%s",
                                                refusals[i].name);

        g_test_add_data_func(path, &refusals[i], test_refused);
    }
    g_test_add_func("/render-server/refused/nobody-listens",
                    test_nobody_listens);
    g_test_add_func("/render-server/joined", test_joined);
    g_test_add_func("/render-server/usual-program", test_usual_program);
    g_test_add_func("/render-server/environment", test_environment);
    g_test_add_func("/render-server/environment-of-the-user",
                    test_environment_of_the_user);
    g_test_add_func("/render-server/signals", test_signals);
    g_test_add_func("/render-server/process", test_process);
    g_test_add_func("/render-server/memory", test_memory);
    g_test_add_func("/render-server/memory-without-limit",
                    test_memory_without_limit);
    g_test_add_func("/render-server/max-message", test_max_message);
    return session_run();
}
