/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What more than one thread touches, to be run under the thread sanitizer:
 * the mailbox between a writer and a reader, with pixels and with dma-bufs, the
 * budget's figures, and MOVE_CURSOR beside the device thread.
 */
#include <fcntl.h>
#include <semaphore.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "command.h"
#include "driver.h"
#include "hw/virtio/vgpu/budget.h"
#include "hw/virtio/vgpu/dmabuf.h"
#include "mailbox.h"

#define WIDTH 48
#define HEIGHT 32
#define PICTURES 4000
#define HELD 2

struct channel {
    struct vgpu_mailbox *mailbox;
    sem_t wake;                 /* counts wake-ups */
};

/* The first pixel is a sum of the others: a torn picture has a wrong one. */
static uint32_t sum_of(const uint32_t *pixels)
{
    uint32_t sum = 0;

    for (unsigned i = 1; i < WIDTH * HEIGHT; i++) {
        sum = (sum << 5 | sum >> 27) ^ pixels[i];
    }
    return sum;
}

static void wake_if(struct channel *channel, bool wake)
{
    if (wake) {
        sem_post(&channel->wake);
    }
}

static void write_picture(struct channel *channel, uint32_t *picture,
                          GRand *rand)
{
    struct vgpu_rect rect = {
        0, 0, g_rand_int_range(rand, 1, WIDTH + 1),
        g_rand_int_range(rand, 1, HEIGHT + 1),
    };
    pixman_region32_t region;
    struct vgpu_frame *frame;

    pixman_region32_init_rect(&region, 0, 0, rect.width, rect.height);
    frame = vgpu_mailbox_begin(channel->mailbox, &region);
    pixman_region32_fini(&region);
    if (!frame) {
        return;
    }
    for (uint32_t y = 0; y < rect.height; y++) {
        for (uint32_t x = 0; x < rect.width; x++) {
            picture[y * WIDTH + x] = g_rand_int(rand);
        }
    }
    picture[0] = sum_of(picture);
    for (uint32_t y = 0; y < rect.height; y++) {
        memcpy(frame->data + (size_t)y * frame->stride, picture + y * WIDTH,
               rect.width * 4);
    }
    wake_if(channel, vgpu_mailbox_publish(channel->mailbox));
}

static void *writer(void *opaque)
{
    struct channel *channel = opaque;
    GRand *rand = g_rand_new_with_seed(4);
    g_autofree uint32_t *picture = g_new0(uint32_t, WIDTH * HEIGHT);
    bool wake;

    for (unsigned i = 0; i < PICTURES; i++) {
        if (i % 500 == 0) {
            memset(picture, 0, WIDTH * HEIGHT * 4);
            wake_if(channel, vgpu_mailbox_disable(channel->mailbox));
            g_assert_true(vgpu_mailbox_enable(channel->mailbox, WIDTH, HEIGHT,
                                              &wake));
            wake_if(channel, wake);
        }
        write_picture(channel, picture, rand);
    }
    wake_if(channel, vgpu_mailbox_disable(channel->mailbox));
    g_rand_free(rand);
    return NULL;
}

static const uint32_t *pixels_of(const struct vgpu_frame *frame)
{
    g_assert_cmpuint(frame->stride, ==, WIDTH * 4);
    return (const uint32_t *)frame->data;
}

/* What a display shows that only redraws the damage it is told. */
static void redraw(uint32_t *shown, const struct vgpu_mailbox_news *news)
{
    const uint32_t *pixels = pixels_of(news->frame);
    int count;
    const pixman_box32_t *boxes =
        pixman_region32_rectangles((pixman_region32_t *)&news->damage,
                                   &count);

    for (int i = 0; i < count; i++) {
        for (int y = boxes[i].y1; y < boxes[i].y2; y++) {
            for (int x = boxes[i].x1; x < boxes[i].x2; x++) {
                shown[y * WIDTH + x] = pixels[y * WIDTH + x];
            }
        }
    }
    g_assert_cmpmem(shown, WIDTH * HEIGHT * 4, pixels, WIDTH * HEIGHT * 4);
}

static void drop(struct vgpu_mailbox_news *news)
{
    const uint32_t *pixels = pixels_of(news->frame);

    g_assert_cmphex(pixels[0], ==, sum_of(pixels));
    vgpu_mailbox_news_finish(news);
}

static void read_news(struct channel *channel, uint32_t *shown,
                      struct vgpu_mailbox_news *held, unsigned *num_held)
{
    struct vgpu_mailbox_news news;

    if (!vgpu_mailbox_take(channel->mailbox, &news)) {
        return;
    }
    if (!news.enabled) {
        vgpu_mailbox_news_finish(&news);
        return;
    }
    g_assert_cmphex(pixels_of(news.frame)[0], ==,
                    sum_of(pixels_of(news.frame)));
    redraw(shown, &news);
    if (*num_held == HELD) {
        drop(&held[0]);
        memmove(held, held + 1, (HELD - 1) * sizeof(*held));
        (*num_held)--;
    }
    held[(*num_held)++] = news;
}

/* Whether a wake-up came within a second. */
static bool wait_for_wake(struct channel *channel)
{
    struct timespec until;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec++;
    return sem_timedwait(&channel->wake, &until) == 0;
}

static void test_mailbox(void)
{
    struct channel channel = { .mailbox = vgpu_mailbox_create() };
    GThread *thread;
    g_autofree uint32_t *shown = g_new0(uint32_t, WIDTH * HEIGHT);
    struct vgpu_mailbox_news held[HELD];
    struct vgpu_mailbox_news last;
    unsigned num_held = 0;

    g_assert_cmpint(sem_init(&channel.wake, 0, 0), ==, 0);
    thread = g_thread_new("writer", writer, &channel);
    while (wait_for_wake(&channel)) {
        read_news(&channel, shown, held, &num_held);
    }
    g_thread_join(thread);
    while (sem_trywait(&channel.wake) == 0) {
        read_news(&channel, shown, held, &num_held);
    }
    /* Every wake-up was answered, so nothing is left to take. */
    g_assert_false(vgpu_mailbox_take(channel.mailbox, &last));
    while (num_held) {
        drop(&held[--num_held]);
    }
    vgpu_mailbox_destroy(channel.mailbox);
    sem_destroy(&channel.wake);
}

/* A file, open for as long as anybody holds it. */
static struct vgpu_dmabuf *new_dmabuf(void)
{
    const struct vgpu_dmabuf shape = {
        .num_planes = 1,
        .planes[0].fd = memfd_create("picture", MFD_CLOEXEC),
    };

    g_assert_cmpint(shape.planes[0].fd, >=, 0);
    return vgpu_dmabuf_create(&shape);
}

static void end_picture(struct channel *channel, unsigned how)
{
    bool wake;

    if (how % 2) {
        wake_if(channel, vgpu_mailbox_unshare(channel->mailbox));
        return;
    }
    wake_if(channel, vgpu_mailbox_disable(channel->mailbox));
    g_assert_true(vgpu_mailbox_enable(channel->mailbox, WIDTH, HEIGHT, &wake));
    wake_if(channel, wake);
}

/* Flushes that wait have the numbers from 1 on. */
static void *sharer(void *opaque)
{
    struct channel *channel = opaque;
    struct vgpu_dmabuf *dmabuf = new_dmabuf();
    pixman_region32_t damage;

    pixman_region32_init_rect(&damage, 1, 2, 3, 4);
    for (unsigned i = 1; i <= PICTURES; i++) {
        if (i % 5 == 0) {
            vgpu_dmabuf_unref(dmabuf);
            dmabuf = new_dmabuf();
        }
        wake_if(channel, vgpu_mailbox_share(channel->mailbox, dmabuf, &damage,
                                            i));
        if (i % 7 == 0) {
            end_picture(channel, i);
        }
    }
    pixman_region32_fini(&damage);
    vgpu_dmabuf_unref(dmabuf);
    return NULL;
}

/* Every flush is told of once, in order, whatever became of its picture. */
static void take_shared(struct channel *channel, uint64_t *last)
{
    struct vgpu_mailbox_news news;

    if (!vgpu_mailbox_take(channel->mailbox, &news)) {
        return;
    }
    if (news.shared.dmabuf) {
        g_assert_cmpint(fcntl(news.shared.dmabuf->planes[0].fd, F_GETFD), ==,
                        FD_CLOEXEC);
    }
    for (guint i = 0; news.shared.tokens && i < news.shared.tokens->len; i++) {
        g_assert_cmpuint(g_array_index(news.shared.tokens, uint64_t, i), ==,
                         ++*last);
    }
    vgpu_mailbox_news_finish(&news);
}

static unsigned num_files(void)
{
    g_autoptr(GDir) folder = g_dir_open("/proc/self/fd", 0, NULL);
    unsigned num = 0;

    while (g_dir_read_name(folder)) {
        num++;
    }
    return num;
}

/* Pictures as dma-bufs, between a writer and a reader as well. */
static void test_shared(void)
{
    struct channel channel = { .mailbox = vgpu_mailbox_create() };
    unsigned files = num_files();
    uint64_t last = 0;
    GThread *thread;
    bool wake;

    g_assert_true(vgpu_mailbox_enable(channel.mailbox, WIDTH, HEIGHT, &wake));
    g_assert_cmpint(sem_init(&channel.wake, 0, wake), ==, 0);
    thread = g_thread_new("sharer", sharer, &channel);
    while (last < PICTURES) {
        if (wait_for_wake(&channel)) {
            take_shared(&channel, &last);
        }
    }
    g_thread_join(thread);
    vgpu_mailbox_destroy(channel.mailbox);
    g_assert_cmpuint(num_files(), ==, files);
    sem_destroy(&channel.wake);
}

static int stop;

static void *read_usage(void *opaque)
{
    struct vgpu_device *dev = opaque;
    uint64_t highest = 0;

    while (!g_atomic_int_get(&stop)) {
        struct vgpu_budget_usage usage = vgpu_device_memory(dev);

        g_assert_cmpuint(usage.held, <=, usage.held_limit);
        g_assert_cmpuint(usage.pixels, <=, usage.limit);
        highest = MAX(highest, usage.pixels);
    }
    g_assert_cmpuint(highest, <=, driver_config.max_hostmem);
    return NULL;
}

/* The figures may be read by any thread while the device works. */
static void test_usage(void)
{
    struct fake_driver driver;
    GThread *thread;

    fake_driver_init(&driver, &driver_config);
    g_atomic_int_set(&stop, 0);
    thread = g_thread_new("reader", read_usage, driver.dev);
    for (unsigned i = 0; i < 4000; i++) {
        DRIVER_COMMAND(&driver, "RESOURCE_CREATE_2D", { "id", 0, i % 7 + 1 },
                       { "format", 0, 1 }, { "width", 0, 100 + i % 50 },
                       { "height", 0, 100 });
        DRIVER_COMMAND(&driver, "RESOURCE_UNREF",
                       { "id", 0, (i + 3) % 7 + 1 });
    }
    g_atomic_int_set(&stop, 1);
    g_thread_join(thread);
    fake_driver_finish(&driver);
}

static void *move_cursor(void *opaque)
{
    struct vgpu_device *dev = opaque;
    uint8_t bytes[56] = { 0 };
    struct iovec out = { bytes, sizeof(bytes) };

    put_le(bytes, 0x301, 4);
    for (unsigned i = 0; !g_atomic_int_get(&stop); i++) {
        struct vgpu_request request = {
            .out = &out, .out_num = 1, .in_bytes = 24,
            .queue = VGPU_QUEUE_CURSOR,
        };

        put_le(bytes + 24, i % 4, 4);
        put_le(bytes + 28, i, 4);
        vgpu_request_fetch(dev, &request);
        g_assert_cmphex(vgpu_device_move_cursor(dev, &request), ==, VGPU_OK);
        g_assert_cmpuint(request.args.cursor.x, ==, i);
        g_assert_cmpuint(request.reply_bytes, ==, 24);
        vgpu_request_clear(dev, &request);
    }
    return NULL;
}

/* A move runs on any thread beside the control queue. */
static void test_move(void)
{
    struct fake_driver driver;
    GThread *thread;

    fake_driver_init(&driver, &driver_config);
    g_atomic_int_set(&stop, 0);
    thread = g_thread_new("cursor", move_cursor, driver.dev);
    for (unsigned i = 0; i < 2000; i++) {
        DRIVER_COMMAND(&driver, "RESOURCE_CREATE_2D", { "id", 0, 1 },
                       { "format", 0, 1 }, { "width", 0, 64 },
                       { "height", 0, 64 });
        DRIVER_COMMAND(&driver, "UPDATE_CURSOR", { "id", 0, 1 });
        DRIVER_COMMAND(&driver, "RESOURCE_UNREF", { "id", 0, 1 });
    }
    g_atomic_int_set(&stop, 1);
    g_thread_join(thread);
    fake_driver_finish(&driver);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/threads/T-646/mailbox", test_mailbox);
    g_test_add_func("/threads/T-646/shared", test_shared);
    g_test_add_func("/threads/T-646/usage", test_usage);
    g_test_add_func("/threads/T-646/T-609/move", test_move);
    return g_test_run();
}
