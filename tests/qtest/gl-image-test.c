/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What command streams draw, texel by texel against a picture that the test
 * computes: exact, but along edges where a rasterizer may choose.  In each
 * format that a scanout can have, both ways up (conformance matrix,
 * RESOURCE_CREATE_3D and SUBMIT_3D).
 */
#include <math.h>
#include <string.h>

#include "draw.h"
#include "gl-image.h"
#include "gl-paint.h"
#include "harness.h"
#include "picture.h"

#define WIDTH  97u              /* px; odd, and not square */
#define HEIGHT 64u

#define GROUND 0xff336699
#define COLOR  0x80fe0204

static struct gl_image image_of(uint32_t id, uint32_t format, uint32_t flags)
{
    return (struct gl_image){
        .texture = {
            .id = id, .format = format, .width = WIDTH, .height = HEIGHT,
            .flags = flags,
        },
    };
}

/*
 * Whether the renderer has the format at all; the one that is installed has no
 * OpenGL format for some that are rare.
 */
static bool has_format(struct gpu *gpu, uint32_t format)
{
    static const uint32_t needed[] = { 1, 2, 67, 134 };
    struct gl_image probe = image_of(99, format, 0);
    uint32_t status = gl_try_create(gpu, &probe.texture);

    if (status == RESP_OK_NODATA) {
        const struct wire_resource unref = {
            .header.type = CMD_RESOURCE_UNREF,
            .resource_id = 99,
        };

        gpu_expect(gpu, &unref, sizeof(unref), RESP_OK_NODATA, "UNREF");
        return true;
    }
    expect_eq(status, RESP_ERR_PARAMETER, "CREATE_3D of format %u", format);
    for (unsigned i = 0; i < G_N_ELEMENTS(needed); i++) {
        expect_true(needed[i] != format, "no format %u", format);
    }
    g_test_message("the renderer has no format %u", format);
    return false;
}

static void for_all(void (*check)(struct gl_paint *paint,
                                  struct gl_image *image))
{
    struct gpu *gpu = gl_boot_kept("");
    struct gl_paint paint;
    uint32_t id = 100;

    gl_paint_open(&paint, gpu, 1);
    for (unsigned i = 0; i < 2 * PICTURE_NUM_FORMATS; i++) {
        uint32_t format = picture_formats[i / 2];
        struct gl_image image = image_of(id++, format,
                                         i % 2 ? TEXTURE_Y_0_TOP : 0);

        if (!has_format(gpu, format)) {
            continue;
        }
        gl_image_create(&image, gpu);
        gl_paint_on(&paint, &image.texture);
        check(&paint, &image);
    }
    gl_paint_close(&paint);
}

static void clear(struct gl_paint *paint, struct gl_image *image,
                  uint32_t argb)
{
    gl_paint_clear(paint, argb);
    gl_image_fill(image, NULL, argb);
}

static void check_clear(struct gl_paint *paint, struct gl_image *image)
{
    static const uint32_t colors[] = { 0xff000000, GROUND, COLOR, 0x00ffffff };

    gl_image_check(image, "a new texture");
    for (unsigned i = 0; i < G_N_ELEMENTS(colors); i++) {
        clear(paint, image, colors[i]);
        gl_paint_submit(paint);
        gl_image_check(image, "a clear");
    }
}

static void check_rect(struct gl_paint *paint, struct gl_image *image)
{
    static const struct wire_rect rects[] = {
        { 0, 0, 1, 1 }, { 96, 63, 1, 1 }, { 10, 20, 30, 15 },
        { 0, 40, 97, 3 },
    };

    clear(paint, image, GROUND);
    for (unsigned i = 0; i < G_N_ELEMENTS(rects); i++) {
        gl_paint_rect(paint, &rects[i], COLOR + i);
        gl_image_fill(image, &rects[i], COLOR + i);
    }
    gl_paint_submit(paint);
    gl_image_check(image, "rectangles");
}

/* Positive on the left of the line from @a to @b, px. */
static double distance(const struct gl_point *a, const struct gl_point *b,
                       double x, double y)
{
    double dx = b->x - a->x, dy = b->y - a->y;

    return (dy * (x - a->x) - dx * (y - a->y)) / sqrt(dx * dx + dy * dy);
}

/* A texel whose centre is within @vague px of an edge may have any colour. */
static void fill_triangle(struct gl_image *image,
                          const struct gl_point points[3], uint32_t argb,
                          double vague)
{
    for (uint32_t i = 0; i < WIDTH * HEIGHT; i++) {
        double least = INFINITY;

        for (unsigned k = 0; k < 3; k++) {
            least = MIN(least, distance(&points[k], &points[(k + 1) % 3],
                                        i % WIDTH + 0.5, i / WIDTH + 0.5));
        }
        if (least > vague) {
            image->want[i] = argb;
        } else if (least > -vague) {
            image->vague[i] = 1;
        }
    }
}

/* Its corners go round so that the inside is on the left. */
static const struct gl_point triangle[3] = {
    { 5, 3 }, { 30.5, 60.25 }, { 90, 20 },
};

static void check_triangle(struct gl_paint *paint, struct gl_image *image)
{
    clear(paint, image, GROUND);
    gl_paint_triangle(paint, triangle, COLOR);
    fill_triangle(image, triangle, COLOR, 0.05);
    gl_paint_submit(paint);
    gl_image_check(image, "a triangle");
}

static void check_texture(struct gl_paint *paint, struct gl_image *image)
{
    struct gl_image source = image_of(image->texture.id + 200,
                                      image->texture.format, 0);

    gl_image_create(&source, paint->gpu);
    gl_image_noise(&source, image->texture.id);
    gl_paint_texture(paint, &source.texture);
    gl_paint_submit(paint);
    memcpy(image->want, source.want, WIDTH * HEIGHT * 4);
    gl_image_check(image, "a texture");
    gl_image_check(&source, "the texture it was drawn with");
}

static struct virgl_place place_of(const struct gl_image *image,
                                   const struct wire_rect *rect)
{
    return (struct virgl_place){
        .resource = image->texture.id,
        .format = image->texture.format,
        .box = { rect->x, rect->y, 0, rect->width, rect->height, 1 },
    };
}

/* Where the row that streams call @y is seen by transfers. */
static uint32_t row(const struct gl_image *image, uint32_t y)
{
    return image->texture.flags & TEXTURE_Y_0_TOP ? HEIGHT - 1 - y : y;
}

/*
 * Of a format with alpha, so that all four channels are defined.  With Y_0_TOP
 * virglrenderer 0.10 turns those that scale and not the others: not tested.
 */
static void check_blit(struct gl_paint *paint, struct gl_image *image)
{
    static const struct wire_rect from = { 3, 5, 20, 10 };
    static const struct wire_rect same = { 60, 40, 20, 10 };
    static const struct wire_rect twice = { 10, 12, 40, 20 };
    struct gl_image source = image_of(image->texture.id + 200, 1, 0);
    struct virgl_place place = place_of(&source, &from);
    struct virgl_place places[] = {
        place_of(image, &same), place_of(image, &twice),
    };

    if (image->texture.flags & TEXTURE_Y_0_TOP) {
        return;
    }
    gl_image_create(&source, paint->gpu);
    gl_image_noise(&source, image->texture.id);
    gl_attach(paint->gpu, paint->context, source.texture.id);
    clear(paint, image, GROUND);
    virgl_blit(&paint->stream, &places[0], &place);
    virgl_blit(&paint->stream, &places[1], &place);
    gl_paint_submit(paint);
    for (uint32_t y = 0; y < twice.height; y++) {
        for (uint32_t x = 0; x < twice.width; x++) {
            uint32_t argb = source.want[(from.y + y / 2) * WIDTH +
                                        from.x + x / 2];

            image->want[(twice.y + y) * WIDTH + twice.x + x] = argb;
            image->want[(same.y + y / 2) * WIDTH + same.x + x / 2] = argb;
        }
    }
    gl_image_check(image, "blits");
}

static void check_copy(struct gl_paint *paint, struct gl_image *image)
{
    static const struct wire_rect from = { 1, 2, 50, 33 };
    static const struct wire_rect to = { 47, 31, 50, 33 };
    struct gl_image source = image_of(image->texture.id + 200,
                                      image->texture.format,
                                      image->texture.flags);
    struct virgl_place dest = place_of(image, &to);
    struct virgl_place place = place_of(&source, &from);

    gl_image_create(&source, paint->gpu);
    gl_image_noise(&source, image->texture.id);
    gl_attach(paint->gpu, paint->context, source.texture.id);
    clear(paint, image, GROUND);
    virgl_copy(&paint->stream, &dest, &place);
    gl_paint_submit(paint);
    for (uint32_t y = 0; y < to.height; y++) {
        memcpy(image->want + row(image, to.y + y) * WIDTH + to.x,
               source.want + row(&source, from.y + y) * WIDTH + from.x,
               to.width * 4);
    }
    gl_image_check(image, "a copy");
}

/* Drawn with four samples a texel, then resolved into the image. */
static void check_resolve(struct gl_paint *paint, struct gl_image *image)
{
    static const struct wire_rect all = { 0, 0, WIDTH, HEIGHT };
    struct gl_image samples = image_of(image->texture.id + 200,
                                       image->texture.format, 0);
    struct virgl_place dest = place_of(image, &all);
    struct virgl_place place = place_of(&samples, &all);
    unsigned between = 0;
    uint8_t *memory = gl_memory(&image->texture);

    samples.texture.nr_samples = 4;
    samples.texture.bare = true;
    gl_image_create(&samples, paint->gpu);
    gl_paint_on(paint, &samples.texture);
    gl_paint_clear(paint, GROUND);
    gl_paint_triangle(paint, triangle, COLOR);
    virgl_blit(&paint->stream, &dest, &place);
    gl_paint_submit(paint);
    gl_image_fill(image, NULL, GROUND);
    fill_triangle(image, triangle, COLOR, 1);
    gl_image_check(image, "samples resolved");
    for (uint32_t i = 0; i < WIDTH * HEIGHT; i++) {
        uint32_t rgb = picture_get_pixel(image->texture.format,
                                         memory + i * 4) & 0xffffff;

        between += rgb != (GROUND & 0xffffff) && rgb != (COLOR & 0xffffff);
    }
    expect_true(between > 50, "%u texels at the edges are between the two "
                "colours", between);
}

static void do_other_thing(struct gpu *gpu, unsigned number)
{
    static const struct wire_rect all = { 0, 0, WIDTH, HEIGHT };
    static struct gl_texture texture = { .id = 90, .width = 8, .height = 8 };

    switch (number) {
    case 0: gl_create_context(gpu, 9, "other"); break;
    case 1: gl_create(&texture, gpu); break;
    case 2: gl_attach(gpu, 9, 90); break;
    case 3: gl_to_host(&texture, NULL); break;
    case 4: gl_detach(gpu, 9, 90); break;
    case 5: draw_unref(gpu, 90); break;
    case 6: draw_flush(gpu, 2, &all); break;
    case 7: gl_destroy_context(gpu, 9); break;
    }
}

/*
 * With objects that the context made before, whatever others do in between:
 * the library has to be left with the OpenGL context that it takes for the
 * current one.
 */
static void test_between(void)
{
    static const struct wire_rect all = { 0, 0, WIDTH, HEIGHT };
    struct gpu *gpu = gl_boot("", false, NULL);
    struct gl_image image = image_of(1, 1, 0), shown = image_of(2, 2, 0);
    struct gl_paint paint;

    gl_image_create(&image, gpu);
    gl_image_create(&shown, gpu);
    draw_scanout(gpu, 0, 2, &all);
    gl_paint_open(&paint, gpu, 1);
    gl_paint_on(&paint, &image.texture);
    for (unsigned number = 0; number < 8; number++) {
        g_autofree char *what = g_strdup_printf("other thing %u", number);

        gl_paint_rect(&paint, &all, GROUND);
        gl_paint_submit(&paint);
        do_other_thing(gpu, number);
        gl_paint_rect(&paint, &all, COLOR + number);
        gl_paint_submit(&paint);
        gl_image_fill(&image, NULL, COLOR + number);
        gl_image_check(&image, what);
    }
}

static void run(const void *data)
{
    for_all(*(void (*const *)(struct gl_paint *, struct gl_image *))data);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *path;
        void (*check)(struct gl_paint *paint, struct gl_image *image);
    } cases[] = {
        { "/T-126/clear", check_clear },
        { "/T-126/rectangles", check_rect },
        { "/T-126/triangle", check_triangle },
        { "/T-126/texture", check_texture },
        { "/T-126/blit", check_blit },
        { "/T-126/copy", check_copy },
        { "/T-117/multisample-resolve", check_resolve },
    };

    harness_init(&argc, &argv);
    for (unsigned i = 0; i < G_N_ELEMENTS(cases); i++) {
        harness_add_data(cases[i].path, run, &cases[i].check);
    }
    harness_add("/T-126,T-111/between", test_between);
    return harness_run();
}
