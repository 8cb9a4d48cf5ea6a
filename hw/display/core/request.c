/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "hw/virtio/vgpu/request.h"

#include <string.h>

#include "command.h"
#include "device-internal.h"
#include "request-answer.h"

/*
 * Copies @bytes from @offset of the readable part.  Returns how many there
 * were.  Every byte is read from guest memory once.
 */
static size_t gather(const struct vgpu_request *request, uint64_t offset,
                     void *dest, size_t bytes)
{
    uint8_t *p = dest;
    size_t left = bytes;

    for (uint32_t i = 0; i < request->out_num && left; i++) {
        const struct iovec *piece = &request->out[i];
        size_t n;

        if (offset >= piece->iov_len) {
            offset -= piece->iov_len;
            continue;
        }
        n = MIN(piece->iov_len - offset, left);
        memcpy(p, (const uint8_t *)piece->iov_base + offset, n);
        p += n;
        left -= n;
        offset = 0;
    }
    return bytes - left;
}

static uint64_t readable_bytes(const struct vgpu_request *request)
{
    uint64_t bytes = 0;

    for (uint32_t i = 0; i < request->out_num; i++) {
        bytes += request->out[i].iov_len;
    }
    return bytes;
}

bool vgpu_request_has_ring(const struct vgpu_request *request)
{
    return request->features & VGPU_F_CONTEXT_INIT &&
           request->header.flags & VGPU_FLAG_FENCE &&
           request->header.flags & VGPU_FLAG_RING_IDX;
}

/* Number, queue, features, ring and room, in the order of the matrix. */
static enum vgpu_status check_header(struct vgpu_device *dev,
                                     struct vgpu_request *request,
                                     const struct vgpu_command *command)
{
    /* Windows sends GET_EDID without having accepted the feature. */
    uint64_t features = request->features |
                        (dev->config.features & VGPU_F_EDID) |
                        (dev->config.window_bytes ? VGPU_HAS_WINDOW : 0);

    if (!command) {
        return guest_error(dev, request, VGPU_ERR_UNSPEC,
                           "command 0x%x does not exist",
                           request->header.type);
    }
    if (command->queue != request->queue) {
        return guest_error(dev, request, VGPU_ERR_UNSPEC, "wrong queue");
    }
    if (command->needs & ~features) {
        return guest_error(dev, request, VGPU_ERR_UNSPEC,
                           "its feature was not negotiated");
    }
    if (vgpu_request_has_ring(request) && request->header.ring_idx >= VGPU_MAX_RINGS) {
        return guest_error(dev, request, VGPU_ERR_PARAMETER, "ring %u",
                           request->header.ring_idx);
    }
    return VGPU_OK;
}

static void fetch_tail(struct vgpu_device *dev, struct vgpu_request *request,
                       const struct vgpu_command *command,
                       const uint8_t *fixed)
{
    uint64_t count = vgpu_wire_get32(fixed + command->tail_offset);
    uint64_t bytes = count * command->tail_unit;

    if (readable_bytes(request) - command->request_bytes < bytes) {
        request->tail_state = VGPU_TAIL_SHORT;
        return;
    }
    request->tail_state = VGPU_TAIL_COPIED;
    if (bytes == 0) {
        return;
    }
    request->tail = vgpu_budget_alloc(dev->budget, bytes);
    if (!request->tail) {
        request->tail_state = VGPU_TAIL_NO_MEMORY;
        return;
    }
    request->tail_bytes = bytes;
    gather(request, command->request_bytes, request->tail, bytes);
}

static enum vgpu_status fetch(struct vgpu_device *dev,
                              struct vgpu_request *request)
{
    const struct vgpu_command *command;
    uint8_t fixed[VGPU_WIRE_REQUEST_MAX];
    enum vgpu_status status;
    size_t got = gather(request, 0, fixed, sizeof(fixed));

    if (got < VGPU_WIRE_HEADER_BYTES) {
        return guest_error(dev, request, VGPU_ERR_UNSPEC,
                           "%zu bytes are no header", got);
    }
    vgpu_wire_get_header(fixed, &request->header);
    request->has_header = true;
    command = vgpu_command_find(request->header.type);
    status = check_header(dev, request, command);
    if (status != VGPU_OK) {
        return status;
    }
    if (got < command->request_bytes) {
        return guest_error(dev, request, VGPU_ERR_UNSPEC,
                           "%zu bytes of %u", got, command->request_bytes);
    }
    if (command->reply_bytes > VGPU_WIRE_HEADER_BYTES &&
        request->in_bytes < command->reply_bytes) {
        return guest_error(dev, request, VGPU_ERR_UNSPEC,
                           "room for %" G_GUINT64_FORMAT " bytes of %u",
                           request->in_bytes, command->reply_bytes);
    }
    command->decode(fixed, &request->args);
    if (command->tail_offset) {
        fetch_tail(dev, request, command, fixed);
    }
    request->command = command;
    return VGPU_OK;
}

void vgpu_request_fetch(struct vgpu_device *dev, struct vgpu_request *request)
{
    request->command = NULL;
    request->has_header = false;
    request->tail_state = VGPU_TAIL_NONE;
    request->tail = NULL;
    request->tail_bytes = 0;
    request->reply = NULL;
    request->reply_bytes = 0;
    request->fence_token = 0;
    request->holds = 0;
    request->status = fetch(dev, request);
    request->state = VGPU_REQUEST_FETCHED;
}

const char *vgpu_request_name(const struct vgpu_request *request)
{
    return request->has_header ? vgpu_wire_name(request->header.type)
                               : "unknown";
}

uint8_t *vgpu_reply_payload(struct vgpu_request *request, uint32_t bytes)
{
    if (bytes <= sizeof(request->reply_inline)) {
        request->reply = request->reply_inline;
        memset(request->reply, 0, bytes);
    } else {
        request->reply = g_malloc0(bytes);
    }
    request->reply_bytes = bytes;
    return request->reply + VGPU_WIRE_HEADER_BYTES;
}

static void drop_reply(struct vgpu_request *request)
{
    if (request->reply != request->reply_inline) {
        g_free(request->reply);
    }
    request->reply = NULL;
    request->reply_bytes = 0;
}

void vgpu_request_answer(struct vgpu_request *request, enum vgpu_status status)
{
    struct vgpu_header header = { .type = status };

    request->status = status;
    request->state = VGPU_REQUEST_DONE;
    if (vgpu_status_is_error(status)) {
        drop_reply(request);
    }
    if (request->in_bytes < VGPU_WIRE_HEADER_BYTES) {
        return;
    }
    if (!request->reply) {
        vgpu_reply_payload(request, VGPU_WIRE_HEADER_BYTES);
    }
    if (request->has_header && request->header.flags & VGPU_FLAG_FENCE) {
        header.flags = VGPU_FLAG_FENCE;
        header.fence_id = request->header.fence_id;
        header.ctx_id = request->header.ctx_id;
        if (vgpu_request_has_ring(request)) {
            header.flags |= VGPU_FLAG_RING_IDX;
            header.ring_idx = request->header.ring_idx;
        }
    }
    vgpu_wire_put_header(request->reply, &header);
}

void vgpu_request_clear(struct vgpu_device *dev, struct vgpu_request *request)
{
    vgpu_budget_free(dev->budget, request->tail);
    request->tail = NULL;
    drop_reply(request);
    request->command = NULL;
    request->state = VGPU_REQUEST_FREE;
}
