/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Random sequences of valid and invalid commands: every reply and every
 * screen must be the reference model's.
 *
 * VGPU_MODEL_ROUNDS=N runs N sequences instead of the few of the test suite.
 */
#include <string.h>

#include "command.h"
#include "driver.h"
#include "model.h"

#define ROUNDS 12
#define COMMANDS 1500
#define RAM_BYTES 65536
#define MAX_PIECES 6
#define LOG_LINES 30

struct play {
    struct fake_driver driver;
    struct model model;
    GRand *rand;
    uint64_t ram, hole;
    uint8_t *ram_pointer;
    struct model_piece pieces[MAX_PIECES];
    struct vgpu_mem_entry entries[MAX_PIECES];
    struct model_list list;
    GQueue log;
};

static uint32_t below(struct play *p, uint32_t end)
{
    return g_rand_int_range(p->rand, 0, end);
}

static bool rarely(struct play *p)
{
    return below(p, 12) == 0;
}

static uint32_t pick_id(struct play *p)
{
    return rarely(p) ? 0 : 1 + below(p, MODEL_IDS - 1);
}

static uint32_t pick_head(struct play *p)
{
    return rarely(p) ? MODEL_HEADS + below(p, 40) : below(p, MODEL_HEADS);
}

static uint32_t pick_format(struct play *p)
{
    static const uint32_t formats[] = { 1, 2, 3, 4, 67, 68, 121, 134 };

    return rarely(p) ? below(p, 200)
                     : formats[below(p, G_N_ELEMENTS(formats))];
}

static uint32_t pick_side(struct play *p)
{
    switch (below(p, 8)) {
    case 0:
        return below(p, 3);
    case 1:
        return 32768 + below(p, 9);
    case 2:
        return 64;
    default:
        return 1 + below(p, MODEL_MAX_PX);
    }
}

/* Inside of @width x @height mostly. */
static struct model_rect pick_rect(struct play *p, uint32_t width,
                                   uint32_t height)
{
    struct model_rect r = { 0, 0, width, height };

    if (below(p, 3)) {
        r.x = below(p, width + 2);
        r.y = below(p, height + 2);
        r.width = below(p, width - MIN(r.x, width) + 2);
        r.height = below(p, height - MIN(r.y, height) + 2);
    }
    if (rarely(p)) {
        r.x = UINT32_MAX - below(p, 3);
    }
    return r;
}

static void pick_list(struct play *p)
{
    p->list = (struct model_list) { p->pieces, below(p, MAX_PIECES + 1) };
    for (unsigned i = 0; i < p->list.num; i++) {
        uint32_t at = below(p, RAM_BYTES);
        uint32_t bytes = below(p, 3) ? below(p, 20000) : below(p, 9);
        bool hole = below(p, 40) == 0;

        bytes = MIN(bytes, RAM_BYTES - at);
        p->pieces[i] = (struct model_piece) {
            hole ? NULL : p->ram_pointer + at, bytes,
        };
        p->entries[i] = (struct vgpu_mem_entry) {
            (hole ? p->hole : p->ram) + at, bytes,
        };
    }
}

G_GNUC_PRINTF(2, 3)
static void note(struct play *p, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_queue_push_tail(&p->log, g_strdup_vprintf(format, args));
    va_end(args);
    if (p->log.length > LOG_LINES) {
        g_free(g_queue_pop_head(&p->log));
    }
}

static void fail(struct play *p, const char *what)
{
    for (GList *line = p->log.head; line; line = line->next) {
        g_printerr("# %s\n", (char *)line->data);
    }
    g_error("%s", what);
}

static void compare(struct play *p, uint32_t expected, uint32_t got)
{
    if (expected != got && !(p->model.open && got == OK_NODATA)) {
        g_autofree char *text = g_strdup_printf("expected %s, got %s",
                                                reply_name(expected),
                                                reply_name(got));

        fail(p, text);
    }
}

static void play_create(struct play *p)
{
    uint32_t id = pick_id(p), format = pick_format(p);
    uint32_t width = pick_side(p), height = pick_side(p);

    if (width > MODEL_MAX_PX && width <= MODEL_MAX_AXIS) {
        width = MODEL_MAX_PX;
    }
    note(p, "CREATE_2D %u format %u %ux%u", id, format, width, height);
    compare(p, model_create_2d(&p->model, id, format, width, height),
            DRIVER_COMMAND(&p->driver, "RESOURCE_CREATE_2D", { "id", 0, id },
                           { "format", 0, format }, { "width", 0, width },
                           { "height", 0, height }));
}

static void play_create_blob(struct play *p)
{
    uint32_t id = pick_id(p), mem = rarely(p) ? below(p, 5) : 1;
    uint64_t size = below(p, 3) ? 1 + below(p, 30000) : 16384;

    size = rarely(p) ? 0 : size;
    pick_list(p);
    note(p, "CREATE_BLOB %u size %" G_GUINT64_FORMAT " entries %u", id, size,
         p->list.num);
    compare(p, model_create_blob(&p->model, id, mem, size, &p->list),
            DRIVER_LIST(&p->driver, "RESOURCE_CREATE_BLOB", p->entries,
                        p->list.num, { "id", 0, id }, { "mem", 0, mem },
                        { "size", 0, size }));
}

static void play_unref(struct play *p)
{
    uint32_t id = pick_id(p);

    note(p, "UNREF %u", id);
    compare(p, model_unref(&p->model, id),
            DRIVER_COMMAND(&p->driver, "RESOURCE_UNREF", { "id", 0, id }));
}

static void play_attach(struct play *p)
{
    uint32_t id = pick_id(p);

    pick_list(p);
    note(p, "ATTACH %u entries %u", id, p->list.num);
    compare(p, model_attach(&p->model, id, &p->list),
            DRIVER_LIST(&p->driver, "RESOURCE_ATTACH_BACKING", p->entries,
                        p->list.num, { "id", 0, id }));
}

static void play_detach(struct play *p)
{
    uint32_t id = pick_id(p);

    note(p, "DETACH %u", id);
    compare(p, model_detach(&p->model, id),
            DRIVER_COMMAND(&p->driver, "RESOURCE_DETACH_BACKING",
                           { "id", 0, id }));
}

/* The size that a rectangle for @id should have most of the time. */
static struct model_rect rect_for(struct play *p, uint32_t id)
{
    const struct model_resource *r = &p->model.resources[id];

    return r->kind == MODEL_IMAGE ? pick_rect(p, r->width, r->height)
                                  : pick_rect(p, 64, 48);
}

static void play_transfer(struct play *p)
{
    uint32_t id = pick_id(p);
    struct model_rect r = rect_for(p, id);
    uint64_t offset = below(p, 2) ? 0 : below(p, 20000);

    offset = rarely(p) ? UINT64_MAX - below(p, 20000) : offset;
    note(p, "TRANSFER %u %u,%u,%u,%u offset %" G_GUINT64_FORMAT, id, r.x, r.y,
         r.width, r.height, offset);
    compare(p, model_transfer(&p->model, id, &r, offset),
            DRIVER_COMMAND(&p->driver, "TRANSFER_TO_HOST_2D", { "id", 0, id },
                           DRIVER_RECT(r.x, r.y, r.width, r.height),
                           { "offset", 0, offset }));
}

static void play_set_scanout(struct play *p)
{
    uint32_t head = pick_head(p), id = pick_id(p);
    struct model_rect r = rect_for(p, id);

    note(p, "SET_SCANOUT %u resource %u %u,%u,%u,%u", head, id, r.x, r.y,
         r.width, r.height);
    compare(p, model_set_scanout(&p->model, head, id, &r),
            DRIVER_COMMAND(&p->driver, "SET_SCANOUT", { "scanout", 0, head },
                           { "id", 0, id },
                           DRIVER_RECT(r.x, r.y, r.width, r.height)));
}

static void play_set_scanout_blob(struct play *p)
{
    uint32_t head = pick_head(p), id = pick_id(p);
    struct model_layout l = {
        .format = pick_format(p), .width = pick_side(p),
        .height = pick_side(p), .offset = below(p, 3) ? 0 : below(p, 5000),
    };
    struct model_rect r;

    l.width = MIN(l.width, MODEL_MAX_PX);
    l.height = l.height > MODEL_MAX_AXIS ? l.height
                                         : MIN(l.height, MODEL_MAX_PX);
    l.stride = l.width * 4 + (below(p, 3) ? 0 : below(p, 100));
    r = pick_rect(p, l.width, MIN(l.height, MODEL_MAX_PX));
    note(p, "SET_SCANOUT_BLOB %u resource %u %u,%u,%u,%u of %ux%u stride %u "
         "offset %u", head, id, r.x, r.y, r.width, r.height, l.width,
         l.height, l.stride, l.offset);
    compare(p, model_set_scanout_blob(&p->model, head, id, &r, &l),
            DRIVER_COMMAND(&p->driver, "SET_SCANOUT_BLOB",
                           { "scanout", 0, head }, { "id", 0, id },
                           DRIVER_RECT(r.x, r.y, r.width, r.height),
                           { "width", 0, l.width }, { "height", 0, l.height },
                           { "format", 0, l.format },
                           { "stride", 0, l.stride },
                           { "offset", 0, l.offset }));
}

static void play_flush(struct play *p)
{
    uint32_t id = pick_id(p);
    struct model_rect r = rect_for(p, id);

    note(p, "FLUSH %u %u,%u,%u,%u", id, r.x, r.y, r.width, r.height);
    compare(p, model_flush(&p->model, id, &r),
            DRIVER_COMMAND(&p->driver, "RESOURCE_FLUSH", { "id", 0, id },
                           DRIVER_RECT(r.x, r.y, r.width, r.height)));
}

static void play_cursor(struct play *p)
{
    uint32_t head = pick_head(p), id = pick_id(p);
    int32_t x = (int32_t)below(p, 2000) - 1000, y = (int32_t)below(p, 500);
    bool move = below(p, 2);

    note(p, "%s_CURSOR %u resource %u at %d,%d", move ? "MOVE" : "UPDATE",
         head, id, x, y);
    compare(p, move ? model_move_cursor(&p->model, head, x, y)
                    : model_update_cursor(&p->model, head, id, x, y),
            DRIVER_COMMAND(&p->driver, move ? "MOVE_CURSOR" : "UPDATE_CURSOR",
                           { "scanout", 0, head }, { "id", 0, id },
                           { "x", 0, (uint32_t)x }, { "y", 0, (uint32_t)y }));
}

/* The guest draws, and sometimes the device is reset. */
static void play_guest(struct play *p)
{
    uint32_t at = below(p, RAM_BYTES - 4096);

    for (unsigned i = 0; i < 4096; i++) {
        p->ram_pointer[at + i] = g_rand_int(p->rand);
    }
    if (below(p, 10) == 0) {
        note(p, "reset");
        vgpu_device_reset(p->driver.dev);
        model_reset(&p->model);
    }
}

static void (*const plays[])(struct play *p) = {
    play_create, play_create_blob, play_unref, play_attach, play_attach,
    play_detach, play_transfer, play_transfer, play_set_scanout,
    play_set_scanout, play_set_scanout_blob, play_set_scanout_blob,
    play_flush, play_flush, play_flush, play_cursor, play_guest,
};

static void compare_head(struct play *p, unsigned head)
{
    const struct model_head *want = &p->model.heads[head];
    const struct fake_scanout *got = &p->driver.host->scanouts[head];

    if (got->enabled != (want->resource != 0) ||
        (got->enabled && (got->width != want->rect.width ||
                          got->height != want->rect.height))) {
        fail(p, "a head has another size");
    }
    for (unsigned at = 0; got->enabled && at < got->width * got->height;
         at++) {
        if (want->known[at] && want->pixels[at] !=
            (got->pixels[at] & 0xffffff)) {
            fail(p, "a head shows another picture");
        }
    }
    if (got->cursor_visible != want->cursor_visible ||
        got->cursor_x != want->cursor_x || got->cursor_y != want->cursor_y ||
        (got->cursor_visible && memcmp(got->cursor, want->cursor,
                                       sizeof(want->cursor)) != 0)) {
        fail(p, "a head has another cursor");
    }
}

static void play_round(uint32_t seed)
{
    struct play play = { .rand = g_rand_new_with_seed(seed) };
    struct play *p = &play;

    note(p, "seed %u", seed);
    fake_driver_init(&p->driver, &driver_config);
    p->ram = guest_memory_alloc(p->driver.host->memory, RAM_BYTES, true);
    p->hole = guest_memory_alloc(p->driver.host->memory, RAM_BYTES, false);
    p->ram_pointer = guest_memory_pointer(p->driver.host->memory, p->ram,
                                          RAM_BYTES);
    guest_memory_set_longest(p->driver.host->memory, seed % 3 ? 0 : 1000);
    for (unsigned i = 0; i < COMMANDS; i++) {
        p->model.open = false;
        plays[below(p, G_N_ELEMENTS(plays))](p);
        if (i % 16 == 0) {
            for (unsigned head = 0; head < MODEL_HEADS; head++) {
                compare_head(p, head);
            }
        }
    }
    model_reset(&p->model);
    fake_driver_finish(&p->driver);
    g_queue_clear_full(&p->log, g_free);
    g_rand_free(p->rand);
}

static void test_rounds(void)
{
    const char *text = g_getenv("VGPU_MODEL_ROUNDS");
    uint32_t rounds = text ? g_ascii_strtoull(text, NULL, 0) : ROUNDS;

    for (uint32_t seed = 1; seed <= rounds; seed++) {
        play_round(seed);
    }
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/model/T-642/T-644/rounds", test_rounds);
    return g_test_run();
}
