/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "picture.h"

#include <string.h>

#include "harness.h"
#include "virgl-stream.h"

const uint32_t picture_formats[PICTURE_NUM_FORMATS] = {
    1, 2, 3, 4, 67, 68, 121, 134,
};

/* Which byte of a pixel in memory holds blue, green, red and the fourth. */
static const struct { uint32_t format; uint8_t at[4]; } layouts[] = {
    { 1,   { 0, 1, 2, 3 } },
    { 2,   { 0, 1, 2, 3 } },
    { 3,   { 3, 2, 1, 0 } },
    { 4,   { 3, 2, 1, 0 } },
    { 67,  { 2, 1, 0, 3 } },
    { 68,  { 1, 2, 3, 0 } },
    { 121, { 1, 2, 3, 0 } },
    { 134, { 2, 1, 0, 3 } },
};

static const uint8_t *layout(uint32_t format)
{
    for (unsigned i = 0; i < G_N_ELEMENTS(layouts); i++) {
        if (layouts[i].format == format) {
            return layouts[i].at;
        }
    }
    harness_fail("the test knows no format %u", format);
}

void picture_put_pixel(uint32_t format, uint8_t bytes[4], uint32_t argb)
{
    const uint8_t *at = layout(format);

    for (unsigned i = 0; i < 4; i++) {
        bytes[at[i]] = argb >> 8 * i;
    }
}

uint32_t picture_get_pixel(uint32_t format, const uint8_t bytes[4])
{
    const uint8_t *at = layout(format);
    uint32_t argb = 0;

    for (unsigned i = 0; i < 4; i++) {
        argb |= (uint32_t)bytes[at[i]] << 8 * i;
    }
    return argb;
}

static uint32_t num_pages(const struct picture *picture)
{
    uint64_t bytes = (uint64_t)picture->width * picture->height * 4;

    return (bytes + GUEST_PAGE - 1) / GUEST_PAGE;
}

static uint64_t page_address(const struct picture *picture, uint32_t page)
{
    uint32_t at = picture->scattered ? num_pages(picture) - 1 - page : page;

    return picture->backing + (uint64_t)at * GUEST_PAGE;
}

static uint32_t fill_entries(const struct picture *picture,
                             struct wire_entry *entries)
{
    uint32_t pages = num_pages(picture);

    if (!picture->scattered) {
        entries[0] = (struct wire_entry){ picture->backing,
                                          pages * GUEST_PAGE, 0 };
        return 1;
    }
    for (uint32_t i = 0; i < pages; i++) {
        entries[i] = (struct wire_entry){ page_address(picture, i),
                                          GUEST_PAGE, 0 };
    }
    return pages;
}

static void create_texture(struct picture *picture)
{
    const struct wire_create_3d create = {
        .header.type = CMD_RESOURCE_CREATE_3D,
        .resource_id = picture->id,
        .target = VIRGL_2D,
        .format = picture->format,
        .bind = VIRGL_BIND_RENDER_TARGET | VIRGL_BIND_SAMPLER_VIEW,
        .width = picture->width,
        .height = picture->height,
        .depth = 1,
        .array_size = 1,
        .flags = picture->y_0_top ? TEXTURE_Y_0_TOP : 0,
    };

    gpu_expect(picture->gpu, &create, sizeof(create), RESP_OK_NODATA,
               "CREATE_3D");
}

static void create_2d(struct picture *picture)
{
    const struct wire_create_2d create = {
        .header.type = CMD_RESOURCE_CREATE_2D,
        .resource_id = picture->id,
        .format = picture->format,
        .width = picture->width,
        .height = picture->height,
    };

    gpu_expect(picture->gpu, &create, sizeof(create), RESP_OK_NODATA,
               "CREATE_2D");
}

static void attach(struct picture *picture)
{
    g_autofree struct wire_attach *attach = g_malloc0(GPU_REQUEST_BYTES);
    struct wire_entry *entries = (void *)(attach + 1);

    attach->header.type = CMD_RESOURCE_ATTACH_BACKING;
    attach->resource_id = picture->id;
    attach->nr_entries = fill_entries(picture, entries);
    gpu_expect(picture->gpu, attach,
               sizeof(*attach) + attach->nr_entries * sizeof(*entries),
               RESP_OK_NODATA, "ATTACH_BACKING");
}

static void create_blob(struct picture *picture)
{
    g_autofree struct wire_create_blob *create = g_malloc0(GPU_REQUEST_BYTES);
    struct wire_entry *entries = (void *)(create + 1);

    create->header.type = CMD_RESOURCE_CREATE_BLOB;
    create->resource_id = picture->id;
    create->blob_mem = BLOB_MEM_GUEST;
    create->blob_flags = picture->blob_flags;
    create->size = (uint64_t)num_pages(picture) * GUEST_PAGE;
    create->nr_entries = fill_entries(picture, entries);
    gpu_expect(picture->gpu, create,
               sizeof(*create) + create->nr_entries * sizeof(*entries),
               RESP_OK_NODATA, "CREATE_BLOB");
}

void picture_create(struct picture *picture, struct gpu *gpu)
{
    size_t pixels = (size_t)picture->width * picture->height;

    picture->gpu = gpu;
    picture->format = picture->format ?: FORMAT_B8G8R8X8;
    expect_true(!picture->scattered ||
                num_pages(picture) * sizeof(struct wire_entry) <
                GPU_REQUEST_BYTES - sizeof(struct wire_create_blob),
                "a scattered picture of %ux%u is too large for one request",
                picture->width, picture->height);
    picture->backing = picture->memory ? picture->address
                       : guest_ram_alloc(gpu->guest, pixels * 4);
    picture->argb = g_new0(uint32_t, pixels);
    guest_at_stop(gpu->guest, g_free, picture->argb);
    if (picture->blob) {
        create_blob(picture);
        return;
    }
    if (picture->texture) {
        create_texture(picture);
    } else {
        create_2d(picture);
    }
    attach(picture);
}

void picture_unref(struct picture *picture)
{
    const struct wire_resource request = {
        .header.type = CMD_RESOURCE_UNREF,
        .resource_id = picture->id,
    };

    gpu_expect(picture->gpu, &request, sizeof(request), RESP_OK_NODATA,
               "UNREF");
}

/* Puts one drawn pixel into guest memory. */
static void put(struct picture *picture, const uint8_t *at, uint32_t x,
                uint32_t y, uint32_t argb)
{
    uint64_t offset = ((uint64_t)y * picture->width + x) * 4;
    uint64_t address = page_address(picture, offset / GUEST_PAGE) +
                       offset % GUEST_PAGE;
    uint8_t *pixel = picture->memory
                     ? picture->memory + (address - picture->address)
                     : picture->gpu->guest->ram + address -
                       picture->gpu->guest->dma_base;

    picture->argb[(size_t)y * picture->width + x] = argb;
    for (unsigned i = 0; i < 4; i++) {
        pixel[at[i]] = argb >> 8 * i;
    }
}

void picture_fill(struct picture *picture, const struct wire_rect *rect,
                  uint32_t argb)
{
    const uint8_t *at = layout(picture->format);
    struct wire_rect all = picture_rect(picture);

    rect = rect ?: &all;
    for (uint32_t y = rect->y; y < rect->y + rect->height; y++) {
        for (uint32_t x = rect->x; x < rect->x + rect->width; x++) {
            put(picture, at, x, y, argb);
        }
    }
}

uint32_t picture_noise_at(uint32_t x, uint32_t y, uint32_t seed)
{
    uint32_t value = (x + 1) * 0x9e3779b1 ^ (y + 1) * 0x85ebca77 ^
                     (seed + 1) * 0xc2b2ae3d;

    value ^= value >> 15;
    value *= 0x2c1b3c6d;
    return value ^ value >> 13;
}

void picture_noise(struct picture *picture, const struct wire_rect *rect,
                   uint32_t seed)
{
    const uint8_t *at = layout(picture->format);
    struct wire_rect all = picture_rect(picture);

    rect = rect ?: &all;
    for (uint32_t y = rect->y; y < rect->y + rect->height; y++) {
        for (uint32_t x = rect->x; x < rect->x + rect->width; x++) {
            put(picture, at, x, y, picture_noise_at(x, y, seed));
        }
    }
}

struct wire_rect picture_rect(const struct picture *picture)
{
    return (struct wire_rect){ 0, 0, picture->width, picture->height };
}

static void transfer_texture(struct picture *picture,
                             const struct wire_rect *rect)
{
    const struct wire_transfer_3d request = {
        .header.type = CMD_TRANSFER_TO_HOST_3D,
        .box = { rect->x, rect->y, 0, rect->width, rect->height, 1 },
        .offset = ((uint64_t)rect->y * picture->width + rect->x) * 4,
        .resource_id = picture->id,
        .stride = picture->width * 4,
    };

    gpu_expect(picture->gpu, &request, sizeof(request), RESP_OK_NODATA,
               "TRANSFER_TO_HOST_3D");
}

void picture_transfer(struct picture *picture, const struct wire_rect *rect)
{
    struct wire_rect all = picture_rect(picture);
    struct wire_transfer request = {
        .header.type = CMD_TRANSFER_TO_HOST_2D,
        .rect = rect ? *rect : all,
        .resource_id = picture->id,
    };

    if (picture->texture) {
        transfer_texture(picture, &request.rect);
        return;
    }
    request.offset = ((uint64_t)request.rect.y * picture->width +
                      request.rect.x) * 4;
    gpu_expect(picture->gpu, &request, sizeof(request), RESP_OK_NODATA,
               "TRANSFER_TO_HOST_2D");
}

static void show_2d(struct picture *picture, unsigned head,
                    const struct wire_rect *rect)
{
    const struct wire_set_scanout request = {
        .header.type = CMD_SET_SCANOUT,
        .rect = *rect,
        .scanout_id = head,
        .resource_id = picture->id,
    };

    gpu_expect(picture->gpu, &request, sizeof(request), RESP_OK_NODATA,
               "SET_SCANOUT");
}

static void show_blob(struct picture *picture, unsigned head,
                      const struct wire_rect *rect)
{
    const struct wire_set_scanout_blob request = {
        .header.type = CMD_SET_SCANOUT_BLOB,
        .rect = *rect,
        .scanout_id = head,
        .resource_id = picture->id,
        .width = picture->width,
        .height = picture->height,
        .format = picture->format,
        .strides = { picture->width * 4 },
    };

    gpu_expect(picture->gpu, &request, sizeof(request), RESP_OK_NODATA,
               "SET_SCANOUT_BLOB");
}

void picture_show(struct picture *picture, unsigned head,
                  const struct wire_rect *rect)
{
    struct wire_rect all = picture_rect(picture);

    if (picture->blob) {
        show_blob(picture, head, rect ?: &all);
    } else {
        show_2d(picture, head, rect ?: &all);
    }
}

static uint32_t flush(struct picture *picture, struct wire_rect rect)
{
    const struct wire_flush request = {
        .header.type = CMD_RESOURCE_FLUSH,
        .rect = rect,
        .resource_id = picture->id,
    };

    return gpu_status(picture->gpu, &request, sizeof(request));
}

uint32_t picture_try_flush(struct picture *picture)
{
    return flush(picture, picture_rect(picture));
}

void picture_flush(struct picture *picture, const struct wire_rect *rect)
{
    expect_eq(flush(picture, rect ? *rect : picture_rect(picture)),
              RESP_OK_NODATA, "RESOURCE_FLUSH");
}

void picture_update(struct picture *picture, const struct wire_rect *rect)
{
    picture_transfer(picture, rect);
    picture_flush(picture, rect);
}

void picture_hide(struct gpu *gpu, unsigned head)
{
    const struct wire_set_scanout request = {
        .header.type = CMD_SET_SCANOUT,
        .scanout_id = head,
    };

    gpu_expect(gpu, &request, sizeof(request), RESP_OK_NODATA,
               "SET_SCANOUT of nothing");
}

void picture_expect_on(const struct picture *picture,
                       const struct wire_rect *rect,
                       const struct screen *screen, const char *where)
{
    struct wire_rect all = picture_rect(picture);

    rect = rect ?: &all;
    expect_eq(screen->width, rect->width, "%s: width", where);
    expect_eq(screen->height, rect->height, "%s: height", where);
    for (uint32_t y = 0; y < rect->height; y++) {
        const uint32_t *want = picture->argb +
                               (size_t)(rect->y + y) * picture->width +
                               rect->x;

        for (uint32_t x = 0; x < rect->width; x++) {
            expect_eq(screen->xrgb[(size_t)y * rect->width + x],
                      want[x] & 0xffffff, "%s: format %u, pixel %u,%u", where,
                      picture->format, x, y);
        }
    }
}

void picture_expect_shown(const struct picture *picture,
                          const struct wire_rect *rect, unsigned head)
{
    struct screen *screen = screen_take(picture->gpu->guest, "gpu", head);
    g_autofree char *where = g_strdup_printf("screendump of head %u", head);

    picture_expect_on(picture, rect, screen, where);
    screen_free(screen);
}
