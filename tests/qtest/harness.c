/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "harness.h"

#include <inttypes.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "guest.h"

#define CASE_SECONDS 120        /* a case that takes longer hangs */

struct end {
    void (*call)(void *data);
    void *data;
};

struct test {
    void (*run)(const void *data);
    void (*run_plain)(void);
    const void *data;
};

static sigjmp_buf out_of_case;
static bool in_case;
static bool case_failed;
static GArray *ends;            /* of struct end */

static G_GNUC_NORETURN void leave_case(bool failed)
{
    case_failed = failed;
    siglongjmp(out_of_case, 1);
}

/* abort() of libqtest when QEMU went away, and SIGALRM of a hung case. */
static void on_signal(int number)
{
    static const char died[] = "# FAIL: abort: QEMU died, or an assertion\n";
    static const char hung[] = "# FAIL: the case hangs\n";

    if (!in_case) {
        signal(number, SIG_DFL);
        raise(number);
        return;
    }
    if (number == SIGALRM) {
        (void)!write(STDOUT_FILENO, hung, sizeof(hung) - 1);
    } else {
        (void)!write(STDOUT_FILENO, died, sizeof(died) - 1);
    }
    leave_case(true);
}

void harness_catch_signals(void)
{
    struct sigaction action = {
        .sa_handler = on_signal,
        .sa_flags = SA_NODEFER,
    };

    sigaction(SIGABRT, &action, NULL);
    sigaction(SIGALRM, &action, NULL);
}

/* GLib stops at the first failure unless it is told to keep going. */
static void keep_going(int *argc, char ***argv)
{
    char **with = g_new0(char *, *argc + 2);

    with[0] = (*argv)[0];
    with[1] = g_strdup("-k");
    memcpy(with + 2, *argv + 1, (*argc - 1) * sizeof(char *));
    *argv = with;
    (*argc)++;
}

void harness_init(int *argc, char ***argv)
{
    keep_going(argc, argv);
    g_test_init(argc, argv, NULL);
    ends = g_array_new(FALSE, FALSE, sizeof(struct end));
}

void harness_at_end(void (*call)(void *data), void *data)
{
    struct end end = { call, data };

    g_array_append_val(ends, end);
}

static void call_ends(void)
{
    while (ends->len) {
        struct end end = g_array_index(ends, struct end, ends->len - 1);

        g_array_set_size(ends, ends->len - 1);
        end.call(end.data);
    }
}

/* Runs @body with everything that may end it early caught. */
static void guarded(void (*body)(const struct test *test),
                    const struct test *test)
{
    in_case = true;
    if (sigsetjmp(out_of_case, 1) == 0) {
        body(test);
    }
    in_case = false;
}

static void body_run(const struct test *test)
{
    if (test->run_plain) {
        test->run_plain();
    } else {
        test->run(test->data);
    }
}

static void body_end(const struct test *test)
{
    call_ends();
    guest_stop_unkept();
}

static void run_test(const void *data)
{
    const struct test *test = data;

    case_failed = false;
    harness_catch_signals();
    alarm(CASE_SECONDS);
    guarded(body_run, test);
    if (!case_failed) {
        guarded(body_end, test);
    }
    if (case_failed) {
        g_array_set_size(ends, 0);
        guest_kill_all();
        g_test_fail();
    }
    alarm(0);
}

static void add(const char *path, const struct test *test)
{
    g_test_add_data_func_full(path, g_memdup2(test, sizeof(*test)), run_test,
                              g_free);
}

void harness_add(const char *path, void (*run)(void))
{
    add(path, &(struct test){ .run_plain = run });
}

void harness_add_data(const char *path, void (*run)(const void *data),
                      const void *data)
{
    add(path, &(struct test){ .run = run, .data = data });
}

static void stop_kept(void)
{
    guest_stop_all();
}

int harness_run(void)
{
    harness_add("/guests/end-cleanly", stop_kept);
    return g_test_run();
}

void harness_fail(const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    g_test_message("FAIL: %s", text);
    leave_case(true);
}

void harness_mismatch(const char *file, int line, uint64_t got, uint64_t want,
                      const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    g_test_message("FAIL: %s: expected %" PRIu64 " (0x%" PRIx64 "), got %"
                   PRIu64 " (0x%" PRIx64 ") [%s:%d]", text, want, want, got,
                   got, strrchr(file, '/') ? strrchr(file, '/') + 1 : file,
                   line);
    leave_case(true);
}

void harness_skip(const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    g_test_skip(text);
    leave_case(false);
}

void harness_core_limit(const char *format, ...)
{
    g_autofree char *text = NULL;
    g_autofree char *whole = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    whole = g_strconcat("QEMU's virtio core: ", text, NULL);
    g_test_skip(whole);
    leave_case(false);
}

bool harness_poll(bool (*done)(void *data), void *data)
{
    int64_t end = g_get_monotonic_time() + HARNESS_PATIENCE_US;
    unsigned polls = 0;

    while (!done(data)) {
        if (g_get_monotonic_time() > end) {
            return false;
        }
        if (++polls < 500) {
            sched_yield();      /* most answers come within microseconds */
        } else {
            g_usleep(polls < 2000 ? 50 : 1000);
        }
    }
    return true;
}

void harness_wait(bool (*done)(void *data), void *data, const char *what)
{
    if (!harness_poll(done, data)) {
        harness_fail("%s: nothing after %d s", what,
                     (int)(HARNESS_PATIENCE_US / G_USEC_PER_SEC));
    }
}
