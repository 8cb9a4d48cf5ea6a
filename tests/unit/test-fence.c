/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * When replies come back: against a model, and what scripts cannot see.
 *
 * The fake renderer holds every fence for ever; the tests say which tokens are
 * done.  Tokens count from 1.
 */
#include "hw/virtio/vgpu/device.h"

#include <string.h>

#include "command.h"
#include "driver.h"

#define ROUNDS 60
#define STEPS 300
#define CONTEXTS 3              /* ids 1 to 3 */
#define RINGS 3
#define SLOT_BYTES 256
#define REPLY_AT 128

/* A request and what the model knows of it. */
struct sent {
    struct fake_piece out, in;
    struct model *model;
    unsigned timeline;          /* 0: the device's */
    uint64_t token;             /* 0: waits for no work */
    unsigned life;              /* of the context that works for it */
    uint32_t expected;          /* its reply's type */
    bool done;                  /* its own work is */
    bool let_go;                /* whatever is before it */
    bool back;
    unsigned place;             /* among those that came back */
};

struct model {
    struct fake_driver driver;
    GRand *rand;
    uint64_t memory;            /* a slot for each request */
    GPtrArray *sent;            /* of struct sent, oldest first */
    uint64_t last_token;
    unsigned lives[CONTEXTS];   /* 0: no such context */
    unsigned num_lives;
    unsigned num_back;
};

static void model_init(struct model *model, unsigned seed)
{
    *model = (struct model) { .rand = g_rand_new_with_seed(seed) };
    fake_driver_init(&model->driver, &driver_config_3d);
    model->driver.host->faults.held = UINT64_MAX;
    model->memory = guest_memory_alloc(model->driver.host->memory,
                                       4096 * SLOT_BYTES, true);
    model->sent = g_ptr_array_new_with_free_func(g_free);
}

static void model_finish(struct model *model)
{
    fake_driver_finish(&model->driver);
    g_ptr_array_unref(model->sent);
    g_rand_free(model->rand);
}

static struct sent *get(const struct model *model, guint index)
{
    return g_ptr_array_index(model->sent, index);
}

static void came_back(void *opaque, uint32_t used)
{
    struct sent *sent = opaque;

    g_assert_false(sent->back);
    sent->back = true;
    sent->place = ++sent->model->num_back;
    g_assert_cmpuint(used, ==, sent->expected ? HEADER_BYTES : 0);
}

/* Sends @bytes with the header that is given; @size more of stream follow. */
static struct sent *send(struct model *model, const struct vgpu_header *header,
                         uint32_t argument, uint32_t bytes, uint32_t expected)
{
    struct sent *sent = g_new0(struct sent, 1);
    uint64_t slot = model->memory + model->sent->len * (uint64_t)SLOT_BYTES;
    uint8_t *p = guest_memory_pointer(model->driver.host->memory, slot,
                                      SLOT_BYTES);
    struct fake_chain chain = {
        .features = model->driver.features,
        .out = &sent->out, .out_num = 1,
        .in = &sent->in, .in_num = 1,
    };

    memset(p, 0, SLOT_BYTES);
    vgpu_wire_put_header(p, header);
    put_le(p + HEADER_BYTES, argument, 4);
    sent->out = (struct fake_piece) { slot, bytes };
    sent->in = (struct fake_piece) { slot + REPLY_AT, HEADER_BYTES };
    sent->model = model;
    sent->expected = expected;
    if (header->flags & VGPU_FLAG_RING_IDX) {
        sent->timeline = 1 + header->ctx_id * VGPU_MAX_RINGS +
                         header->ring_idx;
    }
    /* Without a fence nothing holds it. */
    sent->let_go = !(header->flags & VGPU_FLAG_FENCE);
    sent->done = true;
    g_ptr_array_add(model->sent, sent);
    fake_host_start(model->driver.host, model->driver.dev, &chain, came_back,
                    sent);
    return sent;
}

static struct sent *submit(struct model *model, struct vgpu_header header)
{
    unsigned life = model->lives[header.ctx_id - 1];
    struct sent *sent;

    header.type = VGPU_CMD_SUBMIT_3D;
    sent = send(model, &header, 8, 40,
                life ? VGPU_OK : VGPU_ERR_CONTEXT_ID);
    if (life && header.flags & VGPU_FLAG_FENCE) {
        sent->token = ++model->last_token;
        sent->life = life;
        sent->done = false;
    }
    return sent;
}

static struct sent *fenced_submit(struct model *model, uint32_t ctx, int ring)
{
    uint32_t flags = VGPU_FLAG_FENCE | (ring >= 0 ? VGPU_FLAG_RING_IDX : 0);

    return submit(model, (struct vgpu_header) {
        .flags = flags, .ctx_id = ctx, .ring_idx = MAX(ring, 0),
    });
}

static void create_context(struct model *model, uint32_t id)
{
    struct vgpu_header header = { .type = VGPU_CMD_CTX_CREATE, .ctx_id = id };
    unsigned *life = &model->lives[id - 1];

    send(model, &header, 0, 96, *life ? VGPU_ERR_CONTEXT_ID : VGPU_OK);
    *life = *life ? *life : ++model->num_lives;
}

/* Its rings are answered with it. */
static void destroy_context(struct model *model, struct vgpu_header header)
{
    unsigned *life = &model->lives[header.ctx_id - 1];
    unsigned first = 1 + header.ctx_id * VGPU_MAX_RINGS;

    for (guint i = 0; *life && i < model->sent->len; i++) {
        struct sent *sent = get(model, i);

        sent->let_go |= sent->timeline >= first &&
                        sent->timeline < first + VGPU_MAX_RINGS;
    }
    header.type = VGPU_CMD_CTX_DESTROY;
    send(model, &header, 0, 24, *life ? VGPU_OK : VGPU_ERR_CONTEXT_ID);
    *life = 0;
}

static bool waits(const struct sent *sent)
{
    return sent->token && !sent->done && !sent->let_go;
}

/* Work ends in order in each context, and one report may stand for several. */
static void retire(struct model *model, uint64_t token, bool lost)
{
    const struct sent *reported = NULL;

    for (guint i = 0; i < model->sent->len; i++) {
        struct sent *sent = get(model, i);

        if (sent->token == token && waits(sent)) {
            reported = sent;
        }
    }
    for (guint i = 0; reported && i < model->sent->len; i++) {
        struct sent *sent = get(model, i);

        if (waits(sent) && sent->life == reported->life &&
            sent->token <= token) {
            sent->done = true;
            sent->expected = lost ? VGPU_ERR_UNSPEC : sent->expected;
        }
    }
    vgpu_device_retire_fence(model->driver.dev, token, lost);
    fake_host_deliver(model->driver.host, model->driver.dev);
}

/* Whatever is not back waits for a fence. */
static void check_metrics(const struct model *model)
{
    const struct vgpu_metrics *m = &model->driver.host->metrics;
    uint64_t waiting = model->sent->len - model->num_back;

    g_assert_cmpuint(vgpu_counter_read(&m->fences), ==, waiting);
    g_assert_cmpint(vgpu_counter_read(&m->oldest_fence_ns) != 0, ==,
                    waiting != 0);
}

/* Back is what is let go, or done with nothing before it. */
static void check(struct model *model)
{
    g_autoptr(GHashTable) blocked = g_hash_table_new(NULL, NULL);
    g_autoptr(GHashTable) places = g_hash_table_new(NULL, NULL);

    for (guint i = 0; i < model->sent->len; i++) {
        struct sent *sent = get(model, i);
        void *key = GUINT_TO_POINTER(sent->timeline);
        bool due = sent->let_go ||
                   (sent->done && !g_hash_table_contains(blocked, key));
        const uint8_t *reply;
        unsigned last;

        g_assert_cmpint(sent->back, ==, due);
        if (!due) {
            g_hash_table_add(blocked, key);
            continue;
        }
        /* What has no fence has no place. */
        if (!sent->let_go) {
            last = GPOINTER_TO_UINT(g_hash_table_lookup(places, key));
            g_assert_cmpuint(sent->place, >, last);
            g_hash_table_insert(places, key, GUINT_TO_POINTER(sent->place));
        }
        reply = guest_memory_pointer(model->driver.host->memory, sent->in.addr,
                                     4);
        g_assert_cmphex(get_le32(reply), ==, sent->expected);
    }
    check_metrics(model);
}

static struct vgpu_header random_header(struct model *model)
{
    struct vgpu_header header = {
        .flags = g_rand_int_range(model->rand, 0, 8) ? VGPU_FLAG_FENCE : 0,
        .fence_id = g_rand_int_range(model->rand, 0, 4),
        .ctx_id = g_rand_int_range(model->rand, 1, CONTEXTS + 1),
    };

    if (header.flags && g_rand_boolean(model->rand)) {
        header.flags |= VGPU_FLAG_RING_IDX;
        header.ring_idx = g_rand_int_range(model->rand, 0, RINGS);
    }
    return header;
}

/* The chains come back empty, and what is still to end is nobody's. */
static void reset(struct model *model)
{
    for (guint i = 0; i < model->sent->len; i++) {
        struct sent *sent = get(model, i);

        sent->expected = sent->back ? sent->expected : 0;
        sent->let_go = true;
    }
    memset(model->lives, 0, sizeof(model->lives));
    fake_host_reset(model->driver.host, model->driver.dev);
}

static void finish_fences(struct model *model)
{
    for (guint i = 0; i < model->sent->len; i++) {
        get(model, i)->let_go = true;
    }
    vgpu_device_finish_fences(model->driver.dev);
    fake_host_deliver(model->driver.host, model->driver.dev);
}

static void random_step(struct model *model)
{
    struct vgpu_header header = random_header(model);

    switch (g_rand_int_range(model->rand, 0, 32)) {
    case 0:
        destroy_context(model, header);
        break;
    case 1 ... 3:
        create_context(model, header.ctx_id);
        break;
    case 4 ... 6:
        header.type = VGPU_CMD_SET_SCANOUT;
        send(model, &header, 0, 48, VGPU_OK);
        break;
    case 7 ... 9:
        header.type = VGPU_CMD_RESOURCE_UNREF;
        send(model, &header, 99, 32, VGPU_ERR_RESOURCE_ID);
        break;
    case 10 ... 17:
        retire(model, g_rand_int_range(model->rand, 0, model->last_token + 2),
               g_rand_int_range(model->rand, 0, 6) == 0);
        break;
    default:
        submit(model, header);
    }
}

static void test_model(void)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        struct model model;

        model_init(&model, round);
        for (unsigned step = 0; step < STEPS; step++) {
            if (step == 200) {
                round % 2 ? reset(&model) : finish_fences(&model);
            } else {
                random_step(&model);
            }
            check(&model);
        }
        reset(&model);
        check(&model);
        model_finish(&model);
    }
}

/* The work of a context that ended is not done when that of the next one is. */
static void test_reused_id(void)
{
    struct model model;
    struct sent *old, *new;

    model_init(&model, 0);
    create_context(&model, 1);
    old = fenced_submit(&model, 1, -1);
    destroy_context(&model, (struct vgpu_header) { .ctx_id = 1 });
    create_context(&model, 1);
    new = fenced_submit(&model, 1, 0);
    retire(&model, new->token, false);
    g_assert_true(new->back);
    g_assert_false(old->back);
    retire(&model, old->token, false);
    g_assert_true(old->back);
    model_finish(&model);
}

/* Tokens of before a reset, and those that nobody was given, are nothing. */
static void test_strange_tokens(void)
{
    static const uint64_t strange[] = { 0, 1, 3, UINT64_MAX };
    struct model model;
    struct sent *sent;

    model_init(&model, 0);
    create_context(&model, 1);
    fenced_submit(&model, 1, -1);
    reset(&model);
    create_context(&model, 1);
    sent = fenced_submit(&model, 1, -1);
    g_assert_cmpuint(sent->token, ==, 2);
    for (unsigned i = 0; i < G_N_ELEMENTS(strange); i++) {
        retire(&model, strange[i], true);
    }
    g_assert_false(sent->back);
    retire(&model, 2, false);
    retire(&model, 2, true);
    check(&model);
    g_assert_true(sent->back);
    model_finish(&model);
}

/* A fence that is refused may be reported all the same: it is no other's. */
static void test_refused(void)
{
    struct model model;
    struct sent *refused, *sent;

    model_init(&model, 0);
    create_context(&model, 1);
    model.driver.host->faults.fence = true;
    refused = fenced_submit(&model, 1, -1);
    refused->expected = VGPU_ERR_PARAMETER;
    model.driver.host->faults.fence = false;
    g_assert_true(refused->back);
    sent = fenced_submit(&model, 1, -1);
    vgpu_device_retire_fence(model.driver.dev, refused->token, false);
    fake_host_deliver(model.driver.host, model.driver.dev);
    g_assert_false(sent->back);
    retire(&model, sent->token, false);
    g_assert_true(sent->back);
    model_finish(&model);
}

/*
 * A full queue of two contexts by turns; one report for each.  Streams are not
 * held for as long as their work takes.
 */
static void test_many(void)
{
    struct model model;
    uint64_t before;

    model_init(&model, 0);
    create_context(&model, 1);
    create_context(&model, 2);
    before = vgpu_device_memory(model.driver.dev).held;
    for (unsigned i = 0; i < 1024; i++) {
        fenced_submit(&model, 1 + i % 2, i % 3 - 1);
    }
    g_assert_cmpuint(model.num_back, ==, 2);
    g_assert_cmpuint(vgpu_device_memory(model.driver.dev).held, ==, before);
    retire(&model, model.last_token, false);
    check(&model);
    retire(&model, model.last_token - 1, true);
    check(&model);
    g_assert_cmpuint(model.num_back, ==, 2 + 1024);
    model_finish(&model);
}

/* The first waits from when it was sent, the second for as long again. */
static void test_waiting(void)
{
    struct model model;
    const struct vgpu_metrics *m;
    struct sent *first, *second;
    uint64_t since, waited = 0;

    model_init(&model, 0);
    m = &model.driver.host->metrics;
    create_context(&model, 1);
    first = fenced_submit(&model, 1, -1);
    since = vgpu_counter_read(&m->oldest_fence_ns);
    g_assert_cmpuint(since, >, 0);
    model.driver.host->now_ns += 1000000;
    second = fenced_submit(&model, 1, -1);
    g_assert_cmpuint(vgpu_counter_read(&m->oldest_fence_ns), ==, since);
    model.driver.host->now_ns += 1000000;
    retire(&model, first->token, false);
    g_assert_cmpuint(vgpu_counter_read(&m->oldest_fence_ns), >=,
                     since + 1000000);
    retire(&model, second->token, false);
    for (unsigned i = 0; i < VGPU_HISTOGRAM_BUCKETS; i++) {
        waited += vgpu_counter_read(&m->fence_wait.buckets[i]);
    }
    g_assert_cmpuint(waited, ==, 2);
    g_assert_cmpuint(vgpu_counter_read(&m->fence_wait.sum_ns), >=, 3000000);
    g_assert_cmpuint(vgpu_counter_read(&m->fence_wait.sum_ns), <, 3100000);
    g_assert_cmpuint(vgpu_counter_read(&m->renderer.count), ==, 2);
    check_metrics(&model);
    model_finish(&model);
}

static void note_overdue(void *opaque, const struct vgpu_request *request)
{
    g_assert_cmpint(request->header.type, ==, VGPU_CMD_SUBMIT_3D);
    g_array_append_val((GArray *)opaque, request->serial);
}

static guint overdue(struct model *model, GArray *noted, int64_t before_ns)
{
    guint len = noted->len;

    vgpu_device_overdue(model->driver.dev, before_ns, note_overdue, noted);
    return noted->len - len;
}

/* Each is reported once, when it has waited for long enough. */
static void test_overdue(void)
{
    g_autoptr(GArray) noted = g_array_new(false, false, sizeof(uint64_t));
    struct model model;
    struct sent *first, *second, *third;
    int64_t *now;

    model_init(&model, 0);
    now = &model.driver.host->now_ns;
    create_context(&model, 1);
    create_context(&model, 2);
    first = fenced_submit(&model, 1, -1);
    *now += 1000000;
    second = fenced_submit(&model, 2, 0);
    g_assert_cmpuint(overdue(&model, noted, INT64_MIN), ==, 0);
    g_assert_cmpuint(overdue(&model, noted, *now - 500000), ==, 1);
    g_assert_cmpuint(overdue(&model, noted, *now - 500000), ==, 0);
    g_assert_cmpuint(overdue(&model, noted, *now + 1), ==, 1);
    g_assert_cmpuint(overdue(&model, noted, INT64_MAX), ==, 0);
    g_assert_cmpuint(g_array_index(noted, uint64_t, 0), <,
                     g_array_index(noted, uint64_t, 1));
    retire(&model, first->token, false);
    third = fenced_submit(&model, 1, -1);
    g_assert_cmpuint(overdue(&model, noted, INT64_MAX), ==, 1);
    retire(&model, second->token, false);
    retire(&model, third->token, false);
    check(&model);
    model_finish(&model);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/fence/T-596/T-597/T-598/T-600/model", test_model);
    g_test_add_func("/fence/T-474/reused-id", test_reused_id);
    g_test_add_func("/fence/T-511/strange-tokens", test_strange_tokens);
    g_test_add_func("/fence/refused", test_refused);
    g_test_add_func("/fence/T-514/many", test_many);
    g_test_add_func("/fence/waiting", test_waiting);
    g_test_add_func("/fence/overdue", test_overdue);
    return g_test_run();
}
