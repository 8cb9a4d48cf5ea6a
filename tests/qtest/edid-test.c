/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * What monitor the guest believes to have (conformance matrix, GET_EDID):
 * judged by edid-decode, and by the reply to GET_DISPLAY_INFO.
 */
#include "qemu/osdep.h"

#include <sys/mman.h>

#include "display.h"
#include "gpu.h"
#include "harness.h"
#include "outputs.h"

#define BLOCK_BYTES 128

/*
 * What QEMU's generator lacks where a picture is too large for EDID's own
 * timings and stands in a DisplayID block.
 */
static const char *const known_large[] = {
    "Standard Timings: Missing preferred timing.",
    "DisplayID: Missing DisplayID Product Identification Data Block.",
    "DisplayID: Missing DisplayID Display Parameters Data Block.",
    "DisplayID: Missing DisplayID Display Interface Features Data Block.",
    NULL
};

static void get_edid(struct gpu *gpu, unsigned head, struct wire_edid *edid)
{
    const struct wire_get_edid request = {
        .header.type = CMD_GET_EDID,
        .scanout = head,
    };

    memset(edid, GPU_POISON, sizeof(*edid));
    expect_eq(gpu_command(gpu, QUEUE_CONTROL, &request, sizeof(request), edid,
                          sizeof(*edid)), sizeof(*edid), "GET_EDID: used.len");
    expect_eq(edid->header.type, RESP_OK_EDID, "GET_EDID of head %u", head);
    expect_eq(edid->size, BLOCK_BYTES * (edid->edid[126] + 1u),
              "size of head %u's EDID", head);
    for (unsigned i = edid->size; i < sizeof(edid->edid); i++) {
        expect_eq(edid->edid[i], 0, "byte %u, behind the EDID", i);
    }
}

/* What edid-decode says of it; the caller's. */
static char *decode(const struct wire_edid *edid)
{
    int fd = memfd_create("edid", MFD_CLOEXEC);
    g_autofree char *line = g_strdup_printf("edid-decode --check /proc/%d/fd/%d",
                                            getpid(), fd);
    g_autofree char *program = g_find_program_in_path("edid-decode");
    char *text = NULL;

    if (!program) {
        harness_skip("edid-decode is missing; Debian: apt-get install "
                     "edid-decode");
    }
    expect_eq(write(fd, edid->edid, edid->size), edid->size,
              "bytes written to edid-decode");
    expect_true(g_spawn_command_line_sync(line, &text, NULL, NULL, NULL),
                "%s: could not be run", line);
    close(fd);
    expect_true(strstr(text, "EDID conformity:"),
                "edid-decode gives no judgement: %s", text);
    return text;
}

/* The line without its indent; NULL for a heading or nothing. */
static const char *complaint_of(const char *line)
{
    return g_str_has_prefix(line, "  ") ? line + strspn(line, " ") : NULL;
}

static void judge(const struct wire_edid *edid, bool large, const char *what)
{
    g_autofree char *text = decode(edid);
    const char *failures = strstr(text, "\nFailures:");
    g_auto(GStrv) lines = g_strsplit(failures ?: "", "\n", -1);

    for (char **line = lines; *line; line++) {
        const char *complaint = complaint_of(*line);

        expect_true(!complaint ||
                    (large && g_strv_contains(known_large, complaint)),
                    "edid-decode on %s: %s", what, complaint);
    }
}

static unsigned low_high(uint8_t low, uint8_t high)
{
    return low | (high & 0xf0) << 4;
}

/* The preferred timing's size: in the first descriptor, or in DisplayID. */
static void preferred(const struct wire_edid *edid, uint32_t *width,
                      uint32_t *height)
{
    const uint8_t *timing = edid->edid + 54;
    const uint8_t *large = edid->edid + 2 * BLOCK_BYTES + 8;

    if (timing[0] || timing[1]) {
        *width = low_high(timing[2], timing[4]);
        *height = low_high(timing[5], timing[7]);
    } else {
        expect_eq(edid->edid[2 * BLOCK_BYTES], 0x70, "tag of block 2");
        *width = (large[4] | large[5] << 8) + 1;
        *height = (large[12] | large[13] << 8) + 1;
    }
}

/* Every checksum, the preferred mode and edid-decode. */
static void check_head(struct gpu *gpu, unsigned head, const char *what)
{
    struct wire_display_info info;
    struct wire_edid edid;
    uint32_t width, height;

    gpu_display_info(gpu, &info);
    get_edid(gpu, head, &edid);
    for (unsigned block = 0; block < edid.size / BLOCK_BYTES; block++) {
        uint8_t sum = 0;

        for (unsigned i = 0; i < BLOCK_BYTES; i++) {
            sum += edid.edid[block * BLOCK_BYTES + i];
        }
        expect_eq(sum, 0, "%s: checksum of block %u", what, block);
    }
    preferred(&edid, &width, &height);
    /* Linux asks for heads that are off, too. */
    expect_eq(width, info.modes[head].enabled ? info.modes[head].rect.width
              : 1280, "%s: width", what);
    expect_eq(height, info.modes[head].enabled ? info.modes[head].rect.height
              : 800, "%s: height", what);
    judge(&edid, edid.size > 2 * BLOCK_BYTES, what);
}

static void test_sizes(void)
{
    static const uint32_t sizes[][2] = {
        { 640, 480 }, { 800, 600 }, { 1024, 768 }, { 1280, 800 },
        { 1366, 768 }, { 1367, 767 }, { 801, 601 }, { 1920, 1080 },
        { 1080, 1920 }, { 2560, 1440 }, { 2880, 1800 }, { 3440, 1440 },
        { 3840, 2160 }, { 4094, 2160 }, { 4095, 2161 }, { 4096, 2160 },
        { 5120, 1440 }, { 5120, 2880 }, { 7680, 4320 }, { 16384, 16384 },
        { 16384, 200 }, { 200, 16384 },
    };
    struct gpu *gpu = gpu_boot_with(",max_hostmem=1G", true);
    struct display *display = display_of(gpu->guest);

    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autofree char *what = g_strdup_printf("%ux%u", sizes[i][0],
                                                sizes[i][1]);
        struct wire_display_info info;

        display_set_mode(display, 0, sizes[i][0], sizes[i][1]);
        gpu_display_info(gpu, &info);
        expect_eq(info.modes[0].rect.width, sizes[i][0], "%s: width", what);
        expect_eq(info.modes[0].rect.height, sizes[i][1], "%s: height", what);
        check_head(gpu, 0, what);
    }
}

/* A user may draw a window as small as this. */
static void test_small_sizes(void)
{
    static const uint32_t sizes[][2] = {
        { 400, 300 }, { 320, 200 }, { 200, 200 }, { 300, 480 }, { 202, 228 },
        { 201, 203 }, { 222, 285 }, { 399, 201 },
    };
    struct gpu *gpu = gpu_boot_with("", true);
    struct display *display = display_of(gpu->guest);

    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autofree char *what = g_strdup_printf("%ux%u", sizes[i][0],
                                                sizes[i][1]);

        display_set_mode(display, 0, sizes[i][0], sizes[i][1]);
        check_head(gpu, 0, what);
    }
}

static void test_millimetres(void)
{
    static const uint16_t sizes[][2] = {
        { 310, 170 }, { 11, 11 }, { 2540, 1430 }, { 1, 1 }, { 9, 100 },
        { 2560, 2560 }, { 4095, 4095 }, { 4096, 4096 }, { 65535, 65535 },
        { 300, 0 }, { 0, 300 },
    };
    struct gpu *gpu = gpu_boot_with("", true);
    struct display *display = display_of(gpu->guest);

    for (unsigned i = 0; i < G_N_ELEMENTS(sizes); i++) {
        g_autofree char *what = g_strdup_printf("%u mm x %u mm", sizes[i][0],
                                                sizes[i][1]);

        display_wish(display, 0, &(struct display_wish){
            .width = 1280, .height = 800,
            .width_mm = sizes[i][0], .height_mm = sizes[i][1],
        });
        check_head(gpu, 0, what);
    }
}

static void test_every_head(void)
{
    struct gpu *gpu = gpu_boot_with(",max_outputs=16", true);
    struct display *display = display_of(gpu->guest);

    for (unsigned i = 1; i < 16; i += 2) {
        display_set_mode_at(display, i, i, 0, 640 + i * 16, 480 + i);
    }
    for (unsigned i = 0; i < 16; i++) {
        g_autofree char *what = g_strdup_printf("head %u", i);

        check_head(gpu, i, what);
    }
}

static unsigned pixels(const uint8_t *low_high)
{
    return (low_high[0] | low_high[1] << 8) + 1;
}

/* Of the preferred timing, in thousandths of a Hz. */
static uint64_t rate_mhz(const struct wire_edid *edid)
{
    const uint8_t *timing = edid->edid + 54;
    const uint8_t *large = edid->edid + 2 * BLOCK_BYTES + 8;
    uint64_t clock, across, down;

    if (timing[0] || timing[1]) {
        clock = timing[0] | timing[1] << 8;
        across = low_high(timing[2], timing[4]) + timing[3] +
                 ((timing[4] & 0xf) << 8);
        down = low_high(timing[5], timing[7]) + timing[6] +
               ((timing[7] & 0xf) << 8);
    } else {
        clock = large[0] | large[1] << 8 | large[2] << 16;
        across = pixels(large + 4) + pixels(large + 6);
        down = pixels(large + 12) + pixels(large + 14);
    }
    return clock * 10000 * 1000 / (across * down);
}

struct rate {
    uint32_t width, height;
    const char *hertz;
    uint64_t mhz;
};

/* Monitors as people have them, and bounds; the clock is in steps of 10 kHz. */
static void test_rates(void)
{
    static const struct rate rates[] = {
        { 1920, 1080, "60", 60000 }, { 1920, 1080, "59.94", 59940 },
        { 1920, 1080, "144", 144000 }, { 1920, 1080, "240", 240000 },
        { 1920, 1080, "360", 360000 }, { 2560, 1440, "144", 144000 },
        { 2560, 1440, "165", 165000 }, { 3440, 1440, "120", 120000 },
        { 3840, 2160, "60", 60000 }, { 3840, 2160, "144", 144000 },
        { 5120, 2880, "60", 60000 }, { 7680, 4320, "60", 60000 },
        { 1920, 1080, "24", 24000 }, { 1920, 1080, "500", 500000 },
        { 1280, 800, "0", 75000 },
    };
    struct gpu *gpu = gpu_boot_with("", true);

    for (unsigned i = 0; i < G_N_ELEMENTS(rates); i++) {
        const struct rate *r = &rates[i];
        g_autofree char *json = g_strdup_printf(
            "[{\"xres\": %u, \"yres\": %u, \"refresh\": %s}]", r->width,
            r->height, r->hertz);
        struct wire_edid edid;

        outputs_set(gpu, json);
        check_head(gpu, 0, json);
        get_edid(gpu, 0, &edid);
        expect_true(llabs((long long)(rate_mhz(&edid) - r->mhz)) <= 20,
                    "%s: the rate is %" PRIu64 " mHz", json, rate_mhz(&edid));
    }
}

/* As large and as fast as can be said. */
static void test_largest_clock(void)
{
    struct gpu *gpu = gpu_boot_with(",max_hostmem=8G", false);

    outputs_set(gpu, "[{\"xres\": 32767, \"yres\": 32767, \"refresh\": 500}]");
    check_head(gpu, 0, "32767x32767");
}

static void test_texts(void)
{
    struct gpu *gpu = gpu_boot_with("", false);
    struct wire_edid edid;
    g_autofree char *text = NULL;

    outputs_set(gpu, "[{\"name\": \"left of me\", \"vendor\": \"ABC\", "
                "\"serial\": \"4711\", \"widthmm\": 600, \"heightmm\": "
                "340, \"xmax\": 1280, \"ymax\": 1024}]");
    check_head(gpu, 0, "texts");
    get_edid(gpu, 0, &edid);
    text = decode(&edid);
    expect_true(strstr(text, "Manufacturer: ABC"), "no vendor: %s", text);
    expect_true(strstr(text, "Display Product Name: 'left of me'"),
                "no name: %s", text);
    expect_true(strstr(text, "Serial Number: 4711"), "no number: %s", text);
    expect_true(strstr(text, "Display Product Serial Number: '4711'"),
                "no serial: %s", text);
    expect_true(strstr(text, "600 mm x 340 mm"), "no size: %s", text);
    expect_true(!strstr(text, "1920x1"), "more than xmax: %s", text);
    outputs_set(gpu, "[{\"name\": \"\", \"vendor\": \"\", \"serial\": "
                "\"\", \"xmax\": 0, \"ymax\": 0}]");
    get_edid(gpu, 0, &edid);
    g_free(text);
    text = decode(&edid);
    expect_true(strstr(text, "Manufacturer: RHT"), "another vendor: %s", text);
    expect_true(strstr(text, "'QEMU Monitor'"), "another name: %s", text);
    expect_true(strstr(text, "1920x1080"), "still xmax: %s", text);
}

static void test_properties(void)
{
    check_head(gpu_boot_with(",xres=1920,yres=1200", true), 0, "xres and yres");
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add("/T-069,T-071/sizes", test_sizes);
    harness_add("/T-071/small-sizes", test_small_sizes);
    harness_add("/T-071/millimetres", test_millimetres);
    harness_add("/T-069,T-070/every-head", test_every_head);
    harness_add("/T-069/xres-and-yres", test_properties);
    harness_add("/T-071/rates", test_rates);
    harness_add("/T-071/largest-clock", test_largest_clock);
    harness_add("/T-071/texts", test_texts);
    return harness_run();
}
