/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "run.h"

#include <string.h>

#include "request.h"

/* Grows to what the longest request of a case needs. */
#define SCRATCH_BYTES (256 << 10)
#define SCRATCH_ALIGN 64

bool run_fail(struct run *run, unsigned line, const char *format, ...)
{
    GString *messages = run->report->messages;
    va_list args;

    g_string_append_printf(messages, "%s:%u: case %s: ", run->script->path,
                           line, run->script_case->name);
    va_start(args, format);
    g_string_append_vprintf(messages, format, args);
    va_end(args);
    g_string_append_c(messages, '\n');
    run->failures++;
    return false;
}

bool run_skip(struct run *run, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_string_append_vprintf(run->report->messages, format, args);
    va_end(args);
    run->skipped = true;
    return false;
}

void run_note(struct run *run, const char *format, ...)
{
    GString *transcript = run->report->transcript;
    va_list args;

    if (run->repeated) {
        return;
    }
    va_start(args, format);
    g_string_append_vprintf(transcript, format, args);
    va_end(args);
    g_string_append_c(transcript, '\n');
}

bool run_begin(struct run *run)
{
    g_autoptr(GString) why = g_string_new(NULL);

    if (run->begun) {
        return true;
    }
    if (!run->ops->begin(run->host, &run->device, why)) {
        return run_skip(run, "%s", why->str);
    }
    run->begun = true;
    return true;
}

uint64_t run_scratch(struct run *run, uint64_t bytes)
{
    uint64_t addr;

    bytes = (bytes + SCRATCH_ALIGN - 1) & ~(uint64_t)(SCRATCH_ALIGN - 1);
    if (run->scratch_used + bytes > run->scratch.bytes) {
        run->scratch.bytes = MAX(SCRATCH_BYTES, bytes);
        run->scratch.addr = run->ops->memory(run->host, run->scratch.bytes,
                                             SCRIPT_MEMORY_RAM);
        run->scratch_used = 0;
        if (!run->scratch.addr) {
            run->scratch.bytes = 0;
            run_skip(run, "no guest memory for requests");
            return 0;
        }
    }
    addr = run->scratch.addr + run->scratch_used;
    run->scratch_used += bytes;
    return addr;
}

static bool run_statements(struct run *run, const GPtrArray *statements);

static void set_variable(struct run *run, const char *name, const char *value)
{
    g_hash_table_replace(run->variables, g_strdup(name), g_strdup(value));
}

/* NAME=VALUE words from the @first on. */
static bool set_variables(struct run *run, unsigned line, char *const *words,
                          unsigned first)
{
    for (unsigned i = first; words[i]; i++) {
        g_auto(GStrv) parts = g_strsplit(words[i], "=", 2);

        if (!parts[0] || !parts[1]) {
            return run_fail(run, line, "\"%s\" sets no variable", words[i]);
        }
        set_variable(run, parts[0], parts[1]);
    }
    return true;
}

static bool run_iteration(struct run *run, const GPtrArray *body, uint64_t i)
{
    bool ok;

    run->repeated += i >= ITERATIONS_SHOWN;
    ok = run_statements(run, body);
    run->repeated -= i >= ITERATIONS_SHOWN;
    return ok;
}

/* repeat COUNT [VARIABLE] … end: the variable counts from 0 */
static bool run_repeat(struct run *run, const struct statement *statement,
                       char *const *words)
{
    uint64_t count;
    bool ok;

    ok = run_number(run, statement->line, words[1], &count);
    for (uint64_t i = 0; ok && i < count; i++) {
        if (words[2]) {
            g_autofree char *value = g_strdup_printf("%" PRIu64, i);

            set_variable(run, words[2], value);
        }
        ok = run_iteration(run, statement->body, i);
    }
    if (ok && count > ITERATIONS_SHOWN) {
        run_note(run, "(%" PRIu64 " times in all)", count);
    }
    return ok;
}

/* for VARIABLE=VALUE,VALUE… … end */
static bool run_for(struct run *run, const struct statement *statement,
                    char *const *words)
{
    g_auto(GStrv) parts = g_strsplit(words[1], "=", 2);
    g_auto(GStrv) values = NULL;
    bool ok = true;

    if (!parts[0] || !parts[1]) {
        return run_fail(run, statement->line, "for VARIABLE=VALUES");
    }
    values = g_strsplit(parts[1], "/", -1);
    for (unsigned i = 0; ok && values[i]; i++) {
        set_variable(run, parts[0], values[i]);
        ok = run_statements(run, statement->body);
    }
    return ok;
}

static bool run_sequence(struct run *run, unsigned line, char *const *words)
{
    GPtrArray *sequence = g_hash_table_lookup(run->script->sequences,
                                              words[1]);

    if (!sequence) {
        return run_fail(run, line, "no sequence \"%s\"", words[1]);
    }
    return set_variables(run, line, words, 2) &&
           run_statements(run, sequence);
}

static bool run_reset(struct run *run)
{
    if (!run_begin(run)) {
        return false;
    }
    run->ops->reset(run->host);
    g_hash_table_remove_all(run->parked);
    run_note(run, "reset");
    return true;
}

static bool run_words(struct run *run, const struct statement *statement,
                      char *const *words, char *const *reply)
{
    switch (statement->kind) {
    case STATEMENT_DEVICE:
        return run_device(run, statement->line, words);
    case STATEMENT_FEATURES:
        return run_features(run, statement->line, words);
    case STATEMENT_MEMORY:
        return run_memory(run, statement->line, words);
    case STATEMENT_FILL:
        return run_fill(run, statement->line, words);
    case STATEMENT_WRITE:
        return run_write(run, statement->line, words);
    case STATEMENT_REQUEST:
        return run_request(run, statement, words, reply);
    case STATEMENT_EXPECT:
        return run_expect(run, statement->line, words);
    case STATEMENT_REPEAT:
        return run_repeat(run, statement, words);
    case STATEMENT_FOR:
        return run_for(run, statement, words);
    case STATEMENT_DO:
        return run_sequence(run, statement->line, words);
    case STATEMENT_LET:
        return set_variables(run, statement->line, words, 1);
    case STATEMENT_RESET:
        return run_reset(run);
    case STATEMENT_RESIZE:
        return run_resize(run, statement->line, words);
    case STATEMENT_CONFIG:
        return run_config(run, statement->line, words);
    case STATEMENT_FAULT:
        return run_fault(run, statement->line, words);
    }
    return false;
}

/* What a statement cannot do without; 0: nothing special. */
static unsigned needed_ability(enum statement_kind kind)
{
    switch (kind) {
    case STATEMENT_RESIZE:
        return SCRIPT_CAN_RESIZE;
    case STATEMENT_CONFIG:
        return SCRIPT_CAN_CONFIG;
    case STATEMENT_FAULT:
        return SCRIPT_CAN_FAULT;
    default:
        return 0;
    }
}

static bool run_statement(struct run *run, const struct statement *statement)
{
    g_auto(GStrv) words = run_expand(run, statement, statement->words);
    g_auto(GStrv) reply = NULL;

    if (words && statement->reply) {
        reply = run_expand(run, statement, statement->reply);
    }
    if (!words || (statement->reply && !reply)) {
        return false;
    }
    if (needed_ability(statement->kind) & ~run->ops->abilities) {
        return run_skip(run, "this executor has no \"%s\"", words[0]);
    }
    return run_words(run, statement, words, reply);
}

static bool run_statements(struct run *run, const GPtrArray *statements)
{
    for (unsigned i = 0; i < statements->len; i++) {
        if (!run_statement(run, g_ptr_array_index(statements, i))) {
            return false;
        }
    }
    return true;
}

static void run_end(struct run *run)
{
    g_autoptr(GString) why = g_string_new(NULL);

    if (!run->skipped && !run->failures && run->pending->len) {
        run_fail(run, run->script_case->line, "a no-kick without a kick");
    }
    if (!run->skipped && !run->failures && g_hash_table_size(run->parked)) {
        run_fail(run, run->script_case->line, "a pending request was never "
                 "expected back");
    }
    if (run->begun && !run->ops->end(run->host, why) && !run->skipped) {
        run_fail(run, run->script_case->line, "%s", why->str);
    }
    g_hash_table_unref(run->variables);
    g_hash_table_unref(run->memories);
    g_hash_table_unref(run->uuids);
    g_ptr_array_unref(run->pending);
    g_hash_table_unref(run->parked);
}

static struct script_device default_device(void)
{
    return (struct script_device) {
        .max_outputs = 1,
        .xres = 1280,
        .yres = 800,
        .edid = true,
    };
}

enum script_result script_run_case(const struct script *script, unsigned index,
                                   const struct script_ops *ops, void *host,
                                   struct script_report *report)
{
    struct run run = {
        .script = script,
        .script_case = g_ptr_array_index(script->cases, index),
        .ops = ops,
        .host = host,
        .report = report,
        .device = default_device(),
    };

    run.variables = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                          g_free);
    run.memories = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                         g_free);
    run.uuids = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    run.pending = g_ptr_array_new_with_free_func(request_free);
    run.parked = g_hash_table_new_full(g_str_hash, g_str_equal, g_free,
                                       request_free);
    if (run_statements(&run, script->common)) {
        run_statements(&run, run.script_case->statements);
    }
    run_end(&run);
    return run.failures ? SCRIPT_FAIL : run.skipped ? SCRIPT_SKIP
                                                    : SCRIPT_PASS;
}
