/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Pictures in the memory of a device that the guest got by VFIO: what a GPU of
 * the guest's has drawn, and virtio-gpu shows.
 */
#include "qemu/osdep.h"

#include "hw/pci/pci_regs.h"
#include "libqtest.h"
#include "assigned.h"
#include "draw.h"
#include "gpu.h"
#include "harness.h"
#include "picture.h"
#include "screen.h"

#define WIDTH   64u             /* px: a line is 256 bytes, 16 lines a page */
#define HEIGHT  48u
#define PAGE    4096u
#define STRIDE  (WIDTH * 4)
#define BYTES   (STRIDE * HEIGHT)
#define PAGES   (BYTES / PAGE)

#define ID      7u
#define BLACK   0x000000u

struct machine {
    struct gpu *gpu;
    struct assigned *assigned;
};

/*
 * With the @number-th device; one for all cases of it: to start it takes most of
 * the time.
 */
static struct machine *start_with(unsigned number)
{
    g_autofree char *devices = assigned_arguments(number);
    g_autofree char *args = g_strdup_printf(
        "%s -device virtio-gpu-pci,id=gpu,renderer=vfio,vfio=assigned%u",
        devices, number);
    struct guest *guest = guest_start(&(struct guest_options){
        .machine = "q35",
        .args = args,
        .ram_mib = ASSIGNED_RAM_MIB,
        .keep = args,
    });
    struct machine *machine = guest->user;

    if (machine) {
        pci_command(machine->assigned->pci, PCI_COMMAND_MEMORY, true);
        gpu_restart(machine->gpu, NULL);
        return machine;
    }
    guest->user = machine = g_new0(struct machine, 1);
    guest_at_stop(guest, g_free, machine);
    machine->gpu = gpu_find(guest, 0);
    machine->assigned = assigned_of(guest, number);
    guest_expect_noise(guest, "virtio-gpu: renderer vfio");
    guest_expect_noise(guest, "virtio-gpu: no dma-buf of a buffer");
    guest_expect_noise(guest, "virtio-gpu: memory of vfio-pci device");
    gpu_start(machine->gpu, NULL);
    return machine;
}

static struct machine *start(void)
{
    return start_with(0);
}

/* Byte @offset of the picture, whose pages are where @pages say. */
static uint8_t *at(struct machine *machine, const unsigned *pages,
                   unsigned offset)
{
    return machine->assigned->memory + pages[offset / PAGE] * PAGE +
           offset % PAGE;
}

static void paint(struct machine *machine, const unsigned *pages, uint32_t seed)
{
    for (unsigned y = 0; y < HEIGHT; y++) {
        for (unsigned x = 0; x < WIDTH; x++) {
            uint32_t xrgb = picture_noise_at(x, y, seed) & 0xffffff;

            memcpy(at(machine, pages, y * STRIDE + x * 4), &xrgb, 4);
        }
    }
}

static void expect_painted(struct machine *machine, uint32_t seed,
                           const char *when)
{
    struct screen *screen = screen_take(machine->gpu->guest, "gpu", 0);

    expect_eq(screen->width, WIDTH, "width of the screen %s", when);
    expect_eq(screen->height, HEIGHT, "height of the screen %s", when);
    for (unsigned y = 0; y < HEIGHT; y++) {
        for (unsigned x = 0; x < WIDTH; x++) {
            expect_eq(screen_pixel(screen, x, y),
                      picture_noise_at(x, y, seed) & 0xffffff,
                      "pixel %u, %u %s", x, y, when);
        }
    }
    screen_free(screen);
}

static void list_pages(struct machine *machine, const unsigned *pages,
                       struct wire_entry *entries)
{
    for (unsigned i = 0; i < PAGES; i++) {
        entries[i] = (struct wire_entry) {
            .addr = machine->assigned->base + pages[i] * PAGE, .length = PAGE,
        };
    }
}

static uint32_t try_create(struct gpu *gpu, const struct wire_entry *entries,
                           unsigned num)
{
    g_autofree uint8_t *request = g_malloc0(sizeof(struct wire_create_blob) +
                                            num * sizeof(*entries));
    const struct wire_create_blob create = {
        .header.type = CMD_RESOURCE_CREATE_BLOB,
        .resource_id = ID,
        .blob_mem = BLOB_MEM_GUEST,
        .blob_flags = BLOB_SHAREABLE,
        .nr_entries = num,
        .size = BYTES,
    };

    memcpy(request, &create, sizeof(create));
    memcpy(request + sizeof(create), entries, num * sizeof(*entries));
    return gpu_status(gpu, request, sizeof(create) + num * sizeof(*entries));
}

static void create(struct gpu *gpu, const struct wire_entry *entries,
                   unsigned num)
{
    expect_eq(try_create(gpu, entries, num), RESP_OK_NODATA, "CREATE_BLOB");
}

static void show(struct gpu *gpu)
{
    const struct wire_set_scanout_blob request = {
        .header.type = CMD_SET_SCANOUT_BLOB,
        .rect = { 0, 0, WIDTH, HEIGHT },
        .resource_id = ID,
        .width = WIDTH,
        .height = HEIGHT,
        .format = FORMAT_B8G8R8X8,
        .strides = { STRIDE },
    };

    gpu_expect(gpu, &request, sizeof(request), RESP_OK_NODATA,
               "SET_SCANOUT_BLOB");
}

static uint32_t try_flush(struct gpu *gpu)
{
    const struct wire_flush request = {
        .header.type = CMD_RESOURCE_FLUSH,
        .rect = { 0, 0, WIDTH, HEIGHT },
        .resource_id = ID,
    };

    return gpu_status(gpu, &request, sizeof(request));
}

static void flush(struct gpu *gpu)
{
    expect_eq(try_flush(gpu), RESP_OK_NODATA, "RESOURCE_FLUSH");
}

static const unsigned in_a_row[PAGES] = { 5, 6, 7 };
static const unsigned scattered[PAGES] = { 9, 2, 1000 };

static void test_one_range(void)
{
    struct machine *machine = start();
    struct wire_entry all = {
        .addr = machine->assigned->base + in_a_row[0] * PAGE, .length = BYTES,
    };

    paint(machine, in_a_row, 1);
    create(machine->gpu, &all, 1);
    assigned_expect_dmabufs(machine->gpu->guest, 1, "of a shareable blob");
    show(machine->gpu);
    flush(machine->gpu);
    expect_painted(machine, 1, "of one range");
    paint(machine, in_a_row, 2);
    flush(machine->gpu);
    expect_painted(machine, 2, "painted again");
    draw_unref(machine->gpu, ID);
    assigned_expect_dmabufs(machine->gpu->guest, 0, "behind UNREF");
}

static void test_several_ranges(void)
{
    struct machine *machine = start();
    struct wire_entry entries[PAGES];

    list_pages(machine, scattered, entries);
    paint(machine, scattered, 3);
    create(machine->gpu, entries, PAGES);
    assigned_expect_dmabufs(machine->gpu->guest, 1, "of three ranges");
    show(machine->gpu);
    flush(machine->gpu);
    expect_painted(machine, 3, "of three ranges");
    draw_unref(machine->gpu, ID);
    assigned_expect_dmabufs(machine->gpu->guest, 0, "behind UNREF");
}

/* The buffer moves, as the kernel's drivers have it do. */
static void test_moved(void)
{
    struct machine *machine = start();
    struct wire_entry entries[PAGES];

    list_pages(machine, in_a_row, entries);
    paint(machine, in_a_row, 4);
    paint(machine, scattered, 5);
    create(machine->gpu, entries, PAGES);
    show(machine->gpu);
    flush(machine->gpu);
    expect_painted(machine, 4, "where it was");
    draw_detach(machine->gpu, ID);
    assigned_expect_dmabufs(machine->gpu->guest, 0, "of a detached blob");
    screen_expect_filled(machine->gpu->guest, 0, WIDTH, HEIGHT, BLACK);
    list_pages(machine, scattered, entries);
    draw_attach(machine->gpu, ID, entries, PAGES);
    assigned_expect_dmabufs(machine->gpu->guest, 1,
                            "of a blob that is attached again");
    flush(machine->gpu);
    expect_painted(machine, 5, "where it is now");
}

/* Reset lets go of everything. */
static void test_reset(void)
{
    struct machine *machine = start();
    struct wire_entry entries[PAGES];

    list_pages(machine, in_a_row, entries);
    create(machine->gpu, entries, PAGES);
    show(machine->gpu);
    flush(machine->gpu);
    gpu_restart(machine->gpu, NULL);
    assigned_expect_dmabufs(machine->gpu->guest, 0, "behind a reset");
    create(machine->gpu, entries, PAGES);
    assigned_expect_dmabufs(machine->gpu->guest, 1, "of the next driver");
}

static void test_refused(void)
{
    struct machine *machine = start();
    struct gpu *gpu = machine->gpu;
    uint64_t ram = guest_ram_alloc(gpu->guest, BYTES);
    uint64_t vram = machine->assigned->base;
    uint64_t other = machine->assigned->pci->bar[2];
    const struct wire_entry mixed[][2] = {
        { { .addr = vram, .length = BYTES - PAGE },
          { .addr = ram, .length = PAGE } },
        { { .addr = ram, .length = PAGE },
          { .addr = vram, .length = BYTES - PAGE } },
        { { .addr = vram, .length = BYTES - PAGE },
          { .addr = other, .length = PAGE } },
        /* It leaves the BAR. */
        { { .addr = vram, .length = PAGE },
          { .addr = vram + machine->assigned->bytes - PAGE,
            .length = BYTES - PAGE } },
    };

    const struct {
        struct wire_attach header;
        struct wire_entry entry;
    } attach = {
        .header = {
            .header.type = CMD_RESOURCE_ATTACH_BACKING,
            .resource_id = ID,
            .nr_entries = 1,
        },
        .entry = { .addr = vram, .length = BYTES },
    };

    expect_true(other, "the device has no second BAR");
    for (unsigned i = 0; i < G_N_ELEMENTS(mixed); i++) {
        expect_eq(try_create(gpu, mixed[i], 2), RESP_ERR_UNSPEC,
                  "CREATE_BLOB of list %u", i);
    }
    assigned_expect_dmabufs(machine->gpu->guest, 0,
                            "of blobs that were refused");
    /* What is no blob has memory of the guest's alone. */
    draw_create(gpu, ID, FORMAT_B8G8R8X8, WIDTH, HEIGHT);
    gpu_expect(gpu, &attach, sizeof(attach), RESP_ERR_UNSPEC,
               "ATTACH_BACKING of an image");
    gpu_expect_alive(gpu);
}

/* The guest switches its GPU off below our feet, and on again. */
static void test_switched_off(void)
{
    struct machine *machine = start();
    struct pci_function *pci = machine->assigned->pci;
    struct wire_entry entries[PAGES];

    list_pages(machine, in_a_row, entries);
    paint(machine, in_a_row, 6);
    create(machine->gpu, entries, PAGES);
    show(machine->gpu);
    flush(machine->gpu);
    expect_painted(machine, 6, "switched on");
    pci_command(pci, PCI_COMMAND_MEMORY, false);
    expect_eq(try_flush(machine->gpu), RESP_ERR_UNSPEC,
              "RESOURCE_FLUSH of a device that is switched off");
    screen_expect_filled(machine->gpu->guest, 0, WIDTH, HEIGHT, BLACK);
    gpu_expect_alive(machine->gpu);
    pci_command(pci, PCI_COMMAND_MEMORY, true);
    flush(machine->gpu);
    expect_painted(machine, 6, "switched on again");
}

/* Of ati-vga, behind BAR 2: raise INTx at each vertical blank. */
#define ATI_GEN_INT_CNTL 0x40
#define ATI_VBLANK 1

static bool is_hidden(void *data)
{
    struct guest *guest = data;
    g_autofree char *tree = qtest_hmp(guest->qts, "info mtree");

    return !strstr(tree, "BAR 0 mmaps[0]");
}

/*
 * VFIO takes BARs out of the guest's memory map while an INTx waits for the
 * guest, to see it deal with the device: its memory is there all the same.
 */
static void test_interrupt(void)
{
    struct machine *machine = start_with(1);
    struct guest *guest = machine->gpu->guest;
    struct wire_entry entries[PAGES];

    list_pages(machine, in_a_row, entries);
    paint(machine, in_a_row, 7);
    expect_true(!is_hidden(guest), "VFIO has mapped BAR 0");
    qtest_writel(guest->qts, machine->assigned->pci->bar[2] + ATI_GEN_INT_CNTL,
                 ATI_VBLANK);
    harness_wait(is_hidden, guest, "an INTx of the device");
    create(machine->gpu, entries, PAGES);
    show(machine->gpu);
    flush(machine->gpu);
    expect_painted(machine, 7, "while an interrupt waits");
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add("/vfio-blob/one-range", test_one_range);
    harness_add("/vfio-blob/several-ranges", test_several_ranges);
    harness_add("/vfio-blob/moved", test_moved);
    harness_add("/vfio-blob/reset", test_reset);
    harness_add("/vfio-blob/refused", test_refused);
    harness_add("/vfio-blob/switched-off", test_switched_off);
    harness_add("/vfio-blob/interrupt", test_interrupt);
    return harness_run();
}
