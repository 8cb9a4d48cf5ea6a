/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "render-server.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "relay.h"
#include "render-program.h"

/* What a compiler of pipelines may need, and no person waits longer. */
#define USUAL_LIMIT_US (10 * G_USEC_PER_SEC)

/* The kernel's own part of what a socket has room for. */
#define MESSAGE_OVERHEAD 32

#define LINE_BYTES 256

struct vgpu_render_server {
    struct vgpu_render_server_options options;
    struct vgpu_render_program program;
    char line[LINE_BYTES];      /* that it says, so far; watch thread */
    size_t line_bytes;
    struct vgpu_relay relay;    /* watch thread */

    GThread *watch;
    int wake;                   /* eventfd, for the watch */
    GMutex lock;                /* of what follows */
    int64_t call_since_us;      /* 0: no call */
    bool watch_sleeps;          /* until it is woken */
    bool ends;
};

/* --- the watch -------------------------------------------------------- */

static void say(struct vgpu_render_server *server, const char *line)
{
    server->options.say(server->options.opaque, line);
}

static void warn(struct vgpu_render_server *server, const char *text)
{
    server->options.warn(server->options.opaque, text);
}

/*
 * Lines that are too long come in pieces.  They go to a log or a terminal, and its
 * processes have what a guest sends.
 */
static void pass_on(struct vgpu_render_server *server, const char *text,
                    size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] != '\n') {
            server->line[server->line_bytes++] =
                g_ascii_isprint(text[i]) ? text[i] : ' ';
        }
        if (server->line_bytes &&
            (text[i] == '\n' || server->line_bytes == LINE_BYTES - 1)) {
            server->line[server->line_bytes] = '\0';
            say(server, server->line);
            server->line_bytes = 0;
        }
    }
}

static void listen_to(struct vgpu_render_server *server)
{
    char text[LINE_BYTES];
    ssize_t bytes = read(server->program.said, text, sizeof(text));

    if (bytes > 0) {
        pass_on(server, text, bytes);
    } else if (bytes == 0 || errno != EINTR) {
        /* What has no end is said, too. */
        pass_on(server, "\n", 1);
        close(server->program.said);
        server->program.said = -1;
    }
}

/* How long the call under way may last, ms; -1: there is none. */
static int time_left(struct vgpu_render_server *server, bool *ends)
{
    int64_t left_us = -1;

    g_mutex_lock(&server->lock);
    *ends = server->ends;
    server->watch_sleeps = server->call_since_us == 0;
    if (server->call_since_us) {
        left_us = server->call_since_us + server->options.call_limit_us -
                  g_get_monotonic_time();
        left_us = MAX(left_us, 0);
    }
    g_mutex_unlock(&server->lock);
    return left_us < 0 ? -1 : (int)((left_us + 999) / 1000);
}

static void forget_wake(const struct vgpu_render_server *server)
{
    uint64_t count;
    ssize_t ignored = read(server->wake, &count, sizeof(count));

    (void)ignored;
}

static void wake(const struct vgpu_render_server *server)
{
    uint64_t one = 1;
    ssize_t ignored = write(server->wake, &one, sizeof(one));

    (void)ignored;
}

static void end_call(struct vgpu_render_server *server)
{
    g_autofree char *line =
        g_strdup_printf("a call took more than %g s: the render server is "
                        "ended, and all of the guest's Vulkan with it",
                        (double)server->options.call_limit_us / G_USEC_PER_SEC);

    warn(server, line);
    vgpu_render_program_end(&server->program);
    /* Another's ends its processes when the connection goes. */
    vgpu_relay_end(&server->relay);
}

static gpointer watch(gpointer data)
{
    struct vgpu_render_server *server = data;
    bool ends;

    for (;;) {
        int left_ms = time_left(server, &ends);
        struct pollfd fds[] = {
            { .fd = server->wake, .events = POLLIN },
            { .fd = server->program.said, .events = POLLIN },
            { .fd = -1 }, { .fd = -1 },     /* the relay's */
        };

        if (ends) {
            return NULL;
        }
        if (left_ms == 0) {
            end_call(server);
            /* The call ends now; the next one is a new one. */
            poll(&fds[0], 1, USUAL_LIMIT_US / 1000);
        } else {
            vgpu_relay_prepare(&server->relay, &fds[2]);
            poll(fds, G_N_ELEMENTS(fds), left_ms);
        }
        if (fds[0].revents) {
            forget_wake(server);
        }
        if (fds[1].revents) {
            listen_to(server);
        }
        if (!vgpu_relay_turn(&server->relay, &fds[2])) {
            warn(server, "the render server has ended: the guest gets no "
                 "more contexts of Vulkan until QEMU is started again");
        }
    }
}

void vgpu_render_server_enter(struct vgpu_render_server *server)
{
    g_mutex_lock(&server->lock);
    server->call_since_us = g_get_monotonic_time();
    if (server->watch_sleeps) {
        server->watch_sleeps = false;
        wake(server);
    }
    g_mutex_unlock(&server->lock);
}

void vgpu_render_server_leave(struct vgpu_render_server *server)
{
    g_mutex_lock(&server->lock);
    server->call_since_us = 0;
    g_mutex_unlock(&server->lock);
}

/* --- life ------------------------------------------------------------- */

static void free_all(struct vgpu_render_server *server)
{
    vgpu_render_program_finish(&server->program);
    vgpu_relay_finish(&server->relay);
    if (server->wake >= 0) {
        close(server->wake);
    }
    g_mutex_clear(&server->lock);
    g_free(server);
}

struct vgpu_render_server *
vgpu_render_server_open(const struct vgpu_render_server_options *options,
                        char **error)
{
    struct vgpu_render_server *server = g_new0(struct vgpu_render_server, 1);

    server->options = *options;
    server->options.call_limit_us = options->call_limit_us ?: USUAL_LIMIT_US;
    vgpu_render_program_init(&server->program);
    server->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    g_mutex_init(&server->lock);
    if (!vgpu_relay_init(&server->relay) || server->wake < 0) {
        *error = g_strdup_printf("no descriptors: %s", g_strerror(errno));
        free_all(server);
        return NULL;
    }
    if (!vgpu_render_program_reach(&server->program, options, error)) {
        free_all(server);
        return NULL;
    }
    server->options.where = NULL;
    server->relay.server = server->program.socket;
    server->watch = g_thread_new("vgpu-venus", watch, server);
    return server;
}

void vgpu_render_server_close(struct vgpu_render_server *server)
{
    if (!server) {
        return;
    }
    g_mutex_lock(&server->lock);
    server->ends = true;
    g_mutex_unlock(&server->lock);
    wake(server);
    g_thread_join(server->watch);
    free_all(server);
}

int vgpu_render_server_connection(const struct vgpu_render_server *server)
{
    return fcntl(server->relay.library, F_DUPFD_CLOEXEC, 0);
}

int vgpu_render_server_take_socket(struct vgpu_render_server *server)
{
    return vgpu_relay_take_file(&server->relay);
}

/*
 * One message: the library sends what it can of a longer one and then fails, and
 * the server waits for the rest.
 */
uint64_t vgpu_render_server_max_message(const struct vgpu_render_server *server)
{
    int size = 0;
    socklen_t bytes = sizeof(size);

    getsockopt(server->program.socket, SOL_SOCKET, SO_SNDBUF, &size, &bytes);
    return size > MESSAGE_OVERHEAD ? size - MESSAGE_OVERHEAD : 0;
}
