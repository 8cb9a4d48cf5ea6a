/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Contexts: their names, and that what they and their attachments take is
 * charged and given back.  The rest is in tests/data/ctx.vgpu.
 */
#include "hw/virtio/vgpu/context.h"

#include <string.h>

#include "command.h"
#include "driver.h"

static struct vgpu_device_config small_config(uint64_t max_hostmem)
{
    struct vgpu_device_config config = driver_config_3d;

    config.max_hostmem = max_hostmem;
    config.max_hostmem_3d = 1ull << 40;
    config.max_contexts = 65536;
    return config;
}

static uint64_t held(const struct fake_driver *driver)
{
    return vgpu_device_memory(driver->dev).held;
}

static uint32_t create_context(struct fake_driver *driver, uint32_t id)
{
    return DRIVER_COMMAND(driver, "CTX_CREATE", { "ctx", 0, id });
}

static uint32_t destroy_context(struct fake_driver *driver, uint32_t id)
{
    return DRIVER_COMMAND(driver, "CTX_DESTROY", { "ctx", 0, id });
}

static uint32_t attach(struct fake_driver *driver, uint32_t context,
                       uint32_t id)
{
    return DRIVER_COMMAND(driver, "CTX_ATTACH_RESOURCE",
                          { "ctx", 0, context }, { "id", 0, id });
}

static void create_image(struct fake_driver *driver, uint32_t id)
{
    g_assert_cmphex(DRIVER_COMMAND(driver, "RESOURCE_CREATE_2D",
                                   { "id", 0, id }, { "format", 0, 2 },
                                   { "width", 0, 1 }, { "height", 0, 1 }), ==,
                    OK_NODATA);
}

static uint32_t create_named(struct fake_driver *driver, uint32_t id,
                             const char *name, uint32_t nlen)
{
    uint8_t bytes[32 + VGPU_WIRE_NAME_BYTES] = { 0 };

    put_le(bytes, VGPU_CMD_CTX_CREATE, 4);
    put_le(bytes + HEADER_CTX_ID, id, 4);
    put_le(bytes + HEADER_BYTES, nlen, 4);
    memcpy(bytes + 32, name, MIN(strlen(name), VGPU_WIRE_NAME_BYTES));
    return fake_driver_send(driver, VGPU_QUEUE_CONTROL, bytes, sizeof(bytes),
                            HEADER_BYTES);
}

/* What a guest calls its context goes into messages and nowhere else. */
static void test_names(void)
{
    static const char long_name[] =
        "0123456789012345678901234567890123456789012345678901234567890123";
    static const struct {
        const char *name;
        uint32_t nlen;
        const char *shown;
    } cases[] = {
        { "", 0, "1 (no name)" },
        { "glxgears", 8, "1 (glxgears)" },
        { "glxgears", 2, "1 (gl)" },
        { "glxgears", UINT32_MAX, "1 (glxgears)" },
        { "a\nb\033c\177d\377", 9, "1 (a?b?c?d?)" },
        { "%s%n", 4, "1 (%s%n)" },
        { long_name, 64, NULL },
        { long_name, UINT32_MAX, NULL },
    };

    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *whole = g_strdup_printf("1 (%s)", long_name);
        g_autofree char *names = NULL;
        struct fake_driver driver;

        fake_driver_init(&driver, &driver_config_3d);
        g_assert_cmphex(create_named(&driver, 1, cases[i].name,
                                     cases[i].nlen), ==, OK_NODATA);
        names = vgpu_device_context_names(driver.dev);
        g_assert_cmpstr(names, ==, cases[i].shown ? cases[i].shown : whole);
        fake_driver_finish(&driver);
    }
}

static void test_many_names(void)
{
    struct fake_driver driver;
    g_autofree char *none = NULL, *two = NULL, *many = NULL;

    fake_driver_init(&driver, &driver_config_3d);
    none = vgpu_device_context_names(driver.dev);
    g_assert_cmpstr(none, ==, "");
    create_named(&driver, 1, "one", 3);
    create_named(&driver, 2, "two", 3);
    two = vgpu_device_context_names(driver.dev);
    g_assert_true(g_str_equal(two, "1 (one), 2 (two)") ||
                  g_str_equal(two, "2 (two), 1 (one)"));
    for (uint32_t id = 3; id <= driver_config_3d.max_contexts; id++) {
        create_named(&driver, id, "0123456789", 10);
    }
    g_assert_cmpuint(vgpu_device_num_contexts(driver.dev), ==,
                     driver_config_3d.max_contexts);
    many = vgpu_device_context_names(driver.dev);
    g_assert_cmpuint(strlen(many), <, 200);
    g_assert_true(g_str_has_suffix(many, ", ..."));
    fake_driver_finish(&driver);
}

/* Until there is no memory; what was refused took none. */
static void test_memory(void)
{
    struct vgpu_device_config config = small_config(64 << 10);
    struct fake_driver driver;
    uint64_t before, full;
    uint32_t id = 1;

    fake_driver_init(&driver, &config);
    before = held(&driver);
    while (create_context(&driver, id) == OK_NODATA) {
        g_assert_cmpuint(held(&driver), >, before);
        before = held(&driver);
        id++;
    }
    g_assert_cmpuint(id, >, 16);
    full = held(&driver);
    g_assert_cmphex(create_context(&driver, id), ==, VGPU_ERR_OUT_OF_MEMORY);
    g_assert_cmpuint(held(&driver), ==, full);
    g_assert_cmpuint(vgpu_device_num_contexts(driver.dev), ==, id - 1);
    g_assert_cmphex(destroy_context(&driver, 1), ==, OK_NODATA);
    g_assert_cmpuint(held(&driver), <, full);
    g_assert_cmphex(create_context(&driver, id), ==, OK_NODATA);
    g_assert_cmpuint(held(&driver), ==, full);
    fake_driver_finish(&driver);
}

static void test_attachments(void)
{
    struct vgpu_device_config config = small_config(64 << 10);
    struct fake_driver driver;
    uint64_t full;
    uint32_t id = 1;

    fake_driver_init(&driver, &config);
    create_context(&driver, 1);
    create_image(&driver, 1);
    g_assert_cmphex(attach(&driver, 1, 1), ==, OK_NODATA);
    full = held(&driver);
    g_assert_cmphex(attach(&driver, 1, 1), ==, OK_NODATA);
    g_assert_cmpuint(held(&driver), ==, full);
    do {
        create_context(&driver, ++id);
    } while (attach(&driver, id, 1) == OK_NODATA);
    full = held(&driver);
    g_assert_cmphex(destroy_context(&driver, 2), ==, OK_NODATA);
    g_assert_cmpuint(held(&driver), <, full);
    full = held(&driver);
    DRIVER_COMMAND(&driver, "CTX_DETACH_RESOURCE", { "ctx", 0, 3 },
                   { "id", 0, 1 });
    g_assert_cmpuint(held(&driver), <, full);
    /* What ends is attached nowhere: the fake renderer asserts it. */
    DRIVER_COMMAND(&driver, "RESOURCE_UNREF", { "id", 0, 1 });
    create_image(&driver, 1);
    g_assert_cmphex(attach(&driver, 3, 1), ==, OK_NODATA);
    fake_driver_finish(&driver);
}

/* What the renderer refuses leaves nothing behind. */
static void test_refused(void)
{
    struct fake_driver driver;
    struct vgpu_mem_entry entry = { .length = 4096 };
    uint64_t before;

    fake_driver_init(&driver, &driver_config_3d);
    before = held(&driver);
    driver.host->faults.context = true;
    g_assert_cmphex(create_context(&driver, 1), ==, VGPU_ERR_UNSPEC);
    g_assert_cmpuint(held(&driver), ==, before);
    g_assert_cmpuint(vgpu_device_num_contexts(driver.dev), ==, 0);
    driver.host->faults.context = false;
    create_context(&driver, 1);
    entry.addr = guest_memory_alloc(driver.host->memory, 4096, true);
    guest_memory_set_read_only(driver.host->memory, entry.addr, 4096);
    DRIVER_LIST(&driver, "RESOURCE_CREATE_BLOB", &entry, 1, { "id", 0, 1 },
                { "mem", 0, 1 }, { "size", 0, 4096 });
    g_assert_cmphex(attach(&driver, 1, 1), ==, VGPU_ERR_UNSPEC);
    before = held(&driver);
    g_assert_cmphex(attach(&driver, 1, 1), ==, VGPU_ERR_UNSPEC);
    g_assert_cmpuint(held(&driver), ==, before);
    fake_driver_finish(&driver);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/context/T-536/T-097/T-098/names", test_names);
    g_test_add_func("/context/many-names", test_many_names);
    g_test_add_func("/context/T-364/memory", test_memory);
    g_test_add_func("/context/T-016/attachments", test_attachments);
    g_test_add_func("/context/T-365/T-370/refused", test_refused);
    return g_test_run();
}
