/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What scripts cannot see: exact damage, calls into the host, messages.
 */
#include "hw/virtio/vgpu/device.h"

#include <string.h>

#include "command.h"
#include "driver.h"
#include "hw/virtio/vgpu/format.h"

/* An image with backing on the heads that are given, already flushed. */
static void show_image(struct fake_driver *driver, uint32_t id, uint32_t side)
{
    struct vgpu_mem_entry entry = { .length = side * side * 4 };

    entry.addr = guest_memory_alloc(driver->host->memory, entry.length, true);
    DRIVER_COMMAND(driver, "RESOURCE_CREATE_2D", { "id", 0, id },
                   { "format", 0, 2 }, { "width", 0, side },
                   { "height", 0, side });
    DRIVER_LIST(driver, "RESOURCE_ATTACH_BACKING", &entry, 1,
                { "id", 0, id });
    DRIVER_COMMAND(driver, "TRANSFER_TO_HOST_2D", { "id", 0, id },
                   DRIVER_RECT(0, 0, side, side));
}

static void set_scanout(struct fake_driver *driver, uint32_t head, uint32_t id,
                        const struct vgpu_rect *r)
{
    g_assert_cmphex(DRIVER_COMMAND(driver, "SET_SCANOUT",
                                   { "id", 0, id }, { "scanout", 0, head },
                                   DRIVER_RECT(r->x, r->y, r->width,
                                               r->height)),
                    ==, OK_NODATA);
}

static void flush(struct fake_driver *driver, uint32_t id,
                  const struct vgpu_rect *r)
{
    for (unsigned head = 0; head < driver->host->num_scanouts; head++) {
        g_array_set_size(driver->host->scanouts[head].damage, 0);
    }
    g_assert_cmphex(DRIVER_COMMAND(driver, "RESOURCE_FLUSH", { "id", 0, id },
                                   DRIVER_RECT(r->x, r->y, r->width,
                                               r->height)),
                    ==, OK_NODATA);
}

static void assert_damage(struct fake_driver *driver, unsigned head,
                          const struct vgpu_rect *expected)
{
    const GArray *damage = driver->host->scanouts[head].damage;

    if (!expected) {
        g_assert_cmpuint(damage->len, ==, 0);
        return;
    }
    g_assert_cmpuint(damage->len, ==, 1);
    g_assert_cmpmem(damage->data, sizeof(*expected), expected,
                    sizeof(*expected));
}

/* Clipped to each head and in its own coordinates. */
static void test_damage(void)
{
    const struct vgpu_rect all = { 0, 0, 128, 128 };
    const struct vgpu_rect left = { 0, 0, 64, 64 };
    const struct vgpu_rect right = { 48, 32, 64, 64 };
    struct fake_driver driver;

    fake_driver_init(&driver, &driver_config);
    show_image(&driver, 1, 128);
    set_scanout(&driver, 0, 1, &left);
    set_scanout(&driver, 1, 1, &right);
    flush(&driver, 1, &all);
    assert_damage(&driver, 0, &(struct vgpu_rect) { 0, 0, 64, 64 });
    assert_damage(&driver, 1, &(struct vgpu_rect) { 0, 0, 64, 64 });
    flush(&driver, 1, &(struct vgpu_rect) { 40, 40, 20, 10 });
    assert_damage(&driver, 0, &(struct vgpu_rect) { 40, 40, 20, 10 });
    assert_damage(&driver, 1, &(struct vgpu_rect) { 0, 8, 12, 10 });
    flush(&driver, 1, &(struct vgpu_rect) { 70, 90, 58, 38 });
    assert_damage(&driver, 0, NULL);
    assert_damage(&driver, 1, &(struct vgpu_rect) { 22, 58, 42, 6 });
    flush(&driver, 1, &(struct vgpu_rect) { 10, 10, 0, 5 });
    assert_damage(&driver, 0, NULL);
    assert_damage(&driver, 1, NULL);
    assert_damage(&driver, 2, NULL);
    fake_driver_finish(&driver);
}

/* Others' flushes do not reach a head. */
static void test_damage_of_others(void)
{
    const struct vgpu_rect all = { 0, 0, 32, 32 };
    struct fake_driver driver;

    fake_driver_init(&driver, &driver_config);
    show_image(&driver, 1, 32);
    show_image(&driver, 2, 32);
    set_scanout(&driver, 0, 1, &all);
    flush(&driver, 1, &all);
    set_scanout(&driver, 0, 2, &all);
    flush(&driver, 1, &all);
    assert_damage(&driver, 0, NULL);
    flush(&driver, 2, &all);
    assert_damage(&driver, 0, &all);
    fake_driver_finish(&driver);
}

static void set_blob(struct fake_driver *driver, const struct vgpu_rect *r,
                     uint32_t format, uint32_t stride, uint32_t offset)
{
    g_assert_cmphex(DRIVER_COMMAND(driver, "SET_SCANOUT_BLOB",
                                   { "id", 0, 1 }, { "width", 0, 32 },
                                   { "height", 0, 16 }, { "format", 0, format },
                                   { "stride", 0, stride },
                                   { "offset", 0, offset },
                                   DRIVER_RECT(r->x, r->y, r->width,
                                               r->height)),
                    ==, OK_NODATA);
}

/*
 * Drivers set the same scanout before each flush: that is no new picture.
 * Whatever differs makes it one, and the next flush shows all of it.
 */
static void test_same_picture(void)
{
    static const struct {
        struct vgpu_rect rect;
        uint32_t format, stride, offset;
    } pictures[] = {
        { { 0, 0, 16, 8 }, 2, 128, 0 },
        { { 1, 0, 16, 8 }, 2, 128, 0 },
        { { 1, 1, 16, 8 }, 2, 128, 0 },
        { { 1, 1, 17, 8 }, 2, 128, 0 },
        { { 1, 1, 17, 9 }, 2, 128, 0 },
        { { 1, 1, 17, 9 }, 1, 128, 0 },
        { { 1, 1, 17, 9 }, 1, 132, 0 },
        { { 1, 1, 17, 9 }, 1, 132, 4 },
    };
    const struct vgpu_rect part = { 4, 4, 2, 2 };
    struct vgpu_mem_entry entry = { .length = 4096 };
    struct fake_driver driver;

    fake_driver_init(&driver, &driver_config);
    entry.addr = guest_memory_alloc(driver.host->memory, 4096, true);
    DRIVER_LIST(&driver, "RESOURCE_CREATE_BLOB", &entry, 1, { "id", 0, 1 },
                { "mem", 0, 1 }, { "size", 0, 4096 });
    for (unsigned i = 0; i < G_N_ELEMENTS(pictures); i++) {
        const struct vgpu_rect *r = &pictures[i].rect;

        for (unsigned again = 0; again < 2; again++) {
            set_blob(&driver, r, pictures[i].format, pictures[i].stride,
                     pictures[i].offset);
            flush(&driver, 1, &part);
            assert_damage(&driver, 0, again
                          ? &(struct vgpu_rect) { 4 - r->x, 4 - r->y, 2, 2 }
                          : &(struct vgpu_rect) { 0, 0, r->width, r->height });
        }
    }
    fake_driver_finish(&driver);
}

/* A display without room is not the guest's fault; it gets all of it later. */
static void test_no_room(void)
{
    const struct vgpu_rect all = { 0, 0, 32, 32 }, part = { 4, 4, 2, 2 };
    struct fake_driver driver;

    fake_driver_init(&driver, &driver_config);
    show_image(&driver, 1, 32);
    set_scanout(&driver, 0, 1, &all);
    set_scanout(&driver, 1, 1, &all);
    flush(&driver, 1, &all);
    driver.host->scanouts[0].no_room = true;
    flush(&driver, 1, &part);
    assert_damage(&driver, 1, &part);
    driver.host->scanouts[0].no_room = false;
    flush(&driver, 1, &part);
    assert_damage(&driver, 0, &all);
    assert_damage(&driver, 1, &part);
    flush(&driver, 1, &part);
    assert_damage(&driver, 0, &part);
    fake_driver_finish(&driver);
}

/* A move touches nothing of the device and no host function but messages. */
static void test_move(void)
{
    struct fake_driver driver;
    unsigned completed;

    fake_driver_init(&driver, &driver_config);
    completed = driver.host->num_completed;
    g_assert_cmphex(DRIVER_COMMAND(&driver, "MOVE_CURSOR", { "x", 0, 5 },
                                   { "y", 0, 6 }, { "fence", 0, 3 }),
                    ==, OK_NODATA);
    g_assert_cmpint(driver.host->scanouts[0].cursor_x, ==, 5);
    g_assert_cmpint(driver.host->scanouts[0].cursor_y, ==, 6);
    g_assert_cmphex(get_le64(driver.reply + 8), ==, 3);
    /* Only by the fake host itself. */
    g_assert_cmpuint(driver.host->num_completed, ==, completed + 1);
    g_assert_cmphex(DRIVER_COMMAND(&driver, "MOVE_CURSOR",
                                   { "scanout", 0, 4 }),
                    ==, VGPU_ERR_SCANOUT_ID);
    fake_driver_finish(&driver);
}

static void test_display_info(void)
{
    struct fake_driver driver;

    fake_driver_init(&driver, &driver_config);
    driver.host->scanouts[2].mode = (struct vgpu_mode) {
        .rect = { 1280, 16, 640, 480 }, .enabled = true,
    };
    DRIVER_COMMAND(&driver, "GET_DISPLAY_INFO", { "ctx", 0, 0 });
    g_assert_cmpuint(driver.host->num_info_reads, ==, 1);
    g_assert_cmpuint(get_le32(driver.reply + 24 + 2 * 24), ==, 1280);
    g_assert_cmpuint(get_le32(driver.reply + 24 + 2 * 24 + 4), ==, 16);
    g_assert_cmpuint(get_le32(driver.reply + 24 + 2 * 24 + 8), ==, 640);
    g_assert_cmpuint(get_le32(driver.reply + 24 + 2 * 24 + 12), ==, 480);
    g_assert_cmpuint(get_le32(driver.reply + 24 + 2 * 24 + 16), ==, 1);
    /* A disabled head has no rectangle, whatever the host remembers. */
    driver.host->scanouts[2].mode.enabled = false;
    DRIVER_COMMAND(&driver, "GET_DISPLAY_INFO", { "ctx", 0, 0 });
    for (unsigned at = 24 + 2 * 24; at < 24 + 3 * 24; at++) {
        g_assert_cmpuint(driver.reply[at], ==, 0);
    }
    /* Without room nothing is read: the event is not answered. */
    g_assert_cmpuint(driver.host->num_info_reads, ==, 2);
    fake_driver_send(&driver, VGPU_QUEUE_CONTROL,
                     (const uint8_t[24]) { 0, 1 }, 24, 407);
    g_assert_cmpuint(driver.host->num_info_reads, ==, 2);
    fake_driver_finish(&driver);
}

/* Each mistake is reported once, by name; successes never. */
static void test_messages(void)
{
    struct fake_driver driver;

    fake_driver_init(&driver, &driver_config);
    DRIVER_COMMAND(&driver, "GET_DISPLAY_INFO", { "ctx", 0, 0 });
    DRIVER_COMMAND(&driver, "RESOURCE_CREATE_2D", { "id", 0, 1 },
                   { "format", 0, 1 }, { "width", 0, 8 }, { "height", 0, 8 });
    g_assert_cmpuint(driver.host->num_guest_errors, ==, 0);
    DRIVER_COMMAND(&driver, "SET_SCANOUT", { "scanout", 0, 77 });
    g_assert_cmpuint(driver.host->num_guest_errors, ==, 1);
    g_assert_true(g_str_has_prefix(driver.host->last_error->str,
                                   "SET_SCANOUT: "));
    g_assert_nonnull(strstr(driver.host->last_error->str, "77"));
    for (unsigned i = 0; i < 1000; i++) {
        DRIVER_COMMAND(&driver, "RESOURCE_UNREF", { "id", 0, 99 });
    }
    g_assert_cmpuint(driver.host->num_guest_errors, ==, 1001);
    fake_driver_send(&driver, VGPU_QUEUE_CONTROL, NULL, 0, 24);
    g_assert_cmpuint(driver.host->num_guest_errors, ==, 1002);
    fake_driver_finish(&driver);
}

/* EDIDs of any number of blocks reach the guest, with zeros behind. */
static void test_poisoned_edid(void)
{
    struct fake_driver driver;

    fake_driver_init(&driver, &driver_config);
    g_assert_cmphex(DRIVER_COMMAND(&driver, "GET_EDID", { "scanout", 0, 3 }),
                    ==, OK_EDID);
    g_assert_cmpuint(driver.used, ==, 1056);
    g_assert_cmpuint(get_le32(driver.reply + 24), ==, 128);
    for (unsigned at = 32 + 128; at < 1056; at++) {
        g_assert_cmpuint(driver.reply[at], ==, 0);
    }
    fake_driver_finish(&driver);
}

/* Longer than what pixman addresses in one operation. */
static void test_longest_lines(void)
{
    const struct vgpu_rect lines[] = {
        { 0, 0, 32767, 1 }, { 0, 0, 1, 32767 },
    };
    struct vgpu_mem_entry entry = { .length = 32767 * 4 };
    struct fake_driver driver;
    uint8_t *memory;

    fake_driver_init(&driver, &driver_config);
    entry.addr = guest_memory_alloc(driver.host->memory, entry.length, true);
    memory = guest_memory_pointer(driver.host->memory, entry.addr,
                                  entry.length);
    for (uint32_t i = 0; i < entry.length; i++) {
        memory[i] = i * 37 + i / 251;
    }
    for (unsigned n = 0; n < G_N_ELEMENTS(lines); n++) {
        const struct vgpu_rect *r = &lines[n];
        uint32_t id = n + 1;

        DRIVER_COMMAND(&driver, "RESOURCE_CREATE_2D", { "id", 0, id },
                       { "format", 0, VGPU_FORMAT_R8G8B8A8 },
                       { "width", 0, r->width }, { "height", 0, r->height });
        DRIVER_LIST(&driver, "RESOURCE_ATTACH_BACKING", &entry, 1,
                    { "id", 0, id });
        DRIVER_COMMAND(&driver, "TRANSFER_TO_HOST_2D", { "id", 0, id },
                       DRIVER_RECT(0, 0, r->width, r->height));
        set_scanout(&driver, 0, id, r);
        flush(&driver, id, r);
        for (uint32_t i = 0; i < 32767; i++) {
            const uint8_t *p = memory + i * 4;

            g_assert_cmphex(driver.host->scanouts[0].pixels[i] & 0xffffff, ==,
                            (uint32_t)p[0] << 16 | p[1] << 8 | p[2]);
        }
    }
    fake_driver_finish(&driver);
}

/* The most heads there can be, and their numbers as bits. */
static void test_sixteen_heads(void)
{
    struct vgpu_device_config config = driver_config;
    const struct vgpu_rect all = { 0, 0, 32, 32 };
    struct fake_driver driver;

    config.num_scanouts = VGPU_MAX_SCANOUTS;
    fake_driver_init(&driver, &config);
    show_image(&driver, 1, 32);
    for (unsigned head = 0; head < VGPU_MAX_SCANOUTS; head++) {
        set_scanout(&driver, head, 1, &all);
    }
    flush(&driver, 1, &all);
    for (unsigned head = 0; head < VGPU_MAX_SCANOUTS; head++) {
        assert_damage(&driver, head, &all);
    }
    DRIVER_COMMAND(&driver, "RESOURCE_UNREF", { "id", 0, 1 });
    for (unsigned head = 0; head < VGPU_MAX_SCANOUTS; head++) {
        g_assert_false(driver.host->scanouts[head].enabled);
    }
    fake_driver_finish(&driver);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/device/T-031/T-479/damage", test_damage);
    g_test_add_func("/device/damage-of-others", test_damage_of_others);
    g_test_add_func("/device/T-624/same-picture", test_same_picture);
    g_test_add_func("/device/T-487/no-room", test_no_room);
    g_test_add_func("/device/T-155/move", test_move);
    g_test_add_func("/device/T-002/display-info", test_display_info);
    g_test_add_func("/device/messages", test_messages);
    g_test_add_func("/device/T-073/poisoned-edid", test_poisoned_edid);
    g_test_add_func("/device/T-500/longest-lines", test_longest_lines);
    g_test_add_func("/device/T-452/sixteen-heads", test_sixteen_heads);
    return g_test_run();
}
