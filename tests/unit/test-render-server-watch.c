/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The watch of a render server: what the program says, its end and that of its
 * processes, calls that last too long.  Also under the thread sanitizer.
 */
#include "platform/render-server.h"

#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "server-session.h"

/* Its memory for lines, without an end. */
#define PIECE_BYTES 255

/* Of a call that takes too long, and of others. */
#define SHORT_LIMIT_US (50 * 1000)
#define LONG_LIMIT_US G_USEC_PER_SEC

#define CALLS 20000
#define CALLS_A_LINE 10

/* --- what it says ----------------------------------------------------- */

static void test_lines(void)
{
    struct session session;

    session_begin_usual(&session);
    session_expect(&session, "say one\ntwo\n\n", "said");
    session_expect(&session, "say th", "said");
    session_expect(&session, "say ree\nfour\n", "said");
    session_expect_line(&session, "one");
    session_expect_line(&session, "two");
    session_expect_line(&session, "three");
    session_expect_line(&session, "four");
    session_finish(&session);
}

static void test_long_line(void)
{
    g_autofree char *piece = g_strnfill(PIECE_BYTES, 'x');
    g_autofree char *question = g_strdup_printf("say %s%s%srest\n%s\nnext\n",
                                                piece, piece, piece, piece);
    struct session session;

    session_begin_usual(&session);
    session_expect(&session, question, "said");
    session_expect_line(&session, piece);
    session_expect_line(&session, piece);
    session_expect_line(&session, piece);
    session_expect_line(&session, "rest");
    session_expect_line(&session, piece);
    session_expect_line(&session, "next");
    session_finish(&session);
}

/* As of an assertion that fails. */
static void test_last_line(void)
{
    char text[MESSAGE_BYTES];
    struct session session;

    session_begin_usual(&session);
    session_send(session.connection, "end one\nlast words");
    session_expect_line(&session, "one");
    session_expect_line(&session, "last words");
    session_expect_warning(&session, "the render server has ended: the guest "
                           "gets no more contexts of Vulkan until QEMU is "
                           "started again");
    g_assert_false(session_receive(session.connection, text));
    session_finish(&session);
}

/* --- its end ---------------------------------------------------------- */

/* Orphans become children of this process. */
static void expect_killed(pid_t pid)
{
    gint64 end = g_get_monotonic_time() + PATIENCE_MS * 1000;
    int status;

    while (waitpid(pid, &status, WNOHANG) != pid) {
        g_assert_cmpint(g_get_monotonic_time(), <, end);
        g_usleep(1000);
    }
    g_assert_true(WIFSIGNALED(status));
    g_assert_cmpint(WTERMSIG(status), ==, SIGKILL);
}

static void test_close(void)
{
    struct session session;
    pid_t pid, worker;
    pid_t other = fork();

    if (other == 0) {
        pause();
        _exit(0);
    }
    session_begin_usual(&session);
    pid = session_ask_pid(&session, "pid");
    worker = session_ask_pid(&session, "worker");
    vgpu_render_server_close(session.server);
    session.server = NULL;
    g_assert_cmpint(kill(pid, 0), ==, -1);
    g_assert_cmpint(errno, ==, ESRCH);
    expect_killed(worker);
    /* Whoever is not of its group lives. */
    g_assert_cmpint(waitpid(other, NULL, WNOHANG), ==, 0);
    kill(other, SIGKILL);
    expect_killed(other);
    session_finish(&session);
}

/* Its worker is ended all the same. */
static void test_close_when_dead(void)
{
    struct session session;
    char text[MESSAGE_BYTES];
    pid_t pid, worker;

    session_begin_usual(&session);
    pid = session_ask_pid(&session, "pid");
    worker = session_ask_pid(&session, "worker");
    kill(pid, SIGKILL);
    vgpu_render_server_close(session.server);
    session.server = NULL;
    expect_killed(worker);
    g_assert_false(session_receive(session.connection, text));
    session_finish(&session);
}

/* --- calls ------------------------------------------------------------ */

static void expect_too_long(struct session *session)
{
    session_expect_warning(session, "a call took more than 0.05 s: the render "
                           "server is ended, and all of the guest's Vulkan with "
                           "it");
}

/*
 * The connection ends when the worker has, too, which has its end as well.  The
 * next call finds that at once.
 */
static void test_call_too_long(void)
{
    struct session session;
    char text[MESSAGE_BYTES];
    pid_t worker;

    session_begin(&session, (struct vgpu_render_server_options) {
        .where = session_program, .call_limit_us = SHORT_LIMIT_US,
    });
    worker = session_ask_pid(&session, "worker");
    vgpu_render_server_enter(session.server);
    session_send(session.connection, "hang");
    g_assert_false(session_receive(session.connection, text));
    vgpu_render_server_leave(session.server);
    expect_too_long(&session);
    vgpu_render_server_enter(session.server);
    g_assert_false(session_receive(session.connection, text));
    vgpu_render_server_leave(session.server);
    vgpu_render_server_close(session.server);
    session.server = NULL;
    expect_killed(worker);
    session_finish(&session);
}

/* Somebody else's processes are his, the connection ends. */
static void test_joined_call_too_long(void)
{
    struct session session;
    int end = session_begin_joined(&session, SHORT_LIMIT_US);
    char text[MESSAGE_BYTES];

    vgpu_render_server_enter(session.server);
    g_assert_false(session_receive(session.connection, text));
    vgpu_render_server_leave(session.server);
    g_assert_false(session_receive(end, text));
    expect_too_long(&session);
    close(end);
    session_finish(&session);
}

/* Each counts by itself, and the time between them does not. */
static void test_calls_within_limit(void)
{
    struct session session;
    gint64 end;

    session_begin(&session, (struct vgpu_render_server_options) {
        .where = session_program, .call_limit_us = LONG_LIMIT_US,
    });
    g_usleep(LONG_LIMIT_US + LONG_LIMIT_US / 10);
    end = g_get_monotonic_time() + LONG_LIMIT_US + LONG_LIMIT_US / 10;
    while (g_get_monotonic_time() < end) {
        vgpu_render_server_enter(session.server);
        session_expect(&session, "say", "said");
        vgpu_render_server_leave(session.server);
    }
    session_expect(&session, "say alive\n", "said");
    session_expect_line(&session, "alive");
    session_finish(&session);
}

static void test_calls_while_it_talks(void)
{
    g_autofree char *chatter = g_strdup_printf("chatter %u",
                                               CALLS / CALLS_A_LINE);
    struct session session;

    session_begin_usual(&session);
    session_expect(&session, chatter, "going to");
    for (unsigned i = 0; i < CALLS; i++) {
        vgpu_render_server_enter(session.server);
        vgpu_render_server_leave(session.server);
        if (i % CALLS_A_LINE == 0) {
            g_autofree char *line = g_strdup_printf("line %u",
                                                    i / CALLS_A_LINE);

            session_expect_line(&session, line);
        }
    }
    session_finish(&session);
}

int main(int argc, char **argv)
{
    session_init(&argc, &argv);
    g_test_add_func("/render-server-watch/lines", test_lines);
    g_test_add_func("/render-server-watch/long-line", test_long_line);
    g_test_add_func("/render-server-watch/last-line", test_last_line);
    g_test_add_func("/render-server-watch/close", test_close);
    g_test_add_func("/render-server-watch/close-when-dead",
                    test_close_when_dead);
    g_test_add_func("/render-server-watch/call-too-long", test_call_too_long);
    g_test_add_func("/render-server-watch/joined-call-too-long",
                    test_joined_call_too_long);
    g_test_add_func("/render-server-watch/calls-within-limit",
                    test_calls_within_limit);
    g_test_add_func("/render-server-watch/calls-while-it-talks",
                    test_calls_while_it_talks);
    return session_run();
}
