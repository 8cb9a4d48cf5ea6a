/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "command.h"

#include <glib.h>

#define NUM(name_, alias_, at)   { name_, alias_, FIELD_NUMBER, at, 4, 1 }
#define WIDE(name_, alias_, at)  { name_, alias_, FIELD_NUMBER, at, 8, 1 }
#define LIST(name_, at, num)     { name_, NULL, FIELD_LIST, at, 4, num }
#define PAD(at)                  { "padding", NULL, FIELD_PADDING, at, 4, 1 }

#define RESOURCE_ONLY { NUM("resource_id", "id", 24), PAD(28) }
#define TRANSFER_3D { \
    LIST("box", 24, 6), WIDE("offset", NULL, 48), \
    NUM("resource_id", "id", 56), NUM("level", NULL, 60), \
    NUM("stride", NULL, 64), NUM("layer_stride", NULL, 68) }
#define CURSOR { \
    NUM("scanout_id", "scanout", 24), NUM("x", NULL, 28), \
    NUM("y", NULL, 32), PAD(36), NUM("resource_id", "id", 40), \
    NUM("hot_x", NULL, 44), NUM("hot_y", NULL, 48), PAD(52) }

static const struct command commands[] = {
    { "REQUEST", 0, 0, 24, OK_NODATA, 24, false, { { 0 } } },
    { "GET_DISPLAY_INFO", 0x100, 0, 24, OK_DISPLAY_INFO, 408, false,
      { { 0 } } },
    { "RESOURCE_CREATE_2D", 0x101, 0, 40, OK_NODATA, 24, false,
      { NUM("resource_id", "id", 24), NUM("format", NULL, 28),
        NUM("width", NULL, 32), NUM("height", NULL, 36) } },
    { "RESOURCE_UNREF", 0x102, 0, 32, OK_NODATA, 24, false, RESOURCE_ONLY },
    { "SET_SCANOUT", 0x103, 0, 48, OK_NODATA, 24, false,
      { LIST("rect", 24, 4), NUM("scanout_id", "scanout", 40),
        NUM("resource_id", "id", 44) } },
    { "RESOURCE_FLUSH", 0x104, 0, 48, OK_NODATA, 24, false,
      { LIST("rect", 24, 4), NUM("resource_id", "id", 40), PAD(44) } },
    { "TRANSFER_TO_HOST_2D", 0x105, 0, 56, OK_NODATA, 24, false,
      { LIST("rect", 24, 4), WIDE("offset", NULL, 40),
        NUM("resource_id", "id", 48), PAD(52) } },
    { "RESOURCE_ATTACH_BACKING", 0x106, 0, 32, OK_NODATA, 24, true,
      { NUM("resource_id", "id", 24), NUM("nr_entries", NULL, 28) } },
    { "RESOURCE_DETACH_BACKING", 0x107, 0, 32, OK_NODATA, 24, false,
      RESOURCE_ONLY },
    { "GET_CAPSET_INFO", 0x108, 0, 32, OK_CAPSET_INFO, 40, false,
      { NUM("capset_index", "index", 24), PAD(28) } },
    { "GET_CAPSET", 0x109, 0, 32, OK_CAPSET, 24, false,
      { NUM("capset_id", NULL, 24), NUM("capset_version", NULL, 28) } },
    { "GET_EDID", 0x10a, 0, 32, OK_EDID, 1056, false,
      { NUM("scanout", NULL, 24), PAD(28) } },
    { "RESOURCE_ASSIGN_UUID", 0x10b, 0, 32, OK_RESOURCE_UUID, 40, false,
      RESOURCE_ONLY },
    { "RESOURCE_CREATE_BLOB", 0x10c, 0, 56, OK_NODATA, 24, true,
      { NUM("resource_id", "id", 24), NUM("blob_mem", "mem", 28),
        NUM("blob_flags", NULL, 32), NUM("nr_entries", NULL, 36),
        WIDE("blob_id", NULL, 40), WIDE("size", NULL, 48) } },
    { "SET_SCANOUT_BLOB", 0x10d, 0, 96, OK_NODATA, 24, false,
      { LIST("rect", 24, 4), NUM("scanout_id", "scanout", 40),
        NUM("resource_id", "id", 44), NUM("width", NULL, 48),
        NUM("height", NULL, 52), NUM("format", NULL, 56), PAD(60),
        { "strides", "stride", FIELD_LIST, 64, 4, 4 },
        { "offsets", "offset", FIELD_LIST, 80, 4, 4 } } },
    { "CTX_CREATE", 0x200, 0, 96, OK_NODATA, 24, false,
      { NUM("nlen", NULL, 24), NUM("context_init", NULL, 28) } },
    { "CTX_DESTROY", 0x201, 0, 24, OK_NODATA, 24, false, { { 0 } } },
    { "CTX_ATTACH_RESOURCE", 0x202, 0, 32, OK_NODATA, 24, false,
      RESOURCE_ONLY },
    { "CTX_DETACH_RESOURCE", 0x203, 0, 32, OK_NODATA, 24, false,
      RESOURCE_ONLY },
    { "RESOURCE_CREATE_3D", 0x204, 0, 72, OK_NODATA, 24, false,
      { NUM("resource_id", "id", 24), NUM("target", NULL, 28),
        NUM("format", NULL, 32), NUM("bind", NULL, 36),
        NUM("width", NULL, 40), NUM("height", NULL, 44),
        NUM("depth", NULL, 48), NUM("array_size", NULL, 52),
        NUM("last_level", NULL, 56), NUM("nr_samples", NULL, 60),
        NUM("resource_flags", NULL, 64), PAD(68) } },
    { "TRANSFER_TO_HOST_3D", 0x205, 0, 72, OK_NODATA, 24, false,
      TRANSFER_3D },
    { "TRANSFER_FROM_HOST_3D", 0x206, 0, 72, OK_NODATA, 24, false,
      TRANSFER_3D },
    { "SUBMIT_3D", 0x207, 0, 32, OK_NODATA, 24, false,
      { NUM("size", NULL, 24), PAD(28) } },
    { "RESOURCE_MAP_BLOB", 0x208, 0, 40, OK_MAP_INFO, 32, false,
      { NUM("resource_id", "id", 24), PAD(28), WIDE("offset", NULL, 32) } },
    { "RESOURCE_UNMAP_BLOB", 0x209, 0, 32, OK_NODATA, 24, false,
      RESOURCE_ONLY },
    { "UPDATE_CURSOR", 0x300, 1, 56, OK_NODATA, 24, false, CURSOR },
    { "MOVE_CURSOR", 0x301, 1, 56, OK_NODATA, 24, false, CURSOR },
};

static const struct {
    const char *name;
    uint32_t type;
} replies[] = {
    { "OK_NODATA", OK_NODATA },
    { "OK_DISPLAY_INFO", OK_DISPLAY_INFO },
    { "OK_CAPSET_INFO", OK_CAPSET_INFO },
    { "OK_CAPSET", OK_CAPSET },
    { "OK_EDID", OK_EDID },
    { "OK_RESOURCE_UUID", OK_RESOURCE_UUID },
    { "OK_MAP_INFO", OK_MAP_INFO },
    { "ERR_UNSPEC", ERR_UNSPEC },
    { "ERR_OUT_OF_MEMORY", 0x1201 },
    { "ERR_INVALID_SCANOUT_ID", 0x1202 },
    { "ERR_INVALID_RESOURCE_ID", 0x1203 },
    { "ERR_INVALID_CONTEXT_ID", 0x1204 },
    { "ERR_INVALID_PARAMETER", 0x1205 },
};

static const struct {
    const char *name;
    uint32_t format;
    struct format_bytes layout;
} formats[] = {
    { "B8G8R8A8", 1,   { .b = 0, .g = 1, .r = 2, .a = 3 } },
    { "B8G8R8X8", 2,   { .b = 0, .g = 1, .r = 2, .a = 3 } },
    { "A8R8G8B8", 3,   { .a = 0, .r = 1, .g = 2, .b = 3 } },
    { "X8R8G8B8", 4,   { .a = 0, .r = 1, .g = 2, .b = 3 } },
    { "R8G8B8A8", 67,  { .r = 0, .g = 1, .b = 2, .a = 3 } },
    { "X8B8G8R8", 68,  { .a = 0, .b = 1, .g = 2, .r = 3 } },
    { "A8B8G8R8", 121, { .a = 0, .b = 1, .g = 2, .r = 3 } },
    { "R8G8B8X8", 134, { .r = 0, .g = 1, .b = 2, .a = 3 } },
};

static const struct {
    const char *name;
    uint64_t value;
} constants[] = {
    { "GUEST", 1 },
    { "HOST3D", 2 },
    { "HOST3D_GUEST", 3 },
    { "MAPPABLE", 1 },
    { "SHAREABLE", 2 },
    { "CROSS_DEVICE", 4 },
    { "FENCE", FLAG_FENCE },
    { "RING_IDX", FLAG_RING_IDX },
};

const struct command *command_find(const char *name)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (g_str_equal(commands[i].name, name)) {
            return &commands[i];
        }
    }
    return NULL;
}

const struct field *command_field(const struct command *command,
                                  const char *name)
{
    for (const struct field *f = command->fields; f->name; f++) {
        if (g_str_equal(f->name, name) || g_strcmp0(f->alias, name) == 0) {
            return f;
        }
    }
    return NULL;
}

const char *reply_name(uint32_t type)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(replies); i++) {
        if (replies[i].type == type) {
            return replies[i].name;
        }
    }
    return "unknown";
}

uint32_t reply_find(const char *name)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(replies); i++) {
        if (g_str_equal(replies[i].name, name)) {
            return replies[i].type;
        }
    }
    return 0;
}

bool constant_find(const char *name, uint64_t *value)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(formats); i++) {
        if (g_str_equal(formats[i].name, name)) {
            *value = formats[i].format;
            return true;
        }
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(constants); i++) {
        if (g_str_equal(constants[i].name, name)) {
            *value = constants[i].value;
            return true;
        }
    }
    return false;
}

const char *format_name(uint32_t format)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(formats); i++) {
        if (formats[i].format == format) {
            return formats[i].name;
        }
    }
    return NULL;
}

bool format_layout(uint32_t format, struct format_bytes *layout)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(formats); i++) {
        if (formats[i].format == format) {
            *layout = formats[i].layout;
            return true;
        }
    }
    return false;
}

uint32_t get_le32(const uint8_t *p)
{
    return p[0] | p[1] << 8 | p[2] << 16 | (uint32_t)p[3] << 24;
}

uint64_t get_le64(const uint8_t *p)
{
    return get_le32(p) | (uint64_t)get_le32(p + 4) << 32;
}

void put_le(uint8_t *p, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        p[i] = value >> (8 * i);
    }
}
