/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * qemu-virtio-gpu-ctl beside a guest that draws: its screenshots are what the
 * guest drew, its figures what there is, its monitors what the guest is told.
 * The rest of it is in tests/ctl.
 */
#include <inttypes.h>
#include <string.h>
#include <glib/gstdio.h>

#include "gpu.h"
#include "harness.h"
#include "picture.h"
#include "png.h"

struct vm {
    struct gpu *gpu;
    char *folder;
    char *socket;
};

static void remove_folder(void *data)
{
    struct vm *vm = data;

    g_unlink(vm->socket);
    g_rmdir(vm->folder);
    g_free(vm->socket);
    g_free(vm->folder);
    g_free(vm);
}

/* Until the case is over. */
static struct vm *boot(const char *device)
{
    g_autofree char *with_monitor = NULL;
    struct vm *vm = g_new0(struct vm, 1);

    vm->folder = g_dir_make_tmp("ctl-XXXXXX", NULL);
    expect_true(vm->folder != NULL, "no folder for a socket");
    vm->socket = g_build_filename(vm->folder, "qmp", NULL);
    harness_at_end(remove_folder, vm);
    with_monitor = g_strdup_printf("%s -qmp unix:%s,server=on,wait=off", device,
                                   vm->socket);
    vm->gpu = gpu_boot(NULL, with_monitor, NULL);
    return vm;
}

/* What the program says to @command, to be freed. */
static char *ask(const struct vm *vm, const char *command)
{
    g_autofree char *line = g_strdup_printf(
        "%s --qmp %s --timeout 100 %s", g_getenv("QTEST_CTL"), vm->socket,
        command);
    g_autofree char *errors = NULL;
    char *out;
    int status;

    if (!g_spawn_command_line_sync(line, &out, &errors, &status, NULL) ||
        status) {
        harness_fail("%s: %s", line, errors);
    }
    return out;
}

static void expect_screenshot(const struct vm *vm, unsigned head,
                              const struct picture *picture)
{
    g_autofree char *path = g_build_filename(vm->folder, "a.png", NULL);
    g_autofree char *command = g_strdup_printf("screenshot %u %s", head, path);
    g_autofree char *said = ask(vm, command);
    g_autofree char *want = g_strdup_printf("%s: %ux%u, head %u of gpu\n", path,
                                            picture->width, picture->height,
                                            head);
    g_autofree char *file = NULL;
    struct screen screen;
    size_t bytes;

    expect_true(g_str_equal(said, want), "expected \"%s\", got \"%s\"", want,
                said);
    expect_true(g_file_get_contents(path, &file, &bytes, NULL), "no %s", path);
    g_unlink(path);
    screen.xrgb = png_read((const uint8_t *)file, bytes, &screen.width,
                           &screen.height);
    picture_expect_on(picture, NULL, &screen, "screenshot");
    g_free(screen.xrgb);
}

static void draw(struct vm *vm, struct picture *picture, unsigned head)
{
    picture_create(picture, vm->gpu);
    picture_noise(picture, NULL, 1 + head);
    picture_transfer(picture, NULL);
    picture_show(picture, head, NULL);
    picture_flush(picture, NULL);
}

/* Nobody looks, so it is the screenshot that has pictures fetched. */
static void test_screenshots(void)
{
    struct picture first = { .id = 1, .width = 1920, .height = 1080 };
    struct picture second = { .id = 2, .width = 333, .height = 77 };
    struct vm *vm = boot("virtio-gpu-pci,id=gpu,max_outputs=2");

    draw(vm, &first, 0);
    draw(vm, &second, 1);
    expect_screenshot(vm, 0, &first);
    expect_screenshot(vm, 1, &second);
    picture_noise(&second, NULL, 9);
    picture_update(&second, NULL);
    expect_screenshot(vm, 1, &second);
}

static void test_stats(void)
{
    struct picture picture = { .id = 1, .width = 1920, .height = 1080 };
    g_autofree char *said = NULL;
    g_autofree char *want = NULL;
    struct vm *vm = boot("virtio-gpu-pci,id=gpu");

    draw(vm, &picture, 0);
    expect_screenshot(vm, 0, &picture);
    want = g_strdup_printf("\"frame_memory_bytes\": %" PRIu64 ",",
                           gpu_property(vm->gpu, "frame-bytes"));
    said = ask(vm, "stats --json");
    expect_true(!strstr(want, ": 0,"), "no memory for a picture that is shown");
    expect_true(strstr(said, want) != NULL, "expected %s, got %s", want, said);
}

static void expect_head(struct gpu *gpu, unsigned head, bool enabled,
                        uint32_t width, uint32_t height)
{
    struct wire_display_info info;

    gpu_display_info(gpu, &info);
    expect_eq(info.modes[head].enabled, enabled, "head %u enabled", head);
    expect_eq(info.modes[head].rect.width, enabled ? width : 0,
              "head %u width", head);
    expect_eq(info.modes[head].rect.height, enabled ? height : 0,
              "head %u height", head);
}

/* What the guest is told. */
static void test_heads(void)
{
    struct vm *vm = boot("virtio-gpu-pci,id=gpu,max_outputs=3");

    expect_head(vm->gpu, 1, false, 0, 0);
    g_free(ask(vm, "connect 1"));
    expect_head(vm->gpu, 1, true, 1280, 800);
    g_free(ask(vm, "mode 1 2560x1440@144"));
    expect_head(vm->gpu, 1, true, 2560, 1440);
    g_free(ask(vm, "disconnect 0"));
    expect_head(vm->gpu, 0, false, 0, 0);
    expect_head(vm->gpu, 1, true, 2560, 1440);
    expect_head(vm->gpu, 2, false, 0, 0);
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add("/screenshots", test_screenshots);
    harness_add("/stats", test_stats);
    harness_add("/heads", test_heads);
    return harness_run();
}
