/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 * Copyright (c) 2026 The qemu-virtio-gpu authors
 */
#include "console.h"

#include <errno.h>
#include <gio/gunixfdlist.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "map.h"

#define CONSOLE_INTERFACE "org.qemu.Display1.Console"
#define LISTENER_PATH "/org/qemu/Display1/Listener"

struct console {
    GDBusConnection *connection;
    unsigned registration, map_registration;
    bool maps;                  /* the picture's memory, if QEMU can */
    struct view view;
    void (*news)(const struct view *view);      /* or NULL */
    bool answered;              /* to RegisterListener */
    bool broken;                /* a message could not be drawn */
    GError *error;
};

/* The part of the interface that is used without OpenGL. */
static const char listener_xml[] =
    "<node><interface name='org.qemu.Display1.Listener'>"
    "<method name='Scanout'>"
    "<arg type='u' direction='in'/><arg type='u' direction='in'/>"
    "<arg type='u' direction='in'/><arg type='u' direction='in'/>"
    "<arg type='ay' direction='in'/></method>"
    "<method name='Update'>"
    "<arg type='i' direction='in'/><arg type='i' direction='in'/>"
    "<arg type='i' direction='in'/><arg type='i' direction='in'/>"
    "<arg type='u' direction='in'/><arg type='u' direction='in'/>"
    "<arg type='ay' direction='in'/></method>"
    "<method name='Disable'/>"
    "<method name='MouseSet'>"
    "<arg type='i' direction='in'/><arg type='i' direction='in'/>"
    "<arg type='i' direction='in'/></method>"
    "<method name='CursorDefine'>"
    "<arg type='i' direction='in'/><arg type='i' direction='in'/>"
    "<arg type='i' direction='in'/><arg type='i' direction='in'/>"
    "<arg type='ay' direction='in'/></method>"
    "<property name='Interfaces' type='as' access='read'/>"
    "</interface></node>";

static void take_data(struct pixels *pixels, GVariant *data)
{
    pixels->data = g_variant_get_fixed_array(data, &pixels->size, 1);
}

static bool on_scanout(struct view *view, GVariant *args)
{
    g_autoptr(GVariant) data = NULL;
    struct pixels pixels;

    g_variant_get(args, "(uuuu@ay)", &pixels.width, &pixels.height,
                  &pixels.stride, &pixels.format, &data);
    take_data(&pixels, data);
    return view_replace(view, &pixels);
}

static bool on_update(struct view *view, GVariant *args)
{
    g_autoptr(GVariant) data = NULL;
    struct pixels pixels;
    int x, y;

    g_variant_get(args, "(iiiiuu@ay)", &x, &y, &pixels.width, &pixels.height,
                  &pixels.stride, &pixels.format, &data);
    take_data(&pixels, data);
    return view_update(view, x, y, &pixels);
}

static bool on_cursor_define(struct view *view, GVariant *args)
{
    g_autoptr(GVariant) data = NULL;
    struct pixels pixels = { .format = PIXMAN_a8r8g8b8 };
    int hot_x, hot_y;

    g_variant_get(args, "(iiii@ay)", &pixels.width, &pixels.height, &hot_x,
                  &hot_y, &data);
    pixels.stride = pixels.width * 4;
    take_data(&pixels, data);
    return view_set_cursor(view, hot_x, hot_y, &pixels);
}

static bool on_mouse_set(struct view *view, GVariant *args)
{
    int on;

    g_variant_get(args, "(iii)", &view->x, &view->y, &on);
    view->cursor_on = on;
    view->moves++;
    return true;
}

static bool on_disable(struct view *view, GVariant *args)
{
    (void)args;
    if (view->picture) {
        pixman_image_unref(view->picture);
        view->picture = NULL;
    }
    return true;
}

static const struct {
    const char *name;
    bool (*run)(struct view *view, GVariant *args);
} methods[] = {
    { "Scanout", on_scanout },
    { "Update", on_update },
    { "Disable", on_disable },
    { "MouseSet", on_mouse_set },
    { "CursorDefine", on_cursor_define },
};

static void on_call(GDBusConnection *connection, const char *sender,
                    const char *path, const char *interface,
                    const char *method, GVariant *args,
                    GDBusMethodInvocation *invocation, void *data)
{
    struct console *console = data;
    GUnixFDList *fds = g_dbus_message_get_unix_fd_list(
        g_dbus_method_invocation_get_message(invocation));

    (void)connection, (void)sender, (void)path;
    if (!strcmp(interface, MAP_INTERFACE) &&
        !map_call(&console->view, method, args, fds)) {
        console->broken = true;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(methods); i++) {
        if (!strcmp(method, methods[i].name) &&
            !methods[i].run(&console->view, args)) {
            console->broken = true;
        }
    }
    if (console->news) {
        console->news(&console->view);
    }
    g_dbus_method_invocation_return_value(invocation, NULL);
}

static GVariant *get_property(GDBusConnection *connection, const char *sender,
                              const char *path, const char *interface,
                              const char *property, GError **error, void *data)
{
    static const char *const interfaces[] = { MAP_INTERFACE };
    const struct console *console = data;

    (void)connection, (void)sender, (void)path, (void)interface;
    (void)property, (void)error;
    return g_variant_new_strv(interfaces, console->maps ? 1 : 0);
}

static const GDBusInterfaceVTable listener_vtable = {
    .method_call = on_call,
    .get_property = get_property,
};

GDBusConnection *console_bus(int fd, GError **error)
{
    g_autoptr(GSocket) socket = g_socket_new_from_fd(fd, error);
    g_autoptr(GSocketConnection) stream = NULL;

    if (!socket) {
        close(fd);
        return NULL;
    }
    stream = g_socket_connection_factory_create_connection(socket);
    return g_dbus_connection_new_sync(
        G_IO_STREAM(stream), NULL,
        G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
        G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING, NULL, NULL, error);
}

static char *console_path(unsigned index)
{
    return g_strdup_printf("/org/qemu/Display1/Console_%u", index);
}

static void on_registered(GObject *bus, GAsyncResult *result, void *data)
{
    struct console *console = data;
    g_autoptr(GVariant) answer =
        g_dbus_connection_call_with_unix_fd_list_finish(
            G_DBUS_CONNECTION(bus), NULL, result, &console->error);

    console->answered = true;
}

/* Asks QEMU to show the console to the listener behind a socket. */
static void register_listener(struct console *console, GDBusConnection *bus,
                              unsigned index, int fd)
{
    g_autofree char *path = console_path(index);
    g_autoptr(GUnixFDList) fds = g_unix_fd_list_new();
    int handle = g_unix_fd_list_append(fds, fd, NULL);

    g_dbus_connection_call_with_unix_fd_list(
        bus, NULL, path, CONSOLE_INTERFACE, "RegisterListener",
        g_variant_new("(h)", handle), NULL, G_DBUS_CALL_FLAGS_NONE, -1, fds,
        NULL, on_registered, console);
}

static unsigned export(struct console *console, const char *xml,
                       GError **error)
{
    g_autoptr(GDBusNodeInfo) info = g_dbus_node_info_new_for_xml(xml, error);

    return !info ? 0 : g_dbus_connection_register_object(
        console->connection, LISTENER_PATH, info->interfaces[0],
        &listener_vtable, console, NULL, error);
}

static bool export_listener(struct console *console, GError **error)
{
    console->registration = export(console, listener_xml, error);
    if (console->registration && console->maps) {
        console->map_registration = export(console, map_xml, error);
        return console->map_registration != 0;
    }
    return console->registration != 0;
}

static bool wait_for_answer(struct console *console)
{
    while (!console->answered ||
           (!console->error && !console->view.pictures && !console->broken)) {
        g_main_context_iteration(NULL, TRUE);
    }
    return !console->error;
}

struct console *console_watch(GDBusConnection *bus, unsigned index, bool maps,
                              GError **error)
{
    struct console *console = g_new0(struct console, 1);
    int pair[2];

    console->maps = maps;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
        g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno),
                    "socketpair: %s", strerror(errno));
        g_free(console);
        return NULL;
    }
    register_listener(console, bus, index, pair[1]);
    close(pair[1]);
    console->connection = console_bus(pair[0], error);
    if (console->connection && export_listener(console, error)) {
        g_dbus_connection_start_message_processing(console->connection);
        if (wait_for_answer(console)) {
            return console;
        }
        g_propagate_error(error, g_steal_pointer(&console->error));
    }
    while (!console->answered) {
        g_main_context_iteration(NULL, TRUE);
    }
    console_free(console);
    return NULL;
}

void console_free(struct console *console)
{
    if (!console) {
        return;
    }
    if (console->registration) {
        g_dbus_connection_unregister_object(console->connection,
                                            console->registration);
    }
    if (console->map_registration) {
        g_dbus_connection_unregister_object(console->connection,
                                            console->map_registration);
    }
    if (console->connection) {
        g_dbus_connection_close_sync(console->connection, NULL, NULL);
        g_object_unref(console->connection);
    }
    g_clear_error(&console->error);
    view_finish(&console->view);
    g_free(console);
}

void console_on_news(struct console *console,
                     void (*news)(const struct view *view))
{
    console->news = news;
}

struct view *console_view(struct console *console, GError **error)
{
    /* QEMU's end answers behind all it had queued for us. */
    g_autoptr(GVariant) pong = g_dbus_connection_call_sync(
        console->connection, NULL, "/", "org.freedesktop.DBus.Peer", "Ping",
        NULL, NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, error);

    if (!pong) {
        return NULL;
    }
    while (g_main_context_iteration(NULL, FALSE)) {
        /* the handlers above run here */
    }
    if (console->broken) {
        g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                            "QEMU sent pixels that do not fit");
        return NULL;
    }
    return &console->view;
}

bool console_wish(GDBusConnection *bus, unsigned index, const int place[4],
                  GError **error)
{
    g_autofree char *path = console_path(index);
    g_autoptr(GVariant) answer = g_dbus_connection_call_sync(
        bus, NULL, path, CONSOLE_INTERFACE, "SetUIInfo",
        g_variant_new("(qqiiuu)", 0, 0, place[2], place[3], place[0],
                      place[1]),
        NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, error);

    return answer != NULL;
}
