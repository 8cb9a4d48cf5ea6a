/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Pictures as dma-bufs: which one a display gets, how long it lives, and that
 * the reply to a flush waits for the displays that draw from it.
 */
#include "hw/virtio/vgpu/dmabuf.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "driver.h"
#include "hw/virtio/vgpu/format.h"

#define WIDTH 16
#define HEIGHT 8
#define SLOT_BYTES 256
#define REPLY_AT 128

struct rig {
    struct fake_driver driver;
    uint64_t slots;
    unsigned num_slots;
    unsigned num_back;
    struct fake_piece out[8], in[8];
};

static struct fake_scanout *head(struct rig *rig, unsigned id)
{
    return &rig->driver.host->scanouts[id];
}

static void set_up(struct rig *rig, gconstpointer data)
{
    struct vgpu_device_config config = driver_config_3d;

    (void)data;
    config.num_scanouts = 2;
    memset(rig, 0, sizeof(*rig));
    fake_driver_init(&rig->driver, &config);
    rig->driver.host->faults.shares = true;
    rig->slots = guest_memory_alloc(rig->driver.host->memory,
                                    G_N_ELEMENTS(rig->out) * SLOT_BYTES, true);
    head(rig, 0)->shares = head(rig, 1)->shares = true;
}

static void tear_down(struct rig *rig, gconstpointer data)
{
    (void)data;
    fake_driver_finish(&rig->driver);
}

static void make_texture(struct rig *rig, unsigned id, uint32_t format)
{
    g_assert_cmphex(DRIVER_COMMAND(&rig->driver, "RESOURCE_CREATE_3D",
                                   { "resource_id", 0, id },
                                   { "target", 0, VGPU_TARGET_2D },
                                   { "format", 0, format },
                                   { "bind", 0, 2 },
                                   { "width", 0, WIDTH },
                                   { "height", 0, HEIGHT },
                                   { "depth", 0, 1 }, { "array_size", 0, 1 }),
                    ==, VGPU_OK);
}

static void show(struct rig *rig, unsigned scanout, unsigned id)
{
    g_assert_cmphex(DRIVER_COMMAND(&rig->driver, "SET_SCANOUT",
                                   { "scanout_id", 0, scanout },
                                   { "resource_id", 0, id },
                                   DRIVER_RECT(0, 0, WIDTH, HEIGHT)),
                    ==, VGPU_OK);
}

static void unref(struct rig *rig, unsigned id)
{
    g_assert_cmphex(DRIVER_COMMAND(&rig->driver, "RESOURCE_UNREF",
                                   { "resource_id", 0, id }),
                    ==, VGPU_OK);
}

static void came_back(void *opaque, uint32_t used)
{
    struct rig *rig = opaque;

    (void)used;
    rig->num_back++;
}

/* Whether its reply comes is seen by num_back. */
static void flush(struct rig *rig, unsigned id, uint32_t flags)
{
    unsigned slot = rig->num_slots++;
    uint64_t addr = rig->slots + slot * (uint64_t)SLOT_BYTES;
    uint8_t *p = guest_memory_pointer(rig->driver.host->memory, addr,
                                      SLOT_BYTES);
    const struct vgpu_header header = {
        .type = VGPU_CMD_RESOURCE_FLUSH,
        .flags = flags,
    };
    struct fake_chain chain = {
        .features = rig->driver.features,
        .out = &rig->out[slot], .out_num = 1,
        .in = &rig->in[slot], .in_num = 1,
    };

    g_assert_cmpuint(slot, <, G_N_ELEMENTS(rig->out));
    vgpu_wire_put_header(p, &header);
    vgpu_wire_put32(p + 24 + 8, WIDTH);
    vgpu_wire_put32(p + 24 + 12, HEIGHT);
    vgpu_wire_put32(p + 24 + 16, id);
    rig->out[slot] = (struct fake_piece) { addr, 48 };
    rig->in[slot] = (struct fake_piece) { addr + REPLY_AT, 24 };
    fake_host_start(rig->driver.host, rig->driver.dev, &chain, came_back, rig);
}

static void let_go(struct rig *rig, uint64_t token)
{
    vgpu_device_retire_fence(rig->driver.dev, token, false);
    fake_host_deliver(rig->driver.host, rig->driver.dev);
}

static bool is_open(int fd)
{
    return fcntl(fd, F_GETFD) >= 0 || errno != EBADF;
}

static void test_shape(struct rig *rig, gconstpointer data)
{
    const struct vgpu_dmabuf *dmabuf;

    (void)data;
    make_texture(rig, 1, VGPU_FORMAT_R8G8B8A8);
    show(rig, 0, 1);
    flush(rig, 1, 0);
    dmabuf = head(rig, 0)->dmabuf;
    g_assert_nonnull(dmabuf);
    g_assert_cmphex(dmabuf->fourcc, ==, 0x34324258);    /* XB24 */
    g_assert_cmphex(dmabuf->modifier, ==, FAKE_MODIFIER);
    g_assert_cmpuint(dmabuf->width, ==, WIDTH);
    g_assert_cmpuint(dmabuf->shown.height, ==, HEIGHT);
    g_assert_cmpuint(dmabuf->num_planes, ==, 1);
    let_go(rig, head(rig, 0)->token);
}

/* One picture, one dma-buf; another, another; it outlives its resource. */
static void test_life(struct rig *rig, gconstpointer data)
{
    struct vgpu_dmabuf *first;
    int fd;

    (void)data;
    make_texture(rig, 1, VGPU_FORMAT_B8G8R8X8);
    make_texture(rig, 2, VGPU_FORMAT_B8G8R8X8);
    show(rig, 0, 1);
    flush(rig, 1, 0);
    first = vgpu_dmabuf_ref(head(rig, 0)->dmabuf);
    fd = first->planes[0].fd;
    let_go(rig, head(rig, 0)->token);
    flush(rig, 1, 0);
    g_assert_true(head(rig, 0)->dmabuf == first);
    let_go(rig, head(rig, 0)->token);
    show(rig, 0, 2);
    flush(rig, 2, 0);
    g_assert_true(head(rig, 0)->dmabuf != first);
    let_go(rig, head(rig, 0)->token);
    unref(rig, 1);
    unref(rig, 2);
    g_assert_null(head(rig, 0)->dmabuf);
    g_assert_true(is_open(fd));
    vgpu_dmabuf_unref(first);
    g_assert_false(is_open(fd));
}

/* A reply waits for both heads, and nobody for an unfenced one. */
static void test_holds(struct rig *rig, gconstpointer data)
{
    uint64_t token;

    (void)data;
    make_texture(rig, 1, VGPU_FORMAT_B8G8R8X8);
    show(rig, 0, 1);
    show(rig, 1, 1);
    flush(rig, 1, 0);
    token = head(rig, 0)->token;
    g_assert_cmpuint(token, !=, 0);
    g_assert_cmpuint(token, ==, head(rig, 1)->token);
    g_assert_cmpuint(rig->num_back, ==, 0);
    /* This one asks for a fence, and comes back at once. */
    g_assert_cmphex(DRIVER_COMMAND(&rig->driver, "GET_DISPLAY_INFO",
                                   { "fence", 0, 1 }),
                    ==, VGPU_OK_DISPLAY_INFO);
    let_go(rig, token);
    g_assert_cmpuint(rig->num_back, ==, 0);
    let_go(rig, token);
    g_assert_cmpuint(rig->num_back, ==, 1);
    let_go(rig, token);
    g_assert_cmpuint(rig->num_back, ==, 1);
}

/* Fenced ones keep the order of the ring, whichever display is first. */
static void test_order(struct rig *rig, gconstpointer data)
{
    uint64_t first;

    (void)data;
    make_texture(rig, 1, VGPU_FORMAT_B8G8R8X8);
    show(rig, 0, 1);
    flush(rig, 1, VGPU_FLAG_FENCE);
    first = head(rig, 0)->token;
    flush(rig, 1, VGPU_FLAG_FENCE);
    g_assert_cmpuint(head(rig, 0)->token, !=, first);
    let_go(rig, head(rig, 0)->token);
    g_assert_cmpuint(rig->num_back, ==, 0);
    let_go(rig, first);
    g_assert_cmpuint(rig->num_back, ==, 2);
}

/* A reset answers nobody and keeps nothing. */
static void test_reset(struct rig *rig, gconstpointer data)
{
    struct vgpu_dmabuf *dmabuf;

    (void)data;
    make_texture(rig, 1, VGPU_FORMAT_B8G8R8X8);
    show(rig, 0, 1);
    flush(rig, 1, 0);
    dmabuf = vgpu_dmabuf_ref(head(rig, 0)->dmabuf);
    fake_host_reset(rig->driver.host, rig->driver.dev);
    g_assert_null(head(rig, 0)->dmabuf);
    g_assert_cmpint(dmabuf->refs, ==, 1);
    vgpu_dmabuf_unref(dmabuf);
    let_go(rig, head(rig, 0)->token);
}

/* What cannot be shared is read, and answered at once. */
static void test_none(struct rig *rig, gconstpointer data)
{
    (void)data;
    rig->driver.host->faults.shares = false;
    make_texture(rig, 1, VGPU_FORMAT_B8G8R8X8);
    show(rig, 0, 1);
    flush(rig, 1, 0);
    g_assert_null(head(rig, 0)->dmabuf);
    g_assert_cmpuint(rig->num_back, ==, 1);
    /* Of this picture it is not asked again. */
    rig->driver.host->faults.shares = true;
    flush(rig, 1, 0);
    g_assert_null(head(rig, 0)->dmabuf);
    show(rig, 0, 0);
    show(rig, 0, 1);
    flush(rig, 1, 0);
    g_assert_nonnull(head(rig, 0)->dmabuf);
    let_go(rig, head(rig, 0)->token);
}

#define BLOB_BYTES (16u << 10)

static void make_blob(struct rig *rig, uint64_t addr)
{
    const struct vgpu_mem_entry entry = { addr, BLOB_BYTES };

    g_assert_cmphex(DRIVER_LIST(&rig->driver, "RESOURCE_CREATE_BLOB", &entry, 1,
                                { "resource_id", 0, 1 },
                                { "blob_mem", 0, VGPU_BLOB_MEM_GUEST },
                                { "size", 0, BLOB_BYTES },
                                { "nr_entries", 0, 1 }),
                    ==, VGPU_OK);
}

static uint32_t try_show_blob(struct rig *rig, uint32_t stride, uint64_t offset)
{
    return DRIVER_COMMAND(&rig->driver, "SET_SCANOUT_BLOB",
                          { "resource_id", 0, 1 }, { "width", 0, WIDTH },
                          { "height", 0, HEIGHT },
                          { "format", 0, VGPU_FORMAT_B8G8R8X8 },
                          { "strides", 0, stride },
                          { "offsets", 0, offset },
                          DRIVER_RECT(0, 0, WIDTH, HEIGHT));
}

/* Lines as the guest says, in a descriptor that is the display's own. */
static void test_blob(struct rig *rig, gconstpointer data)
{
    struct fake_host *host = rig->driver.host;
    uint64_t addr = guest_memory_alloc(host->memory, BLOB_BYTES, true);
    struct vgpu_dmabuf *dmabuf;

    (void)data;
    make_blob(rig, addr);
    g_assert_cmphex(try_show_blob(rig, 512, 64), ==, VGPU_OK);
    flush(rig, 1, 0);
    dmabuf = vgpu_dmabuf_ref(head(rig, 0)->dmabuf);
    g_assert_cmphex(dmabuf->fourcc, ==, 0x34325258);    /* XR24 */
    g_assert_cmphex(dmabuf->modifier, ==, VGPU_MODIFIER_LINEAR);
    g_assert_cmpuint(dmabuf->num_planes, ==, 1);
    g_assert_cmpuint(dmabuf->planes[0].stride, ==, 512);
    g_assert_cmpuint(dmabuf->planes[0].offset, ==, 64);
    let_go(rig, head(rig, 0)->token);
    g_assert_cmphex(DRIVER_COMMAND(&rig->driver, "RESOURCE_DETACH_BACKING",
                                   { "resource_id", 0, 1 }), ==, VGPU_OK);
    g_assert_cmpuint(host->num_dmabufs, ==, 0);
    g_assert_true(is_open(dmabuf->planes[0].fd));
    vgpu_dmabuf_unref(dmabuf);
    unref(rig, 1);
}

/* A display would show what it got last of memory that the guest switched off. */
static void test_away(struct rig *rig, gconstpointer data)
{
    struct guest_memory *memory = rig->driver.host->memory;
    uint64_t addr = guest_memory_alloc_device(memory, BLOB_BYTES);
    struct vgpu_dmabuf *dmabuf;

    (void)data;
    make_blob(rig, addr);
    g_assert_cmphex(try_show_blob(rig, WIDTH * 4, 0), ==, VGPU_OK);
    flush(rig, 1, 0);
    dmabuf = head(rig, 0)->dmabuf;
    g_assert_nonnull(dmabuf);
    let_go(rig, head(rig, 0)->token);
    g_assert_cmpuint(rig->num_back, ==, 1);
    guest_memory_set_revoked(memory, addr, BLOB_BYTES, true);
    head(rig, 0)->pixels[0] = 1;
    flush(rig, 1, 0);
    g_assert_cmpuint(rig->num_back, ==, 2);
    g_assert_null(head(rig, 0)->dmabuf);
    g_assert_cmphex(head(rig, 0)->pixels[0], ==, 0);
    guest_memory_set_revoked(memory, addr, BLOB_BYTES, false);
    flush(rig, 1, 0);
    g_assert_nonnull(head(rig, 0)->dmabuf);
    let_go(rig, head(rig, 0)->token);
    unref(rig, 1);
}

#define TEST(name) \
    g_test_add("/share/" #name, struct rig, NULL, set_up, test_ ## name, \
               tear_down)

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    TEST(shape);
    TEST(life);
    TEST(holds);
    TEST(order);
    TEST(reset);
    TEST(none);
    TEST(blob);
    TEST(away);
    return g_test_run();
}
