/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A random walk through pictures, heads, sizes, flips, resets and looks; what
 * is seen is compared with what was drawn (conformance matrix, EDGE-59 to
 * EDGE-66).
 */
#include "qemu/osdep.h"

#include "gpu.h"
#include "harness.h"
#include "scene.h"

#define NUM_HEADS    3
#define NUM_PICTURES 6
#define NUM_STEPS    700
#define LEAST_PX     16
#define MOST_PX      330

struct walk {
    struct gpu *gpu;
    GRand *random;
    bool seen;                  /* viewers at every head */
    uint32_t step;
    struct scene heads[NUM_HEADS];
    struct picture pictures[NUM_PICTURES];      /* id 0: none */
};

static uint32_t below(struct walk *walk, uint32_t end)
{
    return g_rand_int_range(walk->random, 0, end);
}

static uint32_t between(struct walk *walk, uint32_t least, uint32_t most)
{
    return g_rand_int_range(walk->random, least, most + 1);
}

static struct wire_rect any_rect(struct walk *walk, const struct picture *p,
                                 uint32_t least)
{
    struct wire_rect rect = {
        .width = between(walk, least, p->width),
        .height = between(walk, least, p->height),
    };

    rect.x = below(walk, p->width - rect.width + 1);
    rect.y = below(walk, p->height - rect.height + 1);
    return rect;
}

static bool is_shown(struct walk *walk, const struct picture *picture)
{
    for (unsigned i = 0; i < NUM_HEADS; i++) {
        if (walk->heads[i].picture == picture) {
            return true;
        }
    }
    return false;
}

/* Another picture in the place of one that no head shows. */
static void step_create(struct walk *walk)
{
    unsigned at = below(walk, NUM_PICTURES);
    struct picture *picture = &walk->pictures[at];

    if (is_shown(walk, picture)) {
        return;
    }
    if (picture->id) {
        picture_unref(picture);
    }
    *picture = (struct picture){
        .id = 1 + at,
        .format = picture_formats[below(walk, PICTURE_NUM_FORMATS)],
        .width = between(walk, LEAST_PX, MOST_PX),
        .height = between(walk, LEAST_PX, MOST_PX),
        .blob = below(walk, 2),
        .scattered = below(walk, 2),
    };
    picture_create(picture, walk->gpu);
    picture_noise(picture, NULL, walk->step);
    picture_transfer(picture, NULL);
}

static struct picture *any_picture(struct walk *walk)
{
    struct picture *picture = &walk->pictures[below(walk, NUM_PICTURES)];

    return picture->id ? picture : NULL;
}

static void expect_flush(struct walk *walk, const struct picture *picture,
                         const struct wire_rect *rect)
{
    for (unsigned i = 0; i < NUM_HEADS; i++) {
        if (walk->heads[i].picture == picture) {
            scene_expect(&walk->heads[i], rect);
        }
    }
}

static void step_show(struct walk *walk)
{
    struct scene *head = &walk->heads[below(walk, NUM_HEADS)];
    struct picture *picture = any_picture(walk);
    struct wire_rect part;

    if (!picture) {
        return;
    }
    part = any_rect(walk, picture, LEAST_PX);
    if (head->picture && below(walk, 2) &&
        head->part.width <= picture->width &&
        head->part.height <= picture->height) {
        part = (struct wire_rect){ 0, 0, head->part.width, head->part.height };
    }
    scene_set(head, picture, &part);
    expect_flush(walk, picture, NULL);
    picture_flush(picture, NULL);
}

/* Mostly of what is shown; mostly little. */
static void step_update(struct walk *walk)
{
    struct picture *picture = walk->heads[below(walk, NUM_HEADS)].picture;
    struct wire_rect rect;

    picture = picture ?: any_picture(walk);
    if (!picture) {
        return;
    }
    rect = any_rect(walk, picture, 1);
    if (below(walk, 4)) {
        rect.width = MIN(rect.width, between(walk, 1, 40));
        rect.height = MIN(rect.height, between(walk, 1, 40));
    }
    picture_noise(picture, &rect, walk->step);
    expect_flush(walk, picture, &rect);
    picture_update(picture, &rect);
}

static void step_hide(struct walk *walk)
{
    unsigned head = below(walk, NUM_HEADS);

    picture_hide(walk->gpu, head);
    scene_end(&walk->heads[head]);
}

static void check_head(struct walk *walk, struct scene *head)
{
    g_autofree char *what = g_strdup_printf("step %u", walk->step);

    if (head->picture) {
        scene_check_screendump(head, walk->gpu->guest, what);
    } else {
        struct screen *screen = screen_take(walk->gpu->guest, "gpu",
                                            head->head);

        expect_true(screen_is_blank(screen), "%s: head %u is not blank", what,
                    head->head);
        screen_free(screen);
    }
}

static void step_look(struct walk *walk)
{
    struct scene *head = &walk->heads[below(walk, NUM_HEADS)];

    if (walk->seen && head->picture) {
        scene_wait(head, "the viewer's picture");
    }
    check_head(walk, head);
}

static void step_reset(struct walk *walk)
{
    vdev_reset(walk->gpu->vdev);
    for (unsigned i = 0; i < NUM_HEADS; i++) {
        scene_end(&walk->heads[i]);
        check_head(walk, &walk->heads[i]);
    }
    memset(walk->pictures, 0, sizeof(walk->pictures));
    gpu_restart(walk->gpu, NULL);
}

static void take_step(struct walk *walk)
{
    static void (*const steps[])(struct walk *walk) = {
        step_create, step_show, step_show, step_update, step_update,
        step_update, step_update, step_update, step_update, step_update,
        step_look, step_look, step_look, step_look,
    };

    if (below(walk, 150) == 0) {
        step_reset(walk);
    } else if (below(walk, 60) == 0) {
        step_hide(walk);
    } else {
        steps[below(walk, G_N_ELEMENTS(steps))](walk);
    }
}

static void start(struct walk *walk, const char *device)
{
    g_autofree char *args = g_strdup_printf(
        "-device %s,id=gpu,blob=on,max_outputs=%u", device, NUM_HEADS);

    walk->gpu = gpu_find(guest_start(&(struct guest_options){
        .args = args,
        .displays = walk->seen,
    }), 0);
    gpu_start(walk->gpu, NULL);
    for (unsigned i = 0; i < NUM_HEADS; i++) {
        if (walk->seen) {
            scene_init(&walk->heads[i], walk->gpu, i);
        } else {
            scene_init_unseen(&walk->heads[i], i);
        }
    }
}

static void walk_about(bool seen, const char *device, uint32_t seed)
{
    struct walk walk = {
        .random = g_rand_new_with_seed(seed),
        .seen = seen,
    };

    start(&walk, device);
    for (walk.step = 1; walk.step <= NUM_STEPS; walk.step++) {
        take_step(&walk);
    }
    for (unsigned i = 0; i < NUM_HEADS; i++) {
        check_head(&walk, &walk.heads[i]);
    }
    g_rand_free(walk.random);
}

static void test_seen(const void *seed)
{
    walk_about(true, "virtio-gpu-pci", GPOINTER_TO_UINT(seed));
}

static void test_unseen(const void *seed)
{
    walk_about(false, "virtio-gpu-pci", GPOINTER_TO_UINT(seed));
}

static void test_no_ioeventfd(const void *seed)
{
    walk_about(true, "virtio-gpu-pci,ioeventfd=off", GPOINTER_TO_UINT(seed));
}

/* A step waits for the time of its picture. */
static void test_paced(const void *seed)
{
    walk_about(true, "virtio-gpu-pci,max_fps=200", GPOINTER_TO_UINT(seed));
}

/* Its VGA was never programmed, and shows nothing whenever it is seen. */
static void test_vga(const void *seed)
{
    walk_about(true, "virtio-vga", GPOINTER_TO_UINT(seed));
}

static void test_unseen_vga(const void *seed)
{
    walk_about(false, "virtio-vga", GPOINTER_TO_UINT(seed));
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*run)(const void *seed);
    } ways[] = {
        { "with-viewers", test_seen },
        { "without-viewers", test_unseen },
        { "without-ioeventfd", test_no_ioeventfd },
        { "with-max-fps", test_paced },
        { "vga-with-viewers", test_vga },
        { "vga-without-viewers", test_unseen_vga },
    };

    harness_init(&argc, &argv);
    for (unsigned i = 0; i < G_N_ELEMENTS(ways); i++) {
        for (unsigned seed = 1; seed <= 4; seed++) {
            g_autofree char *path =
                g_strdup_printf("/T-479,T-516/walk/%s/%u", ways[i].name,
                                seed);

            harness_add_data(path, ways[i].run, GUINT_TO_POINTER(seed));
        }
    }
    return harness_run();
}
