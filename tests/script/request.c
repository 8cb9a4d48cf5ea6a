/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "request.h"

#include <string.h>

void request_free(void *data)
{
    struct request *request = data;

    g_strfreev(request->words);
    g_strfreev(request->reply);
    g_clear_pointer(&request->bytes, g_byte_array_unref);
    g_clear_pointer(&request->pieces, g_array_unref);
    g_free(request);
}

/* A stretch of guest memory that becomes descriptors. */
struct area {
    uint64_t addr;
    uint64_t bytes;
    bool device_writes;
    const char *split;          /* as in split=; NULL: one piece */
};

static uint64_t append_piece(struct request *request, const struct area *area,
                             uint64_t done, uint64_t bytes)
{
    struct script_descriptor piece = {
        .addr = area->addr + done,
        .bytes = MIN(bytes, area->bytes - done),
        .device_writes = area->device_writes,
    };

    g_array_append_val(request->pieces, piece);
    return done + piece.bytes;
}

/* "24,8" is 24, 8 and the rest; "7,1.." is 7 and then one byte each. */
static bool append_pieces(struct run *run, struct request *request,
                          const struct area *area)
{
    g_auto(GStrv) parts = g_strsplit(area->split ? area->split : "", ",", -1);
    uint64_t done = 0, size;

    for (unsigned i = 0; parts[i] && done < area->bytes; i++) {
        size_t length = strcspn(parts[i], ".");
        g_autofree char *number = g_strndup(parts[i], length);

        if (!run_number(run, request->line, number, &size)) {
            return false;
        }
        done = append_piece(request, area, done, size);
        while (parts[i][length] && size && done < area->bytes) {
            done = append_piece(request, area, done, size);
        }
    }
    if (done < area->bytes) {
        append_piece(request, area, done, area->bytes - done);
    }
    return true;
}

static bool place_request(struct run *run, struct request *request)
{
    struct area readable = {
        .bytes = request->bytes->len,
        .split = statement_value(request->words, "split"),
    };
    struct area writable = {
        .bytes = request->writable,
        .split = statement_value(request->words, "wsplit"),
        .device_writes = true,
    };
    size_t poisoned = request->writable + GUARD_BYTES;
    g_autofree uint8_t *poison = g_malloc(poisoned);

    readable.addr = run_scratch(run, MAX(readable.bytes, poisoned));
    writable.addr = run_scratch(run, poisoned);
    if (!readable.addr || !writable.addr) {
        return false;
    }
    if (statement_value(request->words, "reply-at")) {
        writable.addr = readable.addr;
    }
    request->reply_addr = writable.addr;
    memset(poison, POISON, poisoned);
    run->ops->write(run->host, writable.addr, poison, poisoned);
    run->ops->write(run->host, readable.addr, request->bytes->data,
                    request->bytes->len);
    request->pieces = g_array_new(FALSE, FALSE,
                                  sizeof(struct script_descriptor));
    return append_pieces(run, request, &readable) &&
           append_pieces(run, request, &writable);
}

static bool choose_queue(struct run *run, struct request *request)
{
    const char *name = statement_value(request->words, "queue");

    request->queue = request->command->queue;
    if (name && !g_str_equal(name, "control") && !g_str_equal(name, "cursor")) {
        return run_fail(run, request->line, "no queue \"%s\"", name);
    }
    if (name) {
        request->queue = g_str_equal(name, "cursor");
    }
    return true;
}

static bool has_word(char *const *words, const char *word)
{
    return g_strv_contains((const char *const *)words, word);
}

static bool add_request(struct run *run, struct request *request)
{
    struct script_chain chain = { .queue = request->queue };
    uint64_t direct;

    if (!run_option(run, request->line, request->words, "direct",
                    SCRIPT_DIRECT_ANY, &direct)) {
        return false;
    }
    chain.descriptors = (const void *)request->pieces->data;
    chain.num = request->pieces->len;
    chain.direct = direct;
    request->token = run->ops->add(run->host, &chain);
    return true;
}

static bool prepare(struct run *run, struct request *request)
{
    uint64_t writable;

    if (!choose_queue(run, request) || !request_build(run, request) ||
        !run_option(run, request->line, request->words, "writable",
                    request->queue == 1 ? 0 : request->command->reply_bytes,
                    &writable)) {
        return false;
    }
    request->writable = writable;
    return place_request(run, request) && add_request(run, request);
}

bool run_request(struct run *run, const struct statement *statement,
                 char *const *words, char *const *reply)
{
    struct request *request;
    bool queues[2] = { false, false };

    if (!run_begin(run)) {
        return false;
    }
    request = g_new0(struct request, 1);
    request->command = command_find(words[0]);
    request->line = statement->line;
    request->words = g_strdupv((char **)words);
    request->reply = g_strdupv((char **)reply);
    request->silent = run->repeated > 0;
    if (!prepare(run, request)) {
        request_free(request);
        return false;
    }
    g_ptr_array_add(run->pending, request);
    if (has_word(words, "no-kick")) {
        return true;
    }
    for (unsigned i = 0; i < run->pending->len; i++) {
        request = g_ptr_array_index(run->pending, i);
        queues[request->queue] = true;
    }
    for (unsigned queue = 0; queue < G_N_ELEMENTS(queues); queue++) {
        if (queues[queue]) {
            run->ops->kick(run->host, queue);
        }
    }
    return run_finish_requests(run);
}

bool run_finish_requests(struct run *run)
{
    unsigned repeated = run->repeated;
    bool ok = true;

    for (unsigned i = 0; i < run->pending->len; i++) {
        struct request *request = g_ptr_array_index(run->pending, i);
        uint32_t used = 0;

        run->repeated = request->silent;
        request_note(run, request);
        if (request->reply && g_str_equal(request->reply[0], "pending")) {
            ok &= run_park(run, i);
        } else if (run->ops->wait(run->host, request->token, &used)) {
            ok &= reply_judge(run, request, used);
        } else {
            ok = run_fail(run, request->line, "%s: expected a reply, got none",
                          request->words[0]);
            break;
        }
    }
    run->repeated = repeated;
    g_ptr_array_set_size(run->pending, 0);
    /* The replies of those that are parked are still to come. */
    if (g_hash_table_size(run->parked) == 0) {
        run->scratch_used = 0;
    }
    return ok;
}
