/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * VGA compatibility (conformance matrix, A.9): the VGA screen until the first
 * scanout, again after a reset, and the framebuffer BAR as backing memory.
 */
#include <string.h>

#include "gpu.h"
#include "harness.h"
#include "screen.h"
#include "vga.h"

#define SIDE 64                 /* px, of the native picture */
#define NATIVE_XRGB 0x00204060
#define VGA_XRGB    0x00b02010

static struct gpu *boot(struct vga *vga)
{
    struct guest *guest = guest_start(&(struct guest_options){
        .args = "-device virtio-vga,id=gpu",
    });
    struct gpu *gpu = gpu_find(guest, 0);

    vga->pci = gpu->pci->pci;
    gpu_start(gpu, NULL);
    return gpu;
}

static void create(struct gpu *gpu, uint64_t backing)
{
    const struct wire_create_2d request = {
        .header.type = CMD_RESOURCE_CREATE_2D,
        .resource_id = 1,
        .format = FORMAT_B8G8R8X8,
        .width = SIDE,
        .height = SIDE,
    };
    const struct {
        struct wire_attach attach;
        struct wire_entry entries[2];
    } attach = {
        .attach.header.type = CMD_RESOURCE_ATTACH_BACKING,
        .attach.resource_id = 1,
        .attach.nr_entries = 2,
        .entries = {
            { backing, SIDE * SIDE * 2, 0 },
            { backing + SIDE * SIDE * 2, SIDE * SIDE * 2, 0 },
        },
    };

    gpu_expect(gpu, &request, sizeof(request), RESP_OK_NODATA, "CREATE_2D");
    gpu_expect(gpu, &attach, sizeof(attach), RESP_OK_NODATA,
               "ATTACH_BACKING");
}

static void set_scanout(struct gpu *gpu, uint32_t resource)
{
    const struct wire_set_scanout request = {
        .header.type = CMD_SET_SCANOUT,
        .rect = { 0, 0, SIDE, SIDE },
        .resource_id = resource,
    };

    gpu_expect(gpu, &request, sizeof(request), RESP_OK_NODATA, "SET_SCANOUT");
}

static void show(struct gpu *gpu)
{
    const struct wire_transfer transfer = {
        .header.type = CMD_TRANSFER_TO_HOST_2D,
        .rect = { 0, 0, SIDE, SIDE },
        .resource_id = 1,
    };
    const struct wire_flush flush = {
        .header.type = CMD_RESOURCE_FLUSH,
        .rect = { 0, 0, SIDE, SIDE },
        .resource_id = 1,
    };

    gpu_expect(gpu, &transfer, sizeof(transfer), RESP_OK_NODATA, "TRANSFER");
    set_scanout(gpu, 1);
    gpu_expect(gpu, &flush, sizeof(flush), RESP_OK_NODATA, "FLUSH");
}

/* Guest RAM full of one colour, for a native picture of it. */
static uint64_t native_backing(struct gpu *gpu)
{
    uint64_t addr = guest_ram_alloc(gpu->guest, SIDE * SIDE * 4);
    uint32_t *words = guest_memory(gpu->guest, addr, SIDE * SIDE * 4);

    for (unsigned i = 0; i < SIDE * SIDE; i++) {
        words[i] = NATIVE_XRGB;
    }
    return addr;
}

static void expect_vga(struct gpu *gpu, struct vga *vga)
{
    screen_expect_filled(gpu->guest, 0, VGA_WIDTH, VGA_HEIGHT, VGA_XRGB);
}

static void test_switch(void)
{
    struct vga vga;
    struct gpu *gpu = boot(&vga);

    vga_set_mode(&vga);
    vga_fill(&vga, VGA_XRGB);
    expect_vga(gpu, &vga);
    create(gpu, native_backing(gpu));
    set_scanout(gpu, 0);                /* no resource: VGA goes on */
    expect_vga(gpu, &vga);
    show(gpu);
    screen_expect_filled(gpu->guest, 0, SIDE, SIDE, NATIVE_XRGB);
    vdev_reset(gpu->vdev);
    expect_vga(gpu, &vga);
}

/* EDGE-82: nothing of the native picture is left, again and again. */
static void test_reset_in_native_mode(void)
{
    struct vga vga;
    struct gpu *gpu = boot(&vga);

    vga_set_mode(&vga);
    for (unsigned i = 0; i < 5; i++) {
        vga_fill(&vga, VGA_XRGB);
        gpu_restart(gpu, NULL);
        create(gpu, native_backing(gpu));
        show(gpu);
        screen_expect_filled(gpu->guest, 0, SIDE, SIDE, NATIVE_XRGB);
        vdev_reset(gpu->vdev);
        expect_vga(gpu, &vga);
    }
}

/* T-630: Windows takes everything away before it resets. */
static void test_windows_stop(void)
{
    struct vga vga;
    struct gpu *gpu = boot(&vga);
    struct wire_resource request = {
        .header.type = CMD_RESOURCE_DETACH_BACKING,
        .resource_id = 1,
    };

    vga_set_mode(&vga);
    vga_fill(&vga, VGA_XRGB);
    create(gpu, native_backing(gpu));
    show(gpu);
    gpu_expect(gpu, &request, sizeof(request), RESP_OK_NODATA, "DETACH");
    request.header.type = CMD_RESOURCE_UNREF;
    gpu_expect(gpu, &request, sizeof(request), RESP_OK_NODATA, "UNREF");
    set_scanout(gpu, 0);
    vdev_reset(gpu->vdev);
    expect_vga(gpu, &vga);
}

/* DRV-62: viogpudo may take its pages from the framebuffer BAR. */
static void test_bar_as_backing(void)
{
    struct vga vga;
    struct gpu *gpu = boot(&vga);

    vga_fill(&vga, NATIVE_XRGB);
    create(gpu, vga.pci->bar[0]);
    show(gpu);
    screen_expect_filled(gpu->guest, 0, SIDE, SIDE, NATIVE_XRGB);
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add("/T-030/vga-switch", test_switch);
    harness_add("/T-502/reset-in-native-mode", test_reset_in_native_mode);
    harness_add("/T-630/windows-stop", test_windows_stop);
    harness_add("/T-056/bar-as-backing", test_bar_as_backing);
    return harness_run();
}
