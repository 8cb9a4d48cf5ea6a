/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "request.h"

#include <string.h>

#define NUM_PMODES 16
#define PMODE_BYTES 24
#define EDID_AT 32
#define EDID_BYTES 1024
#define EDID_BLOCK 128
#define UUID_BYTES 16

/* No word of a script can name it. */
#define CAPSET_VARIABLE "capset %u"

/* modeN=1280x800+0+0, or modeN=off; said of a head that must be so. */
static bool judge_mode(struct run *run, const struct request *request,
                       const uint8_t *p, unsigned head)
{
    g_autofree char *key = g_strdup_printf("mode%u", head);
    g_autofree char *got = NULL;
    const char *expected = request->reply
                           ? statement_value(request->reply, key) : NULL;

    got = get_le32(p + 16)
          ? g_strdup_printf("%ux%u+%u+%u", get_le32(p + 8), get_le32(p + 12),
                            get_le32(p), get_le32(p + 4))
          : g_strdup("off");
    if (expected && !g_str_equal(expected, got)) {
        return run_fail(run, request->line, "GET_DISPLAY_INFO: expected head "
                        "%u %s, got %s", head, expected, got);
    }
    return true;
}

static bool is_zero(const uint8_t *p, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        if (p[i]) {
            return false;
        }
    }
    return true;
}

static bool judge_display_info(struct run *run, const struct request *request,
                               const uint8_t *reply, GString *text)
{
    for (unsigned head = 0; head < NUM_PMODES; head++) {
        const uint8_t *p = reply + HEADER_BYTES + head * PMODE_BYTES;
        uint32_t enabled = get_le32(p + 16);

        if (get_le32(p + 20) != 0 || enabled > 1 ||
            (head >= run->device.max_outputs && enabled) ||
            (!enabled && !is_zero(p, PMODE_BYTES))) {
            return run_fail(run, request->line, "GET_DISPLAY_INFO: expected "
                            "head %u clean, got enabled %u flags 0x%x and "
                            "%ux%u", head, enabled, get_le32(p + 20),
                            get_le32(p + 8), get_le32(p + 12));
        }
        if (!judge_mode(run, request, p, head)) {
            return false;
        }
        if (enabled) {
            g_string_append_printf(text, " mode%u=%ux%u+%u+%u", head,
                                   get_le32(p + 8), get_le32(p + 12),
                                   get_le32(p), get_le32(p + 4));
        }
    }
    return true;
}

static bool edid_is_valid(const uint8_t *edid, uint32_t size)
{
    static const uint8_t magic[8] = { 0, 255, 255, 255, 255, 255, 255, 0 };
    unsigned blocks = 1 + edid[126];

    if (size == 0 || size % EDID_BLOCK || size > EDID_BYTES ||
        size < blocks * EDID_BLOCK || memcmp(edid, magic, sizeof(magic)) != 0) {
        return false;
    }
    for (unsigned block = 0; block < blocks; block++) {
        uint8_t sum = 0;

        for (unsigned i = 0; i < EDID_BLOCK; i++) {
            sum += edid[block * EDID_BLOCK + i];
        }
        if (sum != 0) {
            return false;
        }
    }
    return is_zero(edid + size, EDID_BYTES - size);
}

/* The first detailed timing descriptor is the preferred one. */
static void edid_preferred(const uint8_t *edid, char text[32])
{
    const uint8_t *dtd = edid + 54;

    g_snprintf(text, 32, "%ux%u", dtd[2] | (dtd[4] & 0xf0) << 4,
               dtd[5] | (dtd[7] & 0xf0) << 4);
}

static bool judge_edid(struct run *run, const struct request *request,
                       const uint8_t *reply, GString *text)
{
    const uint8_t *edid = reply + EDID_AT;
    uint32_t size = get_le32(reply + HEADER_BYTES);
    const char *expected = request->reply
                           ? statement_value(request->reply, "preferred")
                           : NULL;
    char preferred[32];

    if (get_le32(reply + HEADER_BYTES + 4) || !edid_is_valid(edid, size)) {
        return run_fail(run, request->line, "GET_EDID: expected valid blocks "
                        "and zeros behind them, got size %u with %u "
                        "extensions", size, edid[126]);
    }
    edid_preferred(edid, preferred);
    if (expected && !g_str_equal(preferred, expected)) {
        return run_fail(run, request->line, "GET_EDID: expected preferred "
                        "timing %s, got %s", expected, preferred);
    }
    g_string_append_printf(text, " preferred=%s", preferred);
    return true;
}

/* uuid=NAME: the first use gives the name, later ones must be the same. */
static bool judge_uuid(struct run *run, const struct request *request,
                       const uint8_t *reply, GString *text)
{
    const char *name = request->reply
                       ? statement_value(request->reply, "uuid") : NULL;
    const uint8_t *uuid = reply + HEADER_BYTES;
    GHashTableIter iter;
    void *key, *value;

    if (uuid[6] >> 4 != 4 || uuid[8] >> 6 != 2) {
        return run_fail(run, request->line, "RESOURCE_ASSIGN_UUID: expected "
                        "version 4, got version %u variant %u", uuid[6] >> 4,
                        uuid[8] >> 6);
    }
    if (!name) {
        return true;
    }
    g_hash_table_iter_init(&iter, run->uuids);
    while (g_hash_table_iter_next(&iter, &key, &value)) {
        bool same = memcmp(value, uuid, UUID_BYTES) == 0;

        if (same != g_str_equal(key, name)) {
            return run_fail(run, request->line, "RESOURCE_ASSIGN_UUID: "
                            "expected %s, got %s UUID %s", name,
                            same ? "the" : "another than",
                            (const char *)key);
        }
    }
    g_hash_table_replace(run->uuids, g_strdup(name),
                         g_memdup2(uuid, UUID_BYTES));
    g_string_append_printf(text, " uuid=%s", name);
    return true;
}

static void keep_number(struct run *run, const char *name, uint32_t value)
{
    g_hash_table_replace(run->variables, g_strdup(name),
                         g_strdup_printf("%u", value));
}

uint32_t payload_capset_bytes(struct run *run, uint32_t id)
{
    g_autofree char *name = g_strdup_printf(CAPSET_VARIABLE, id);
    const char *text = g_hash_table_lookup(run->variables, name);

    return text ? g_ascii_strtoull(text, NULL, 10) : 0;
}

/* "size=NAME" keeps how large the set is at most, as a variable. */
static bool judge_capset_info(struct run *run, const struct request *request,
                              const uint8_t *reply, GString *text)
{
    g_autofree char *by_id =
        g_strdup_printf(CAPSET_VARIABLE, get_le32(reply + HEADER_BYTES));
    const char *name = request->reply
                       ? statement_value(request->reply, "size") : NULL;
    uint32_t id = get_le32(reply + HEADER_BYTES);
    uint32_t bytes = get_le32(reply + HEADER_BYTES + 8);

    if (id < 1 || id > 63 || bytes == 0 ||
        get_le32(reply + HEADER_BYTES + 12) != 0) {
        return run_fail(run, request->line, "GET_CAPSET_INFO: expected an id of "
                        "1 to 63 and some bytes, got %u and %u", id, bytes);
    }
    keep_number(run, by_id, bytes);
    if (name) {
        keep_number(run, name, bytes);
    }
    g_string_append_printf(text, " id=%u max_version=%u", id,
                           get_le32(reply + HEADER_BYTES + 4));
    return true;
}

bool payload_judge(struct run *run, const struct request *request,
                   const uint8_t *reply, GString *text)
{
    switch (get_le32(reply + HEADER_TYPE)) {
    case OK_DISPLAY_INFO:
        return judge_display_info(run, request, reply, text);
    case OK_CAPSET_INFO:
        return judge_capset_info(run, request, reply, text);
    case OK_EDID:
        return judge_edid(run, request, reply, text);
    case OK_RESOURCE_UUID:
        return judge_uuid(run, request, reply, text);
    default:
        return true;
    }
}
