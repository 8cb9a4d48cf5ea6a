/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "http-client.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int http_dial(const char *address)
{
    struct sockaddr_un local = { .sun_family = AF_UNIX };
    struct sockaddr_in name = {
        .sin_family = AF_INET,
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    bool is_unix = g_str_has_prefix(address, "unix:");
    int fd = socket(is_unix ? AF_UNIX : AF_INET, SOCK_STREAM, 0);

    g_assert_cmpint(fd, >=, 0);
    if (is_unix) {
        g_strlcpy(local.sun_path, address + 5, sizeof(local.sun_path));
    } else {
        name.sin_port = htons(atoi(strrchr(address, ':') + 1));
    }
    if (connect(fd, is_unix ? (struct sockaddr *)&local
                            : (struct sockaddr *)&name,
                is_unix ? sizeof(local) : sizeof(name)) < 0) {
        close(fd);
        return -1;
    }
    return fd;
}

bool http_put(int fd, const char *text)
{
    return send(fd, text, strlen(text), MSG_NOSIGNAL) ==
           (ssize_t)strlen(text);
}

GString *http_drain(int fd)
{
    GString *text = g_string_new(NULL);
    char buffer[65536];
    ssize_t got;

    while ((got = read(fd, buffer, sizeof(buffer))) > 0) {
        g_string_append_len(text, buffer, got);
    }
    close(fd);
    return text;
}
