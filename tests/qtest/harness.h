/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Cases that end where they fail, without taking the program along.
 *
 * GLib's test runner reports (TAP); this adds what it lacks: a failed
 * expectation, an abort() of libqtest (QEMU died) and a hang end the case at
 * once, what the case started is thrown away, and the next case runs.  A
 * failure says what was expected and what came.  One thread.
 */
#ifndef TESTS_QTEST_HARNESS_H
#define TESTS_QTEST_HARNESS_H

#include <stdbool.h>
#include <stdint.h>
#include <glib.h>

/* Takes the place of g_test_init(). */
void harness_init(int *argc, char ***argv);

/* @path as GLib's, "/T-548/pci-ids". */
void harness_add(const char *path, void (*run)(void));
void harness_add_data(const char *path, void (*run)(const void *data),
                      const void *data);

/*
 * Runs what was added and ends with a case of its own that stops the guests
 * that were kept.  Returns the exit status of the program.
 */
int harness_run(void);

/* Takes SIGABRT and SIGALRM back after libqtest took SIGABRT. */
void harness_catch_signals(void);

/* Calls @end when the present case is over, however it ends; last in first. */
void harness_at_end(void (*end)(void *data), void *data);

/* Ends the case. */
void harness_fail(const char *format, ...) G_GNUC_PRINTF(1, 2) G_GNUC_NORETURN;

/* Ends the case as not run; the text says what is missing. */
void harness_skip(const char *format, ...) G_GNUC_PRINTF(1, 2) G_GNUC_NORETURN;

/*
 * Ends the case as not run, because QEMU's own code outside the modules
 * decides otherwise than the matrix says and no module can change that.
 */
void harness_core_limit(const char *format, ...)
    G_GNUC_PRINTF(1, 2) G_GNUC_NORETURN;

/* @what is printed in front of both values. */
#define expect_eq(got, want, ...)                                       \
    do {                                                                \
        uint64_t got_ = (got), want_ = (want);                          \
        if (got_ != want_) {                                            \
            harness_mismatch(__FILE__, __LINE__, got_, want_,           \
                             __VA_ARGS__);                              \
        }                                                               \
    } while (0)

#define expect_true(condition, ...)                                     \
    do {                                                                \
        if (!(condition)) {                                             \
            harness_fail(__VA_ARGS__);                                  \
        }                                                               \
    } while (0)

void harness_mismatch(const char *file, int line, uint64_t got, uint64_t want,
                      const char *format, ...)
    G_GNUC_PRINTF(5, 6) G_GNUC_NORETURN;

/* How long anything may take before it counts as hung. */
#define HARNESS_PATIENCE_US (20 * G_USEC_PER_SEC)

/* Polls @done until it is true; false when it never is, see below. */
bool harness_poll(bool (*done)(void *data), void *data);

/*
 * Polls @done until it is true; fails the case with "WHAT: nothing after …"
 * when it never is.  The time bounds a hang, it is no measure of speed.
 */
void harness_wait(bool (*done)(void *data), void *data, const char *what);

#endif
