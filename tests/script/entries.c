/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "run.h"

#include <string.h>

bool run_range(struct run *run, unsigned line, const char *text,
               uint64_t *addr, uint64_t *bytes)
{
    g_auto(GStrv) parts = g_strsplit(text, ":", 2);

    if (!parts[0] || !parts[1]) {
        return run_fail(run, line, "\"%s\" is no ADDRESS:SIZE", text);
    }
    return run_number(run, line, parts[0], addr) &&
           run_number(run, line, parts[1], bytes);
}

/* How a range becomes entries: A:8M;pages=4096;shuffle=1 and so on. */
struct shape {
    uint64_t piece;             /* bytes of each entry; 0: all in one */
    bool odd;                   /* 1, 3, 5, 7, … bytes */
    uint64_t shuffle;           /* seed; 0: in order */
    uint64_t times;             /* the whole list so often */
};

static bool read_shape(struct run *run, unsigned line, char *const *modifiers,
                       struct shape *shape)
{
    *shape = (struct shape) { 0 };
    for (unsigned i = 0; modifiers[i]; i++) {
        shape->odd |= g_str_equal(modifiers[i], "odd");
    }
    return run_option(run, line, modifiers, "pages", 0, &shape->piece) &&
           run_option(run, line, modifiers, "shuffle", 0, &shape->shuffle) &&
           run_option(run, line, modifiers, "times", 1, &shape->times);
}

static void append_pieces(GArray *entries, uint64_t addr, uint64_t bytes,
                          const struct shape *shape)
{
    uint64_t piece = shape->odd ? 1 : shape->piece ? shape->piece : bytes;

    do {
        uint64_t length = MIN(piece, bytes);
        struct mem_entry entry = { addr, length };

        g_array_append_val(entries, entry);
        addr += length;
        bytes -= length;
        piece += shape->odd ? 2 : 0;
    } while (bytes);
}

/* Fisher-Yates with a generator of our own: the same on every machine. */
static void shuffle_entries(GArray *entries, unsigned first, uint64_t seed)
{
    uint32_t state = seed * 2654435761u + 1;

    for (unsigned i = entries->len - 1; i > first; i--) {
        struct mem_entry *a = &g_array_index(entries, struct mem_entry, i);
        struct mem_entry *b, swap;

        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        b = &g_array_index(entries, struct mem_entry,
                           first + state % (i - first + 1));
        swap = *a;
        *a = *b;
        *b = swap;
    }
}

static bool append_item(struct run *run, unsigned line, const char *item,
                        GArray *entries)
{
    g_auto(GStrv) parts = g_strsplit(item, ";", -1);
    unsigned first = entries->len;
    uint64_t addr, bytes;
    struct shape shape;

    if (!run_range(run, line, parts[0], &addr, &bytes) ||
        !read_shape(run, line, parts + 1, &shape)) {
        return false;
    }
    for (uint64_t i = 0; i < shape.times; i++) {
        append_pieces(entries, addr, bytes, &shape);
    }
    if (shape.shuffle && entries->len > first) {
        shuffle_entries(entries, first, shape.shuffle);
    }
    return true;
}

GArray *run_entries(struct run *run, unsigned line, const char *text)
{
    g_auto(GStrv) items = g_strsplit(text, ",", -1);
    GArray *entries = g_array_new(FALSE, FALSE, sizeof(struct mem_entry));

    for (unsigned i = 0; items[i]; i++) {
        if (!append_item(run, line, items[i], entries)) {
            g_array_unref(entries);
            return NULL;
        }
    }
    return entries;
}

bool run_read_entries(struct run *run, const GArray *entries, uint64_t offset,
                      uint8_t *dest, size_t bytes)
{
    for (unsigned i = 0; i < entries->len && bytes; i++) {
        const struct mem_entry *entry =
            &g_array_index(entries, struct mem_entry, i);
        uint64_t length;

        if (offset >= entry->bytes) {
            offset -= entry->bytes;
            continue;
        }
        length = MIN(entry->bytes - offset, bytes);
        run->ops->read(run->host, entry->addr + offset, dest, length);
        dest += length;
        bytes -= length;
        offset = 0;
    }
    return bytes == 0;
}
