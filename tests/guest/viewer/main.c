/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 * Copyright (c) 2026 The qemu-virtio-gpu authors
 *
 * viewer FD: what a person at the screen sees and does. It is a client of
 * QEMU's D-Bus display, whose bus is on the socket FD.
 *
 * It reads one command a line from stdin and answers each with one line,
 * "ok ..." or "error ...", as kms does in the guest; vm.py is the peer.
 *
 *   watch C                start to watch console C
 *   ignore C               end that
 *   wish C W H X Y         resize its window; 0 0 unplugs the monitor
 *   state C                figures of what was shown so far, NAME=NUMBER
 *   picture C FILE         write what was shown, as PPM
 *   pointed C FILE         the same with the cursor drawn into it
 *   cursor C               WIDTH HEIGHT HOT_X HOT_Y and ARGB words in hex
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "console.h"

#define MAX_CONSOLES 16
#define MAX_WORDS 7

struct viewer {
    GDBusConnection *bus;
    struct console *consoles[MAX_CONSOLES];
};

static void answer_error(GError *error)
{
    printf("error %s\n", error ? error->message : "failed");
    g_clear_error(&error);
}

static void cmd_watch(struct viewer *viewer, unsigned index, char **args)
{
    GError *error = NULL;

    (void)args;
    console_free(viewer->consoles[index]);
    viewer->consoles[index] = console_watch(viewer->bus, index, false,
                                                   &error);
    if (viewer->consoles[index]) {
        printf("ok watching\n");
    } else {
        answer_error(error);
    }
}

static void cmd_ignore(struct viewer *viewer, unsigned index, char **args)
{
    (void)args;
    console_free(viewer->consoles[index]);
    viewer->consoles[index] = NULL;
    printf("ok ignored\n");
}

static void cmd_wish(struct viewer *viewer, unsigned index, char **args)
{
    GError *error = NULL;
    int place[4];

    for (int i = 0; i < 4; i++) {
        place[i] = atoi(args[i]);
    }
    if (console_wish(viewer->bus, index, place, &error)) {
        printf("ok wished\n");
    } else {
        answer_error(error);
    }
}

/* What the console was shown; NULL, with the error answered, if nothing. */
static struct view *get_view(struct viewer *viewer, unsigned index)
{
    GError *error = NULL;
    struct view *view;

    if (!viewer->consoles[index]) {
        printf("error \"watch\" comes first\n");
        return NULL;
    }
    view = console_view(viewer->consoles[index], &error);
    if (!view) {
        answer_error(error);
    }
    return view;
}

static void cmd_state(struct viewer *viewer, unsigned index, char **args)
{
    struct view *view = get_view(viewer, index);
    pixman_image_t *picture = view ? view->picture : NULL;

    (void)args;
    if (!view) {
        return;
    }
    printf("ok width=%d height=%d pictures=%u updates=%u pixels=%" PRIu64
           " x=%d y=%d on=%d defines=%u moves=%u\n",
           picture ? pixman_image_get_width(picture) : 0,
           picture ? pixman_image_get_height(picture) : 0,
           view->pictures, view->updates, view->pixels, view->x, view->y,
           view->cursor_on, view->defines, view->moves);
}

static void write_picture(struct viewer *viewer, unsigned index,
                          const char *path, bool with_cursor)
{
    struct view *view = get_view(viewer, index);
    int result;

    if (!view) {
        return;
    }
    result = view_write(view, path, with_cursor);
    if (result < 0) {
        printf("error %s: %s\n", path, strerror(-result));
    } else {
        printf("ok written\n");
    }
}

static void cmd_picture(struct viewer *viewer, unsigned index, char **args)
{
    write_picture(viewer, index, args[0], false);
}

static void cmd_pointed(struct viewer *viewer, unsigned index, char **args)
{
    write_picture(viewer, index, args[0], true);
}

static void cmd_cursor(struct viewer *viewer, unsigned index, char **args)
{
    struct view *view = get_view(viewer, index);
    int width, height;
    uint32_t *words;

    (void)args;
    if (!view || !view->cursor) {
        if (view) {
            printf("error no cursor came\n");
        }
        return;
    }
    width = pixman_image_get_width(view->cursor);
    height = pixman_image_get_height(view->cursor);
    words = pixman_image_get_data(view->cursor);
    printf("ok %d %d %d %d ", width, height, view->hot_x, view->hot_y);
    for (int i = 0; i < width * height; i++) {
        printf("%08x", words[i]);
    }
    putchar('\n');
}

static const struct {
    const char *name;
    int arguments;              /* besides the console */
    void (*run)(struct viewer *viewer, unsigned index, char **args);
} commands[] = {
    { "watch",   0, cmd_watch },
    { "ignore",  0, cmd_ignore },
    { "wish",    4, cmd_wish },
    { "state",   0, cmd_state },
    { "picture", 1, cmd_picture },
    { "pointed", 1, cmd_pointed },
    { "cursor",  0, cmd_cursor },
};

static void run(struct viewer *viewer, char *line)
{
    char *words[MAX_WORDS] = { strtok(line, " \n") };
    int count = 0;
    unsigned index;

    while (count < MAX_WORDS - 1 && words[count]) {
        words[++count] = strtok(NULL, " \n");
    }
    index = count > 1 ? strtoul(words[1], NULL, 10) : MAX_CONSOLES;
    for (size_t i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (index < MAX_CONSOLES && !strcmp(words[0], commands[i].name) &&
            count - 2 >= commands[i].arguments) {
            commands[i].run(viewer, index, words + 2);
            return;
        }
    }
    printf("error no such command\n");
}

/* A line of stdin; the bus is served in between. */
static gboolean on_input(GIOChannel *input, GIOCondition condition, void *data)
{
    g_autofree char *line = NULL;

    (void)condition;
    if (g_io_channel_read_line(input, &line, NULL, NULL, NULL) !=
        G_IO_STATUS_NORMAL) {
        exit(0);                /* the peer is gone */
    }
    run(data, line);
    fflush(stdout);
    return G_SOURCE_CONTINUE;
}

int main(int argc, char **argv)
{
    g_autoptr(GMainLoop) loop = g_main_loop_new(NULL, FALSE);
    GIOChannel *input = g_io_channel_unix_new(0);
    struct viewer viewer = { 0 };
    GError *error = NULL;

    viewer.bus = argc == 2 ? console_bus(atoi(argv[1]), &error) : NULL;
    if (!viewer.bus) {
        fprintf(stderr, "viewer: no bus on the socket \"%s\": %s\n",
                argc == 2 ? argv[1] : "none",
                error ? error->message : "say its number");
        return 1;
    }
    g_dbus_connection_start_message_processing(viewer.bus);
    g_io_add_watch(input, G_IO_IN | G_IO_HUP, on_input, &viewer);
    g_main_loop_run(loop);
    return 0;
}
