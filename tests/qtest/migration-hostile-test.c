/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Streams that no device wrote: a good one is taken, a word of it is changed,
 * and a new QEMU is made to load it.  It must refuse it in a sentence of the
 * device's, or load it where the word makes no difference that matters; and
 * live on.
 */
#include "qemu/osdep.h"

#include <sys/mman.h>

#include "libqtest.h"
#include "draw.h"
#include "harness.h"
#include "migrate.h"
#include "qemu/bswap.h"

#define FIRST 0x5a5a0001u       /* id, to be found in the stream */
#define SIDE  32u               /* px, of each image */
#define BLOB  0x5a5a0003u
#define BLOB_BYTES 8192u

#define ROUNDS 150
#define SANITIZED_ROUNDS 60

/* Words from the first image on; each image has one entry. */
enum {
    IMAGE_ID, IMAGE_WIDTH, IMAGE_HEIGHT, IMAGE_FORMAT, IMAGE_ENTRIES,
    ENTRY_ADDR_HIGH, ENTRY_ADDR, ENTRY_LENGTH,
    IMAGE_WORDS = ENTRY_LENGTH + 1 + SIDE * SIDE,
    SECOND = IMAGE_WORDS,
    END_OF_IMAGES = 2 * IMAGE_WORDS,
    ENABLE, MAX_OUTPUTS, HEAD,
    HEAD_WIDTH, HEAD_HEIGHT, HEAD_X, HEAD_Y,
    HEAD_CURSOR, HEAD_HOT_X, HEAD_HOT_Y, HEAD_CURSOR_X, HEAD_CURSOR_Y,
    FB_FORMAT, FB_PIXEL, FB_WIDTH, FB_HEIGHT, FB_STRIDE, FB_OFFSET,
    NUM_WORDS,
};

struct stream {
    uint8_t *bytes;
    gsize num_bytes;
    gsize first;                /* where the words above begin */
    gsize blobs;                /* where the list of blobs begins, or 0 */
};

struct edit {
    const char *name;
    unsigned word;
    uint32_t value;
    const char *sentence;       /* of it; NULL: it loads */
};

static const struct edit edits[] = {
    { "unchanged", IMAGE_ID, FIRST, NULL },
    { "id-0", IMAGE_ID, 0, "virtio-gpu:" },
    { "id-twice", SECOND + IMAGE_ID, FIRST, "is in use" },
    { "format", IMAGE_FORMAT, 77, "format 77" },
    { "width-0", IMAGE_WIDTH, 0, "0 x 32 pixels" },
    { "width-32768", IMAGE_WIDTH, 32768, "32768 x 32 pixels" },
    { "height-wraps", IMAGE_HEIGHT, UINT32_MAX, "pixels" },
    { "over-budget", IMAGE_HEIGHT, 32767, "virtio-gpu:" },
    { "entries-over-budget", IMAGE_ENTRIES, UINT32_MAX, "pass max_hostmem" },
    { "entries-one-more", IMAGE_ENTRIES, 2, "virtio-gpu:" },
    { "entry-nowhere", ENTRY_ADDR_HIGH, 0x7fff, "is not memory" },
    { "entry-wraps", ENTRY_ADDR_HIGH, UINT32_MAX, "is not memory" },
    { "entry-empty", ENTRY_LENGTH, 0, NULL },
    { "no-end", END_OF_IMAGES, 5, "virtio-gpu:" },
    { "other-heads", MAX_OUTPUTS, 2, "max_outputs=2" },
    { "no-heads", MAX_OUTPUTS, 0, "max_outputs=0" },
    { "head-unknown", HEAD, 9, "there is no resource 9" },
    { "head-outside", HEAD_X, 31, "of 32x32" },
    { "head-width-0", HEAD_WIDTH, 0, "damaged" },
    { "head-huge", HEAD_WIDTH, UINT32_MAX, "damaged" },
    { "cursor-unknown", HEAD_CURSOR, 9, NULL },
    { "cursor-far-away", HEAD_CURSOR_X, 0x80000000, NULL },
    { "hot-spot-outside", HEAD_HOT_X, UINT32_MAX, NULL },
    { "fb-format", FB_FORMAT, 0xdeadbeef, "damaged" },
};

/* From the list of blobs on: id, size, entries, the entry. */
static const struct edit blob_edits[] = {
    { "unchanged", 0, BLOB, NULL },
    { "id-twice", 0, FIRST, "is in use" },
    { "size-0", 1, 0, "blob of 0 bytes" },
    { "size-more", 1, BLOB_BYTES + 1, "hold less than" },
    { "size-less", 1, 16, "pixels with stride" },
    { "no-entries", 2, 0, "virtio-gpu:" },
    { "entries-over-budget", 2, UINT32_MAX, "pass max_hostmem" },
    { "entry-nowhere", 3, 0x7fff, "is not memory" },
};

static const struct edit fb_edits[] = {
    { "fb-stride-3", FB_STRIDE, 3, "virtio-gpu: scanout 0" },
    { "fb-stride-0", FB_STRIDE, 0, "virtio-gpu: scanout 0" },
    { "fb-stride-huge", FB_STRIDE, UINT32_MAX - 3, "virtio-gpu: scanout 0" },
    { "fb-width-0", FB_WIDTH, 0, "virtio-gpu: scanout 0" },
    { "fb-height-huge", FB_HEIGHT, UINT32_MAX, "virtio-gpu: scanout 0" },
    { "fb-offset-huge", FB_OFFSET, UINT32_MAX - 3, "virtio-gpu: scanout 0" },
    { "fb-offset-before", FB_OFFSET, 0, "before its beginning" },
    { "fb-format-none", FB_FORMAT, 0, "damaged" },
};

static struct guest_options options_of(bool blob)
{
    return (struct guest_options){
        .args = blob ? "-device virtio-gpu-pci,id=gpu,blob=on"
                     : "-device virtio-gpu-pci,id=gpu",
        .ram_mib = 32,
    };
}

static void show_blob(struct gpu *gpu)
{
    const struct wire_entry entry = {
        guest_ram_alloc(gpu->guest, BLOB_BYTES), BLOB_BYTES, 0,
    };
    const struct wire_set_scanout_blob request = {
        .header.type = CMD_SET_SCANOUT_BLOB,
        .rect = { 2, 3, 20, 20 },
        .resource_id = BLOB,
        .width = SIDE,
        .height = SIDE,
        .format = FORMAT_B8G8R8X8,
        .strides = { SIDE * 4 },
    };

    draw_create_blob(gpu, BLOB, BLOB_BYTES, &entry, 1);
    gpu_expect(gpu, &request, sizeof(request), RESP_OK_NODATA,
               "SET_SCANOUT_BLOB");
}

static gsize find(const struct stream *s, gsize from, const uint32_t *words,
                  unsigned num)
{
    uint32_t pattern[4];
    const uint8_t *found;

    for (unsigned i = 0; i < num; i++) {
        stl_be_p(&pattern[i], words[i]);
    }
    found = memmem(s->bytes + from, s->num_bytes - from, pattern, num * 4);
    expect_true(found, "the stream has no 0x%x", words[0]);
    return found - s->bytes;
}

static void read_stream(struct stream *s, int fd, bool blob)
{
    const uint32_t first[] = { FIRST, SIDE, SIDE, FORMAT_B8G8R8A8 };
    const uint32_t list[] = { BLOB, BLOB_BYTES, 1 };

    s->num_bytes = lseek(fd, 0, SEEK_END);
    s->bytes = g_malloc(s->num_bytes);
    expect_eq(pread(fd, s->bytes, s->num_bytes, 0), s->num_bytes,
              "bytes of the stream");
    close(fd);
    s->first = find(s, 0, first, 4);
    s->blobs = blob ? find(s, s->first, list, 3) : 0;
}

static void take(struct stream *s, bool blob)
{
    const struct guest_options options = options_of(blob);
    struct guest *guest = guest_start(&options);
    struct gpu *gpu = gpu_find(guest, 0);

    gpu_start(gpu, NULL);
    draw_image(gpu, FIRST, FORMAT_B8G8R8A8, SIDE, SIDE, 1);
    draw_image(gpu, FIRST + 1, FORMAT_B8G8R8X8, SIDE, SIDE, 2);
    draw_scanout(gpu, 0, FIRST + 1, &(struct wire_rect){ 1, 2, 20, 20 });
    draw_cursor(gpu, &(struct wire_cursor){
        .header.type = CMD_UPDATE_CURSOR, .resource_id = FIRST, .x = 5,
    });
    if (blob) {
        show_blob(gpu);
    }
    read_stream(s, migrate_to_file(guest), blob);
    guest_stop(guest);
}

static const struct stream *good_stream(bool blob)
{
    static struct stream streams[2];

    if (!streams[blob].bytes) {
        take(&streams[blob], blob);
    }
    return &streams[blob];
}

/* Offers it; the device's sentence, empty when it loads.  To be freed. */
static char *offer(const uint8_t *bytes, gsize num_bytes, bool blob)
{
    const struct guest_options options = options_of(blob);
    struct guest *receiver = migrate_receiver(&options);
    int fd = memfd_create("changed", MFD_CLOEXEC);
    char *said;
    bool taken;

    expect_eq(pwrite(fd, bytes, num_bytes, 0), num_bytes, "bytes written");
    taken = migrate_offer(receiver, fd);
    close(fd);
    guest_settle(receiver);
    guest_expect_noise(receiver, "qemu-system-");
    said = guest_stderr(receiver);
    guest_stop(receiver);
    expect_true(taken || strstr(said, "qemu-system-"),
                "the stream was refused without a word");
    if (taken) {
        *said = '\0';
    }
    return said;
}

static char *offer_changed(const struct stream *s, gsize at, uint32_t value)
{
    g_autofree uint8_t *bytes = g_memdup2(s->bytes, s->num_bytes);

    stl_be_p(bytes + at, value);
    return offer(bytes, s->num_bytes, s->blobs != 0);
}

static void judge(const struct edit *edit, const char *said)
{
    if (edit->sentence) {
        expect_true(strstr(said, edit->sentence),
                    "expected \"...%s...\", got \"%s\"", edit->sentence, said);
    } else {
        expect_true(!*said, "refused: %s", said);
    }
}

static void test_edit(const void *data)
{
    const struct edit *edit = data;
    const struct stream *s = good_stream(false);
    g_autofree char *said = offer_changed(s, s->first + edit->word * 4,
                                          edit->value);

    judge(edit, said);
}

static void test_blob_edit(const void *data)
{
    const struct edit *edit = data;
    const struct stream *s = good_stream(true);
    g_autofree char *said = offer_changed(s, s->blobs + edit->word * 4,
                                          edit->value);

    judge(edit, said);
}

static void test_fb_edit(const void *data)
{
    const struct edit *edit = data;
    const struct stream *s = good_stream(true);
    g_autofree char *said = offer_changed(s, s->first + edit->word * 4,
                                          edit->value);

    judge(edit, said);
}

/* The stream stops in the middle of each kind of thing. */
static void test_truncated(void)
{
    static const unsigned words[] = {
        IMAGE_HEIGHT, ENTRY_ADDR, ENTRY_LENGTH + 100, END_OF_IMAGES, HEAD,
        FB_FORMAT, NUM_WORDS,
    };
    const struct stream *s = good_stream(false);

    for (unsigned i = 0; i < G_N_ELEMENTS(words); i++) {
        g_autofree char *said = offer(s->bytes, s->first + words[i] * 4,
                                      false);

        expect_true(*said, "a stream of %u words was taken", words[i]);
    }
}

static uint32_t some_word(const uint8_t *old)
{
    static const uint32_t words[] = {
        0, 1, 2, 3, 4, 16, 255, 0x7fff, 0x8000, 0xffff, 0x10000, 0x7fffffff,
        0x80000000, 0xfffffffc, UINT32_MAX, FIRST, FIRST + 1, BLOB,
    };
    uint32_t flip = 1u << g_test_rand_int_range(0, 32);

    return g_test_rand_bit() ? ldl_be_p(old) ^ flip
                             : words[g_test_rand_int_range(
                                         0, G_N_ELEMENTS(words))];
}

/* Anything may come of it but a crash or a hang. */
static void test_random(void)
{
    unsigned rounds = guest_is_sanitized() ? SANITIZED_ROUNDS : ROUNDS;
    unsigned taken = 0;

    for (unsigned i = 0; i < rounds; i++) {
        bool blob = g_test_rand_bit();
        const struct stream *s = good_stream(blob);
        g_autofree uint8_t *bytes = g_memdup2(s->bytes, s->num_bytes);
        g_autofree char *said = NULL;

        for (int n = g_test_rand_int_range(1, 4); n > 0; n--) {
            /* Images begin and end with what matters; skip their pixels. */
            unsigned word = g_test_rand_int_range(0, 3) == 0
                ? g_test_rand_int_range(0, ENTRY_LENGTH + 1)
                : END_OF_IMAGES + g_test_rand_int_range(
                      0, NUM_WORDS - END_OF_IMAGES + (blob ? 12 : 0));
            uint8_t *at = bytes + s->first + word * 4;

            stl_be_p(at, some_word(at));
        }
        said = offer(bytes, s->num_bytes, blob);
        taken += !*said;
    }
    g_test_message("%u of %u changed streams were taken", taken, rounds);
}

static void add(const char *kind, const struct edit *list, unsigned num,
                void (*run)(const void *edit))
{
    for (unsigned i = 0; i < num; i++) {
        g_autofree char *path = g_strdup_printf("/migration/%s/%s", kind,
                                                list[i].name);

        harness_add_data(path, run, &list[i]);
    }
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    add("changed", edits, G_N_ELEMENTS(edits), test_edit);
    add("changed-blob", blob_edits, G_N_ELEMENTS(blob_edits), test_blob_edit);
    add("changed-fb", fb_edits, G_N_ELEMENTS(fb_edits), test_fb_edit);
    harness_add("/migration/truncated", test_truncated);
    harness_add("/migration/random", test_random);
    return harness_run();
}
