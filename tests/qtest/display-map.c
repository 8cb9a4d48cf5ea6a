/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "display-map.h"

#include <gio/gunixfdlist.h>
#include <sys/mman.h>

#include "harness.h"

#define MAP_INTERFACE "org.qemu.Display1.Listener.Unix.Map"

static const char map_xml[] =
    "<node><interface name='" MAP_INTERFACE "'>"
    "<method name='ScanoutMap'>"
    "<arg type='h' direction='in'/><arg type='u' direction='in'/>"
    "<arg type='u' direction='in'/><arg type='u' direction='in'/>"
    "<arg type='u' direction='in'/><arg type='u' direction='in'/></method>"
    "<method name='UpdateMap'>"
    "<arg type='i' direction='in'/><arg type='i' direction='in'/>"
    "<arg type='i' direction='in'/><arg type='i' direction='in'/></method>"
    "</interface></node>";

struct display_map {
    struct display *display;
    GDBusConnection *connection;
    GMainContext *context;
    GMainLoop *loop;
    GThread *thread;

    /* The thread's. */
    struct display_view view;
    struct display_map_calls calls;
    int file;                   /* what is mapped, or -1 */
    uint8_t *pixels;
    size_t bytes;
    uint32_t stride;
};

static void unmap(struct display_map *map)
{
    if (map->file >= 0) {
        munmap(map->pixels, map->bytes);
        close(map->file);
        map->file = -1;
    }
}

static bool scanout_map(struct display_map *map, GVariant *args,
                        GDBusMethodInvocation *invocation)
{
    GUnixFDList *fds = g_dbus_message_get_unix_fd_list(
        g_dbus_method_invocation_get_message(invocation));
    uint32_t offset, width, height, format;
    int32_t index;
    int file;

    unmap(map);
    g_variant_get(args, "(huuuuu)", &index, &offset, &width, &height,
                  &map->stride, &format);
    file = fds ? g_unix_fd_list_get(fds, index, NULL) : -1;
    map->bytes = (size_t)map->stride * height;
    map->pixels = mmap(NULL, map->bytes, PROT_READ, MAP_SHARED, file, offset);
    if (map->pixels == MAP_FAILED) {
        return false;
    }
    map->file = file;
    display_view_resize(&map->view, width, height);
    display_view_put(&map->view, &(struct wire_rect){ 0, 0, width, height },
                     map->pixels, map->stride);
    return display_view_is_xrgb(format);
}

static bool update_map(struct display_map *map, GVariant *args)
{
    struct wire_rect rect;

    g_variant_get(args, "(iiii)", &rect.x, &rect.y, &rect.width, &rect.height);
    if (map->file < 0 ||
        (uint64_t)rect.x + rect.width > map->view.screen.width ||
        (uint64_t)rect.y + rect.height > map->view.screen.height) {
        return false;
    }
    display_view_put(&map->view, &rect,
                     map->pixels + (size_t)rect.y * map->stride + rect.x * 4,
                     map->stride);
    return true;
}

static void on_call(GDBusConnection *connection, const char *sender,
                    const char *path, const char *interface,
                    const char *method, GVariant *args,
                    GDBusMethodInvocation *invocation, void *data)
{
    struct display_map *map = data;
    bool good;

    if (g_str_equal(method, "ScanoutMap")) {
        map->calls.maps++;
        good = scanout_map(map, args, invocation);
    } else {
        map->calls.updates++;
        good = update_map(map, args);
    }
    map->calls.bad += !good;
    g_dbus_method_invocation_return_value(invocation, NULL);
}

static const GDBusInterfaceVTable map_vtable = { .method_call = on_call };

static void *run(void *data)
{
    struct display_map *map = data;

    g_main_loop_run(map->loop);
    return NULL;
}

static void close_map(void *data)
{
    struct display_map *map = data;

    g_main_loop_quit(map->loop);
    g_thread_join(map->thread);
    g_dbus_connection_close_sync(map->connection, NULL, NULL);
    g_object_unref(map->connection);
    g_main_loop_unref(map->loop);
    g_main_context_unref(map->context);
    unmap(map);
    display_view_finish(&map->view);
    g_free(map);
}

struct question {
    struct display_map *map;
    const struct picture *picture;
    uint64_t file_bytes;
    void (*ask)(struct question *question);
    GMutex lock;
    GCond cond;
    bool answered;              /* under the lock, and all that follows */
    struct display_map_calls calls;
    bool shown;
    int error;
};

static gboolean answer(void *data)
{
    struct question *question = data;

    g_mutex_lock(&question->lock);
    question->ask(question);
    question->answered = true;
    g_cond_signal(&question->cond);
    g_mutex_unlock(&question->lock);
    return G_SOURCE_REMOVE;
}

/* Has it answered by the viewer's thread. */
static void ask(struct question *question)
{
    g_main_context_invoke(question->map->context, answer, question);
    g_mutex_lock(&question->lock);
    while (!question->answered) {
        g_cond_wait(&question->cond, &question->lock);
    }
    question->answered = false;
    g_mutex_unlock(&question->lock);
}

static void ask_calls(struct question *question)
{
    const struct display_map *map = question->map;

    question->calls = map->calls;
    question->calls.pixels = map->view.pictures + map->view.updates;
    question->calls.bad += map->view.bad;
}

struct display_map_calls display_map_calls(struct display_map *map)
{
    struct question question = { .map = map, .ask = ask_calls };

    ask(&question);
    return question.calls;
}

static void ask_shown(struct question *question)
{
    const struct screen *screen = &question->map->view.screen;
    const struct picture *picture = question->picture;
    size_t count = (size_t)picture->width * picture->height;

    question->shown = screen->width == picture->width &&
                      screen->height == picture->height;
    for (size_t i = 0; question->shown && i < count; i++) {
        question->shown = screen->xrgb[i] == (picture->argb[i] & 0xffffff);
    }
}

static bool is_shown(void *data)
{
    struct question *question = data;

    ask(question);
    return question->shown;
}

void display_map_wait(struct display_map *map, const struct picture *picture,
                      const char *what)
{
    struct question question = {
        .map = map, .ask = ask_shown, .picture = picture,
    };

    display_wait(map->display, is_shown, &question, what);
}

static void ask_resize(struct question *question)
{
    question->error = ftruncate(question->map->file, question->file_bytes)
                          ? errno : 0;
}

int display_map_resize_file(struct display_map *map, uint64_t bytes)
{
    struct question question = {
        .map = map, .ask = ask_resize, .file_bytes = bytes,
    };

    ask(&question);
    return question.error;
}

static bool has_picture(void *data)
{
    struct display_map_calls calls = display_map_calls(data);

    return calls.maps || calls.pixels;
}

static bool export(struct display_map *map)
{
    g_autoptr(GDBusNodeInfo) info = g_dbus_node_info_new_for_xml(map_xml, NULL);
    bool done;

    g_main_context_push_thread_default(map->context);
    done = display_view_export(&map->view, map->connection) &&
           g_dbus_connection_register_object(
               map->connection, DISPLAY_LISTENER_PATH, info->interfaces[0],
               &map_vtable, map, NULL, NULL);
    g_main_context_pop_thread_default(map->context);
    return done;
}

struct display_map *display_map_watch(struct guest *guest, unsigned index)
{
    struct display_map *map = g_new0(struct display_map, 1);

    map->display = display_of(guest);
    map->file = -1;
    display_view_init(&map->view);
    map->view.more = MAP_INTERFACE;
    map->connection = display_listen(map->display, index);
    map->context = g_main_context_new();
    map->loop = g_main_loop_new(map->context, FALSE);
    expect_true(export(map), "exporting the display listener");
    map->thread = g_thread_new("map", run, map);
    g_dbus_connection_start_message_processing(map->connection);
    guest_at_stop(guest, close_map, map);
    display_wait(map->display, has_picture, map,
                 "a picture for the viewer that maps");
    /* QEMU has gone on, and has closed what it opened for that. */
    display_sync(map->display);
    return map;
}
