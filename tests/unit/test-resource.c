/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "hw/virtio/vgpu/device.h"

#include "command.h"
#include "driver.h"

#define NUM 65536u

/* Every id once, all over the 32 bits. */
static uint32_t nth_id(uint32_t n)
{
    return n * 2654435761u + 1 ? n * 2654435761u + 1 : 0x12345678;
}

static uint32_t create(struct fake_driver *driver, uint32_t id)
{
    return DRIVER_COMMAND(driver, "RESOURCE_CREATE_2D", { "id", 0, id },
                          { "format", 0, 2 }, { "width", 0, 1 },
                          { "height", 0, 1 });
}

static uint32_t unref(struct fake_driver *driver, uint32_t id)
{
    return DRIVER_COMMAND(driver, "RESOURCE_UNREF", { "id", 0, id });
}

/* As many as may live, found one by one, gone in another order. */
static void test_many(void)
{
    struct fake_driver driver;

    fake_driver_init(&driver, &driver_config);
    for (uint32_t i = 0; i < NUM; i++) {
        g_assert_cmphex(create(&driver, nth_id(i)), ==, OK_NODATA);
    }
    g_assert_cmpuint(vgpu_device_num_resources(driver.dev), ==, NUM);
    g_assert_cmphex(create(&driver, nth_id(NUM)), ==, VGPU_ERR_OUT_OF_MEMORY);
    g_assert_cmphex(create(&driver, nth_id(7)), ==, VGPU_ERR_RESOURCE_ID);
    for (uint32_t i = 0; i < NUM; i += 17) {
        g_assert_cmphex(DRIVER_COMMAND(&driver, "RESOURCE_FLUSH",
                                       { "id", 0, nth_id(i) },
                                       DRIVER_RECT(0, 0, 1, 1)),
                        ==, OK_NODATA);
    }
    for (uint32_t i = 0; i < NUM; i++) {
        g_assert_cmphex(unref(&driver, nth_id(i * 40503 % NUM)), ==,
                        OK_NODATA);
    }
    g_assert_cmpuint(vgpu_device_num_resources(driver.dev), ==, 0);
    g_assert_cmpuint(vgpu_device_memory(driver.dev).held, ==, 0);
    fake_driver_finish(&driver);
}

/* Ids that differ in one bit are different. */
static void test_bits(void)
{
    struct fake_driver driver;

    fake_driver_init(&driver, &driver_config);
    for (unsigned bit = 0; bit < 32; bit++) {
        g_assert_cmphex(create(&driver, 1u << bit), ==, OK_NODATA);
        g_assert_cmphex(create(&driver, ~(1u << bit)), ==, OK_NODATA);
    }
    g_assert_cmpuint(vgpu_device_num_resources(driver.dev), ==, 64);
    for (unsigned bit = 0; bit < 32; bit++) {
        g_assert_cmphex(unref(&driver, 1u << bit), ==, OK_NODATA);
        g_assert_cmphex(unref(&driver, 1u << bit), ==, VGPU_ERR_RESOURCE_ID);
    }
    g_assert_cmpuint(vgpu_device_num_resources(driver.dev), ==, 32);
    fake_driver_finish(&driver);
}

/* A creation that fails late leaves the id free and the figures alone. */
static void test_failed_creation(void)
{
    struct vgpu_device_config config = driver_config;
    struct vgpu_mem_entry nowhere = { 0x7000000000000000, 4096 };
    struct vgpu_budget_usage before, after;
    struct fake_driver driver;

    config.max_hostmem = 1 << 20;
    fake_driver_init(&driver, &config);
    create(&driver, 1);
    before = vgpu_device_memory(driver.dev);
    for (unsigned i = 0; i < 1000; i++) {
        g_assert_cmphex(DRIVER_COMMAND(&driver, "RESOURCE_CREATE_2D",
                                       { "id", 0, 2 }, { "format", 0, 1 },
                                       { "width", 0, 1024 },
                                       { "height", 0, 1024 }),
                        ==, VGPU_ERR_OUT_OF_MEMORY);
        g_assert_cmphex(DRIVER_LIST(&driver, "RESOURCE_CREATE_BLOB", &nowhere,
                                    1, { "id", 0, 2 }, { "mem", 0, 1 },
                                    { "size", 0, 4096 }),
                        ==, VGPU_ERR_UNSPEC);
    }
    after = vgpu_device_memory(driver.dev);
    g_assert_cmpuint(after.held, ==, before.held);
    g_assert_cmpuint(after.pixels, ==, before.pixels);
    g_assert_cmphex(create(&driver, 2), ==, OK_NODATA);
    fake_driver_finish(&driver);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/resource/T-286/many", test_many);
    g_test_add_func("/resource/T-451/bits", test_bits);
    g_test_add_func("/resource/T-284/T-345/failed-creation",
                    test_failed_creation);
    return g_test_run();
}
