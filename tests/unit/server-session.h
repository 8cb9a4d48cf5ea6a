/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A render server of the fake program (fake-render-server.c), or one that this
 * process plays itself, and what it answers and says.
 *
 * Lives from begin to finish, on one thread.
 */
#ifndef TESTS_UNIT_SERVER_SESSION_H
#define TESTS_UNIT_SERVER_SESSION_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "platform/render-server.h"

#define MESSAGE_BYTES 4096

/* Nothing here takes as long. */
#define PATIENCE_MS 20000

struct session {
    struct vgpu_render_server *server;
    int connection;
    int lines[2];               /* a message a line that it said; write, read */
    int warnings[2];            /* the same of what became of it */
    unsigned descriptors;       /* of ours before there was any of this */
};

/* The path of the fake program. */
extern const char *session_program;

/*
 * Once, in place of g_test_init() and g_test_run().  A driver for software is
 * there; orphans become children of this process.
 */
void session_init(int *argc, char ***argv);
int session_run(void);

/* Of @options, but for say() and warn(). */
void session_begin(struct session *session,
                   struct vgpu_render_server_options options);
void session_begin_usual(struct session *session);

/* One that is joined; returns its end, the caller's to close. */
int session_begin_joined(struct session *session, int64_t call_limit_us);

/* Closes what is open.  No process and no descriptor is left. */
void session_finish(struct session *session);

/* Sends, and waits for the answer; to be freed. */
char *session_ask(struct session *session, const char *question);
pid_t session_ask_pid(struct session *session, const char *question);
void session_expect(struct session *session, const char *question,
                    const char *answer);

/* Waits for the next line that was said, or warning. */
void session_expect_line(struct session *session, const char *line);
void session_expect_warning(struct session *session, const char *text);

/* A message on any socket of these; false at its end. */
bool session_receive(int socket, char text[MESSAGE_BYTES]);
void session_send(int socket, const char *text);

/* A socket that takes connections, and its path, to be freed. */
char *session_listen(int *listening);

/* How many are open. */
unsigned session_descriptors(void);

#endif
