/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The configuration space and display changes (conformance matrix, A.2,
 * EDGE-68 to EDGE-72 and EDGE-81).
 */
#include <string.h>

#include "display.h"
#include "gpu.h"
#include "harness.h"

#define DISPLAY_EVENT 1

static struct gpu *boot(const char *device)
{
    g_autofree char *args = g_strdup_printf("-device %s", device);
    struct gpu *gpu = gpu_find(guest_start(&(struct guest_options){
        .args = args,
        .displays = true,
    }), 0);

    gpu_start(gpu, &(struct gpu_options){ .msix = true });
    return gpu;
}

static struct gpu *boot_default(void)
{
    return boot("virtio-gpu-pci,max_outputs=2");
}

static void wish(struct gpu *gpu, uint32_t width, uint32_t height)
{
    display_set_mode(display_of(gpu->guest), 0, width, height);
}

static uint32_t events(struct gpu *gpu)
{
    return vdev_config(gpu->vdev, CONFIG_EVENTS_READ);
}

static void clear_event(struct gpu *gpu)
{
    vdev_set_config(gpu->vdev, CONFIG_EVENTS_CLEAR, DISPLAY_EVENT);
    guest_settle(gpu->guest);
}

static bool config_notified(struct gpu *gpu)
{
    guest_settle(gpu->guest);
    return pci_msix_taken(gpu->pci->pci, 0);
}

static void expect_mode(struct gpu *gpu, uint32_t width, uint32_t height)
{
    struct wire_display_info info;

    gpu_display_info(gpu, &info);
    expect_eq(info.modes[0].rect.width, width, "width of head 0");
    expect_eq(info.modes[0].rect.height, height, "height of head 0");
}

static void test_life_cycle(void)
{
    struct gpu *gpu = boot_default();

    expect_eq(events(gpu), 0, "events_read before any change");
    expect_true(!config_notified(gpu), "a notification before any change");
    wish(gpu, 800, 600);
    expect_eq(events(gpu), DISPLAY_EVENT, "events_read after a change");
    expect_true(config_notified(gpu), "no notification of a change");
    expect_mode(gpu, 800, 600);
    clear_event(gpu);
    expect_eq(events(gpu), 0, "events_read after the clear");
    expect_true(!config_notified(gpu), "a notification of the clear itself");
}

static void test_many_changes(void)
{
    struct gpu *gpu = boot_default();

    for (unsigned i = 0; i < 100; i++) {
        wish(gpu, 640 + i, 480);
    }
    expect_eq(events(gpu), DISPLAY_EVENT, "events_read");
    expect_true(config_notified(gpu), "no notification of 100 changes");
    expect_mode(gpu, 739, 480);
    clear_event(gpu);
    expect_eq(events(gpu), 0, "events_read after one clear");
    expect_true(!config_notified(gpu), "a notification without a change");
    wish(gpu, 1024, 768);
    expect_true(config_notified(gpu), "no notification of the last change");
}

/* The driver reads modes first and clears last, as Linux and Windows do. */
static void test_change_before_clear(void)
{
    struct gpu *gpu = boot_default();

    wish(gpu, 800, 600);
    expect_true(config_notified(gpu), "no notification of the first change");
    expect_mode(gpu, 800, 600);
    wish(gpu, 1024, 768);
    config_notified(gpu);               /* of this change or not, both do */
    clear_event(gpu);
    expect_eq(events(gpu), DISPLAY_EVENT,
              "events_read: a change after the modes were read");
    expect_true(config_notified(gpu), "no second notification");
    expect_mode(gpu, 1024, 768);
    clear_event(gpu);
    expect_eq(events(gpu), 0, "events_read in the end");
    expect_true(!config_notified(gpu), "a third notification");
}

/*
 * Linux clears the event when it has asked for the modes, before they are
 * answered: one change is one event, or it asks for ever.
 */
static void test_clear_before_answer(void)
{
    struct gpu *gpu = boot_default();

    wish(gpu, 800, 600);
    expect_true(config_notified(gpu), "no notification of the change");
    clear_event(gpu);
    expect_eq(events(gpu), 0, "events_read after one change");
    expect_true(!config_notified(gpu), "a second notification of one change");
    expect_mode(gpu, 800, 600);
    wish(gpu, 1024, 768);
    wish(gpu, 640, 480);
    expect_true(config_notified(gpu), "no notification of more changes");
    clear_event(gpu);
    expect_eq(events(gpu), DISPLAY_EVENT, "events_read: one change was missed");
    clear_event(gpu);
    expect_eq(events(gpu), 0, "events_read in the end");
}

static void test_clear_bits(void)
{
    struct gpu *gpu = boot_default();
    static const uint32_t harmless[] = { 0, 0xfffffffe };

    wish(gpu, 800, 600);
    for (unsigned i = 0; i < G_N_ELEMENTS(harmless); i++) {
        vdev_set_config(gpu->vdev, CONFIG_EVENTS_CLEAR, harmless[i]);
        expect_eq(events(gpu), DISPLAY_EVENT,
                  "events_read after 0x%x to events_clear", harmless[i]);
        expect_eq(vdev_config(gpu->vdev, CONFIG_EVENTS_CLEAR), 0,
                  "events_clear read back after 0x%x", harmless[i]);
    }
}

/* Linux writes 0 when an interrupt had no event. */
static void test_clear_without_event(void)
{
    struct gpu *gpu = boot_default();

    vdev_set_config(gpu->vdev, CONFIG_EVENTS_CLEAR, 0);
    vdev_set_config(gpu->vdev, CONFIG_EVENTS_CLEAR, DISPLAY_EVENT);
    expect_eq(events(gpu), 0, "events_read");
    expect_true(!config_notified(gpu), "a notification of nothing");
    gpu_expect_alive(gpu);
}

static void test_read_only(void)
{
    struct gpu *gpu = boot("virtio-gpu-pci,max_outputs=3,blob=on,"
                           "blob-alignment=65536");
    static const struct { unsigned offset; uint32_t want; } fields[] = {
        { CONFIG_EVENTS_READ, 0 },
        { CONFIG_NUM_SCANOUTS, 3 },
        { CONFIG_NUM_CAPSETS, 0 },
        { CONFIG_BLOB_ALIGNMENT, 65536 },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(fields); i++) {
        vdev_set_config(gpu->vdev, fields[i].offset, 0xffffffff);
        expect_eq(vdev_config(gpu->vdev, fields[i].offset), fields[i].want,
                  "field at %u after a write", fields[i].offset);
    }
    gpu_expect_alive(gpu);
}

/* All accesses inside @length bytes agree on them. */
static void check_width(struct gpu *gpu, const uint8_t *want, unsigned length,
                        unsigned bytes)
{
    for (unsigned offset = 0; offset + bytes <= length; offset++) {
        uint8_t got[4] = { 0 };

        gpu->vdev->ops->config_read(gpu->vdev, offset, bytes, got);
        for (unsigned i = 0; i < bytes; i++) {
            expect_eq(got[i], want[offset + i],
                      "byte %u of a %u-byte read at %u", i, bytes, offset);
        }
    }
}

static void check_widths(const char *device, unsigned alignment)
{
    struct gpu *gpu = boot(device);
    unsigned length = alignment ? 20 : 16;
    uint8_t want[20] = { 0 };

    want[CONFIG_EVENTS_READ] = DISPLAY_EVENT;
    want[CONFIG_NUM_SCANOUTS] = 2;
    want[CONFIG_BLOB_ALIGNMENT + 1] = alignment >> 8;
    wish(gpu, 800, 600);
    check_width(gpu, want, length, 1);
    check_width(gpu, want, length, 2);
    check_width(gpu, want, length, 4);
    gpu_expect_alive(gpu);
}

/*
 * Past the end QEMU's virtio-pci answers all ones of its own; the device is
 * not asked.
 */
static void check_past_end(struct gpu *gpu, unsigned end)
{
    bool ones = false;

    for (unsigned offset = end; offset < 64; offset++) {
        uint8_t byte = 0;

        gpu->vdev->ops->config_read(gpu->vdev, offset, 1, &byte);
        ones |= byte == 0xff;
        expect_true(byte == 0 || byte == 0xff,
                    "byte %u, past the end: expected 0, got 0x%x", offset,
                    byte);
    }
    if (ones) {
        harness_core_limit("a configuration read past the end gives all ones");
    }
}

static void test_widths_16(void)
{
    check_widths("virtio-gpu-pci,max_outputs=2", 0);
}

static void test_widths_20(void)
{
    check_widths("virtio-gpu-pci,max_outputs=2,blob=on,blob-alignment=4096",
                 4096);
}

static void test_past_end(void)
{
    check_past_end(boot_default(), 16);
}

static void check_length(const char *device, uint32_t least)
{
    struct gpu *gpu = boot(device);

    expect_true(gpu->pci->device_bytes >= least,
                "device configuration: expected %u bytes or more, got %u",
                least, gpu->pci->device_bytes);
}

static void test_length_16(void)
{
    check_length("virtio-gpu-pci", 16);
}

static void test_length_20(void)
{
    check_length("virtio-gpu-pci,blob=on,blob-alignment=4096", 20);
}

static void test_generation(void)
{
    struct gpu *gpu = boot_default();
    const struct vdev_ops *ops = gpu->vdev->ops;
    uint32_t before = ops->generation(gpu->vdev);

    events(gpu);
    expect_eq(ops->generation(gpu->vdev), before,
              "config_generation when nothing changed");
    wish(gpu, 800, 600);
    events(gpu);
    expect_true(ops->generation(gpu->vdev) != before,
                "config_generation stays %u though events_read changed",
                before);
    before = ops->generation(gpu->vdev);
    events(gpu);
    expect_eq(ops->generation(gpu->vdev), before,
              "config_generation when nothing changed");
}

static void test_before_driver_ok(void)
{
    g_autofree char *args = g_strdup("-device virtio-gpu-pci");
    struct gpu *gpu = gpu_find(guest_start(&(struct guest_options){
        .args = args,
        .displays = true,
    }), 0);
    struct display *display = display_of(gpu->guest);

    vdev_reset(gpu->vdev);
    gpu->options.msix = true;
    gpu->features = vdev_features(gpu->vdev);
    vdev_negotiate(gpu->vdev, gpu->features);
    pci_msix_enable(gpu->pci->pci);
    virtio_pci_set_config_vector(gpu->pci, 0);
    display_set_mode(display, 0, 800, 600);
    for (unsigned i = 0; i < 2; i++) {
        gpu_start_queue(gpu, i);
    }
    display_set_mode(display, 0, 1024, 768);
    expect_true(!config_notified(gpu), "a notification before DRIVER_OK");
    gpu->request = guest_ram_alloc(gpu->guest, GPU_REQUEST_BYTES);
    gpu->reply = guest_ram_alloc(gpu->guest, GPU_REPLY_BYTES);
    gpu_set_driver_ok(gpu);
    guest_settle(gpu->guest);
    expect_eq(events(gpu), DISPLAY_EVENT, "events_read after DRIVER_OK");
    expect_true(!pci_msix_taken(gpu->pci->pci, 1) &&
                !pci_msix_taken(gpu->pci->pci, 2),
                "a used-buffer notification of nothing");
    expect_mode(gpu, 1024, 768);
}

/* EDGE-81: each reply is of one moment. */
static void test_change_between_replies(void)
{
    struct gpu *gpu = boot_default();
    const struct wire_get_edid request = { .header.type = CMD_GET_EDID };
    struct wire_edid edid;

    wish(gpu, 800, 600);
    gpu_command(gpu, QUEUE_CONTROL, &request, sizeof(request), &edid,
                sizeof(edid));
    expect_eq(edid.edid[54 + 2] | (edid.edid[54 + 4] & 0xf0) << 4, 800,
              "horizontal pixels of the preferred timing");
    config_notified(gpu);
    clear_event(gpu);
    wish(gpu, 1024, 768);
    expect_eq(events(gpu), DISPLAY_EVENT, "events_read after the change");
    expect_true(config_notified(gpu), "no notification of the change");
    expect_mode(gpu, 1024, 768);
}

static void test_field(const void *data)
{
    unsigned alignment = *(const unsigned *)data;
    g_autofree char *device = g_strdup_printf(
        "virtio-gpu-pci,blob=on,blob-alignment=%u", alignment);

    expect_eq(vdev_config(boot(device)->vdev, CONFIG_BLOB_ALIGNMENT),
              alignment, "blob_alignment");
}

int main(int argc, char **argv)
{
    static const unsigned alignments[] = { 4096, 16384, 65536 };

    harness_init(&argc, &argv);
    harness_add("/T-569/event-life-cycle", test_life_cycle);
    harness_add("/T-488/many-changes", test_many_changes);
    harness_add("/T-489/change-before-clear", test_change_before_clear);
    harness_add("/T-489/clear-before-answer", test_clear_before_answer);
    harness_add("/T-490/undefined-bits-of-events-clear", test_clear_bits);
    harness_add("/T-623/clear-without-event", test_clear_without_event);
    harness_add("/T-491,T-640/read-only-fields", test_read_only);
    harness_add("/T-492/every-width/16-bytes", test_widths_16);
    harness_add("/T-492/every-width/20-bytes", test_widths_20);
    harness_add("/T-492/past-the-end", test_past_end);
    harness_add("/T-567/config-length/16", test_length_16);
    harness_add("/T-567/config-length/20", test_length_20);
    harness_add("/T-568/config-generation", test_generation);
    harness_add("/T-570/event-before-driver-ok", test_before_driver_ok);
    harness_add("/T-501/change-between-replies", test_change_between_replies);
    for (unsigned i = 0; i < G_N_ELEMENTS(alignments); i++) {
        g_autofree char *path = g_strdup_printf("/T-637/field/%u",
                                                alignments[i]);

        harness_add_data(path, test_field, &alignments[i]);
    }
    return harness_run();
}
