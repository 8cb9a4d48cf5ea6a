/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Transfers between textures and guest memory (conformance matrix,
 * TRANSFER_TO_HOST_3D and TRANSFER_FROM_HOST_3D): what is sent is read back at
 * another place, and not a byte beside it changes.
 */
#include <string.h>

#include "draw.h"
#include "gl.h"
#include "harness.h"
#include "picture.h"

#define MAX_BYTES (1024u * 1024)
#define POISON    0x5a

/* A texture, one box of it, and how the box lies in the backing. */
struct layout {
    const char *name;
    struct gl_texture texture;
    uint32_t texel_bytes;
    uint32_t level;
    struct wire_box box;
    uint32_t stride;            /* 0: implied, as in the request */
    uint32_t layer_stride;
    uint64_t to_offset, from_offset;
};

static const struct layout layouts[] = {
    { "T-119/buffer", { .width = 256, .bind = VIRGL_BIND_VERTEX_BUFFER },
      1, 0, { 16, 0, 0, 64, 1, 1 }, 0, 0, 16, 1000 },
    { "T-119/buffer-of-floats",
      { .width = 256, .format = VIRGL_RGBA_FLOAT,
        .bind = VIRGL_BIND_VERTEX_BUFFER },
      1, 0, { 16, 0, 0, 240, 1, 1 }, 0, 0, 16, 1000 },
    { "T-122/texture", { .width = 64, .height = 48 },
      4, 0, { 0, 0, 0, 64, 48, 1 }, 0, 0, 0, 65536 },
    { "T-127/sub-box", { .width = 64, .height = 48 },
      4, 0, { 17, 9, 0, 8, 8, 1 }, 0, 0, 4, 8192 },
    { "T-127/sub-box-upside-down",
      { .width = 64, .height = 48, .flags = TEXTURE_Y_0_TOP },
      4, 0, { 17, 9, 0, 8, 8, 1 }, 0, 0, 4, 8192 },
    { "T-127/last-row", { .width = 64, .height = 48 },
      4, 0, { 0, 47, 0, 64, 1, 1 }, 256, 0, 12, 4100 },
    { "T-120/level-1", { .width = 64, .height = 48, .last_level = 2 },
      4, 1, { 5, 3, 0, 8, 8, 1 }, 0, 0, 0, 4096 },
    { "T-120/level-1-stride", { .width = 64, .height = 48, .last_level = 2 },
      4, 1, { 5, 3, 0, 8, 8, 1 }, 44, 0, 8, 4096 },
    { "T-121/strides",
      { .width = 64, .height = 48, .target = VIRGL_2D_ARRAY, .array_size = 3 },
      4, 0, { 1, 2, 0, 60, 40, 3 }, 512, 65536, 128, 524288 },
    { "T-121/odd-stride", { .width = 64, .height = 48 },
      4, 0, { 1, 2, 0, 30, 40, 1 }, 133, 0, 7, 65537 },
    { "T-121/layers",
      { .width = 64, .height = 48, .target = VIRGL_2D_ARRAY, .array_size = 3 },
      4, 0, { 0, 0, 1, 64, 48, 2 }, 0, 0, 0, 65536 },
    { "T-121/3d",
      { .width = 32, .height = 16, .depth = 8, .target = VIRGL_3D },
      4, 0, { 4, 5, 2, 20, 7, 5 }, 132, 4096, 64, 65536 },
    { "T-116/cube",
      { .width = 32, .height = 32, .array_size = 6, .target = VIRGL_CUBE },
      4, 0, { 3, 4, 5, 16, 16, 1 }, 0, 0, 0, 65536 },
    { "T-121/cube",
      { .width = 32, .height = 32, .array_size = 6, .target = VIRGL_CUBE },
      4, 0, { 0, 0, 0, 32, 32, 6 }, 0, 0, 0, 65536 },
    { "T-121/cube-strides",
      { .width = 32, .height = 32, .array_size = 6, .target = VIRGL_CUBE },
      4, 0, { 3, 4, 1, 16, 16, 4 }, 68, 2000, 4, 65536 },
    { "T-121/cube-array",
      { .width = 16, .height = 16, .array_size = 12,
        .target = VIRGL_CUBE_ARRAY },
      4, 0, { 1, 2, 4, 8, 9, 5 }, 0, 0, 0, 65536 },
    { "T-121/1d-array",
      { .width = 16, .height = 1, .array_size = 5, .target = VIRGL_1D_ARRAY },
      4, 0, { 2, 0, 1, 4, 1, 3 }, 16, 64, 8, 65536 },
    { "T-121/1d-array-implied",
      { .width = 16, .height = 1, .array_size = 5, .target = VIRGL_1D_ARRAY },
      4, 0, { 0, 0, 0, 16, 1, 5 }, 0, 0, 0, 65536 },
    { "T-121/one-layer", { .width = 64, .height = 48 },
      4, 0, { 0, 0, 0, 4, 3, 1 }, 16, 4, 0, 65536 },
    { "T-116/bytes", { .width = 61, .height = 40, .format = VIRGL_R8 },
      1, 0, { 1, 2, 0, 33, 30, 1 }, 0, 0, 3, 65536 },
    { "T-116/floats", { .width = 20, .height = 20, .format = VIRGL_RGBA_FLOAT },
      16, 0, { 1, 2, 0, 9, 10, 1 }, 0, 0, 16, 65536 },
};

/* Where the texels of a row of the box stand, for implied strides too. */
static uint64_t row_offset(const struct layout *layout, uint64_t start,
                           uint32_t row, uint32_t layer)
{
    uint32_t width = MAX(layout->texture.width >> layout->level, 1u);
    uint32_t height = MAX(layout->texture.height >> layout->level, 1u);
    uint64_t stride = layout->stride ?: width * layout->texel_bytes;
    uint64_t layer_stride = layout->layer_stride ?: stride * height;

    return start + layer * layer_stride + row * stride;
}

static struct gpu *boot(struct gl_texture *texture, bool scattered)
{
    struct gpu *gpu = gl_boot_kept("");
    g_autofree struct wire_entry *entries = g_new0(struct wire_entry, 256);
    uint32_t num = scattered ? MAX_BYTES / GUEST_PAGE : 1;

    texture->id = 1;
    texture->bare = true;
    gl_create(texture, gpu);
    texture->backing_bytes = MAX_BYTES;
    texture->backing = guest_ram_alloc(gpu->guest, MAX_BYTES);
    for (uint32_t i = 0; i < num; i++) {
        entries[i] = (struct wire_entry){
            texture->backing + i * GUEST_PAGE,
            scattered ? GUEST_PAGE : MAX_BYTES, 0,
        };
    }
    if (scattered) {
        /* The same page order, but no two are one run. */
        for (uint32_t i = 0; i < num; i += 2) {
            struct wire_entry entry = entries[i];

            entries[i] = entries[i + 1];
            entries[i + 1] = entry;
        }
    }
    draw_attach(gpu, 1, entries, num);
    return gpu;
}

/* The bytes of the backing in the order in which the device sees them. */
static uint8_t *look(const struct gl_texture *texture, bool scattered)
{
    uint8_t *bytes = g_malloc(MAX_BYTES);
    const uint8_t *memory = gl_memory(texture);

    for (uint32_t at = 0; at < MAX_BYTES; at += GUEST_PAGE) {
        memcpy(bytes + at, memory + (scattered ? at ^ GUEST_PAGE : at),
               GUEST_PAGE);
    }
    return bytes;
}

static struct wire_transfer_3d request_of(const struct layout *layout,
                                          uint64_t offset)
{
    return (struct wire_transfer_3d){
        .box = layout->box,
        .offset = offset,
        .resource_id = 1,
        .level = layout->level,
        .stride = layout->stride,
        .layer_stride = layout->layer_stride,
    };
}

static void expect_bytes(const struct layout *layout, const uint8_t *sent,
                         const uint8_t *got)
{
    g_autofree uint8_t *want = g_malloc(MAX_BYTES);

    memset(want, POISON, MAX_BYTES);
    for (uint32_t z = 0; z < layout->box.depth; z++) {
        for (uint32_t y = 0; y < layout->box.height; y++) {
            memcpy(want + row_offset(layout, layout->from_offset, y, z),
                   sent + row_offset(layout, layout->to_offset, y, z),
                   layout->box.width * layout->texel_bytes);
        }
    }
    for (uint32_t i = 0; i < MAX_BYTES; i++) {
        expect_eq(got[i], want[i], "%s: byte %u of the backing", layout->name,
                  i);
    }
}

/* Finite floats; any bytes else. */
static void fill(const struct layout *layout, uint8_t *memory)
{
    for (uint32_t i = 0; i < MAX_BYTES / 4; i++) {
        uint32_t word = picture_noise_at(i, 0, layout->level);

        if (layout->texel_bytes == 16) {
            word = (word & 0x007fffff) | 0x3f800000;
        }
        memcpy(memory + i * 4, &word, sizeof(word));
    }
}

static void check_round_trip(const struct layout *layout, bool scattered)
{
    struct gl_texture texture = layout->texture;
    struct gpu *gpu = boot(&texture, scattered);
    struct wire_transfer_3d to = request_of(layout, layout->to_offset);
    struct wire_transfer_3d from = request_of(layout, layout->from_offset);
    g_autofree uint8_t *sent = NULL;
    g_autofree uint8_t *got = NULL;

    fill(layout, gl_memory(&texture));
    sent = look(&texture, scattered);
    expect_eq(gl_transfer(gpu, CMD_TRANSFER_TO_HOST_3D, 0, &to),
              RESP_OK_NODATA, "TO_HOST");
    memset(gl_memory(&texture), POISON, MAX_BYTES);
    expect_eq(gl_transfer(gpu, CMD_TRANSFER_FROM_HOST_3D, 0, &from),
              RESP_OK_NODATA, "FROM_HOST");
    got = look(&texture, scattered);
    expect_bytes(layout, sent, got);
}

static void test_one_run(const void *data)
{
    check_round_trip(data, false);
}

static void test_scattered(const void *data)
{
    check_round_trip(data, true);
}

static void test_empty_box(void)
{
    struct gl_texture texture = { .id = 1, .width = 64, .height = 48 };
    struct gpu *gpu = gl_boot_kept("");
    struct wire_transfer_3d transfer = {
        .box = { 10, 10, 0, 0, 8, 1 }, .resource_id = 1,
    };
    uint8_t *memory;

    gl_create(&texture, gpu);
    memory = gl_memory(&texture);
    memset(memory, POISON, texture.backing_bytes);
    expect_eq(gl_transfer(gpu, CMD_TRANSFER_TO_HOST_3D, 0, &transfer),
              RESP_OK_NODATA, "TO_HOST of an empty box");
    expect_eq(gl_transfer(gpu, CMD_TRANSFER_FROM_HOST_3D, 0, &transfer),
              RESP_OK_NODATA, "FROM_HOST of an empty box");
    for (uint32_t i = 0; i < texture.backing_bytes; i++) {
        expect_eq(memory[i], POISON, "byte %u after empty boxes", i);
    }
    gl_from_host(&texture, NULL);
    expect_eq(memory[(10 * 64 + 10) * 4], 0, "a texel under an empty box");
}

/* Only the contexts that it is attached to reach a resource. */
static void test_other_context(void)
{
    static const uint32_t types[] = {
        CMD_TRANSFER_TO_HOST_3D, CMD_TRANSFER_FROM_HOST_3D,
    };
    struct gl_texture texture = { .id = 1, .width = 8, .height = 8 };
    struct gpu *gpu = gl_boot_kept("");
    const struct wire_transfer_3d transfer = {
        .box = { 0, 0, 0, 8, 8, 1 }, .resource_id = 1,
    };

    gl_create(&texture, gpu);
    gl_create_context(gpu, 1, "one");
    gl_create_context(gpu, 2, "two");
    gl_attach(gpu, 2, 1);
    memset(gl_memory(&texture), POISON, texture.backing_bytes);
    for (unsigned i = 0; i < 2; i++) {
        expect_eq(gl_transfer(gpu, types[i], 1, &transfer),
                  RESP_ERR_RESOURCE_ID, "a transfer by another context");
        expect_eq(gl_transfer(gpu, types[i], 3, &transfer),
                  RESP_ERR_CONTEXT_ID, "a transfer by no context");
        expect_eq(((uint8_t *)gl_memory(&texture))[0], POISON,
                  "guest memory after a refused transfer");
    }
    expect_eq(gl_transfer(gpu, types[0], 2, &transfer), RESP_OK_NODATA,
              "TO_HOST by its context");
    gl_detach(gpu, 2, 1);
    expect_eq(gl_transfer(gpu, types[1], 2, &transfer), RESP_ERR_RESOURCE_ID,
              "FROM_HOST by the context it was detached from");
}

/* A refused one is no fault of the context's streams. */
static void test_context_survives(void)
{
    struct gl_texture texture = { .id = 1, .width = 8, .height = 8 };
    struct gpu *gpu = gl_boot_kept("");
    struct virgl_stream stream;
    struct wire_transfer_3d transfer = {
        .box = { 0, 0, 0, 4, 1, 1 }, .resource_id = 1, .stride = 4,
    };

    gl_create(&texture, gpu);
    virgl_stream_init(&stream);
    gl_create_context(gpu, 1, "one");
    gl_attach(gpu, 1, 1);
    expect_eq(gl_transfer(gpu, CMD_TRANSFER_TO_HOST_3D, 1, &transfer),
              RESP_ERR_PARAMETER, "TO_HOST of a row longer than its stride");
    expect_eq(gl_transfer(gpu, CMD_TRANSFER_FROM_HOST_3D, 1, &transfer),
              RESP_ERR_PARAMETER, "FROM_HOST of a row longer than its stride");
    transfer.stride = 0;
    transfer.layer_stride = 4;
    expect_eq(gl_transfer(gpu, CMD_TRANSFER_TO_HOST_3D, 1, &transfer),
              RESP_OK_NODATA, "TO_HOST of one layer");
    expect_eq(gl_submit(gpu, 1, &stream), RESP_OK_NODATA,
              "a stream after refused transfers");
    virgl_stream_finish(&stream);
}

static void add(const struct layout *layout)
{
    g_autofree char *plain = g_strdup_printf("/%s/one-run", layout->name);
    g_autofree char *scattered = g_strdup_printf("/%s/scattered",
                                                 layout->name);

    harness_add_data(plain, test_one_run, layout);
    harness_add_data(scattered, test_scattered, layout);
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    for (unsigned i = 0; i < G_N_ELEMENTS(layouts); i++) {
        add(&layouts[i]);
    }
    harness_add("/T-123/empty-box", test_empty_box);
    harness_add("/T-382,T-390,T-380,T-388/other-context", test_other_context);
    harness_add("/T-386,T-394,T-400/context-survives", test_context_survives);
    return harness_run();
}
