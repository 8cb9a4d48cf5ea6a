/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Virtqueues in proper use: sizes, wrap-around, batches, notification hints
 * (conformance matrix, G.6 "Virtqueues").
 */
#include <string.h>

#include "gpu.h"
#include "harness.h"

#define WRAPS 70000             /* chains: more than a 16-bit index counts */

static struct gpu *boot(const struct gpu_options *options)
{
    return gpu_boot(NULL, "virtio-gpu-pci,id=gpu,packed=on", options);
}

static void many(struct gpu *gpu, unsigned num)
{
    for (unsigned i = 0; i < num; i++) {
        gpu_expect_alive(gpu);
    }
}

static void move(struct gpu *gpu, int32_t x)
{
    const struct wire_cursor cursor = {
        .header.type = CMD_MOVE_CURSOR,
        .x = x,
    };

    gpu_expect(gpu, &cursor, sizeof(cursor), RESP_OK_NODATA, "MOVE_CURSOR");
}

static void test_sizes(const void *data)
{
    unsigned size = *(const unsigned *)data;
    struct gpu *gpu = boot(&(struct gpu_options){ .size = { size, size } });

    many(gpu, 3 * size);
    for (unsigned i = 0; i < 3 * size; i++) {
        move(gpu, i);
    }
}

static void test_packed_size(const void *data)
{
    unsigned size = *(const unsigned *)data;
    struct gpu *gpu = boot(&(struct gpu_options){
        .size = { size, 5 },
        .packed = true,
        .direct = size > 1,
    });

    many(gpu, 5 * size);
    for (unsigned i = 0; i < 20; i++) {
        move(gpu, i);
    }
}

static void test_cursor_disabled(void)
{
    struct gpu *gpu = boot(&(struct gpu_options){
        .size = { 0, GPU_NO_QUEUE },
    });

    many(gpu, 10);
}

static void put_halves(struct gpu *gpu, unsigned offset, uint64_t addr,
                       bool high_first)
{
    for (unsigned i = 0; i < 2; i++) {
        unsigned half = high_first ? 1 - i : i;

        virtio_pci_put(gpu->pci, offset + half * 4, 4, addr >> half * 32);
    }
}

static void test_halves(void)
{
    struct gpu *gpu = boot(NULL);

    for (unsigned high_first = 0; high_first < 2; high_first++) {
        struct vdev_queue *areas;

        gpu_restart(gpu, &(struct gpu_options){
            .size = { GPU_NO_QUEUE, GPU_NO_QUEUE },
        });
        vdev_negotiate(gpu->vdev, gpu->features);
        gpu->queue[0] = vring_create(gpu->vdev, 0, 64, false);
        areas = &gpu->queue[0]->areas;
        virtio_pci_put(gpu->pci, COMMON_QUEUE_SELECT, 2, 0);
        put_halves(gpu, COMMON_QUEUE_DESC, areas->descriptors, high_first);
        put_halves(gpu, COMMON_QUEUE_DRIVER, areas->driver, high_first);
        put_halves(gpu, COMMON_QUEUE_DEVICE, areas->device, high_first);
        virtio_pci_put(gpu->pci, COMMON_QUEUE_SIZE, 2, 64);
        virtio_pci_put(gpu->pci, COMMON_QUEUE_ENABLE, 2, 1);
        expect_eq(virtio_pci_get(gpu->pci, COMMON_QUEUE_DESC, 4),
                  areas->descriptors, "queue_desc read back");
        gpu_set_driver_ok(gpu);
        many(gpu, 2);
    }
}

static void test_before_driver_ok(void)
{
    struct gpu *gpu = boot(NULL);
    unsigned id;

    gpu_restart(gpu, &(struct gpu_options){
        .size = { GPU_NO_QUEUE, GPU_NO_QUEUE },
    });
    vdev_negotiate(gpu->vdev, gpu->features);
    gpu->options.size[0] = 0;
    gpu_start_queue(gpu, 0);
    id = gpu_post_display_info(gpu);
    gpu_expect_silence(gpu, "DRIVER_OK is not set");
    gpu_set_driver_ok(gpu);
    gpu->vdev->ops->notify(gpu->vdev, 0);
    expect_eq(vring_wait_for(gpu->queue[0], id), 408, "used.len");
    many(gpu, 2);
}

/* A driver that rings only when avail_event asks for it never stalls. */
static void test_avail_event(void)
{
    struct gpu *gpu = boot(NULL);
    struct vring *ring = gpu->queue[0];
    unsigned rung = 0;

    for (unsigned i = 0; i < 2000; i++) {
        uint16_t before = ring->avail_idx;
        const struct wire_header request = { .type = CMD_GET_DISPLAY_INFO };
        const struct vring_buffer buffers[] = {
            { gpu->request, sizeof(request), false },
            { gpu->reply, sizeof(struct wire_display_info), true },
        };
        unsigned id;

        memcpy(guest_memory(gpu->guest, gpu->request, sizeof(request)),
               &request, sizeof(request));
        id = vring_add(ring, &(struct vring_chain){ buffers, 2,
                                                    VRING_ALL_DIRECT });
        vring_publish(ring);
        if ((uint16_t)(ring->avail_idx - vring_avail_event(ring) - 1) <
            (uint16_t)(ring->avail_idx - before)) {
            gpu->vdev->ops->notify(gpu->vdev, 0);
            rung++;
        }
        vring_wait_for(ring, id);
    }
    g_test_message("2000 requests, %u notifications", rung);
}

static void test_wrap(const void *data)
{
    struct gpu *gpu = boot(data);
    struct vring *ring = gpu->queue[0];
    unsigned batch = ring->areas.size / 2;

    for (unsigned i = 0; i < WRAPS; i += batch) {
        for (unsigned k = 0; k < batch; k++) {
            const struct vring_buffer buffers[] = {
                { gpu->request, sizeof(struct wire_header), false },
                { gpu->reply, sizeof(struct wire_display_info), true },
            };

            vring_add(ring, &(struct vring_chain){ buffers, 2,
                                                   VRING_ALL_DIRECT });
        }
        *(uint32_t *)guest_memory(gpu->guest, gpu->request, 4) =
            CMD_GET_DISPLAY_INFO;
        vring_kick(ring);
        for (unsigned k = 0; k < batch; k++) {
            expect_eq(vring_wait(ring).bytes, 408, "used.len");
        }
    }
}

/*
 * 64 requests by one doorbell: create 1, unref 1, create 1, … fail when they
 * are not executed in ring order.
 */
static void test_batch(const void *data)
{
    struct gpu *gpu = boot(data);
    struct vring *ring = gpu->queue[0];
    uint64_t requests = guest_ram_alloc(gpu->guest, 64 * 64);
    uint64_t replies = guest_ram_alloc(gpu->guest, 64 * 64);
    unsigned ids[64];

    for (unsigned i = 0; i < 64; i++) {
        struct wire_create_2d *request =
            guest_memory(gpu->guest, requests + i * 64, 64);
        const struct vring_buffer buffers[] = {
            { requests + i * 64, i % 2 ? 32 : 40, false },
            { replies + i * 64, sizeof(struct wire_header), true },
        };

        *request = (struct wire_create_2d){
            .header.type = i % 2 ? CMD_RESOURCE_UNREF : CMD_RESOURCE_CREATE_2D,
            .resource_id = 1,
            .format = i % 2 ? 0 : FORMAT_B8G8R8X8,
            .width = 1,
            .height = 1,
        };
        ids[i] = vring_add(ring, &(struct vring_chain){ buffers, 2, 0 });
    }
    vring_kick(ring);
    for (unsigned i = 0; i < 64; i++) {
        vring_wait(ring);
    }
    for (unsigned i = 0; i < 64; i++) {
        const struct wire_header *reply =
            guest_memory(gpu->guest, replies + i * 64, sizeof(*reply));

        expect_true(!ring->slots[ids[i]], "request %u did not come back", i);
        expect_eq(reply->type, RESP_OK_NODATA, "request %u of the batch", i);
    }
}

static void test_notification_data(void)
{
    struct gpu *gpu = boot(NULL);
    unsigned id;

    if (!(vdev_features(gpu->vdev) & F_NOTIFICATION_DATA)) {
        harness_skip("QEMU does not offer NOTIFICATION_DATA for this device");
    }
    id = gpu_post_display_info(gpu);
    virtio_pci_notify_32(gpu->pci, 0, 0xffff0000);
    expect_eq(vring_wait_for(gpu->queue[0], id), 408, "used.len");
}

/* DEV-088, DEV-090: what the device may only read stays as it is. */
static void test_read_only(const void *data)
{
    struct gpu *gpu = boot(data);
    struct vring *ring = gpu->queue[0];
    const struct wire_header request = { .type = CMD_GET_DISPLAY_INFO };
    struct wire_display_info info;
    uint8_t *sent = guest_memory(gpu->guest, gpu->request, 64);
    g_autofree struct vring_desc *before =
        g_new(struct vring_desc, ring->areas.size);

    memset(sent, GPU_POISON, 64);
    gpu_display_info(gpu, &info);
    expect_true(memcmp(sent, &request, sizeof(request)) == 0,
                "the request was written to");
    expect_eq(sent[sizeof(request)], GPU_POISON, "byte behind the request");
    memcpy(before, ring->desc, ring->areas.size * sizeof(*before));
    vring_kick(ring);
    guest_settle(gpu->guest);
    expect_true(memcmp(before, ring->desc,
                       ring->areas.size * sizeof(*before)) == 0,
                "the descriptor table was written to");
}

int main(int argc, char **argv)
{
    static const unsigned sizes[] = { 2, 4, 16 };
    static const unsigned packed_sizes[] = { 2, 3, 7, 37, 63 };
    static const struct gpu_options split, packed = { .packed = true };
    static const struct gpu_options direct = { .direct = true };

    harness_init(&argc, &argv);
    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autofree char *path = g_strdup_printf("/T-574/queue-size/%u",
                                                sizes[i]);

        harness_add_data(path, test_sizes, &sizes[i]);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(packed_sizes); i++) {
        g_autofree char *path = g_strdup_printf("/T-587/packed-size/%u",
                                                packed_sizes[i]);

        harness_add_data(path, test_packed_size, &packed_sizes[i]);
    }
    harness_add("/T-575/cursor-queue-disabled", test_cursor_disabled);
    harness_add("/T-576/halves-of-addresses", test_halves);
    harness_add("/T-578/before-driver-ok", test_before_driver_ok);
    harness_add("/T-582/avail-event", test_avail_event);
    harness_add_data("/T-583/index-wrap/split", test_wrap, &split);
    harness_add_data("/T-583,T-586/index-wrap/packed", test_wrap, &packed);
    harness_add_data("/T-584/batch/split", test_batch, &split);
    harness_add_data("/T-584/batch/packed", test_batch, &packed);
    harness_add("/T-589/notification-data", test_notification_data);
    harness_add_data("/T-591/read-only/indirect", test_read_only, &split);
    harness_add_data("/T-591/read-only/direct", test_read_only, &direct);
    return harness_run();
}
