/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "fake-chain.h"

#include <string.h>

struct call {
    struct vgpu_request request;    /* first: complete() gets this */
    struct fake_chain chain;
    unsigned completed;
    fake_host_done *done;
    void *opaque;
};

struct fence_done {
    uint64_t token;
    bool lost;
};

void fake_host_complete(void *opaque, struct vgpu_request *request)
{
    struct fake_host *host = opaque;
    struct call *call = (struct call *)request;

    g_assert(request->state == VGPU_REQUEST_DONE);
    g_assert_cmpuint(call->completed, ==, 0);
    host->num_completed++;
    call->completed++;
    g_ptr_array_add(host->finished, call);
}

void fake_host_fence_done(void *opaque, uint64_t token, bool lost)
{
    struct fake_host *host = opaque;
    struct fence_done done = { token, lost };

    g_array_append_val(host->fences_done, done);
}

struct window_change {
    uint32_t id;
    uint64_t offset;
    uint64_t bytes;             /* 0: away with it */
};

static void add_to_window(struct fake_host *host,
                          const struct window_change *new)
{
    for (guint i = 0; i < host->window->len; i++) {
        const struct window_change *old =
            &g_array_index(host->window, struct window_change, i);

        g_assert(old->id != new->id);
        g_assert(old->offset + old->bytes <= new->offset ||
                 new->offset + new->bytes <= old->offset);
    }
    g_array_append_vals(host->window, new, 1);
}

static void take_from_window(struct fake_host *host, uint32_t id)
{
    guint i = 0;

    while (i < host->window->len &&
           g_array_index(host->window, struct window_change, i).id != id) {
        i++;
    }
    g_assert_cmpuint(i, <, host->window->len);
    g_array_remove_index(host->window, i);
}

enum vgpu_window_answer fake_host_window_map(void *opaque, uint32_t id,
                                             uint64_t offset, void *data,
                                             uint64_t bytes)
{
    struct fake_host *host = opaque;
    struct window_change change = { id, offset, bytes };

    g_assert(data && bytes > 0 && bytes % 4096 == 0 && offset % 4096 == 0);
    g_assert(offset + bytes <= FAKE_WINDOW_BYTES);
    if (!host->faults.window_at_once) {
        g_array_append_val(host->window_changes, change);
        return VGPU_WINDOW_LATER;
    }
    if (host->faults.slots) {
        return VGPU_WINDOW_FULL;
    }
    add_to_window(host, &change);
    return VGPU_WINDOW_DONE;
}

enum vgpu_window_answer fake_host_window_unmap(void *opaque, uint32_t id)
{
    struct fake_host *host = opaque;
    struct window_change change = { .id = id };

    if (!host->faults.window_at_once) {
        g_array_append_val(host->window_changes, change);
        return VGPU_WINDOW_LATER;
    }
    take_from_window(host, id);
    return VGPU_WINDOW_DONE;
}

/* One after the other: each may have the device ask for more. */
static void change_window(struct fake_host *host, struct vgpu_device *dev)
{
    while (host->window_changes->len) {
        struct window_change change =
            g_array_index(host->window_changes, struct window_change, 0);
        bool done = change.bytes == 0 || !host->faults.slots;

        g_array_remove_index(host->window_changes, 0);
        if (change.bytes == 0) {
            take_from_window(host, change.id);
        } else if (done) {
            add_to_window(host, &change);
        }
        vgpu_device_window_done(dev, change.id, done);
    }
}

void fake_chains_init(struct fake_host *host)
{
    host->window_changes = g_array_new(FALSE, FALSE,
                                       sizeof(struct window_change));
    host->window = g_array_new(FALSE, FALSE, sizeof(struct window_change));
    host->fences_done = g_array_new(FALSE, FALSE, sizeof(struct fence_done));
    host->finished = g_ptr_array_new();
}

void fake_chains_finish(struct fake_host *host)
{
    g_assert_cmpuint(host->finished->len, ==, 0);
    g_assert_cmpuint(host->window->len, ==, 0);
    g_array_unref(host->window_changes);
    g_array_unref(host->window);
    g_array_unref(host->fences_done);
    g_ptr_array_unref(host->finished);
}

/* Fetches with the buffers mapped, then makes them useless. */
static void fetch(struct fake_host *host, struct vgpu_device *dev,
                  struct call *call)
{
    const struct fake_chain *chain = &call->chain;
    g_autofree struct iovec *out = g_new0(struct iovec, chain->out_num + 1);

    for (unsigned i = 0; i < chain->out_num; i++) {
        uint64_t bytes = chain->out[i].bytes;

        out[i].iov_len = bytes;
        if (bytes) {
            out[i].iov_base = fake_host_ops.map(host, chain->out[i].addr, &bytes,
                                       false);
            g_assert(out[i].iov_base && bytes == out[i].iov_len);
        }
    }
    call->request.out = out;
    call->request.out_num = chain->out_num;
    vgpu_request_fetch(dev, &call->request);
    call->request.out = NULL;
    call->request.out_num = 0;
    for (unsigned i = 0; i < chain->out_num; i++) {
        if (out[i].iov_len) {
            fake_host_ops.unmap(host, out[i].iov_base, out[i].iov_len, false);
            memset(guest_memory_pointer(host->memory, chain->out[i].addr,
                                        out[i].iov_len), 0xdb, out[i].iov_len);
        }
    }
}

static bool is_move(const struct vgpu_request *request)
{
    return request->queue == VGPU_QUEUE_CURSOR && request->has_header &&
           request->header.type == VGPU_CMD_MOVE_CURSOR;
}

/* As the glue does it: positions are the host's to apply. */
static void apply_position(struct fake_host *host,
                           const struct vgpu_request *request)
{
    const struct vgpu_cursor_request *cursor = &request->args.cursor;
    struct fake_scanout *scanout;

    if (request->queue != VGPU_QUEUE_CURSOR || !request->command ||
        request->status != VGPU_OK) {
        return;
    }
    scanout = fake_host_scanout(host, cursor->scanout_id);
    scanout->cursor_x = cursor->x;
    scanout->cursor_y = cursor->y;
}

static void write_reply(struct fake_host *host, const struct call *call)
{
    const uint8_t *reply = call->request.reply;
    uint32_t left = call->request.reply_bytes;

    g_assert(left <= call->request.in_bytes);
    for (unsigned i = 0; left; i++) {
        const struct fake_piece *piece = &call->chain.in[i];
        uint32_t bytes = MIN(left, piece->bytes);

        if (bytes == 0) {
            continue;
        }
        memcpy(guest_memory_pointer(host->memory, piece->addr, bytes), reply,
               bytes);
        reply += bytes;
        left -= bytes;
    }
}

static void finish(struct fake_host *host, struct vgpu_device *dev,
                   struct call *call, bool reply)
{
    uint32_t used = reply ? call->request.reply_bytes : 0;

    g_assert_cmpuint(call->completed, ==, 1);
    if (reply) {
        apply_position(host, &call->request);
        write_reply(host, call);
    }
    vgpu_request_clear(dev, &call->request);
    call->done(call->opaque, used);
    g_free(call);
}

static void finish_all(struct fake_host *host, struct vgpu_device *dev,
                       bool reply)
{
    g_autoptr(GPtrArray) finished = host->finished;

    host->finished = g_ptr_array_new();
    for (guint i = 0; i < finished->len; i++) {
        finish(host, dev, g_ptr_array_index(finished, i), reply);
    }
}

void fake_host_deliver(struct fake_host *host, struct vgpu_device *dev)
{
    if (host->fences_done->len) {
        g_autoptr(GArray) done = host->fences_done;

        host->fences_done = g_array_new(FALSE, FALSE,
                                        sizeof(struct fence_done));
        for (guint i = 0; i < done->len; i++) {
            const struct fence_done *fence =
                &g_array_index(done, struct fence_done, i);

            vgpu_device_retire_fence(dev, fence->token, fence->lost);
        }
    }
    if (!host->faults.window_held) {
        change_window(host, dev);
    }
    finish_all(host, dev, true);
}

void fake_host_reset(struct fake_host *host, struct vgpu_device *dev)
{
    vgpu_device_reset(dev);
    if (!host->faults.window_held) {
        change_window(host, dev);
    }
    finish_all(host, dev, false);
}

void fake_host_start(struct fake_host *host, struct vgpu_device *dev,
                     const struct fake_chain *chain, fake_host_done *done,
                     void *opaque)
{
    struct call *call = g_new0(struct call, 1);

    call->chain = *chain;
    call->done = done;
    call->opaque = opaque;
    call->request.queue = chain->queue;
    call->request.features = chain->features;
    for (unsigned i = 0; i < chain->in_num; i++) {
        call->request.in_bytes += chain->in[i].bytes;
    }
    fetch(host, dev, call);
    if (is_move(&call->request)) {
        enum vgpu_status status = vgpu_device_move_cursor(dev, &call->request);

        g_assert(status == call->request.status);
        fake_host_complete(host, &call->request);
    } else {
        vgpu_device_execute(dev, &call->request);
    }
    fake_host_deliver(host, dev);
}

static void note_used(void *opaque, uint32_t used)
{
    *(uint32_t *)opaque = used;
}

uint32_t fake_host_run(struct fake_host *host, struct vgpu_device *dev,
                       const struct fake_chain *chain)
{
    uint32_t used = UINT32_MAX;

    fake_host_start(host, dev, chain, note_used, &used);
    g_assert_cmpuint(used, !=, UINT32_MAX);
    return used;
}
