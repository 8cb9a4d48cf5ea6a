/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "script.h"

#include <string.h>

#include "command.h"
#include "statement.h"

struct parser {
    struct script *script;
    unsigned line;
    GPtrArray *blocks;          /* open statement lists, innermost last */
    GPtrArray *sequence;        /* the open one of "sequence", or NULL */
    GError **error;
};

static const struct {
    const char *word;
    enum statement_kind kind;
    unsigned min_words;
} keywords[] = {
    { "device",   STATEMENT_DEVICE,   2 },
    { "features", STATEMENT_FEATURES, 2 },
    { "memory",   STATEMENT_MEMORY,   3 },
    { "fill",     STATEMENT_FILL,     3 },
    { "write",    STATEMENT_WRITE,    3 },
    { "expect",   STATEMENT_EXPECT,   2 },
    { "repeat",   STATEMENT_REPEAT,   2 },
    { "for",      STATEMENT_FOR,      2 },
    { "do",       STATEMENT_DO,       2 },
    { "let",      STATEMENT_LET,      2 },
    { "reset",    STATEMENT_RESET,    1 },
    { "resize",   STATEMENT_RESIZE,   3 },
    { "config",   STATEMENT_CONFIG,   2 },
    { "fault",    STATEMENT_FAULT,    2 },
};

static void statement_free(void *data)
{
    struct statement *statement = data;

    g_strfreev(statement->words);
    g_strfreev(statement->reply);
    g_clear_pointer(&statement->body, g_ptr_array_unref);
    g_free(statement);
}

static void case_free(void *data)
{
    struct script_case *script_case = data;

    g_free(script_case->name);
    g_ptr_array_unref(script_case->statements);
    g_free(script_case);
}

static GPtrArray *statements_new(void)
{
    return g_ptr_array_new_with_free_func(statement_free);
}

G_GNUC_PRINTF(2, 3)
static bool parse_error(struct parser *parser, const char *format, ...)
{
    g_autofree char *text = NULL;
    va_list args;

    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(parser->error, G_MARKUP_ERROR, G_MARKUP_ERROR_PARSE,
                "%s:%u: %s", parser->script->path, parser->line, text);
    return false;
}

/* The words of a line without its comment. */
static char **split_line(const char *line)
{
    g_auto(GStrv) pieces = g_strsplit_set(line, " \t\r", -1);
    GStrvBuilder *builder = g_strv_builder_new();
    char **words;

    for (unsigned i = 0; pieces[i] && pieces[i][0] != '#'; i++) {
        if (pieces[i][0]) {
            g_strv_builder_add(builder, pieces[i]);
        }
    }
    words = g_strv_builder_end(builder);
    g_strv_builder_unref(builder);
    return words;
}

static bool is_test_id(const char *word)
{
    return g_str_has_prefix(word, "T-") && strlen(word) == 5;
}

/* "T-006 T-011 each format" becomes "T-006,T-011/each-format". */
static bool begin_case(struct parser *parser, char **words)
{
    g_autoptr(GString) name = g_string_new(NULL);
    struct script_case *script_case;
    unsigned i = 1;

    if (parser->sequence || parser->blocks->len > 1) {
        return parse_error(parser, "an \"end\" is missing before this case");
    }
    for (; words[i] && is_test_id(words[i]); i++) {
        g_string_append_printf(name, "%s%s", i > 1 ? "," : "", words[i]);
    }
    for (unsigned first = i; words[i]; i++) {
        g_string_append_printf(name, "%s%s", i > first ? "-" : "/", words[i]);
    }
    if (!strchr(name->str, '/')) {
        return parse_error(parser, "a case needs a title");
    }
    script_case = g_new0(struct script_case, 1);
    script_case->name = g_strdup(name->str + (name->str[0] == '/'));
    script_case->line = parser->line;
    script_case->statements = statements_new();
    g_ptr_array_add(parser->script->cases, script_case);
    g_ptr_array_set_size(parser->blocks, 0);
    g_ptr_array_add(parser->blocks, script_case->statements);
    return true;
}

static bool begin_sequence(struct parser *parser, char **words)
{
    if (!words[1] || parser->sequence || parser->blocks->len > 1) {
        return parse_error(parser, "a sequence has a name and stands outside "
                           "of blocks");
    }
    parser->sequence = statements_new();
    g_hash_table_insert(parser->script->sequences, g_strdup(words[1]),
                        parser->sequence);
    g_ptr_array_add(parser->blocks, parser->sequence);
    return true;
}

static bool end_block(struct parser *parser)
{
    GPtrArray *innermost = g_ptr_array_index(parser->blocks,
                                             parser->blocks->len - 1);

    if (parser->blocks->len < 2) {
        return parse_error(parser, "\"end\" without a beginning");
    }
    if (innermost == parser->sequence) {
        parser->sequence = NULL;
    }
    g_ptr_array_set_size(parser->blocks, parser->blocks->len - 1);
    return true;
}

static bool find_kind(char **words, enum statement_kind *kind)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(keywords); i++) {
        if (g_str_equal(words[0], keywords[i].word)) {
            *kind = keywords[i].kind;
            return g_strv_length(words) >= keywords[i].min_words;
        }
    }
    *kind = STATEMENT_REQUEST;
    return command_find(words[0]) != NULL;
}

static char **slice(char **words, unsigned from, unsigned to)
{
    char **copy = g_new0(char *, to - from + 1);

    for (unsigned i = from; i < to; i++) {
        copy[i - from] = g_strdup(words[i]);
    }
    return copy;
}

static bool add_statement(struct parser *parser, char **words)
{
    GPtrArray *list = g_ptr_array_index(parser->blocks,
                                        parser->blocks->len - 1);
    struct statement *statement;
    enum statement_kind kind;
    unsigned arrow = 0;

    if (!find_kind(words, &kind)) {
        return parse_error(parser, "\"%s\" is no statement, or it lacks words",
                           words[0]);
    }
    statement = g_new0(struct statement, 1);
    statement->kind = kind;
    statement->line = parser->line;
    while (words[arrow] && !g_str_equal(words[arrow], "->")) {
        arrow++;
    }
    statement->words = slice(words, 0, arrow);
    if (words[arrow]) {
        statement->reply = slice(words, arrow + 1, g_strv_length(words));
    }
    g_ptr_array_add(list, statement);
    if (kind == STATEMENT_REPEAT || kind == STATEMENT_FOR) {
        statement->body = statements_new();
        g_ptr_array_add(parser->blocks, statement->body);
    }
    return true;
}

static bool parse_line(struct parser *parser, const char *line)
{
    g_auto(GStrv) words = split_line(line);

    if (!words[0]) {
        return true;
    }
    if (g_str_equal(words[0], "case")) {
        return begin_case(parser, words);
    }
    if (g_str_equal(words[0], "sequence")) {
        return begin_sequence(parser, words);
    }
    if (g_str_equal(words[0], "end")) {
        return end_block(parser);
    }
    return add_statement(parser, words);
}

static bool parse_text(struct parser *parser, const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

    for (unsigned i = 0; lines[i]; i++) {
        parser->line = i + 1;
        if (!parse_line(parser, lines[i])) {
            return false;
        }
    }
    if (parser->blocks->len != 1) {
        return parse_error(parser, "an \"end\" is missing");
    }
    return true;
}

struct script *script_load(const char *path, GError **error)
{
    g_autofree char *text = NULL;
    struct script *script;
    struct parser parser;

    if (!g_file_get_contents(path, &text, NULL, error)) {
        return NULL;
    }
    script = g_new0(struct script, 1);
    script->path = g_strdup(path);
    script->name = g_path_get_basename(path);
    if (g_str_has_suffix(script->name, ".vgpu")) {
        script->name[strlen(script->name) - strlen(".vgpu")] = '\0';
    }
    script->common = statements_new();
    script->cases = g_ptr_array_new_with_free_func(case_free);
    script->sequences = g_hash_table_new_full(
        g_str_hash, g_str_equal, g_free,
        (GDestroyNotify)g_ptr_array_unref);
    parser = (struct parser) {
        .script = script,
        .blocks = g_ptr_array_new(),
        .error = error,
    };
    g_ptr_array_add(parser.blocks, script->common);
    if (!parse_text(&parser, text)) {
        g_clear_pointer(&script, script_free);
    }
    g_ptr_array_unref(parser.blocks);
    return script;
}

void script_free(struct script *script)
{
    if (!script) {
        return;
    }
    g_free(script->path);
    g_free(script->name);
    g_ptr_array_unref(script->common);
    g_ptr_array_unref(script->cases);
    g_hash_table_unref(script->sequences);
    g_free(script);
}

const char *script_name(const struct script *script)
{
    return script->name;
}

unsigned script_num_cases(const struct script *script)
{
    return script->cases->len;
}

const char *script_case_name(const struct script *script, unsigned index)
{
    const struct script_case *script_case =
        g_ptr_array_index(script->cases, index);

    return script_case->name;
}

const char *statement_value(char *const *words, const char *key)
{
    size_t length = strlen(key);

    for (unsigned i = 0; words[i]; i++) {
        if (g_str_has_prefix(words[i], key) && words[i][length] == '=') {
            return words[i] + length + 1;
        }
    }
    return NULL;
}
