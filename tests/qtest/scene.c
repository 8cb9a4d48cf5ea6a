/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "harness.h"
#include "scene.h"

static size_t num_pixels(const struct scene *scene)
{
    return (size_t)scene->part.width * scene->part.height;
}

void scene_init(struct scene *scene, struct gpu *gpu, unsigned head)
{
    *scene = (struct scene){
        .display = display_of(gpu->guest),
        .head = head,
    };
    scene->view = display_watch(scene->display, head);
}

void scene_init_unseen(struct scene *scene, unsigned head)
{
    *scene = (struct scene){ .head = head };
}

void scene_end(struct scene *scene)
{
    scene->picture = NULL;
    scene->want = NULL;
}

/* The guest's to free: a case may end anywhere. */
static void resize(struct scene *scene, struct guest *guest)
{
    scene->want = g_new0(uint32_t, num_pixels(scene));
    scene->sent = g_new0(uint8_t, num_pixels(scene));
    guest_at_stop(guest, g_free, scene->want);
    guest_at_stop(guest, g_free, scene->sent);
}

void scene_set(struct scene *scene, struct picture *picture,
               const struct wire_rect *part)
{
    struct wire_rect all = picture_rect(picture);
    bool same;

    part = part ?: &all;
    same = scene->want && part->width == scene->part.width &&
           part->height == scene->part.height;
    scene->picture = picture;
    scene->part = *part;
    if (!same) {
        resize(scene, picture->gpu->guest);
    }
    picture_show(picture, scene->head, part);
}

/* @rect of the picture as a rectangle of the head; false: not seen at all. */
static bool on_head(const struct scene *scene, const struct wire_rect *rect,
                    struct wire_rect *seen)
{
    uint32_t left = MAX(rect->x, scene->part.x);
    uint32_t top = MAX(rect->y, scene->part.y);
    uint32_t right = MIN(rect->x + rect->width,
                         scene->part.x + scene->part.width);
    uint32_t bottom = MIN(rect->y + rect->height,
                          scene->part.y + scene->part.height);

    if (left >= right || top >= bottom) {
        return false;
    }
    *seen = (struct wire_rect){ left - scene->part.x, top - scene->part.y,
                                right - left, bottom - top };
    return true;
}

static uint32_t drawn(const struct scene *scene, uint32_t x, uint32_t y)
{
    return scene->picture->argb[(size_t)(scene->part.y + y) *
                                scene->picture->width + scene->part.x + x] &
           0xffffff;
}

/* One tile, or what of it was flushed: sent if any pixel differs. */
static void expect_tile(struct scene *scene, const struct wire_rect *tile)
{
    bool differs = false;

    for (uint32_t y = tile->y; y < tile->y + tile->height; y++) {
        for (uint32_t x = tile->x; x < tile->x + tile->width; x++) {
            size_t i = (size_t)y * scene->part.width + x;

            differs |= scene->want[i] != drawn(scene, x, y);
            scene->want[i] = drawn(scene, x, y);
        }
    }
    for (uint32_t y = tile->y; differs && y < tile->y + tile->height; y++) {
        memset(scene->sent + (size_t)y * scene->part.width + tile->x, 1,
               tile->width);
    }
}

static uint32_t tile_end(uint32_t at, uint32_t end)
{
    return MIN(ROUND_DOWN(at, SCENE_TILE_PX) + SCENE_TILE_PX, end);
}

void scene_expect(struct scene *scene, const struct wire_rect *rect)
{
    struct wire_rect all = picture_rect(scene->picture);
    struct wire_rect seen;
    uint32_t right, bottom;

    if (!on_head(scene, rect ?: &all, &seen)) {
        return;
    }
    right = seen.x + seen.width;
    bottom = seen.y + seen.height;
    for (uint32_t y = seen.y; y < bottom; y = tile_end(y, bottom)) {
        for (uint32_t x = seen.x; x < right; x = tile_end(x, right)) {
            expect_tile(scene, &(struct wire_rect){
                x, y, tile_end(x, right) - x, tile_end(y, bottom) - y,
            });
        }
    }
}

static bool is_seen(void *data)
{
    const struct scene *scene = data;
    const struct screen *screen = &scene->view->screen;

    return screen->width == scene->part.width &&
           screen->height == scene->part.height &&
           memcmp(screen->xrgb, scene->want, num_pixels(scene) * 4) == 0;
}

static void forget(struct scene *scene)
{
    memset(scene->sent, 0, num_pixels(scene));
    g_array_set_size(scene->view->parts, 0);
}

void scene_wait(struct scene *scene, const char *what)
{
    display_wait(scene->display, is_seen, scene, what);
    forget(scene);
}

void scene_check_screendump(const struct scene *scene, struct guest *guest,
                            const char *what)
{
    struct screen *screen = screen_take(guest, "gpu", scene->head);

    expect_eq(screen->width, scene->part.width, "%s: width", what);
    expect_eq(screen->height, scene->part.height, "%s: height", what);
    for (size_t i = 0; i < num_pixels(scene); i++) {
        expect_eq(screen->xrgb[i], scene->want[i],
                  "%s: screendump of head %u, pixel %zu,%zu", what,
                  scene->head, i % scene->part.width, i / scene->part.width);
    }
    screen_free(screen);
}

void scene_show(struct scene *scene, struct picture *picture,
                const struct wire_rect *part)
{
    scene_set(scene, picture, part);
    scene_expect(scene, NULL);
    picture_flush(picture, NULL);
    scene_wait(scene, "a new picture");
}

static void mark(const struct scene *scene, const struct wire_rect *rect,
                 uint8_t *got)
{
    for (uint32_t y = rect->y; y < rect->y + rect->height; y++) {
        memset(got + (size_t)y * scene->part.width + rect->x, 1, rect->width);
    }
}

static char *describe(const struct scene *scene)
{
    GString *text = g_string_new("came:");

    for (guint i = 0; i < scene->view->parts->len && i < 8; i++) {
        const struct wire_rect *rect = &g_array_index(scene->view->parts,
                                                      struct wire_rect, i);

        g_string_append_printf(text, " %ux%u at %u,%u;", rect->width,
                               rect->height, rect->x, rect->y);
    }
    return g_string_free(text, FALSE);
}

void scene_check(struct scene *scene, const char *what)
{
    g_autofree uint8_t *got = NULL;
    g_autofree char *came = NULL;

    display_wait(scene->display, is_seen, scene, what);
    display_sync(scene->display);
    got = g_new0(uint8_t, num_pixels(scene));
    for (guint i = 0; i < scene->view->parts->len; i++) {
        mark(scene, &g_array_index(scene->view->parts, struct wire_rect, i),
             got);
    }
    came = describe(scene);
    for (size_t i = 0; i < num_pixels(scene); i++) {
        expect_eq(got[i], scene->sent[i], "%s: head %u, sent pixel %zu,%zu; %s",
                  what, scene->head, i % scene->part.width,
                  i / scene->part.width, came);
    }
    expect_true(scene->view->parts->len, "%s: nothing came", what);
    expect_eq(scene->view->bad, 0, "%s: updates that make no sense", what);
    forget(scene);
}

void scene_update(struct scene *scene, const struct wire_rect *rect,
                  const char *what)
{
    scene_expect(scene, rect);
    picture_update(scene->picture, rect);
    scene_check(scene, what);
}

void scene_update_to_nothing(struct scene *scene,
                             const struct wire_rect *rect, const char *what)
{
    struct picture *picture = scene->picture;
    const struct wire_rect last = {
        scene->part.x + scene->part.width - 1,
        scene->part.y + scene->part.height - 1, 1, 1,
    };
    uint32_t pixel = picture->argb[(size_t)last.y * picture->width + last.x];

    scene_expect(scene, rect);
    picture_update(picture, rect);
    expect_true(!memchr(scene->sent, 1, num_pixels(scene)),
                "%s: the test itself changes a colour", what);
    picture_fill(picture, &last, pixel ^ 0x00010101);
    scene_update(scene, &last, what);
}
