/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "posts.h"

#include <string.h>

#include "harness.h"

struct wait {
    struct posts *posts;
    unsigned number;
};

void posts_init(struct posts *posts, struct gpu *gpu)
{
    *posts = (struct posts){ .gpu = gpu };
}

static unsigned add(struct posts *posts, const void *request, uint32_t bytes)
{
    struct guest *guest = posts->gpu->guest;
    struct post *post = &posts->post[posts->num];
    uint64_t memory = guest_ram_alloc(guest, bytes + GUEST_PAGE);
    const struct vring_buffer buffers[] = {
        { memory + GUEST_PAGE, bytes, false },
        { memory, sizeof(struct wire_header), true },
    };

    expect_true(posts->num < POSTS_MAX, "the test posts too much");
    memcpy(guest_memory(guest, memory + GUEST_PAGE, bytes), request, bytes);
    memset(guest_memory(guest, memory, GUEST_PAGE), GPU_POISON, GUEST_PAGE);
    memcpy(&post->request, request, sizeof(post->request));
    post->reply = memory;
    post->chain = vring_add(posts->gpu->queue[QUEUE_CONTROL],
                            &(struct vring_chain){ buffers, 2, 0 });
    return posts->num++;
}

unsigned posts_send(struct posts *posts, const void *request, uint32_t bytes)
{
    unsigned number = add(posts, request, bytes);

    if (!posts->held) {
        vring_kick(posts->gpu->queue[QUEUE_CONTROL]);
    }
    return number;
}

void posts_hold(struct posts *posts)
{
    posts->held = true;
}

void posts_release(struct posts *posts)
{
    posts->held = false;
    vring_kick(posts->gpu->queue[QUEUE_CONTROL]);
}

static struct post *of_chain(struct posts *posts, unsigned chain)
{
    for (unsigned i = 0; i < posts->num; i++) {
        if (!posts->post[i].done && posts->post[i].chain == chain) {
            return &posts->post[i];
        }
    }
    harness_fail("chain %u came back, which nobody posted", chain);
}

static void take_all(struct posts *posts)
{
    struct vring_done done;

    while (vring_take(posts->gpu->queue[QUEUE_CONTROL], &done)) {
        struct post *post = of_chain(posts, done.id);

        expect_eq(done.bytes, sizeof(struct wire_header),
                  "used.len of a 0x%x", post->request.type);
        post->done = true;
        post->order = posts->num_done++;
    }
}

bool posts_is_done(struct posts *posts, unsigned number)
{
    take_all(posts);
    return posts->post[number].done;
}

static bool is_done(void *data)
{
    struct wait *wait = data;

    return posts_is_done(wait->posts, wait->number);
}

static void check_reply(const struct wire_header *request,
                        const struct wire_header *reply)
{
    bool fenced = request->flags & FLAG_FENCE;
    bool ringed = fenced && request->flags & FLAG_RING_IDX;
    uint32_t flags = fenced ? FLAG_FENCE | (ringed ? FLAG_RING_IDX : 0) : 0;

    expect_eq(reply->flags, flags, "reply of 0x%x: flags", request->type);
    expect_eq(reply->fence_id, fenced ? request->fence_id : 0,
              "reply of 0x%x: fence_id", request->type);
    expect_eq(reply->ctx_id, fenced ? request->ctx_id : 0,
              "reply of 0x%x: ctx_id", request->type);
    expect_eq(reply->ring_idx, ringed ? request->ring_idx : 0,
              "reply of 0x%x: ring_idx", request->type);
}

uint32_t posts_wait(struct posts *posts, unsigned number)
{
    struct wait wait = { posts, number };
    struct post *post = &posts->post[number];
    const struct wire_header *reply;

    harness_wait(is_done, &wait, "a request that was posted");
    reply = guest_memory(posts->gpu->guest, post->reply, sizeof(*reply));
    check_reply(&post->request, reply);
    return reply->type;
}

void posts_wait_all(struct posts *posts)
{
    for (unsigned i = 0; i < posts->num; i++) {
        expect_eq(posts_wait(posts, i), RESP_OK_NODATA, "post %u", i);
    }
}

void posts_forget(struct posts *posts)
{
    posts_init(posts, posts->gpu);
}
