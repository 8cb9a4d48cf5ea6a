/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * software_threads: how many threads of Mesa's rasterizer QEMU has, and who
 * decides on that.
 */
#include "qemu/osdep.h"

#include "gl-proof.h"
#include "harness.h"
#include "usage.h"

#define MESA_THREADS "LP_NUM_THREADS"

/* Mesa calls them llvmpipe-0 and so on. */
static unsigned mesa_threads(struct gpu *gpu)
{
    return usage_threads(gpu->guest, "llvmpipe-");
}

static struct gpu *boot(const char *args)
{
    struct guest *guest = guest_start(&(struct guest_options){ .args = args });
    struct gpu *gpu = gpu_find(guest, 0);

    gl_expect_noise(guest);
    gpu_start(gpu, NULL);
    return gpu;
}

static void expect_threads(const char *args, unsigned count)
{
    struct gpu *gpu = boot(args);

    gl_proof(gpu);
    expect_eq(mesa_threads(gpu), count, "threads of %s", args);
}

static const struct threads {
    const char *name;
    const char *args;
    unsigned count;
} wishes[] = {
    { "1", "-device virtio-gpu-gl-pci,id=gpu,renderer=software,"
      "software_threads=1", 1 },
    { "3", "-device virtio-gpu-pci,id=gpu,renderer=software,"
      "software_threads=3", 3 },
    { "7", "-device virtio-vga-gl,id=gpu,renderer=software,software_threads=7",
      7 },
    { "kiosk", "-device virtio-vga-gl,id=gpu,renderer=software,profile=kiosk",
      1 },
    { "not-of-2d", "-device virtio-gpu-gl-pci,id=gpu,renderer=software,"
      "software_threads=3 -device virtio-gpu-pci,software_threads=5", 3 },
};

static void test_wish(const void *data)
{
    const struct threads *t = data;

    expect_threads(t->args, t->count);
}

/* Without a wish Mesa decides, as it does when it is asked by its variable. */
static void test_environment(void)
{
    g_setenv(MESA_THREADS, "4", TRUE);
    expect_threads("-device virtio-gpu-gl-pci,id=gpu,renderer=software", 4);
    /* The same twice is no word worth. */
    expect_threads("-device virtio-gpu-gl-pci,id=gpu,renderer=software,"
                   "software_threads=4", 4);
}

static void test_environment_wins(void)
{
    struct gpu *gpu;

    g_setenv(MESA_THREADS, "4", TRUE);
    gpu = boot("-device virtio-gpu-gl-pci,id=gpu,renderer=software,"
               "software_threads=2");
    guest_expect_noise(gpu->guest, "software_threads=2 has no effect");
    gl_proof(gpu);
    expect_eq(mesa_threads(gpu), 4, "threads");
    expect_true(strstr(guest_stderr(gpu->guest), "virtio-gpu: software_threads=2 "
                       "has no effect, as QEMU's environment says "
                       MESA_THREADS "=4: take that out of it"),
                "no word of the environment");
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    g_unsetenv(MESA_THREADS);
    for (unsigned i = 0; i < G_N_ELEMENTS(wishes); i++) {
        g_autofree char *path = g_strdup_printf("/gl-threads/%s",
                                                wishes[i].name);

        harness_add_data(path, test_wish, &wishes[i]);
    }
    harness_add("/gl-threads/environment", test_environment);
    harness_add("/gl-threads/environment-wins", test_environment_wins);
    return harness_run();
}
