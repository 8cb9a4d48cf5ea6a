/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "request.h"

#include <string.h>

bool run_park(struct run *run, unsigned index)
{
    struct request *request = g_ptr_array_index(run->pending, index);
    char **reply = request->reply;

    if (!(run->ops->abilities & SCRIPT_CAN_FAULT) || !run->ops->order) {
        return run_skip(run, "this executor cannot hold a request back");
    }
    if (!reply[1]) {
        return run_fail(run, request->line, "pending wants a name");
    }
    if (run->ops->order(run->host, request->token)) {
        return run_fail(run, request->line, "%s: expected it to wait, but it "
                        "came back", request->words[0]);
    }
    run_note(run, "< pending %s", reply[1]);
    g_hash_table_insert(run->parked, g_strdup(reply[1]), request);
    request->reply = reply[2] ? g_strdupv(reply + 2) : NULL;
    g_strfreev(reply);
    /* The array frees what it holds. */
    run->pending->pdata[index] = g_new0(struct request, 1);
    return true;
}

static struct request *find(struct run *run, unsigned line, const char *name)
{
    struct request *request = g_hash_table_lookup(run->parked, name);

    if (!request) {
        run_fail(run, line, "no request \"%s\" is pending", name);
    }
    return request;
}

bool run_expect_waiting(struct run *run, unsigned line, char *const *words)
{
    for (unsigned i = 2; words[i]; i++) {
        struct request *request = find(run, line, words[i]);

        if (!request) {
            return false;
        }
        if (run->ops->order(run->host, request->token)) {
            return run_fail(run, line, "expected %s to wait, but it came back",
                            words[i]);
        }
    }
    return true;
}

bool run_expect_back(struct run *run, unsigned line, char *const *words)
{
    unsigned before = 0;
    bool ok = true;

    for (unsigned i = 2; ok && words[i]; i++) {
        struct request *request = find(run, line, words[i]);
        unsigned order;
        uint32_t used;

        if (!request) {
            return false;
        }
        order = run->ops->order(run->host, request->token);
        if (order <= before) {
            return run_fail(run, line, "expected %s back, got %s", words[i],
                            order ? "it before the one in front" : "nothing");
        }
        before = order;
        run_note(run, "%s:", words[i]);
        ok = run->ops->wait(run->host, request->token, &used) &&
             reply_judge(run, request, used);
        g_hash_table_remove(run->parked, words[i]);
    }
    return ok;
}
