/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A case while it runs: variables, guest memory, requests under way.  Inside
 * tests/script only.  Functions that return false have recorded why with
 * run_fail(); the case then ends.
 */
#ifndef TESTS_SCRIPT_RUN_H
#define TESTS_SCRIPT_RUN_H

#include <inttypes.h>
#include <glib.h>

#include "command.h"
#include "script.h"
#include "statement.h"

struct memory {
    uint64_t addr;
    uint64_t bytes;
};

struct mem_entry {
    uint64_t addr;
    uint32_t bytes;
};

struct run {
    const struct script *script;
    const struct script_case *script_case;
    const struct script_ops *ops;
    void *host;
    struct script_report *report;
    struct script_device device;
    bool begun;
    bool skipped;
    unsigned failures;
    GHashTable *variables;      /* name to text */
    GHashTable *memories;       /* name to struct memory */
    GHashTable *uuids;          /* name to 16 bytes */
    GPtrArray *pending;         /* requests added, not yet waited for */
    GHashTable *parked;         /* name to request that is to come back later */
    unsigned repeated;          /* iterations of open loops beyond the shown */
    struct memory scratch;      /* for requests and replies */
    uint64_t scratch_used;
};

/* Iterations of a loop that the transcript shows. */
#define ITERATIONS_SHOWN 2

/* Records a failure at a line of the script.  Always returns false. */
bool run_fail(struct run *run, unsigned line, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

/* Ends the case without a verdict.  Always returns false. */
bool run_skip(struct run *run, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Appends to the transcript unless a loop has been shown often enough. */
void run_note(struct run *run, const char *format, ...) G_GNUC_PRINTF(2, 3);

/* Starts the device when no statement has needed it before. */
bool run_begin(struct run *run);

/* Guest memory for requests; 0 when there is none. */
uint64_t run_scratch(struct run *run, uint64_t bytes);

/* value.c */

/* @words with their $variables replaced; to end with g_strfreev(). */
char **run_expand(struct run *run, const struct statement *statement,
                  char *const *words);

/* An expression: numbers, constants, names of memory, + - * / % | ( ). */
bool run_number(struct run *run, unsigned line, const char *text,
                uint64_t *value);

/* "1,2,3" into @numbers, at most @max of them; *@num says how many. */
bool run_numbers(struct run *run, unsigned line, const char *text,
                 unsigned max, uint64_t *numbers, unsigned *num);

/* "key=value" of @words as a number, or @fallback without it. */
bool run_option(struct run *run, unsigned line, char *const *words,
                const char *key, uint64_t fallback, uint64_t *value);

/* "640x480". */
bool run_size(struct run *run, unsigned line, const char *text,
              uint32_t *width, uint32_t *height);

/* entries.c */

/* A backing list as in entries=; of struct mem_entry.  NULL: failed. */
GArray *run_entries(struct run *run, unsigned line, const char *text);

/*
 * Reads bytes of the memory that @entries describe, one behind the other.
 * Returns false when they end before.
 */
bool run_read_entries(struct run *run, const GArray *entries, uint64_t offset,
                      uint8_t *dest, size_t bytes);

/* "A+0:4096" into an address and a size. */
bool run_range(struct run *run, unsigned line, const char *text,
               uint64_t *addr, uint64_t *bytes);

/* memory.c */
bool run_memory(struct run *run, unsigned line, char *const *words);
bool run_fill(struct run *run, unsigned line, char *const *words);
bool run_write(struct run *run, unsigned line, char *const *words);

/* request.c */
bool run_request(struct run *run, const struct statement *statement,
                 char *const *words, char *const *reply);

/* Waits for all requests under way and judges their replies. */
bool run_finish_requests(struct run *run);

/* parked.c */

/* Requests with "-> pending NAME": must not have come back. */
bool run_park(struct run *run, unsigned index);

/* expect waiting NAME…: they have not. */
bool run_expect_waiting(struct run *run, unsigned line, char *const *words);

/* expect back NAME…: they have, in that order, and their replies are right. */
bool run_expect_back(struct run *run, unsigned line, char *const *words);

/* expect.c */
bool run_expect(struct run *run, unsigned line, char *const *words);

/* device.c */
bool run_device(struct run *run, unsigned line, char *const *words);
bool run_features(struct run *run, unsigned line, char *const *words);
bool run_resize(struct run *run, unsigned line, char *const *words);
bool run_config(struct run *run, unsigned line, char *const *words);
bool run_fault(struct run *run, unsigned line, char *const *words);

#endif
