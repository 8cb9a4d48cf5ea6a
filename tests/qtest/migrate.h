/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Migration of a guest: over a socket into a second QEMU, or by way of a
 * stream that lies in a file between the two.  One thread.
 */
#ifndef TESTS_QTEST_MIGRATE_H
#define TESTS_QTEST_MIGRATE_H

#include <stdbool.h>

#include "guest.h"

/* A QEMU that waits for a guest like the one of @options. */
struct guest *migrate_receiver(const struct guest_options *options);

/*
 * Migrates over a socket into a QEMU started with @options; afterwards @guest
 * is the one in there, and the other QEMU has ended.
 */
void migrate_guest(struct guest *guest, const struct guest_options *options);

/* The two halves of it: no waiting in the first. */
void migrate_begin(struct guest *guest, struct guest *receiver);
void migrate_end(struct guest *guest, struct guest *receiver);

/* The stream in a file without a name; the descriptor is the caller's. */
int migrate_to_file(struct guest *guest);

/* As migrate_guest(), out of that file. */
void migrate_from_file(struct guest *guest, const struct guest_options *options,
                       int fd);

/*
 * The migration of @guest to @uri (NULL: a file) must fail: the reason, to be
 * freed.
 */
char *migrate_refusal(struct guest *guest, const char *uri);

/*
 * Feeds the file to @receiver, which lives on if it refuses it
 * (exit-on-error off).  Returns whether it took it.
 */
bool migrate_offer(struct guest *receiver, int fd);

/*
 * An empty disk of one MiB in QEMU's format, for savevm; the descriptor is the
 * caller's.
 */
int migrate_disk(void);

#endif
