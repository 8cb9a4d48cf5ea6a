/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/* A client of QEMU's D-Bus display (docs/interop/dbus-display), peer to peer. */
#include "watch.h"

#include <gio/gunixfdlist.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONSOLE_PATH "/org/qemu/Display1/Console_0"
#define CONSOLE "org.qemu.Display1.Console"
#define LISTENER_PATH "/org/qemu/Display1/Listener"

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

static GDBusConnection *control;

static void on_scanout(GVariant *args)
{
    g_autoptr(GVariant) data = NULL;
    struct watch_part part = { 0 };
    uint32_t format;
    gsize bytes;

    g_variant_get(args, "(uuuu@ay)", &part.width, &part.height, &part.stride,
                  &format, &data);
    part.pixels = g_variant_get_fixed_array(data, &bytes, 1);
    watch_size(part.width, part.height);
    watch_part(&part);
}

static void on_update(GVariant *args)
{
    g_autoptr(GVariant) data = NULL;
    struct watch_part part;
    uint32_t format;
    gsize bytes;

    g_variant_get(args, "(iiiiuu@ay)", &part.x, &part.y, &part.width,
                  &part.height, &part.stride, &format, &data);
    part.pixels = g_variant_get_fixed_array(data, &bytes, 1);
    watch_part(&part);
}

static void on_call(GDBusConnection *connection, const char *sender,
                    const char *path, const char *interface,
                    const char *method, GVariant *args,
                    GDBusMethodInvocation *invocation, void *data)
{
    int32_t x, y, on;

    if (g_str_equal(method, "Scanout")) {
        on_scanout(args);
    } else if (g_str_equal(method, "Update")) {
        on_update(args);
    } else if (g_str_equal(method, "MouseSet")) {
        g_variant_get(args, "(iii)", &x, &y, &on);
        watch_mouse(x, y);
    }
    g_dbus_method_invocation_return_value(invocation, NULL);
}

/* Interfaces, of which there are none but the one. */
static GVariant *on_get(GDBusConnection *connection, const char *sender,
                        const char *path, const char *interface,
                        const char *property, GError **error, void *data)
{
    return g_variant_new_strv(NULL, 0);
}

static const GDBusInterfaceVTable listener_vtable = {
    .method_call = on_call,
    .get_property = on_get,
};

/* QEMU's end answers in a main loop that may wait for us: for any thread. */
static void *connect_fd(void *fd)
{
    g_autoptr(GSocket) socket = g_socket_new_from_fd(GPOINTER_TO_INT(fd), NULL);
    g_autoptr(GSocketConnection) stream = NULL;

    if (!socket) {
        return NULL;
    }
    stream = g_socket_connection_factory_create_connection(socket);
    return g_dbus_connection_new_sync(
        G_IO_STREAM(stream), NULL,
        G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
        G_DBUS_CONNECTION_FLAGS_DELAY_MESSAGE_PROCESSING, NULL, NULL, NULL);
}

static bool call(const char *method, GVariant *args, GUnixFDList *fds)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) result = g_dbus_connection_call_with_unix_fd_list_sync(
        control, NULL, CONSOLE_PATH, CONSOLE, method, args, NULL,
        G_DBUS_CALL_FLAGS_NONE, -1, fds, NULL, NULL, &error);

    if (!result) {
        g_printerr("%s: %s\n", method, error->message);
    }
    return result;
}

static GDBusConnection *register_listener(void)
{
    g_autoptr(GUnixFDList) fds = g_unix_fd_list_new();
    GDBusConnection *listener;
    GThread *thread;
    bool called;
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
        return NULL;
    }
    thread = g_thread_new("listener", connect_fd, GINT_TO_POINTER(pair[0]));
    called = call("RegisterListener",
                  g_variant_new("(h)", g_unix_fd_list_append(fds, pair[1],
                                                             NULL)), fds);
    close(pair[1]);
    listener = g_thread_join(thread);
    return called ? listener : NULL;
}

static bool connect_dbus(const char *fd)
{
    GDBusNodeInfo *info = g_dbus_node_info_new_for_xml(listener_xml, NULL);
    GDBusConnection *listener;

    control = connect_fd(GINT_TO_POINTER(atoi(fd)));
    if (!control) {
        g_printerr("QEMU's D-Bus display does not answer\n");
        return false;
    }
    g_dbus_connection_start_message_processing(control);
    listener = register_listener();
    if (!listener) {
        g_printerr("QEMU's D-Bus display takes no listener\n");
        return false;
    }
    g_dbus_connection_register_object(listener, LISTENER_PATH,
                                      info->interfaces[0], &listener_vtable,
                                      NULL, NULL, NULL);
    g_dbus_connection_start_message_processing(listener);
    return true;
}

static void wish_dbus(uint32_t width, uint32_t height)
{
    call("SetUIInfo", g_variant_new("(qqiiuu)", 0, 0, 0, 0, width, height),
         NULL);
}

const struct watch_client watch_dbus = {
    .name = "dbus",
    .connect = connect_dbus,
    .wish = wish_dbus,
};
