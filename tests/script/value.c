/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "run.h"

#include <string.h>

struct expression {
    struct run *run;
    const char *p;
    bool wrong;
};

static uint64_t parse_or(struct expression *e);

static uint64_t parse_literal(struct expression *e)
{
    char *end;
    uint64_t value = g_ascii_strtoull(e->p, &end, 0);

    e->p = end;
    switch (*e->p) {
    case 'K':
        e->p++;
        return value << 10;
    case 'M':
        e->p++;
        return value << 20;
    case 'G':
        e->p++;
        return value << 30;
    default:
        return value;
    }
}

static uint64_t parse_name(struct expression *e)
{
    size_t length = strspn(e->p, "abcdefghijklmnopqrstuvwxyz"
                           "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789");
    g_autofree char *name = g_strndup(e->p, length);
    const struct memory *memory = g_hash_table_lookup(e->run->memories, name);
    uint64_t value = 0;

    e->p += length;
    if (memory) {
        return memory->addr;
    }
    e->wrong |= !constant_find(name, &value);
    return value;
}

static uint64_t parse_primary(struct expression *e)
{
    uint64_t value;

    if (*e->p == '-') {
        e->p++;
        return -parse_primary(e);
    }
    if (*e->p == '(') {
        e->p++;
        value = parse_or(e);
        e->wrong |= *e->p != ')';
        e->p += *e->p == ')';
        return value;
    }
    if (g_ascii_isdigit(*e->p)) {
        return parse_literal(e);
    }
    if (g_ascii_isalpha(*e->p)) {
        return parse_name(e);
    }
    e->wrong = true;
    return 0;
}

static uint64_t parse_product(struct expression *e)
{
    uint64_t value = parse_primary(e);

    while (*e->p == '*' || *e->p == '/' || *e->p == '%') {
        char op = *e->p++;
        uint64_t right = parse_primary(e);

        if (op == '*') {
            value *= right;
        } else if (right == 0) {
            e->wrong = true;
        } else {
            value = op == '/' ? value / right : value % right;
        }
    }
    return value;
}

static uint64_t parse_sum(struct expression *e)
{
    uint64_t value = parse_product(e);

    while (*e->p == '+' || *e->p == '-') {
        char op = *e->p++;
        uint64_t right = parse_product(e);

        value = op == '+' ? value + right : value - right;
    }
    return value;
}

static uint64_t parse_or(struct expression *e)
{
    uint64_t value = parse_sum(e);

    while (*e->p == '|') {
        e->p++;
        value |= parse_sum(e);
    }
    return value;
}

bool run_number(struct run *run, unsigned line, const char *text,
                uint64_t *value)
{
    struct expression e = { .run = run, .p = text };

    *value = parse_or(&e);
    if (e.wrong || *e.p) {
        return run_fail(run, line, "\"%s\" is no number", text);
    }
    return true;
}

bool run_numbers(struct run *run, unsigned line, const char *text,
                 unsigned max, uint64_t *numbers, unsigned *num)
{
    g_auto(GStrv) parts = g_strsplit(text, ",", -1);

    *num = g_strv_length(parts);
    if (*num > max) {
        return run_fail(run, line, "\"%s\": more than %u numbers", text, max);
    }
    for (unsigned i = 0; i < *num; i++) {
        if (!run_number(run, line, parts[i], &numbers[i])) {
            return false;
        }
    }
    return true;
}

bool run_option(struct run *run, unsigned line, char *const *words,
                const char *key, uint64_t fallback, uint64_t *value)
{
    const char *text = statement_value(words, key);

    *value = fallback;
    return !text || run_number(run, line, text, value);
}

bool run_size(struct run *run, unsigned line, const char *text,
              uint32_t *width, uint32_t *height)
{
    g_auto(GStrv) parts = g_strsplit(text, "x", 2);
    uint64_t w, h;

    if (!parts[0] || !parts[1]) {
        return run_fail(run, line, "\"%s\" is no size", text);
    }
    if (!run_number(run, line, parts[0], &w) ||
        !run_number(run, line, parts[1], &h)) {
        return false;
    }
    *width = w;
    *height = h;
    return true;
}

/* One word with its variables replaced; NULL when one has no value. */
static char *expand_word(struct run *run, const char *word)
{
    GString *text = g_string_new(NULL);

    while (*word) {
        size_t length;

        if (*word != '$') {
            g_string_append_c(text, *word++);
            continue;
        }
        word++;
        length = strspn(word, "abcdefghijklmnopqrstuvwxyz_");
        {
            g_autofree char *name = g_strndup(word, length);
            const char *value = g_hash_table_lookup(run->variables, name);

            if (!value) {
                g_string_free(text, TRUE);
                return NULL;
            }
            g_string_append(text, value);
        }
        word += length;
    }
    return g_string_free(text, FALSE);
}

char **run_expand(struct run *run, const struct statement *statement,
                  char *const *words)
{
    unsigned num = g_strv_length((char **)words);
    char **expanded = g_new0(char *, num + 1);

    for (unsigned i = 0; i < num; i++) {
        expanded[i] = expand_word(run, words[i]);
        if (!expanded[i]) {
            run_fail(run, statement->line, "no such variable in \"%s\"",
                     words[i]);
            g_strfreev(expanded);
            return NULL;
        }
    }
    return expanded;
}
