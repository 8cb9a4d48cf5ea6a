/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Surfaces, of which a display gets one for each size, however much changes: a
 * client of D-Bus that maps it has nothing else to be sent, and must be asked for
 * each.  D-Bus alone gets one for each page of a guest that flips, too, which is the
 * memory that the page is drawn in.  And a client that reads nothing holds up nobody
 * else (conformance matrix, T-020, EDGE-67).
 */
#include "qemu/osdep.h"

#include <glib/gstdio.h>
#include <sys/resource.h>

#include "libqtest.h"
#include "display.h"
#include "display-map.h"
#include "gpu.h"
#include "harness.h"
#include "metrics.h"
#include "scene.h"
#include "vnc.h"

#define WHOLE_PICTURES 10u

/* As long no page is given after one that changed. */
#define COPIES_US (2 * G_USEC_PER_SEC)

/* Three of the head, three images, and what the displays keep. */
#define MAX_FRAMES 9u

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
    picture_noise(stage->scene.picture, rect, seed);
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

    expect_eq(change_all(stage), 0, "surfaces for D-Bus alone");
}

static void test_beside_vnc(void)
{
    struct stage *stage = begin_stage(VNC_ARGS(0));

    expect_eq(change_all(stage), 0, "surfaces for D-Bus beside VNC");
}

/* The same picture by the guest's drawing and by what is mapped. */
static void change_mapped(struct stage *stage, struct display_map *map)
{
    for (uint32_t i = 1; i <= WHOLE_PICTURES; i++) {
        change(stage, NULL, 10 + i);
        display_map_wait(map, &stage->picture, "a whole picture, mapped");
        change(stage, &(struct wire_rect){ i * 60, i * 40, 7, 5 }, 50 + i);
        display_map_wait(map, &stage->picture, "a small change, mapped");
    }
}

static void show_size(struct stage *stage, struct display_map *map,
                      uint32_t width, uint32_t height)
{
    struct picture old = stage->picture;

    stage->picture = (struct picture){
        .id = old.id + 1, .width = width, .height = height,
    };
    picture_create(&stage->picture, stage->gpu);
    picture_noise(&stage->picture, NULL, width);
    picture_transfer(&stage->picture, NULL);
    scene_show(&stage->scene, &stage->picture, NULL);
    /* Not while it is shown, or there is QEMU's surface without a picture. */
    picture_unref(&old);
    display_map_wait(map, &stage->picture, "a picture of another size, mapped");
}

/* Beside a client that is sent pixels. */
static void test_map(void)
{
    struct stage *stage = begin_stage("");
    struct display_map *map = display_map_watch(stage->gpu->guest, 0);
    struct display_map_calls calls;

    change_mapped(stage, map);
    calls = display_map_calls(map);
    expect_eq(calls.maps, 1, "maps of one size");
    expect_true(calls.updates >= 2 * WHOLE_PICTURES, "%u updates, expected %u",
                calls.updates, 2 * WHOLE_PICTURES);
    show_size(stage, map, 801, 333);
    change(stage, &(struct wire_rect){ 790, 320, 11, 13 }, 5);
    display_map_wait(map, &stage->picture, "a change after that, mapped");
    calls = display_map_calls(map);
    expect_eq(calls.maps, 2, "maps of two sizes");
    expect_eq(calls.pixels, 0, "messages with pixels for who maps");
    expect_eq(calls.bad, 0, "calls that make no sense");
}

/* QEMU would not live on in memory that a client can take away. */
static void test_map_size(void)
{
    struct stage *stage = begin_stage("");
    struct display_map *map = display_map_watch(stage->gpu->guest, 0);

    expect_eq(display_map_resize_file(map, 0), EPERM, "to make it shorter");
    expect_eq(display_map_resize_file(map, 64 << 20), EPERM,
              "to make it longer");
    change_mapped(stage, map);
}

static void limit_descriptors(pid_t pid, const struct rlimit *limit,
                              struct rlimit *old)
{
    expect_true(prlimit(pid, RLIMIT_NOFILE, limit, old) == 0, "prlimit: %s",
                strerror(errno));
}

/* The lowest descriptor that is free, or will be when a frame ends. */
static unsigned free_descriptor(pid_t pid)
{
    for (unsigned file = 0; ; file++) {
        g_autofree char *path = g_strdup_printf("/proc/%d/fd/%u", pid, file);
        g_autofree char *name = g_file_read_link(path, NULL);

        if (!name || g_str_has_prefix(name, "/memfd:virtio-gpu ")) {
            return file;
        }
    }
}

/* Without a descriptor for it a picture comes as pixels, the next mapped again. */
static void test_map_no_descriptors(void)
{
    struct stage *stage = begin_stage("");
    struct display_map *map = display_map_watch(stage->gpu->guest, 0);
    struct display_map_calls calls;
    pid_t pid = qtest_pid(stage->gpu->guest->qts);
    struct rlimit limit, none;

    limit_descriptors(pid, NULL, &limit);
    none = limit;
    none.rlim_cur = free_descriptor(pid);
    limit_descriptors(pid, &none, NULL);
    show_size(stage, map, 320, 200);
    change(stage, NULL, 1);
    change(stage, &(struct wire_rect){ 100, 100, 9, 9 }, 2);
    display_map_wait(map, &stage->picture, "changes that are sent as pixels");
    limit_descriptors(pid, &limit, NULL);
    calls = display_map_calls(map);
    expect_eq(calls.maps, 1, "maps while there are descriptors");
    expect_true(calls.pixels, "no pixels came while there are none");
    show_size(stage, map, 640, 480);
    calls = display_map_calls(map);
    expect_eq(calls.maps, 2, "maps with descriptors again");
    expect_eq(calls.bad, 0, "calls that make no sense");
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

/* --- a guest that flips ------------------------------------------------- */

struct pages {
    struct stage *stage;
    struct picture pages[2];
};

static void begin_pages(struct pages *pages, const char *args)
{
    struct stage *stage = begin_stage(args);

    pages->stage = stage;
    for (uint32_t i = 0; i < 2; i++) {
        pages->pages[i] = (struct picture){
            .id = 10 + i, .width = 640, .height = 480,
        };
        picture_create(&pages->pages[i], stage->gpu);
    }
}

static struct picture *draw_page(struct pages *pages, uint32_t number)
{
    struct picture *page = &pages->pages[number % 2];

    picture_noise(page, NULL, 100 + number);
    picture_transfer(page, NULL);
    return page;
}

static void flip(struct pages *pages, uint32_t number)
{
    scene_show(&pages->stage->scene, draw_page(pages, number), NULL);
}

static uint64_t num_lent(const struct stage *stage)
{
    struct metrics *metrics = metrics_take(stage->gpu);
    uint64_t num = metrics_get(metrics, "frames_lent_total");

    metrics_free(metrics);
    return num;
}

/* Pages to the pixel; what of the one that is shown is drawn and not flushed. */
static void flip_all(struct pages *pages)
{
    struct stage *stage = pages->stage;

    for (uint32_t i = 0; i < WHOLE_PICTURES; i++) {
        flip(pages, i);
        scene_check_screendump(&stage->scene, stage->gpu->guest, "a page");
        if (i % 3 == 0) {
            draw_page(pages, i + 200);
            scene_check_screendump(&stage->scene, stage->gpu->guest,
                                   "a page that is drawn and not flushed");
            scene_update(&stage->scene, NULL, "the same, flushed");
        } else if (i % 3 == 1) {
            struct wire_rect rect = { i * 30, i * 20, 70, 50 };

            picture_noise(stage->scene.picture, &rect, i);
            picture_transfer(stage->scene.picture, &rect);
            scene_check_screendump(&stage->scene, stage->gpu->guest,
                                   "a part that is drawn and not flushed");
            scene_update(&stage->scene, &rect, "the same, flushed");
        } else {
            struct wire_rect most = { 0, 0, 640, 300 };

            draw_page(pages, i + 200);
            scene_expect(&stage->scene, &most);
            picture_flush(stage->scene.picture, &most);
            scene_check(&stage->scene, "most of it, flushed");
            scene_check_screendump(&stage->scene, stage->gpu->guest,
                                   "the rest, which was not flushed");
        }
    }
}

static void test_flip(void)
{
    struct pages pages;
    unsigned before;

    begin_pages(&pages, "");
    before = num_surfaces(pages.stage);
    for (uint32_t i = 0; i < WHOLE_PICTURES; i++) {
        flip(&pages, i);
    }
    expect_eq(num_surfaces(pages.stage) - before, WHOLE_PICTURES,
              "surfaces for pages by D-Bus alone");
    flip_all(&pages);
    expect_true(num_lent(pages.stage) >= WHOLE_PICTURES, "%" PRIu64 " pictures lent",
                num_lent(pages.stage));
}

static void test_flip_beside_vnc(void)
{
    struct pages pages;
    unsigned before;

    begin_pages(&pages, VNC_ARGS(0));
    before = num_surfaces(pages.stage);
    flip_all(&pages);
    expect_eq(num_surfaces(pages.stage) - before, 0,
              "surfaces for pages beside VNC");
    expect_true(num_lent(pages.stage) >= WHOLE_PICTURES, "%" PRIu64 " pictures lent",
                num_lent(pages.stage));
}

static void test_flip_mapped(void)
{
    struct pages pages;
    struct display_map *map;
    struct display_map_calls calls;
    unsigned flips, most;
    int64_t start_us;

    begin_pages(&pages, "");
    map = display_map_watch(pages.stage->gpu->guest, 0);
    for (uint32_t i = 0; i < WHOLE_PICTURES; i++) {
        flip(&pages, i);
        display_map_wait(map, &pages.pages[i % 2], "a page, mapped");
    }
    flips = display_map_calls(map).maps;
    expect_eq(flips, 1 + WHOLE_PICTURES, "maps of pages");
    start_us = g_get_monotonic_time();
    for (uint32_t i = 0; i < WHOLE_PICTURES; i++) {
        change(pages.stage, &(struct wire_rect){ i, i, 9, 9 }, i);
        display_map_wait(map, pages.stage->scene.picture, "a change, mapped");
        flip(&pages, i);
        display_map_wait(map, &pages.pages[i % 2], "a page after it, mapped");
    }
    calls = display_map_calls(map);
    most = 2 * (1 + (g_get_monotonic_time() - start_us) / COPIES_US);
    expect_true(calls.maps - flips <= most, "%u maps of pages that change, %u "
                "at most", calls.maps - flips, most);
    expect_eq(calls.pixels, 0, "messages with pixels for who maps");
    expect_eq(calls.bad, 0, "calls that make no sense");
}

/* Pages that hardly differ, and are not drawn again. */
static void test_flip_small(void)
{
    struct wire_rect rect = { 200, 100, 40, 30 };
    struct pages pages;
    struct scene *scene;

    begin_pages(&pages, "");
    scene = &pages.stage->scene;
    picture_noise(&pages.pages[0], NULL, 1);
    picture_noise(&pages.pages[1], NULL, 1);
    picture_noise(&pages.pages[1], &rect, 2);
    picture_transfer(&pages.pages[0], NULL);
    picture_transfer(&pages.pages[1], NULL);
    for (uint32_t i = 0; i < WHOLE_PICTURES; i++) {
        scene_show(scene, &pages.pages[i % 2], NULL);
        scene_check_screendump(scene, pages.stage->gpu->guest, "a page again");
    }
}

/* Frames that QEMU has. */
static unsigned num_frames(struct guest *guest)
{
    g_autofree char *folder = g_strdup_printf("/proc/%d/fd",
                                              qtest_pid(guest->qts));
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    unsigned num = 0;
    const char *file;

    expect_true(dir, "no %s", folder);
    while ((file = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, file, NULL);
        g_autofree char *name = g_file_read_link(path, NULL);

        num += name && g_str_has_prefix(name, "/memfd:virtio-gpu ");
    }
    return num;
}

/* The guest draws its pages all the same, and whoever looks sees them. */
static void test_flip_clogged(void)
{
    struct pages pages;
    struct stage *stage;
    unsigned most = 0;

    begin_pages(&pages, "");
    stage = pages.stage;
    display_clog(stage->scene.display, 0);
    for (uint32_t i = 0; i < 4 * WHOLE_PICTURES; i++) {
        struct picture *page = draw_page(&pages, i);

        picture_show(page, 0, NULL);
        picture_flush(page, NULL);
        picture_expect_shown(page, NULL, 0);
        most = MAX(most, num_frames(stage->gpu->guest));
    }
    g_test_message("%u frames at most", most);
    expect_true(most <= MAX_FRAMES, "%u frames for a client that does not read",
                most);
    display_unclog(stage->scene.display, 0);
    stage->scene.picture = &pages.pages[1];
    scene_expect(&stage->scene, NULL);
    scene_wait(&stage->scene, "the last page, when the client reads again");
    flip(&pages, 4 * WHOLE_PICTURES);
}

/* A page is what it was, whatever becomes of it and of the device. */
static void test_flip_ends(void)
{
    struct pages pages;
    struct stage *stage;

    begin_pages(&pages, "");
    stage = pages.stage;
    flip(&pages, 0);
    flip(&pages, 1);
    picture_unref(&pages.pages[0]);
    scene_check_screendump(&stage->scene, stage->gpu->guest, "the other's end");
    change(stage, &(struct wire_rect){ 3, 3, 5, 5 }, 3);
    scene_show(&stage->scene, &stage->picture, NULL);
    picture_unref(&pages.pages[1]);
    scene_check_screendump(&stage->scene, stage->gpu->guest, "its own end");
    change(stage, NULL, 9);
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add("/T-020/surface/dbus", test_dbus);
    harness_add("/T-020/surface/dbus-beside-vnc", test_beside_vnc);
    harness_add("/T-020/surface/map", test_map);
    harness_add("/T-020/surface/map-size", test_map_size);
    harness_add("/T-020/surface/map-no-descriptors", test_map_no_descriptors);
    harness_add("/T-487/clogged-viewer", test_clogged);
    harness_add("/T-020/surface/flip", test_flip);
    harness_add("/T-020/surface/flip-beside-vnc", test_flip_beside_vnc);
    harness_add("/T-020/surface/flip-mapped", test_flip_mapped);
    harness_add("/T-020/surface/flip-small", test_flip_small);
    harness_add("/T-020/surface/flip-ends", test_flip_ends);
    harness_add("/T-487/clogged-viewer-flips", test_flip_clogged);
    return harness_run();
}
