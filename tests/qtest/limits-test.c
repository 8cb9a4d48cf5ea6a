/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Backings at the limits: long lists, large entries, much memory (conformance
 * matrix, EDGE-28, EDGE-34, T-048, T-052, T-628).
 */
#include "qemu/osdep.h"

#include "qemu/units.h"
#include "gpu.h"
#include "harness.h"
#include "screen.h"

#define WIDTH 1024u             /* px, of the images: 4 KiB a row */
#define HEIGHT 1024u

static struct gpu *boot(unsigned ram_mib)
{
    struct guest *guest = guest_start(&(struct guest_options){
        .args = "-device virtio-gpu-pci,id=gpu",
        .ram_mib = ram_mib,
    });
    struct gpu *gpu = gpu_find(guest, 0);

    gpu_start(gpu, NULL);
    return gpu;
}

static void create(struct gpu *gpu, uint32_t width, uint32_t height)
{
    const struct wire_create_2d request = {
        .header.type = CMD_RESOURCE_CREATE_2D,
        .resource_id = 1,
        .format = FORMAT_B8G8R8X8,
        .width = width,
        .height = height,
    };

    gpu_expect(gpu, &request, sizeof(request), RESP_OK_NODATA, "CREATE_2D");
}

/* The request in guest RAM: header, then entries for the caller to fill. */
static struct wire_entry *new_list(struct gpu *gpu, unsigned num,
                                   uint64_t *addr)
{
    uint32_t bytes = sizeof(struct wire_attach) + num * 16;
    struct wire_attach *attach;

    *addr = guest_ram_alloc(gpu->guest, bytes);
    attach = guest_memory(gpu->guest, *addr, bytes);
    *attach = (struct wire_attach){
        .header.type = CMD_RESOURCE_ATTACH_BACKING,
        .resource_id = 1,
        .nr_entries = num,
    };
    return (struct wire_entry *)(attach + 1);
}

/*
 * Sends what new_list() made, one descriptor a page as Linux and Windows do;
 * @direct: without an indirect table.
 */
static void send_list(struct gpu *gpu, unsigned num, uint64_t addr,
                      bool direct)
{
    uint32_t left = num * 16;
    unsigned used = 0;
    g_autofree struct vring_buffer *buffers =
        g_new(struct vring_buffer, left / GUEST_PAGE + 3);
    const struct wire_header *reply =
        guest_memory(gpu->guest, gpu->reply, sizeof(*reply));
    unsigned id;

    buffers[used++] = (struct vring_buffer){ addr, 32, false };
    addr += 32;
    while (left) {
        uint32_t bytes = MIN(left, GUEST_PAGE);

        buffers[used++] = (struct vring_buffer){ addr, bytes, false };
        addr += bytes;
        left -= bytes;
    }
    buffers[used++] = (struct vring_buffer){ gpu->reply, 24, true };
    id = vring_add(gpu->queue[0], &(struct vring_chain){
        buffers, used, direct ? VRING_ALL_DIRECT : 0,
    });
    vring_kick(gpu->queue[0]);
    expect_eq(vring_wait_for(gpu->queue[0], id), 24, "used.len");
    expect_eq(reply->type, RESP_OK_NODATA, "ATTACH_BACKING of %u entries",
              num);
}

static void transfer(struct gpu *gpu, uint32_t row, uint64_t offset)
{
    const struct wire_transfer request = {
        .header.type = CMD_TRANSFER_TO_HOST_2D,
        .rect = { 0, row, WIDTH, 1 },
        .offset = offset,
        .resource_id = 1,
    };

    gpu_expect(gpu, &request, sizeof(request), RESP_OK_NODATA, "TRANSFER");
}

/* Row @row of the image shows @xrgb from end to end. */
static void expect_row(struct gpu *gpu, uint32_t row, uint32_t xrgb)
{
    const struct wire_set_scanout scanout = {
        .header.type = CMD_SET_SCANOUT,
        .rect = { 0, row, WIDTH, 1 },
        .resource_id = 1,
    };
    const struct wire_flush flush = {
        .header.type = CMD_RESOURCE_FLUSH,
        .rect = { 0, row, WIDTH, 1 },
        .resource_id = 1,
    };

    gpu_expect(gpu, &scanout, sizeof(scanout), RESP_OK_NODATA, "SET_SCANOUT");
    gpu_expect(gpu, &flush, sizeof(flush), RESP_OK_NODATA, "FLUSH");
    screen_expect_filled(gpu->guest, 0, WIDTH, 1, xrgb);
}

static uint32_t color_of(unsigned page)
{
    return (page * 0x9e3779b1u >> 8) | 1;
}

/* @num pages of guest RAM, each of one colour of its own. */
static uint64_t colored_pages(struct gpu *gpu, unsigned num)
{
    uint64_t addr = guest_ram_alloc(gpu->guest, (uint64_t)num * GUEST_PAGE);
    uint32_t *words = guest_memory(gpu->guest, addr,
                                   (uint64_t)num * GUEST_PAGE);

    for (uint64_t i = 0; i < (uint64_t)num * GUEST_PAGE / 4; i++) {
        words[i] = color_of(i * 4 / GUEST_PAGE);
    }
    return addr;
}

struct list_case {
    const char *name;
    unsigned entries;
    unsigned pages;             /* of guest RAM; entries repeat them */
};

/* No two neighbours in the list are neighbours in memory. */
static unsigned page_of(const struct list_case *c, unsigned entry)
{
    return entry * 7919ull % c->pages;
}

static void check_list(struct gpu *gpu, const struct list_case *c, bool direct)
{
    const unsigned probes[] = { 0, 1, c->entries / 2, c->entries - 1 };
    uint64_t pages = colored_pages(gpu, c->pages);
    struct wire_entry *entries;
    uint64_t addr;

    create(gpu, WIDTH, HEIGHT);
    entries = new_list(gpu, c->entries, &addr);
    for (unsigned i = 0; i < c->entries; i++) {
        entries[i].addr = pages + (uint64_t)page_of(c, i) * GUEST_PAGE;
        entries[i].length = GUEST_PAGE;
    }
    send_list(gpu, c->entries, addr, direct);
    for (unsigned i = 0; i < G_N_ELEMENTS(probes); i++) {
        transfer(gpu, i, (uint64_t)probes[i] * GUEST_PAGE);
        expect_row(gpu, i, color_of(page_of(c, probes[i])));
    }
}

static void test_list(const void *data)
{
    check_list(boot(512), data, false);
}

/* Without indirect tables the ring must have 129 slots: MMIO lets us. */
static void test_windows_list(void)
{
    static const struct list_case list = { "windows", 32400, 32400 };
    struct guest *guest = guest_start(&(struct guest_options){
        .machine = "microvm",
        .args = "-global virtio-mmio.force-legacy=false "
                "-device virtio-gpu-device,id=gpu",
        .ram_mib = 512,
    });
    struct gpu *gpu = gpu_at(virtio_mmio_find_gpu(guest), NULL);

    gpu_start(gpu, &(struct gpu_options){
        .size = { 256, 16 },
        .refuse = F_INDIRECT_DESC,
    });
    check_list(gpu, &list, true);
}

static void test_one_entry(void)
{
    const uint32_t bytes = 8192u * 4320 * 4;
    struct gpu *gpu = boot(256);
    struct wire_entry *entry;
    uint64_t addr, backing;
    const struct wire_transfer whole = {
        .header.type = CMD_TRANSFER_TO_HOST_2D,
        .rect = { 0, 0, 8192, 4320 },
        .resource_id = 1,
    };

    create(gpu, 8192, 4320);
    entry = new_list(gpu, 1, &addr);
    backing = guest_ram_alloc(gpu->guest, bytes);
    *entry = (struct wire_entry){ backing, bytes, 0 };
    for (unsigned i = 0; i < WIDTH; i++) {
        ((uint32_t *)guest_memory(gpu->guest, backing + bytes - 8192 * 4,
                                  8192 * 4))[i] = 0x00abcdef;
    }
    send_list(gpu, 1, addr, false);
    gpu_expect(gpu, &whole, sizeof(whole), RESP_OK_NODATA, "TRANSFER");
    expect_row(gpu, 4319, 0x00abcdef);
}

/* 80 times the same 64 MiB: 5 GiB, with a mark near the end of each. */
static void test_beyond_4_gib(void)
{
    struct gpu *gpu = boot(128);
    uint64_t addr, backing = guest_ram_alloc(gpu->guest, 64 * MiB);
    uint32_t *row = guest_memory(gpu->guest, backing + 60 * MiB, WIDTH * 4);
    struct wire_entry *entries = new_list(gpu, 80, &addr);
    struct wire_transfer beyond = {
        .header.type = CMD_TRANSFER_TO_HOST_2D,
        .rect = { 0, 0, WIDTH, 1 },
        .offset = 80 * 64 * MiB - WIDTH * 4 + 4,
        .resource_id = 1,
    };

    create(gpu, WIDTH, HEIGHT);
    for (unsigned i = 0; i < 80; i++) {
        entries[i] = (struct wire_entry){ backing, 64 * MiB, 0 };
    }
    for (unsigned i = 0; i < WIDTH; i++) {
        row[i] = 0x00c0ffee;
    }
    send_list(gpu, 80, addr, false);
    transfer(gpu, 3, 64 * 64 * MiB + 60 * MiB);
    expect_row(gpu, 3, 0x00c0ffee);
    transfer(gpu, 4, 80 * 64 * MiB - 4 * MiB);
    expect_row(gpu, 4, 0x00c0ffee);
    gpu_expect(gpu, &beyond, sizeof(beyond), RESP_ERR_PARAMETER,
               "TRANSFER that ends 4 bytes behind 5 GiB");
}

int main(int argc, char **argv)
{
    static const struct list_case lists[] = {
        { "T-052/16384-entries", 16384, 16384 },
        { "T-052,T-448/65536-entries", 65536, 65536 },
        { "T-628/32400-entries-indirect", 32400, 32400 },
    };

    harness_init(&argc, &argv);
    for (unsigned i = 0; i < G_N_ELEMENTS(lists); i++) {
        g_autofree char *path = g_strdup_printf("/%s", lists[i].name);

        harness_add_data(path, test_list, &lists[i]);
    }
    harness_add("/T-628/32400-entries-in-129-slots", test_windows_list);
    harness_add("/T-048/one-entry-of-141-mib", test_one_entry);
    harness_add("/T-454/beyond-4-gib", test_beyond_4_gib);
    return harness_run();
}
