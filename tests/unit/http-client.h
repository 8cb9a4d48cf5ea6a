/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A client of the exporter, by bytes.  Any thread.
 */
#ifndef TESTS_UNIT_HTTP_CLIENT_H
#define TESTS_UNIT_HTTP_CLIENT_H

#include <stdbool.h>

#include <glib.h>

#define GET_METRICS "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"

/* To "unix:PATH" or "127.0.0.1:PORT"; -1: nobody listens any more. */
int http_dial(const char *address);

/* All of @text; false: the other end has gone. */
bool http_put(int fd, const char *text);

/* All until the other end closes; closes @fd.  The caller's. */
GString *http_drain(int fd);

#endif
