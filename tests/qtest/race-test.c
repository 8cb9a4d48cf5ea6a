/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The guest changes a request while the device works on it (conformance
 * matrix, EDGE-19, T-058).  Guest RAM is shared with this process, so a
 * thread here writes to it as a second processor of the guest would.  Every
 * answer is that of one of the two requests, whatever the device saw when.
 */
#include "qemu/osdep.h"

#include "gpu.h"
#include "harness.h"

#define ROUNDS 4000

/* Writes two values to a word in turn, as fast as it can. */
struct mutator {
    GThread *thread;
    volatile uint32_t *word;
    uint32_t values[2];
    int stop;
};

static void *mutate(void *data)
{
    struct mutator *m = data;

    while (!g_atomic_int_get(&m->stop)) {
        for (unsigned i = 0; i < 1000; i++) {
            __atomic_store_n(m->word, m->values[i % 2], __ATOMIC_RELAXED);
        }
    }
    return NULL;
}

static void stop_mutator(void *data)
{
    struct mutator *m = data;

    g_atomic_int_set(&m->stop, 1);
    g_thread_join(m->thread);
    g_free(m);
}

static void start_mutator(struct gpu *gpu, uint64_t addr, uint32_t one,
                          uint32_t other)
{
    struct mutator *m = g_new0(struct mutator, 1);

    m->word = guest_memory(gpu->guest, addr, 4);
    m->values[0] = one;
    m->values[1] = other;
    m->thread = g_thread_new("mutator", mutate, m);
    guest_at_stop(gpu->guest, stop_mutator, m);
}

/* One request at gpu->request, not copied there by each sending. */
static uint32_t send_request(struct gpu *gpu, uint32_t bytes)
{
    const struct vring_buffer buffers[] = {
        { gpu->request, bytes, false },
        { gpu->reply, sizeof(struct wire_header), true },
    };
    const struct wire_header *reply =
        guest_memory(gpu->guest, gpu->reply, sizeof(*reply));
    unsigned id = vring_add(gpu->queue[0], &(struct vring_chain){
        buffers, 2, VRING_ALL_DIRECT,
    });

    vring_kick(gpu->queue[0]);
    expect_eq(vring_wait_for(gpu->queue[0], id), 24, "used.len");
    return reply->type;
}

static struct gpu *boot(const char *more)
{
    g_autofree char *device = g_strdup_printf("virtio-gpu-pci,id=gpu%s", more);

    return gpu_boot(NULL, device, NULL);
}

static void create(struct gpu *gpu, uint32_t id)
{
    const struct wire_create_2d request = {
        .header.type = CMD_RESOURCE_CREATE_2D,
        .resource_id = id,
        .format = FORMAT_B8G8R8X8,
        .width = 32,
        .height = 32,
    };

    gpu_expect(gpu, &request, sizeof(request), RESP_OK_NODATA, "CREATE_2D");
}

/* The other request is sent from elsewhere, so that nobody disturbs it. */
static uint32_t resource_command(struct gpu *gpu, uint64_t elsewhere,
                                 uint32_t type)
{
    const struct wire_resource request = {
        .header.type = type,
        .resource_id = 1,
    };
    uint64_t usual = gpu->request;
    uint32_t status;

    gpu->request = elsewhere;
    status = gpu_status(gpu, &request, sizeof(request));
    gpu->request = usual;
    return status;
}

struct race {
    struct gpu *gpu;
    unsigned seen[2];           /* how often either answer came */
};

static void count(struct race *race, uint32_t got, uint32_t one,
                  uint32_t other)
{
    expect_true(got == one || got == other,
                "expected 0x%x or 0x%x, got 0x%x", one, other, got);
    race->seen[got == other]++;
}

static void report(const struct race *race)
{
    g_test_message("%u times one request, %u times the other", race->seen[0],
                   race->seen[1]);
}

static void test_nr_entries(void)
{
    struct race race = { .gpu = boot("") };
    struct gpu *gpu = race.gpu;
    uint64_t elsewhere = guest_ram_alloc(gpu->guest, GUEST_PAGE);
    struct {
        struct wire_attach attach;
        struct wire_entry entry;
    } *request = guest_memory(gpu->guest, gpu->request, sizeof(*request));

    create(gpu, 1);
    memset(request, 0, sizeof(*request));
    request->attach.header.type = CMD_RESOURCE_ATTACH_BACKING;
    request->attach.resource_id = 1;
    request->attach.nr_entries = 1;
    request->entry.addr = elsewhere;
    request->entry.length = GUEST_PAGE;
    start_mutator(gpu, gpu->request + offsetof(struct wire_attach, nr_entries),
                  1, 0x10000001);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t got = send_request(gpu, sizeof(*request));

        count(&race, got, RESP_OK_NODATA, RESP_ERR_UNSPEC);
        if (got == RESP_OK_NODATA) {
            expect_eq(resource_command(gpu, elsewhere,
                                       CMD_RESOURCE_DETACH_BACKING),
                      RESP_OK_NODATA, "DETACH_BACKING");
        }
    }
    report(&race);
}

static void test_entry_address(void)
{
    struct race race = { .gpu = boot("") };
    struct gpu *gpu = race.gpu;
    uint64_t elsewhere = guest_ram_alloc(gpu->guest, GUEST_PAGE);
    struct {
        struct wire_attach attach;
        struct wire_entry entry;
    } *request = guest_memory(gpu->guest, gpu->request, sizeof(*request));

    create(gpu, 1);
    memset(request, 0, sizeof(*request));
    request->attach.header.type = CMD_RESOURCE_ATTACH_BACKING;
    request->attach.resource_id = 1;
    request->attach.nr_entries = 1;
    request->entry.addr = elsewhere;
    request->entry.length = GUEST_PAGE;
    /* The upper half of the address: in RAM, or nowhere. */
    start_mutator(gpu, gpu->request + sizeof(struct wire_attach) + 4, 0,
                  0x7fff);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t got = send_request(gpu, sizeof(*request));

        count(&race, got, RESP_OK_NODATA, RESP_ERR_UNSPEC);
        if (got == RESP_OK_NODATA) {
            expect_eq(resource_command(gpu, elsewhere,
                                       CMD_RESOURCE_DETACH_BACKING),
                      RESP_OK_NODATA, "DETACH_BACKING");
        }
    }
    report(&race);
}

static void test_resource_id(void)
{
    struct race race = { .gpu = boot("") };
    struct gpu *gpu = race.gpu;
    struct wire_flush *request;

    create(gpu, 1);
    request = guest_memory(gpu->guest, gpu->request, sizeof(*request));
    *request = (struct wire_flush){
        .header.type = CMD_RESOURCE_FLUSH,
        .rect = { 0, 0, 32, 32 },
        .resource_id = 1,
    };
    start_mutator(gpu, gpu->request + offsetof(struct wire_flush, resource_id),
                  1, 0xffffffff);
    for (unsigned i = 0; i < 5 * ROUNDS; i++) {
        count(&race, send_request(gpu, sizeof(*request)), RESP_OK_NODATA,
              RESP_ERR_RESOURCE_ID);
    }
    report(&race);
}

static void test_rectangle(void)
{
    struct race race = { .gpu = boot("") };
    struct gpu *gpu = race.gpu;
    struct wire_set_scanout *request;

    create(gpu, 1);
    request = guest_memory(gpu->guest, gpu->request, sizeof(*request));
    *request = (struct wire_set_scanout){
        .header.type = CMD_SET_SCANOUT,
        .rect = { 0, 0, 32, 32 },
        .resource_id = 1,
    };
    start_mutator(gpu, gpu->request + offsetof(struct wire_set_scanout,
                                               rect.width), 32, 0xffffffff);
    for (unsigned i = 0; i < ROUNDS; i++) {
        count(&race, send_request(gpu, sizeof(*request)), RESP_OK_NODATA,
              RESP_ERR_PARAMETER);
    }
    report(&race);
}

static void test_blob_size(void)
{
    struct race race = { .gpu = boot(",blob=on") };
    struct gpu *gpu = race.gpu;
    uint64_t elsewhere = guest_ram_alloc(gpu->guest, GUEST_PAGE);
    struct {
        struct wire_create_blob blob;
        struct wire_entry entry;
    } *request = guest_memory(gpu->guest, gpu->request, sizeof(*request));

    memset(request, 0, sizeof(*request));
    request->blob.header.type = CMD_RESOURCE_CREATE_BLOB;
    request->blob.resource_id = 1;
    request->blob.blob_mem = BLOB_MEM_GUEST;
    request->blob.nr_entries = 1;
    request->blob.size = GUEST_PAGE;
    request->entry.addr = elsewhere;
    request->entry.length = GUEST_PAGE;
    start_mutator(gpu, gpu->request + offsetof(struct wire_create_blob, size),
                  GUEST_PAGE, GUEST_PAGE * 16);
    for (unsigned i = 0; i < ROUNDS; i++) {
        uint32_t got = send_request(gpu, sizeof(*request));

        count(&race, got, RESP_OK_NODATA, RESP_ERR_PARAMETER);
        if (got == RESP_OK_NODATA) {
            expect_eq(resource_command(gpu, elsewhere, CMD_RESOURCE_UNREF),
                      RESP_OK_NODATA, "UNREF");
        }
    }
    report(&race);
}

/* The ring itself: the address of the reply is somewhere else now and then. */
static void test_descriptor(void)
{
    struct race race = { .gpu = boot("") };
    struct gpu *gpu = race.gpu;
    struct vring *ring = gpu->queue[0];
    uint64_t elsewhere = guest_ram_alloc(gpu->guest, GUEST_PAGE);
    struct vring_done done;

    *(uint32_t *)guest_memory(gpu->guest, gpu->request, 4) =
        CMD_GET_DISPLAY_INFO;
    ring->desc[0] = (struct vring_desc){ gpu->request, 24, VRING_NEXT, 1 };
    ring->desc[1] = (struct vring_desc){ gpu->reply, 408, VRING_WRITE, 0 };
    start_mutator(gpu, ring->areas.descriptors + sizeof(struct vring_desc),
                  gpu->reply, elsewhere);
    for (unsigned i = 0; i < ROUNDS; i++) {
        vring_expect(ring, 0);
        ring->avail->ring[ring->avail_idx++ % ring->areas.size] = 0;
        vring_kick(ring);
        done = vring_wait(ring);
        expect_eq(done.bytes, 408, "used.len");
    }
    expect_eq(gpu->vdev->ops->status(gpu->vdev) & STATUS_NEEDS_RESET, 0,
              "NEEDS_RESET");
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add("/T-439/nr-entries", test_nr_entries);
    harness_add("/T-439/entry-address", test_entry_address);
    harness_add("/T-439/resource-id", test_resource_id);
    harness_add("/T-439/rectangle", test_rectangle);
    harness_add("/T-439/blob-size", test_blob_size);
    harness_add("/T-439/descriptor", test_descriptor);
    return harness_run();
}
