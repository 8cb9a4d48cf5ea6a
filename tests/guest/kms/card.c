/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 * Copyright (c) 2026 The qemu-virtio-gpu authors
 */
#include "kms.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <xf86drm.h>

#define CARD "/dev/dri/card0"
#define FLIP_TIMEOUT_MS 20000

void buffer_finish(int fd, struct buffer *buffer)
{
    if (buffer->fb) {
        drmModeRmFB(fd, buffer->fb);
    }
    if (buffer->canvas.pixels) {
        munmap(buffer->canvas.pixels, buffer->size);
    }
    if (buffer->handle) {
        drmModeDestroyDumbBuffer(fd, buffer->handle);
    }
    *buffer = (struct buffer) { 0 };
}

static int buffer_init(int fd, struct buffer *buffer, uint32_t w, uint32_t h)
{
    struct canvas *canvas = &buffer->canvas;
    uint64_t offset;
    void *pixels;

    *buffer = (struct buffer) { .canvas = { .width = w, .height = h } };
    if (drmModeCreateDumbBuffer(fd, w, h, 32, 0, &buffer->handle,
                                &canvas->stride, &buffer->size) ||
        drmModeMapDumbBuffer(fd, buffer->handle, &offset)) {
        return -1;
    }
    pixels = mmap(NULL, buffer->size, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
                  offset);
    if (pixels == MAP_FAILED) {
        return -1;
    }
    canvas->pixels = pixels;
    return 0;
}

int buffer_init_fb(int fd, struct buffer *buffer, uint32_t w, uint32_t h)
{
    if (buffer_init(fd, buffer, w, h)) {
        return -1;
    }
    return drmModeAddFB(fd, w, h, 24, 32, buffer->canvas.stride,
                        buffer->handle, &buffer->fb);
}

static bool choose_connector(struct screen *screen, drmModeRes *resources)
{
    for (int i = 0; i < resources->count_connectors; i++) {
        drmModeConnector *connector =
            drmModeGetConnector(screen->fd, resources->connectors[i]);
        bool usable = connector && connector->count_modes > 0 &&
                      connector->connection == DRM_MODE_CONNECTED;

        if (usable) {
            screen->connector = connector->connector_id;
            screen->crtc = resources->crtcs[i];
        }
        drmModeFreeConnector(connector);
        if (usable) {
            return true;
        }
    }
    errno = ENODEV;
    return false;
}

int cmd_open(struct screen *screen, char **args)
{
    drmModeRes *resources;
    uint64_t width = 0;
    bool found;

    (void)args;
    screen->fd = open(CARD, O_RDWR | O_CLOEXEC);
    if (screen->fd < 0) {
        return answer_error("open " CARD);
    }
    if (drmSetMaster(screen->fd)) {
        return answer_error("drmSetMaster");
    }
    resources = drmModeGetResources(screen->fd);
    if (!resources) {
        return answer_error("drmModeGetResources");
    }
    found = choose_connector(screen, resources);
    drmModeFreeResources(resources);
    if (!found) {
        return answer_error("a connected connector with modes");
    }
    drmGetCap(screen->fd, DRM_CAP_CURSOR_WIDTH, &width);
    return answer_ok("connector=%u crtc=%u cursor=%u", screen->connector,
                     screen->crtc, (unsigned)width);
}

int cmd_close(struct screen *screen, char **args)
{
    (void)args;
    buffer_finish(screen->fd, &screen->cursor);
    buffer_finish(screen->fd, &screen->back);
    buffer_finish(screen->fd, &screen->front);
    close(screen->fd);
    *screen = (struct screen) { .fd = -1 };
    return answer_ok("closed");
}

int cmd_modes(struct screen *screen, char **args)
{
    drmModeConnector *connector =
        drmModeGetConnector(screen->fd, screen->connector);

    (void)args;
    if (!connector) {
        return answer_error("drmModeGetConnector");
    }
    fputs("ok", stdout);
    for (int i = 0; i < connector->count_modes; i++) {
        printf(" %ux%u", connector->modes[i].hdisplay,
               connector->modes[i].vdisplay);
    }
    putchar('\n');
    drmModeFreeConnector(connector);
    return 0;
}

static int find_mode(struct screen *screen, uint32_t w, uint32_t h)
{
    drmModeConnector *connector =
        drmModeGetConnector(screen->fd, screen->connector);
    int result = -1;

    errno = EINVAL;
    for (int i = 0; connector && i < connector->count_modes; i++) {
        if (connector->modes[i].hdisplay == w &&
            connector->modes[i].vdisplay == h) {
            screen->mode = connector->modes[i];
            result = 0;
            break;
        }
    }
    drmModeFreeConnector(connector);
    return result;
}

static int show(struct screen *screen, struct buffer *next, const char *picture,
                uint32_t x, uint32_t y)
{
    struct rect area = canvas_whole(&next->canvas);

    picture_draw(&next->canvas, picture, &area);
    if (drmModeSetCrtc(screen->fd, screen->crtc, next->fb, x, y,
                       &screen->connector, 1, &screen->mode)) {
        return answer_error("drmModeSetCrtc");
    }
    buffer_finish(screen->fd, &screen->front);
    buffer_finish(screen->fd, &screen->back);
    screen->front = *next;
    return answer_ok("stride=%u", next->canvas.stride);
}

/* mode WIDTH HEIGHT PICTURE [PAN_X PAN_Y]: the picture is larger by the pan */
int cmd_mode(struct screen *screen, char **args)
{
    uint32_t w = strtoul(args[0], NULL, 0), h = strtoul(args[1], NULL, 0);
    uint32_t x = args[3] ? strtoul(args[3], NULL, 0) : 0;
    uint32_t y = args[3] && args[4] ? strtoul(args[4], NULL, 0) : 0;
    struct buffer next;

    if (find_mode(screen, w, h)) {
        return answer_error("the mode is not in the list");
    }
    if (buffer_init_fb(screen->fd, &next, w + x, h + y)) {
        return answer_error("a dumb buffer");
    }
    return show(screen, &next, args[2], x, y);
}

/* assigned-mode WIDTH HEIGHT PICTURE: in the memory of the device assigned */
int cmd_assigned_mode(struct screen *screen, char **args)
{
    uint32_t w = strtoul(args[0], NULL, 0), h = strtoul(args[1], NULL, 0);
    struct buffer next;

    if (find_mode(screen, w, h)) {
        return answer_error("the mode is not in the list");
    }
    if (assigned_buffer(screen, &next, w, h)) {
        return -1;
    }
    return show(screen, &next, args[2], 0, 0);
}

/* draw PICTURE X Y W H: into the shown buffer, then DIRTYFB with that clip */
int cmd_draw(struct screen *screen, char **args)
{
    struct canvas *canvas = &screen->front.canvas;
    struct rect area = canvas_whole(canvas);
    drmModeClip clip;

    if (args[1] && args[2] && args[3] && args[4]) {
        area = (struct rect) {
            strtoul(args[1], NULL, 0), strtoul(args[2], NULL, 0),
            strtoul(args[3], NULL, 0), strtoul(args[4], NULL, 0),
        };
    }
    if (!rect_inside(&area, canvas)) {
        errno = EINVAL;
        return answer_error("the rectangle leaves the buffer");
    }
    picture_draw(canvas, args[0], &area);
    clip = (drmModeClip) {
        area.x, area.y, area.x + area.w, area.y + area.h,
    };
    if (drmModeDirtyFB(screen->fd, screen->front.fb, &clip, 1)) {
        return answer_error("drmModeDirtyFB");
    }
    return answer_ok("drawn");
}

struct flips {
    unsigned done, backwards;
    uint64_t last_us;
};

static void on_flip(int fd, unsigned sequence, unsigned sec, unsigned usec,
                    void *data)
{
    struct flips *flips = data;
    uint64_t now_us = sec * 1000000ull + usec;

    (void)fd;
    (void)sequence;
    flips->backwards += now_us < flips->last_us;
    flips->last_us = now_us;
    flips->done++;
}

static int flip_once(struct screen *screen, struct flips *flips)
{
    drmEventContext events = { .version = 2, .page_flip_handler = on_flip };
    struct pollfd ready = { .fd = screen->fd, .events = POLLIN };
    struct buffer shown = screen->front;
    unsigned before = flips->done;

    if (drmModePageFlip(screen->fd, screen->crtc, screen->back.fb,
                        DRM_MODE_PAGE_FLIP_EVENT, flips)) {
        return answer_error("drmModePageFlip");
    }
    while (flips->done == before) {
        if (poll(&ready, 1, FLIP_TIMEOUT_MS) <= 0) {
            errno = ETIMEDOUT;
            return answer_error("the event of a page flip");
        }
        drmHandleEvent(screen->fd, &events);
    }
    screen->front = screen->back;
    screen->back = shown;
    return 0;
}

static uint64_t now_us(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000ull + now.tv_nsec / 1000;
}

/* flip COUNT PICTURE: between the shown buffer and one with PICTURE */
int cmd_flip(struct screen *screen, char **args)
{
    unsigned count = strtoul(args[0], NULL, 0);
    struct canvas *canvas = &screen->front.canvas;
    struct flips flips = { 0 };
    struct rect area = canvas_whole(canvas);
    uint64_t start_us;

    buffer_finish(screen->fd, &screen->back);
    if (buffer_init_fb(screen->fd, &screen->back, canvas->width,
                       canvas->height)) {
        return answer_error("a dumb buffer");
    }
    picture_draw(&screen->back.canvas, args[1], &area);
    start_us = now_us();
    for (unsigned i = 0; i < count; i++) {
        if (flip_once(screen, &flips)) {
            return -1;
        }
    }
    return answer_ok("events=%u backwards=%u us=%llu", flips.done,
                     flips.backwards,
                     (unsigned long long)(now_us() - start_us));
}

/* cursor COLOUR: a square of half opacity with a hot spot off its corner */
int cmd_cursor(struct screen *screen, char **args)
{
    uint64_t w = 64, h = 64;
    struct rect area = { 0, 0, 64, 64 };

    drmGetCap(screen->fd, DRM_CAP_CURSOR_WIDTH, &w);
    drmGetCap(screen->fd, DRM_CAP_CURSOR_HEIGHT, &h);
    buffer_finish(screen->fd, &screen->cursor);
    if (buffer_init(screen->fd, &screen->cursor, w, h)) {
        return answer_error("a dumb buffer for the cursor");
    }
    picture_draw(&screen->cursor.canvas, args[0], &area);
    if (drmModeSetCursor2(screen->fd, screen->crtc, screen->cursor.handle, w, h,
                          3, 5)) {
        return answer_error("drmModeSetCursor2");
    }
    return answer_ok("%ux%u", (unsigned)w, (unsigned)h);
}

/* cursor-move COUNT: along a diagonal that begins and ends off the screen */
int cmd_cursor_move(struct screen *screen, char **args)
{
    int count = strtol(args[0], NULL, 0);
    int w = screen->mode.hdisplay, h = screen->mode.vdisplay;
    uint64_t start_us = now_us();

    for (int i = 0; i < count; i++) {
        int x = -32 + (w + 64) * i / count, y = -32 + (h + 64) * i / count;

        if (drmModeMoveCursor(screen->fd, screen->crtc, x, y)) {
            return answer_error("drmModeMoveCursor");
        }
    }
    return answer_ok("us=%llu", (unsigned long long)(now_us() - start_us));
}

int cmd_cursor_hide(struct screen *screen, char **args)
{
    (void)args;
    if (drmModeSetCursor(screen->fd, screen->crtc, 0, 0, 0)) {
        return answer_error("drmModeSetCursor");
    }
    return answer_ok("hidden");
}
