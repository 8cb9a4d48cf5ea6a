/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Pictures on a display with OpenGL, QEMU's D-Bus display on a DRM render node,
 * for tests/vfio: which memory comes as a dma-buf of whom, with what in it, and
 * that it ends with the picture.
 */
#include "qemu/osdep.h"

#include "hw/pci/pci_regs.h"
#include "libqtest.h"
#include "assigned.h"
#include "display.h"
#include "gl-proof.h"
#include "harness.h"
#include "metrics.h"
#include "picture.h"

#define WIDTH  160u             /* px */
#define HEIGHT 100u
#define PLACE  (1024 * 1024u)   /* of a picture in a device's memory */
#define XRGB   0x34325258u      /* DRM's fourcc */

/* The path of what QTEST_GPU_NODE names. */
static const char *node(void)
{
    static char **words;

    if (!words) {
        words = g_strsplit(g_getenv("QTEST_GPU_NODE") ?: "", " ", 2);
    }
    if (!words[0]) {
        harness_skip("QTEST_GPU_NODE names no DRM render node; "
                     "tests/vfio/run.py does");
    }
    return words[0];
}

static struct gpu *boot(const char *devices)
{
    struct guest *guest = guest_start(&(struct guest_options){
        .args = devices,
        .gl_displays = node(),
        .ram_mib = ASSIGNED_RAM_MIB,
    });
    struct gpu *gpu = gpu_find(guest, 0);

    gl_expect_noise(guest);
    /* A view answers while it is waited for; QEMU does not wait for it. */
    guest_expect_noise(guest, "no gl-unblock within one second");
    /* The test ends with an update on its way to it. */
    guest_expect_noise(guest, "Failed to call update: The connection is");
    return gpu;
}

struct wait {
    const struct display_view *view;
    const char *exporter;
    uint32_t width, height;
};

static bool has_come(void *data)
{
    const struct wait *wait = data;

    return g_strcmp0(wait->view->dmabuf.exporter, wait->exporter) == 0 &&
           wait->view->dmabuf.width == wait->width &&
           wait->view->dmabuf.height == wait->height;
}

/* QEMU's own picture that there is none yet may come before, as one, too. */
static void wait_for_dmabuf(struct gpu *gpu, const struct wait *wait)
{
    g_autofree char *what = g_strdup_printf(
        "a dma-buf of %s at the D-Bus display", wait->exporter);

    display_wait(display_of(gpu->guest), has_come, (void *)wait, what);
    expect_eq(wait->view->bad, 0, "calls that make no sense");
}

struct end {
    struct guest *guest;
    const char *exporter;
};

static bool has_ended(void *data)
{
    const struct end *end = data;

    display_sync(display_of(end->guest));
    return assigned_dmabufs(end->guest, end->exporter) == 0;
}

/*
 * Displays let go of what they drew when they are told of the end.  What comes
 * then, that there is no picture, is a dma-buf too, of another's.
 */
static void check_end(struct picture *picture, const char *exporter)
{
    struct end end = { picture->gpu->guest, exporter };
    g_autofree char *what = g_strdup_printf("the end of the dma-buf of %s",
                                            exporter);

    picture_unref(picture);
    harness_wait(has_ended, &end, what);
}

/* Flushes may change what is shown, and the dma-buf stays. */
static void show(struct picture *picture, struct display_view *view,
                 const char *exporter)
{
    const struct wait wait = { view, exporter, WIDTH, HEIGHT };

    picture_noise(picture, NULL, 1);
    picture_show(picture, 0, NULL);
    picture_flush(picture, NULL);
    wait_for_dmabuf(picture->gpu, &wait);
    expect_eq(view->dmabuf.fourcc, XRGB, "its format");
    expect_eq(view->dmabuf.modifier, 0, "its modifier, none but LINEAR");
}

static bool was_updated(void *data)
{
    const struct picture *picture = ((void **)data)[0];
    const struct display_view *view = ((void **)data)[1];

    return view->screen.xrgb[0] == (picture->argb[0] & 0xffffff);
}

static void check_memory(bool scattered)
{
    struct gpu *gpu = boot("-device virtio-gpu-pci,id=gpu,blob=on");
    struct display_view *view = display_watch(display_of(gpu->guest), 0);
    struct picture picture = {
        .id = 1, .width = WIDTH, .height = HEIGHT, .blob = true,
        .scattered = scattered,
    };

    gpu_start(gpu, NULL);
    picture_create(&picture, gpu);
    show(&picture, view, "udmabuf");
    expect_true(view->dmabuf.readable, "a dma-buf of memory cannot be mapped");
    picture_expect_on(&picture, NULL, &view->screen, "in the dma-buf");
    picture_noise(&picture, NULL, 2);
    picture_flush(&picture, NULL);
    display_wait(display_of(gpu->guest), was_updated,
                 (void *[]){ &picture, view }, "the update of a dma-buf");
    picture_expect_on(&picture, NULL, &view->screen, "in the updated dma-buf");
    check_end(&picture, "udmabuf");
}

static void test_memory(void)
{
    check_memory(false);
}

static void test_scattered_memory(void)
{
    check_memory(true);
}

#define FPS    4
#define FRAMES 10u

/* Displays that draw from the memory are told max_fps times a second. */
static void test_max_fps(void)
{
    struct gpu *gpu = boot("-device virtio-gpu-pci,id=gpu,blob=on,max_fps=4");
    struct display_view *view = display_watch(display_of(gpu->guest), 0);
    struct picture picture = {
        .id = 1, .width = WIDTH, .height = HEIGHT, .blob = true,
    };
    struct metrics *before, *after;
    uint64_t presented;
    int64_t us;

    gpu_start(gpu, NULL);
    picture_create(&picture, gpu);
    show(&picture, view, "udmabuf");
    us = g_get_monotonic_time();
    before = metrics_take(gpu);
    for (uint32_t i = 0; i < FRAMES; i++) {
        picture_noise(&picture, NULL, 2 + i);
        picture_flush(&picture, NULL);
        display_sync(display_of(gpu->guest));
    }
    after = metrics_take(gpu);
    us = g_get_monotonic_time() - us;
    presented = metrics_get(after, "frames_presented_total") -
                metrics_get(before, "frames_presented_total");
    g_test_message("%" PRIu64 " pictures in %" PRId64 " ms", presented,
                   us / 1000);
    expect_eq(metrics_get(after, "frames_shared_total") -
              metrics_get(before, "frames_shared_total"), FRAMES,
              "pictures shared");
    expect_eq(metrics_get(after, "frames_read_total"),
              metrics_get(before, "frames_read_total"), "pictures read");
    expect_true(presented <= (uint64_t)us * FPS / G_USEC_PER_SEC + 2, "%" PRIu64
                " pictures in %" PRId64 " us", presented, us);
    /* Each flush waited for its picture's turn. */
    expect_true(us >= (FRAMES - 2) * G_USEC_PER_SEC / FPS,
                "%u flushes in %" PRId64 " us", FRAMES, us);
    display_wait(display_of(gpu->guest), was_updated,
                 (void *[]){ &picture, view }, "the last picture");
    metrics_free(before);
    metrics_free(after);
}

/* Black while the guest has its GPU switched off, and back with its next frame. */
static void check_switched_off(struct picture *picture,
                               struct assigned *assigned,
                               struct display_view *view)
{
    const struct wait black = { view, "virtio_gpu", WIDTH, HEIGHT };
    const struct wait back = { view, "vfio_pci_core", WIDTH, HEIGHT };
    struct guest *guest = picture->gpu->guest;

    guest_expect_noise(guest, "virtio-gpu: memory of vfio-pci device");
    pci_command(assigned->pci, PCI_COMMAND_MEMORY, false);
    expect_eq(picture_try_flush(picture), RESP_ERR_UNSPEC,
              "RESOURCE_FLUSH of a device that is switched off");
    wait_for_dmabuf(picture->gpu, &black);
    screen_expect_filled(guest, 0, WIDTH, HEIGHT, 0);
    pci_command(assigned->pci, PCI_COMMAND_MEMORY, true);
    picture_flush(picture, NULL);
    wait_for_dmabuf(picture->gpu, &back);
    picture_expect_shown(picture, NULL, 0);
}

static void test_device(void)
{
    g_autofree char *assigned_args = assigned_arguments(0);
    g_autofree char *args = g_strdup_printf(
        "-device virtio-gpu-pci,id=gpu,renderer=vfio,vfio=assigned0 %s",
        assigned_args);
    struct gpu *gpu = boot(args);
    struct assigned *assigned = assigned_of(gpu->guest, 0);
    struct display_view *view = display_watch(display_of(gpu->guest), 0);
    struct picture picture = {
        .id = 1, .width = WIDTH, .height = HEIGHT, .blob = true,
        .blob_flags = BLOB_SHAREABLE,
        .memory = assigned->memory + PLACE, .address = assigned->base + PLACE,
    };

    if (!assigned_exports()) {
        harness_skip("this kernel has no dma-bufs of a device's memory");
    }
    gpu_start(gpu, NULL);
    picture_create(&picture, gpu);
    show(&picture, view, "vfio_pci_core");
    picture_expect_shown(&picture, NULL, 0);
    check_switched_off(&picture, assigned, view);
    check_end(&picture, "vfio_pci_core");
}

/* What is in it only a GPU of the machine could tell: the screendump does. */
static void test_texture(void)
{
    struct gpu *gpu = boot("-device virtio-gpu-gl-pci,id=gpu,renderer=gpu");
    struct display_view *view = display_watch(display_of(gpu->guest), 0);
    struct gl_image image;

    gpu_start(gpu, NULL);
    image = gl_proof(gpu);
    wait_for_dmabuf(gpu, &(struct wait){
        view, "virtio_gpu", image.texture.width, image.texture.height,
    });
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add("/gl-dbus/memory", test_memory);
    harness_add("/gl-dbus/scattered-memory", test_scattered_memory);
    harness_add("/gl-dbus/max-fps", test_max_fps);
    harness_add("/gl-dbus/device", test_device);
    harness_add("/gl-dbus/texture", test_texture);
    return harness_run();
}
