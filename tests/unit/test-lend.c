/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Pictures without a copy: an image that is drawn in a frame, and the mailbox
 * that is lent it.
 */
#include "renderer/pixman/image.h"

#include <string.h>
#include <glib.h>

#include "hw/virtio/vgpu/budget.h"
#include "hw/virtio/vgpu/format.h"
#include "mailbox.h"

#define WIDTH 512u
#define HEIGHT 256u
#define BYTES (WIDTH * HEIGHT * 4)

/* An image's store whose frames come from a mailbox, as the device's do. */
struct stage {
    struct vgpu_mailbox *mailbox;
    struct image_store store;
    struct vgpu_image image;
    unsigned num_created;       /* frames that no mailbox had */
    bool is_full;               /* the host has no memory */
};

static struct vgpu_frame *create(struct stage *stage, uint32_t width,
                                 uint32_t height)
{
    if (stage->is_full) {
        return NULL;
    }
    stage->num_created++;
    return vgpu_frame_create(width, height);
}

static struct vgpu_frame *take(void *opaque, uint32_t width, uint32_t height)
{
    struct stage *stage = opaque;
    struct vgpu_frame *frame = vgpu_mailbox_take_frame(stage->mailbox, width,
                                                       height);

    return frame ? frame : create(stage, width, height);
}

static const struct vgpu_frame_ops frame_ops = {
    .take = take,
    .ref = vgpu_frame_ref,
    .unref = vgpu_frame_unref,
    .is_shared = vgpu_frame_is_shared,
};

/* Of a wake-up. */
static void ignore(bool wake)
{
    (void)wake;
}

static void finish_news(struct vgpu_mailbox *mailbox)
{
    struct vgpu_mailbox_news news;

    if (vgpu_mailbox_take(mailbox, &news)) {
        vgpu_mailbox_news_finish(&news);
    }
}

static void begin_stage(struct stage *stage)
{
    bool wake;

    *stage = (struct stage){
        .mailbox = vgpu_mailbox_create(),
        .store = {
            .budget = vgpu_budget_create(64 << 20, 0),
            .frame_ops = &frame_ops,
            .frames = stage,
        },
        .image = {
            .width = WIDTH, .height = HEIGHT, .stride = WIDTH * 4,
            .format = VGPU_FORMAT_B8G8R8X8,
        },
    };
    g_assert_true(vgpu_mailbox_enable(stage->mailbox, WIDTH, HEIGHT, &wake));
    finish_news(stage->mailbox);
    g_assert_cmpint(image_store_create(&stage->store, &stage->image), ==,
                    VGPU_OK);
}

static void end_stage(struct stage *stage)
{
    image_store_destroy(&stage->store, &stage->image);
    g_assert_cmpuint(vgpu_budget_usage(stage->store.budget).held, ==, 0);
    g_assert_cmpuint(vgpu_budget_usage(stage->store.budget).pixels, ==, 0);
    g_assert_cmpuint(stage->store.num_frames, ==, 0);
    vgpu_mailbox_destroy(stage->mailbox);
    vgpu_budget_destroy(stage->store.budget);
}

static enum vgpu_status try_draw(struct stage *stage, uint8_t value, bool whole,
                                 bool written)
{
    struct vgpu_frame *before;
    enum vgpu_status status;

    status = image_store_begin_write(&stage->store, &stage->image, whole,
                                     &before);
    if (status == VGPU_OK) {
        memset(stage->image.storage, value, whole && written ? BYTES : 4);
        image_store_end_write(&stage->store, &stage->image, whole, written,
                              before);
    }
    return status;
}

static void draw(struct stage *stage, uint8_t value, bool whole)
{
    g_assert_cmpint(try_draw(stage, value, whole, true), ==, VGPU_OK);
}

static bool lend(struct stage *stage)
{
    pixman_region32_t all;
    struct vgpu_frame *frame = image_store_picture(&stage->store,
                                                   &stage->image);
    bool wake, lent;

    g_assert_nonnull(frame);
    pixman_region32_init_rect(&all, 0, 0, WIDTH, HEIGHT);
    lent = vgpu_mailbox_lend(stage->mailbox, frame, &all, &wake);
    pixman_region32_fini(&all);
    vgpu_frame_unref(frame);
    return lent;
}

static void expect_news(struct stage *stage, struct vgpu_mailbox_news *news,
                        bool is_lent, uint8_t first, uint8_t last)
{
    g_assert_true(vgpu_mailbox_take(stage->mailbox, news));
    g_assert_cmpint(news->is_lent, ==, is_lent);
    g_assert_cmphex(news->frame->data[0], ==, first);
    g_assert_cmphex(news->frame->data[BYTES - 1], ==, last);
}

/* --- the image ---------------------------------------------------------- */

/* Moves @image, all of which one transfer brought; whether it could. */
static bool move(struct stage *stage, struct vgpu_image *image)
{
    struct vgpu_frame *frame;

    image->wholes = image->wholes_wanted;
    frame = image_store_picture(&stage->store, image);
    g_assert_true(frame == image->frame);
    vgpu_frame_unref(frame);
    return frame != NULL;
}

static void test_storage(void)
{
    struct stage stage;
    struct vgpu_image small, other;

    begin_stage(&stage);
    g_assert_null(stage.image.frame);
    g_assert_null(image_store_picture(&stage.store, &stage.image));
    draw(&stage, 0x11, false);
    g_assert_null(image_store_picture(&stage.store, &stage.image));
    draw(&stage, 0x22, true);
    g_assert_true(move(&stage, &stage.image));
    g_assert_true(stage.image.storage == stage.image.frame->data);
    g_assert_cmphex(stage.image.frame->data[BYTES - 1], ==, 0x22);
    g_assert_cmpuint(vgpu_budget_usage(stage.store.budget).held, ==, BYTES);
    small = (struct vgpu_image){ .width = 64, .height = 64, .stride = 256,
                                 .format = VGPU_FORMAT_B8G8R8X8 };
    other = stage.image;
    other.format = VGPU_FORMAT_R8G8B8A8;
    g_assert_cmpint(image_store_create(&stage.store, &small), ==, VGPU_OK);
    g_assert_cmpint(image_store_create(&stage.store, &other), ==, VGPU_OK);
    g_assert_false(move(&stage, &small));
    g_assert_false(move(&stage, &other));
    image_store_destroy(&stage.store, &small);
    image_store_destroy(&stage.store, &other);
    end_stage(&stage);
}

/* Files are few, whatever a guest shows; without any there is memory. */
static void test_many(void)
{
    struct vgpu_image images[40];
    unsigned num_frames = 0;
    struct stage stage;

    begin_stage(&stage);
    for (unsigned i = 0; i < G_N_ELEMENTS(images); i++) {
        images[i] = stage.image;
        g_assert_cmpint(image_store_create(&stage.store, &images[i]), ==,
                        VGPU_OK);
        stage.is_full = i == 1;
        num_frames += move(&stage, &images[i]);
        g_assert_cmphex(*(uint32_t *)images[i].storage, ==, 0);
    }
    g_assert_null(images[1].frame);
    g_assert_cmpuint(num_frames, ==, 32);
    for (unsigned i = 0; i < G_N_ELEMENTS(images); i++) {
        image_store_destroy(&stage.store, &images[i]);
    }
    end_stage(&stage);
}

/* What fits without frames fits with them. */
static void test_budget(void)
{
    struct vgpu_image images[4];
    struct stage stage;

    begin_stage(&stage);
    image_store_destroy(&stage.store, &stage.image);
    vgpu_budget_destroy(stage.store.budget);
    stage.store.budget = vgpu_budget_create(4 * BYTES, 0);
    for (unsigned i = 0; i < G_N_ELEMENTS(images); i++) {
        images[i] = stage.image;
        g_assert_cmpint(image_store_create(&stage.store, &images[i]), ==,
                        VGPU_OK);
    }
    g_assert_true(move(&stage, &images[3]));
    g_assert_cmpint(image_store_create(&stage.store, &stage.image), ==,
                    VGPU_ERR_OUT_OF_MEMORY);
    for (unsigned i = 0; i < G_N_ELEMENTS(images); i++) {
        image_store_destroy(&stage.store, &images[i]);
    }
    end_stage(&stage);
}

/* --- lent --------------------------------------------------------------- */

static void test_lend(void)
{
    struct vgpu_mailbox_news news;
    struct stage stage;

    begin_stage(&stage);
    draw(&stage, 0x11, true);
    g_assert_true(lend(&stage));
    g_assert_true(vgpu_mailbox_picture(stage.mailbox) == stage.image.frame);
    expect_news(&stage, &news, true, 0x11, 0x11);
    g_assert_true(news.frame == stage.image.frame);
    /* The image is drawn in while it is shown, as a whole and in part. */
    draw(&stage, 0x22, true);
    draw(&stage, 0x33, false);
    g_assert_null(image_store_picture(&stage.store, &stage.image));
    g_assert_cmphex(news.frame->data[0], ==, 0x11);
    g_assert_cmphex(vgpu_mailbox_picture(stage.mailbox)->data[0], ==, 0x11);
    vgpu_mailbox_news_finish(&news);
    draw(&stage, 0x44, true);
    g_assert_true(lend(&stage));
    expect_news(&stage, &news, true, 0x44, 0x44);
    vgpu_mailbox_news_finish(&news);
    end_stage(&stage);
}

/* A part that is drawn keeps the rest. */
static void test_part(void)
{
    struct vgpu_mailbox_news news;
    struct stage stage;

    begin_stage(&stage);
    draw(&stage, 0x11, true);
    g_assert_true(lend(&stage));
    draw(&stage, 0x33, false);
    g_assert_cmphex(((uint8_t *)stage.image.storage)[BYTES - 1], ==, 0x11);
    expect_news(&stage, &news, true, 0x11, 0x11);
    vgpu_mailbox_news_finish(&news);
    /* That cost a copy: not again for each second picture. */
    for (uint8_t i = 1; i < 3; i++) {
        draw(&stage, i, true);
        g_assert_null(image_store_picture(&stage.store, &stage.image));
    }
    draw(&stage, 3, true);
    g_assert_true(lend(&stage));
    draw(&stage, 4, true);
    g_assert_true(lend(&stage));
    end_stage(&stage);
}

/* A transfer that fails, or has no memory, leaves what is shown and what was. */
static void test_failed(void)
{
    struct vgpu_frame *frame;
    struct stage stage;

    begin_stage(&stage);
    draw(&stage, 0x11, true);
    g_assert_true(lend(&stage));
    frame = stage.image.frame;
    g_assert_cmpint(try_draw(&stage, 0x22, true, false), ==, VGPU_OK);
    g_assert_true(stage.image.frame == frame && frame->is_drawn_in);
    g_assert_cmphex(*(uint8_t *)stage.image.storage, ==, 0x11);
    stage.is_full = true;
    g_assert_null(vgpu_mailbox_take_frame(stage.mailbox, 1, 1));
    vgpu_frame_unref(vgpu_mailbox_take_frame(stage.mailbox, WIDTH, HEIGHT));
    g_assert_cmpint(try_draw(&stage, 0x22, true, true), ==,
                    VGPU_ERR_OUT_OF_MEMORY);
    g_assert_true(stage.image.frame == frame);
    g_assert_cmphex(*(uint8_t *)stage.image.storage, ==, 0x11);
    end_stage(&stage);
}

/* One buffer, drawn as a whole again and again: no memory but at the start. */
static void test_recycle(void)
{
    struct vgpu_mailbox_news news;
    unsigned num_created = 0;
    struct stage stage;

    begin_stage(&stage);
    for (uint8_t i = 1; i < 20; i++) {
        draw(&stage, i, true);
        g_assert_true(lend(&stage));
        expect_news(&stage, &news, true, i, i);
        vgpu_mailbox_news_finish(&news);
        if (i == 3) {
            num_created = stage.num_created;
        }
    }
    g_assert_cmpuint(stage.num_created, ==, num_created);
    g_assert_cmpuint(vgpu_budget_usage(stage.store.budget).held, ==, BYTES);
    /* What the image left is the mailbox's, and counted there. */
    g_assert_cmpuint(vgpu_mailbox_bytes(stage.mailbox), ==,
                     stage.num_created * (uint64_t)BYTES);
    end_stage(&stage);
}

/* Two buffers by turns: each is drawn in its own memory. */
static void test_flip(void)
{
    struct stage stage;
    struct vgpu_image images[2];
    struct vgpu_frame *frames[2];

    begin_stage(&stage);
    for (unsigned i = 0; i < 2; i++) {
        images[i] = stage.image;
        g_assert_cmpint(image_store_create(&stage.store, &images[i]), ==,
                        VGPU_OK);
        g_assert_true(move(&stage, &images[i]));
        frames[i] = images[i].frame;
    }
    for (uint8_t i = 0; i < 10; i++) {
        struct vgpu_image old = stage.image;
        struct vgpu_mailbox_news news;

        stage.image = images[i % 2];
        draw(&stage, i, true);
        g_assert_true(stage.image.frame == frames[i % 2]);
        g_assert_true(lend(&stage));
        expect_news(&stage, &news, true, i, i);
        vgpu_mailbox_news_finish(&news);
        images[i % 2] = stage.image;
        stage.image = old;
    }
    for (unsigned i = 0; i < 2; i++) {
        image_store_destroy(&stage.store, &images[i]);
    }
    end_stage(&stage);
}

/* Small changes behind it are written in a frame of the mailbox's. */
static void test_write_behind(void)
{
    struct vgpu_mailbox_news news;
    struct stage stage;
    struct vgpu_frame *frame;
    pixman_region32_t corner;

    begin_stage(&stage);
    draw(&stage, 0x11, true);
    g_assert_true(lend(&stage));
    pixman_region32_init_rect(&corner, 0, 0, 1, 1);
    frame = vgpu_mailbox_begin(stage.mailbox, &corner);
    g_assert_nonnull(frame);
    g_assert_true(frame != stage.image.frame);
    memset(frame->data, 0x44, 4);
    ignore(vgpu_mailbox_publish(stage.mailbox));
    expect_news(&stage, &news, false, 0x44, 0x11);
    vgpu_mailbox_news_finish(&news);
    g_assert_cmphex(*(uint8_t *)stage.image.storage, ==, 0x11);
    g_assert_false(vgpu_frame_is_shared(stage.image.frame));
    /* What the mailbox was left by the image is the mailbox's to write. */
    g_assert_true(lend(&stage));
    draw(&stage, 0x22, true);
    finish_news(stage.mailbox);
    frame = vgpu_mailbox_begin(stage.mailbox, &corner);
    g_assert_true(frame != stage.image.frame);
    memset(frame->data, 0x55, 4);
    ignore(vgpu_mailbox_publish(stage.mailbox));
    expect_news(&stage, &news, false, 0x55, 0x11);
    g_assert_cmphex(*(uint8_t *)stage.image.storage, ==, 0x22);
    vgpu_mailbox_news_finish(&news);
    pixman_region32_fini(&corner);
    end_stage(&stage);
}

/* Whoever holds everything stops these pictures as others. */
static void test_all_held(void)
{
    struct vgpu_mailbox_news held[3];
    struct stage stage;

    begin_stage(&stage);
    for (uint8_t i = 0; i < 3; i++) {
        draw(&stage, i + 1, true);
        g_assert_true(lend(&stage));
        expect_news(&stage, &held[i], true, i + 1, i + 1);
    }
    draw(&stage, 9, true);
    g_assert_false(lend(&stage));
    g_assert_cmphex(vgpu_mailbox_picture(stage.mailbox)->data[0], ==, 3);
    for (unsigned i = 0; i < 3; i++) {
        g_assert_cmphex(held[i].frame->data[0], ==, i + 1);
        vgpu_mailbox_news_finish(&held[i]);
    }
    g_assert_true(lend(&stage));
    end_stage(&stage);
}

/* It is counted where it is drawn in; another size is not this picture's. */
static void test_lend_bounds(void)
{
    struct vgpu_frame *other = vgpu_frame_create(WIDTH, HEIGHT / 2);
    pixman_region32_t all;
    struct stage stage;
    bool wake;

    begin_stage(&stage);
    draw(&stage, 1, true);
    g_assert_true(lend(&stage));
    g_assert_cmpuint(vgpu_mailbox_bytes(stage.mailbox), ==, 0);
    pixman_region32_init_rect(&all, 0, 0, WIDTH, HEIGHT / 2);
    g_assert_false(vgpu_mailbox_lend(stage.mailbox, other, &all, &wake));
    ignore(vgpu_mailbox_disable(stage.mailbox));
    g_assert_false(vgpu_frame_is_shared(stage.image.frame));
    g_assert_false(lend(&stage));
    pixman_region32_fini(&all);
    vgpu_frame_unref(other);
    end_stage(&stage);
}

/* --- two threads ---------------------------------------------------------- */

#define THREAD_PICTURES 400u
#define SEEN_PICTURES 50
#define HELD 2

struct reader {
    struct stage *stage;
    int is_done;                /* atomic */
    int num_seen;               /* atomic */
};

/* Every picture is of one colour, for as long as it is held. */
static void check_colour(const struct vgpu_mailbox_news *news)
{
    const uint8_t *data = news->frame->data;

    for (size_t i = 1; i < BYTES; i += 997) {
        g_assert_cmphex(data[i], ==, data[0]);
    }
}

static void *read_pictures(void *opaque)
{
    struct reader *reader = opaque;
    struct vgpu_mailbox_news held[HELD];
    unsigned num_held = 0;

    while (!g_atomic_int_get(&reader->is_done)) {
        struct vgpu_mailbox_news *news = &held[num_held];

        if (!vgpu_mailbox_take(reader->stage->mailbox, news)) {
            g_thread_yield();
            continue;
        }
        g_atomic_int_inc(&reader->num_seen);
        if (++num_held == HELD) {
            for (unsigned i = 0; i < HELD; i++) {
                check_colour(&held[i]);
                vgpu_mailbox_news_finish(&held[i]);
            }
            num_held = 0;
        }
    }
    while (num_held) {
        vgpu_mailbox_news_finish(&held[--num_held]);
    }
    return NULL;
}

static void test_threads(void)
{
    struct vgpu_image images[2];
    struct stage stage;
    struct reader reader = { .stage = &stage };
    struct vgpu_image first;
    unsigned num_lent = 0;
    GThread *thread;

    begin_stage(&stage);
    first = stage.image;
    for (unsigned i = 0; i < 2; i++) {
        images[i] = first;
        g_assert_cmpint(image_store_create(&stage.store, &images[i]), ==,
                        VGPU_OK);
    }
    thread = g_thread_new("reader", read_pictures, &reader);
    /* As many as it takes until the other had its share of the processors. */
    for (unsigned i = 0;
         i < THREAD_PICTURES ||
         g_atomic_int_get(&reader.num_seen) < SEEN_PICTURES; i++) {
        /* Flips, and one buffer, by turns. */
        unsigned page = i % 16 < 8 ? i % 2 : 0;

        stage.image = images[page];
        draw(&stage, 1 + i % 250, true);
        num_lent += lend(&stage);
        images[page] = stage.image;
        g_thread_yield();
    }
    g_atomic_int_set(&reader.is_done, 1);
    g_thread_join(thread);
    g_test_message("%u lent, %d seen", num_lent, reader.num_seen);
    g_assert_cmpuint(num_lent, >, 0);
    for (unsigned i = 0; i < 2; i++) {
        image_store_destroy(&stage.store, &images[i]);
    }
    stage.image = first;
    end_stage(&stage);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/lend/storage", test_storage);
    g_test_add_func("/lend/many", test_many);
    g_test_add_func("/lend/budget", test_budget);
    g_test_add_func("/lend/lend", test_lend);
    g_test_add_func("/lend/part", test_part);
    g_test_add_func("/lend/failed", test_failed);
    g_test_add_func("/lend/recycle", test_recycle);
    g_test_add_func("/lend/flip", test_flip);
    g_test_add_func("/lend/write-behind", test_write_behind);
    g_test_add_func("/lend/T-487/all-held", test_all_held);
    g_test_add_func("/lend/bounds", test_lend_bounds);
    g_test_add_func("/lend/threads", test_threads);
    return g_test_run();
}
