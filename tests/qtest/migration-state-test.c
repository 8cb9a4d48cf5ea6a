/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What is migrated beside images: cursors, blobs, VGA, and with
 * x-outputs-vmstate=on modes, events and UUIDs.  Snapshots inside of a disk.
 */
#include "qemu/osdep.h"

#include "libqtest.h"
#include "draw.h"
#include "harness.h"
#include "migrate.h"
#include "pointer.h"
#include "vga.h"

#define SIDE 64u                /* px */

struct way {
    const char *name;
    const char *device;
    const char *machine;
    bool from_stock, to_stock;
    bool outputs;               /* x-outputs-vmstate=on */
};

static const struct way ways[] = {
    { "ours", "virtio-gpu-pci", NULL, false, false, false },
    { "ours-outputs", "virtio-gpu-pci", NULL, false, false, true },
    { "ours-vga", "virtio-vga", NULL, false, false, false },
    { "from-stock", "virtio-gpu-pci", NULL, true, false, false },
    { "to-stock", "virtio-gpu-pci", NULL, false, true, false },
};

static void boot_with(struct gpu **gpu, const struct way *way,
                      const char *more, const struct gpu_options *options)
{
    g_autofree char *args = g_strdup_printf(
        "-device %s,id=gpu%s%s", way->device, more,
        way->outputs ? ",x-outputs-vmstate=on" : "");
    struct guest *guest = guest_start(&(struct guest_options){
        .machine = way->machine,
        .args = args,
        .ram_mib = 64,
        .displays = true,
        .stock = way->from_stock,
    });

    *gpu = gpu_find(guest, 0);
    gpu_start(*gpu, options);
}

static void migrate(struct gpu *gpu, const struct way *way, const char *more)
{
    g_autofree char *args = g_strdup_printf(
        "-device %s,id=gpu%s%s", way->device, more,
        way->outputs ? ",x-outputs-vmstate=on" : "");

    migrate_guest(gpu->guest, &(struct guest_options){
        .machine = way->machine,
        .args = args,
        .ram_mib = 64,
        .displays = true,
        .stock = way->to_stock,
    });
}

static void draw(struct picture *picture, struct gpu *gpu)
{
    picture_create(picture, gpu);
    picture_noise(picture, NULL, picture->id);
    picture_transfer(picture, NULL);
}

/* Shown at one place, moved to another; the stock device answers nothing. */
static void show_cursor(struct pointer *pointer, const struct picture *image)
{
    struct wire_cursor cursor = {
        .header.type = CMD_UPDATE_CURSOR,
        .scanout_id = pointer->head,
        .x = 10,
        .y = 20,
        .resource_id = image->id,
        .hot_x = 3,
        .hot_y = 4,
    };

    draw_cursor(pointer->gpu, &cursor);
    cursor.header.type = CMD_MOVE_CURSOR;
    cursor.x = 100 + pointer->head;
    cursor.y = -7;
    draw_cursor(pointer->gpu, &cursor);
    pointer->image = image;
    pointer->visible = true;
    pointer->hot_x = cursor.hot_x;
    pointer->hot_y = cursor.hot_y;
    pointer->x = cursor.x;
    pointer->y = cursor.y;
}

/* The viewer of the QEMU that has the guest now. */
static void watch_again(struct pointer *pointer)
{
    pointer->display = display_of(pointer->gpu->guest);
    pointer->view = display_watch(pointer->display, pointer->head);
}

static void test_cursor(const void *data)
{
    const struct way *way = data;
    unsigned heads = way->from_stock || way->to_stock ? 1 : 3;
    g_autofree char *more = g_strdup_printf(",max_outputs=%u", heads);
    struct picture image = { .id = 7, .format = 1, .width = SIDE,
                             .height = SIDE };
    struct pointer pointers[3];
    struct gpu *gpu;

    boot_with(&gpu, way, more, NULL);
    draw(&image, gpu);
    for (unsigned i = 0; i < heads; i++) {
        /* The stock device restores cursors of heads that show something. */
        picture_show(&image, i, NULL);
        pointer_init(&pointers[i], gpu, i);
        show_cursor(&pointers[i], &image);
        pointer_check(&pointers[i], "before");
    }
    migrate(gpu, way, more);
    for (unsigned i = 0; i < heads; i++) {
        watch_again(&pointers[i]);
        pointer_check(&pointers[i], "after");
    }
    /* To the stock device a move without a resource hides it. */
    draw_cursor(gpu, &(struct wire_cursor){
        .header.type = CMD_MOVE_CURSOR, .x = 1, .y = 2, .resource_id = 7,
    });
    pointers[0].x = 1;
    pointers[0].y = 2;
    pointer_check(&pointers[0], "moved after it");
}

/* Its resource is gone: only its image could bring it back. */
static void test_cursor_without_resource(const void *data)
{
    const struct way *way = data;
    struct picture image = { .id = 7, .format = 1, .width = SIDE,
                             .height = SIDE };
    struct pointer pointer;
    struct gpu *gpu;

    boot_with(&gpu, way, "", NULL);
    draw(&image, gpu);
    pointer_init(&pointer, gpu, 0);
    show_cursor(&pointer, &image);
    pointer_check(&pointer, "before");
    draw_unref(gpu, 7);
    migrate(gpu, way, "");
    watch_again(&pointer);
    pointer.visible = way->outputs;
    pointer_check_place(&pointer, "after");
    if (way->outputs) {
        pointer_check(&pointer, "after");
    }
}

static void get_uuid(struct gpu *gpu, struct wire_uuid *reply)
{
    const struct wire_resource request = {
        .header.type = CMD_RESOURCE_ASSIGN_UUID,
        .resource_id = 7,
    };

    expect_eq(gpu_command(gpu, QUEUE_CONTROL, &request, sizeof(request), reply,
                          sizeof(*reply)), sizeof(*reply), "used.len");
}

static void test_outputs(const void *data)
{
    const struct way *way = data;
    struct wire_display_info info;
    struct wire_uuid before, after;
    struct gpu *gpu;

    boot_with(&gpu, way, ",max_outputs=2,resource-uuid=on", NULL);
    draw_create(gpu, 7, 1, 16, 16);
    get_uuid(gpu, &before);
    display_set_mode_at(display_of(gpu->guest), 1, 100, 50, 800, 600);
    expect_eq(vdev_config(gpu->vdev, CONFIG_EVENTS_READ), 1, "events before");
    migrate(gpu, way, ",max_outputs=2,resource-uuid=on");
    expect_eq(vdev_config(gpu->vdev, CONFIG_EVENTS_READ), way->outputs,
              "events after");
    gpu_display_info(gpu, &info);
    expect_eq(info.modes[0].rect.width, 1280, "width of head 0");
    expect_eq(info.modes[1].enabled, way->outputs, "head 1 enabled");
    if (way->outputs) {
        expect_eq(info.modes[1].rect.x, 100, "x of head 1");
        expect_eq(info.modes[1].rect.height, 600, "height of head 1");
    }
    get_uuid(gpu, &after);
    expect_eq(memcmp(before.uuid, after.uuid, 16) == 0, way->outputs,
              "the same UUID");
}

/* One memory, three heads: all of it, and parts; with and without an fb. */
static void test_blob(const void *data)
{
    const struct way *way = data;
    static const struct wire_rect part = { 10, 6, 30, 40 };
    struct picture blob = { .id = 9, .format = 2, .width = SIDE,
                            .height = SIDE, .blob = true, .scattered = true };
    struct gpu *gpu;

    boot_with(&gpu, way, ",max_outputs=3,blob=on", NULL);
    draw(&blob, gpu);
    picture_show(&blob, 0, NULL);
    picture_show(&blob, 2, &part);
    picture_flush(&blob, NULL);
    migrate(gpu, way, ",max_outputs=3,blob=on");
    picture_expect_shown(&blob, NULL, 0);
    picture_expect_shown(&blob, &part, 2);
    picture_noise(&blob, NULL, 33);
    picture_update(&blob, NULL);
    picture_expect_shown(&blob, NULL, 0);
}

/* Beyond 32 bits only with the subsection; much of the same memory. */
static void test_large_blob(const void *data)
{
    const struct way *way = data;
    struct wire_entry entries[258];
    struct gpu *gpu;

    boot_with(&gpu, way, ",blob=on", NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(entries); i++) {
        entries[i] = (struct wire_entry){ 1 << 20, 16 << 20, 0 };
    }
    draw_create_blob(gpu, 5, 258ull * (16 << 20), entries, 258);
    if (way->outputs) {
        migrate(gpu, way, ",blob=on");
        draw_detach(gpu, 5);
        draw_attach(gpu, 5, entries, 258);
    } else {
        g_autofree char *reason = NULL;

        guest_expect_noise(gpu->guest, "x-outputs-vmstate=on");
        guest_expect_noise(gpu->guest, "Save of field");
        reason = migrate_refusal(gpu->guest, NULL);
        g_test_message("%s", reason);
    }
    draw_unref(gpu, 5);
    gpu_expect_alive(gpu);
}

/* Before the driver's first picture VGA has the screen, there and here. */
static void test_vga(void)
{
    static const struct way way = { "", "virtio-vga", NULL, false, false,
                                    false };
    struct gpu *gpu;
    struct vga vga;

    boot_with(&gpu, &way, "", NULL);
    vga.pci = gpu->pci->pci;
    vga_set_mode(&vga);
    vga_fill(&vga, 0x00336699);
    screen_expect_filled(gpu->guest, 0, VGA_WIDTH, VGA_HEIGHT, 0x00336699);
    migrate(gpu, &way, "");
    screen_expect_filled(gpu->guest, 0, VGA_WIDTH, VGA_HEIGHT, 0x00336699);
    vga_fill(&vga, 0x00112233);
    screen_expect_filled(gpu->guest, 0, VGA_WIDTH, VGA_HEIGHT, 0x00112233);
}

static void test_microvm(void)
{
    static const struct guest_options options = {
        .machine = "microvm",
        .args = "-global virtio-mmio.force-legacy=false "
                "-device virtio-gpu-device,id=gpu",
        .ram_mib = 64,
    };
    struct picture picture = { .id = 3, .format = 2, .width = SIDE,
                               .height = SIDE };
    struct vdev *vdev = virtio_mmio_find_gpu(guest_start(&options));
    struct gpu *gpu = gpu_at(vdev, NULL);

    gpu_start(gpu, NULL);
    draw(&picture, gpu);
    picture_show(&picture, 0, NULL);
    picture_flush(&picture, NULL);
    migrate_guest(gpu->guest, &options);
    picture_expect_shown(&picture, NULL, 0);
    picture_noise(&picture, NULL, 1);
    picture_update(&picture, NULL);
    picture_expect_shown(&picture, NULL, 0);
}

/* --- snapshots -------------------------------------------------------- */

static void hmp(struct gpu *gpu, const char *command)
{
    g_autofree char *said = qtest_hmp(gpu->guest->qts, "%s", command);

    expect_true(!*said, "%s: %s", command, said);
}

/* Back to where it was, whatever the driver did since; twice. */
static void test_snapshot(const void *data)
{
    const char *device = data;
    int fd = migrate_disk();
    g_autofree char *args = g_strdup_printf(
        "-device %s,id=gpu,max_outputs=2 "
        "-drive if=none,id=disk,format=qcow2,file=/proc/%d/fd/%d", device,
        getpid(), fd);
    struct picture one = { .id = 3, .format = 67, .width = SIDE,
                           .height = SIDE };
    struct picture other = { .id = 4, .format = 2, .width = 32, .height = 48 };
    struct gpu *gpu = gpu_find(guest_start(&(struct guest_options){
        .args = args, .ram_mib = 32,
    }), 0);
    uint16_t avail, used;

    gpu_start(gpu, NULL);
    draw(&one, gpu);
    picture_show(&one, 1, NULL);
    picture_flush(&one, NULL);
    picture_expect_shown(&one, NULL, 1);
    avail = gpu->queue[0]->avail_idx;
    used = gpu->queue[0]->used_idx;
    hmp(gpu, "savevm one");
    for (unsigned i = 0; i < 2; i++) {
        draw_unref(gpu, 3);
        draw(&other, gpu);
        picture_show(&other, i, NULL);
        picture_flush(&other, NULL);
        picture_expect_shown(&other, NULL, i);
        hmp(gpu, "loadvm one");
        gpu->queue[0]->avail_idx = avail;
        gpu->queue[0]->used_idx = used;
        picture_expect_shown(&one, NULL, 1);
        picture_update(&one, NULL);
        picture_expect_shown(&one, NULL, 1);
    }
    close(fd);
}

static void add(const char *name, void (*run)(const void *way), bool stock)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(ways); i++) {
        g_autofree char *path = g_strdup_printf("/migration/%s/%s", name,
                                                ways[i].name);

        if (stock || !(ways[i].from_stock || ways[i].to_stock)) {
            harness_add_data(path, run, &ways[i]);
        }
    }
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    add("cursor", test_cursor, true);
    add("cursor-without-resource", test_cursor_without_resource, false);
    add("outputs", test_outputs, false);
    add("blob", test_blob, false);
    add("large-blob", test_large_blob, false);
    harness_add("/migration/vga", test_vga);
    harness_add("/migration/microvm", test_microvm);
    harness_add_data("/migration/snapshot/pci", test_snapshot,
                     "virtio-gpu-pci");
    harness_add_data("/migration/snapshot/vga", test_snapshot, "virtio-vga");
    return harness_run();
}
