/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "run.h"

#include <string.h>

/* Written in pieces, so that a large fill needs no large buffer. */
#define CHUNK_BYTES (256 << 10)

/* No two words of a pattern are equal within 16 MiB; all four bytes vary. */
static uint32_t pattern_word(uint32_t seed, uint64_t index)
{
    uint32_t x = index + seed * 0x9e3779b9u;

    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= x >> 15;
    x *= 0x846ca68bu;
    x ^= x >> 16;
    return x;
}

enum filler {
    FILL_BYTE,
    FILL_WORD,
    FILL_PATTERN,
};

static void fill_chunk(uint8_t *chunk, size_t bytes, uint64_t offset,
                       enum filler filler, uint32_t value)
{
    for (size_t i = 0; i < bytes; i += 4) {
        uint8_t word[4];

        switch (filler) {
        case FILL_BYTE:
            put_le(word, value * 0x01010101u, 4);
            break;
        case FILL_WORD:
            put_le(word, value, 4);
            break;
        case FILL_PATTERN:
            put_le(word, pattern_word(value, (offset + i) / 4), 4);
            break;
        }
        memcpy(chunk + i, word, MIN(4, bytes - i));
    }
}

static void fill(struct run *run, const struct memory *range,
                 enum filler filler, uint32_t value)
{
    g_autofree uint8_t *chunk = g_malloc(CHUNK_BYTES);

    for (uint64_t done = 0; done < range->bytes; done += CHUNK_BYTES) {
        size_t bytes = MIN(CHUNK_BYTES, range->bytes - done);

        fill_chunk(chunk, bytes, done, filler, value);
        run->ops->write(run->host, range->addr + done, chunk, bytes);
    }
}

/* byte=N, word=N or pattern=SEED; nothing to do without one of them. */
static bool fill_as_told(struct run *run, unsigned line, char *const *words,
                         const struct memory *range)
{
    static const char *const keys[] = { "byte", "word", "pattern" };

    for (unsigned i = 0; i < G_N_ELEMENTS(keys); i++) {
        const char *text = statement_value(words, keys[i]);
        uint64_t value;

        if (!text) {
            continue;
        }
        if (!run_number(run, line, text, &value)) {
            return false;
        }
        fill(run, range, (enum filler)i, value);
    }
    return true;
}

static enum script_memory memory_kind(char *const *words)
{
    static const char *const kinds[] = {
        "ram", "rom", "hole", "mmio", "device",
    };

    for (unsigned i = 0; words[i]; i++) {
        for (unsigned kind = 0; kind < G_N_ELEMENTS(kinds); kind++) {
            if (g_str_equal(words[i], kinds[kind])) {
                return (enum script_memory)kind;
            }
        }
    }
    return SCRIPT_MEMORY_RAM;
}

/* memory NAME SIZE [rom|hole|mmio|device] [byte=N|word=N|pattern=SEED] */
bool run_memory(struct run *run, unsigned line, char *const *words)
{
    struct memory *memory;
    uint64_t addr, bytes;

    if (!run_number(run, line, words[2], &bytes) || !run_begin(run)) {
        return false;
    }
    addr = run->ops->memory(run->host, bytes, memory_kind(words + 3));
    if (!addr) {
        return run_skip(run, "no guest memory for \"memory %s %s\"", words[1],
                        words[2]);
    }
    memory = g_new(struct memory, 1);
    *memory = (struct memory) { addr, bytes };
    g_hash_table_insert(run->memories, g_strdup(words[1]), memory);
    return fill_as_told(run, line, words + 3, memory);
}

/* fill ADDRESS:SIZE byte=N|word=N|pattern=SEED */
bool run_fill(struct run *run, unsigned line, char *const *words)
{
    struct memory range;

    return run_range(run, line, words[1], &range.addr, &range.bytes) &&
           fill_as_told(run, line, words + 2, &range);
}

/* write ADDRESS WORD... : little-endian 32-bit words */
bool run_write(struct run *run, unsigned line, char *const *words)
{
    uint64_t addr, value;

    if (!run_number(run, line, words[1], &addr)) {
        return false;
    }
    for (unsigned i = 2; words[i]; i++, addr += 4) {
        uint8_t word[4];

        if (!run_number(run, line, words[i], &value)) {
            return false;
        }
        put_le(word, value, 4);
        run->ops->write(run->host, addr, word, sizeof(word));
    }
    return true;
}
