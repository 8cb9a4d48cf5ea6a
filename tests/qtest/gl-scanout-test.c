/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Textures on screens: the right way up, what a viewer is sent of what was
 * drawn, parts, cursors, and screendumps though nobody looks (conformance
 * matrix, RESOURCE_CREATE_3D, SET_SCANOUT, RESOURCE_FLUSH, UPDATE_CURSOR).
 */
#include <inttypes.h>

#include "draw.h"
#include "gl-image.h"
#include "gl-paint.h"
#include "harness.h"
#include "picture.h"
#include "pointer.h"
#include "scene.h"

#define WIDTH  300u             /* px */
#define HEIGHT 200u

static const struct wire_rect all = { 0, 0, WIDTH, HEIGHT };
static const struct wire_rect part = { 33, 70, 200, 90 };

static struct gl_image image_of(uint32_t id, uint32_t format, uint32_t flags)
{
    return (struct gl_image){
        .texture = {
            .id = id, .format = format, .width = WIDTH, .height = HEIGHT,
            .flags = flags,
        },
    };
}

static void check_shown(struct gl_image *image, const struct wire_rect *rect,
                        const char *what)
{
    struct screen *screen;

    draw_scanout(image->texture.gpu, 0, image->texture.id, rect);
    draw_flush(image->texture.gpu, image->texture.id, &all);
    screen = screen_take(image->texture.gpu->guest, "gpu", 0);
    gl_image_check_screen(image, rect, screen, what);
    screen_free(screen);
}

/* What is drawn is on the screen as a transfer from the host sees it. */
static void test_way_up(void)
{
    static const uint32_t formats[] = { 1, 2, 3, 4, 67, 121, 134 };
    struct gpu *gpu = gl_boot_kept("");
    struct gl_paint paint;

    gl_paint_open(&paint, gpu, 1);
    for (unsigned i = 0; i < 2 * G_N_ELEMENTS(formats); i++) {
        struct gl_image image = image_of(1 + i, formats[i / 2],
                                         i % 2 ? TEXTURE_Y_0_TOP : 0);
        const struct wire_rect corner = { 2, 3, 150, 20 };

        gl_image_create(&image, gpu);
        gl_image_noise(&image, i);
        check_shown(&image, &all, "transferred");
        gl_paint_on(&paint, &image.texture);
        gl_paint_rect(&paint, &corner, 0xff102030);
        gl_image_fill(&image, &corner, 0xff102030);
        gl_paint_submit(&paint);
        check_shown(&image, &all, "drawn");
        check_shown(&image, &part, "a part");
        gl_image_check(&image, "read back");
    }
}

/* The painter draws what is drawn into the picture. */
static void paint(struct gl_paint *painter, struct picture *picture,
                  const struct wire_rect *rect, uint32_t argb)
{
    gl_paint_rect(painter, rect, argb);
    picture_fill(picture, rect, argb);
}

static void start_scene_with(const char *properties, struct scene *scene,
                             struct gl_paint *painter, struct picture *picture,
                             struct gl_texture *texture)
{
    struct gpu *gpu = gl_boot(properties, true, NULL);

    scene_init(scene, gpu, 0);
    picture_create(picture, gpu);
    picture_noise(picture, NULL, 7);
    picture_transfer(picture, NULL);
    *texture = (struct gl_texture){
        .id = picture->id, .format = picture->format, .width = picture->width,
        .height = picture->height,
        .flags = picture->y_0_top ? TEXTURE_Y_0_TOP : 0,
    };
    gl_paint_open(painter, gpu, 1);
    gl_paint_on(painter, texture);
}

static void start_scene(struct scene *scene, struct gl_paint *painter,
                        struct picture *picture, struct gl_texture *texture)
{
    start_scene_with("", scene, painter, picture, texture);
}

/* What is flushed and did change is sent, by tiles, and nothing else. */
static void check_damage(struct picture *picture, const struct wire_rect *shown)
{
    static const struct wire_rect changes[] = {
        { 100, 80, 1, 1 }, { 60, 75, 8, 8 }, { 40, 70, 190, 3 },
        { 128, 70, 64, 90 }, { 33, 159, 1, 1 }, { 232, 70, 1, 90 },
    };
    struct gl_texture texture;
    struct gl_paint painter;
    struct scene scene;

    start_scene(&scene, &painter, picture, &texture);
    scene_show(&scene, picture, shown);
    for (unsigned i = 0; i < G_N_ELEMENTS(changes); i++) {
        paint(&painter, picture, &changes[i], 0xff204060 + i);
        gl_paint_submit(&painter);
        scene_expect(&scene, i % 2 ? &changes[i] : NULL);
        picture_flush(picture, i % 2 ? &changes[i] : NULL);
        scene_check(&scene, "drawn and flushed");
    }
    scene_check_screendump(&scene, picture->gpu->guest, "a screendump");
}

static void test_damage(void)
{
    check_damage(&(struct picture){
        .id = 1, .width = WIDTH, .height = HEIGHT, .texture = true,
    }, NULL);
}

static void test_damage_of_part(void)
{
    check_damage(&(struct picture){
        .id = 1, .width = WIDTH, .height = HEIGHT, .texture = true,
    }, &part);
}

static void test_damage_upside_down(void)
{
    check_damage(&(struct picture){
        .id = 1, .width = WIDTH, .height = HEIGHT, .texture = true,
        .y_0_top = true, .format = 67,
    }, &part);
}

/* What was drawn and not flushed is not sent when something else is. */
static void test_flush_of_part(void)
{
    static const struct wire_rect changes[] = {
        { 10, 10, 20, 20 }, { 200, 150, 50, 20 },
    };
    struct picture picture = {
        .id = 1, .width = WIDTH, .height = HEIGHT, .texture = true,
    };
    struct gl_texture texture;
    struct gl_paint painter;
    struct scene scene;

    start_scene(&scene, &painter, &picture, &texture);
    scene_show(&scene, &picture, NULL);
    paint(&painter, &picture, &changes[0], 0xff000000);
    paint(&painter, &picture, &changes[1], 0xff00ff00);
    gl_paint_submit(&painter);
    for (unsigned i = 0; i < 2; i++) {
        scene_expect(&scene, &changes[i]);
        picture_flush(&picture, &changes[i]);
        scene_check(&scene, "one of two changes flushed");
    }
}

/* Two textures by turns, the whole of each flushed: one tile differs. */
static void test_flips(void)
{
    struct picture pictures[2];
    struct gl_texture textures[2];
    struct gl_paint painter;
    struct scene scene;

    for (unsigned i = 0; i < 2; i++) {
        pictures[i] = (struct picture){
            .id = 1 + i, .width = WIDTH, .height = HEIGHT, .texture = true,
        };
    }
    start_scene(&scene, &painter, &pictures[0], &textures[0]);
    picture_create(&pictures[1], pictures[0].gpu);
    picture_noise(&pictures[1], NULL, 7);
    picture_transfer(&pictures[1], NULL);
    textures[1] = textures[0];
    textures[1].id = 2;
    scene_show(&scene, &pictures[0], NULL);
    for (unsigned i = 1; i <= 6; i++) {
        gl_paint_on(&painter, &textures[i % 2]);
        paint(&painter, &pictures[i % 2],
              &(struct wire_rect){ 200, 100, 16, 16 }, 0xff000000 + i);
        gl_paint_submit(&painter);
        scene_set(&scene, &pictures[i % 2], NULL);
        scene_expect(&scene, NULL);
        picture_flush(&pictures[i % 2], NULL);
        scene_check(&scene, "a flip of textures");
    }
}

/* What is read back to find and show damage is not more than is flushed. */
static void test_bytes_read(void)
{
    static const struct wire_rect flushes[] = {
        { 0, 0, WIDTH, HEIGHT }, { 100, 80, 1, 1 }, { 60, 75, 8, 8 },
        { 40, 70, 190, 3 }, { 33, 59, 1, 90 }, { 63, 63, 66, 66 },
    };
    struct picture picture = {
        .id = 1, .width = WIDTH, .height = HEIGHT, .texture = true,
    };
    struct gl_texture texture;
    struct gl_paint painter;
    struct scene scene;

    start_scene(&scene, &painter, &picture, &texture);
    scene_show(&scene, &picture, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(flushes); i++) {
        uint64_t before = gpu_property(picture.gpu, "readback-bytes");

        paint(&painter, &picture, &flushes[i], 0xff204060 + i);
        gl_paint_submit(&painter);
        scene_expect(&scene, &flushes[i]);
        picture_flush(&picture, &flushes[i]);
        scene_check(&scene, "drawn and flushed");
        expect_eq(gpu_property(picture.gpu, "readback-bytes") - before,
                  flushes[i].width * flushes[i].height * 4,
                  "bytes read back for flush %u", i);
    }
}

#define FPS    2
#define FRAMES 40u

/* OpenGL's pixels are read max_fps times a second, whatever the guest flushes. */
static void test_max_fps(void)
{
    struct picture picture = {
        .id = 1, .width = WIDTH, .height = HEIGHT, .texture = true,
    };
    struct gl_texture texture;
    struct gl_paint painter;
    struct scene scene;
    uint64_t bytes;
    int64_t us;

    start_scene_with(",max_fps=2", &scene, &painter, &picture, &texture);
    scene_show(&scene, &picture, NULL);
    bytes = gpu_property(picture.gpu, "readback-bytes");
    us = g_get_monotonic_time();
    for (unsigned i = 0; i < FRAMES; i++) {
        paint(&painter, &picture, &all, 0xff204060 + i);
        gl_paint_submit(&painter);
        scene_expect(&scene, NULL);
        picture_flush(&picture, NULL);
    }
    scene_check(&scene, "the last of many");
    bytes = gpu_property(picture.gpu, "readback-bytes") - bytes;
    us = g_get_monotonic_time() - us;
    g_test_message("%u pictures of %u in %" PRId64 " ms",
                   (unsigned)(bytes / (WIDTH * HEIGHT * 4)), FRAMES, us / 1000);
    expect_true(bytes <= (uint64_t)(us * FPS / G_USEC_PER_SEC + 2) *
                         WIDTH * HEIGHT * 4,
                "%" PRIu64 " bytes read back in %" PRId64 " us", bytes, us);
}

/* Nobody looks: nothing is read until a screendump wants it. */
static void test_on_demand(void)
{
    struct gpu *gpu = gl_boot_kept("");
    struct gl_image image = image_of(1, 1, 0);
    struct gl_paint painter;

    gl_image_create(&image, gpu);
    gl_paint_open(&painter, gpu, 1);
    gl_paint_on(&painter, &image.texture);
    draw_scanout(gpu, 0, 1, &all);
    for (unsigned i = 0; i < 4; i++) {
        struct screen *screen;

        gl_paint_clear(&painter, 0xff000000 + i * 0x112233);
        gl_image_fill(&image, NULL, 0xff000000 + i * 0x112233);
        gl_paint_submit(&painter);
        draw_flush(gpu, 1, &all);
        screen = screen_take(gpu->guest, "gpu", 0);
        gl_image_check_screen(&image, NULL, screen, "a screendump");
        screen_free(screen);
    }
}

static void test_outlives_context(void)
{
    struct gpu *gpu = gl_boot_kept("");
    struct gl_image image = image_of(1, 1, 0);
    struct gl_paint painter;

    gl_image_create(&image, gpu);
    gl_paint_open(&painter, gpu, 1);
    gl_paint_on(&painter, &image.texture);
    gl_paint_clear(&painter, 0xff778899);
    gl_image_fill(&image, NULL, 0xff778899);
    gl_paint_submit(&painter);
    check_shown(&image, &all, "with its context");
    gl_paint_close(&painter);
    check_shown(&image, &all, "without its context");
    gl_image_check(&image, "read without its context");
    gl_image_noise(&image, 3);
    check_shown(&image, &part, "transferred without a context");
}

static void test_cursor(void)
{
    struct gpu *gpu = gl_boot("", true, NULL);
    struct pointer pointer;
    struct gl_paint painter;

    pointer_init(&pointer, gpu, 0);
    gl_paint_open(&painter, gpu, 1);
    for (unsigned i = 0; i < 4; i++) {
        struct picture image = {
            .id = 1 + i, .format = i < 2 ? 1 : 67, .width = 64, .height = 64,
            .texture = true, .y_0_top = i % 2,
        };
        const struct gl_texture texture = {
            .id = image.id, .format = image.format, .width = 64, .height = 64,
            .flags = image.y_0_top ? TEXTURE_Y_0_TOP : 0,
        };

        picture_create(&image, gpu);
        picture_noise(&image, NULL, i);
        picture_transfer(&image, NULL);
        gl_paint_on(&painter, &texture);
        paint(&painter, &image, &(struct wire_rect){ 5, 9, 20, 3 }, 0x80402010);
        gl_paint_submit(&painter);
        pointer_post_show(&pointer, &image, 10 + i, 20);
        pointer_finish(&pointer);
        pointer_check(&pointer, "a texture as a cursor");
    }
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add("/T-118,T-115/way-up", test_way_up);
    harness_add("/gl-scanout/damage", test_damage);
    harness_add("/gl-scanout/damage-of-part", test_damage_of_part);
    harness_add("/gl-scanout/damage-upside-down", test_damage_upside_down);
    harness_add("/gl-scanout/flush-of-part", test_flush_of_part);
    harness_add("/gl-scanout/flips", test_flips);
    harness_add("/gl-scanout/bytes-read", test_bytes_read);
    harness_add("/gl-scanout/max-fps", test_max_fps);
    harness_add("/gl-scanout/on-demand", test_on_demand);
    harness_add("/T-104,T-471/outlives-context", test_outlives_context);
    harness_add("/T-145/cursor", test_cursor);
    return harness_run();
}
