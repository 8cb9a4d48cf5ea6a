/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "png.h"

#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define SIGNATURE_BYTES 8
#define CHUNK_BYTES     12      /* length, type and checksum of a chunk */
#define HEADER_BYTES    13      /* of IHDR */
#define MAX_SIDE_PX     20000

static uint32_t word(const uint8_t *data)
{
    return (uint32_t)data[0] << 24 | data[1] << 16 | data[2] << 8 | data[3];
}

/* The data of all chunks of @type, one behind the other. */
static GByteArray *chunks(const uint8_t *data, size_t bytes, const char *type)
{
    GByteArray *found = g_byte_array_new();
    size_t at = SIGNATURE_BYTES;

    while (at + CHUNK_BYTES <= bytes) {
        uint32_t length = word(data + at);

        expect_true(length <= bytes - at - CHUNK_BYTES, "a PNG chunk is cut");
        if (memcmp(data + at + 4, type, 4) == 0) {
            g_byte_array_append(found, data + at + 8, length);
        }
        at += CHUNK_BYTES + length;
    }
    return found;
}

static void inflate_all(const GByteArray *packed, uint8_t *out, size_t bytes)
{
    g_autoptr(GZlibDecompressor) zlib =
        g_zlib_decompressor_new(G_ZLIB_COMPRESSOR_FORMAT_ZLIB);
    gsize in, put, read = 0, written = 0;
    GConverterResult result;

    do {
        result = g_converter_convert(G_CONVERTER(zlib), packed->data + read,
                                     packed->len - read, out + written,
                                     bytes - written,
                                     G_CONVERTER_INPUT_AT_END, &in, &put,
                                     NULL);
        expect_true(result != G_CONVERTER_ERROR, "a PNG is not deflated");
        read += in;
        written += put;
    } while (result != G_CONVERTER_FINISHED);
    expect_eq(written, bytes, "bytes of a PNG's pixels");
}

static int paeth(int left, int up, int corner)
{
    int to_left = abs(up - corner);
    int to_up = abs(left - corner);
    int to_corner = abs(left + up - 2 * corner);

    if (to_left <= to_up && to_left <= to_corner) {
        return left;
    }
    return to_up <= to_corner ? up : corner;
}

/* What filter @kind added to a byte, PNG specification, 9.2. */
static int predicted(unsigned kind, int left, int up, int corner)
{
    switch (kind) {
    case 0:
        return 0;
    case 1:
        return left;
    case 2:
        return up;
    case 3:
        return (left + up) / 2;
    case 4:
        return paeth(left, up, corner);
    default:
        harness_fail("a PNG row has filter %u", kind);
    }
}

/* Undoes the filter of a row in place; @row begins with the filter's kind. */
static void unfilter(uint8_t *row, const uint8_t *above, size_t bytes)
{
    for (size_t i = 1; i <= bytes; i++) {
        int left = i > 3 ? row[i - 3] : 0;
        int up = above ? above[i] : 0;
        int corner = above && i > 3 ? above[i - 3] : 0;

        row[i] += predicted(row[0], left, up, corner);
    }
}

static uint32_t *unpack(uint8_t *rows, uint32_t width, uint32_t height)
{
    size_t pitch = (size_t)width * 3 + 1;
    uint32_t *pixels = g_new(uint32_t, (size_t)width * height);

    for (uint32_t y = 0; y < height; y++) {
        uint8_t *row = rows + y * pitch;

        unfilter(row, y ? row - pitch : NULL, pitch - 1);
        for (uint32_t x = 0; x < width; x++) {
            const uint8_t *rgb = row + 1 + x * 3;

            pixels[(size_t)y * width + x] = rgb[0] << 16 | rgb[1] << 8 |
                                            rgb[2];
        }
    }
    return pixels;
}

uint32_t *png_read(const uint8_t *data, size_t bytes, uint32_t *width,
                   uint32_t *height)
{
    static const uint8_t signature[SIGNATURE_BYTES] = "\x89PNG\r\n\x1a\n";
    static const uint8_t rgb8[] = { 8, 2, 0, 0, 0 };
    g_autoptr(GByteArray) header = NULL;
    g_autoptr(GByteArray) packed = NULL;
    g_autofree uint8_t *rows = NULL;
    size_t raw_bytes;

    expect_true(bytes > SIGNATURE_BYTES &&
                memcmp(data, signature, SIGNATURE_BYTES) == 0,
                "the file is no PNG");
    header = chunks(data, bytes, "IHDR");
    packed = chunks(data, bytes, "IDAT");
    expect_eq(header->len, HEADER_BYTES, "bytes of a PNG's header");
    expect_true(memcmp(header->data + 8, rgb8, sizeof(rgb8)) == 0,
                "the PNG is not of 8-bit RGB");
    *width = word(header->data);
    *height = word(header->data + 4);
    expect_true(*width && *height && *width <= MAX_SIDE_PX &&
                *height <= MAX_SIDE_PX, "a PNG of %ux%u", *width, *height);
    raw_bytes = ((size_t)*width * 3 + 1) * *height;
    rows = g_malloc(raw_bytes);
    inflate_all(packed, rows, raw_bytes);
    return unpack(rows, *width, *height);
}
