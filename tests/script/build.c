/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "request.h"

#include <string.h>

/* Of CTX_CREATE. */
#define DEBUG_NAME 32
#define DEBUG_NAME_BYTES 64

/* Words that are not fields of a command. */
static const char *const framing_words[] = {
    "type", "fence", "ring", "ctx", "flags", "readable", "writable", "split",
    "wsplit", "queue", "direct", "entries", "padding", "reply-at", "tail",
    "stream", "name",
};

static bool is_framing(const char *key)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(framing_words); i++) {
        if (g_str_equal(framing_words[i], key)) {
            return true;
        }
    }
    return false;
}

static bool put_number(struct run *run, struct request *request,
                       unsigned offset, uint64_t value, unsigned bytes)
{
    if (bytes == 4 && value >> 32 && value >> 31 != 0x1ffffffff) {
        return run_fail(run, request->line, "0x%" PRIx64 " needs 64 bits",
                        value);
    }
    put_le(request->bytes->data + offset, value, bytes);
    return true;
}

static bool put_field(struct run *run, struct request *request,
                      const struct field *field, const char *text)
{
    uint64_t numbers[8];
    unsigned num;

    if (!run_numbers(run, request->line, text, field->count, numbers, &num)) {
        return false;
    }
    for (unsigned i = 0; i < num; i++) {
        if (!put_number(run, request, field->offset + i * field->bytes,
                        numbers[i], field->bytes)) {
            return false;
        }
    }
    return true;
}

static bool put_fields(struct run *run, struct request *request)
{
    for (unsigned i = 1; request->words[i]; i++) {
        const char *equals = strchr(request->words[i], '=');
        const struct field *field;
        g_autofree char *key = NULL;

        if (!equals) {
            if (g_str_equal(request->words[i], "no-kick")) {
                continue;
            }
            return run_fail(run, request->line, "\"%s\" is no argument",
                            request->words[i]);
        }
        key = g_strndup(request->words[i], equals - request->words[i]);
        field = command_field(request->command, key);
        if (field && field->kind != FIELD_PADDING) {
            if (!put_field(run, request, field, equals + 1)) {
                return false;
            }
        } else if (!is_framing(key)) {
            return run_fail(run, request->line, "%s has no \"%s\"",
                            request->words[0], key);
        }
    }
    return true;
}

static bool put_padding(struct run *run, struct request *request)
{
    const char *text = statement_value(request->words, "padding");
    uint64_t value;

    if (!text) {
        return true;
    }
    if (!run_number(run, request->line, text, &value)) {
        return false;
    }
    memset(request->bytes->data + HEADER_RING_IDX + 1, value, 3);
    for (const struct field *f = request->command->fields; f->name; f++) {
        if (f->kind == FIELD_PADDING) {
            put_le(request->bytes->data + f->offset, value, 4);
        }
    }
    return true;
}

static bool put_header(struct run *run, struct request *request)
{
    static const struct {
        const char *key;
        unsigned offset, bytes;
        uint32_t flag;
    } parts[] = {
        { "type",  HEADER_TYPE,     4, 0 },
        { "fence", HEADER_FENCE_ID, 8, FLAG_FENCE },
        { "ctx",   HEADER_CTX_ID,   4, 0 },
        { "ring",  HEADER_RING_IDX, 1, FLAG_RING_IDX },
    };
    uint64_t flags, value;

    put_le(request->bytes->data, request->command->type, 4);
    if (!run_option(run, request->line, request->words, "flags", 0, &flags)) {
        return false;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(parts); i++) {
        const char *text = statement_value(request->words, parts[i].key);

        if (!text) {
            continue;
        }
        if (!run_number(run, request->line, text, &value) ||
            !put_number(run, request, parts[i].offset, value,
                        parts[i].bytes)) {
            return false;
        }
        flags |= parts[i].flag;
    }
    return put_number(run, request, HEADER_FLAGS, flags, 4);
}

static bool append_entries(struct run *run, struct request *request)
{
    const char *text = statement_value(request->words, "entries");
    const struct field *count = command_field(request->command, "nr_entries");
    g_autoptr(GArray) entries = NULL;

    if (!text) {
        return true;
    }
    entries = run_entries(run, request->line, text);
    if (!entries || !request->command->has_entries) {
        return entries ? run_fail(run, request->line, "%s has no entries",
                                  request->words[0]) : false;
    }
    for (unsigned i = 0; i < entries->len; i++) {
        const struct mem_entry *entry =
            &g_array_index(entries, struct mem_entry, i);
        uint8_t wire[16] = { 0 };

        put_le(wire, entry->addr, 8);
        put_le(wire + 8, entry->bytes, 4);
        g_byte_array_append(request->bytes, wire, sizeof(wire));
    }
    if (!statement_value(request->words, "nr_entries")) {
        put_le(request->bytes->data + count->offset, entries->len, 4);
    }
    return true;
}

/* tail=HEX: bytes as they stand. */
static bool append_tail(struct run *run, struct request *request)
{
    const char *hex = statement_value(request->words, "tail");

    for (; hex && *hex; hex += 2) {
        uint8_t byte;

        if (!g_ascii_isxdigit(hex[0]) || !g_ascii_isxdigit(hex[1])) {
            return run_fail(run, request->line, "\"%s\" is not hex", hex);
        }
        byte = g_ascii_xdigit_value(hex[0]) << 4 |
               g_ascii_xdigit_value(hex[1]);
        g_byte_array_append(request->bytes, &byte, 1);
    }
    return true;
}

/* "W", or "W:N" for N of them. */
static bool append_words(struct run *run, struct request *request,
                         const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, ":", 2);
    uint64_t value, count = 1;
    uint8_t word[4];

    if (!run_number(run, request->line, parts[0], &value) ||
        (parts[1] && !run_number(run, request->line, parts[1], &count))) {
        return false;
    }
    put_le(word, value, 4);
    while (count--) {
        g_byte_array_append(request->bytes, word, sizeof(word));
    }
    return true;
}

/* stream=W,W:N...: 32-bit words, counted by size unless that is said. */
static bool append_stream(struct run *run, struct request *request)
{
    const char *text = statement_value(request->words, "stream");
    const struct field *size = command_field(request->command, "size");
    guint before = request->bytes->len;
    g_auto(GStrv) words = NULL;

    if (!text) {
        return true;
    }
    words = g_strsplit(text, ",", -1);
    for (unsigned i = 0; words[i]; i++) {
        if (!append_words(run, request, words[i])) {
            return false;
        }
    }
    if (size && !statement_value(request->words, "size")) {
        put_le(request->bytes->data + size->offset,
               request->bytes->len - before, 4);
    }
    return true;
}

/* name=TEXT: debug_name of CTX_CREATE, with nlen unless that is said. */
static bool put_name(struct run *run, struct request *request)
{
    const char *text = statement_value(request->words, "name");
    const struct field *nlen = command_field(request->command, "nlen");
    g_autofree char *name = text ? g_strcompress(text) : NULL;

    if (!name) {
        return true;
    }
    if (!nlen || strlen(name) > DEBUG_NAME_BYTES) {
        return run_fail(run, request->line, "no place for name=%s", text);
    }
    memcpy(request->bytes->data + DEBUG_NAME, name, strlen(name));
    if (!statement_value(request->words, "nlen")) {
        put_le(request->bytes->data + nlen->offset, strlen(name), 4);
    }
    return true;
}

/* readable=N: cut, or made longer with bytes that mean nothing. */
static bool set_readable(struct run *run, struct request *request)
{
    guint before = request->bytes->len;
    uint64_t bytes;

    if (!run_option(run, request->line, request->words, "readable", before,
                    &bytes)) {
        return false;
    }
    g_byte_array_set_size(request->bytes, bytes);
    if (bytes > before) {
        memset(request->bytes->data + before, 0xee, bytes - before);
    }
    return true;
}

bool request_build(struct run *run, struct request *request)
{
    request->bytes = g_byte_array_new();
    g_byte_array_set_size(request->bytes, request->command->bytes);
    memset(request->bytes->data, 0, request->bytes->len);
    return put_header(run, request) &&
           put_fields(run, request) &&
           put_padding(run, request) &&
           append_entries(run, request) &&
           put_name(run, request) &&
           append_stream(run, request) &&
           append_tail(run, request) &&
           set_readable(run, request);
}

static void note_number(GString *text, const struct field *field,
                        uint64_t value)
{
    const char *format = g_str_equal(field->name, "format") ?
                         format_name(value) : NULL;

    if (format) {
        g_string_append_printf(text, " %s=%s", field->name, format);
    } else if (value > 0xfffff) {
        g_string_append_printf(text, " %s=0x%" PRIx64, field->name, value);
    } else if (value) {
        g_string_append_printf(text, " %s=%" PRIu64, field->name, value);
    }
}

/* Zeros at the end of a list are left out, and so is a field of zeros. */
static void note_list(GString *text, const struct field *field,
                      const uint8_t *p)
{
    unsigned num = field->count;

    while (num && get_le32(p + (num - 1) * 4) == 0) {
        num--;
    }
    for (unsigned i = 0; i < num; i++) {
        uint32_t value = get_le32(p + i * 4);

        if (i == 0) {
            g_string_append_printf(text, " %s=", field->name);
        }
        g_string_append_printf(text, value > 0xfffff ? "%s0x%x" : "%s%u",
                               i ? "," : "", value);
    }
}

static void note_field(GString *text, const struct field *field,
                       const uint8_t *p)
{
    switch (field->kind) {
    case FIELD_NUMBER:
        note_number(text, field,
                    field->bytes == 8 ? get_le64(p) : get_le32(p));
        break;
    case FIELD_LIST:
        note_list(text, field, p);
        break;
    case FIELD_PADDING:
        break;
    }
}

void request_note(struct run *run, const struct request *request)
{
    static const char *const framing[] = {
        "type", "fence", "ring", "ctx", "flags", "entries", "padding", "tail",
        "stream", "name", "split", "wsplit", "queue", "direct", "reply-at",
    };
    g_autoptr(GString) text = g_string_new(request->words[0]);

    for (const struct field *f = request->command->fields; f->name; f++) {
        if (f->offset + f->bytes * f->count <= request->bytes->len) {
            note_field(text, f, request->bytes->data + f->offset);
        }
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(framing); i++) {
        const char *value = statement_value(request->words, framing[i]);

        if (value) {
            g_string_append_printf(text, " %s=%s", framing[i], value);
        }
    }
    if (request->command->success == OK_CAPSET) {
        /* How large a set is is the renderer's. */
        run_note(run, "> %s [%u/..]", text->str, request->bytes->len);
        return;
    }
    run_note(run, "> %s [%u/%u]", text->str, request->bytes->len,
             request->writable);
}
