/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "hw/virtio/vgpu/backing.h"

#include <string.h>

#include "driver.h"
#include "fake-host.h"
#include "hw/virtio/vgpu/budget.h"

#define PAGE 4096u
#define MIB (1ull << 20)
#define REGION_BYTES (16u * PAGE)
#define MAX_ENTRIES 20

struct fixture {
    struct fake_host *host;
    struct vgpu_budget *budget;
    uint64_t ram;
    uint64_t region;
    uint64_t other;
    uint8_t wire[MAX_ENTRIES * VGPU_WIRE_MEM_ENTRY_BYTES];
    struct vgpu_entry_list list;
};

static void set_up(struct fixture *f, const void *translates)
{
    uint32_t *words;

    f->host = fake_host_create(4 * MIB);
    f->host->translates = translates != NULL;
    f->budget = vgpu_budget_create(4 * MIB, 0);
    f->ram = guest_memory_alloc(f->host->memory, REGION_BYTES, true);
    f->region = guest_memory_alloc_device(f->host->memory, REGION_BYTES);
    f->other = guest_memory_alloc_device(f->host->memory, REGION_BYTES);
    words = (uint32_t *)guest_memory_pointer(f->host->memory, f->region,
                                             REGION_BYTES);
    for (uint32_t i = 0; i < REGION_BYTES / 4; i++) {
        words[i] = i * 2654435761u;
    }
    f->list = (struct vgpu_entry_list) {
        .entries = f->wire,
        .takes_devices = true,
    };
}

static void tear_down(struct fixture *f, const void *translates)
{
    (void)translates;
    g_assert_cmpuint(guest_memory_num_mappings(f->host->memory), ==, 0);
    g_assert_cmpuint(vgpu_budget_usage(f->budget).held, ==, 0);
    vgpu_budget_destroy(f->budget);
    fake_host_destroy(f->host);
}

static void add(struct fixture *f, uint64_t addr, uint32_t length)
{
    uint8_t *p = f->wire + f->list.count++ * VGPU_WIRE_MEM_ENTRY_BYTES;

    g_assert(f->list.count <= MAX_ENTRIES);
    vgpu_wire_put64(p, addr);
    vgpu_wire_put32(p + 8, length);
    vgpu_wire_put32(p + 12, 0xdeadbeef);
}

static struct vgpu_backing *create(struct fixture *f)
{
    struct vgpu_backing *backing = NULL;

    g_assert_cmphex(vgpu_backing_create(&fake_host_ops, f->host, f->budget,
                                        &f->list, &backing), ==, VGPU_OK);
    g_assert_true(vgpu_backing_is_device(backing));
    return backing;
}

static void expect_refused(struct fixture *f, const char *complaint)
{
    struct vgpu_backing *backing = NULL;

    f->list.complaint = NULL;
    g_assert_cmphex(vgpu_backing_create(&fake_host_ops, f->host, f->budget,
                                        &f->list, &backing), ==,
                    VGPU_ERR_UNSPEC);
    g_assert_nonnull(strstr(f->list.complaint, complaint));
    g_assert_cmpuint(guest_memory_num_mappings(f->host->memory), ==, 0);
    f->list.count = 0;
}

static bool read_bytes(const struct vgpu_backing *backing, uint64_t offset,
                       uint8_t *dest, uint64_t bytes)
{
    struct vgpu_backing_copy copy = {
        .offset = offset, .stride = bytes, .dest_stride = bytes,
        .line = bytes, .rows = 1, .dest = dest,
    };

    return vgpu_backing_read(backing, &copy);
}

static unsigned num_entries(const struct vgpu_backing *backing)
{
    struct vgpu_mem_entry entry;
    uint64_t position = 0;
    unsigned count = 0;

    while (vgpu_backing_next_entry(backing, &position, &entry)) {
        count++;
    }
    return count;
}

static void test_read(struct fixture *f, const void *translates)
{
    const uint8_t *pixels = guest_memory_pointer(f->host->memory, f->region,
                                                 REGION_BYTES);
    struct vgpu_backing *backing;
    uint8_t dest[3 * PAGE];
    uint32_t pieces;

    (void)translates;
    add(f, f->region + 5 * PAGE, PAGE);
    add(f, f->region + 6 * PAGE, PAGE);
    add(f, f->region, PAGE);
    backing = create(f);
    g_assert_cmpuint(vgpu_backing_bytes(backing), ==, 3 * PAGE);
    g_assert_cmpuint(num_entries(backing), ==, 2);
    g_assert_true(read_bytes(backing, 0, dest, 3 * PAGE));
    g_assert_cmpmem(dest, 2 * PAGE, pixels + 5 * PAGE, 2 * PAGE);
    g_assert_cmpmem(dest + 2 * PAGE, PAGE, pixels, PAGE);
    g_assert_true(read_bytes(backing, 2 * PAGE - 3, dest, 7));
    g_assert_cmpmem(dest, 3, pixels + 7 * PAGE - 3, 3);
    g_assert_cmpmem(dest + 3, 4, pixels, 4);
    /* Nobody gets a pointer that a guest could pull away. */
    g_assert_null(vgpu_backing_peek(backing, 0, 4));
    g_assert_null(vgpu_backing_iov(backing, &pieces));
    vgpu_backing_destroy(backing);
}

/* However small the pieces are that translation comes in. */
static void test_merge(struct fixture *f, const void *translates)
{
    struct vgpu_backing *backing;
    uint8_t dest[REGION_BYTES];

    (void)translates;
    guest_memory_set_longest(f->host->memory, PAGE);
    add(f, f->region, REGION_BYTES);
    backing = create(f);
    g_assert_cmpuint(num_entries(backing), ==, 1);
    g_assert_true(read_bytes(backing, 0, dest, REGION_BYTES));
    g_assert_cmpmem(dest, REGION_BYTES,
                    guest_memory_pointer(f->host->memory, f->region,
                                         REGION_BYTES), REGION_BYTES);
    vgpu_backing_destroy(backing);
}

static void test_refused(struct fixture *f, const void *translates)
{
    (void)translates;
    add(f, f->ram, PAGE);
    add(f, f->region, PAGE);
    expect_refused(f, "those before it are memory of the guest");
    add(f, f->region, PAGE);
    add(f, f->ram, PAGE);
    expect_refused(f, "those before it are memory of a device");
    add(f, f->region, PAGE);
    add(f, f->other, PAGE);
    expect_refused(f, "several devices");
    add(f, f->region, REGION_BYTES + 1);
    expect_refused(f, "not memory");
    f->list.takes_devices = false;
    add(f, f->region, PAGE);
    expect_refused(f, "only be that of a guest blob");
}

static void test_revoked(struct fixture *f, const void *translates)
{
    struct vgpu_backing *backing;
    uint8_t dest[2 * PAGE];

    (void)translates;
    add(f, f->region, 2 * PAGE);
    backing = create(f);
    guest_memory_set_revoked(f->host->memory, f->region + PAGE, PAGE, true);
    g_assert_false(read_bytes(backing, 0, dest, 2 * PAGE));
    g_assert_true(read_bytes(backing, 0, dest, PAGE));
    guest_memory_set_revoked(f->host->memory, f->region, PAGE, true);
    g_assert_false(read_bytes(backing, 0, dest, 1));
    guest_memory_set_revoked(f->host->memory, f->region, 2 * PAGE, false);
    g_assert_true(read_bytes(backing, 0, dest, 2 * PAGE));
    vgpu_backing_destroy(backing);
}

static void check_dmabuf(const struct fixture *f, unsigned index,
                         uint64_t offset, uint64_t bytes)
{
    const struct vgpu_device_piece *piece =
        &g_array_index(f->host->dmabuf, struct vgpu_device_piece, index);

    g_assert_cmpuint(f->host->dmabuf->len, >, index);
    g_assert_cmpuint(piece->offset, ==, offset);
    g_assert_cmpuint(piece->bytes, ==, bytes);
}

/* Once, of all of it in its order, and not longer than the backing. */
static void test_dmabuf(struct fixture *f, const void *translates)
{
    struct vgpu_backing *backing;
    int fd;

    (void)translates;
    add(f, f->region + 5 * PAGE, 2 * PAGE);
    add(f, f->region, PAGE);
    backing = create(f);
    g_assert_cmpuint(f->host->num_dmabufs, ==, 0);
    fd = vgpu_backing_dmabuf(backing);
    g_assert_cmpint(fd, >=, 0);
    g_assert_cmpint(vgpu_backing_dmabuf(backing), ==, fd);
    g_assert_cmpuint(f->host->num_dmabufs, ==, 1);
    g_assert_cmpuint(f->host->dmabuf->len, ==, 2);
    check_dmabuf(f, 0, 5 * PAGE, 2 * PAGE);
    check_dmabuf(f, 1, 0, PAGE);
    vgpu_backing_destroy(backing);
    g_assert_cmpuint(f->host->num_dmabufs, ==, 0);
}

static void test_no_dmabuf(struct fixture *f, const void *translates)
{
    struct vgpu_backing *backing;

    (void)translates;
    f->host->no_dmabuf = true;
    add(f, f->region, PAGE);
    backing = create(f);
    g_assert_cmpint(vgpu_backing_dmabuf(backing), ==, -1);
    f->host->no_dmabuf = false;
    g_assert_cmpint(vgpu_backing_dmabuf(backing), ==, -1);
    vgpu_backing_destroy(backing);
}

/* The guest's own memory has one where it stays where it is. */
static void test_dmabuf_of_memory(struct fixture *f, const void *translates)
{
    struct vgpu_backing *backing = NULL;

    add(f, f->ram + 3 * PAGE, PAGE);
    add(f, f->ram, 2 * PAGE);
    g_assert_cmphex(vgpu_backing_create(&fake_host_ops, f->host, f->budget,
                                        &f->list, &backing), ==, VGPU_OK);
    g_assert_false(vgpu_backing_is_device(backing));
    if (translates) {
        g_assert_cmpint(vgpu_backing_dmabuf(backing), ==, -1);
    } else {
        g_assert_cmpint(vgpu_backing_dmabuf(backing), >=, 0);
        g_assert_cmpuint(f->host->dmabuf->len, ==, 2);
        check_dmabuf(f, 0, 3 * PAGE, PAGE);
        check_dmabuf(f, 1, 0, 2 * PAGE);
    }
    vgpu_backing_destroy(backing);
    g_assert_cmpuint(f->host->num_dmabufs, ==, 0);
}

static uint32_t create_blob(struct fake_driver *driver, uint32_t id,
                            uint32_t flags, uint64_t addr)
{
    struct vgpu_mem_entry entry = { addr, PAGE };

    return DRIVER_LIST(driver, "RESOURCE_CREATE_BLOB", &entry, 1,
                       { "id", 0, id }, { "mem", 0, VGPU_BLOB_MEM_GUEST },
                       { "blob_flags", 0, flags }, { "size", 0, PAGE },
                       { "nr_entries", 0, 1 });
}

static uint32_t attach(struct fake_driver *driver, uint32_t id, uint64_t addr)
{
    struct vgpu_mem_entry entry = { addr, PAGE };

    return DRIVER_LIST(driver, "RESOURCE_ATTACH_BACKING", &entry, 1,
                       { "id", 0, id }, { "nr_entries", 0, 1 });
}

/*
 * What others will see has its dma-buf before a display asks for it; it goes with
 * UNREF and DETACH_BACKING, and another comes with ATTACH_BACKING.
 */
static void test_early(void)
{
    static const struct {
        uint32_t flags;
        bool of_device;
        unsigned dmabufs;
    } cases[] = {
        { 0, true, 0 },
        { VGPU_BLOB_FLAG_MAPPABLE, true, 0 },
        { VGPU_BLOB_FLAG_SHAREABLE, true, 1 },
        { VGPU_BLOB_FLAG_CROSS_DEVICE, true, 1 },
        { VGPU_BLOB_FLAG_SHAREABLE, false, 0 },
    };
    struct fake_driver driver;
    struct guest_memory *memory;
    uint64_t region, ram;

    fake_driver_init(&driver, &driver_config);
    memory = driver.host->memory;
    region = guest_memory_alloc_device(memory, REGION_BYTES);
    ram = guest_memory_alloc(memory, REGION_BYTES, true);
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        uint64_t addr = cases[i].of_device ? region : ram;

        g_test_message("flags %u", cases[i].flags);
        g_assert_cmphex(create_blob(&driver, 1, cases[i].flags, addr), ==,
                        VGPU_OK);
        g_assert_cmpuint(driver.host->num_dmabufs, ==, cases[i].dmabufs);
        g_assert_cmphex(DRIVER_COMMAND(&driver, "RESOURCE_DETACH_BACKING",
                                       { "id", 0, 1 }), ==, VGPU_OK);
        g_assert_cmpuint(driver.host->num_dmabufs, ==, 0);
        g_assert_cmphex(attach(&driver, 1, addr + PAGE), ==, VGPU_OK);
        g_assert_cmpuint(driver.host->num_dmabufs, ==, cases[i].dmabufs);
        g_assert_cmphex(DRIVER_COMMAND(&driver, "RESOURCE_UNREF",
                                       { "id", 0, 1 }), ==, VGPU_OK);
        g_assert_cmpuint(driver.host->num_dmabufs, ==, 0);
    }
    /* A reset ends it as well. */
    g_assert_cmphex(create_blob(&driver, 1, VGPU_BLOB_FLAG_SHAREABLE, region),
                    ==, VGPU_OK);
    fake_host_reset(driver.host, driver.dev);
    g_assert_cmpuint(driver.host->num_dmabufs, ==, 0);
    fake_driver_finish(&driver);
}

static void add_test(const char *name, const void *translates,
                     void (*test)(struct fixture *f, const void *translates))
{
    g_autofree char *path = g_strdup_printf("/backing-device/%s/%s",
                                            translates ? "translated"
                                                       : "direct", name);

    g_test_add(path, struct fixture, translates, set_up, test, tear_down);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    for (int translated = 0; translated < 2; translated++) {
        const void *mode = translated ? "" : NULL;

        add_test("read", mode, test_read);
        add_test("merge", mode, test_merge);
        add_test("refused", mode, test_refused);
        add_test("revoked", mode, test_revoked);
        add_test("dmabuf", mode, test_dmabuf);
        add_test("no-dmabuf", mode, test_no_dmabuf);
        add_test("dmabuf-of-memory", mode, test_dmabuf_of_memory);
    }
    g_test_add_func("/backing-device/early", test_early);
    return g_test_run();
}
