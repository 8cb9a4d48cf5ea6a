/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * The window's BAR moves or is switched off while blobs are mapped in it: they go
 * with it, and nothing stays behind (conformance matrix, EDGE-113).
 */
#include "qemu/osdep.h"

#include "libqtest.h"
#include "draw.h"
#include "gl-window.h"
#include "harness.h"

#define BYTES WINDOW_BYTES

/* Where firmware puts the window of a guest that has more than it needs. */
#define ABOVE_4_GIB (8ull << 30)

/* Which kinds are mapped, side by side. */
struct kinds {
    const char *name;
    uint32_t ids[2];            /* 0: no second */
};

static struct gpu *boot(void)
{
    return window_boot("64M", 1);
}

/* What is at guest address @addr, whatever is there. */
static void expect_at(struct gpu *gpu, uint64_t addr, uint8_t byte,
                      const char *what)
{
    g_autofree uint8_t *data = g_malloc(BYTES);

    qtest_memread(gpu->guest->qts, addr, data, BYTES);
    for (uint32_t i = 0; i < BYTES; i++) {
        expect_eq(data[i], byte, "%s: byte %u at 0x%" PRIx64, what, i, addr);
    }
}

static uint64_t place(unsigned i)
{
    return (1 + 2 * i) * BYTES;
}

static void map_all(struct gpu *gpu, const struct kinds *kinds)
{
    for (unsigned i = 0; i < 2 && kinds->ids[i]; i++) {
        window_create(gpu, kinds->ids[i], BYTES);
        window_map(gpu, kinds->ids[i], place(i));
        window_write(gpu, place(i), 0x11 * (i + 1), BYTES);
    }
}

static void expect_all(struct gpu *gpu, const struct kinds *kinds,
                       const char *what)
{
    window_expect(gpu, 0, 0, BYTES, "in front of all");
    for (unsigned i = 0; i < 2 && kinds->ids[i]; i++) {
        window_expect(gpu, place(i), 0x11 * (i + 1), BYTES, what);
        window_expect(gpu, place(i) + BYTES, 0, BYTES, "behind it");
    }
}

/* Nothing is there, and what is written is lost. */
static void expect_nobody(struct gpu *gpu, const struct kinds *kinds,
                          uint64_t addr)
{
    for (unsigned i = 0; i < 2 && kinds->ids[i]; i++) {
        expect_at(gpu, addr + place(i), 0, "where no window is");
        qtest_memset(gpu->guest->qts, addr + place(i), 0xee, BYTES);
        expect_at(gpu, addr + place(i), 0, "where no window is");
    }
}

static void test_moved(const void *data)
{
    const struct kinds *kinds = data;
    struct gpu *gpu = boot();
    uint64_t first = window_address(gpu, 0), second;

    map_all(gpu, kinds);
    window_move(gpu, 0);
    second = window_address(gpu, 0);
    expect_true(second != first, "another address");
    expect_all(gpu, kinds, "moved");
    expect_nobody(gpu, kinds, first);
    window_move(gpu, ABOVE_4_GIB);
    expect_all(gpu, kinds, "above 4 GiB");
    expect_nobody(gpu, kinds, second);
    window_move(gpu, first);
    expect_all(gpu, kinds, "where it was at first");
    expect_nobody(gpu, kinds, ABOVE_4_GIB);
    for (unsigned i = 0; i < 2 && kinds->ids[i]; i++) {
        window_unmap(gpu, kinds->ids[i]);
        window_expect(gpu, place(i), 0, BYTES, "when it is gone");
    }
}

/* Meanwhile blobs are unmapped and mapped, and end. */
static void test_off(const void *data)
{
    const struct kinds *kinds = data;
    struct gpu *gpu = boot();

    map_all(gpu, kinds);
    window_switch(gpu, false);
    expect_nobody(gpu, kinds, window_address(gpu, 0));
    window_switch(gpu, true);
    expect_all(gpu, kinds, "on again");
    window_switch(gpu, false);
    for (unsigned i = 0; i < 2 && kinds->ids[i]; i++) {
        window_unmap(gpu, kinds->ids[i]);
        window_map(gpu, kinds->ids[i], place(2 + i));
    }
    expect_nobody(gpu, kinds, window_address(gpu, 0));
    window_switch(gpu, true);
    for (unsigned i = 0; i < 2 && kinds->ids[i]; i++) {
        window_expect(gpu, place(i), 0, BYTES, "unmapped meanwhile");
        window_expect(gpu, place(2 + i), 0x11 * (i + 1), BYTES,
                      "mapped meanwhile");
    }
    window_switch(gpu, false);
    for (unsigned i = 0; i < 2 && kinds->ids[i]; i++) {
        draw_unref(gpu, kinds->ids[i]);
        window_create(gpu, kinds->ids[i], BYTES);
        window_map(gpu, kinds->ids[i], place(i));
    }
    window_switch(gpu, true);
    for (unsigned i = 0; i < 4; i++) {
        window_expect(gpu, place(i), 0, BYTES, "ended meanwhile, and new");
    }
}

static const struct kinds kinds[] = {
    { "shared", { 1 } },
    { "private", { WINDOW_PRIVATE } },
    { "both", { 1, WINDOW_PRIVATE } },
};

static void add(const char *name, void (*run)(const void *data))
{
    for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++) {
        g_autofree char *path = g_strdup_printf("/T-533/%s/%s", name,
                                                kinds[i].name);

        harness_add_data(path, run, &kinds[i]);
    }
}

int main(int argc, char **argv)
{
    window_preload_shared();
    harness_init(&argc, &argv);
    add("bar-moved", test_moved);
    add("memory-off", test_off);
    return harness_run();
}
