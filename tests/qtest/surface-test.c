/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Pictures that change as a whole: D-Bus gets the frame itself, other displays a
 * copy in the surface that they have; and a client that reads nothing holds up
 * nobody else (conformance matrix, T-020, EDGE-67).
 */
#include "qemu/osdep.h"

#include <glib/gstdio.h>

#include "display.h"
#include "gpu.h"
#include "harness.h"
#include "scene.h"
#include "vnc.h"

#define WHOLE_PICTURES 10u

struct stage {
    struct gpu *gpu;
    struct picture picture;
    struct scene scene;
    char *folder, *log;         /* QEMU's, of the surfaces that are made */
};

static void end_stage(void *data)
{
    struct stage *stage = data;

    g_unlink(stage->log);
    g_rmdir(stage->folder);
    g_free(stage->log);
    g_free(stage->folder);
    g_free(stage);
}

static struct stage *begin_stage(const char *args)
{
    struct stage *stage = g_new0(struct stage, 1);
    g_autofree char *line = NULL;

    stage->folder = g_dir_make_tmp("surface-XXXXXX", NULL);
    stage->log = g_build_filename(stage->folder, "log", NULL);
    line = g_strdup_printf(" -trace displaysurface_create_pixman -D %s %s",
                           stage->log, args);
    stage->gpu = gpu_boot_with(line, true);
    guest_at_stop(stage->gpu->guest, end_stage, stage);
    stage->picture = (struct picture){ .id = 1, .width = 640, .height = 480 };
    scene_init(&stage->scene, stage->gpu, 0);
    picture_create(&stage->picture, stage->gpu);
    picture_noise(&stage->picture, NULL, 0);
    picture_transfer(&stage->picture, NULL);
    scene_show(&stage->scene, &stage->picture, NULL);
    return stage;
}

static unsigned num_surfaces(const struct stage *stage)
{
    g_autofree char *text = NULL;
    unsigned num = 0;

    expect_true(g_file_get_contents(stage->log, &text, NULL, NULL),
                "QEMU wrote no log of its surfaces");
    for (const char *at = text;
         (at = strstr(at, "displaysurface_create_pixman")); at++) {
        num++;
    }
    return num;
}

static void change(struct stage *stage, const struct wire_rect *rect,
                   uint32_t seed)
{
    picture_noise(&stage->picture, rect, seed);
    scene_update(&stage->scene, rect, "a change");
}

/* A change of more and more; returns how many surfaces were made for it. */
static unsigned change_all(struct stage *stage)
{
    unsigned before = num_surfaces(stage);

    for (uint32_t i = 1; i <= WHOLE_PICTURES; i++) {
        change(stage, NULL, 10 + i);
        change(stage, &(struct wire_rect){ i * 60, i * 40, 7, 5 }, 50 + i);
        scene_check_screendump(&stage->scene, stage->gpu->guest,
                               "a screendump between");
    }
    return num_surfaces(stage) - before;
}

static void test_dbus(void)
{
    struct stage *stage = begin_stage("");

    expect_eq(change_all(stage), WHOLE_PICTURES, "surfaces for D-Bus alone");
}

static void test_beside_vnc(void)
{
    struct stage *stage = begin_stage(VNC_ARGS(0));

    expect_eq(change_all(stage), 0, "surfaces for D-Bus beside VNC");
}

/* Of a client that is stopped, or beyond a slow network. */
static void test_clogged(void)
{
    struct stage *stage = begin_stage("");

    display_clog(stage->scene.display, 0);
    for (uint32_t i = 1; i <= WHOLE_PICTURES; i++) {
        picture_noise(&stage->picture, NULL, i);
        picture_update(&stage->picture, NULL);
        picture_expect_shown(&stage->picture, NULL, 0);
    }
    display_unclog(stage->scene.display, 0);
    scene_expect(&stage->scene, NULL);
    scene_wait(&stage->scene, "the last picture, when the client reads again");
    change(stage, NULL, 77);
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add("/T-020/surface/dbus", test_dbus);
    harness_add("/T-020/surface/dbus-beside-vnc", test_beside_vnc);
    harness_add("/T-487/clogged-viewer", test_clogged);
    return harness_run();
}
