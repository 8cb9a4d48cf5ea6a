/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * State that is listed in one device and made again in another.
 */
#include "hw/virtio/vgpu/snapshot.h"

#include <string.h>

#include "command.h"
#include "driver.h"
#include "hw/virtio/vgpu/backing.h"

#define SIDE 64u                /* px */
#define BYTES (SIDE * SIDE * 4)

static const struct vgpu_rect part = { 8, 4, 40, 32 };

/* Two pieces that follow each other and one that does not. */
static void attach(struct fake_driver *driver, uint32_t id)
{
    struct guest_memory *memory = driver->host->memory;
    uint64_t addr = guest_memory_alloc(memory, BYTES, true);
    uint64_t apart = guest_memory_alloc(memory, BYTES, true);
    const struct vgpu_mem_entry entries[] = {
        { addr, BYTES / 4 }, { addr + BYTES / 4, BYTES / 4 },
        { apart + 4096, BYTES / 2 },
    };

    for (unsigned i = 0; i < BYTES / 8; i++) {
        vgpu_wire_put32(guest_memory_pointer(memory, addr + i * 4, 4),
                        i * 0x01030507);
    }
    g_assert_cmphex(DRIVER_LIST(driver, "RESOURCE_ATTACH_BACKING", entries, 3,
                                { "id", 0, id }), ==, OK_NODATA);
}

static void create(struct fake_driver *driver, uint32_t id, uint32_t format)
{
    g_assert_cmphex(DRIVER_COMMAND(driver, "RESOURCE_CREATE_2D",
                                   { "id", 0, id }, { "format", 0, format },
                                   { "width", 0, SIDE },
                                   { "height", 0, SIDE }), ==, OK_NODATA);
}

/* An image on head 1 in part, the cursor of head 2, another without memory. */
static void populate(struct fake_driver *driver)
{
    create(driver, 9, 67);
    attach(driver, 9);
    create(driver, 3, 1);
    DRIVER_COMMAND(driver, "TRANSFER_TO_HOST_2D", { "id", 0, 9 },
                   DRIVER_RECT(0, 0, SIDE, SIDE));
    DRIVER_COMMAND(driver, "SET_SCANOUT", { "id", 0, 9 }, { "scanout", 0, 1 },
                   DRIVER_RECT(part.x, part.y, part.width, part.height));
    DRIVER_COMMAND(driver, "RESOURCE_FLUSH", { "id", 0, 9 },
                   DRIVER_RECT(0, 0, SIDE, SIDE));
    DRIVER_COMMAND(driver, "UPDATE_CURSOR", { "id", 0, 9 },
                   { "scanout", 0, 2 }, { "hot_x", 0, 5 }, { "hot_y", 0, 6 });
}

static struct vgpu_restore_spec spec_of(const struct vgpu_resource *resource)
{
    struct vgpu_restore_spec spec = {
        .id = resource->id,
        .kind = resource->kind,
        .width = resource->image.width,
        .height = resource->image.height,
        .format = resource->image.format,
    };
    struct vgpu_mem_entry entry;
    uint64_t position = 0;

    while (resource->backing &&
           vgpu_backing_next_entry(resource->backing, &position, &entry)) {
        spec.num_entries++;
    }
    return spec;
}

static void copy(struct vgpu_device *from, struct vgpu_device *to,
                 const struct vgpu_resource *resource)
{
    struct vgpu_restore_spec spec = spec_of(resource);
    char reason[VGPU_REASON_BYTES];
    struct vgpu_restore restore;
    uint64_t position = 0;

    g_assert_cmphex(vgpu_restore_begin(to, &spec, &restore, reason), ==,
                    VGPU_OK);
    g_assert_cmpuint(restore.pixel_bytes, ==, BYTES);
    memcpy(restore.pixels, vgpu_snapshot_pixels(from, resource), BYTES);
    for (uint32_t i = 0; i < spec.num_entries; i++) {
        uint8_t *at = restore.entries + (size_t)i * VGPU_WIRE_MEM_ENTRY_BYTES;
        struct vgpu_mem_entry entry;

        g_assert_true(vgpu_backing_next_entry(resource->backing, &position,
                                              &entry));
        vgpu_wire_put64(at, entry.addr);
        vgpu_wire_put32(at + 8, entry.length);
    }
    g_assert_cmphex(vgpu_restore_finish(to, &restore, reason), ==, VGPU_OK);
}

static void copy_all(struct vgpu_device *from, struct vgpu_device *to)
{
    char reason[VGPU_REASON_BYTES];
    uint32_t count;
    g_autofree const struct vgpu_resource **list =
        vgpu_snapshot_resources(from, &count);

    for (uint32_t i = 0; i < count; i++) {
        g_assert_true(i == 0 || list[i - 1]->id < list[i]->id);
        copy(from, to, list[i]);
    }
    for (uint32_t i = 0; i < driver_config.num_scanouts; i++) {
        struct vgpu_saved_scanout saved;

        vgpu_snapshot_scanout(from, i, &saved);
        g_assert_cmphex(vgpu_restore_scanout(to, i, &saved, reason), ==,
                        VGPU_OK);
    }
}

/* The driver finds what it had; the displays show what they did. */
static void test_round_trip(void)
{
    struct fake_driver driver;
    struct fake_scanout *head;
    struct vgpu_device *other;
    g_autofree uint32_t *pixels = NULL;
    size_t bytes = (size_t)part.width * part.height * 4;

    fake_driver_init(&driver, &driver_config);
    populate(&driver);
    head = &driver.host->scanouts[1];
    pixels = g_memdup2(head->pixels, bytes);
    other = driver.dev;
    driver.dev = fake_host_device(driver.host, &driver_config);
    memset(head->pixels, 0, bytes);
    driver.host->scanouts[2].cursor_visible = false;
    copy_all(other, driver.dev);
    g_assert_cmpmem(head->pixels, bytes, pixels, bytes);
    g_assert_true(driver.host->scanouts[2].cursor_visible);
    g_assert_cmpuint(driver.host->scanouts[2].hot_y, ==, 6);
    g_assert_cmphex(DRIVER_COMMAND(&driver, "TRANSFER_TO_HOST_2D",
                                   { "id", 0, 9 },
                                   DRIVER_RECT(0, 0, SIDE, SIDE)),
                    ==, OK_NODATA);
    g_assert_cmphex(DRIVER_COMMAND(&driver, "RESOURCE_DETACH_BACKING",
                                   { "id", 0, 3 }), ==, ERR_UNSPEC);
    vgpu_device_destroy(driver.dev);
    driver.dev = other;
    fake_driver_finish(&driver);
}

/* Entries that follow each other come back as one. */
static void test_entries(void)
{
    struct fake_driver driver;
    struct vgpu_mem_entry entry;
    uint64_t position = 0, bytes = 0;
    unsigned num = 0;
    uint32_t count;
    g_autofree const struct vgpu_resource **list = NULL;

    fake_driver_init(&driver, &driver_config);
    populate(&driver);
    list = vgpu_snapshot_resources(driver.dev, &count);
    g_assert_cmpuint(count, ==, 2);
    while (vgpu_backing_next_entry(list[1]->backing, &position, &entry)) {
        bytes += entry.length;
        num++;
    }
    g_assert_cmpuint(bytes, ==, BYTES);
    g_assert_cmpuint(num, ==, 2);
    fake_driver_finish(&driver);
}

static const struct refusal {
    const char *name;
    struct vgpu_restore_spec spec;
    const char *reason;
} refusals[] = {
    { "id-0", { .id = 0, .width = 1, .height = 1, .format = 1 }, "reserved" },
    { "id-twice", { .id = 9, .width = 1, .height = 1, .format = 1 },
      "in use" },
    { "format", { .id = 1, .width = 1, .height = 1, .format = 5 },
      "format 5" },
    { "size", { .id = 1, .width = 0x8000, .height = 1, .format = 1 },
      "32768 x 1" },
    { "budget", { .id = 1, .width = 32767, .height = 32767, .format = 1 },
      "max_hostmem" },
    { "entries", { .id = 1, .width = 1, .height = 1, .format = 1,
                   .num_entries = UINT32_MAX }, "max_hostmem" },
    { "blob", { .id = 1, .kind = VGPU_RESOURCE_GUEST_BLOB }, "0 bytes" },
};

/* Nothing is held of it, and the host hears of no guest's mistake. */
static void test_refusal(const void *data)
{
    const struct refusal *refusal = data;
    struct fake_driver driver;
    struct vgpu_restore restore;
    char reason[VGPU_REASON_BYTES];
    uint64_t held;
    unsigned errors;

    fake_driver_init(&driver, &driver_config);
    populate(&driver);
    held = vgpu_device_memory(driver.dev).held;
    errors = driver.host->num_guest_errors;
    g_assert_cmphex(vgpu_restore_begin(driver.dev, &refusal->spec, &restore,
                                       reason), !=, VGPU_OK);
    g_assert_nonnull(strstr(reason, refusal->reason));
    g_assert_cmpuint(vgpu_device_memory(driver.dev).held, ==, held);
    g_assert_cmpuint(driver.host->num_guest_errors, ==, errors);
    fake_driver_finish(&driver);
}

/* A reset meanwhile does not touch what is being filled. */
static void test_reset_meanwhile(void)
{
    static const struct vgpu_restore_spec spec = {
        .id = 9, .width = SIDE, .height = SIDE, .format = 1,
    };
    struct fake_driver driver;
    struct vgpu_restore restore, twin;
    char reason[VGPU_REASON_BYTES];

    fake_driver_init(&driver, &driver_config);
    g_assert_cmphex(vgpu_restore_begin(driver.dev, &spec, &restore, reason),
                    ==, VGPU_OK);
    g_assert_cmphex(vgpu_restore_begin(driver.dev, &spec, &twin, reason), ==,
                    VGPU_OK);
    vgpu_device_reset(driver.dev);
    memset(restore.pixels, 1, restore.pixel_bytes);
    g_assert_cmphex(vgpu_restore_finish(driver.dev, &restore, reason), ==,
                    VGPU_OK);
    g_assert_cmphex(vgpu_restore_finish(driver.dev, &twin, reason), ==,
                    VGPU_ERR_RESOURCE_ID);
    g_assert_cmpuint(vgpu_device_num_resources(driver.dev), ==, 1);
    fake_driver_finish(&driver);
}

/* What a stream can say of a scanout and a UUID. */
static void test_scanout_refusals(void)
{
    struct vgpu_saved_scanout saved = {
        .resource_id = 77, .rect = { 0, 0, 16, 16 },
    };
    static const uint8_t uuid[16] = { 1 };
    struct fake_driver driver;
    char reason[VGPU_REASON_BYTES];

    fake_driver_init(&driver, &driver_config);
    populate(&driver);
    g_assert_cmphex(vgpu_restore_scanout(driver.dev, 0, &saved, reason), ==,
                    VGPU_ERR_RESOURCE_ID);
    saved.resource_id = 9;
    saved.rect.x = SIDE - 15;
    g_assert_cmphex(vgpu_restore_scanout(driver.dev, 0, &saved, reason), ==,
                    VGPU_ERR_PARAMETER);
    g_assert_nonnull(strstr(reason, "of 64x64"));
    saved.rect.x = 0;
    saved.cursor.resource_id = 77;
    g_assert_cmphex(vgpu_restore_scanout(driver.dev, 2, &saved, reason), ==,
                    VGPU_OK);
    g_assert_false(driver.host->scanouts[2].cursor_visible);
    g_assert_false(vgpu_restore_uuid(driver.dev, 77, uuid));
    g_assert_true(vgpu_restore_uuid(driver.dev, 9, uuid));
    fake_driver_finish(&driver);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/snapshot/round-trip", test_round_trip);
    g_test_add_func("/snapshot/entries", test_entries);
    g_test_add_func("/snapshot/reset-meanwhile", test_reset_meanwhile);
    g_test_add_func("/snapshot/scanout-refusals", test_scanout_refusals);
    for (unsigned i = 0; i < G_N_ELEMENTS(refusals); i++) {
        g_autofree char *path = g_strdup_printf("/snapshot/refusal/%s",
                                                refusals[i].name);

        g_test_add_data_func(path, &refusals[i], test_refusal);
    }
    return g_test_run();
}
