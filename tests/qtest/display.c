/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include <gio/gio.h>
#include <gio/gunixfdlist.h>
#include <sys/socket.h>

#include "libqtest.h"
#include "display.h"
#include "harness.h"

#define MAX_CONSOLES 17

/* A wish that comes sooner after another of its head may be held back. */
#define APART_US (110 * 1000)

#define CONSOLE_INTERFACE "org.qemu.Display1.Console"

struct watched {
    GDBusConnection *connection;
    unsigned registration;      /* of the listener on it */
    struct display_view view;
    int read_fd;                /* while it is clogged */
    int clog;                   /* likewise: wakes who reads */
};

struct display {
    struct guest *guest;
    GDBusConnection *connection;
    struct watched *watched[MAX_CONSOLES];
    int64_t wished_us[MAX_CONSOLES];
};

/* The peer answers on a main loop of its own: this may run in a thread. */
static void *connect_fd(void *data)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GSocket) socket = g_socket_new_from_fd(GPOINTER_TO_INT(data),
                                                     &error);
    g_autoptr(GSocketConnection) stream = NULL;

    if (!socket) {
        return NULL;
    }
    stream = g_socket_connection_factory_create_connection(socket);
    return g_dbus_connection_new_sync(
        G_IO_STREAM(stream), NULL,
        G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
        G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING, NULL, NULL, &error);
}

static void close_watched(struct watched *watched)
{
    /* Calls that wait in the main context find nobody then. */
    g_dbus_connection_unregister_object(watched->connection,
                                        watched->registration);
    g_dbus_connection_close_sync(watched->connection, NULL, NULL);
    g_object_unref(watched->connection);
    display_view_finish(&watched->view);
    g_free(watched);
}

static void close_display(void *data)
{
    struct display *display = data;

    for (unsigned i = 0; i < MAX_CONSOLES; i++) {
        g_clear_pointer(&display->watched[i], close_watched);
    }
    g_clear_object(&display->connection);
    g_free(display);
}

static void make_pair(int pair[2])
{
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
        harness_fail("socketpair: %s", strerror(errno));
    }
}

struct display *display_of(struct guest *guest)
{
    struct display *display;
    int pair[2];

    if (guest->display) {
        return guest->display;
    }
    display = g_new0(struct display, 1);
    display->guest = guest;
    make_pair(pair);
    qtest_qmp_add_client(guest->qts, "@dbus-display", pair[1]);
    display->connection = connect_fd(GINT_TO_POINTER(pair[0]));
    expect_true(display->connection, "QEMU's D-Bus display did not answer");
    g_dbus_connection_start_message_processing(display->connection);
    guest->display = display;
    guest_at_stop(guest, close_display, display);
    return display;
}

static void call_console(struct display *display, unsigned index,
                         const char *method, GVariant *args, GUnixFDList *fds)
{
    g_autofree char *path =
        g_strdup_printf("/org/qemu/Display1/Console_%u", index);
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) result = g_dbus_connection_call_with_unix_fd_list_sync(
        display->connection, NULL, path, CONSOLE_INTERFACE, method, args, NULL,
        G_DBUS_CALL_FLAGS_NONE, -1, fds, NULL, NULL, &error);

    expect_true(result, "%s of console %u: %s", method, index,
                error ? error->message : "failed");
}

void display_drag(struct display *display, unsigned index,
                  const struct display_wish *wish)
{
    call_console(display, index, "SetUIInfo",
                 g_variant_new("(qqiiuu)", wish->width_mm, wish->height_mm,
                               wish->x, wish->y, wish->width, wish->height),
                 NULL);
    guest_settle(display->guest);       /* QEMU tells the device by a timer */
    display->wished_us[index] = g_get_monotonic_time();
}

void display_wish(struct display *display, unsigned index,
                  const struct display_wish *wish)
{
    int64_t early_us = display->wished_us[index] + APART_US -
                       g_get_monotonic_time();

    if (display->wished_us[index] && early_us > 0) {
        g_usleep(early_us);
    }
    display_drag(display, index, wish);
}

void display_set_mode_at(struct display *display, unsigned index, int32_t x,
                         int32_t y, uint32_t width, uint32_t height)
{
    display_wish(display, index, &(struct display_wish){
        .width = width, .height = height, .x = x, .y = y,
    });
}

void display_set_mode(struct display *display, unsigned index, uint32_t width,
                      uint32_t height)
{
    /*
     * QEMU swallows a wish that equals the last one, and the first is "0x0 at
     * 0,0" before anybody wished anything: another place makes it different.
     */
    display_set_mode_at(display, index, width ? 0 : 1, 0, width, height);
}

static void export_listener(struct watched *watched)
{
    watched->registration = display_view_export(&watched->view,
                                                watched->connection);
    expect_true(watched->registration, "exporting the display listener");
    g_dbus_connection_start_message_processing(watched->connection);
    while (!watched->view.pictures) {
        /* QEMU stands still until it has read our properties. */
        g_main_context_iteration(NULL, TRUE);
    }
}

GDBusConnection *display_listen(struct display *display, unsigned index)
{
    g_autoptr(GUnixFDList) fds = g_unix_fd_list_new();
    GDBusConnection *connection;
    GThread *thread;
    int pair[2];

    make_pair(pair);
    thread = g_thread_new("listener", connect_fd, GINT_TO_POINTER(pair[0]));
    call_console(display, index, "RegisterListener",
                 g_variant_new("(h)", g_unix_fd_list_append(fds, pair[1],
                                                            NULL)), fds);
    close(pair[1]);
    connection = g_thread_join(thread);
    expect_true(connection, "QEMU's D-Bus display: no listener");
    return connection;
}

struct display_view *display_watch(struct display *display, unsigned index)
{
    struct watched *watched = display->watched[index];

    if (watched) {
        return &watched->view;
    }
    watched = g_new0(struct watched, 1);
    display_view_init(&watched->view);
    watched->connection = display_listen(display, index);
    export_listener(watched);
    display->watched[index] = watched;
    display_sync(display);
    return &watched->view;
}

static int fd_of(GDBusConnection *connection)
{
    GIOStream *stream = g_dbus_connection_get_stream(connection);

    return g_socket_get_fd(
        g_socket_connection_get_socket(G_SOCKET_CONNECTION(stream)));
}

/* GLib's thread reads from another socket then. */
void display_clog(struct display *display, unsigned index)
{
    struct watched *watched = display->watched[index];
    int fd = fd_of(watched->connection);
    int pair[2];

    make_pair(pair);
    expect_true(fcntl(pair[0], F_SETFL, O_NONBLOCK) == 0, "fcntl");
    watched->read_fd = dup(fd);
    watched->clog = pair[1];
    expect_true(watched->read_fd >= 0 && dup2(pair[0], fd) == fd, "dup");
    close(pair[0]);
}

void display_unclog(struct display *display, unsigned index)
{
    struct watched *watched = display->watched[index];
    int fd = fd_of(watched->connection);

    expect_true(dup2(watched->read_fd, fd) == fd, "dup2");
    close(watched->read_fd);
    /* The thread waits for the other still, until that ends. */
    close(watched->clog);
}

/* QEMU's end answers behind all it had queued for us. */
static void ping(GDBusConnection *connection)
{
    g_autoptr(GVariant) pong = g_dbus_connection_call_sync(
        connection, NULL, "/", "org.freedesktop.DBus.Peer", "Ping", NULL, NULL,
        G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);

    expect_true(pong, "QEMU's D-Bus display does not answer a ping");
}

void display_sync(struct display *display)
{
    guest_settle(display->guest);
    for (unsigned i = 0; i < MAX_CONSOLES; i++) {
        if (display->watched[i]) {
            ping(display->watched[i]->connection);
        }
    }
    while (g_main_context_iteration(NULL, FALSE)) {
        /* the handlers above run here */
    }
}

struct wait {
    struct display *display;
    bool (*done)(void *data);
    void *data;
};

static bool is_done(void *data)
{
    struct wait *wait = data;

    display_sync(wait->display);
    return wait->done(wait->data);
}

void display_wait(struct display *display, bool (*done)(void *data),
                  void *data, const char *what)
{
    struct wait wait = { display, done, data };

    harness_wait(is_done, &wait, what);
}
