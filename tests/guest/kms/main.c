/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 * Copyright (c) 2026 The qemu-virtio-gpu authors
 *
 * kms: draws through DRM, fbdev and the console's font inside the test guest.
 *
 * It reads one command a line from stdin and answers each with one line,
 * "ok ..." or "error ...". vm.Session is the peer.
 */
#include "kms.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define EOF_TRIES 1000
#define EOF_WAIT_US 10000

int answer_ok(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    fputs("ok ", stdout);
    vprintf(format, args);
    putchar('\n');
    va_end(args);
    return 0;
}

int answer_error(const char *what)
{
    printf("error %s: %s\n", what, strerror(errno));
    return -1;
}

static int cmd_fb(struct screen *screen, char **args)
{
    (void)screen;
    return console_fb(args);
}

static int cmd_font(struct screen *screen, char **args)
{
    (void)screen;
    return console_font(args);
}

static const struct {
    const char *name;
    int arguments;
    bool needs_card, needs_mode;
    int (*run)(struct screen *screen, char **args);
} commands[] = {
    { "open",        0, false, false, cmd_open },
    { "close",       0, true,  false, cmd_close },
    { "modes",       0, true,  false, cmd_modes },
    { "mode",        3, true,  false, cmd_mode },
    { "draw",        1, true,  true,  cmd_draw },
    { "flip",        2, true,  true,  cmd_flip },
    { "cursor",      1, true,  true,  cmd_cursor },
    { "cursor-move", 1, true,  true,  cmd_cursor_move },
    { "cursor-hide", 0, true,  true,  cmd_cursor_hide },
    { "assigned",    1, false, false, cmd_assigned },
    { "assigned-power", 1, false, false, cmd_assigned_power },
    { "assigned-mode", 3, true, false, cmd_assigned_mode },
    { "follow",      0, true,  false, cmd_follow },
    { "fb",          1, false, false, cmd_fb },
    { "font",        0, false, false, cmd_font },
};

static int run(struct screen *screen, char *line)
{
    char *words[8] = { strtok(line, " \n") };
    int count = 0;

    while (count < 6 && words[count]) {
        words[++count] = strtok(NULL, " \n");
    }
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (!words[0] || strcmp(words[0], commands[i].name)) {
            continue;
        }
        errno = EINVAL;
        if (count - 1 < commands[i].arguments) {
            return answer_error("too few arguments");
        }
        if ((commands[i].needs_card && screen->fd < 0) ||
            (commands[i].needs_mode && !screen->front.fb)) {
            return answer_error("\"open\" and \"mode\" come first");
        }
        return commands[i].run(screen, words + 1);
    }
    errno = ENOSYS;
    return answer_error("no such command");
}

/*
 * A port of virtio-serial is at its end while no host is connected to it: after
 * a sleep, until the device has said that one is.
 */
static bool read_line(char *line, int size)
{
    for (int i = 0; i < EOF_TRIES; i++) {
        if (fgets(line, size, stdin)) {
            return true;
        }
        if (ferror(stdin)) {
            return false;
        }
        clearerr(stdin);
        usleep(EOF_WAIT_US);
    }
    return false;
}

int main(void)
{
    struct screen screen = { .fd = -1 };
    char line[256];

    setvbuf(stdout, NULL, _IOLBF, 0);
    while (read_line(line, sizeof(line))) {
        run(&screen, line);
        fflush(stdout);
    }
    return 0;
}
