/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Which devices have 3D, and 3D by every way that requests can travel: types,
 * renderers, features that a driver does not want, packed rings, a thread of
 * the user's, an IOMMU.
 */
#include "qemu/osdep.h"

#include "libqtest.h"
#include "draw.h"
#include "gl-image.h"
#include "gl-proof.h"
#include "gl-work.h"
#include "harness.h"
#include "picture.h"
#include "qobject/qdict.h"
#include "vtd.h"

#define WIDTH  80u              /* px */
#define HEIGHT 60u

#define NO_NATIVE "warning: virtio-gpu: no DRM native context: "

static struct gpu *boot(const char *args, unsigned number,
                        const struct gpu_options *options)
{
    struct guest *guest = guest_start(&(struct guest_options){ .args = args });
    struct gpu *gpu = gpu_find(guest, number);

    gl_expect_noise(guest);
    gpu_start(gpu, options);
    return gpu;
}

static void expect_2d(struct gpu *gpu)
{
    struct picture picture = {
        .id = 600, .format = 1, .width = WIDTH, .height = HEIGHT,
    };

    picture_create(&picture, gpu);
    picture_noise(&picture, NULL, 2);
    picture_transfer(&picture, NULL);
    picture_show(&picture, 0, NULL);
    picture_flush(&picture, NULL);
    picture_expect_shown(&picture, NULL, 0);
}

static void expect_no_3d(struct gpu *gpu)
{
    expect_eq(gl_try_create_context(gpu, 1, "none"), RESP_ERR_UNSPEC,
              "CTX_CREATE without 3D");
    expect_eq(gl_try_create(gpu, &(struct gl_texture){
        .id = 5, .width = 8, .height = 8,
    }), RESP_ERR_UNSPEC, "CREATE_3D without 3D");
    expect_2d(gpu);
}

static void test_with_3d(const void *args)
{
    struct gpu *gpu = boot(args, 0, NULL);

    gl_proof(gpu);
    expect_2d(gpu);
}

static void test_renderer_2d(void)
{
    struct gpu *gpu = boot("-device virtio-gpu-gl-pci,id=gpu,renderer=2d", 0,
                           NULL);

    expect_true(!(gpu->features & (GPU_F_VIRGL | GPU_F_CONTEXT_INIT)),
                "3D is offered");
    expect_eq(vdev_config(gpu->vdev, CONFIG_NUM_CAPSETS), 0, "num_capsets");
    expect_no_3d(gpu);
}

/* A driver of 2D on a device with 3D, Windows' for example. */
static void test_not_wanted(void)
{
    struct gpu *gpu = boot("-device virtio-gpu-gl-pci,id=gpu", 0,
                           &(struct gpu_options){
        .refuse = GPU_F_VIRGL | GPU_F_CONTEXT_INIT,
    });

    expect_no_3d(gpu);
}

static void test_no_context_init(void)
{
    gl_proof(boot("-device virtio-gpu-gl-pci,id=gpu,context-init=on", 0,
                   &(struct gpu_options){ .refuse = GPU_F_CONTEXT_INIT }));
}

static void test_packed(void)
{
    struct gpu *gpu = boot("-device virtio-gpu-gl-pci,id=gpu,packed=on", 0,
                           &(struct gpu_options){ .packed = true });

    gl_proof(gpu);
}

static unsigned count_lines(const char *text, const char *with)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    unsigned num = 0;

    for (char **line = lines; *line; line++) {
        num += **line && (strstr(*line, with) != NULL);
    }
    return num;
}

static void test_second_refused(void)
{
    g_autofree char *text = guest_refusal(
        NULL, "-device virtio-gpu-gl-pci -device virtio-vga-gl");

    expect_eq(count_lines(text, ""),
              1 + count_lines(text, "virtio-gpu: renderer "),
              "lines of a refusal: %s", text);
    expect_eq(count_lines(text, "one virtio-gpu with 3D"), 1,
              "the refusal: %s", text);
    expect_eq(count_lines(text, "renderer=2d"), 1, "what helps: %s", text);
}

/* Arguments that cannot be, and what is said of them. */
static const char *const not_native[][2] = {
    { "virtio-gpu-pci,blob=on,hostmem=64M", "this is renderer=2d" },
    { "virtio-gpu-gl-pci,blob=on,hostmem=64M,renderer=software",
      "this is renderer=software" },
    { "virtio-gpu-gl-pci,hostmem=64M,blob=off",
      "drm_native_context=on needs blob=on" },
    { "virtio-gpu-gl-pci,blob=on", "hostmem=256M, for example" },
};

static void test_native_refused(void)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(not_native); i++) {
        g_autofree char *args =
            g_strdup_printf("-device %s,drm_native_context=on",
                            not_native[i][0]);
        g_autofree char *text = guest_refusal(NULL, args);

        expect_eq(count_lines(text, not_native[i][1]), 1, "%s: %s", args,
                  text);
    }
}

/* Where there is none, the rest goes on, and a sentence says why. */
static void test_native_falls_back(void)
{
    struct guest *guest = guest_start(&(struct guest_options){
        .args = "-device virtio-gpu-gl-pci,id=gpu,blob=on,hostmem=64M,"
                "drm_native_context=on" });
    struct gpu *gpu = gpu_find(guest, 0);
    g_autofree char *text = guest_stderr(guest);

    expect_eq(count_lines(text, NO_NATIVE), 1, "the warning: %s", text);
    gl_expect_noise(guest);
    guest_expect_noise(guest, NO_NATIVE);
    gpu_start(gpu, NULL);
    expect_true(gpu->features & GPU_F_CONTEXT_INIT,
                "CONTEXT_INIT is not offered");
    expect_eq(vdev_config(gpu->vdev, CONFIG_NUM_CAPSETS), 2, "num_capsets");
    gl_proof(gpu);
}

static void test_second_2d(void)
{
    struct gpu *gpu = boot("-device virtio-gpu-gl-pci,id=gpu "
                           "-device virtio-gpu-gl-pci,id=two,renderer=2d", 0,
                           NULL);
    struct gpu *second = gpu_find(gpu->guest, 1);

    gpu_start(second, NULL);
    gl_proof(gpu);
    draw_image(second, 1, FORMAT_B8G8R8X8, WIDTH, HEIGHT, 3);
    gpu_expect_alive(second);
    gpu_restart(gpu, NULL);
    gl_proof(gpu);
}

static void test_info(void)
{
    struct gpu *gpu = boot("-device virtio-gpu-gl-pci,id=gpu,"
                           "renderer=software", 0, NULL);
    QDict *reply = qtest_qmp(gpu->guest->qts,
                             "{'execute': 'qom-get', 'arguments': {'path': "
                             "'/machine/peripheral/gpu/virtio-backend', "
                             "'property': 'renderer-info'}}");

    expect_true(g_str_has_prefix(qdict_get_try_str(reply, "return") ?: "",
                                 "software: "), "renderer-info");
    qobject_unref(reply);
}

static struct gpu *start_iommu(struct vtd **vtd)
{
    struct guest *guest = guest_start(&(struct guest_options){
        .machine = "q35",
        .args = "-device intel-iommu "
                "-device virtio-gpu-gl-pci,id=gpu,iommu_platform=on",
    });
    struct gpu *gpu = gpu_find(guest, 0);

    gl_expect_noise(guest);
    *vtd = vtd_enable(gpu->pci->pci);
    gpu_start(gpu, NULL);
    expect_true(gpu->features & F_ACCESS_PLATFORM,
                "ACCESS_PLATFORM is not offered");
    return gpu;
}

static void test_iommu(void)
{
    struct vtd *vtd;
    struct gpu *gpu = start_iommu(&vtd);

    gl_proof(gpu);
    expect_2d(gpu);
    expect_true(!vtd_take_fault(vtd), "a DMA fault in proper use");
}

/* What the device may not write it does not: not by a transfer or a stream. */
static void test_read_only(void)
{
    struct vtd *vtd;
    struct gpu *gpu = start_iommu(&vtd);
    struct gl_image image = {
        .texture = { .id = 1, .format = 1, .width = WIDTH, .height = HEIGHT,
                     .bare = true },
    };
    struct gl_texture *texture = &image.texture;
    const struct wire_transfer_3d read = {
        .box = { 0, 0, 0, WIDTH, HEIGHT, 1 }, .resource_id = 1,
    };
    struct gl_paint paint;

    gl_image_create(&image, gpu);
    texture->backing_bytes = WIDTH * HEIGHT * 4;
    texture->backing = guest_ram_alloc(gpu->guest, texture->backing_bytes);
    vtd_protect(vtd, texture->backing, texture->backing_bytes, VTD_READ);
    draw_attach(gpu, 1, &(struct wire_entry){
        texture->backing, texture->backing_bytes, 0,
    }, 1);
    gl_image_noise(&image, 1);
    memset(gl_memory(texture), GPU_POISON, texture->backing_bytes);
    expect_eq(gl_transfer(gpu, CMD_TRANSFER_FROM_HOST_3D, 0, &read),
              RESP_ERR_UNSPEC, "FROM_HOST into memory that is read-only");
    gl_paint_open(&paint, gpu, 1);
    gl_attach(gpu, 1, 1);
    virgl_transfer(&paint.stream, &(struct virgl_place){
        .resource = 1, .box = { 0, 0, 0, WIDTH, HEIGHT, 1 },
    }, 0, false);
    gl_submit_fenced(gpu, 1, &paint.stream);
    for (uint32_t i = 0; i < WIDTH * HEIGHT; i++) {
        expect_eq(((uint32_t *)gl_memory(texture))[i], 0xa5a5a5a5,
                  "word %u of memory that is read-only", i);
    }
    gl_destroy_context(gpu, 1);
    vtd_protect(vtd, texture->backing, texture->backing_bytes,
                VTD_READ | VTD_WRITE);
    draw_detach(gpu, 1);
    draw_attach(gpu, 1, &(struct wire_entry){
        texture->backing, texture->backing_bytes, 0,
    }, 1);
    gl_image_check(&image, "what memory that was read-only was read into");
}

int main(int argc, char **argv)
{
    static const char *const devices[][2] = {
        { "gpu-gl-pci", "-device virtio-gpu-gl-pci,id=gpu" },
        { "gpu-pci-software",
          "-device virtio-gpu-pci,id=gpu,renderer=software" },
        { "vga-gl", "-device virtio-vga-gl,id=gpu" },
        { "outputs", "-device virtio-gpu-gl-pci,id=gpu,max_outputs=4" },
        { "blob", "-device virtio-gpu-gl-pci,id=gpu,blob=on" },
        { "no-ioeventfd", "-device virtio-gpu-gl-pci,id=gpu,ioeventfd=off" },
        { "iothread", "-object iothread,id=thread "
          "-device virtio-gpu-gl-pci,id=gpu,iothread=thread" },
    };

    harness_init(&argc, &argv);
    for (unsigned i = 0; i < G_N_ELEMENTS(devices); i++) {
        g_autofree char *path = g_strdup_printf("/gl-device/%s",
                                                devices[i][0]);

        harness_add_data(path, test_with_3d, devices[i][1]);
    }
    harness_add("/gl-device/renderer-2d", test_renderer_2d);
    harness_add("/gl-device/not-wanted", test_not_wanted);
    harness_add("/gl-device/no-context-init", test_no_context_init);
    harness_add("/gl-device/packed", test_packed);
    harness_add("/gl-device/second-refused", test_second_refused);
    harness_add("/gl-device/native-refused", test_native_refused);
    harness_add("/gl-device/native-falls-back", test_native_falls_back);
    harness_add("/gl-device/second-2d", test_second_2d);
    harness_add("/gl-device/info", test_info);
    harness_add("/T-590/gl", test_iommu);
    harness_add("/T-395,T-468/read-only", test_read_only);
    return harness_run();
}
