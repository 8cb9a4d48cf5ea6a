/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Resets of the device and of queues while requests are in flight
 * (conformance matrix, EDGE-95 to EDGE-101 and EDGE-105).
 */
#include "qemu/osdep.h"

#include "hw/pci/pci_regs.h"
#include "libqtest.h"
#include "gpu.h"
#include "harness.h"
#include "load.h"
#include "screen.h"

#define IN_FLIGHT 32

static struct gpu *boot(const char *properties,
                        const struct gpu_options *options)
{
    g_autofree char *device = g_strdup_printf("virtio-gpu-pci,id=gpu,"
                                              "packed=on,%s", properties);

    return gpu_boot(NULL, device, options);
}

/* Bytes that the device must leave alone: the rings and the replies. */
struct picture {
    uint64_t addr[4];
    uint32_t bytes[4];
    void *copy[4];
};

static void take_picture(struct load *load, struct picture *picture)
{
    struct guest *guest = load->gpu->guest;
    const struct vdev_queue *areas = &load->gpu->queue[0]->areas;

    picture->addr[0] = areas->descriptors;
    picture->addr[1] = areas->driver;
    picture->addr[2] = areas->device;
    picture->addr[3] = load->replies;
    for (unsigned i = 0; i < 4; i++) {
        picture->bytes[i] = GUEST_PAGE;
        picture->copy[i] = g_memdup2(guest_memory(guest, picture->addr[i],
                                                  GUEST_PAGE), GUEST_PAGE);
    }
}

static void expect_picture(struct load *load, struct picture *picture)
{
    static const char *const names[] = {
        "descriptors", "driver area", "used ring", "replies",
    };

    guest_settle(load->gpu->guest);
    g_usleep(200 * 1000);       /* some requests more would be done */
    for (unsigned i = 0; i < 4; i++) {
        expect_true(memcmp(guest_memory(load->gpu->guest, picture->addr[i],
                                        picture->bytes[i]),
                           picture->copy[i], picture->bytes[i]) == 0,
                    "the device wrote to the %s after the reset", names[i]);
        g_free(picture->copy[i]);
    }
}

static const struct gpu_options split, packed = { .packed = true };

static void check_in_flight(const char *properties,
                            const struct gpu_options *options)
{
    struct gpu *gpu = boot(properties, options);
    struct picture picture;
    struct load load;

    load_prepare(&load, gpu);
    load_post(&load, IN_FLIGHT);
    vdev_reset(gpu->vdev);
    take_picture(&load, &picture);
    expect_picture(&load, &picture);
    gpu_restart(gpu, options);
    gpu_expect_alive(gpu);
    /* EDGE-96: the old resource 1 is gone. */
    load_prepare(&load, gpu);
}

static void test_in_flight_split(void)
{
    check_in_flight("ioeventfd=on", &split);
}

static void test_in_flight_packed(void)
{
    check_in_flight("ioeventfd=on", &packed);
}

static void test_in_flight_no_ioeventfd(void)
{
    check_in_flight("ioeventfd=off", &split);
}

/* T-610: fences of the old life answer nothing of the new one. */
static void test_new_fences(void)
{
    struct gpu *gpu = boot("ioeventfd=on", NULL);
    struct load load;

    load_prepare(&load, gpu);
    load_post(&load, IN_FLIGHT);
    gpu_restart(gpu, NULL);
    load_prepare(&load, gpu);
    load_post(&load, 4);
    for (unsigned i = 0; i < 4; i++) {
        expect_eq(vring_wait(gpu->queue[0]).bytes, 24, "used.len");
        expect_eq(load_reply(&load, i)->fence_id, i + 1, "fence_id");
        expect_eq(load_reply(&load, i)->type, RESP_OK_NODATA, "reply");
    }
}

static void test_idempotent(void)
{
    struct gpu *gpu = boot("ioeventfd=on", NULL);

    for (unsigned i = 0; i < 3; i++) {
        vdev_reset(gpu->vdev);
        gpu->vdev->ops->set_status(gpu->vdev, STATUS_ACKNOWLEDGE);
        vdev_reset(gpu->vdev);
        vdev_reset(gpu->vdev);
        gpu_restart(gpu, NULL);
        gpu_expect_alive(gpu);
    }
}

/* ExitBootServices of edk2, kexec: status 0 and the memory is reused. */
static void test_memory_reused(void)
{
    struct gpu *gpu = boot("ioeventfd=on", NULL);
    struct guest *guest = gpu->guest;
    struct load load;

    load_prepare(&load, gpu);
    load_post(&load, IN_FLIGHT);
    gpu->vdev->ops->set_status(gpu->vdev, 0);
    memset(guest->ram, 0x5a, guest->ram_bytes);
    guest_settle(guest);
    g_usleep(200 * 1000);
    for (uint64_t i = 0; i < guest->ram_bytes; i += 8) {
        uint64_t word;

        memcpy(&word, guest->ram + i, sizeof(word));
        expect_eq(word, 0x5a5a5a5a5a5a5a5aull, "guest memory at 0x%" PRIx64,
                  i);
    }
    gpu_restart(gpu, NULL);
    gpu_expect_alive(gpu);
}

static void reenable(struct gpu *gpu, unsigned index, unsigned size)
{
    gpu->options.size[index] = size;
    gpu_start_queue(gpu, index);
}

static uint32_t create_again(struct gpu *gpu)
{
    const struct wire_create_2d create = {
        .header.type = CMD_RESOURCE_CREATE_2D,
        .resource_id = 1,
        .format = FORMAT_B8G8R8X8,
        .width = 16,
        .height = 16,
    };

    return gpu_status(gpu, &create, sizeof(create));
}

static void check_queue_reset(const struct gpu_options *options)
{
    struct gpu *gpu = boot("ioeventfd=on", options);
    struct picture picture;
    struct load load;

    load_prepare(&load, gpu);
    load_post(&load, IN_FLIGHT);
    virtio_pci_queue_reset(gpu->pci, 0);
    take_picture(&load, &picture);
    expect_picture(&load, &picture);
    reenable(gpu, 0, 16);
    gpu_expect_alive(gpu);
    expect_eq(create_again(gpu), RESP_ERR_RESOURCE_ID,
              "CREATE_2D of a resource that survives a queue reset");
    load_post(&load, 2);
    expect_eq(vring_wait(gpu->queue[0]).bytes, 24, "used.len");
    expect_eq(vring_wait(gpu->queue[0]).bytes, 24, "used.len");
    expect_eq(load_reply(&load, 0)->type, RESP_OK_NODATA,
              "a transfer after the queue reset");
}

static void test_queue_reset_split(void)
{
    check_queue_reset(&split);
}

static void test_queue_reset_packed(void)
{
    check_queue_reset(&packed);
}

static void test_cursor_queue_reset(void)
{
    struct gpu *gpu = boot("ioeventfd=on", NULL);
    const struct wire_cursor move = { .header.type = CMD_MOVE_CURSOR };
    struct load load;

    load_prepare(&load, gpu);
    load_post(&load, 4);
    virtio_pci_queue_reset(gpu->pci, 1);
    for (unsigned i = 0; i < 4; i++) {
        expect_eq(vring_wait(gpu->queue[0]).bytes, 24, "used.len");
        expect_eq(load_reply(&load, i)->type, RESP_OK_NODATA,
                  "a transfer across a reset of the cursor queue");
    }
    reenable(gpu, 1, 8);
    gpu_expect(gpu, &move, sizeof(move), RESP_OK_NODATA, "MOVE_CURSOR");
    gpu_expect_alive(gpu);
}

static void test_other_parameters(void)
{
    static const unsigned sizes[] = { 32, 64, 2, 16 };
    struct gpu *gpu = boot("ioeventfd=on", NULL);

    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        virtio_pci_queue_reset(gpu->pci, 0);
        reenable(gpu, 0, sizes[i]);
        for (unsigned k = 0; k < 2 * sizes[i]; k++) {
            gpu_expect_alive(gpu);
        }
    }
}

/* The screen does not keep the last picture of a driver that is gone. */
static void test_screen(void)
{
    struct gpu *gpu = boot("ioeventfd=on", NULL);
    const struct wire_set_scanout show = {
        .header.type = CMD_SET_SCANOUT,
        .rect = { 0, 0, 640, 480 },
        .resource_id = 1,
    };
    struct screen *screen;
    struct load load;

    load_prepare(&load, gpu);
    gpu_expect(gpu, &show, sizeof(show), RESP_OK_NODATA, "SET_SCANOUT");
    load_post(&load, IN_FLIGHT);
    vdev_reset(gpu->vdev);
    screen = screen_take(gpu->guest, "gpu", 0);
    expect_true(screen_is_blank(screen), "a picture after the reset");
    screen_free(screen);
}

static bool control_message(void *data)
{
    return pci_msix_taken(data, 1);
}

static void test_bus_master(void)
{
    struct gpu *gpu = boot("ioeventfd=on", &(struct gpu_options){
        .msix = true,
    });
    unsigned id;

    gpu_expect_alive(gpu);
    harness_wait(control_message, gpu->pci->pci, "message of a reply");
    pci_command(gpu->pci->pci, PCI_COMMAND_MASTER, false);
    id = gpu_post_display_info(gpu);
    gpu_expect_silence(gpu, "bus mastering is off");
    expect_true(!pci_msix_taken(gpu->pci->pci, 1),
                "a message while bus mastering is off");
    pci_command(gpu->pci->pci, PCI_COMMAND_MASTER, true);
    /* QEMU takes DRIVER_OK away together with bus mastering. */
    gpu_set_driver_ok(gpu);
    gpu->vdev->ops->notify(gpu->vdev, 0);
    expect_eq(vring_wait_for(gpu->queue[0], id), 408,
              "used.len of the request that waited");
    gpu_expect_alive(gpu);
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add("/T-515/in-flight/split", test_in_flight_split);
    harness_add("/T-515/in-flight/packed", test_in_flight_packed);
    harness_add("/T-515/in-flight/no-ioeventfd", test_in_flight_no_ioeventfd);
    harness_add("/T-610/new-fences", test_new_fences);
    harness_add("/T-517/reset-again-and-again", test_idempotent);
    harness_add("/T-633,T-636/memory-reused", test_memory_reused);
    harness_add("/T-518,T-521/queue-reset/split", test_queue_reset_split);
    harness_add("/T-518,T-521/queue-reset/packed", test_queue_reset_packed);
    harness_add("/T-519/cursor-queue-reset", test_cursor_queue_reset);
    harness_add("/T-520/other-parameters", test_other_parameters);
    harness_add("/T-516/screen", test_screen);
    harness_add("/T-525/bus-master", test_bus_master);
    return harness_run();
}
