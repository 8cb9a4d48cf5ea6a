/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A script as it was read: cases, each a tree of statements whose words are
 * kept as text, since $variables change their meaning while a case runs.
 */
#ifndef TESTS_SCRIPT_STATEMENT_H
#define TESTS_SCRIPT_STATEMENT_H

#include <glib.h>

enum statement_kind {
    STATEMENT_DEVICE,
    STATEMENT_FEATURES,
    STATEMENT_MEMORY,
    STATEMENT_FILL,
    STATEMENT_WRITE,
    STATEMENT_REQUEST,
    STATEMENT_EXPECT,
    STATEMENT_REPEAT,
    STATEMENT_FOR,
    STATEMENT_DO,
    STATEMENT_LET,
    STATEMENT_RESET,
    STATEMENT_RESIZE,
    STATEMENT_CONFIG,
    STATEMENT_FAULT,
};

struct statement {
    enum statement_kind kind;
    unsigned line;
    char **words;               /* with the keyword, up to "->" */
    char **reply;               /* behind "->"; NULL without */
    GPtrArray *body;            /* of repeat and for; of struct statement */
};

struct script_case {
    char *name;                 /* "T-006,T-011/each-format" */
    unsigned line;
    GPtrArray *statements;
};

struct script {
    char *path;
    char *name;
    GPtrArray *common;          /* statements before the first case */
    GPtrArray *cases;           /* of struct script_case */
    GHashTable *sequences;      /* name to GPtrArray of struct statement */
};

/* "key=value" among @words, from the second on: the value, or NULL. */
const char *statement_value(char *const *words, const char *key);

#endif
