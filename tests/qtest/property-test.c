/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Properties of the device: what is refused at start, in one sentence that
 * names the property; threads; several devices.
 */
#include "qemu/osdep.h"

#include "libqtest.h"
#include "qobject/qdict.h"
#include "qobject/qlist.h"
#include "qobject/qstring.h"
#include "display.h"
#include "gpu.h"
#include "harness.h"
#include "load.h"
#include "screen.h"
#include "usage.h"

struct refusal {
    const char *name;
    const char *args;
    const char *word;           /* that the sentence contains */
};

static const struct refusal refusals[] = {
    { "max-outputs-0", "-device virtio-gpu-pci,max_outputs=0", "max_outputs" },
    { "max-outputs-17", "-device virtio-gpu-pci,max_outputs=17",
      "max_outputs" },
    { "max-resources-0", "-device virtio-gpu-pci,max_resources=0",
      "max_resources=0 is not possible: choose 1 to 65536" },
    { "max-resources-65537", "-device virtio-gpu-pci,max_resources=65537",
      "max_resources=65537" },
    { "max-contexts-0", "-device virtio-vga,max_contexts=0",
      "max_contexts=0 is not possible: choose 1 to 1024" },
    { "max-contexts-1025", "-device virtio-gpu-gl-pci,max_contexts=1025",
      "max_contexts=1025" },
    { "watchdog-86401", "-device virtio-gpu-pci,watchdog=86401",
      "watchdog=86401 is not possible: choose 0 to 86400" },
    { "max-fps-1001", "-device virtio-vga,max_fps=1001",
      "max_fps=1001 is not possible: choose 0 to 1000" },
    { "software-threads-33", "-device virtio-gpu-gl-pci,software_threads=33",
      "software_threads=33 is not possible: choose 0 to 32" },
    { "vga/max-outputs-0", "-device virtio-vga,max_outputs=0",
      "max_outputs" },
    { "iothread-unknown", "-device virtio-gpu-pci,iothread=nobody",
      "nobody" },
    { "iothread-of-another-kind",
      "-object memory-backend-ram,id=notathread,size=1M "
      "-device virtio-gpu-pci,iothread=notathread", "notathread" },
    { "blob-alignment-not-a-power-of-two",
      "-device virtio-gpu-pci,blob=on,blob-alignment=12288",
      "blob-alignment=12288 is not possible: choose a power of two" },
    { "blob-alignment-without-blob",
      "-device virtio-gpu-pci,blob-alignment=4096", "blob" },
    { "hostmem-not-a-power-of-two",
      "-device virtio-gpu-pci,hostmem=3M", "hostmem" },
    { "outputs-no-array", "-device virtio-gpu-pci,outputs=5", "outputs=" },
    { "outputs-too-many", "-device virtio-gpu-pci,outputs='[{},,{}]'",
      "max_outputs=2" },
    { "outputs-unknown-member",
      "-device '{\"driver\": \"virtio-vga\", \"outputs\": [{\"size\": 1}]}'",
      "choose from name" },
    { "outputs-no-memory", "-device virtio-gpu-pci,max_hostmem=1M,"
      "outputs='[{\"xres\": 1024,,\"yres\": 768}]'", "max_hostmem=" },
    { "outputs-of-strings", "-global virtio-gpu-device.outputs=wide "
      "-device virtio-gpu-pci", "outputs=" },
    { "metrics/remote", "-device virtio-gpu-pci,metrics=0.0.0.0:9177",
      "metrics-allow-remote=on" },
    { "metrics/name", "-device virtio-gpu-pci,metrics=localhost:9177",
      "numeric ADDRESS:PORT" },
    { "metrics/no-folder", "-device virtio-gpu-pci,metrics=unix:/nowhere/at/all",
      "name a folder" },
    { "metrics/allow-nothing",
      "-device virtio-gpu-pci,metrics-allow-remote=on", "metrics=ADDRESS:PORT" },
    { "metrics/textfile-name", "-device virtio-gpu-pci,"
      "metrics=127.0.0.1:0,metrics-textfile=/tmp/metrics.txt", ".prom" },
    { "metrics/textfile-folder", "-device virtio-gpu-pci,"
      "metrics-textfile=/nowhere/at/all.prom", "name a file in a folder" },
    { "gl/renderer", "-device virtio-gpu-gl-pci,renderer=vulkan", "renderer" },
    { "gl/rendernode", "-device virtio-gpu-gl-pci,rendernode=/dev/null,"
      "renderer=gpu", "/dev/null" },
    { "gl/rendernode-of-2d", "-device virtio-gpu-pci,rendernode=/dev/null",
      "rendernode" },
    { "gl/rendernode-address", "-device virtio-gpu-gl-pci,renderer=gpu,"
      "rendernode=0000:ff:1f.7", "0000:ff:1f.7" },
    { "gl/rendernode-no-node", "-device virtio-gpu-gl-pci,renderer=gpu,"
      "rendernode=card0", "card0" },
    { "gl/rendernode-software-of-2d",
      "-device virtio-gpu-pci,rendernode-software=on", "rendernode-software" },
    { "vfio/without-id", "-device virtio-gpu-pci,renderer=vfio", "vfio=ID" },
    { "vfio/without-renderer", "-device virtio-gpu-pci,vfio=gpu",
      "vfio=gpu is for renderer=vfio" },
    { "vfio/of-gl", "-device virtio-gpu-gl-pci,vfio=gpu",
      "vfio=gpu is for renderer=vfio" },
    { "vfio/no-such-device", "-device virtio-gpu-pci,renderer=vfio,vfio=gpu",
      "no device of that id" },
    { "vfio/another-kind-before", "-device virtio-rng-pci,id=rng "
      "-device virtio-vga,renderer=vfio,vfio=rng", "is a virtio-rng-pci" },
    { "vfio/another-kind-behind",
      "-device virtio-gpu-gl-pci,renderer=vfio,vfio=rng "
      "-device virtio-rng-pci,id=rng", "is a virtio-rng-pci" },
    { "vfio/itself", "-device virtio-gpu-pci,id=me,renderer=vfio,vfio=me",
      "is a virtio-gpu-pci" },
    { "vfio/iommu", "-machine q35 -device intel-iommu "
      "-device virtio-gpu-pci,renderer=vfio,vfio=gpu", "iommu_platform=on" },
    { "vfio/hostmem",
      "-device virtio-gpu-pci,renderer=vfio,vfio=gpu,hostmem=16M", "hostmem=" },
    { "vfio/venus", "-device virtio-gpu-gl-pci,renderer=vfio,vfio=gpu,venus=on",
      "venus=on" },
    { "vfio/native-context", "-device virtio-gpu-gl-pci,renderer=vfio,vfio=gpu,"
      "drm_native_context=on", "drm_native_context=on" },
    { "vfio/rendernode", "-device virtio-gpu-gl-pci,renderer=vfio,vfio=gpu,"
      "rendernode=auto", "rendernode" },
    { "gl/venus-without-blobs", "-device virtio-gpu-gl-pci,venus=on",
      "blob=on" },
    { "gl/venus-without-window", "-device virtio-gpu-gl-pci,venus=on,blob=on",
      "hostmem" },
    { "gl/venus-without-3d", "-device virtio-gpu-pci,venus=on,blob=on,"
      "hostmem=16M", "renderer" },
    { "gl/render-server-without-venus",
      "-device virtio-gpu-gl-pci,render-server=unix:/nowhere", "venus" },
    { "gl/venus-force-without-venus",
      "-device virtio-gpu-gl-pci,venus-force=on", "venus" },
};

/* QEMU's prefix, "qemu-system-x86_64: -device …: ", then one sentence. */
static void test_refusal(const void *data)
{
    const struct refusal *r = data;
    g_autofree char *text = guest_refusal(NULL, r->args);
    g_auto(GStrv) lines = g_strsplit(g_strchomp(text), "\n", -1);

    g_test_message("%s", text);
    expect_eq(g_strv_length(lines), 1, "lines of the error (%s)", text);
    expect_true(strstr(lines[0], r->word), "an error that names %s: %s",
                r->word, lines[0]);
}

static void test_max_hostmem_0(void)
{
    struct gpu *gpu = gpu_boot(NULL, "virtio-gpu-pci,id=gpu,max_hostmem=0",
                               NULL);
    const struct wire_create_2d create = {
        .header.type = CMD_RESOURCE_CREATE_2D,
        .resource_id = 1,
        .format = FORMAT_B8G8R8X8,
        .width = 1,
        .height = 1,
    };

    gpu_expect(gpu, &create, sizeof(create), RESP_ERR_OUT_OF_MEMORY,
               "CREATE_2D of 1x1 when max_hostmem is 0");
    gpu_expect_alive(gpu);
}

static void test_outputs(const void *data)
{
    unsigned num = *(const unsigned *)data;
    g_autofree char *device = g_strdup_printf(
        "virtio-gpu-pci,id=gpu,max_outputs=%u", num);
    struct gpu *gpu = gpu_boot(NULL, device, NULL);
    struct wire_display_info info;

    expect_eq(vdev_config(gpu->vdev, CONFIG_NUM_SCANOUTS), num,
              "num_scanouts");
    gpu_display_info(gpu, &info);
    for (unsigned i = 0; i < 16; i++) {
        expect_eq(info.modes[i].enabled, i == 0, "head %u enabled", i);
    }
    for (unsigned i = 0; i < num; i++) {
        screen_free(screen_take(gpu->guest, "gpu", i));
    }
}

static struct guest *start(const char *args)
{
    return guest_start(&(struct guest_options){
        .args = args,
        .displays = true,
    });
}

static void work(struct gpu *gpu)
{
    struct load load;

    load_prepare_sized(&load, gpu, 640, 480);
    load_post(&load, 20);
    for (unsigned i = 0; i < 20; i++) {
        expect_eq(vring_wait(gpu->queue[0]).bytes, 24, "used.len");
    }
    gpu_expect_alive(gpu);
}

/* Named with debug-threads; a device's own thread needs no -object. */
static void test_iothread(void)
{
    struct guest *guest = start("-name x,debug-threads=on "
                                "-object iothread,id=worker "
                                "-device virtio-gpu-pci,id=gpu,"
                                "iothread=worker");
    struct gpu *gpu = gpu_find(guest, 0);

    expect_true(usage_threads(guest, "IO worker"), "no thread \"IO worker\"");
    gpu_start(gpu, NULL);
    work(gpu);
    gpu_restart(gpu, NULL);
    work(gpu);
}

/* As docs/operations.md tells who looks for it with gdb. */
static void test_own_threads(void)
{
    struct guest *guest = start("-name x,debug-threads=on "
                                "-device virtio-gpu-pci,id=gpu "
                                "-device virtio-gpu-pci,id=second");

    expect_eq(usage_threads(guest, "IO virtio-gpu0"), 1, "the first's thread");
    expect_eq(usage_threads(guest, "IO virtio-gpu1"), 1, "the second's thread");
}

static void test_shared_iothread(void)
{
    struct guest *guest = start("-object iothread,id=worker "
                                "-device virtio-gpu-pci,id=gpu,"
                                "iothread=worker "
                                "-device virtio-gpu-pci,id=second,"
                                "iothread=worker");
    struct gpu *first = gpu_find(guest, 0), *second = gpu_find(guest, 1);

    gpu_start(first, NULL);
    gpu_start(second, NULL);
    work(first);
    work(second);
    vdev_reset(first->vdev);
    gpu_expect_alive(second);
}

/* Whether an iothread in use may go is QEMU's affair; the device works on. */
static void test_iothread_in_use(void)
{
    struct guest *guest = start("-object iothread,id=worker "
                                "-device virtio-gpu-pci,id=gpu,"
                                "iothread=worker");
    struct gpu *gpu = gpu_find(guest, 0);
    QDict *answer;

    gpu_start(gpu, NULL);
    answer = qtest_qmp(guest->qts, "{'execute': 'object-del', 'arguments': "
                       "{'id': 'worker'}}");
    qobject_unref(answer);
    work(gpu);
    gpu_restart(gpu, NULL);
    work(gpu);
}

static void show_color(struct gpu *gpu, uint32_t xrgb)
{
    const struct wire_set_scanout scanout = {
        .header.type = CMD_SET_SCANOUT,
        .rect = { 0, 0, 64, 64 },
        .resource_id = 1,
    };
    const struct wire_flush flush = {
        .header.type = CMD_RESOURCE_FLUSH,
        .rect = { 0, 0, 64, 64 },
        .resource_id = 1,
    };
    struct load load;
    uint32_t *words;

    load_prepare_sized(&load, gpu, 64, 64);
    words = guest_memory(gpu->guest, load.backing, 64 * 64 * 4);
    for (unsigned i = 0; i < 64 * 64; i++) {
        words[i] = xrgb;
    }
    load_post(&load, 1);
    expect_eq(vring_wait(gpu->queue[0]).bytes, 24, "used.len");
    gpu_expect(gpu, &scanout, sizeof(scanout), RESP_OK_NODATA, "SET_SCANOUT");
    gpu_expect(gpu, &flush, sizeof(flush), RESP_OK_NODATA, "FLUSH");
}

static void expect_color(struct guest *guest, const char *id, uint32_t xrgb)
{
    struct screen *screen = screen_take(guest, id, 0);

    expect_eq(screen->width, 64, "width of %s", id);
    expect_eq(screen_pixel(screen, 63, 63), xrgb, "colour of %s", id);
    screen_free(screen);
}

/* The same ids in two devices are two things. */
static void test_two_devices(void)
{
    struct guest *guest = start("-device virtio-vga,id=gpu "
                                "-device virtio-gpu-pci,id=second,"
                                "max_outputs=2");
    struct gpu *first = gpu_find(guest, 0), *second = gpu_find(guest, 1);

    gpu_start(first, NULL);
    gpu_start(second, NULL);
    show_color(first, 0x00112233);
    show_color(second, 0x00445566);
    expect_color(guest, "gpu", 0x00112233);
    expect_color(guest, "second", 0x00445566);
    vdev_reset(first->vdev);
    expect_color(guest, "second", 0x00445566);
    gpu_expect_alive(second);
}

static void test_no_unplug(void)
{
    struct gpu *gpu = gpu_boot(NULL, "virtio-gpu-pci,id=gpu", NULL);
    QDict *error = qtest_qmp_assert_failure_ref(
        gpu->guest->qts, "{'execute': 'device_del', 'arguments': "
        "{'id': 'gpu'}}");

    qobject_unref(error);
    gpu_expect_alive(gpu);
}

/* unrealize: only a device that failed to start, or is not wanted, gets it. */
static void test_no_hotplug(void)
{
    struct guest *guest = start("-device virtio-gpu-pci,id=gpu");
    QDict *error = qtest_qmp_assert_failure_ref(
        guest->qts, "{'execute': 'device_add', 'arguments': "
        "{'driver': 'virtio-gpu-pci', 'id': 'late'}}");

    qobject_unref(error);
}

/* QEMU ends while the device works. */
static void test_exit_while_busy(void)
{
    struct gpu *gpu = gpu_boot(NULL, "virtio-gpu-pci,id=gpu", NULL);
    struct load load;

    load_prepare(&load, gpu);
    load_post(&load, 64);
    guest_stop(gpu->guest);             /* status 0, nothing on stderr */
}

int main(int argc, char **argv)
{
    static const unsigned outputs[] = { 1, 2, 16 };

    harness_init(&argc, &argv);
    for (unsigned i = 0; i < G_N_ELEMENTS(refusals); i++) {
        g_autofree char *path = g_strdup_printf("/property/refused/%s",
                                                refusals[i].name);

        harness_add_data(path, test_refusal, &refusals[i]);
    }
    harness_add("/property/max-hostmem-0", test_max_hostmem_0);
    for (unsigned i = 0; i < G_N_ELEMENTS(outputs); i++) {
        g_autofree char *path = g_strdup_printf("/property/max-outputs/%u",
                                                outputs[i]);

        harness_add_data(path, test_outputs, &outputs[i]);
    }
    harness_add("/property/iothread/own", test_iothread);
    harness_add("/property/iothread/by-name", test_own_threads);
    harness_add("/property/iothread/shared", test_shared_iothread);
    harness_add("/property/iothread/in-use", test_iothread_in_use);
    harness_add("/property/two-devices", test_two_devices);
    harness_add("/property/no-unplug", test_no_unplug);
    harness_add("/property/no-hotplug", test_no_hotplug);
    harness_add("/property/exit-while-busy", test_exit_while_busy);
    return harness_run();
}
