/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include <poll.h>
#include <sys/socket.h>

#include "libqtest.h"
#include "qemu/bswap.h"
#include "harness.h"
#include "vnc.h"

/* Client messages, RFC 6143, 7.5, and the community's RFB protocol. */
enum { SET_PIXEL_FORMAT = 0, SET_ENCODINGS = 2, UPDATE_REQUEST = 3,
       SET_DESKTOP_SIZE = 251 };

#define FRAMEBUFFER_UPDATE 0

#define ENCODING_RAW          0
#define ENCODING_EXT_SIZE     (-308)
#define ENCODING_ALPHA_CURSOR (-314)

#define MAX_SIDE_PX 16384
#define SECURITY_NONE 1

static void send_all(struct vnc *vnc, const void *data, size_t bytes)
{
    const uint8_t *at = data;

    while (bytes) {
        ssize_t sent = send(vnc->fd, at, bytes, MSG_NOSIGNAL);

        expect_true(sent > 0, "the VNC server went away");
        at += sent;
        bytes -= sent;
    }
}

static bool readable(struct vnc *vnc, int64_t timeout_us)
{
    struct pollfd poll_fd = { .fd = vnc->fd, .events = POLLIN };

    return poll(&poll_fd, 1, timeout_us / 1000) > 0;
}

static void receive_all(struct vnc *vnc, void *data, size_t bytes)
{
    uint8_t *at = data;

    while (bytes) {
        ssize_t got;

        expect_true(readable(vnc, HARNESS_PATIENCE_US),
                    "the VNC server stops inside a message");
        got = recv(vnc->fd, at, bytes, 0);
        expect_true(got > 0, "the VNC server closed the connection");
        at += got;
        bytes -= got;
    }
}

static void set_size(struct vnc *vnc, uint32_t width, uint32_t height)
{
    expect_true(width <= MAX_SIDE_PX && height <= MAX_SIDE_PX,
                "the VNC server shows %ux%u", width, height);
    vnc->screen.width = width;
    vnc->screen.height = height;
    g_free(vnc->screen.xrgb);
    vnc->screen.xrgb = g_new0(uint32_t, (size_t)width * height);
}

static void set_pixel_format(struct vnc *vnc)
{
    static const uint8_t message[20] = {
        SET_PIXEL_FORMAT, 0, 0, 0, 32, 24, 0, 1, 0, 255, 0, 255, 0, 255,
        16, 8, 0,
    };

    send_all(vnc, message, sizeof(message));
}

static void set_encodings(struct vnc *vnc)
{
    static const int32_t encodings[] = {
        ENCODING_RAW, ENCODING_EXT_SIZE, ENCODING_ALPHA_CURSOR,
    };
    uint8_t message[4 + sizeof(encodings)] = { SET_ENCODINGS };

    stw_be_p(message + 2, ARRAY_SIZE(encodings));
    for (unsigned i = 0; i < ARRAY_SIZE(encodings); i++) {
        stl_be_p(message + 4 + i * 4, encodings[i]);
    }
    send_all(vnc, message, sizeof(message));
}

static void agree_on_security(struct vnc *vnc)
{
    static const uint8_t choice = SECURITY_NONE;
    uint8_t num, types[255], result[4];

    receive_all(vnc, &num, 1);
    receive_all(vnc, types, num);
    expect_true(memchr(types, SECURITY_NONE, num),
                "the VNC server wants a password");
    send_all(vnc, &choice, 1);
    receive_all(vnc, result, sizeof(result));
    expect_eq(ldl_be_p(result), 0, "VNC authentication");
}

static void shake_hands(struct vnc *vnc)
{
    static const char version[] = "RFB 003.008\n";
    static const uint8_t shared = 1;
    uint8_t hello[12], init[24], name[255];
    uint32_t name_bytes;

    receive_all(vnc, hello, sizeof(hello));
    send_all(vnc, version, sizeof(hello));
    agree_on_security(vnc);
    send_all(vnc, &shared, 1);
    receive_all(vnc, init, sizeof(init));
    name_bytes = ldl_be_p(init + 20);
    expect_true(name_bytes <= sizeof(name), "a VNC server's name is too long");
    receive_all(vnc, name, name_bytes);
    set_size(vnc, lduw_be_p(init), lduw_be_p(init + 2));
}

static void close_vnc(void *data)
{
    struct vnc *vnc = data;

    close(vnc->fd);
    g_array_free(vnc->rects, TRUE);
    g_free(vnc->screen.xrgb);
    g_free(vnc->cursor);
    g_free(vnc);
}

struct vnc *vnc_connect(struct guest *guest)
{
    struct vnc *vnc = g_new0(struct vnc, 1);
    int pair[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
        harness_fail("socketpair: %s", strerror(errno));
    }
    vnc->fd = pair[0];
    vnc->rects = g_array_new(FALSE, FALSE, sizeof(struct wire_rect));
    vnc->wish_status = -1;
    guest_at_stop(guest, close_vnc, vnc);
    qtest_qmp_add_client(guest->qts, "vnc", pair[1]);
    close(pair[1]);
    shake_hands(vnc);
    set_pixel_format(vnc);
    set_encodings(vnc);
    /* Changes alone would not show what is there already. */
    vnc_request(vnc, false);
    return vnc;
}

void vnc_request(struct vnc *vnc, bool incremental)
{
    uint8_t message[10] = { UPDATE_REQUEST, incremental };

    stw_be_p(message + 6, vnc->screen.width);
    stw_be_p(message + 8, vnc->screen.height);
    send_all(vnc, message, sizeof(message));
}

void vnc_wish(struct vnc *vnc, uint16_t width, uint16_t height)
{
    uint8_t message[24] = { SET_DESKTOP_SIZE };

    stw_be_p(message + 2, width);
    stw_be_p(message + 4, height);
    message[6] = 1;                     /* one screen, as large */
    stw_be_p(message + 16, width);
    stw_be_p(message + 18, height);
    vnc->wish_status = -1;
    send_all(vnc, message, sizeof(message));
}

static void take_pixels(struct vnc *vnc, const struct wire_rect *rect)
{
    expect_true(rect->x + rect->width <= vnc->screen.width &&
                rect->y + rect->height <= vnc->screen.height,
                "VNC: pixels %ux%u at %u,%u of a screen of %ux%u",
                rect->width, rect->height, rect->x, rect->y,
                vnc->screen.width, vnc->screen.height);
    for (uint32_t y = rect->y; y < rect->y + rect->height; y++) {
        receive_all(vnc, vnc->screen.xrgb + (size_t)y * vnc->screen.width +
                         rect->x, rect->width * 4);
    }
    for (uint32_t y = rect->y; y < rect->y + rect->height; y++) {
        for (uint32_t x = rect->x; x < rect->x + rect->width; x++) {
            vnc->screen.xrgb[(size_t)y * vnc->screen.width + x] &= 0xffffff;
        }
    }
    g_array_append_val(vnc->rects, *rect);
}

/* The list of screens says nothing that the rectangle does not. */
static void take_size(struct vnc *vnc, const struct wire_rect *rect)
{
    uint8_t head[4], screen[16];

    receive_all(vnc, head, sizeof(head));
    for (unsigned i = 0; i < head[0]; i++) {
        receive_all(vnc, screen, sizeof(screen));
    }
    if (rect->x == 1) {                 /* the answer to vnc_wish() */
        vnc->wish_status = rect->y;
        return;
    }
    vnc->resizes++;
    set_size(vnc, rect->width, rect->height);
}

static void take_cursor(struct vnc *vnc, const struct wire_rect *rect)
{
    size_t bytes = (size_t)rect->width * rect->height * 4;
    uint8_t encoding[4];

    receive_all(vnc, encoding, sizeof(encoding));
    expect_eq(ldl_be_p(encoding), ENCODING_RAW, "encoding of a VNC cursor");
    vnc->cursor_width = rect->width;
    vnc->cursor_height = rect->height;
    vnc->hot_x = rect->x;
    vnc->hot_y = rect->y;
    g_free(vnc->cursor);
    vnc->cursor = g_malloc(bytes);
    receive_all(vnc, vnc->cursor, bytes);
    vnc->cursor_defines++;
}

/* True when it held pixels. */
static bool take_rect(struct vnc *vnc)
{
    struct wire_rect rect;
    uint8_t head[12];
    int32_t encoding;

    receive_all(vnc, head, sizeof(head));
    rect = (struct wire_rect){ lduw_be_p(head), lduw_be_p(head + 2),
                               lduw_be_p(head + 4), lduw_be_p(head + 6) };
    encoding = ldl_be_p(head + 8);
    switch (encoding) {
    case ENCODING_RAW:
        take_pixels(vnc, &rect);
        return true;
    case ENCODING_EXT_SIZE:
        take_size(vnc, &rect);
        return false;
    case ENCODING_ALPHA_CURSOR:
        take_cursor(vnc, &rect);
        return false;
    default:
        harness_fail("the VNC server uses encoding %d, unasked", encoding);
    }
}

static void take_update(struct vnc *vnc)
{
    bool pixels = false;
    uint8_t head[3];
    unsigned num;

    receive_all(vnc, head, sizeof(head));
    num = lduw_be_p(head + 1);
    for (unsigned i = 0; i < num; i++) {
        pixels |= take_rect(vnc);
    }
    vnc->updates += pixels;
}

bool vnc_receive(struct vnc *vnc, int64_t timeout_us)
{
    uint8_t type;

    if (!readable(vnc, timeout_us)) {
        return false;
    }
    receive_all(vnc, &type, 1);
    expect_eq(type, FRAMEBUFFER_UPDATE, "type of a VNC server's message");
    take_update(vnc);
    return true;
}

void vnc_wait(struct vnc *vnc, bool (*done)(struct vnc *vnc, void *data),
              void *data, const char *what)
{
    while (!done(vnc, data)) {
        vnc_request(vnc, true);
        expect_true(vnc_receive(vnc, HARNESS_PATIENCE_US),
                    "VNC: %s did not come", what);
    }
}
