/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <glib.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define UNIX_PREFIX "unix:"
#define BACKLOG 16
#define LOOPBACK_NET 127u       /* 127.0.0.0/8 */

static int open_socket(int family)
{
    return socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* Binds and listens; 0 or a negative errno. */
static int take(struct vgpu_listener *listener, const struct sockaddr *name,
                socklen_t bytes)
{
    int on = 1;

    listener->fd = open_socket(name->sa_family);
    if (listener->fd < 0) {
        return -errno;
    }
    if ((name->sa_family != AF_UNIX &&
         setsockopt(listener->fd, SOL_SOCKET, SO_REUSEADDR, &on,
                    sizeof(on)) < 0) ||
        bind(listener->fd, name, bytes) < 0 ||
        listen(listener->fd, BACKLOG) < 0) {
        int error = errno;

        close(listener->fd);
        listener->fd = -1;
        return -error;
    }
    return 0;
}

/* --- unix:PATH -------------------------------------------------------- */

/* A socket to which nobody listens any more. */
static bool is_left_over(const struct sockaddr_un *name)
{
    struct stat status;
    bool refused;
    int fd;

    if (lstat(name->sun_path, &status) < 0 || !S_ISSOCK(status.st_mode)) {
        return false;
    }
    fd = open_socket(AF_UNIX);
    if (fd < 0) {
        return false;
    }
    refused = connect(fd, (const struct sockaddr *)name, sizeof(*name)) < 0 &&
              errno == ECONNREFUSED;
    close(fd);
    return refused;
}

static bool listen_unix(struct vgpu_listener *listener, const char *address,
                        char **error)
{
    g_autofree char *path =
        g_canonicalize_filename(address + strlen(UNIX_PREFIX), NULL);
    struct sockaddr_un name = { .sun_family = AF_UNIX };
    int result;

    if (strlen(path) >= sizeof(name.sun_path)) {
        *error = g_strdup_printf("metrics=%s: the path of a socket has at most "
                                 "%zu bytes: use a shorter one", address,
                                 sizeof(name.sun_path) - 1);
        return false;
    }
    g_strlcpy(name.sun_path, path, sizeof(name.sun_path));
    if (is_left_over(&name)) {
        unlink(path);
    }
    result = take(listener, (const struct sockaddr *)&name, sizeof(name));
    if (result < 0) {
        *error = g_strdup_printf(
            "metrics=%s: %s: %s", address, g_strerror(-result),
            result == -EADDRINUSE ? "something else is there: use another path"
            : "name a folder that exists and that QEMU may write to");
        return false;
    }
    listener->path = g_steal_pointer(&path);
    listener->address = g_strdup(address);
    return true;
}

/* --- ADDRESS:PORT ----------------------------------------------------- */

/* "[::1]:9" or "127.0.0.1:9" in two; false when it is neither. */
static bool split(const char *address, char **host, char **port)
{
    const char *colon = strrchr(address, ':');
    size_t length = colon ? colon - address : 0;

    if (!length || !colon[1]) {
        return false;
    }
    if (address[0] == '[' && address[length - 1] == ']') {
        *host = g_strndup(address + 1, length - 2);
    } else if (memchr(address, ':', length)) {
        return false;
    } else {
        *host = g_strndup(address, length);
    }
    *port = g_strdup(colon + 1);
    return true;
}

static struct addrinfo *resolve(const char *address)
{
    const struct addrinfo hints = {
        .ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE,
        .ai_socktype = SOCK_STREAM,
    };
    g_autofree char *host = NULL;
    g_autofree char *port = NULL;
    struct addrinfo *found;

    /* glibc takes ports that are none. */
    if (!split(address, &host, &port) ||
        !g_ascii_string_to_unsigned(port, 10, 0, UINT16_MAX, NULL, NULL) ||
        getaddrinfo(host, port, &hints, &found) != 0) {
        return NULL;
    }
    return found;
}

static bool is_loopback(const struct sockaddr *name)
{
    const struct sockaddr_in *v4 = (const struct sockaddr_in *)name;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)name;

    if (name->sa_family == AF_INET) {
        return ntohl(v4->sin_addr.s_addr) >> 24 == LOOPBACK_NET;
    }
    return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

/* What was written, with the port that it has become. */
static char *real_address(const struct vgpu_listener *listener,
                          const char *address)
{
    struct sockaddr_storage name = { 0 };
    socklen_t bytes = sizeof(name);

    getsockname(listener->fd, (struct sockaddr *)&name, &bytes);
    /* The port is in the same place for both families. */
    return g_strdup_printf(
        "%.*s:%u", (int)(strrchr(address, ':') - address), address,
        ntohs(((const struct sockaddr_in *)&name)->sin_port));
}

static bool listen_inet(struct vgpu_listener *listener, const char *address,
                        bool allow_remote, char **error)
{
    struct addrinfo *found = resolve(address);
    int result;

    if (!found) {
        *error = g_strdup_printf("metrics=%s is not possible: write unix:PATH "
                                 "or a numeric ADDRESS:PORT, for example "
                                 "127.0.0.1:9177", address);
        return false;
    }
    if (!allow_remote && !is_loopback(found->ai_addr)) {
        *error = g_strdup_printf("metrics=%s: other machines reach that "
                                 "address, and what the guest does is not for "
                                 "all: use 127.0.0.1, or add "
                                 "metrics-allow-remote=on", address);
        freeaddrinfo(found);
        return false;
    }
    result = take(listener, found->ai_addr, found->ai_addrlen);
    freeaddrinfo(found);
    if (result < 0) {
        *error = g_strdup_printf(
            "metrics=%s: %s: use %s", address, g_strerror(-result),
            result == -EADDRINUSE ? "a port that no other program, or VM, has"
            : result == -EACCES ? "a port from 1024 on"
            : "an address of this host");
        return false;
    }
    listener->address = real_address(listener, address);
    return true;
}

bool vgpu_listen(struct vgpu_listener *listener, const char *address,
                 bool allow_remote, char **error)
{
    *listener = (struct vgpu_listener) { .fd = -1 };
    if (g_str_has_prefix(address, UNIX_PREFIX) &&
        address[strlen(UNIX_PREFIX)]) {
        return listen_unix(listener, address, error);
    }
    return listen_inet(listener, address, allow_remote, error);
}

void vgpu_listener_finish(struct vgpu_listener *listener)
{
    if (listener->fd >= 0) {
        close(listener->fd);
    }
    if (listener->path) {
        unlink(listener->path);
    }
    g_clear_pointer(&listener->path, g_free);
    g_clear_pointer(&listener->address, g_free);
    listener->fd = -1;
}
