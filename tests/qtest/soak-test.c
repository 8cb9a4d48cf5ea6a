/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Long runs (conformance matrix, G.6 "Stress and fuzz"): random requests,
 * random descriptors, resets at any moment, and nothing that leaks.  The
 * seed is GLib's: --seed repeats a run.
 */
#include "qemu/osdep.h"

#include "qemu/units.h"
#include "batch.h"
#include "harness.h"
#include "load.h"
#include "random-request.h"
#include "usage.h"

#define SOAK_REQUESTS 20000
#define GARBAGE_ROUNDS 400
#define STORM_RESETS  300
#define LEAK_CYCLES   100000
#define BAD_REQUESTS  100000

static const char all_features[] =
    "virtio-gpu-pci,id=gpu,max_outputs=4,blob=on,resource-uuid=on,"
    "max_hostmem=64M,packed=on";

static struct gpu *boot(const struct gpu_options *options)
{
    return gpu_boot(NULL, all_features, options);
}

/* A request on its way; one chain has up to 8 descriptors each way. */
struct flight {
    uint64_t request, reply;
    uint32_t room;
    bool live;
};

#define MAX_FLIGHTS 64
#define PIECES 8

struct soak {
    struct gpu *gpu;
    unsigned queue;
    struct flight flights[MAX_FLIGHTS]; /* [id] */
    uint64_t memory;            /* one page request, one page reply each */
    uint64_t table_mark;
    unsigned in_flight;
    unsigned sent, returned;
};

/* Cuts @bytes at @addr into random descriptors. */
static unsigned cut(struct vring_buffer *buffers, uint64_t addr,
                    uint32_t bytes, bool writes)
{
    unsigned num = 0;

    while (bytes) {
        uint32_t piece = num + 1 < PIECES && g_test_rand_bit() ?
                         (uint32_t)g_test_rand_int_range(1, bytes + 1) : bytes;

        buffers[num++] = (struct vring_buffer){ addr, piece, writes };
        addr += piece;
        bytes -= piece;
    }
    return num;
}

static void check_return(struct soak *soak, const struct vring_done *done)
{
    struct flight *flight = &soak->flights[done->id];
    uint8_t *reply = guest_memory(soak->gpu->guest, flight->reply, GUEST_PAGE);
    uint32_t type;

    expect_true(flight->live, "chain %u came back twice", done->id);
    expect_true(done->bytes <= flight->room, "used.len %u with room for %u",
                done->bytes, flight->room);
    expect_true(done->bytes == 0 || done->bytes >= 24,
                "used.len %u: less than a header", done->bytes);
    for (uint32_t i = done->bytes; i < GUEST_PAGE; i++) {
        expect_eq(reply[i], GPU_POISON, "byte %u behind used.len %u", i,
                  done->bytes);
    }
    if (done->bytes) {
        memcpy(&type, reply, sizeof(type));
        expect_true((type >= 0x1100 && type <= 0x1106) ||
                    (type >= 0x1200 && type <= 0x1205), "reply type 0x%x",
                    type);
    }
    flight->live = false;
    soak->in_flight--;
    soak->returned++;
}

static void take_some(struct soak *soak, unsigned leave)
{
    while (soak->in_flight > leave) {
        struct vring_done done = vring_wait(soak->gpu->queue[soak->queue]);

        check_return(soak, &done);
    }
    if (leave == 0) {
        soak->gpu->guest->next_free = soak->table_mark;
    }
}

static void send_random(struct soak *soak)
{
    struct vring *ring = soak->gpu->queue[soak->queue];
    struct vring_buffer buffers[2 * PIECES];
    unsigned slot = soak->sent % MAX_FLIGHTS;
    uint64_t request = soak->memory + slot * 2 * GUEST_PAGE;
    uint64_t reply = request + GUEST_PAGE;
    uint32_t room = random_room();
    uint32_t bytes;
    unsigned num, id;

    bytes = random_request(soak->gpu, guest_memory(soak->gpu->guest, request,
                                                   GUEST_PAGE));
    memset(guest_memory(soak->gpu->guest, reply, GUEST_PAGE), GPU_POISON,
           GUEST_PAGE);
    num = cut(buffers, request, bytes, false);
    num += cut(buffers + num, reply, room, true);
    if (num == 0) {
        return;                 /* no ring can carry it */
    }
    id = vring_add(ring, &(struct vring_chain){
        buffers, num, num <= ring->num_free && g_test_rand_bit() ?
        VRING_ALL_DIRECT : 0,
    });
    soak->flights[id] = (struct flight){ request, reply, room, true };
    soak->in_flight++;
    soak->sent++;
}

/*
 * Every request comes back exactly once, whatever it was: random commands
 * over few ids, some of them cut short or without room for the reply.
 */
static void test_soak(const void *data)
{
    struct soak soak = { .gpu = boot(data) };

    soak.memory = guest_ram_alloc(soak.gpu->guest,
                                  MAX_FLIGHTS * 2 * GUEST_PAGE);
    soak.table_mark = soak.gpu->guest->next_free;
    while (soak.sent < SOAK_REQUESTS) {
        unsigned batch = g_test_rand_int_range(1, 12);

        soak.queue = g_test_rand_int_range(0, 10) == 0;
        for (unsigned i = 0; i < batch && soak.gpu->queue[soak.queue]->num_free;
             i++) {
            send_random(&soak);
        }
        vring_kick(soak.gpu->queue[soak.queue]);
        take_some(&soak, 0);
    }
    expect_eq(soak.returned, soak.sent, "requests returned");
    gpu_expect_alive(soak.gpu);
}

/* T-643: the ring itself is garbage; the device breaks or goes on. */
static void test_garbage(const void *data)
{
    struct gpu *gpu = boot(data);
    unsigned broken = 0;

    guest_expect_noise(gpu->guest, "qemu-system-x86_64: ");
    for (unsigned round = 0; round < GARBAGE_ROUNDS; round++) {
        struct vring *ring = gpu->queue[0];

        random_descriptors(gpu, ring);
        ring->vdev->ops->notify(ring->vdev, 0);
        guest_settle(gpu->guest);
        broken += !!(gpu->vdev->ops->status(gpu->vdev) & STATUS_NEEDS_RESET);
        gpu_restart(gpu, &gpu->options);
    }
    gpu_expect_alive(gpu);
    g_test_message("%u of %u garbage rings broke the device", broken,
                   GARBAGE_ROUNDS);
}

static void expect_same(const struct usage *before, const struct usage *after,
                        uint64_t more_bytes)
{
    g_test_message("resident memory %+" PRId64 " KiB, descriptors %+d, "
                   "mappings %+d",
                   (int64_t)(after->resident_bytes -
                             before->resident_bytes) / 1024,
                   (int)(after->descriptors - before->descriptors),
                   (int)(after->mappings - before->mappings));
    expect_true(after->resident_bytes < before->resident_bytes + more_bytes,
                "resident memory grew by %" PRIu64 " KiB",
                (after->resident_bytes - before->resident_bytes) / 1024);
    expect_true(after->descriptors <= before->descriptors,
                "%u open files more", after->descriptors -
                before->descriptors);
    expect_true(after->mappings <= before->mappings + 4, "%u mappings more",
                after->mappings - before->mappings);
}

static void storm(struct gpu *gpu, unsigned resets)
{
    struct load load;

    for (unsigned i = 0; i < resets; i++) {
        gpu_restart(gpu, &gpu->options);
        load_prepare_sized(&load, gpu, 512, 512);
        load_post(&load, g_test_rand_int_range(1, 65));
        g_usleep(g_test_rand_int_range(0, 3000));
    }
    gpu_restart(gpu, &gpu->options);
    gpu_expect_alive(gpu);
}

static void test_storm(const void *data)
{
    struct gpu *gpu = gpu_boot(NULL, "virtio-gpu-pci,id=gpu,packed=on", data);
    struct usage before, after;

    storm(gpu, 20);
    usage_take(gpu->guest, &before);
    storm(gpu, STORM_RESETS);
    usage_take(gpu->guest, &after);
    expect_same(&before, &after, 8 * MiB);
}

static void cycle(struct batch *batch, uint32_t id, uint64_t page, bool show)
{
    const struct wire_create_2d create = {
        .header.type = CMD_RESOURCE_CREATE_2D,
        .resource_id = id,
        .format = FORMAT_B8G8R8X8,
        .width = 16,
        .height = 16,
    };
    const struct {
        struct wire_attach attach;
        struct wire_entry entries[2];
    } attach = {
        .attach.header.type = CMD_RESOURCE_ATTACH_BACKING,
        .attach.resource_id = id,
        .attach.nr_entries = 2,
        .entries = { { page, 512, 0 }, { page + 1024, 512, 0 } },
    };
    const struct wire_set_scanout scanout = {
        .header.type = CMD_SET_SCANOUT,
        .rect = { 0, 0, 16, 16 },
        .resource_id = id,
    };
    const struct wire_resource unref = {
        .header.type = CMD_RESOURCE_UNREF,
        .resource_id = id,
    };

    batch_send(batch, &create, sizeof(create));
    batch_send(batch, &attach, sizeof(attach));
    if (show) {
        batch_send(batch, &scanout, sizeof(scanout));
    }
    batch_send(batch, &unref, sizeof(unref));
}

static void test_leak(void)
{
    struct gpu *gpu = boot(NULL);
    uint64_t page = guest_ram_alloc(gpu->guest, GUEST_PAGE);
    struct usage before, after;
    struct batch batch;

    batch_init(&batch, gpu);
    for (unsigned i = 0; i < LEAK_CYCLES; i++) {
        if (i == LEAK_CYCLES / 20) {
            batch_finish(&batch);
            guest_settle(gpu->guest);
            usage_take(gpu->guest, &before);
        }
        /* A scanout makes work for the display, too: fewer of them. */
        cycle(&batch, i % 5 + 1, page, i % 8 == 0);
    }
    batch_finish(&batch);
    guest_settle(gpu->guest);
    usage_take(gpu->guest, &after);
    expect_same(&before, &after, 2 * MiB);
}

static void expect_unspec(struct batch *batch, const struct wire_header *reply)
{
    expect_true(reply->type >= RESP_ERR_UNSPEC, "a bad request was answered "
                "0x%x", reply->type);
}

/* T-535: what a guest does wrong is logged, at a rate. */
static void test_bad_requests(void)
{
    struct gpu *gpu = boot(NULL);
    struct batch batch;
    size_t bytes;

    guest_expect_noise(gpu->guest, "virtio-gpu");
    batch_init(&batch, gpu);
    batch.done = expect_unspec;
    for (unsigned i = 0; i < BAD_REQUESTS; i++) {
        const struct wire_resource bad = {
            .header.type = i % 3 ? CMD_RESOURCE_UNREF : 0xdead,
            .resource_id = i,
        };

        batch_send(&batch, &bad, sizeof(bad));
    }
    batch_finish(&batch);
    {
        g_autofree char *text = guest_stderr(gpu->guest);

        bytes = strlen(text);
    }
    expect_true(bytes < 64 * KiB, "%u bad requests made %zu bytes of log",
                BAD_REQUESTS, bytes);
    gpu_expect_alive(gpu);
}

int main(int argc, char **argv)
{
    static const struct gpu_options split, packed = { .packed = true };

    harness_init(&argc, &argv);
    harness_add_data("/T-641,T-642/every-request-once/split", test_soak,
                     &split);
    harness_add_data("/T-641,T-642/every-request-once/packed", test_soak,
                     &packed);
    harness_add_data("/T-643/garbage-rings/split", test_garbage, &split);
    harness_add_data("/T-643/garbage-rings/packed", test_garbage, &packed);
    harness_add_data("/T-644/reset-storm/split", test_storm, &split);
    harness_add_data("/T-644/reset-storm/packed", test_storm, &packed);
    harness_add("/T-645/leak-check", test_leak);
    harness_add("/T-535/bad-requests", test_bad_requests);
    return harness_run();
}
