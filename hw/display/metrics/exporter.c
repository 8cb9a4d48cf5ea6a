/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "exporter.h"

#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "listen.h"
#include "text.h"

/* Prometheus is one; a person with a browser another. */
#define MAX_CONNECTIONS 16
#define CONNECTION_S 10
#define CONNECTION_BYTES 8192

/* The same text for all who ask within this time. */
#define TEXT_US (200 * 1000)

/* node_exporter looks as often as it is scraped, every 15 s by default. */
#define TEXTFILE_US (10 * G_USEC_PER_SEC)
#define TEXTFILE_MODE 0644
#define TEXTFILE_SUFFIX ".prom"

/* A client, from its coming to its end. */
struct connection {
    struct vgpu_exporter *exporter;
    int fd;
    int64_t until_us;           /* g_get_monotonic_time() */
    struct connection *next;
};

struct vgpu_exporter {
    struct vgpu_exporter_config config;
    struct vgpu_listener listener;
    char *textfile;
    GThread *thread;
    int stop_fd;

    /* The thread's. */
    struct MHD_Daemon *daemon;
    int epoll_fd;
    struct connection *connections;     /* the oldest last */
    GString *text;                      /* NULL: none yet */
    int64_t text_us;                    /* when it was made */
    int64_t file_us;                    /* when the file is due */
    bool file_is_ours;
    bool file_failed;
};

static const GString *current_text(struct vgpu_exporter *e)
{
    int64_t now = g_get_monotonic_time();

    if (e->text && now - e->text_us < TEXT_US) {
        return e->text;
    }
    if (e->text) {
        g_string_free(e->text, true);
    }
    e->text = e->config.collect(e->config.opaque);
    e->text_us = now;
    return e->text;
}

/* --- HTTP ------------------------------------------------------------- */

/* @allow NULL: what it is does not matter. */
static enum MHD_Result answer(struct MHD_Connection *connection,
                              unsigned status, const char *text, size_t bytes,
                              const char *type)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(bytes, (void *)text,
                                        MHD_RESPMEM_MUST_COPY);
    enum MHD_Result result;

    if (!response) {
        return MHD_NO;
    }
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED) {
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    }
    result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result refuse(struct MHD_Connection *connection,
                              unsigned status, const char *text)
{
    return answer(connection, status, text, strlen(text), "text/plain");
}

static enum MHD_Result handle(void *opaque, struct MHD_Connection *connection,
                              const char *url, const char *method,
                              const char *version, const char *upload,
                              size_t *upload_bytes, void **state)
{
    static int seen;
    const GString *text;

    (void)version;
    (void)upload;
    (void)upload_bytes;
    if (!g_str_equal(method, MHD_HTTP_METHOD_GET) &&
        !g_str_equal(method, MHD_HTTP_METHOD_HEAD)) {
        return refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
                      "There is only something to GET here.\n");
    }
    if (!*state) {
        /* Only its headers are there; the library comes again. */
        *state = &seen;
        return MHD_YES;
    }
    if (!g_str_equal(url, "/metrics")) {
        return refuse(connection, MHD_HTTP_NOT_FOUND,
                      "What there is is at /metrics.\n");
    }
    text = current_text(opaque);
    return answer(connection, MHD_HTTP_OK, text->str, text->len,
                  VGPU_METRICS_TEXT_TYPE);
}

static void connection_came(struct vgpu_exporter *e,
                            struct MHD_Connection *connection, void **context)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);
    struct connection *c = g_new0(struct connection, 1);

    c->fd = info->connect_fd;
    c->until_us = g_get_monotonic_time() + CONNECTION_S * G_USEC_PER_SEC;
    c->next = e->connections;
    e->connections = c;
    *context = c;
}

static void connection_went(struct vgpu_exporter *e, struct connection *gone)
{
    struct connection **c = &e->connections;

    while (*c != gone) {
        c = &(*c)->next;
    }
    *c = gone->next;
    g_free(gone);
}

static void note_connection(void *opaque, struct MHD_Connection *connection,
                            void **context,
                            enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED) {
        connection_came(opaque, connection, context);
    } else if (*context) {
        connection_went(opaque, *context);
        *context = NULL;
    }
}

/*
 * The library's own limit is one of silence: who sends a byte a second would
 * stay for hours.  It closes what is shut down.
 */
static void end_late_ones(struct vgpu_exporter *e)
{
    int64_t now = g_get_monotonic_time();

    for (struct connection *c = e->connections; c; c = c->next) {
        if (c->until_us <= now) {
            shutdown(c->fd, SHUT_RDWR);
        }
    }
}

static bool start_daemon(struct vgpu_exporter *e, char **error)
{
    const union MHD_DaemonInfo *info;

    e->daemon = MHD_start_daemon(
        MHD_USE_EPOLL, 0, NULL, NULL, handle, e,
        MHD_OPTION_LISTEN_SOCKET, e->listener.fd,
        MHD_OPTION_CONNECTION_LIMIT, (unsigned)MAX_CONNECTIONS,
        MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)CONNECTION_S,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
        MHD_OPTION_NOTIFY_CONNECTION, note_connection, e,
        MHD_OPTION_END);
    if (!e->daemon) {
        *error = g_strdup_printf("metrics=%s: libmicrohttpd does not start: %s",
                                 e->listener.address, g_strerror(errno));
        return false;
    }
    /* The daemon's from now on. */
    e->listener.fd = -1;
    info = MHD_get_daemon_info(e->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    e->epoll_fd = info->epoll_fd;
    return true;
}

/* --- the file --------------------------------------------------------- */

/* Whoever reads sees the old one or the new one. */
static bool write_file(struct vgpu_exporter *e, GError **error)
{
    const GString *text = current_text(e);

    e->file_us = g_get_monotonic_time() + TEXTFILE_US;
    return g_file_set_contents_full(e->textfile, text->str, text->len,
                                    G_FILE_SET_CONTENTS_CONSISTENT,
                                    TEXTFILE_MODE, error);
}

static bool start_file(struct vgpu_exporter *e, char **error)
{
    g_autoptr(GError) why = NULL;

    if (!g_str_has_suffix(e->textfile, TEXTFILE_SUFFIX)) {
        *error = g_strdup_printf("metrics-textfile=%s: node_exporter reads "
                                 "files whose names end in " TEXTFILE_SUFFIX
                                 ": use such a name", e->config.textfile);
        return false;
    }
    if (!write_file(e, &why)) {
        *error = g_strdup_printf("metrics-textfile=%s cannot be written: %s: "
                                 "name a file in a folder that QEMU may write "
                                 "to", e->config.textfile, why->message);
        return false;
    }
    e->file_is_ours = true;
    return true;
}

static void renew_file(struct vgpu_exporter *e)
{
    g_autoptr(GError) why = NULL;
    g_autofree char *text = NULL;

    if (e->file_us > g_get_monotonic_time()) {
        return;
    }
    if (write_file(e, &why)) {
        e->file_failed = false;
    } else if (!e->file_failed) {
        e->file_failed = true;
        text = g_strdup_printf("metrics-textfile: %s; it is tried again",
                               why->message);
        e->config.warn(e->config.opaque, text);
    }
}

/* --- the thread ------------------------------------------------------- */

/* Milliseconds until there is something to do by itself; -1: never. */
static int sleep_ms(const struct vgpu_exporter *e)
{
    int64_t now = g_get_monotonic_time();
    int64_t next = e->textfile ? e->file_us : INT64_MAX;
    MHD_UNSIGNED_LONG_LONG library_ms;

    for (const struct connection *c = e->connections; c; c = c->next) {
        next = MIN(next, c->until_us);
    }
    if (e->daemon && MHD_get_timeout(e->daemon, &library_ms) == MHD_YES) {
        next = MIN(next, now + (int64_t)MIN(library_ms, CONNECTION_S * 1000) *
                         1000);
    }
    /* Rounded up, so as not to wake too early again and again. */
    return next == INT64_MAX ? -1 : MAX(next - now + 999, 0) / 1000;
}

static void *run(void *opaque)
{
    struct vgpu_exporter *e = opaque;
    struct pollfd fds[] = {
        { .fd = e->stop_fd, .events = POLLIN },
        { .fd = e->epoll_fd, .events = POLLIN },
    };

    while (!(fds[0].revents & POLLIN)) {
        if (poll(fds, G_N_ELEMENTS(fds), sleep_ms(e)) < 0) {
            fds[0].revents = 0;
        }
        end_late_ones(e);
        if (e->daemon) {
            MHD_run(e->daemon);
        }
        if (e->textfile) {
            renew_file(e);
        }
    }
    return NULL;
}

/* Signals are for threads that handle them. */
static GThread *start_thread(struct vgpu_exporter *e)
{
    sigset_t all, before;
    GThread *thread;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread = g_thread_try_new("gpu-metrics", run, e, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return thread;
}

static void stop(struct vgpu_exporter *e)
{
    uint64_t one = 1;

    if (e->thread) {
        while (write(e->stop_fd, &one, sizeof(one)) < 0 && errno == EINTR) {
        }
        g_thread_join(e->thread);
    }
    if (e->daemon) {
        MHD_stop_daemon(e->daemon);
    }
    vgpu_listener_finish(&e->listener);
    if (e->file_is_ours) {
        unlink(e->textfile);
    }
    if (e->text) {
        g_string_free(e->text, true);
    }
    if (e->stop_fd >= 0) {
        close(e->stop_fd);
    }
    g_free(e->textfile);
    g_free(e);
}

static struct vgpu_exporter *start(const struct vgpu_exporter_config *config,
                                   char **error)
{
    struct vgpu_exporter *e = g_new0(struct vgpu_exporter, 1);

    e->config = *config;
    e->listener.fd = -1;
    e->epoll_fd = -1;
    e->stop_fd = eventfd(0, EFD_CLOEXEC);
    if (config->textfile) {
        e->textfile = g_canonicalize_filename(config->textfile, NULL);
    }
    if ((config->address &&
         (!vgpu_listen(&e->listener, config->address, config->allow_remote,
                       error) ||
          !start_daemon(e, error))) ||
        (e->textfile && !start_file(e, error))) {
        stop(e);
        return NULL;
    }
    e->thread = e->stop_fd >= 0 ? start_thread(e) : NULL;
    if (!e->thread) {
        *error = g_strdup("metrics: the host has no thread or descriptor for "
                          "them: raise the limits of QEMU (ulimit -u, -n), or "
                          "leave metrics out");
        stop(e);
        return NULL;
    }
    return e;
}

static const char *address(const struct vgpu_exporter *e)
{
    return e->listener.address;
}

const struct vgpu_exporter_ops vgpu_http_exporter = {
    .start = start,
    .stop = stop,
    .address = address,
};
