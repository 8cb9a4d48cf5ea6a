/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "server-session.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

const char *session_program;

static char *folder;

unsigned session_descriptors(void)
{
    g_autoptr(GDir) dir = g_dir_open("/proc/self/fd", 0, NULL);
    unsigned count = 0;

    while (g_dir_read_name(dir)) {
        count++;
    }
    return count;
}

static void pass_on(int socket, const char *line)
{
    g_assert_null(strchr(line, '\n'));
    g_assert_cmpint(send(socket, line, strlen(line), 0), ==, strlen(line));
}

static void heard(void *opaque, const char *line)
{
    pass_on(((struct session *)opaque)->lines[0], line);
}

static void warned(void *opaque, const char *text)
{
    pass_on(((struct session *)opaque)->warnings[0], text);
}

void session_begin(struct session *session,
                   struct vgpu_render_server_options options)
{
    g_autofree char *error = NULL;

    session->descriptors = session_descriptors();
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
                               session->lines), ==, 0);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
                               session->warnings), ==, 0);
    options.say = heard;
    options.warn = warned;
    options.opaque = session;
    session->server = vgpu_render_server_open(&options, &error);
    g_assert_cmpstr(error, ==, NULL);
    g_assert_nonnull(session->server);
    session->connection = vgpu_render_server_connection(session->server);
    g_assert_cmpint(session->connection, >=, 0);
}

void session_begin_usual(struct session *session)
{
    session_begin(session, (struct vgpu_render_server_options) {
        .where = session_program,
    });
}

bool session_receive(int socket, char text[MESSAGE_BYTES])
{
    struct pollfd fd = { .fd = socket, .events = POLLIN };
    ssize_t bytes;

    g_assert_cmpint(poll(&fd, 1, PATIENCE_MS), ==, 1);
    bytes = recv(socket, text, MESSAGE_BYTES - 1, 0);
    text[MAX(bytes, 0)] = '\0';
    return bytes > 0;
}

static void expect_message(int socket, const char *expected)
{
    char text[MESSAGE_BYTES];

    g_assert_true(session_receive(socket, text));
    g_assert_cmpstr(text, ==, expected);
}

void session_expect_line(struct session *session, const char *line)
{
    expect_message(session->lines[1], line);
}

void session_expect_warning(struct session *session, const char *text)
{
    expect_message(session->warnings[1], text);
}

void session_send(int socket, const char *text)
{
    g_assert_cmpint(send(socket, text, strlen(text), MSG_NOSIGNAL), ==,
                    strlen(text));
}

char *session_ask(struct session *session, const char *question)
{
    char text[MESSAGE_BYTES];

    session_send(session->connection, question);
    g_assert_true(session_receive(session->connection, text));
    return g_strdup(text);
}

void session_expect(struct session *session, const char *question,
                    const char *expected)
{
    g_autofree char *answer = session_ask(session, question);

    g_assert_cmpstr(answer, ==, expected);
}

pid_t session_ask_pid(struct session *session, const char *question)
{
    g_autofree char *answer = session_ask(session, question);

    return atoi(answer);
}

void session_finish(struct session *session)
{
    vgpu_render_server_close(session->server);
    close(session->connection);
    close(session->lines[0]);
    close(session->lines[1]);
    close(session->warnings[0]);
    close(session->warnings[1]);
    /* No process is left, not as a zombie either. */
    g_assert_cmpint(waitpid(-1, NULL, WNOHANG), ==, -1);
    g_assert_cmpint(errno, ==, ECHILD);
    g_assert_cmpuint(session_descriptors(), ==, session->descriptors);
}

char *session_listen(int *listening)
{
    char *path = g_build_filename(folder, "socket", NULL);
    struct sockaddr_un address = { .sun_family = AF_UNIX };

    g_strlcpy(address.sun_path, path, sizeof(address.sun_path));
    *listening = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    g_assert_cmpint(bind(*listening, (struct sockaddr *)&address,
                         sizeof(address)), ==, 0);
    g_assert_cmpint(listen(*listening, 1), ==, 0);
    return path;
}

int session_begin_joined(struct session *session, int64_t call_limit_us)
{
    int listening;
    g_autofree char *path = session_listen(&listening);
    g_autofree char *where = g_strdup_printf("unix:%s", path);
    int end;

    session_begin(session, (struct vgpu_render_server_options) {
        .where = where, .call_limit_us = call_limit_us,
    });
    end = accept4(listening, NULL, NULL, SOCK_CLOEXEC);
    g_assert_cmpint(end, >=, 0);
    close(listening);
    session->descriptors--;
    unlink(path);
    return end;
}

/* --- the process ------------------------------------------------------ */

static char *drivers_in(const char *parent)
{
    return g_build_filename(parent, "vulkan", "icd.d", NULL);
}

void session_init(int *argc, char ***argv)
{
    g_autofree char *drivers = NULL;
    g_autofree char *manifest = NULL;

    g_test_init(argc, argv, NULL);
    session_program = g_getenv("FAKE_RENDER_SERVER");
    g_assert_nonnull(session_program);
    folder = g_dir_make_tmp("render-server-XXXXXX", NULL);
    drivers = drivers_in(folder);
    manifest = g_build_filename(drivers, "lvp_icd.json", NULL);
    g_assert_cmpint(g_mkdir_with_parents(drivers, 0700), ==, 0);
    g_assert_true(g_file_set_contents(manifest, "{}", -1, NULL));
    g_setenv("XDG_DATA_DIRS", folder, TRUE);
    /* As of a person who chose nothing. */
    g_unsetenv("VK_DRIVER_FILES");
    g_unsetenv("VK_ICD_FILENAMES");
    g_unsetenv("MALLOC_ARENA_MAX");
    g_unsetenv("RENDER_SERVER_EXEC_PATH");
    prctl(PR_SET_CHILD_SUBREAPER, 1);
}

int session_run(void)
{
    int status = g_test_run();
    g_autofree char *drivers = drivers_in(folder);
    g_autofree char *vulkan = g_path_get_dirname(drivers);
    g_autofree char *manifest = g_build_filename(drivers, "lvp_icd.json", NULL);

    g_unlink(manifest);
    g_rmdir(drivers);
    g_rmdir(vulkan);
    g_rmdir(folder);
    g_free(folder);
    return status;
}
