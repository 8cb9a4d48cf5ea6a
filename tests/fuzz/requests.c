/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "requests.h"

#include <string.h>

#include "command.h"
#include "fake-host.h"

#define GUEST_BYTES (16ull << 20)

/* At most this many pieces; what is left over is in the last. */
#define MAX_PIECES 8

/* Requests that may wait at a time. */
#define CALLS 8

struct call {
    struct fake_piece out[MAX_PIECES], in[MAX_PIECES];
    uint8_t *reply;
    uint64_t reply_addr;
    uint32_t writable;
    bool busy;
};

struct target {
    struct fake_host *host;
    struct vgpu_device *dev;
    uint64_t features;
    uint64_t request_addr;
    struct call calls[CALLS];
    bool pieces;
};

static uint64_t choose_features(uint8_t choice)
{
    uint64_t features = VGPU_F_EDID;

    features |= choice & FUZZ_BLOB ? VGPU_F_RESOURCE_BLOB : 0;
    features |= choice & FUZZ_UUID ? VGPU_F_RESOURCE_UUID : 0;
    features |= choice & FUZZ_ALIGNMENT ? VGPU_F_BLOB_ALIGNMENT : 0;
    features |= choice & FUZZ_CONTEXT_INIT ? VGPU_F_CONTEXT_INIT : 0;
    features |= choice & FUZZ_VIRGL ? VGPU_F_VIRGL : 0;
    return features;
}

static void target_init(struct target *target, uint8_t choice)
{
    static struct fake_host *host;
    struct vgpu_device_config config = {
        .num_scanouts = 4,
        .features = choose_features(choice),
        .blob_alignment = 4096,
        .window_bytes = choice & FUZZ_VIRGL ? FAKE_WINDOW_BYTES : 0,
        .max_hostmem = 4 << 20,
        .max_hostmem_3d = 64 << 20,
        .max_resources = 64,
        .max_contexts = 8,
    };
    uint64_t ram;

    host = host ? host : fake_host_create(GUEST_BYTES);
    fake_host_power_on(host, config.num_scanouts, 640, 480);
    host->max_picture_px = 1 << 18;
    host->translates = choice & FUZZ_TRANSLATES;
    target->host = host;
    target->dev = fake_host_device(host, &config);
    target->features = config.features;
    target->pieces = choice & FUZZ_PIECES;
    ram = guest_memory_alloc(host->memory, FUZZ_RAM_BYTES, true);
    g_assert_cmphex(ram, ==, FUZZ_RAM_ADDR);
    target->request_addr = guest_memory_alloc(host->memory, FUZZ_MAX_READABLE,
                                              true);
    for (unsigned i = 0; i < CALLS; i++) {
        struct call *call = &target->calls[i];

        call->reply_addr = guest_memory_alloc(host->memory, FUZZ_MAX_WRITABLE,
                                              true);
        call->reply = guest_memory_pointer(host->memory, call->reply_addr,
                                           FUZZ_MAX_WRITABLE);
        call->busy = false;
    }
}

static struct call *free_call(struct target *target)
{
    for (unsigned i = 0; i < CALLS; i++) {
        if (!target->calls[i].busy) {
            return &target->calls[i];
        }
    }
    return NULL;
}

static unsigned num_busy(const struct target *target)
{
    unsigned num = 0;

    for (unsigned i = 0; i < CALLS; i++) {
        num += target->calls[i].busy;
    }
    return num;
}

static void target_finish(struct target *target)
{
    target->host->faults.window_held = false;
    fake_host_reset(target->host, target->dev);
    g_assert_cmpuint(vgpu_device_num_mappings(target->dev), ==, 0);
    g_assert_cmpuint(num_busy(target), ==, 0);
    g_assert_cmpuint(vgpu_device_num_resources(target->dev), ==, 0);
    g_assert_cmpuint(vgpu_device_num_contexts(target->dev), ==, 0);
    g_assert_cmpuint(vgpu_device_memory(target->dev).held, ==, 0);
    g_assert_cmpuint(vgpu_device_memory(target->dev).hosted, ==,
                     fake_renderer_kept());
    g_assert_cmpuint(guest_memory_num_mappings(target->host->memory), ==, 0);
    vgpu_device_destroy(target->dev);
}

static unsigned cut(const struct target *target, uint64_t addr, uint32_t bytes,
                    struct fake_piece pieces[MAX_PIECES])
{
    uint32_t step = target->pieces ? 1 + bytes / 5 : MAX(bytes, 1);
    unsigned num = 0;

    while (bytes) {
        uint32_t piece = num == MAX_PIECES - 1 ? bytes : MIN(step, bytes);

        pieces[num++] = (struct fake_piece) { addr, piece };
        addr += piece;
        bytes -= piece;
    }
    return num;
}

/* Whether a reply of that type may be so long. */
static void check_reply(const uint8_t *reply, uint32_t used, uint32_t writable)
{
    uint32_t type;

    g_assert_cmpuint(used, <=, writable);
    if (used == 0) {
        return;
    }
    g_assert_cmpuint(used, >=, HEADER_BYTES);
    type = get_le32(reply);
    switch (type) {
    case OK_DISPLAY_INFO:
        g_assert_cmpuint(used, ==, 408);
        break;
    case OK_EDID:
        g_assert_cmpuint(used, ==, 1056);
        break;
    case OK_CAPSET_INFO:
    case OK_RESOURCE_UUID:
        g_assert_cmpuint(used, ==, 40);
        break;
    case OK_MAP_INFO:
        g_assert_cmpuint(used, ==, 32);
        break;
    case OK_CAPSET:
        g_assert_cmpuint(used, >, HEADER_BYTES);
        break;
    default:
        g_assert_true(type == OK_NODATA || (type >= 0x1200 && type <= 0x1205));
        g_assert_cmpuint(used, ==, HEADER_BYTES);
    }
    for (uint32_t i = used; i < FUZZ_MAX_WRITABLE; i++) {
        g_assert_cmpuint(reply[i], ==, 0xa5);
    }
}

static void came_back(void *opaque, uint32_t used)
{
    struct call *call = opaque;

    g_assert_true(call->busy);
    check_reply(call->reply, used, call->writable);
    call->busy = false;
}

static void release(struct target *target)
{
    fake_renderer_release();
    fake_host_deliver(target->host, target->dev);
}

/* Nothing waits for ever. */
static void release_all(struct target *target)
{
    target->host->faults.held = 0;
    target->host->faults.window_held = false;
    release(target);
    g_assert_cmpuint(num_busy(target), ==, 0);
}

static void set_faults(struct target *target, uint8_t choice)
{
    struct fake_faults *faults = &target->host->faults;

    faults->held = choice & FUZZ_HOLD ? UINT64_MAX : 0;
    faults->window_held = choice & FUZZ_HOLD;
    faults->fence_lost = choice & FUZZ_LOSE;
    faults->fence = choice & FUZZ_NO_FENCE;
    faults->context = choice & FUZZ_REFUSE;
    faults->texture = choice & FUZZ_REFUSE;
    faults->transfer = choice & FUZZ_REFUSE;
    faults->submit_memory = choice & FUZZ_REFUSE;
    faults->slots = choice & FUZZ_REFUSE;
    faults->window_at_once = choice & FUZZ_AT_ONCE;
    if (target->features & VGPU_F_VIRGL) {
        release(target);
    }
}

static void run_record(struct target *target, enum vgpu_queue queue,
                       const uint8_t *bytes, uint32_t readable,
                       uint32_t writable)
{
    struct fake_chain chain = {
        .queue = queue, .features = target->features,
    };
    struct call *call = free_call(target);

    if (!call) {
        release_all(target);
        call = &target->calls[0];
    }
    chain.out = call->out;
    chain.out_num = cut(target, target->request_addr, readable, call->out);
    chain.in = call->in;
    chain.in_num = cut(target, call->reply_addr, writable, call->in);
    if (readable) {
        memcpy(guest_memory_pointer(target->host->memory, target->request_addr,
                                    readable), bytes, readable);
    }
    memset(call->reply, 0xa5, FUZZ_MAX_WRITABLE);
    call->writable = writable;
    call->busy = true;
    fake_host_start(target->host, target->dev, &chain, came_back, call);
    g_assert_true(!call->busy || target->host->faults.held);
}

void fuzz_requests(const uint8_t *data, size_t bytes)
{
    struct target target;

    if (bytes == 0) {
        return;
    }
    target_init(&target, data[0]);
    data++;
    bytes--;
    while (bytes >= FUZZ_RECORD_HEADER) {
        uint32_t readable = data[1] | data[2] << 8;
        uint32_t writable = data[3] | data[4] << 8;

        if (data[0] & FUZZ_RESET) {
            fake_host_reset(target.host, target.dev);
        }
        set_faults(&target, data[0]);
        readable = MIN(readable, MIN(bytes - FUZZ_RECORD_HEADER,
                                     FUZZ_MAX_READABLE));
        run_record(&target, data[0] & FUZZ_CURSOR, data + FUZZ_RECORD_HEADER, readable,
                   MIN(writable, FUZZ_MAX_WRITABLE));
        data += FUZZ_RECORD_HEADER + readable;
        bytes -= FUZZ_RECORD_HEADER + readable;
    }
    target_finish(&target);
}
