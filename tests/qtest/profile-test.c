/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * profile=: the built-in ones and those of a folder, what wins over what, that
 * the limits hold, and what is said about broken ones.
 */
#include "qemu/osdep.h"

#include <glib/gstdio.h>
#include "libqtest.h"
#include "qemu/units.h"
#include "qobject/qdict.h"
#include "draw.h"
#include "harness.h"
#include "metrics.h"
#include "migrate.h"

#define FOLDER_VARIABLE "QEMU_VIRTIO_GPU_PROFILES"

static char *folder;

static void remove_files(void)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while ((name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        g_remove(path);
    }
}

/* The only one in the folder. */
static void write_profile(const char *name, const char *text)
{
    g_autofree char *path = g_strdup_printf("%s/%s.conf", folder, name);

    remove_files();
    g_assert_true(g_file_set_contents(path, text, -1, NULL));
}

static void expect_number(struct gpu *gpu, const char *property, uint64_t want)
{
    expect_eq(gpu_property(gpu, property), want, "%s", property);
}

static void expect_info(struct gpu *gpu, const char *format, ...)
    G_GNUC_PRINTF(2, 3);

static void expect_info(struct gpu *gpu, const char *format, ...)
{
    QDict *answer = qtest_qmp(gpu->guest->qts, "{'execute': 'qom-get', "
                              "'arguments': {'path': '/machine/peripheral/gpu/"
                              "virtio-backend', 'property': 'profile-info'}}");
    g_autofree char *want = NULL;
    va_list args;

    va_start(args, format);
    want = g_strdup_vprintf(format, args);
    va_end(args);
    expect_true(!g_strcmp0(qdict_get_try_str(answer, "return"), want),
                "profile-info is \"%s\", expected \"%s\"",
                qdict_get_try_str(answer, "return"), want);
    qobject_unref(answer);
}

/* Its "info" of the metrics. */
static void expect_label(struct gpu *gpu, const char *name)
{
    struct metrics *metrics = metrics_take(gpu);

    expect_eq(metrics_get(metrics, "info", name), 1, "info of %s", name);
    metrics_free(metrics);
}

/* --- what comes of them ------------------------------------------------- */

static const struct builtin {
    const char *name;
    uint64_t max_hostmem, max_hostmem_3d;
    unsigned max_resources, max_contexts, max_fps, software_threads;
} builtins[] = {
    { "office", 256 * MiB, 1 * GiB, 16384, 64, 30, 2 },
    { "designer", 1 * GiB, 8 * GiB, 32768, 256, 0, 0 },
    { "kiosk", 128 * MiB, 512 * MiB, 4096, 16, 30, 1 },
};

static const char *const types[] = { "virtio-gpu-pci", "virtio-vga",
                                     "virtio-gpu-gl-pci", "virtio-vga-gl" };

static void test_builtin(const void *data)
{
    const struct builtin *b = data;

    remove_files();
    for (unsigned i = 0; i < G_N_ELEMENTS(types); i++) {
        g_autofree char *device = g_strdup_printf(
            "%s,id=gpu,renderer=2d,profile=%s", types[i], b->name);
        struct gpu *gpu = gpu_boot(NULL, device, NULL);

        expect_number(gpu, "max_hostmem", b->max_hostmem);
        expect_number(gpu, "max_hostmem_3d", b->max_hostmem_3d);
        expect_number(gpu, "max_resources", b->max_resources);
        expect_number(gpu, "max_contexts", b->max_contexts);
        expect_number(gpu, "max_fps", b->max_fps);
        expect_number(gpu, "software_threads", b->software_threads);
        expect_number(gpu, "watchdog", 30);
        expect_info(gpu, "%s: built in", b->name);
        expect_label(gpu, b->name);
        gpu_expect_alive(gpu);
        guest_stop(gpu->guest);
    }
}

/* A file takes a built-in one's place, whole. */
static void test_file(void)
{
    struct gpu *gpu;

    write_profile("kiosk", "[profile]\nmax_contexts=3\nwatchdog=0\n");
    gpu = gpu_boot_with(",profile=kiosk", false);
    expect_number(gpu, "max_contexts", 3);
    expect_number(gpu, "watchdog", 0);
    expect_number(gpu, "max_hostmem", 256 * MiB);
    expect_number(gpu, "max_resources", 65536);
    expect_info(gpu, "kiosk: %s/kiosk.conf", folder);
}

static void test_none(void)
{
    struct gpu *gpu = gpu_boot_with(",max_contexts=5", false);

    expect_info(gpu, "none");
    expect_label(gpu, "");
}

static const char *const orders[] = {
    "-device virtio-gpu-pci,id=gpu,profile=two,max_resources=65536,"
    "max_hostmem=256M",
    "-device virtio-gpu-pci,id=gpu,max_hostmem=256M,max_resources=65536,"
    "profile=two",
    "-global virtio-gpu-pci.max_hostmem=268435456 "
    "-global virtio-gpu-device.max_resources=65536 "
    "-device virtio-gpu-pci,id=gpu,profile=two",
    "-device virtio-gpu-pci,id=gpu,max_hostmem=256M,max_resources=65536 "
    "-global virtio-gpu-pci.profile=two",
    "-device virtio-gpu-pci,id=gpu,profile=two -set device.gpu.max_hostmem=256M "
    "-set device.gpu.max_resources=65536",
};

/* What is given by itself wins, also where it is the default's value. */
static void test_order(const void *data)
{
    struct guest *guest;
    struct gpu *gpu;

    write_profile("two", "[profile]\nmax_resources=2\nmax_hostmem=1M\n"
                  "max_contexts=5\n");
    guest = guest_start(&(struct guest_options){ .args = data });
    gpu = gpu_find(guest, 0);
    expect_number(gpu, "max_resources", 65536);
    expect_number(gpu, "max_hostmem", 256 * MiB);
    expect_number(gpu, "max_contexts", 5);
    expect_info(gpu, "two: %s/two.conf, but max_resources=65536, but "
                "max_hostmem=268435456", folder);
}

static void create(struct gpu *gpu, uint32_t id, uint32_t side, uint32_t want)
{
    const struct wire_create_2d request = {
        .header.type = CMD_RESOURCE_CREATE_2D,
        .resource_id = id,
        .format = FORMAT_B8G8R8X8,
        .width = side,
        .height = side,
    };

    gpu_expect(gpu, &request, sizeof(request), want, "CREATE_2D");
}

static void test_limits_hold(void)
{
    struct gpu *gpu;

    write_profile("small", "[profile]\nmax_resources=2\nmax_hostmem=1M\n");
    gpu = gpu_boot_with(",profile=small", false);
    create(gpu, 1, 1024, RESP_ERR_OUT_OF_MEMORY);
    create(gpu, 1, 256, RESP_OK_NODATA);
    create(gpu, 2, 256, RESP_OK_NODATA);
    create(gpu, 3, 1, RESP_ERR_OUT_OF_MEMORY);
    draw_unref(gpu, 2);
    create(gpu, 3, 1, RESP_OK_NODATA);
}

/* Two devices have what each was given. */
static void test_two_devices(void)
{
    struct guest *guest;
    struct gpu *first, *second;

    write_profile("small", "[profile]\nmax_resources=1\n");
    guest = guest_start(&(struct guest_options){
        .args = "-device virtio-gpu-pci,id=gpu,profile=small "
                "-device virtio-gpu-pci,id=second",
    });
    first = gpu_find(guest, 0);
    second = gpu_find(guest, 1);
    gpu_start(first, NULL);
    gpu_start(second, NULL);
    create(first, 1, 1, RESP_OK_NODATA);
    create(first, 2, 1, RESP_ERR_OUT_OF_MEMORY);
    create(second, 1, 1, RESP_OK_NODATA);
    create(second, 2, 1, RESP_OK_NODATA);
}

#define RAM_MIB 32              /* all of it is in a stream */

/* Of a guest with three images, for a QEMU with that profile. */
static bool is_taken(const char *profile, int stream)
{
    g_autofree char *args = g_strdup_printf(
        "-device virtio-gpu-pci,id=gpu,profile=%s", profile);
    const struct guest_options options = { .args = args, .ram_mib = RAM_MIB };
    struct guest *receiver = migrate_receiver(&options);
    bool taken;

    guest_expect_noise(receiver, "qemu-system-");
    taken = migrate_offer(receiver, stream);
    guest_settle(receiver);
    expect_true(taken || strstr(guest_stderr(receiver), "virtio-gpu"),
                "refused without a word");
    guest_stop(receiver);
    return taken;
}

/* Profiles of the two sides may differ, as long as there is room. */
static void test_migration(void)
{
    struct guest *guest = guest_start(&(struct guest_options){
        .args = "-device virtio-gpu-pci,id=gpu,profile=designer",
        .ram_mib = RAM_MIB,
    });
    struct gpu *gpu = gpu_find(guest, 0);
    int stream;

    gpu_start(gpu, NULL);
    for (uint32_t id = 1; id <= 3; id++) {
        create(gpu, id, 16, RESP_OK_NODATA);
    }
    stream = migrate_to_file(guest);
    guest_stop(guest);
    write_profile("two", "[profile]\nmax_resources=2\n");
    expect_true(!is_taken("two", stream), "three images where two are allowed");
    expect_true(is_taken("kiosk", stream), "three images for a kiosk");
    close(stream);
}

/* --- what is said ------------------------------------------------------- */

static const struct broken {
    const char *name;
    const char *text;           /* of b.conf */
    const char *args;
    const char *part;           /* of the sentence */
} broken[] = {
    { "unknown", "[profile]\n", "profile=lab",
      "there is no profile lab: choose from b, designer, kiosk, office, or "
      "write " },
    { "path", "[profile]\n", "profile=../b", " is no name: use letters" },
    { "empty-name", "[profile]\n", "profile=", " is no name: use letters" },
    { "key", "[profile]\nmax_hostmem=1M\nhostmem=1M\n", "profile=b",
      "/b.conf:3: \"hostmem\" is no key of a profile: choose from "
      "max_hostmem, " },
    { "group", "[limits]\n", "profile=b",
      "/b.conf:1: a profile has no group \"limits\"" },
    { "size", "[profile]\nmax_hostmem=lots\n", "profile=b",
      "/b.conf:2: max_hostmem=lots is no size: write bytes, or a number with "
      "K, M, G or T" },
    { "size-negative", "[profile]\nmax_hostmem_3d=-1M\n", "profile=b",
      "/b.conf:2: max_hostmem_3d=-1M is no size" },
    { "size-empty", "[profile]\nmax_hostmem=\n", "profile=b",
      "/b.conf:2: max_hostmem= is no size" },
    { "number", "[profile]\nmax_contexts=0\n", "profile=b",
      "/b.conf:2: max_contexts=0 is not possible: choose 1 to 1024" },
    { "number-large", "[profile]\nmax_contexts=99999999999999999999\n",
      "profile=b", "/b.conf:2: max_contexts=99999999999999999999 is not" },
    { "number-and-more", "[profile]\nmax_resources=5 # five\n", "profile=b",
      "/b.conf:2: max_resources=5 # five is not possible: choose 1 to 65536" },
    { "number-negative", "[profile]\nwatchdog=-4294967295\n", "profile=b",
      "/b.conf:2: watchdog=-4294967295 is not possible: choose 0 to 86400" },
    /* Not only when its value would be taken. */
    { "overruled", "[profile]\nmax_contexts=0\n", "max_contexts=4,profile=b",
      "/b.conf:2: max_contexts=0" },
    { "property", "[profile]\nmax_contexts=4\n", "max_contexts=0,profile=b",
      "max_contexts=0 is not possible: choose 1 to 1024" },
};

static void test_broken(const void *data)
{
    const struct broken *b = data;
    g_autofree char *args = g_strconcat("-device virtio-gpu-pci,", b->args,
                                        NULL);
    g_autofree char *text = NULL;

    write_profile("b", b->text);
    text = g_strchomp(guest_refusal(NULL, args));
    g_test_message("%s", text);
    expect_true(!strchr(text, '\n'), "more than one line: %s", text);
    expect_true(strstr(text, b->part), "no sentence with \"%s\": %s", b->part,
                text);
}

static void test_no_folder(void)
{
    struct gpu *gpu;

    g_setenv(FOLDER_VARIABLE, "/nowhere/at/all", TRUE);
    gpu = gpu_boot_with(",profile=kiosk", false);
    g_setenv(FOLDER_VARIABLE, folder, TRUE);
    expect_number(gpu, "max_contexts", 16);
}

int main(int argc, char **argv)
{
    int status;

    harness_init(&argc, &argv);
    folder = g_dir_make_tmp("profiles-XXXXXX", NULL);
    g_setenv(FOLDER_VARIABLE, folder, TRUE);
    for (unsigned i = 0; i < G_N_ELEMENTS(builtins); i++) {
        g_autofree char *path = g_strdup_printf("/profile/built-in/%s",
                                                builtins[i].name);

        harness_add_data(path, test_builtin, &builtins[i]);
    }
    harness_add("/profile/none", test_none);
    harness_add("/profile/no-folder", test_no_folder);
    harness_add("/profile/limits-hold", test_limits_hold);
    harness_add("/profile/two-devices", test_two_devices);
    harness_add("/profile/migration", test_migration);
    for (unsigned i = 0; i < G_N_ELEMENTS(orders); i++) {
        g_autofree char *path = g_strdup_printf("/profile/order/%u", i);

        harness_add_data(path, test_order, orders[i]);
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(broken); i++) {
        g_autofree char *path = g_strdup_printf("/profile/refused/%s",
                                                broken[i].name);

        harness_add_data(path, test_broken, &broken[i]);
    }
    harness_add("/profile/file", test_file);
    status = harness_run();
    remove_files();
    g_rmdir(folder);
    g_free(folder);
    return status;
}
