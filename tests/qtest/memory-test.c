/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A hostile guest makes the device hold all it can (conformance matrix,
 * EDGE-50, EDGE-118): the process must stay below 1.1 times max_hostmem plus
 * the frames of its scanouts, and give everything back.
 */
#include "qemu/osdep.h"

#include "qemu/units.h"
#include "batch.h"
#include "harness.h"
#include "usage.h"

#define LIMIT_MIB 64u
#define LIMIT (LIMIT_MIB * MiB)
#define TRIES 200000u           /* objects; no limit of the device is higher */

struct hostile {
    struct gpu *gpu;
    struct batch batch;
    uint64_t page;              /* guest RAM for entries to point to */
    unsigned refused;           /* OUT_OF_MEMORY came */
    unsigned accepted;
};

static void count(struct batch *batch, const struct wire_header *reply)
{
    struct hostile *h = batch->data;

    if (reply->type == RESP_ERR_OUT_OF_MEMORY) {
        h->refused++;
    } else if (h->refused) {
        /* What follows a refusal may name what was refused. */
    } else {
        expect_eq(reply->type, RESP_OK_NODATA, "reply");
        h->accepted++;
    }
}

static void arm(struct hostile *h)
{
    batch_init(&h->batch, h->gpu);
    h->batch.done = count;
    h->batch.data = h;
    h->page = guest_ram_alloc(h->gpu->guest, MiB);
    h->refused = h->accepted = 0;
}

static void boot(struct hostile *h)
{
    g_autofree char *args = g_strdup_printf(
        "-device virtio-gpu-pci,id=gpu,blob=on,max_hostmem=%uM", LIMIT_MIB);

    h->gpu = gpu_find(guest_start(&(struct guest_options){ .args = args }), 0);
    gpu_start(h->gpu, NULL);
    arm(h);
}

static void create_2d(struct hostile *h, uint32_t id, uint32_t width,
                      uint32_t height)
{
    const struct wire_create_2d request = {
        .header.type = CMD_RESOURCE_CREATE_2D,
        .resource_id = id,
        .format = FORMAT_B8G8R8X8,
        .width = width,
        .height = height,
    };

    batch_send(&h->batch, &request, sizeof(request));
}

/* Entries of 64 bytes that cannot be merged with their neighbours. */
static void attach(struct hostile *h, uint32_t id, unsigned num)
{
    struct {
        struct wire_attach attach;
        struct wire_entry entries[60];
    } request = {
        .attach.header.type = CMD_RESOURCE_ATTACH_BACKING,
        .attach.resource_id = id,
        .attach.nr_entries = num,
    };

    for (unsigned i = 0; i < num; i++) {
        request.entries[i].addr = h->page + i % 7 * GUEST_PAGE + i * 64;
        request.entries[i].length = 64;
    }
    batch_send(&h->batch, &request, sizeof(request.attach) + num * 16);
}

/* The same guest memory for all images: it is the host's that counts. */
static void attach_megabyte(struct hostile *h, uint32_t id)
{
    const struct {
        struct wire_attach attach;
        struct wire_entry entry;
    } request = {
        .attach.header.type = CMD_RESOURCE_ATTACH_BACKING,
        .attach.resource_id = id,
        .attach.nr_entries = 1,
        .entry = { h->page, MiB, 0 },
    };

    batch_send(&h->batch, &request, sizeof(request));
}

static void transfer(struct hostile *h, uint32_t id, uint32_t width,
                     uint32_t height)
{
    const struct wire_transfer request = {
        .header.type = CMD_TRANSFER_TO_HOST_2D,
        .rect = { 0, 0, width, height },
        .resource_id = id,
    };

    batch_send(&h->batch, &request, sizeof(request));
}

static void create_blob(struct hostile *h, uint32_t id)
{
    struct {
        struct wire_create_blob blob;
        struct wire_entry entries[50];
    } request = {
        .blob.header.type = CMD_RESOURCE_CREATE_BLOB,
        .blob.resource_id = id,
        .blob.blob_mem = BLOB_MEM_GUEST,
        .blob.nr_entries = 50,
        .blob.size = 50 * 64,
    };

    for (unsigned i = 0; i < 50; i++) {
        request.entries[i].addr = h->page + i % 7 * GUEST_PAGE + i * 64;
        request.entries[i].length = 64;
    }
    batch_send(&h->batch, &request, sizeof(request));
}

static void images(struct hostile *h, uint32_t id)
{
    create_2d(h, id, 1024, 256);
    attach_megabyte(h, id);
    transfer(h, id, 1024, 256);         /* every page of it is touched */
}

static void small_images(struct hostile *h, uint32_t id)
{
    create_2d(h, id, 1, 1);
}

static void images_with_lists(struct hostile *h, uint32_t id)
{
    create_2d(h, id, 16, 1);
    if (!h->refused) {
        attach(h, id, 60);
        transfer(h, id, 16, 1);
    }
}

static void blobs(struct hostile *h, uint32_t id)
{
    create_blob(h, id);
}

/* What remains free of the budget must not be taken in smaller pieces. */
static void mixture(struct hostile *h, uint32_t id)
{
    static const uint32_t sides[] = { 1024, 512, 100, 31, 8, 1 };
    uint32_t side = sides[id % G_N_ELEMENTS(sides)];

    create_2d(h, id, side, side);
}

struct attack {
    const char *name;
    void (*step)(struct hostile *h, uint32_t id);
    unsigned refusals;          /* after which it gives up */
};

static const struct attack attacks[] = {
    { "images", images, 1 },
    { "small-images", small_images, 1 },
    { "images-with-lists", images_with_lists, 1 },
    { "blobs", blobs, 1 },
    { "mixture", mixture, 3000 },
};

static uint32_t attack(struct hostile *h, const struct attack *a)
{
    uint32_t id = 0;

    while (h->refused < a->refusals && id < TRIES) {
        a->step(h, ++id);
    }
    batch_finish(&h->batch);
    return id;
}

static void test_attack(const void *data)
{
    const struct attack *a = data;
    struct usage before, full, after;
    struct hostile h;
    uint32_t last;

    boot(&h);
    create_2d(&h, 1, 64, 64);
    batch_finish(&h.batch);
    gpu_restart(h.gpu, NULL);           /* threads and code are there now */
    arm(&h);
    usage_take(h.gpu->guest, &before);
    last = attack(&h, a);
    usage_take(h.gpu->guest, &full);
    g_test_message("%u objects, %u refused; resident memory grew by %.1f MiB, "
                   "descriptors by %d, mappings by %d", last, h.refused,
                   (double)(int64_t)(full.resident_bytes -
                                     before.resident_bytes) / MiB,
                   (int)(full.descriptors - before.descriptors),
                   (int)(full.mappings - before.mappings));
    expect_true(h.refused, "%u objects and never OUT_OF_MEMORY", last);
    expect_true(full.resident_bytes < before.resident_bytes +
                LIMIT + LIMIT / 10,
                "resident memory grew by %" PRIu64 " KiB, the limit is %u MiB",
                (full.resident_bytes - before.resident_bytes) / KiB,
                LIMIT_MIB);
    expect_true(full.descriptors <= before.descriptors + 8,
                "%u open files more", full.descriptors - before.descriptors);
    gpu_restart(h.gpu, NULL);
    gpu_expect_alive(h.gpu);
    usage_take(h.gpu->guest, &after);
    expect_true(after.resident_bytes < before.resident_bytes + LIMIT / 4,
                "%" PRIu64 " KiB more than before are still held after a "
                "reset", (after.resident_bytes - before.resident_bytes) / KiB);
    batch_init(&h.batch, h.gpu);
    create_2d(&h, 1, 4096, 4000);       /* the budget is empty again */
    batch_finish(&h.batch);
}

/* docs/architecture.md: three frames a head, in max_hostmem or 4K a head. */
#define HEADS       4u
#define FRAMES      3u
#define SIDE        4000u       /* px */
#define FRAMES_MAX  (FRAMES * MAX(LIMIT, HEADS * 3840ull * 2160 * 4))

static uint32_t show(struct gpu *gpu, unsigned head)
{
    const struct wire_set_scanout scanout = {
        .header.type = CMD_SET_SCANOUT,
        .rect = { 0, 0, SIDE, SIDE },
        .scanout_id = head,
        .resource_id = 1,
    };
    const struct wire_flush flush = {
        .header.type = CMD_RESOURCE_FLUSH,
        .rect = { 0, 0, SIDE, SIDE },
        .resource_id = 1,
    };
    uint32_t status = gpu_status(gpu, &scanout, sizeof(scanout));

    for (unsigned i = 0; i < 5; i++) {
        gpu_expect(gpu, &flush, sizeof(flush), RESP_OK_NODATA, "FLUSH");
        guest_settle(gpu->guest);       /* the display takes the frame */
    }
    return status;
}

/*
 * Images on more heads than the frames are bounded for: a head that does not
 * fit is refused and shows what it showed.
 */
static void test_frames(void)
{
    struct usage before, full;
    unsigned shown = 0;
    struct hostile h;
    g_autofree char *args = g_strdup_printf(
        "-device virtio-gpu-pci,id=gpu,max_hostmem=%uM,max_outputs=%u",
        LIMIT_MIB, HEADS);

    h.gpu = gpu_find(guest_start(&(struct guest_options){ .args = args }), 0);
    gpu_start(h.gpu, NULL);
    arm(&h);
    usage_take(h.gpu->guest, &before);
    create_2d(&h, 1, SIDE, SIDE);
    batch_finish(&h.batch);
    for (unsigned head = 0; head < HEADS; head++) {
        uint32_t status = show(h.gpu, head);

        expect_true(status == RESP_OK_NODATA || status == RESP_ERR_UNSPEC,
                    "SET_SCANOUT of head %u: 0x%x", head, status);
        shown += status == RESP_OK_NODATA;
    }
    usage_take(h.gpu->guest, &full);
    g_test_message("%u of %u heads; resident memory grew by %" PRIu64 " MiB",
                   shown, HEADS,
                   (full.resident_bytes - before.resident_bytes) / MiB);
    expect_true(shown > 0, "no head shows an image of %u MiB",
                (unsigned)(SIDE * SIDE * 4 / MiB));
    expect_true(full.resident_bytes < before.resident_bytes + LIMIT +
                LIMIT / 10 + FRAMES_MAX,
                "resident memory grew by %" PRIu64 " MiB, the frames may have "
                "%u", (full.resident_bytes - before.resident_bytes) / MiB,
                (unsigned)(FRAMES_MAX / MiB));
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    for (unsigned i = 0; i < G_N_ELEMENTS(attacks); i++) {
        g_autofree char *path = g_strdup_printf("/T-470,T-538/%s",
                                                attacks[i].name);

        harness_add_data(path, test_attack, &attacks[i]);
    }
    harness_add("/T-296,T-538/frames", test_frames);
    return harness_run();
}
