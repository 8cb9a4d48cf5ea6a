/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "run.h"

#include <string.h>

#define CURSOR_PX 64

struct expectation {
    struct run *run;
    unsigned line;
    char *const *words;
    uint64_t scanout;
};

/* "rect=x,y,w,h", or all of @width x @height. */
static bool read_rect(const struct expectation *e, uint32_t width,
                      uint32_t height, struct script_rect *rect)
{
    const char *text = statement_value(e->words, "rect");
    uint64_t n[4];
    unsigned num;

    *rect = (struct script_rect) { 0, 0, width, height };
    if (!text) {
        return true;
    }
    if (!run_numbers(e->run, e->line, text, 4, n, &num)) {
        return false;
    }
    if (num != 4 || n[0] + n[2] > width || n[1] + n[3] > height) {
        return run_fail(e->run, e->line, "expected a picture with rect %s, "
                        "got %ux%u", text, width, height);
    }
    *rect = (struct script_rect) { n[0], n[1], n[2], n[3] };
    return true;
}

/* The pixels of rect=; NULL: failed.  To end with g_free(). */
static uint32_t *read_pixels(const struct expectation *e,
                             struct script_rect *rect)
{
    uint32_t width = 0, height = 0;
    g_autofree uint32_t *pixels = NULL;

    if (!e->run->ops->scanout_size(e->run->host, e->scanout, &width,
                                   &height)) {
        run_fail(e->run, e->line, "expected a picture on scanout %u, got none",
                 (unsigned)e->scanout);
        return NULL;
    }
    if (!read_rect(e, width, height, rect)) {
        return NULL;
    }
    pixels = g_new(uint32_t, (size_t)rect->width * rect->height);
    if (!e->run->ops->scanout_read(e->run->host, e->scanout, rect, pixels)) {
        run_fail(e->run, e->line, "scanout %u cannot be read",
                 (unsigned)e->scanout);
        return NULL;
    }
    return g_steal_pointer(&pixels);
}

static bool compare_pixel(const struct expectation *e, uint32_t expected,
                          uint32_t got, uint32_t x, uint32_t y)
{
    if ((expected ^ got) & 0xffffff) {
        return run_fail(e->run, e->line, "expected pixel %u,%u of scanout %u "
                        "0x%06x, got 0x%06x", x, y, (unsigned)e->scanout,
                        expected & 0xffffff, got & 0xffffff);
    }
    return true;
}

/* expect size WxH */
static bool expect_size(struct expectation *e)
{
    uint32_t width = 0, height = 0, want_width, want_height;

    if (!e->words[2] ||
        !run_size(e->run, e->line, e->words[2], &want_width, &want_height)) {
        return false;
    }
    if (!e->run->ops->scanout_size(e->run->host, e->scanout, &width,
                                   &height)) {
        width = height = 0;
    }
    if (width != want_width || height != want_height) {
        return run_fail(e->run, e->line, "expected scanout %u %ux%u, got "
                        "%ux%u", (unsigned)e->scanout, want_width,
                        want_height, width, height);
    }
    return true;
}

static bool expect_blank(struct expectation *e)
{
    uint32_t width, height;

    if (e->run->ops->abilities & SCRIPT_CAN_SEE_BLANK &&
        e->run->ops->scanout_size(e->run->host, e->scanout, &width, &height)) {
        return run_fail(e->run, e->line, "expected scanout %u blank, got "
                        "%ux%u", (unsigned)e->scanout, width, height);
    }
    return true;
}

/* expect color rgb=0xRRGGBB [rect=…] */
static bool expect_color(struct expectation *e)
{
    struct script_rect rect;
    g_autofree uint32_t *pixels = NULL;
    uint64_t rgb;

    if (!run_option(e->run, e->line, e->words, "rgb", 0, &rgb)) {
        return false;
    }
    pixels = read_pixels(e, &rect);
    for (size_t i = 0; pixels && i < (size_t)rect.width * rect.height; i++) {
        if (!compare_pixel(e, rgb, pixels[i], rect.x + i % rect.width,
                           rect.y + i / rect.width)) {
            return false;
        }
    }
    return pixels != NULL;
}

/* Pixels as they stand in guest memory. */
struct source {
    GArray *entries;
    uint64_t offset;            /* of the first pixel */
    uint64_t stride;            /* bytes */
    struct format_bytes layout;
};

static bool read_source(struct expectation *e, uint64_t stride,
                        struct source *source)
{
    const char *entries = statement_value(e->words, "entries");
    uint64_t format;

    if (!run_option(e->run, e->line, e->words, "offset", 0,
                    &source->offset) ||
        !run_option(e->run, e->line, e->words, "stride", stride,
                    &source->stride) ||
        !run_option(e->run, e->line, e->words, "format", 2, &format)) {
        return false;
    }
    if (!entries || !format_layout(format, &source->layout)) {
        return run_fail(e->run, e->line, "a picture needs entries= and a "
                        "known format=");
    }
    source->entries = run_entries(e->run, e->line, entries);
    return source->entries != NULL;
}

/* One row of @source as a8r8g8b8. */
static bool source_row(struct expectation *e, const struct source *source,
                       uint32_t row, uint32_t *argb, uint32_t width)
{
    g_autofree uint8_t *bytes = g_malloc(width * 4);

    if (!run_read_entries(e->run, source->entries,
                          source->offset + row * source->stride, bytes,
                          width * 4)) {
        return run_fail(e->run, e->line, "the entries end before row %u",
                        row);
    }
    for (uint32_t x = 0; x < width; x++) {
        const uint8_t *p = bytes + x * 4;

        argb[x] = (uint32_t)p[source->layout.a] << 24 |
                  (uint32_t)p[source->layout.r] << 16 |
                  (uint32_t)p[source->layout.g] << 8 | p[source->layout.b];
    }
    return true;
}

/* expect picture entries=… [format=] [stride=] [offset=] [rect=] */
static bool expect_picture(struct expectation *e)
{
    struct script_rect rect;
    g_autofree uint32_t *pixels = read_pixels(e, &rect);
    g_autofree uint32_t *wanted = NULL;
    struct source source = { 0 };
    bool ok;

    if (!pixels) {
        return false;
    }
    wanted = g_new(uint32_t, rect.width);
    ok = read_source(e, rect.width * 4ull, &source);
    for (uint32_t y = 0; ok && y < rect.height; y++) {
        ok = source_row(e, &source, y, wanted, rect.width);
        for (uint32_t x = 0; ok && x < rect.width; x++) {
            ok = compare_pixel(e, wanted[x],
                               pixels[(size_t)y * rect.width + x],
                               rect.x + x, rect.y + y);
        }
    }
    g_clear_pointer(&source.entries, g_array_unref);
    return ok;
}

static bool compare_cursor_number(struct expectation *e, const char *key,
                                  int64_t got)
{
    uint64_t expected;

    if (!run_option(e->run, e->line, e->words, key, got, &expected)) {
        return false;
    }
    if ((int64_t)expected != got) {
        return run_fail(e->run, e->line, "expected cursor %u %s=%" PRId64
                        ", got %" PRId64, (unsigned)e->scanout, key,
                        (int64_t)expected, got);
    }
    return true;
}

/* [entries=…] [argb=… at=x,y] of the cursor image, fourth channel included. */
static bool compare_cursor_image(struct expectation *e,
                                 const struct script_cursor *cursor)
{
    uint32_t wanted[CURSOR_PX];
    struct source source = { 0 };
    bool ok = true;

    if (!statement_value(e->words, "entries")) {
        return true;
    }
    ok = read_source(e, CURSOR_PX * 4, &source);
    for (unsigned y = 0; ok && y < CURSOR_PX; y++) {
        const uint32_t *got = cursor->pixels + y * CURSOR_PX;

        ok = source_row(e, &source, y, wanted, CURSOR_PX);
        for (unsigned x = 0; ok && x < CURSOR_PX; x++) {
            if (wanted[x] != got[x]) {
                ok = run_fail(e->run, e->line, "expected cursor %u pixel "
                              "%u,%u 0x%08x, got 0x%08x",
                              (unsigned)e->scanout, x, y, wanted[x], got[x]);
            }
        }
    }
    g_clear_pointer(&source.entries, g_array_unref);
    return ok;
}

static bool compare_cursor_pixel(struct expectation *e,
                                 const struct script_cursor *cursor)
{
    const char *at = statement_value(e->words, "at");
    uint64_t n[2] = { 0 }, argb;
    uint32_t got;
    unsigned num;

    if (!at) {
        return true;
    }
    if (!run_numbers(e->run, e->line, at, 2, n, &num) ||
        !run_option(e->run, e->line, e->words, "argb", 0, &argb)) {
        return false;
    }
    got = cursor->pixels[(n[1] % CURSOR_PX) * CURSOR_PX + n[0] % CURSOR_PX];
    if (got != argb) {
        return run_fail(e->run, e->line, "expected cursor pixel %s 0x%08x, "
                        "got 0x%08x", at, (uint32_t)argb, got);
    }
    return true;
}

/* expect cursor visible|hidden|any [x=] [y=] [hot_x=] … [image] */
static bool expect_cursor(struct expectation *e)
{
    struct script_cursor cursor = { 0 };
    const char *state = e->words[2] ? e->words[2] : "any";
    bool ok = true;

    if (!(e->run->ops->abilities & SCRIPT_CAN_CURSOR)) {
        return true;
    }
    ok = e->run->ops->cursor(e->run->host, e->scanout, &cursor);
    if (!ok || (!g_str_equal(state, "any") &&
                cursor.visible != g_str_equal(state, "visible"))) {
        return run_fail(e->run, e->line, "expected cursor %u %s, got %s",
                        (unsigned)e->scanout, state, !ok ? "nothing" :
                        cursor.visible ? "visible" : "hidden");
    }
    return compare_cursor_number(e, "x", cursor.x) &&
           compare_cursor_number(e, "y", cursor.y) &&
           compare_cursor_number(e, "hot_x", cursor.hot_x) &&
           compare_cursor_number(e, "hot_y", cursor.hot_y) &&
           compare_cursor_number(e, "width", cursor.width) &&
           compare_cursor_number(e, "height", cursor.height) &&
           compare_cursor_image(e, &cursor) &&
           compare_cursor_pixel(e, &cursor);
}

/* expect resources N */
static bool expect_resources(struct expectation *e)
{
    uint64_t expected;
    uint32_t got;

    if (!(e->run->ops->abilities & SCRIPT_CAN_COUNT)) {
        return true;
    }
    if (!e->words[2] ||
        !run_number(e->run, e->line, e->words[2], &expected)) {
        return false;
    }
    got = e->run->ops->num_resources(e->run->host);
    if (got != expected) {
        return run_fail(e->run, e->line, "expected %" PRIu64 " resources, "
                        "got %u", expected, got);
    }
    return true;
}

/* expect memory ADDRESS:SIZE same=ADDRESS | byte=N */
static bool expect_memory(struct expectation *e)
{
    const char *same = statement_value(e->words, "same");
    g_autofree uint8_t *got = NULL, *wanted = NULL;
    uint64_t addr, bytes, other, byte;

    if (!e->words[2] ||
        !run_range(e->run, e->line, e->words[2], &addr, &bytes) ||
        !run_option(e->run, e->line, e->words, "byte", 0, &byte)) {
        return false;
    }
    got = g_malloc(bytes);
    wanted = g_malloc(bytes);
    memset(wanted, byte, bytes);
    if (same) {
        if (!run_number(e->run, e->line, same, &other)) {
            return false;
        }
        e->run->ops->read(e->run->host, other, wanted, bytes);
    }
    e->run->ops->read(e->run->host, addr, got, bytes);
    for (uint64_t i = 0; i < bytes; i++) {
        if (got[i] != wanted[i]) {
            return run_fail(e->run, e->line, "expected byte %" PRIu64 " of %s "
                            "0x%02x, got 0x%02x", i, e->words[2], wanted[i],
                            got[i]);
        }
    }
    return true;
}

static bool expect_waiting(struct expectation *e)
{
    return run_expect_waiting(e->run, e->line, e->words);
}

static bool expect_back(struct expectation *e)
{
    return run_expect_back(e->run, e->line, e->words);
}

bool run_expect(struct run *run, unsigned line, char *const *words)
{
    static const struct {
        const char *word;
        bool (*check)(struct expectation *e);
    } kinds[] = {
        { "size",      expect_size },
        { "blank",     expect_blank },
        { "color",     expect_color },
        { "picture",   expect_picture },
        { "cursor",    expect_cursor },
        { "resources", expect_resources },
        { "memory",    expect_memory },
        { "waiting",   expect_waiting },
        { "back",      expect_back },
    };
    struct expectation e = { .run = run, .line = line, .words = words };

    if (!run_begin(run) ||
        !run_option(run, line, words, "scanout", 0, &e.scanout)) {
        return false;
    }
    for (unsigned i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (g_str_equal(words[1], kinds[i].word)) {
            return kinds[i].check(&e);
        }
    }
    return run_fail(run, line, "nothing to expect of \"%s\"", words[1]);
}
