/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "request.h"

#include <string.h>

/* What the rules of the header (virtio 1.3, 5.7.6.7) make of a request. */
struct header {
    uint32_t flags;
    uint64_t fence_id;
    uint32_t ctx_id;
    uint8_t ring_idx;
};

static bool ring_counts(const struct run *run)
{
    return run->device.virgl && run->device.context_init &&
           !(run->device.refused_features &
             (SCRIPT_F_VIRGL | SCRIPT_F_CONTEXT_INIT));
}

static struct header expected_header(const struct run *run,
                                     const struct request *request)
{
    const uint8_t *p = request->bytes->data;
    struct header header = { 0 };

    if (request->bytes->len >= HEADER_BYTES &&
        get_le32(p + HEADER_FLAGS) & FLAG_FENCE) {
        header.flags = FLAG_FENCE;
        header.fence_id = get_le64(p + HEADER_FENCE_ID);
        header.ctx_id = get_le32(p + HEADER_CTX_ID);
        if (ring_counts(run) && get_le32(p + HEADER_FLAGS) & FLAG_RING_IDX) {
            header.flags |= FLAG_RING_IDX;
            header.ring_idx = p[HEADER_RING_IDX];
        }
    }
    return header;
}

static bool judge_header(struct run *run, const struct request *request,
                         const uint8_t *p)
{
    struct header expected = expected_header(run, request);
    struct header got = {
        .flags = get_le32(p + HEADER_FLAGS),
        .fence_id = get_le64(p + HEADER_FENCE_ID),
        .ctx_id = get_le32(p + HEADER_CTX_ID),
        .ring_idx = p[HEADER_RING_IDX],
    };

    if (got.flags != expected.flags || got.fence_id != expected.fence_id ||
        got.ctx_id != expected.ctx_id || got.ring_idx != expected.ring_idx) {
        return run_fail(run, request->line,
                        "%s: expected reply header flags=%u fence_id=0x%"
                        PRIx64 " ctx_id=%u ring_idx=%u, got flags=%u "
                        "fence_id=0x%" PRIx64 " ctx_id=%u ring_idx=%u",
                        request->words[0], expected.flags, expected.fence_id,
                        expected.ctx_id, expected.ring_idx, got.flags,
                        got.fence_id, got.ctx_id, got.ring_idx);
    }
    for (unsigned i = HEADER_RING_IDX + 1; i < HEADER_BYTES; i++) {
        if (p[i] != 0) {
            return run_fail(run, request->line, "%s: expected reply padding "
                            "0, got 0x%02x", request->words[0], p[i]);
        }
    }
    return true;
}

/* Bytes behind used.len keep their poison, the guard included. */
static bool judge_untouched(struct run *run, const struct request *request,
                            const uint8_t *p, uint32_t used)
{
    if (statement_value(request->words, "reply-at")) {
        return true;
    }
    for (uint32_t i = used; i < request->writable + GUARD_BYTES; i++) {
        if (p[i] != POISON) {
            return run_fail(run, request->line, "%s: expected nothing written "
                            "behind used.len %u, got 0x%02x at byte %u of %u",
                            request->words[0], used, p[i], i,
                            request->writable);
        }
    }
    return true;
}

/* The reply type that is expected; 0 for a chain that comes back empty. */
static bool expected_type(struct run *run, const struct request *request,
                          uint32_t *type)
{
    const char *name = request->reply ? request->reply[0] : NULL;

    *type = request->command->success;
    if (name && !g_str_equal(name, "nothing")) {
        *type = reply_find(name);
        if (!*type) {
            return run_fail(run, request->line, "no reply \"%s\"", name);
        }
    }
    if (request->writable < HEADER_BYTES ||
        (name && g_str_equal(name, "nothing"))) {
        *type = 0;
    }
    return true;
}

/* What GET_CAPSET_INFO said of the set. */
static uint32_t capset_bytes(struct run *run, const struct request *request)
{
    return payload_capset_bytes(run, get_le32(request->bytes->data +
                                              HEADER_BYTES));
}

static bool judge_type(struct run *run, const struct request *request,
                       const uint8_t *p, uint32_t used)
{
    uint32_t expected, got, length;

    if (!expected_type(run, request, &expected)) {
        return false;
    }
    got = used >= HEADER_BYTES ? get_le32(p + HEADER_TYPE) : 0;
    length = expected == 0 ? 0
             : expected == request->command->success
               ? request->command->reply_bytes : HEADER_BYTES;
    if (expected == OK_CAPSET) {
        length = HEADER_BYTES + capset_bytes(run, request);
    }
    if (got != expected || used != length) {
        return run_fail(run, request->line,
                        "%s: expected %s used.len %u, got %s used.len %u",
                        request->words[0],
                        expected ? reply_name(expected) : "nothing", length,
                        got ? reply_name(got) : "nothing", used);
    }
    return true;
}

static void note_reply(struct run *run, const uint8_t *p, uint32_t used,
                       const char *payload)
{
    g_autoptr(GString) text = g_string_new(NULL);

    if (used < HEADER_BYTES) {
        run_note(run, "< nothing [%u]", used);
        return;
    }
    g_string_append(text, reply_name(get_le32(p)));
    if (get_le32(p + HEADER_FLAGS)) {
        g_string_append_printf(text, " flags=%u fence_id=0x%" PRIx64
                               " ctx_id=%u ring_idx=%u",
                               get_le32(p + HEADER_FLAGS),
                               get_le64(p + HEADER_FENCE_ID),
                               get_le32(p + HEADER_CTX_ID),
                               p[HEADER_RING_IDX]);
    }
    if (get_le32(p) == OK_CAPSET) {
        run_note(run, "< %s [..]", text->str);
        return;
    }
    run_note(run, "< %s%s [%u]", text->str, payload, used);
}

bool reply_judge(struct run *run, const struct request *request, uint32_t used)
{
    g_autofree uint8_t *reply = g_malloc(request->writable + GUARD_BYTES);
    g_autoptr(GString) payload = g_string_new(NULL);
    bool ok;

    run->ops->read(run->host, request->reply_addr, reply,
                   request->writable + GUARD_BYTES);
    if (used > request->writable) {
        return run_fail(run, request->line, "%s: expected used.len of at most "
                        "%u, got %u", request->words[0], request->writable,
                        used);
    }
    ok = judge_type(run, request, reply, used) &&
         judge_untouched(run, request, reply, used);
    if (ok && used >= HEADER_BYTES) {
        ok = judge_header(run, request, reply) &&
             payload_judge(run, request, reply, payload);
    }
    note_reply(run, reply, used, payload->str);
    return ok;
}
