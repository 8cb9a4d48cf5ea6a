/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * virtio-gpu-device behind virtio-mmio, on a microvm (conformance matrix, D.1
 * "MMIO transport").  There is no ioeventfd and no second device model: what
 * the scripts check on PCI is only tried here.
 */
#include <string.h>

#include "gpu.h"
#include "harness.h"
#include "load.h"
#include "screen.h"
#include "virtio-mmio.h"

#define SIDE 64                 /* px */

static struct gpu *find(const char *properties)
{
    g_autofree char *args = g_strdup_printf(
        "-global virtio-mmio.force-legacy=false "
        "-device virtio-gpu-device,id=gpu%s", properties);
    struct vdev *vdev = virtio_mmio_find_gpu(guest_start(
        &(struct guest_options){ .machine = "microvm", .args = args }));

    return gpu_at(vdev, NULL);
}

static struct gpu *boot(void)
{
    struct gpu *gpu = find("");

    gpu_start(gpu, NULL);
    return gpu;
}

static void test_registers(void)
{
    struct vdev *vdev = find("")->vdev;

    expect_eq(virtio_mmio_get(vdev, MMIO_MAGIC), 0x74726976, "MagicValue");
    expect_eq(virtio_mmio_get(vdev, MMIO_VERSION), 2, "Version");
    expect_eq(virtio_mmio_get(vdev, MMIO_DEVICE_ID), 16, "DeviceID");
    expect_eq(virtio_mmio_get(vdev, MMIO_STATUS), 0, "Status");
    expect_eq(virtio_mmio_get(vdev, MMIO_INTERRUPT_STATUS), 0,
              "InterruptStatus");
    /* virtio-mmio always says 1024 and lets the driver choose. */
    expect_true(vdev->ops->queue_max(vdev, 0) >= 64, "control queue");
    expect_true(vdev->ops->queue_max(vdev, 1) >= 16, "cursor queue");
    expect_eq(vdev->ops->queue_max(vdev, 2), 0, "size of queue 2");
    expect_eq(vdev_config(vdev, CONFIG_NUM_SCANOUTS), 1, "num_scanouts");
}

static void test_shared_memory(void)
{
    struct vdev *vdev = find("")->vdev;
    uint32_t base = UINT32_MAX;

    for (uint32_t id = 0; id < 3; id++) {
        virtio_mmio_put(vdev, MMIO_SHM_SEL, id);
        expect_eq(virtio_mmio_get(vdev, MMIO_SHM_LENGTH), 0xffffffff,
                  "SHMLenLow of region %u", id);
        expect_eq(virtio_mmio_get(vdev, MMIO_SHM_LENGTH + 4), 0xffffffff,
                  "SHMLenHigh of region %u", id);
        base &= virtio_mmio_get(vdev, MMIO_SHM_BASE);
        base &= virtio_mmio_get(vdev, MMIO_SHM_BASE + 4);
    }
    if (base != UINT32_MAX) {
        harness_core_limit("virtio-mmio reads an absent region's base as 0, "
                           "its length as all ones");
    }
}

static bool queue_interrupt(void *data)
{
    return virtio_mmio_get(data, MMIO_INTERRUPT_STATUS) & ISR_QUEUE;
}

static void test_interrupt(void)
{
    struct gpu *gpu = boot();

    gpu_expect_alive(gpu);
    harness_wait(queue_interrupt, gpu->vdev, "InterruptStatus");
    expect_eq(virtio_mmio_get(gpu->vdev, MMIO_INTERRUPT_STATUS), ISR_QUEUE,
              "InterruptStatus stays until the driver acknowledges");
    virtio_mmio_put(gpu->vdev, MMIO_INTERRUPT_ACK, ISR_QUEUE);
    expect_eq(virtio_mmio_get(gpu->vdev, MMIO_INTERRUPT_STATUS), 0,
              "InterruptStatus after the acknowledge");
    gpu_expect_alive(gpu);
    vdev_reset(gpu->vdev);
    expect_eq(virtio_mmio_get(gpu->vdev, MMIO_INTERRUPT_STATUS), 0,
              "InterruptStatus after a reset");
    virtio_mmio_put(gpu->vdev, MMIO_QUEUE_SEL, 0);
    expect_eq(virtio_mmio_get(gpu->vdev, MMIO_QUEUE_READY), 0,
              "QueueReady after a reset");
}

static void test_queue_reset(void)
{
    struct gpu *gpu = find("");

    if (vdev_features(gpu->vdev) & F_RING_RESET) {
        virtio_mmio_put(gpu->vdev, MMIO_QUEUE_RESET, 1);
        if (!virtio_mmio_get(gpu->vdev, MMIO_QUEUE_RESET)) {
            harness_core_limit("RING_RESET is offered on virtio-mmio, which "
                               "has no QueueReset");
        }
    }
}

static void test_requests(void)
{
    struct gpu *gpu = boot();
    struct vring_done done;
    unsigned num = 0;

    for (unsigned i = 0; i < 300; i++) {
        gpu_expect_alive(gpu);
    }
    for (unsigned i = 0; i < 30; i++) {
        gpu_post_display_info(gpu);
    }
    while (num < 30) {
        done = vring_wait(gpu->queue[0]);
        expect_eq(done.bytes, 408, "used.len");
        num++;
    }
}

static void test_before_ready(void)
{
    struct gpu *gpu = find("");

    gpu->vdev->ops->notify(gpu->vdev, 0);
    gpu->vdev->ops->notify(gpu->vdev, 1);
    gpu->vdev->ops->notify(gpu->vdev, 7);
    gpu_start(gpu, NULL);
    gpu_expect_alive(gpu);
}

static void test_picture(void)
{
    struct gpu *gpu = boot();
    const struct wire_set_scanout show = {
        .header.type = CMD_SET_SCANOUT,
        .rect = { 0, 0, SIDE, SIDE },
        .resource_id = 1,
    };
    const struct wire_flush flush = {
        .header.type = CMD_RESOURCE_FLUSH,
        .rect = { 0, 0, SIDE, SIDE },
        .resource_id = 1,
    };
    struct load load;
    uint32_t *words;

    load_prepare(&load, gpu);
    words = guest_memory(gpu->guest, load.backing, LOAD_BYTES);
    for (unsigned i = 0; i < LOAD_WIDTH * SIDE; i++) {
        words[i] = 0x00123456;
    }
    load_post(&load, 3);
    for (unsigned i = 0; i < 3; i++) {
        expect_eq(vring_wait(gpu->queue[0]).bytes, 24, "used.len");
    }
    gpu_expect(gpu, &show, sizeof(show), RESP_OK_NODATA, "SET_SCANOUT");
    gpu_expect(gpu, &flush, sizeof(flush), RESP_OK_NODATA, "FLUSH");
    screen_expect_filled(gpu->guest, 0, SIDE, SIDE, 0x00123456);
}

static void test_reset_in_flight(void)
{
    struct gpu *gpu = boot();
    struct load load;

    load_prepare(&load, gpu);
    load_post(&load, 32);
    gpu_restart(gpu, NULL);
    gpu_expect_alive(gpu);
    load_prepare(&load, gpu);
}

static void test_cursor(void)
{
    struct gpu *gpu = boot();
    const struct wire_cursor move = { .header.type = CMD_MOVE_CURSOR };

    for (unsigned i = 0; i < 100; i++) {
        gpu_expect(gpu, &move, sizeof(move), RESP_OK_NODATA, "MOVE_CURSOR");
    }
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add("/T-577/mmio/registers", test_registers);
    harness_add("/T-577/mmio/shared-memory", test_shared_memory);
    harness_add("/T-577/mmio/interrupt", test_interrupt);
    harness_add("/T-577/mmio/queue-reset", test_queue_reset);
    harness_add("/T-577/mmio/requests", test_requests);
    harness_add("/T-577,T-441/mmio/kick-before-ready", test_before_ready);
    harness_add("/T-577/mmio/picture", test_picture);
    harness_add("/T-577,T-515/mmio/reset-in-flight", test_reset_in_flight);
    harness_add("/T-577/mmio/cursor", test_cursor);
    return harness_run();
}
