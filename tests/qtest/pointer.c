/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "harness.h"
#include "pointer.h"

#define SLOT 64                 /* bytes, of a request and of a reply */

void pointer_init(struct pointer *pointer, struct gpu *gpu, unsigned head)
{
    *pointer = (struct pointer){
        .gpu = gpu,
        .display = display_of(gpu->guest),
        .head = head,
        .requests = guest_ram_alloc(gpu->guest, GUEST_PAGE),
        .replies = guest_ram_alloc(gpu->guest, GUEST_PAGE),
    };
    pointer->view = display_watch(pointer->display, head);
}

static void post(struct pointer *pointer, const struct wire_cursor *request)
{
    const struct vring_buffer buffers[] = {
        { pointer->requests + pointer->posted * SLOT, sizeof(*request), false },
        { pointer->replies + pointer->posted * SLOT,
          sizeof(struct wire_header), true },
    };
    struct vring *ring = pointer->gpu->queue[QUEUE_CURSOR];

    expect_true(pointer->posted < POINTER_SLOTS,
                "the test posts too many cursor requests");
    memcpy(guest_memory(pointer->gpu->guest, buffers[0].addr, SLOT), request,
           sizeof(*request));
    memset(guest_memory(pointer->gpu->guest, buffers[1].addr, SLOT),
           GPU_POISON, SLOT);
    vring_add(ring, &(struct vring_chain){ buffers, 2, 0 });
    vring_kick(ring);
    pointer->posted++;
}

static struct wire_cursor request_of(const struct pointer *pointer,
                                     uint32_t type)
{
    return (struct wire_cursor){
        .header.type = type,
        .scanout_id = pointer->head,
        .x = pointer->x,
        .y = pointer->y,
    };
}

void pointer_post_show(struct pointer *pointer, const struct picture *image,
                       int32_t x, int32_t y)
{
    struct wire_cursor request;

    pointer->image = image;
    pointer->visible = true;
    pointer->x = x;
    pointer->y = y;
    request = request_of(pointer, CMD_UPDATE_CURSOR);
    request.resource_id = image->id;
    request.hot_x = pointer->hot_x;
    request.hot_y = pointer->hot_y;
    post(pointer, &request);
}

void pointer_post_hide(struct pointer *pointer, int32_t x, int32_t y)
{
    struct wire_cursor request;

    pointer->visible = false;
    pointer->x = x;
    pointer->y = y;
    request = request_of(pointer, CMD_UPDATE_CURSOR);
    post(pointer, &request);
}

void pointer_post_move(struct pointer *pointer, int32_t x, int32_t y)
{
    struct wire_cursor request;

    pointer->x = x;
    pointer->y = y;
    request = request_of(pointer, CMD_MOVE_CURSOR);
    request.resource_id = 99;           /* means nothing in a move */
    post(pointer, &request);
}

static void finish(struct pointer *pointer, uint32_t first)
{
    for (unsigned i = 0; i < pointer->posted; i++) {
        expect_eq(vring_wait(pointer->gpu->queue[QUEUE_CURSOR]).bytes,
                  sizeof(struct wire_header), "used.len of a cursor request");
    }
    for (unsigned i = 0; i < pointer->posted; i++) {
        const struct wire_header *reply =
            guest_memory(pointer->gpu->guest, pointer->replies + i * SLOT,
                         SLOT);

        expect_eq(reply->type, i ? RESP_OK_NODATA : first,
                  "reply of cursor request %u", i);
    }
    pointer->posted = 0;
}

void pointer_finish(struct pointer *pointer)
{
    finish(pointer, RESP_OK_NODATA);
}

void pointer_finish_failing(struct pointer *pointer, uint32_t want)
{
    finish(pointer, want);
}

static struct wire_cursor failing_request(const struct pointer *pointer,
                                          uint32_t resource)
{
    struct wire_cursor request = request_of(pointer, CMD_UPDATE_CURSOR);

    request.resource_id = resource;
    request.x += 1000;
    request.y += 1000;
    return request;
}

void pointer_fail(struct pointer *pointer, uint32_t resource, uint32_t want,
                  const char *what)
{
    struct wire_cursor request = failing_request(pointer, resource);

    gpu_expect(pointer->gpu, &request, sizeof(request), want, what);
}

void pointer_post_failing(struct pointer *pointer, uint32_t resource)
{
    struct wire_cursor request = failing_request(pointer, resource);

    expect_eq(pointer->posted, 0, "cursor requests before one that fails");
    post(pointer, &request);
}

/* A shape smaller than the protocol's is padded, transparent. */
static uint32_t padded_px(uint32_t side)
{
    return MAX(side, DISPLAY_CURSOR_PX);
}

static bool has_image(const struct display_view *view,
                      const struct picture *image)
{
    uint32_t width = padded_px(image->width);
    uint32_t height = padded_px(image->height);

    if (!view->whole_cursor || view->cursor_width != (int)width ||
        view->cursor_height != (int)height) {
        return false;
    }
    for (size_t i = 0; i < (size_t)width * height; i++) {
        uint32_t x = i % width, y = i / width;
        bool inside = x < image->width && y < image->height;
        uint32_t want = inside ? image->argb[(size_t)y * image->width + x] : 0;

        if (view->whole_cursor[i] != want) {
            return false;
        }
    }
    return true;
}

static bool has_place(const struct pointer *pointer)
{
    const struct display_view *view = pointer->view;

    return view->cursor_on == pointer->visible && view->x == pointer->x &&
           view->y == pointer->y;
}

static bool is_right(void *data)
{
    const struct pointer *pointer = data;
    const struct display_view *view = pointer->view;

    if (!has_place(pointer)) {
        return false;
    }
    return !pointer->visible ||
           (has_image(view, pointer->image) &&
            view->hot_x == (int)MIN(pointer->hot_x,
                                    padded_px(pointer->image->width) - 1) &&
            view->hot_y == (int)MIN(pointer->hot_y,
                                    padded_px(pointer->image->height) - 1));
}

void pointer_check(struct pointer *pointer, const char *what)
{
    struct display_view *view = pointer->view;

    display_sync(pointer->display);
    expect_true(is_right(pointer),
                "%s: expected %s at %d,%d, image %u, hot spot %u,%u; got %s at "
                "%d,%d, %dx%d, hot spot %d,%d", what,
                pointer->visible ? "a cursor" : "none", pointer->x, pointer->y,
                pointer->image ? pointer->image->id : 0, pointer->hot_x,
                pointer->hot_y, view->cursor_on ? "one" : "none", view->x,
                view->y, view->cursor_width, view->cursor_height, view->hot_x,
                view->hot_y);
}

void pointer_check_place(struct pointer *pointer, const char *what)
{
    struct display_view *view = pointer->view;

    display_sync(pointer->display);
    expect_true(has_place(pointer), "%s: expected %s at %d,%d, got %s at "
                "%d,%d", what, pointer->visible ? "a cursor" : "none",
                pointer->x, pointer->y, view->cursor_on ? "one" : "none",
                view->x, view->y);
}
