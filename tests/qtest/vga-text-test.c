/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Text before the driver comes and after it went (conformance matrix, A.9):
 * mode 3 programmed here, and a boot sector that prints by the BIOS.
 */
#include "qemu/osdep.h"

#include <sys/mman.h>

#include "libqtest.h"
#include "gpu.h"
#include "harness.h"
#include "picture.h"
#include "vga-text.h"
#include "vnc.h"

/* As large as the text, so that only pixels tell one from the other. */
#define TEXT_WIDTH  (VGA_TEXT_COLUMNS * VGA_CELL_WIDTH)
#define TEXT_HEIGHT (VGA_TEXT_LINES * VGA_CELL_HEIGHT)

/* White on blue of the BIOS' colours. */
#define BIOS_BLUE  0x0000a8u
#define BIOS_WHITE 0xffffffu

static struct gpu *boot(struct vga *vga)
{
    struct gpu *gpu = gpu_boot(NULL, "virtio-vga,id=gpu", NULL);

    vga->pci = gpu->pci->pci;
    vga_text_set_mode(vga);
    return gpu;
}

static void show_native(struct gpu *gpu, struct picture *picture,
                        uint32_t seed)
{
    picture_create(picture, gpu);
    picture_noise(picture, NULL, seed);
    picture_transfer(picture, NULL);
    picture_show(picture, 0, NULL);
    picture_flush(picture, NULL);
    picture_expect_shown(picture, NULL, 0);
}

static void test_switch(void)
{
    struct vga vga;
    struct gpu *gpu = boot(&vga);

    for (unsigned i = 0; i < 3; i++) {
        struct picture picture = {
            .id = 1, .width = TEXT_WIDTH, .height = TEXT_HEIGHT,
        };

        vga_text_fill(&vga, i);
        vga_text_expect_filled(&vga, i);
        gpu_restart(gpu, NULL);
        vga_text_expect_filled(&vga, i);
        show_native(gpu, &picture, i);
        vdev_reset(gpu->vdev);
        vga_text_expect_filled(&vga, i);
        vga_text_fill(&vga, i + 100);
        vga_text_expect_filled(&vga, i + 100);
    }
}

/* What is written to the text screen while nobody sees it is there later. */
static void test_text_behind_the_picture(void)
{
    struct vga vga;
    struct gpu *gpu = boot(&vga);
    struct picture picture = { .id = 1, .width = 320, .height = 200 };

    vga_text_fill(&vga, 1);
    vga_text_expect_filled(&vga, 1);
    show_native(gpu, &picture, 1);
    vga_text_fill(&vga, 2);
    picture_expect_shown(&picture, NULL, 0);
    picture_noise(&picture, NULL, 2);
    picture_update(&picture, NULL);
    picture_expect_shown(&picture, NULL, 0);
    vdev_reset(gpu->vdev);
    vga_text_expect_filled(&vga, 2);
}

/* From picture to graphics mode to text: no size is left over. */
static void test_modes_after_reset(void)
{
    struct vga vga;
    struct gpu *gpu = boot(&vga);
    struct picture picture = { .id = 1, .width = 1024, .height = 768 };

    show_native(gpu, &picture, 1);
    vga_set_mode(&vga);
    vga_fill(&vga, 0x123456);
    picture_expect_shown(&picture, NULL, 0);
    vdev_reset(gpu->vdev);
    screen_expect_filled(gpu->guest, 0, VGA_WIDTH, VGA_HEIGHT, 0x123456);
}

static bool client_sees_text(struct vnc *vnc, void *seed)
{
    return vga_text_is_on(&vnc->screen, GPOINTER_TO_UINT(seed));
}

static bool client_sees_picture(struct vnc *vnc, void *data)
{
    const struct picture *picture = data;
    size_t pixels = (size_t)picture->width * picture->height;

    if (vnc->screen.width != picture->width ||
        vnc->screen.height != picture->height) {
        return false;
    }
    for (size_t i = 0; i < pixels; i++) {
        if (vnc->screen.xrgb[i] != (picture->argb[i] & 0xffffff)) {
            return false;
        }
    }
    return true;
}

/* A VNC client sees every phase, too, and what is written meanwhile. */
static void test_vnc(void)
{
    struct gpu *gpu = gpu_boot(NULL, "virtio-vga,id=gpu " VNC_ARGS(0), NULL);
    struct vga vga = { .pci = gpu->pci->pci };
    struct vnc *vnc = vnc_connect(gpu->guest);

    vga_text_set_mode(&vga);
    for (unsigned i = 0; i < 3; i++) {
        struct picture picture = {
            .id = 1, .width = TEXT_WIDTH, .height = TEXT_HEIGHT,
        };

        vga_text_fill(&vga, i);
        vnc_wait(vnc, client_sees_text, GUINT_TO_POINTER(i), "the text");
        gpu_restart(gpu, NULL);
        show_native(gpu, &picture, i);
        vnc_wait(vnc, client_sees_picture, &picture, "the driver's picture");
        vga_text_fill(&vga, 10 + i);
        picture_noise(&picture, NULL, 20 + i);
        picture_update(&picture, NULL);
        vnc_wait(vnc, client_sees_picture, &picture, "the next picture");
        vdev_reset(gpu->vdev);
        vnc_wait(vnc, client_sees_text, GUINT_TO_POINTER(10 + i),
                 "the text after the reset");
    }
}

/* Looks on demand come through VGA's own functions here. */
static void test_looks(void)
{
    struct vga vga;
    struct gpu *gpu = boot(&vga);
    struct picture picture = { .id = 1, .width = 320, .height = 200 };
    struct screen *screens[20];

    show_native(gpu, &picture, 1);
    for (uint32_t round = 0; round < 3; round++) {
        picture_noise(&picture, NULL, 2 + round);
        picture_update(&picture, NULL);
        qtest_qmp_assert_success(gpu->guest->qts, "{'execute': 'stop'}");
        screen_take_many(gpu->guest, "gpu", 0, screens, 20);
        for (unsigned i = 0; i < 20; i++) {
            picture_expect_on(&picture, NULL, screens[i],
                              "one of twenty screendumps");
            screen_free(screens[i]);
        }
        qtest_qmp_assert_success(gpu->guest->qts, "{'execute': 'cont'}");
    }
}

static void test_system_reset(void)
{
    struct vga vga;
    struct gpu *gpu = boot(&vga);
    struct picture picture = { .id = 1, .width = 640, .height = 480 };
    struct screen *screen;

    show_native(gpu, &picture, 1);
    qtest_qmp_assert_success(gpu->guest->qts, "{'execute': 'system_reset'}");
    qtest_qmp_eventwait(gpu->guest->qts, "RESET");
    guest_settle(gpu->guest);
    screen = screen_take(gpu->guest, "gpu", 0);
    expect_true(screen_is_blank(screen), "a picture after a system reset");
    screen_free(screen);
}

/*
 * Sets mode 3, fills the screen with white spaces on blue by int 10h, one
 * solid letter in the corner, and sleeps.
 */
static const uint8_t boot_sector[] = {
    0xb8, 0x03, 0x00,           /* mov $0x0003, %ax */
    0xcd, 0x10,                 /* int $0x10 */
    0xb9, 0x07, 0x26,           /* mov $0x2607, %cx: no cursor */
    0xb4, 0x01,                 /* mov $1, %ah */
    0xcd, 0x10,                 /* int $0x10 */
    0xb8, 0x20, 0x09,           /* mov $0x0920, %ax: write spaces */
    0xbb, 0x1f, 0x00,           /* mov $0x001f, %bx */
    0xb9, 0xd0, 0x07,           /* mov $2000, %cx */
    0xcd, 0x10,                 /* int $0x10 */
    0xb8, 0xdb, 0x09,           /* mov $0x09db, %ax: a full block */
    0xb9, 0x01, 0x00,           /* mov $1, %cx */
    0xcd, 0x10,                 /* int $0x10 */
    0xfa,                       /* cli */
    0xf4,                       /* hlt */
    0xeb, 0xfd,                 /* jmp to the hlt */
};

static int make_disk(void)
{
    int fd = memfd_create("boot-sector", MFD_CLOEXEC);
    uint8_t disk[64 * 1024] = { 0 };

    memcpy(disk, boot_sector, sizeof(boot_sector));
    disk[510] = 0x55;
    disk[511] = 0xaa;
    expect_eq(write(fd, disk, sizeof(disk)), sizeof(disk), "a boot disk");
    return fd;
}

/* All of it blue but for the letter in the first cell. */
static bool bios_text_is_shown(void *data)
{
    struct guest *guest = data;
    struct screen *screen = screen_take(guest, "gpu", 0);
    uint32_t blue = 0, white = 0;
    uint32_t pixels = screen->width * screen->height;
    uint32_t cell = screen->width / VGA_TEXT_COLUMNS *
                    (screen->height / VGA_TEXT_LINES);

    for (uint32_t i = 0; i < pixels; i++) {
        blue += screen->xrgb[i] == BIOS_BLUE;
        white += screen->xrgb[i] == BIOS_WHITE;
    }
    screen_free(screen);
    return white == cell && blue == pixels - cell;
}

static void test_bios(void)
{
    int fd = make_disk();
    g_autofree char *args = g_strdup_printf(
        "-accel tcg -device virtio-vga,id=gpu -boot c "
        "-drive if=ide,format=raw,file=/proc/%d/fd/%d", getpid(),
        fd);
    struct guest *guest = guest_start(&(struct guest_options){
        .args = args,
        .ram_mib = 64,
    });
    struct picture picture = { .id = 1, .width = 720, .height = 400 };
    struct gpu *gpu;

    harness_wait(bios_text_is_shown, guest, "the boot sector's text");
    gpu = gpu_find(guest, 0);
    guest->next_free = 16 * 1024 * 1024;    /* below is the BIOS' */
    gpu_start(gpu, NULL);
    expect_true(bios_text_is_shown(guest), "the text went with the driver");
    show_native(gpu, &picture, 1);
    vdev_reset(gpu->vdev);
    expect_true(bios_text_is_shown(guest), "no text after the reset");
    close(fd);
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add("/T-030,T-502/text-switch", test_switch);
    harness_add("/T-502/text-behind-the-picture",
                test_text_behind_the_picture);
    harness_add("/T-502/modes-after-reset", test_modes_after_reset);
    harness_add("/T-030,T-502/vnc-across-the-switch", test_vnc);
    harness_add("/T-486/twenty-looks-through-vga", test_looks);
    harness_add("/T-502/system-reset", test_system_reset);
    harness_add("/T-030/bios-text", test_bios);
    return harness_run();
}
