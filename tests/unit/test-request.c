/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "hw/virtio/vgpu/request.h"

#include <string.h>

#include "command.h"
#include "driver.h"

static const struct vgpu_device_config ring_config = {
    .num_scanouts = 1,
    .features = VGPU_F_EDID | VGPU_F_CONTEXT_INIT,
    .max_hostmem = 16 << 20,
    .max_resources = 16,
};

static void assert_header(const struct fake_driver *driver,
                          const struct vgpu_header *expected)
{
    struct vgpu_header got;

    vgpu_wire_get_header(driver->reply, &got);
    g_assert_cmphex(got.type, ==, expected->type);
    g_assert_cmphex(got.flags, ==, expected->flags);
    g_assert_cmphex(got.fence_id, ==, expected->fence_id);
    g_assert_cmphex(got.ctx_id, ==, expected->ctx_id);
    g_assert_cmphex(got.ring_idx, ==, expected->ring_idx);
    g_assert_cmphex(driver->reply[21] | driver->reply[22] | driver->reply[23],
                    ==, 0);
}

/* RING_IDX with CONTEXT_INIT, which only a unit test can negotiate yet. */
static void test_ring(void)
{
    struct fake_driver driver;

    fake_driver_init(&driver, &ring_config);
    DRIVER_COMMAND(&driver, "GET_DISPLAY_INFO",
                   { "fence", 0, 0x1122334455667788 }, { "ring", 0, 63 },
                   { "ctx", 0, 7 });
    assert_header(&driver, &(struct vgpu_header) {
        .type = OK_DISPLAY_INFO, .flags = 3, .ctx_id = 7, .ring_idx = 63,
        .fence_id = 0x1122334455667788,
    });
    /* Timeline (0, ring). */
    DRIVER_COMMAND(&driver, "RESOURCE_UNREF", { "fence", 0, 5 },
                   { "ring", 0, 2 });
    assert_header(&driver, &(struct vgpu_header) {
        .type = VGPU_ERR_RESOURCE_ID, .flags = 3, .ring_idx = 2, .fence_id = 5,
    });
    fake_driver_finish(&driver);
}

static void test_ring_out_of_range(void)
{
    struct fake_driver driver;

    fake_driver_init(&driver, &ring_config);
    for (unsigned ring = 64; ring < 256; ring += 191) {
        DRIVER_COMMAND(&driver, "RESOURCE_UNREF", { "id", 0, 99 },
                       { "fence", 0, 9 }, { "ring", 0, ring },
                       { "ctx", 0, 4 });
        assert_header(&driver, &(struct vgpu_header) {
            .type = VGPU_ERR_PARAMETER, .flags = 3, .fence_id = 9,
            .ctx_id = 4, .ring_idx = ring,
        });
    }
    fake_driver_finish(&driver);
}

/* Without FENCE the ring means nothing. */
static void test_ring_without_fence(void)
{
    struct fake_driver driver;

    fake_driver_init(&driver, &ring_config);
    DRIVER_COMMAND(&driver, "GET_DISPLAY_INFO", { "ring", 0, 200 });
    assert_header(&driver, &(struct vgpu_header) { .type = OK_DISPLAY_INFO });
    fake_driver_finish(&driver);
}

/* The ring is checked after the gate and before the length. */
static void test_ring_precedence(void)
{
    struct fake_driver driver;
    uint8_t bytes[40] = { 0 };

    fake_driver_init(&driver, &ring_config);
    put_le(bytes + HEADER_TYPE, 0x101, 4);
    put_le(bytes + HEADER_FLAGS, FLAG_FENCE | FLAG_RING_IDX, 4);
    bytes[HEADER_RING_IDX] = 64;
    g_assert_cmphex(fake_driver_send(&driver, VGPU_QUEUE_CONTROL, bytes, 39,
                                     24), ==, VGPU_ERR_PARAMETER);
    put_le(bytes + HEADER_TYPE, 0x10b, 4);
    g_assert_cmphex(fake_driver_send(&driver, VGPU_QUEUE_CONTROL, bytes, 32,
                                     40), ==, VGPU_ERR_UNSPEC);
    fake_driver_finish(&driver);
}

/* Pieces of no bytes anywhere in a chain. */
static void test_empty_pieces(void)
{
    struct fake_driver driver;
    struct fake_piece out[] = { { 0, 0 }, { 0, 24 }, { 0, 0 }, { 0, 16 },
                                { 0, 0 } };
    struct fake_piece in[] = { { 0, 0 }, { 0, 5 }, { 0, 0 }, { 0, 19 } };
    struct fake_chain chain = {
        .out = out, .out_num = G_N_ELEMENTS(out),
        .in = in, .in_num = G_N_ELEMENTS(in),
    };
    uint8_t *bytes;

    fake_driver_init(&driver, &driver_config);
    out[1].addr = driver.request_addr;
    out[3].addr = driver.request_addr + 24;
    in[1].addr = driver.reply_addr;
    in[3].addr = driver.reply_addr + 5;
    bytes = guest_memory_pointer(driver.host->memory, driver.request_addr,
                                 40);
    put_le(bytes, 0x101, 4);
    for (unsigned at = 24; at < 40; at += 4) {
        put_le(bytes + at, 1, 4);
    }
    g_assert_cmpuint(fake_host_run(driver.host, driver.dev, &chain), ==, 24);
    g_assert_cmphex(get_le32(guest_memory_pointer(driver.host->memory,
                                                  driver.reply_addr, 24)),
                    ==, OK_NODATA);
    g_assert_cmpuint(vgpu_device_num_resources(driver.dev), ==, 1);
    fake_driver_finish(&driver);
}

/* Every length of every command, with every room for the reply. */
static void test_lengths(void)
{
    static const uint32_t rooms[] = { 0, 1, 23, 24, 25, 39, 40, 407, 408,
                                      1055, 1056 };
    struct fake_driver driver;
    uint8_t bytes[120] = { 0 };

    fake_driver_init(&driver, &driver_config);
    for (uint32_t type = 0x100; type < 0x304; type++) {
        put_le(bytes, type, 4);
        put_le(bytes + HEADER_FLAGS, FLAG_FENCE, 4);
        for (size_t length = 0; length <= sizeof(bytes); length += 4) {
            unsigned room = rooms[(type + length) % G_N_ELEMENTS(rooms)];
            uint32_t reply = fake_driver_send(&driver, type >= 0x300,
                                              bytes, length, room);

            g_assert_cmpint(reply == 0, ==, room < 24);
            g_assert_cmpuint(driver.used, <=, room);
            g_assert_true(length >= 24 || room < 24 ||
                          (reply == VGPU_ERR_UNSPEC &&
                           get_le32(driver.reply + 4) == 0));
            g_assert_true(length < 24 || room < 24 ||
                          get_le32(driver.reply + 4) == FLAG_FENCE);
        }
    }
    fake_driver_finish(&driver);
}

/* States and names as request.h says. */
static void test_states(void)
{
    struct fake_driver driver;
    struct vgpu_request request = { .queue = VGPU_QUEUE_CONTROL };
    uint8_t bytes[24] = { 0x00, 0x01 };
    struct iovec out = { bytes, sizeof(bytes) };

    fake_driver_init(&driver, &driver_config);
    g_assert_cmpint(request.state, ==, VGPU_REQUEST_FREE);
    g_assert_cmpstr(vgpu_request_name(&request), ==, "unknown");
    request.out = &out;
    request.out_num = 1;
    vgpu_request_fetch(driver.dev, &request);
    g_assert_cmpint(request.state, ==, VGPU_REQUEST_FETCHED);
    g_assert_cmpstr(vgpu_request_name(&request), ==, "GET_DISPLAY_INFO");
    g_assert_true(request.has_header);
    /* No room for the reply: nothing to execute. */
    g_assert_null(request.command);
    g_assert_cmphex(request.status, ==, VGPU_ERR_UNSPEC);
    vgpu_request_clear(driver.dev, &request);
    g_assert_cmpint(request.state, ==, VGPU_REQUEST_FREE);
    /* Fetched and never executed, as at a reset. */
    request.in_bytes = 408;
    vgpu_request_fetch(driver.dev, &request);
    g_assert_nonnull(request.command);
    vgpu_request_clear(driver.dev, &request);
    fake_driver_finish(&driver);
}

/* A list that was fetched is freed although its command never runs. */
static void test_cleared_list(void)
{
    struct fake_driver driver;
    struct vgpu_request request = { .queue = VGPU_QUEUE_CONTROL };
    g_autofree uint8_t *bytes = g_malloc0(32 + 16 * 1000);
    struct iovec out = { bytes, 32 + 16 * 1000 };

    fake_driver_init(&driver, &driver_config);
    put_le(bytes, 0x106, 4);
    put_le(bytes + 28, 1000, 4);
    request.out = &out;
    request.out_num = 1;
    vgpu_request_fetch(driver.dev, &request);
    g_assert_cmpint(request.tail_state, ==, VGPU_TAIL_COPIED);
    g_assert_cmpuint(request.tail_bytes, ==, 16000);
    g_assert_cmpuint(vgpu_device_memory(driver.dev).held, >=, 16000);
    vgpu_request_clear(driver.dev, &request);
    g_assert_cmpuint(vgpu_device_memory(driver.dev).held, ==, 0);
    fake_driver_finish(&driver);
}

int main(int argc, char **argv)
{
    g_test_init(&argc, &argv, NULL);
    g_test_add_func("/request/T-594/T-509/ring", test_ring);
    g_test_add_func("/request/T-453/ring-out-of-range",
                    test_ring_out_of_range);
    g_test_add_func("/request/T-507/ring-without-fence",
                    test_ring_without_fence);
    g_test_add_func("/request/T-616/ring-precedence", test_ring_precedence);
    g_test_add_func("/request/T-426/empty-pieces", test_empty_pieces);
    g_test_add_func("/request/T-424/T-425/lengths", test_lengths);
    g_test_add_func("/request/states", test_states);
    g_test_add_func("/request/cleared-list", test_cleared_list);
    return g_test_run();
}
