/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What the process really holds.  Built without sanitizers, whose shadow
 * memory would be measured too.
 */
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "command.h"
#include "driver.h"
#include "hw/virtio/vgpu/budget.h"

#define MIB (1ull << 20)
#define PAGE 4096u
#define LIMIT (64 * MIB)

/* The bound of issue 2, and what the test itself needs. */
#define ALLOWED (LIMIT + LIMIT / 10)
#define SLACK (2 * MIB)

static uint64_t statm(unsigned field)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) fields = NULL;

    g_assert_true(g_file_get_contents("/proc/self/statm", &text, NULL, NULL));
    fields = g_strsplit(text, " ", -1);
    return g_ascii_strtoull(fields[field], NULL, 10) * PAGE;
}

static uint64_t resident(void)
{
    return statm(1);
}

static unsigned num_files(void)
{
    unsigned num = 0;
    GDir *dir = g_dir_open("/proc/self/fd", 0, NULL);

    while (g_dir_read_name(dir)) {
        num++;
    }
    g_dir_close(dir);
    return num;
}

static unsigned num_mappings(void)
{
    g_autofree char *text = NULL;
    unsigned num = 0;

    g_assert_true(g_file_get_contents("/proc/self/maps", &text, NULL, NULL));
    for (const char *p = text; (p = strchr(p, '\n')); p++) {
        num++;
    }
    return num;
}

struct hoard {
    struct vgpu_budget *budget;
    GPtrArray *objects;
    uint64_t before;            /* resident */
    uint64_t highest;
};

static void hoard_init(struct hoard *hoard)
{
    hoard->budget = vgpu_budget_create(LIMIT, 0);
    hoard->objects = g_ptr_array_sized_new(2000000);
    g_ptr_array_set_size(hoard->objects, 2000000);
    memset(hoard->objects->pdata, 1, 2000000 * sizeof(void *));
    g_ptr_array_set_size(hoard->objects, 0);
    hoard->before = resident();
    hoard->highest = 0;
}

static void hoard_look(struct hoard *hoard)
{
    uint64_t now = resident();
    uint64_t held = now > hoard->before ? now - hoard->before : 0;

    hoard->highest = MAX(hoard->highest, held);
    g_assert_cmpuint(held, <=, ALLOWED + SLACK);
}

static void hoard_finish(struct hoard *hoard)
{
    for (unsigned i = 0; i < hoard->objects->len; i++) {
        vgpu_budget_free(hoard->budget, g_ptr_array_index(hoard->objects, i));
    }
    g_assert_cmpuint(vgpu_budget_usage(hoard->budget).held, ==, 0);
    g_test_message("limit %" G_GUINT64_FORMAT " KiB, resident at most %"
                   G_GUINT64_FORMAT " KiB", (guint64)(LIMIT >> 10),
                   (guint64)(hoard->highest >> 10));
    g_ptr_array_unref(hoard->objects);
    vgpu_budget_destroy(hoard->budget);
}

/* Takes objects of @bytes, written to the last byte, until there are none. */
static unsigned take_all(struct hoard *hoard, size_t bytes)
{
    unsigned taken = 0;
    uint8_t *memory;

    while (hoard->objects->len < 2000000 &&
           (memory = vgpu_budget_alloc(hoard->budget, bytes))) {
        memset(memory, 0x5a, bytes);
        g_ptr_array_add(hoard->objects, memory);
        taken++;
    }
    hoard_look(hoard);
    return taken;
}

/* Gives back all but every @keep-th. */
static void drop_most(struct hoard *hoard, unsigned keep)
{
    unsigned kept = 0;

    for (unsigned i = 0; i < hoard->objects->len; i++) {
        void *memory = g_ptr_array_index(hoard->objects, i);

        if (i % keep == 0) {
            g_ptr_array_index(hoard->objects, kept++) = memory;
        } else {
            vgpu_budget_free(hoard->budget, memory);
        }
    }
    g_ptr_array_set_size(hoard->objects, kept);
    hoard_look(hoard);
}

/*
 * The heap's nightmare: many small ones, free all but a few so that each
 * page stays in use, then larger ones that fit none of the gaps.
 */
static void test_sieve(void)
{
    static const size_t sizes[] = { 64, 200, 1000, 2048, 3000, PAGE + 1,
                                    5 * PAGE, 40000, 1 << 20 };
    struct hoard hoard;

    hoard_init(&hoard);
    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_assert_cmpuint(take_all(&hoard, sizes[i]), >=, i ? 0 : 1);
        drop_most(&hoard, 2 + i);
    }
    hoard_finish(&hoard);
}

/* Page runs with a growing step: holes are always a page too short. */
static void test_growing_runs(void)
{
    struct hoard hoard;

    hoard_init(&hoard);
    for (unsigned pages = 1; pages < 40; pages++) {
        take_all(&hoard, pages * PAGE);
        drop_most(&hoard, 2);
    }
    hoard_finish(&hoard);
}

/* After all of that the whole limit is still there for one who asks. */
static void test_recovery(void)
{
    struct hoard hoard;
    void *memory;

    hoard_init(&hoard);
    for (unsigned round = 0; round < 4; round++) {
        take_all(&hoard, 64 << round * 3);
        drop_most(&hoard, 64);
        for (unsigned i = 0; i < hoard.objects->len; i++) {
            vgpu_budget_free(hoard.budget,
                             g_ptr_array_index(hoard.objects, i));
        }
        g_ptr_array_set_size(hoard.objects, 0);
        hoard_look(&hoard);
        memory = vgpu_budget_alloc(hoard.budget, LIMIT);
        g_assert_nonnull(memory);
        memset(memory, 1, LIMIT);
        hoard_look(&hoard);
        vgpu_budget_free(hoard.budget, memory);
        g_assert_cmpuint(resident(), <, hoard.before + 8 * MIB);
    }
    hoard_finish(&hoard);
}

static uint32_t create_image(struct fake_driver *driver, uint32_t id,
                             uint32_t width, uint32_t height)
{
    return DRIVER_COMMAND(driver, "RESOURCE_CREATE_2D", { "id", 0, id },
                          { "format", 0, 2 }, { "width", 0, width },
                          { "height", 0, height });
}

/* A guest that takes what it gets, through the device. */
static void test_greedy_guest(void)
{
    static const uint32_t sides[] = { 1, 3, 17, 40, 200, 1 };
    struct vgpu_device_config config = driver_config;
    struct fake_driver driver;
    uint64_t before, after;
    uint32_t id = 1;

    config.max_hostmem = LIMIT;
    config.max_resources = UINT32_MAX;
    fake_driver_init(&driver, &config);
    before = resident();
    for (unsigned round = 0; round < G_N_ELEMENTS(sides); round++) {
        uint32_t first = id;

        while (id - first < 200000 &&
               create_image(&driver, id, sides[round], sides[round]) ==
               OK_NODATA) {
            id++;
        }
        for (uint32_t gone = first; gone < id; gone++) {
            if (gone % (2 + round) != 0) {
                DRIVER_COMMAND(&driver, "RESOURCE_UNREF", { "id", 0, gone });
            }
        }
        after = resident();
        g_assert_cmpuint(after, <=, before + ALLOWED + SLACK);
    }
    fake_driver_finish(&driver);
}

/* T-285: the host has no more, whatever the budget says. */
static void test_no_host_memory(void)
{
    struct fake_driver driver;
    struct rlimit old, tight;

    fake_driver_init(&driver, &driver_config);
    g_assert_cmphex(create_image(&driver, 1, 64, 64), ==, OK_NODATA);
    g_assert_cmpint(getrlimit(RLIMIT_DATA, &old), ==, 0);
    tight = old;
    tight.rlim_cur = 4096;
    g_assert_cmpint(setrlimit(RLIMIT_DATA, &tight), ==, 0);
    g_assert_cmphex(create_image(&driver, 2, 3500, 3500), ==,
                    VGPU_ERR_OUT_OF_MEMORY);
    g_assert_cmpint(setrlimit(RLIMIT_DATA, &old), ==, 0);
    g_assert_cmpuint(vgpu_device_num_resources(driver.dev), ==, 1);
    g_assert_cmphex(create_image(&driver, 2, 3500, 3500), ==, OK_NODATA);
    fake_driver_finish(&driver);
}

static void life_cycle(struct fake_driver *driver,
                       const struct vgpu_mem_entry *entry)
{
    create_image(driver, 1, 64, 64);
    DRIVER_LIST(driver, "RESOURCE_ATTACH_BACKING", entry, 1, { "id", 0, 1 });
    DRIVER_COMMAND(driver, "SET_SCANOUT", { "id", 0, 1 },
                   DRIVER_RECT(0, 0, 64, 64));
    g_assert_cmphex(DRIVER_COMMAND(driver, "RESOURCE_UNREF", { "id", 0, 1 }),
                    ==, OK_NODATA);
}

/* Memory, files and mappings are the same after 10^5 lives. */
static void test_leaks(void)
{
    struct vgpu_mem_entry entry = { .length = 16384 };
    struct fake_driver driver;
    uint64_t before;
    unsigned files, mappings;

    fake_driver_init(&driver, &driver_config);
    entry.addr = guest_memory_alloc(driver.host->memory, 16384, true);
    for (unsigned i = 0; i < 1000; i++) {
        life_cycle(&driver, &entry);
    }
    before = resident();
    files = num_files();
    mappings = num_mappings();
    for (unsigned i = 0; i < 100000; i++) {
        life_cycle(&driver, &entry);
    }
    g_assert_cmpuint(resident(), <=, before + MIB);
    g_assert_cmpuint(num_files(), ==, files);
    g_assert_cmpuint(num_mappings(), <=, mappings + 2);
    fake_driver_finish(&driver);
}

/* Neither a file nor a mapping for each resource. */
static void test_per_resource(void)
{
    struct fake_driver driver;
    unsigned files, mappings;

    fake_driver_init(&driver, &driver_config);
    create_image(&driver, 1, 64, 64);
    files = num_files();
    mappings = num_mappings();
    for (uint32_t id = 2; id < 3000; id++) {
        g_assert_cmphex(create_image(&driver, id, 64, 64), ==, OK_NODATA);
    }
    g_assert_cmpuint(num_files(), ==, files);
    g_assert_cmpuint(num_mappings(), <=, mappings + 8);
    fake_driver_finish(&driver);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/memory/T-538/sieve", test_sieve);
    g_test_add_func("/memory/T-538/growing-runs", test_growing_runs);
    g_test_add_func("/memory/T-470/recovery", test_recovery);
    g_test_add_func("/memory/T-538/greedy-guest", test_greedy_guest);
    g_test_add_func("/memory/T-285/no-host-memory", test_no_host_memory);
    g_test_add_func("/memory/T-645/leaks", test_leaks);
    g_test_add_func("/memory/T-645/per-resource", test_per_resource);
    return g_test_run();
}
