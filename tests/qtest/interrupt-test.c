/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Interrupts: MSI-X vectors, INTx and ISR, suppression (conformance matrix,
 * D.1 "PCI transport" and "Split virtqueue").
 */
#include "qemu/osdep.h"

#include "hw/pci/pci_regs.h"
#include "libqtest.h"
#include "display.h"
#include "gpu.h"
#include "harness.h"

#define VECTOR_CONFIG  0
#define VECTOR_CONTROL 1
#define VECTOR_CURSOR  2

static struct gpu *find(const char *device)
{
    g_autofree char *args = g_strdup_printf("-device %s", device);

    return gpu_find(guest_start(&(struct guest_options){
        .args = args,
        .displays = true,
    }), 0);
}

static struct gpu *boot(const struct gpu_options *options)
{
    struct gpu *gpu = find("virtio-gpu-pci,packed=on");

    gpu_start(gpu, options);
    return gpu;
}

static struct gpu *boot_msix(void)
{
    return boot(&(struct gpu_options){ .msix = true });
}

/* A message for every reply: used_event is not looked at. */
static struct gpu *boot_every(void)
{
    return boot(&(struct gpu_options){
        .msix = true,
        .refuse = F_EVENT_IDX,
    });
}

struct vector_ref {
    struct gpu *gpu;
    unsigned vector;
};

static bool message_came(void *data)
{
    struct vector_ref *ref = data;

    return pci_msix_taken(ref->gpu->pci->pci, ref->vector);
}

static void expect_message(struct gpu *gpu, unsigned vector, const char *why)
{
    g_autofree char *what = g_strdup_printf("message of vector %u: %s",
                                            vector, why);

    harness_wait(message_came, &(struct vector_ref){ gpu, vector }, what);
}

/* The device is done with it: the message would have come before by order. */
static void expect_no_message(struct gpu *gpu, unsigned vector,
                              const char *why)
{
    guest_settle(gpu->guest);
    g_usleep(20 * 1000);
    expect_true(!pci_msix_taken(gpu->pci->pci, vector),
                "a message of vector %u: %s", vector, why);
}

static void move_cursor(struct gpu *gpu)
{
    const struct wire_cursor move = { .header.type = CMD_MOVE_CURSOR };

    gpu_expect(gpu, &move, sizeof(move), RESP_OK_NODATA, "MOVE_CURSOR");
}

static void wish(struct gpu *gpu, uint32_t width)
{
    display_set_mode(display_of(gpu->guest), 0, width, 480);
}

static void test_messages(void)
{
    struct gpu *gpu = boot_msix();

    gpu_expect_alive(gpu);
    expect_message(gpu, VECTOR_CONTROL, "a control request was done");
    expect_no_message(gpu, VECTOR_CURSOR, "no cursor request was sent");
    move_cursor(gpu);
    expect_message(gpu, VECTOR_CURSOR, "a cursor request was done");
    expect_no_message(gpu, VECTOR_CONTROL, "no control request was sent");
    wish(gpu, 640);
    expect_message(gpu, VECTOR_CONFIG, "the display changed");
}

static void test_mapping(void)
{
    struct gpu *gpu = find("virtio-gpu-pci");
    unsigned num = pci_msix_table_size(gpu->pci->pci);

    vdev_reset(gpu->vdev);
    pci_msix_enable(gpu->pci->pci);
    for (unsigned vector = 0; vector < num; vector++) {
        expect_eq(virtio_pci_set_config_vector(gpu->pci, vector), vector,
                  "config vector");
        for (unsigned queue = 0; queue < 2; queue++) {
            expect_eq(virtio_pci_set_vector(gpu->pci, queue, vector), vector,
                      "vector of queue %u", queue);
        }
    }
    expect_eq(virtio_pci_set_config_vector(gpu->pci, NO_VECTOR), NO_VECTOR,
              "config vector unmapped");
    expect_eq(virtio_pci_set_vector(gpu->pci, 0, NO_VECTOR), NO_VECTOR,
              "vector of queue 0 unmapped");
    virtio_pci_set_config_vector(gpu->pci, 1);
    virtio_pci_set_vector(gpu->pci, 0, 1);
    vdev_reset(gpu->vdev);
    expect_eq(virtio_pci_get(gpu->pci, COMMON_CONFIG_VECTOR, 2), NO_VECTOR,
              "config vector after reset");
    for (unsigned queue = 0; queue < 2; queue++) {
        virtio_pci_put(gpu->pci, COMMON_QUEUE_SELECT, 2, queue);
        expect_eq(virtio_pci_get(gpu->pci, COMMON_QUEUE_VECTOR, 2), NO_VECTOR,
                  "vector of queue %u after reset", queue);
    }
}

static void test_out_of_range(void)
{
    struct gpu *gpu = find("virtio-gpu-pci");
    unsigned num = pci_msix_table_size(gpu->pci->pci);

    vdev_reset(gpu->vdev);
    pci_msix_enable(gpu->pci->pci);
    expect_eq(virtio_pci_set_config_vector(gpu->pci, num), NO_VECTOR,
              "config vector %u of %u", num, num);
    expect_eq(virtio_pci_set_vector(gpu->pci, 0, num), NO_VECTOR,
              "queue vector %u of %u", num, num);
}

static void test_no_vector(void)
{
    struct gpu *gpu = boot_msix();

    virtio_pci_set_config_vector(gpu->pci, NO_VECTOR);
    virtio_pci_set_vector(gpu->pci, 0, NO_VECTOR);
    gpu_expect_alive(gpu);
    wish(gpu, 640);
    for (unsigned vector = 0; vector < 3; vector++) {
        expect_no_message(gpu, vector, "NO_VECTOR");
    }
}

static void mask(struct gpu *gpu, unsigned vector, bool on)
{
    qtest_writel(gpu->guest->qts, gpu->pci->pci->msix_table +
                 vector * PCI_MSIX_ENTRY_SIZE + PCI_MSIX_ENTRY_VECTOR_CTRL,
                 on ? PCI_MSIX_ENTRY_CTRL_MASKBIT : 0);
}

static void test_mask(void)
{
    struct gpu *gpu = boot_every();

    mask(gpu, VECTOR_CONTROL, true);
    gpu_expect_alive(gpu);
    expect_no_message(gpu, VECTOR_CONTROL, "it is masked");
    mask(gpu, VECTOR_CONTROL, false);
    expect_message(gpu, VECTOR_CONTROL, "it was pending and is unmasked");
    gpu_expect_alive(gpu);
    expect_message(gpu, VECTOR_CONTROL, "it is not masked any more");
}

/* Vectors may change while the driver runs. */
static void test_remapped(void)
{
    struct gpu *gpu = boot_every();

    gpu_expect_alive(gpu);
    expect_message(gpu, VECTOR_CONTROL, "a control request was done");
    expect_eq(virtio_pci_set_vector(gpu->pci, 0, VECTOR_CURSOR), VECTOR_CURSOR,
              "vector of queue 0");
    gpu_expect_alive(gpu);
    expect_message(gpu, VECTOR_CURSOR, "the control queue has this vector");
    expect_no_message(gpu, VECTOR_CONTROL, "no queue has this vector");
    virtio_pci_set_vector(gpu->pci, 0, NO_VECTOR);
    gpu_expect_alive(gpu);
    expect_no_message(gpu, VECTOR_CURSOR, "the control queue has no vector");
    virtio_pci_set_vector(gpu->pci, 0, VECTOR_CONTROL);
    gpu_expect_alive(gpu);
    expect_message(gpu, VECTOR_CONTROL, "the old vector is back");
}

static bool intx_is_up(struct gpu *gpu)
{
    return pci_config_read(gpu->pci->pci, PCI_STATUS, 2) &
           PCI_STATUS_INTERRUPT;
}

static bool intx_came(void *data)
{
    return intx_is_up(data);
}

static void expect_isr(struct gpu *gpu, uint8_t want)
{
    harness_wait(intx_came, gpu, "INTx");
    expect_eq(gpu->vdev->ops->take_isr(gpu->vdev), want, "ISR");
    expect_true(!intx_is_up(gpu), "INTx stays up after ISR was read");
    expect_eq(gpu->vdev->ops->take_isr(gpu->vdev), 0, "ISR read again");
}

static void test_intx_queue(const void *data)
{
    struct gpu *gpu = find(data);

    gpu_start(gpu, NULL);
    expect_true(!intx_is_up(gpu), "INTx is up before anything");
    gpu_expect_alive(gpu);
    expect_isr(gpu, ISR_QUEUE);
    move_cursor(gpu);
    expect_isr(gpu, ISR_QUEUE);
}

/* From messages to wires without a reset, and back. */
static void test_msix_off(void)
{
    struct gpu *gpu = boot_every();
    unsigned at = pci_next_capability(gpu->pci->pci, PCI_CAP_ID_MSIX, 0);

    gpu_expect_alive(gpu);
    expect_message(gpu, VECTOR_CONTROL, "a control request was done");
    pci_config_write(gpu->pci->pci, at + PCI_MSIX_FLAGS, 2, 0);
    gpu->vdev->ops->take_isr(gpu->vdev);
    gpu_expect_alive(gpu);
    expect_isr(gpu, ISR_QUEUE);
    pci_config_write(gpu->pci->pci, at + PCI_MSIX_FLAGS, 2,
                     PCI_MSIX_FLAGS_ENABLE);
    gpu_expect_alive(gpu);
    expect_message(gpu, VECTOR_CONTROL, "MSI-X is on again");
}

/* DRV-59: viogpudo wants both bits. */
static void test_intx_config(void)
{
    struct gpu *gpu = boot(NULL);

    wish(gpu, 640);
    expect_isr(gpu, ISR_QUEUE | ISR_CONFIG);
}

static void test_suppressed(void)
{
    struct gpu *gpu = boot_every();

    gpu->queue[0]->avail->flags = VRING_NO_INTERRUPT;
    for (unsigned i = 0; i < 10; i++) {
        gpu_expect_alive(gpu);
    }
    expect_no_message(gpu, VECTOR_CONTROL, "avail flags are 1");
    gpu->queue[0]->avail->flags = 0;
    gpu_expect_alive(gpu);
    expect_message(gpu, VECTOR_CONTROL, "avail flags are 0 again");
}

/* DEV-093: used_event means nothing without the feature. */
static void test_used_event_ignored(void)
{
    struct gpu *gpu = boot_every();

    *vring_used_event(gpu->queue[0]) = 1000;
    gpu_expect_alive(gpu);
    expect_message(gpu, VECTOR_CONTROL, "without EVENT_IDX");
}

static void test_used_event(void)
{
    struct gpu *gpu = boot_msix();
    static const unsigned distances[] = { 1, 2, 7 };
    struct vring *ring = gpu->queue[0];

    ring->avail->flags = VRING_NO_INTERRUPT;    /* DEV-096: no meaning */
    for (unsigned i = 0; i < G_N_ELEMENTS(distances); i++) {
        *vring_used_event(ring) = ring->used_idx + distances[i] - 1;
        for (unsigned k = 1; k < distances[i]; k++) {
            gpu_expect_alive(gpu);
        }
        expect_no_message(gpu, VECTOR_CONTROL, "used_event not yet passed");
        gpu_expect_alive(gpu);
        expect_message(gpu, VECTOR_CONTROL, "used_event passed");
        gpu_expect_alive(gpu);
        expect_no_message(gpu, VECTOR_CONTROL, "used_event passed before");
    }
    expect_eq(ring->used->flags, 0, "used flags with EVENT_IDX");
}

static void test_packed_disable(void)
{
    struct gpu *gpu = boot(&(struct gpu_options){
        .msix = true,
        .packed = true,
    });
    struct vring_packed_event *event = gpu->queue[0]->driver_event;

    event->flags = VRING_EVENTS_DISABLE;
    gpu_expect_alive(gpu);
    expect_no_message(gpu, VECTOR_CONTROL, "events are disabled");
    event->flags = VRING_EVENTS_ENABLE;
    gpu_expect_alive(gpu);
    expect_message(gpu, VECTOR_CONTROL, "events are enabled");
}

static void test_packed_descriptor_event(void)
{
    struct gpu *gpu = boot(&(struct gpu_options){
        .msix = true,
        .packed = true,
    });
    struct vring_packed_event *event = gpu->queue[0]->driver_event;

    /* QEMU always sends the first one. */
    gpu_expect_alive(gpu);
    expect_message(gpu, VECTOR_CONTROL, "events are enabled");
    /* Indirect chains take one slot each: three in front of slot 4. */
    event->off_wrap = 4 | 1u << 15;
    event->flags = VRING_EVENTS_DESC;
    for (unsigned i = 0; i < 3; i++) {
        gpu_expect_alive(gpu);
    }
    expect_no_message(gpu, VECTOR_CONTROL, "descriptor 4 is not used yet");
    gpu_expect_alive(gpu);
    expect_message(gpu, VECTOR_CONTROL, "descriptor 4 is used");
    gpu_expect_alive(gpu);
    expect_no_message(gpu, VECTOR_CONTROL, "descriptor 4 was used before");
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add("/T-554/every-event-has-its-message", test_messages);
    harness_add("/T-554/vector-mapping", test_mapping);
    harness_add("/T-554/mask-and-unmask", test_mask);
    harness_add("/T-554/vector-changes-later", test_remapped);
    harness_add("/T-557/msix-off-and-on", test_msix_off);
    harness_add("/T-555/vector-out-of-range", test_out_of_range);
    harness_add("/T-556/no-vector", test_no_vector);
    harness_add_data("/T-557/intx-queue/ioeventfd", test_intx_queue,
                     "virtio-gpu-pci,ioeventfd=on");
    harness_add_data("/T-557/intx-queue/no-ioeventfd", test_intx_queue,
                     "virtio-gpu-pci,ioeventfd=off");
    harness_add("/T-558/intx-config", test_intx_config);
    harness_add("/T-580/suppression-flag", test_suppressed);
    harness_add("/T-580/used-event-without-the-feature",
                test_used_event_ignored);
    harness_add("/T-581/used-event", test_used_event);
    harness_add("/T-588/packed/disable-and-enable", test_packed_disable);
    harness_add("/T-588/packed/descriptor", test_packed_descriptor_event);
    return harness_run();
}
