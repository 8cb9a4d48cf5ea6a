/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "gl-work.h"

#include "harness.h"

#define FIRST_TARGET 2000u      /* ids of resources */
#define PROBES       6
#define PROBE_ROUNDS 200u

/* The library's loops end after 65535 rounds. */
#define LEAST_ROUNDS 64u
#define MOST_ROUNDS  60000u

/* Of this machine; 0: not measured yet. */
static uint32_t rounds_per_s;

/* The shortest counts: the first compiles, and others use the machine, too. */
static void measure(struct gl_work *work)
{
    gint64 least = G_MAXINT64;

    for (unsigned i = 0; i < PROBES; i++) {
        gint64 start = g_get_monotonic_time();

        gl_paint_slowly(&work->paint, 0, PROBE_ROUNDS);
        gl_paint_submit(&work->paint);
        least = MIN(least, g_get_monotonic_time() - start);
    }
    rounds_per_s = PROBE_ROUNDS * G_USEC_PER_SEC / MAX(least, 1);
    g_test_message("%u rounds of work a second", rounds_per_s);
}

void gl_work_open_quickly(struct gl_work *work, struct gpu *gpu,
                          uint32_t context)
{
    work->target = (struct gl_texture){
        .id = FIRST_TARGET + context,
        .width = GL_WORK_PX,
        .height = GL_WORK_PX,
    };
    gl_create(&work->target, gpu);
    gl_paint_open(&work->paint, gpu, context);
    gl_paint_on(&work->paint, &work->target);
}

void gl_work_open(struct gl_work *work, struct gpu *gpu, uint32_t context)
{
    gl_work_open_quickly(work, gpu, context);
    if (!rounds_per_s) {
        measure(work);
    }
}

void gl_work_add(struct gl_work *work, uint32_t argb, unsigned ms)
{
    gl_paint_slowly(&work->paint, argb,
                    CLAMP((uint64_t)rounds_per_s * ms / 1000, LEAST_ROUNDS,
                          MOST_ROUNDS));
}

unsigned gl_work_post(struct gl_work *work, struct posts *posts,
                      const struct gl_fence *fence)
{
    uint32_t bytes;
    g_autofree struct wire_submit *request =
        gl_submit_request(work->paint.context, &work->paint.stream, &bytes);

    if (fence) {
        request->header.flags = FLAG_FENCE |
                                (fence->has_ring ? FLAG_RING_IDX : 0);
        request->header.fence_id = fence->id;
        request->header.ring_idx = fence->ring;
    }
    virgl_stream_clear(&work->paint.stream);
    return posts_send(posts, request, bytes);
}

void gl_work_check_memory(struct gl_work *work, uint32_t argb)
{
    const uint32_t *pixels = gl_memory(&work->target);

    for (uint32_t i = 0; i < GL_WORK_PX * GL_WORK_PX; i++) {
        expect_eq(pixels[i], argb, "pixel %u,%u of the work", i % GL_WORK_PX,
                  i / GL_WORK_PX);
    }
}

void gl_work_check(struct gl_work *work, uint32_t argb)
{
    gl_from_host(&work->target, NULL);
    gl_work_check_memory(work, argb);
}
