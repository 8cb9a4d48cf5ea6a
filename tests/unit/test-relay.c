/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What comes by between the library and a render server: both get what the other
 * sent, whole, and we the descriptor of a reply; the end of one is that of both.
 */
#include "platform/relay.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct world {
    struct vgpu_relay relay;
    int server;                 /* the server's own end */
};

static void set_up(struct world *world)
{
    int ends[2];

    g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0,
                               ends), ==, 0);
    g_assert_true(vgpu_relay_init(&world->relay));
    fcntl(world->relay.library, F_SETFL, O_NONBLOCK);
    world->relay.server = ends[0];
    world->server = ends[1];
}

static void tear_down(struct world *world)
{
    vgpu_relay_finish(&world->relay);
    close(world->relay.server);
    close(world->server);
}

/* All that is there to do; false: it is over. */
static bool turn(struct world *world)
{
    struct pollfd fds[2];
    bool goes_on = true;

    for (;;) {
        vgpu_relay_prepare(&world->relay, fds);
        if (poll(fds, 2, 0) == 0) {
            return goes_on;
        }
        goes_on &= vgpu_relay_turn(&world->relay, fds);
    }
}

static void say(int socket, const char *text)
{
    g_assert_cmpint(send(socket, text, strlen(text), MSG_NOSIGNAL), ==,
                    strlen(text));
}

static void expect(int socket, const char *text)
{
    char data[64];

    g_assert_cmpint(recv(socket, data, sizeof(data), 0), ==, strlen(text));
    g_assert_cmpint(memcmp(data, text, strlen(text)), ==, 0);
}

static void send_file(int socket, int file)
{
    char control[CMSG_SPACE(sizeof(int))] = { 0 };
    struct iovec data = { (void *)"file", 4 };
    struct msghdr header = {
        .msg_iov = &data, .msg_iovlen = 1,
        .msg_control = control, .msg_controllen = sizeof(control),
    };
    struct cmsghdr *first = CMSG_FIRSTHDR(&header);

    *first = (struct cmsghdr) { CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
    memcpy(CMSG_DATA(first), &file, sizeof(int));
    g_assert_cmpint(sendmsg(socket, &header, 0), ==, 4);
}

static int receive_file(int socket)
{
    char control[CMSG_SPACE(sizeof(int))] = { 0 };
    char text[8];
    struct iovec data = { text, sizeof(text) };
    struct msghdr header = {
        .msg_iov = &data, .msg_iovlen = 1,
        .msg_control = control, .msg_controllen = sizeof(control),
    };
    int file;

    g_assert_cmpint(recvmsg(socket, &header, 0), ==, 4);
    g_assert_nonnull(CMSG_FIRSTHDR(&header));
    memcpy(&file, CMSG_DATA(CMSG_FIRSTHDR(&header)), sizeof(int));
    return file;
}

static void test_both_ways(void)
{
    struct world world;

    set_up(&world);
    say(world.relay.library, "one");
    say(world.relay.library, "three");
    say(world.server, "two");
    g_assert_true(turn(&world));
    expect(world.server, "one");
    expect(world.server, "three");
    expect(world.relay.library, "two");
    g_assert_cmpint(vgpu_relay_take_file(&world.relay), ==, -1);
    tear_down(&world);
}

static void test_file(void)
{
    struct world world;
    int ends[2];
    int kept, received;

    set_up(&world);
    g_assert_cmpint(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends), ==, 0);
    /* Nobody takes the first; it ends with the second. */
    for (unsigned i = 0; i < 2; i++) {
        send_file(world.server, ends[1]);
        g_assert_true(turn(&world));
        received = receive_file(world.relay.library);
        say(received, "hello");
        expect(ends[0], "hello");
        close(received);
    }
    close(ends[1]);
    kept = vgpu_relay_take_file(&world.relay);
    g_assert_cmpint(fcntl(kept, F_GETFD), ==, FD_CLOEXEC);
    g_assert_cmpint(vgpu_relay_take_file(&world.relay), ==, -1);
    say(kept, "still");
    expect(ends[0], "still");
    close(kept);
    g_assert_cmpint(recv(ends[0], &kept, 1, 0), ==, 0);
    close(ends[0]);
    tear_down(&world);
}

static void test_server_ends(void)
{
    struct world world;
    char byte;

    set_up(&world);
    say(world.server, "last");
    shutdown(world.server, SHUT_RDWR);
    g_assert_false(turn(&world));
    expect(world.relay.library, "last");
    g_assert_cmpint(recv(world.relay.library, &byte, 1, 0), ==, 0);
    g_assert_cmpint(send(world.relay.library, &byte, 1, MSG_NOSIGNAL), <, 0);
    g_assert_true(turn(&world));
    tear_down(&world);
}

static void test_we_end(void)
{
    struct world world;
    char byte;

    set_up(&world);
    vgpu_relay_end(&world.relay);
    g_assert_cmpint(recv(world.relay.library, &byte, 1, 0), ==, 0);
    g_assert_cmpint(recv(world.server, &byte, 1, 0), ==, 0);
    g_assert_true(turn(&world));
    tear_down(&world);
}

/* Requests that a server does not read wait where they are, and none is lost. */
static void test_no_room(void)
{
    struct world world;
    unsigned sent = 0, got = 0;
    char text[8];

    set_up(&world);
    while (g_snprintf(text, sizeof(text), "%u", sent),
           send(world.relay.library, text, sizeof(text), 0) > 0) {
        sent++;
        g_assert_true(turn(&world));
    }
    g_assert_cmpint(errno, ==, EAGAIN);
    for (; got < sent; got++) {
        char wanted[8];

        g_assert_cmpint(recv(world.server, text, sizeof(text), 0), ==, 8);
        g_snprintf(wanted, sizeof(wanted), "%u", got);
        g_assert_cmpstr(text, ==, wanted);
        g_assert_true(turn(&world));
    }
    tear_down(&world);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/relay/both-ways", test_both_ways);
    g_test_add_func("/relay/file", test_file);
    g_test_add_func("/relay/server-ends", test_server_ends);
    g_test_add_func("/relay/we-end", test_we_end);
    g_test_add_func("/relay/no-room", test_no_room);
    return g_test_run();
}
