/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "mailbox.h"

#include <string.h>
#include <glib.h>

#include "hw/virtio/vgpu/dmabuf.h"

#define WIDTH 32
#define HEIGHT 24

static const struct vgpu_rect all = { 0, 0, WIDTH, HEIGHT };

static uint32_t *pixel(const struct vgpu_frame *frame, uint32_t x, uint32_t y)
{
    return (uint32_t *)(frame->data + (size_t)y * frame->stride) + x;
}

static void write_rect(struct vgpu_frame *frame, const struct vgpu_rect *rect,
                       uint32_t value)
{
    for (uint32_t y = 0; y < rect->height; y++) {
        for (uint32_t x = 0; x < rect->width; x++) {
            *pixel(frame, rect->x + x, rect->y + y) = value;
        }
    }
}

/* Of a wake-up that a test does not look at. */
static void ignore(bool wake)
{
    (void)wake;
}

static struct vgpu_frame *begin(struct vgpu_mailbox *mailbox,
                                const struct vgpu_rect *rect)
{
    pixman_region32_t region;
    struct vgpu_frame *frame;

    pixman_region32_init_rect(&region, rect->x, rect->y, rect->width,
                              rect->height);
    frame = vgpu_mailbox_begin(mailbox, &region);
    pixman_region32_fini(&region);
    return frame;
}

/* Draws a rectangle of one colour.  Returns whether to wake the reader. */
static bool draw(struct vgpu_mailbox *mailbox, const struct vgpu_rect *rect,
                 uint32_t value)
{
    struct vgpu_frame *frame = begin(mailbox, rect);

    g_assert_nonnull(frame);
    write_rect(frame, rect, value);
    return vgpu_mailbox_publish(mailbox);
}

static struct vgpu_mailbox *create_enabled(void)
{
    struct vgpu_mailbox *mailbox = vgpu_mailbox_create();
    struct vgpu_mailbox_news news;
    bool wake = false;

    g_assert_true(vgpu_mailbox_enable(mailbox, WIDTH, HEIGHT, &wake));
    g_assert_true(wake);
    g_assert_true(vgpu_mailbox_take(mailbox, &news));
    vgpu_mailbox_news_finish(&news);
    return mailbox;
}

static void assert_damage(const struct vgpu_mailbox_news *news, int x1, int y1,
                          int x2, int y2)
{
    const pixman_box32_t *box =
        pixman_region32_extents((pixman_region32_t *)&news->damage);

    g_assert_cmpint(box->x1, ==, x1);
    g_assert_cmpint(box->y1, ==, y1);
    g_assert_cmpint(box->x2, ==, x2);
    g_assert_cmpint(box->y2, ==, y2);
}

static void test_enable(void)
{
    struct vgpu_mailbox *mailbox = vgpu_mailbox_create();
    struct vgpu_mailbox_news news;
    bool wake = false;

    g_assert_false(vgpu_mailbox_take(mailbox, &news));
    g_assert_null(begin(mailbox, &all));
    g_assert_true(vgpu_mailbox_enable(mailbox, WIDTH, HEIGHT, &wake));
    g_assert_true(wake);
    g_assert_true(vgpu_mailbox_take(mailbox, &news));
    g_assert_true(news.enabled);
    g_assert_cmpuint(news.frame->width, ==, WIDTH);
    g_assert_cmpuint(news.frame->height, ==, HEIGHT);
    g_assert_cmphex(*pixel(news.frame, 5, 5), ==, 0);
    assert_damage(&news, 0, 0, WIDTH, HEIGHT);
    vgpu_mailbox_news_finish(&news);
    g_assert_false(vgpu_mailbox_take(mailbox, &news));
    /* The same size is no news. */
    g_assert_true(vgpu_mailbox_enable(mailbox, WIDTH, HEIGHT, &wake));
    g_assert_false(wake);
    g_assert_false(vgpu_mailbox_take(mailbox, &news));
    g_assert_true(vgpu_mailbox_enable(mailbox, 8, 8, &wake));
    g_assert_true(wake);
    g_assert_true(vgpu_mailbox_take(mailbox, &news));
    g_assert_cmpuint(news.frame->width, ==, 8);
    vgpu_mailbox_news_finish(&news);
    vgpu_mailbox_destroy(mailbox);
}

static void test_disable(void)
{
    struct vgpu_mailbox *mailbox = create_enabled();
    struct vgpu_mailbox_news news;

    g_assert_true(draw(mailbox, &all, 1));
    g_assert_false(vgpu_mailbox_disable(mailbox));
    g_assert_true(vgpu_mailbox_take(mailbox, &news));
    g_assert_false(news.enabled);
    g_assert_null(news.frame);
    vgpu_mailbox_news_finish(&news);
    g_assert_null(begin(mailbox, &all));
    g_assert_true(vgpu_mailbox_disable(mailbox));
    vgpu_mailbox_destroy(mailbox);
}

/* One wake-up for any number of pictures; their damage adds up. */
static void test_merge(void)
{
    const struct vgpu_rect first = { 1, 2, 3, 4 }, second = { 10, 11, 5, 6 };
    struct vgpu_mailbox *mailbox = create_enabled();
    struct vgpu_mailbox_news news;

    g_assert_true(draw(mailbox, &first, 0x11));
    g_assert_false(draw(mailbox, &second, 0x22));
    g_assert_true(vgpu_mailbox_take(mailbox, &news));
    assert_damage(&news, 1, 2, 15, 17);
    g_assert_cmpint(pixman_region32_n_rects(&news.damage), ==, 2);
    g_assert_cmphex(*pixel(news.frame, 1, 2), ==, 0x11);
    g_assert_cmphex(*pixel(news.frame, 14, 16), ==, 0x22);
    g_assert_cmphex(*pixel(news.frame, 15, 17), ==, 0);
    vgpu_mailbox_news_finish(&news);
    g_assert_false(vgpu_mailbox_take(mailbox, &news));
    /* After the take the next picture wakes again. */
    g_assert_true(draw(mailbox, &first, 0x33));
    g_assert_true(vgpu_mailbox_take(mailbox, &news));
    assert_damage(&news, 1, 2, 4, 6);
    g_assert_cmphex(*pixel(news.frame, 14, 16), ==, 0x22);
    vgpu_mailbox_news_finish(&news);
    vgpu_mailbox_destroy(mailbox);
}

/* A picture that someone holds stays what it was. */
static void test_held(void)
{
    struct vgpu_mailbox *mailbox = create_enabled();
    struct vgpu_mailbox_news held[2], news;

    for (unsigned i = 0; i < G_N_ELEMENTS(held); i++) {
        draw(mailbox, &all, i + 1);
        g_assert_true(vgpu_mailbox_take(mailbox, &held[i]));
    }
    for (unsigned i = 0; i < 20; i++) {
        draw(mailbox, &(struct vgpu_rect) { i, 0, 4, 4 }, 100 + i);
    }
    g_assert_true(vgpu_mailbox_take(mailbox, &news));
    g_assert_cmphex(*pixel(news.frame, 19, 0), ==, 119);
    g_assert_cmphex(*pixel(news.frame, 0, 0), ==, 100);
    g_assert_cmphex(*pixel(news.frame, 31, 23), ==, 2);
    for (unsigned i = 0; i < G_N_ELEMENTS(held); i++) {
        for (uint32_t at = 0; at < WIDTH * HEIGHT; at++) {
            g_assert_cmphex(*pixel(held[i].frame, at % WIDTH, at / WIDTH), ==,
                            i + 1);
        }
        vgpu_mailbox_news_finish(&held[i]);
    }
    vgpu_mailbox_news_finish(&news);
    vgpu_mailbox_destroy(mailbox);
}

/* Whoever holds everything only stops the pictures, and only until then. */
static void test_all_held(void)
{
    struct vgpu_mailbox *mailbox = create_enabled();
    struct vgpu_mailbox_news held[64];
    unsigned num = 0;

    while (num < G_N_ELEMENTS(held)) {
        struct vgpu_frame *frame = begin(mailbox, &all);

        if (!frame) {
            break;
        }
        write_rect(frame, &all, num + 1);
        ignore(vgpu_mailbox_publish(mailbox));
        g_assert_true(vgpu_mailbox_take(mailbox, &held[num]));
        num++;
    }
    g_assert_cmpuint(num, ==, 3);
    for (unsigned i = 0; i < num; i++) {
        g_assert_cmphex(*pixel(held[i].frame, 3, 3), ==, i + 1);
        vgpu_mailbox_news_finish(&held[i]);
    }
    draw(mailbox, &(struct vgpu_rect) { 0, 0, 1, 1 }, 99);
    g_assert_true(vgpu_mailbox_take(mailbox, &held[0]));
    g_assert_cmphex(*pixel(held[0].frame, 0, 0), ==, 99);
    g_assert_cmphex(*pixel(held[0].frame, 1, 0), ==, num);
    vgpu_mailbox_news_finish(&held[0]);
    vgpu_mailbox_destroy(mailbox);
}

static void abandon(struct vgpu_mailbox *mailbox, const struct vgpu_rect *rect)
{
    struct vgpu_frame *frame = begin(mailbox, rect);

    g_assert_nonnull(frame);
    write_rect(frame, rect, 0xbad);
    ignore(vgpu_mailbox_abandon(mailbox));
}

/* What was given up half-way is never seen where somebody holds the picture. */
static void test_abandon(void)
{
    const struct vgpu_rect part = { 2, 2, 20, 20 };
    struct vgpu_mailbox *mailbox = create_enabled();
    struct vgpu_mailbox_news held, news;

    draw(mailbox, &all, 7);
    g_assert_true(vgpu_mailbox_take(mailbox, &held));
    abandon(mailbox, &part);
    g_assert_false(vgpu_mailbox_take(mailbox, &news));
    for (unsigned i = 0; i < 10; i++) {
        draw(mailbox, &(struct vgpu_rect) { 30, 20, 1, 1 }, i);
        abandon(mailbox, &part);
        g_assert_true(vgpu_mailbox_take(mailbox, &news));
        g_assert_cmphex(*pixel(news.frame, 30, 20), ==, i);
        for (uint32_t at = 0; at < WIDTH * HEIGHT; at++) {
            uint32_t got = *pixel(news.frame, at % WIDTH, at / WIDTH);

            g_assert_true(got == 7 || at == 20 * WIDTH + 30);
        }
        vgpu_mailbox_news_finish(&held);
        held = news;
    }
    vgpu_mailbox_news_finish(&held);
    vgpu_mailbox_destroy(mailbox);
}

/* Where nobody does it is written in place, so that is what changed. */
static void test_abandon_in_place(void)
{
    const struct vgpu_rect part = { 2, 2, 20, 20 };
    struct vgpu_mailbox *mailbox = create_enabled();
    struct vgpu_mailbox_news news;

    draw(mailbox, &all, 7);
    g_assert_true(vgpu_mailbox_take(mailbox, &news));
    vgpu_mailbox_news_finish(&news);
    abandon(mailbox, &part);
    g_assert_true(vgpu_mailbox_take(mailbox, &news));
    assert_damage(&news, 2, 2, 22, 22);
    g_assert_cmphex(*pixel(news.frame, 1, 1), ==, 7);
    vgpu_mailbox_news_finish(&news);
    vgpu_mailbox_destroy(mailbox);
}

/* A picture that was shown and let go is written where it is. */
static void test_bytes(void)
{
    struct vgpu_mailbox *mailbox = create_enabled();
    struct vgpu_mailbox_news held, news;

    g_assert_cmpuint(vgpu_mailbox_bytes(mailbox), ==, 0);
    for (unsigned i = 0; i < 5; i++) {
        draw(mailbox, &all, i);
        g_assert_cmpuint(vgpu_mailbox_bytes(mailbox), ==, WIDTH * HEIGHT * 4);
        g_assert_true(vgpu_mailbox_take(mailbox, &news));
        vgpu_mailbox_news_finish(&news);
    }
    g_assert_true(!vgpu_mailbox_has_news(mailbox));
    draw(mailbox, &all, 5);
    g_assert_true(vgpu_mailbox_has_news(mailbox));
    g_assert_true(vgpu_mailbox_take(mailbox, &held));
    for (unsigned i = 0; i < 5; i++) {
        draw(mailbox, &all, i);
    }
    g_assert_cmpuint(vgpu_mailbox_bytes(mailbox), ==, 3 * WIDTH * HEIGHT * 4);
    ignore(vgpu_mailbox_disable(mailbox));
    g_assert_cmpuint(vgpu_mailbox_bytes(mailbox), ==, 0);
    vgpu_mailbox_news_finish(&held);
    vgpu_mailbox_destroy(mailbox);
}

/* Frames outlive the mailbox. */
static void test_outlive(void)
{
    struct vgpu_mailbox *mailbox = create_enabled();
    struct vgpu_mailbox_news news;

    draw(mailbox, &all, 5);
    g_assert_true(vgpu_mailbox_take(mailbox, &news));
    ignore(vgpu_mailbox_disable(mailbox));
    vgpu_mailbox_destroy(mailbox);
    g_assert_cmphex(*pixel(news.frame, 31, 23), ==, 5);
    vgpu_mailbox_news_finish(&news);
}

/* Any number of small changes: never less damage than there was. */
static void test_much_damage(void)
{
    struct vgpu_mailbox *mailbox = create_enabled();
    struct vgpu_mailbox_news news;

    for (uint32_t i = 0; i < WIDTH * HEIGHT; i += 5) {
        draw(mailbox, &(struct vgpu_rect) { i % WIDTH, i / WIDTH, 1, 1 }, i);
    }
    g_assert_true(vgpu_mailbox_take(mailbox, &news));
    for (uint32_t i = 0; i < WIDTH * HEIGHT; i += 5) {
        g_assert_true(pixman_region32_contains_point(&news.damage, i % WIDTH,
                                                     i / WIDTH, NULL));
        g_assert_cmphex(*pixel(news.frame, i % WIDTH, i / WIDTH), ==, i);
    }
    vgpu_mailbox_news_finish(&news);
    vgpu_mailbox_destroy(mailbox);
}

static struct vgpu_dmabuf *new_dmabuf(void)
{
    return vgpu_dmabuf_create(&(struct vgpu_dmabuf) { .width = WIDTH });
}

static bool share(struct vgpu_mailbox *mailbox, struct vgpu_dmabuf *dmabuf,
                  int x, uint64_t token)
{
    pixman_region32_t region;
    bool wake;

    pixman_region32_init_rect(&region, x, 0, 1, 1);
    wake = vgpu_mailbox_share(mailbox, dmabuf, &region, token);
    pixman_region32_fini(&region);
    return wake;
}

/* Merged like pixels, and every flush that waits is handed on once. */
static void test_share(void)
{
    struct vgpu_mailbox *mailbox = create_enabled();
    struct vgpu_dmabuf *first = new_dmabuf(), *second = new_dmabuf();
    struct vgpu_mailbox_news news;

    g_assert_true(share(mailbox, first, 3, 7));
    g_assert_false(share(mailbox, second, 9, 0));
    g_assert_false(share(mailbox, second, 5, 8));
    g_assert_true(vgpu_mailbox_take(mailbox, &news));
    g_assert_true(news.shared.dmabuf == second);
    g_assert_cmpint(first->refs, ==, 1);
    g_assert_cmpint(
        pixman_region32_extents(&news.shared.damage)->x1, ==, 3);
    g_assert_cmpint(
        pixman_region32_extents(&news.shared.damage)->x2, ==, 10);
    g_assert_false(pixman_region32_not_empty(&news.damage));
    g_assert_cmpuint(news.shared.tokens->len, ==, 2);
    g_assert_cmpuint(g_array_index(news.shared.tokens, uint64_t, 1), ==, 8);
    vgpu_mailbox_news_finish(&news);
    /* The picture stays shared, whatever pixels come beside it. */
    g_assert_true(draw(mailbox, &all, 1));
    g_assert_true(vgpu_mailbox_take(mailbox, &news));
    g_assert_true(news.shared.dmabuf == second);
    g_assert_false(pixman_region32_not_empty(&news.shared.damage));
    g_assert_null(news.shared.tokens);
    vgpu_mailbox_news_finish(&news);
    g_assert_true(vgpu_mailbox_unshare(mailbox));
    g_assert_false(vgpu_mailbox_unshare(mailbox));
    g_assert_true(vgpu_mailbox_take(mailbox, &news));
    g_assert_null(news.shared.dmabuf);
    vgpu_mailbox_news_finish(&news);
    g_assert_cmpint(second->refs, ==, 1);
    vgpu_dmabuf_unref(first);
    vgpu_dmabuf_unref(second);
    vgpu_mailbox_destroy(mailbox);
}

/* What is disabled, or has another size, is shared no more; who waits is told. */
static void test_share_ends(void)
{
    struct vgpu_mailbox *mailbox = create_enabled();
    struct vgpu_dmabuf *dmabuf = new_dmabuf();
    struct vgpu_mailbox_news news;
    bool wake;

    g_assert_true(share(mailbox, dmabuf, 0, 1));
    g_assert_true(vgpu_mailbox_enable(mailbox, 8, 8, &wake));
    g_assert_cmpint(dmabuf->refs, ==, 1);
    g_assert_true(vgpu_mailbox_take(mailbox, &news));
    g_assert_null(news.shared.dmabuf);
    g_assert_cmpuint(news.shared.tokens->len, ==, 1);
    vgpu_mailbox_news_finish(&news);
    g_assert_true(share(mailbox, dmabuf, 0, 2));
    g_assert_false(vgpu_mailbox_disable(mailbox));
    g_assert_cmpint(dmabuf->refs, ==, 1);
    g_assert_true(vgpu_mailbox_take(mailbox, &news));
    g_assert_cmpuint(g_array_index(news.shared.tokens, uint64_t, 0), ==, 2);
    vgpu_mailbox_news_finish(&news);
    ignore(share(mailbox, dmabuf, 0, 3));
    vgpu_mailbox_destroy(mailbox);
    g_assert_cmpint(dmabuf->refs, ==, 1);
    vgpu_dmabuf_unref(dmabuf);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/mailbox/enable", test_enable);
    g_test_add_func("/mailbox/disable", test_disable);
    g_test_add_func("/mailbox/merge", test_merge);
    g_test_add_func("/mailbox/held", test_held);
    g_test_add_func("/mailbox/T-487/all-held", test_all_held);
    g_test_add_func("/mailbox/abandon", test_abandon);
    g_test_add_func("/mailbox/abandon-in-place", test_abandon_in_place);
    g_test_add_func("/mailbox/bytes", test_bytes);
    g_test_add_func("/mailbox/outlive", test_outlive);
    g_test_add_func("/mailbox/much-damage", test_much_damage);
    g_test_add_func("/mailbox/share", test_share);
    g_test_add_func("/mailbox/share-ends", test_share_ends);
    return g_test_run();
}
