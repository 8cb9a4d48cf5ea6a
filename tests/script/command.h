/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The commands as tables: where each field stands (virtio 1.3, 5.7.6; the
 * commands that it only names as in Linux' virtio_gpu.h).  Written apart from
 * the library's decoder on purpose.  Constant data, any thread.
 */
#ifndef TESTS_SCRIPT_COMMAND_H
#define TESTS_SCRIPT_COMMAND_H

#include <stdbool.h>
#include <stdint.h>

#define HEADER_BYTES 24

/* Header fields. */
#define HEADER_TYPE     0
#define HEADER_FLAGS    4
#define HEADER_FENCE_ID 8
#define HEADER_CTX_ID   16
#define HEADER_RING_IDX 20

#define FLAG_FENCE    1u
#define FLAG_RING_IDX 2u

enum reply_type {
    OK_NODATA            = 0x1100,
    OK_DISPLAY_INFO      = 0x1101,
    OK_CAPSET_INFO       = 0x1102,
    OK_CAPSET            = 0x1103,
    OK_EDID              = 0x1104,
    OK_RESOURCE_UUID     = 0x1105,
    OK_MAP_INFO          = 0x1106,
    ERR_UNSPEC           = 0x1200,
};

enum field_kind {
    FIELD_NUMBER,               /* one little-endian number */
    FIELD_LIST,                 /* up to count of them, comma-separated */
    FIELD_PADDING,              /* all share the name "padding" */
};

struct field {
    const char *name;
    const char *alias;          /* shorter; NULL: none */
    enum field_kind kind;
    unsigned offset;
    unsigned bytes;             /* of one number: 4 or 8 */
    unsigned count;
};

#define MAX_FIELDS 13

struct command {
    const char *name;
    uint32_t type;
    unsigned queue;
    unsigned bytes;             /* of the fixed part */
    enum reply_type success;
    unsigned reply_bytes;       /* of a success */
    bool has_entries;           /* mem_entry[] behind it, counted by nr_entries */
    struct field fields[MAX_FIELDS];    /* to the first without a name */
};

/* By name; NULL when there is none.  "REQUEST" is a bare header. */
const struct command *command_find(const char *name);

/* By name or alias; NULL when the command has no such field. */
const struct field *command_field(const struct command *command,
                                  const char *name);

/* "OK_NODATA", "ERR_UNSPEC"; or the other way, 0 when unknown. */
const char *reply_name(uint32_t type);
uint32_t reply_find(const char *name);

/* The value of a named constant (formats, blob kinds); false when unknown. */
bool constant_find(const char *name, uint64_t *value);

/* The name of a format of the specification, or NULL. */
const char *format_name(uint32_t format);

/* Which byte of a pixel holds red, green, blue and the fourth channel. */
struct format_bytes {
    uint8_t r, g, b, a;
};
bool format_layout(uint32_t format, struct format_bytes *layout);

uint32_t get_le32(const uint8_t *p);
uint64_t get_le64(const uint8_t *p);
void put_le(uint8_t *p, uint64_t value, unsigned bytes);

#endif
