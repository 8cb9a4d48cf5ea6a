/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * renderer=gpu on a DRM render node, for tests/vfio: it is named in
 * QTEST_GPU_NODE as "PATH ADDRESS", and one that is rendered for in software in
 * QTEST_SOFTWARE_NODE by its path.
 */
#include "qemu/osdep.h"

#include "libqtest.h"
#include "gl-proof.h"
#include "harness.h"
#include "qobject/qdict.h"
#include "vnc.h"

static const char *setting(const char *name)
{
    const char *value = g_getenv(name);

    if (!value) {
        harness_skip("%s names no DRM render node; tests/vfio/run.py does",
                     name);
    }
    return value;
}

static const char *node(unsigned word)
{
    static char **words;

    if (!words) {
        words = g_strsplit(setting("QTEST_GPU_NODE"), " ", 2);
    }
    return words[word];
}

static struct gpu *boot(const char *properties, const char *others)
{
    g_autofree char *args = g_strdup_printf(
        "-device virtio-gpu-gl-pci,id=gpu,renderer=gpu%s %s", properties,
        others);
    struct guest *guest = guest_start(&(struct guest_options){ .args = args });
    struct gpu *gpu = gpu_find(guest, 0);

    gl_expect_noise(guest);
    gpu_start(gpu, NULL);
    return gpu;
}

/* Whatever names it, it is that node, and says so. */
static void check_taken(const char *properties)
{
    struct gpu *gpu = boot(properties, "");
    QDict *reply = qtest_qmp(gpu->guest->qts,
                             "{'execute': 'qom-get', 'arguments': {'path': "
                             "'/machine/peripheral/gpu/virtio-backend', "
                             "'property': 'renderer-info'}}");
    const char *info = qdict_get_try_str(reply, "return") ?: "no such property";

    expect_true(g_str_has_prefix(info, "gpu: ") && strstr(info, node(0)),
                "renderer-info: %s", info);
    qobject_unref(reply);
    gl_proof(gpu);
}

static void test_path(void)
{
    g_autofree char *property = g_strdup_printf(",rendernode=%s", node(0));

    check_taken(property);
}

static void test_address(void)
{
    g_autofree char *property = g_strdup_printf(",rendernode=%s", node(1));

    check_taken(property);
}

static void test_auto(void)
{
    check_taken(",rendernode=auto");
}

static void test_software_refused(void)
{
    const char *path = setting("QTEST_SOFTWARE_NODE");
    g_autofree char *args = g_strdup_printf(
        "-device virtio-gpu-gl-pci,renderer=gpu,rendernode=%s", path);
    g_autofree char *text = guest_refusal(NULL, args);

    expect_true(strstr(text, path) && strstr(text, "in software") &&
                strstr(text, "rendernode-software=on"), "refused with: %s",
                text);
}

static void test_software_allowed(void)
{
    g_autofree char *properties = g_strdup_printf(
        ",rendernode=%s,rendernode-software=on",
        setting("QTEST_SOFTWARE_NODE"));
    struct gpu *gpu = boot(properties, "");

    guest_expect_noise(gpu->guest, "MESA-LOADER: ");
    gl_proof(gpu);
}

static bool has_pixels(struct vnc *vnc, void *data)
{
    const struct gl_image *image = data;

    return vnc->screen.width == image->texture.width &&
           vnc->screen.xrgb[0] == (image->want[0] & 0xffffff);
}

static void test_vnc(void)
{
    struct gpu *gpu = boot("", VNC_ARGS(0));
    struct vnc *vnc = vnc_connect(gpu->guest);
    struct gl_image image = gl_proof(gpu);

    vnc_wait(vnc, has_pixels, &image, "the picture");
    gl_image_check_screen(&image, NULL, &vnc->screen, "by VNC");
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add("/gl-node/path", test_path);
    harness_add("/gl-node/address", test_address);
    harness_add("/gl-node/auto", test_auto);
    harness_add("/gl-node/software-refused", test_software_refused);
    harness_add("/gl-node/software-allowed", test_software_allowed);
    harness_add("/gl-node/vnc", test_vnc);
    return harness_run();
}
