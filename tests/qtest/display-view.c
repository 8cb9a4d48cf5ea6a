/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "display-view.h"

#include <gio/gunixfdlist.h>
#include <pixman.h>
#include <sys/mman.h>

/* QEMU's Display1.Listener, but for what is Windows'. */
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
    "<method name='ScanoutDMABUF'>"
    "<arg type='h' direction='in'/>"
    "<arg type='u' direction='in'/><arg type='u' direction='in'/>"
    "<arg type='u' direction='in'/><arg type='u' direction='in'/>"
    "<arg type='t' direction='in'/><arg type='b' direction='in'/></method>"
    "<method name='UpdateDMABUF'>"
    "<arg type='i' direction='in'/><arg type='i' direction='in'/>"
    "<arg type='i' direction='in'/><arg type='i' direction='in'/></method>"
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

bool display_view_is_xrgb(uint32_t format)
{
    return format == PIXMAN_x8r8g8b8 || format == PIXMAN_a8r8g8b8;
}

void display_view_put(struct display_view *view, const struct wire_rect *rect,
                      const uint8_t *pixels, uint32_t stride)
{
    for (uint32_t y = 0; y < rect->height; y++) {
        const uint32_t *from = (const uint32_t *)(pixels + (size_t)y * stride);
        uint32_t *to = view->screen.xrgb + rect->x +
                       (size_t)(rect->y + y) * view->screen.width;

        for (uint32_t x = 0; x < rect->width; x++) {
            to[x] = from[x] & 0xffffff;
        }
    }
    g_array_append_val(view->parts, *rect);
}

void display_view_resize(struct display_view *view, uint32_t width,
                         uint32_t height)
{
    view->width = view->screen.width = width;
    view->height = view->screen.height = height;
    g_free(view->screen.xrgb);
    view->screen.xrgb = g_new0(uint32_t, (size_t)width * height);
}

static void on_scanout(struct display_view *view, GVariant *args)
{
    g_autoptr(GVariant) data = NULL;
    uint32_t width, height, stride, format;
    const void *pixels;
    size_t bytes;

    g_variant_get(args, "(uuuu@ay)", &width, &height, &stride, &format, &data);
    pixels = g_variant_get_fixed_array(data, &bytes, 1);
    view->pictures++;
    display_view_resize(view, width, height);
    if (display_view_is_xrgb(format) && (size_t)stride * view->height <= bytes) {
        display_view_put(view, &(struct wire_rect){ 0, 0, width, height },
                         pixels, stride);
    } else {
        view->bad++;
    }
}

static void on_update(struct display_view *view, GVariant *args)
{
    g_autoptr(GVariant) data = NULL;
    struct wire_rect rect;
    uint32_t stride, format;
    const void *pixels;
    size_t bytes;

    g_variant_get(args, "(iiiiuu@ay)", &rect.x, &rect.y, &rect.width,
                  &rect.height, &stride, &format, &data);
    pixels = g_variant_get_fixed_array(data, &bytes, 1);
    view->updates++;
    if (display_view_is_xrgb(format) && (size_t)stride * rect.height <= bytes &&
        (uint64_t)rect.x + rect.width <= view->screen.width &&
        (uint64_t)rect.y + rect.height <= view->screen.height) {
        display_view_put(view, &rect, pixels, stride);
    } else {
        view->bad++;
    }
}

/* "exp_name:" in the kernel's words about a file descriptor. */
static char *exporter_of(int fd)
{
    g_autofree char *path = g_strdup_printf("/proc/self/fdinfo/%d", fd);
    g_autofree char *text = NULL;
    char *name;

    if (!g_file_get_contents(path, &text, NULL, NULL) ||
        !(name = strstr(text, "exp_name:\t"))) {
        return g_strdup("nobody");
    }
    name += strlen("exp_name:\t");
    return g_strndup(name, strcspn(name, "\n"));
}

static void read_dmabuf(struct display_view *view)
{
    struct display_dmabuf *dmabuf = &view->dmabuf;
    size_t bytes = (size_t)dmabuf->stride * dmabuf->height;
    void *pixels = mmap(NULL, bytes, PROT_READ, MAP_SHARED, dmabuf->fd, 0);

    dmabuf->readable = pixels != MAP_FAILED;
    if (dmabuf->readable) {
        display_view_put(view, &(struct wire_rect){
            0, 0, view->width, view->height }, pixels, dmabuf->stride);
        munmap(pixels, bytes);
    }
}

static void forget_dmabuf(struct display_view *view)
{
    if (view->dmabuf.fd >= 0) {
        close(view->dmabuf.fd);
    }
    view->dmabuf.fd = -1;
    g_clear_pointer(&view->dmabuf.exporter, g_free);
}

static void on_scanout_dmabuf(struct display_view *view, GVariant *args,
                              GDBusMethodInvocation *invocation)
{
    GUnixFDList *fds = g_dbus_message_get_unix_fd_list(
        g_dbus_method_invocation_get_message(invocation));
    struct display_dmabuf *dmabuf = &view->dmabuf;
    gboolean y0_top;
    int32_t index;

    forget_dmabuf(view);
    g_variant_get(args, "(huuuutb)", &index, &dmabuf->width, &dmabuf->height,
                  &dmabuf->stride, &dmabuf->fourcc, &dmabuf->modifier,
                  &y0_top);
    dmabuf->fd = fds ? g_unix_fd_list_get(fds, index, NULL) : -1;
    view->pictures++;
    view->dmabufs++;
    if (dmabuf->fd < 0) {
        view->bad++;
        return;
    }
    dmabuf->exporter = exporter_of(dmabuf->fd);
    display_view_resize(view, dmabuf->width, dmabuf->height);
    read_dmabuf(view);
}

static void on_update_dmabuf(struct display_view *view)
{
    view->dmabuf_updates++;
    if (view->dmabuf.fd >= 0) {
        read_dmabuf(view);
    } else {
        view->bad++;
    }
}

static void on_mouse_set(struct display_view *view, GVariant *args)
{
    int32_t on;

    g_variant_get(args, "(iii)", &view->x, &view->y, &on);
    view->cursor_on = on;
    view->cursor_moves++;
}

static void on_cursor_define(struct display_view *view, GVariant *args)
{
    g_autoptr(GVariant) data = NULL;
    const uint32_t *pixels;
    size_t bytes;

    g_variant_get(args, "(iiii@ay)", &view->cursor_width, &view->cursor_height,
                  &view->hot_x, &view->hot_y, &data);
    pixels = g_variant_get_fixed_array(data, &bytes, 1);
    memset(view->cursor, 0, sizeof(view->cursor));
    for (int y = 0; y < MIN(view->cursor_height, DISPLAY_CURSOR_PX); y++) {
        memcpy(view->cursor + y * DISPLAY_CURSOR_PX,
               pixels + (size_t)y * view->cursor_width,
               MIN(view->cursor_width, DISPLAY_CURSOR_PX) * 4);
    }
    g_free(view->whole_cursor);
    view->whole_cursor = g_memdup2(pixels, bytes);
    view->cursor_defined = true;
    view->cursor_defines++;
}

static void on_call(GDBusConnection *connection, const char *sender,
                    const char *path, const char *interface,
                    const char *method, GVariant *args,
                    GDBusMethodInvocation *invocation, void *data)
{
    struct display_view *view = data;

    if (g_str_equal(method, "Scanout")) {
        on_scanout(view, args);
    } else if (g_str_equal(method, "Update")) {
        on_update(view, args);
    } else if (g_str_equal(method, "ScanoutDMABUF")) {
        on_scanout_dmabuf(view, args, invocation);
    } else if (g_str_equal(method, "UpdateDMABUF")) {
        on_update_dmabuf(view);
    } else if (g_str_equal(method, "Disable")) {
        forget_dmabuf(view);
    } else if (g_str_equal(method, "MouseSet")) {
        on_mouse_set(view, args);
    } else if (g_str_equal(method, "CursorDefine")) {
        on_cursor_define(view, args);
    }
    g_dbus_method_invocation_return_value(invocation, NULL);
}

static GVariant *get_property(GDBusConnection *connection, const char *sender,
                              const char *path, const char *interface,
                              const char *property, GError **error, void *data)
{
    const struct display_view *view = data;

    return g_variant_new_strv(&view->more, view->more ? 1 : 0);
}

static const GDBusInterfaceVTable listener_vtable = {
    .method_call = on_call,
    .get_property = get_property,
};

void display_view_init(struct display_view *view)
{
    view->dmabuf.fd = -1;
    view->parts = g_array_new(FALSE, FALSE, sizeof(struct wire_rect));
}

void display_view_finish(struct display_view *view)
{
    forget_dmabuf(view);
    g_array_free(view->parts, TRUE);
    g_free(view->screen.xrgb);
    g_free(view->whole_cursor);
}

unsigned display_view_export(struct display_view *view,
                             GDBusConnection *connection)
{
    g_autoptr(GDBusNodeInfo) info =
        g_dbus_node_info_new_for_xml(listener_xml, NULL);

    return g_dbus_connection_register_object(connection, DISPLAY_LISTENER_PATH,
                                             info->interfaces[0],
                                             &listener_vtable, view, NULL,
                                             NULL);
}
