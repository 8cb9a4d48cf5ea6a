/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * Heads over a migration: what client and operator said of them, wishes that
 * were held back, streams of before outputs= was, and streams of nobody's.
 */
#include "qemu/osdep.h"

#include <sys/mman.h>

#include "libqtest.h"
#include "display.h"
#include "harness.h"
#include "migrate.h"
#include "outputs.h"
#include "qemu/bswap.h"

static void wish(struct gpu *gpu, unsigned head, uint32_t width,
                 uint32_t height)
{
    display_set_mode(display_of(gpu->guest), head, width, height);
}

#define ARGS "-device virtio-gpu-pci,id=gpu,x-outputs-vmstate=on"

static struct guest_options options_of(const char *args)
{
    return (struct guest_options){
        .args = args,
        .ram_mib = 32,          /* all of it is in the stream */
        .displays = true,
    };
}

static struct gpu *boot(const char *args)
{
    const struct guest_options options = options_of(args);
    struct gpu *gpu = gpu_find(guest_start(&options), 0);

    gpu_start(gpu, NULL);
    return gpu;
}

static void migrate(struct gpu *gpu, const char *args)
{
    const struct guest_options options = options_of(args);

    migrate_guest(gpu->guest, &options);
}

/* With x-outputs-vmstate=on the heads arrive as they left. */
static void test_migration(void)
{
    const char *args = ARGS ",max_outputs=3";
    struct gpu *gpu = boot(args);
    g_autofree char *before = NULL, *after = NULL;

    outputs_set(gpu, "[{\"name\": \"desk\", \"serial\": \"7\", \"xmax\": "
                "4000}, {\"connected\": true, \"xres\": 1024, \"refresh\": "
                "59.94, \"x\": 5}]");
    wish(gpu, 2, 640, 480);
    wish(gpu, 1, 800, 600);
    before = outputs_text(gpu);
    migrate(gpu, args);
    after = outputs_text(gpu);
    expect_true(g_str_equal(before, after), "%s became %s", before, after);
    wish(gpu, 1, 900, 600);
    outputs_expect_mode(gpu, 1, (struct wire_rect){ 5, 0, 1024, 800 });
    wish(gpu, 2, 900, 600);
    outputs_expect_size(gpu, 2, 900, 600);
}

/* A wish that was held back arrives too, and the guest is told of it there. */
static void test_migration_of_held(void)
{
    struct gpu *gpu = boot(ARGS);
    struct display *display = display_of(gpu->guest);
    const struct display_wish last = { .width = 1001, .height = 600 };

    display_drag(display, 0, &(struct display_wish){ .width = 1000,
                                                     .height = 600 });
    outputs_take_event(gpu);
    outputs_take_event(gpu);
    qtest_qmp_assert_success(gpu->guest->qts, "{'execute': 'stop'}");
    do {
        wish(gpu, 0, 1000, 601);
        display_drag(display, 0, &last);
    } while (outputs_number(gpu, 0, "xres") == 1001);
    migrate(gpu, ARGS);
    qtest_qmp_assert_success(gpu->guest->qts, "{'execute': 'cont'}");
    outputs_expect_event(gpu, true, "migration with a wish held back");
    outputs_expect_size(gpu, 0, 1001, 600);
}

/* Without it the other side's command line counts, and nothing is refused. */
static void test_plain_migration(void)
{
    struct gpu *gpu = boot("-device virtio-gpu-pci,id=gpu");

    outputs_set(gpu, "[{\"name\": \"desk\", \"xres\": 1024}]");
    migrate(gpu, "-device virtio-gpu-pci,id=gpu,xres=800,yres=600");
    outputs_expect_size(gpu, 0, 800, 600);
    outputs_expect_text(gpu, 0, "control", "client");
}

/* --- streams that were changed ------------------------------------------ */

#define SUBSECTION "virtio-gpu/outputs"
#define NAME "to be found"      /* and a zero byte: what is said of a head */

/* Bytes from the name on. */
enum {
    VENDOR = 12,
    SERIAL = 24,
    XMAX = 36,
    CONTROL = 44,
    CONNECTED = 48,
    XRES = 52,
    X = 60,
    REFRESH = 68,
    WIDTH_MM = 72,
    CONF_BYTES = 80,
};

struct stream {
    uint8_t *bytes;
    gsize num_bytes;
    gsize name;
    gsize version;              /* of the subsection */
};

static gsize find(const struct stream *s, const char *text, gsize length)
{
    const uint8_t *found = memmem(s->bytes, s->num_bytes, text, length);

    expect_true(found, "the stream has no \"%s\"", text);
    return found - s->bytes;
}

static void take(struct stream *s)
{
    struct gpu *gpu = boot(ARGS);
    int fd;

    outputs_set(gpu, "[{\"name\": \"" NAME "\", \"xres\": 1024}]");
    fd = migrate_to_file(gpu->guest);
    s->num_bytes = lseek(fd, 0, SEEK_END);
    s->bytes = g_malloc(s->num_bytes);
    expect_eq(pread(fd, s->bytes, s->num_bytes, 0), s->num_bytes,
              "bytes of the stream");
    close(fd);
    guest_stop(gpu->guest);
    s->name = find(s, NAME, sizeof(NAME));
    s->version = find(s, SUBSECTION, strlen(SUBSECTION)) + strlen(SUBSECTION);
    expect_eq(ldl_be_p(s->bytes + s->version), 2, "version of " SUBSECTION);
}

static struct stream *good_stream(void)
{
    static struct stream stream;

    if (!stream.bytes) {
        take(&stream);
    }
    return &stream;
}

static int file_of(const uint8_t *bytes, gsize num_bytes)
{
    int fd = memfd_create("changed", MFD_CLOEXEC);

    expect_eq(pwrite(fd, bytes, num_bytes, 0), num_bytes, "bytes written");
    return fd;
}

struct edit {
    const char *name;
    gsize at;
    uint32_t value;
};

static const struct edit edits[] = {
    { "name-line", 0, 0x610a6200 },
    { "name-beyond-ascii", 8, 0xffffffff },
    { "vendor-small", VENDOR, 0x61626300 },
    { "vendor-long", VENDOR, 0x41424344 },
    { "serial-escape", SERIAL, 0x1b5b3100 },
    { "xmax", XMAX, 40000 },
    { "control", CONTROL, 2 },
    { "connected", CONNECTED, 0xffffffff },
    { "xres-0", XRES, 0 },
    { "xres", XRES, 32768 },
    { "x", X, 0x80000000 },
    { "refresh-low", REFRESH, 1 },
    { "refresh-high", REFRESH, 500001 },
    { "widthmm", WIDTH_MM, 70000 },
};

static void test_edit(const void *data)
{
    const struct edit *edit = data;
    const struct stream *s = good_stream();
    g_autofree uint8_t *bytes = g_memdup2(s->bytes, s->num_bytes);
    const struct guest_options options = options_of(ARGS);
    struct guest *receiver = migrate_receiver(&options);
    g_autofree char *said = NULL;
    bool taken;
    int fd;

    guest_expect_noise(receiver, "qemu-system-");
    stl_be_p(bytes + s->name + edit->at, edit->value);
    fd = file_of(bytes, s->num_bytes);
    taken = migrate_offer(receiver, fd);
    close(fd);
    guest_settle(receiver);
    said = guest_stderr(receiver);
    expect_true(!taken && strstr(said, "outputs= is impossible"),
                "%s: %s", taken ? "taken" : "refused", said);
}

/* Of a device that knew nothing of operators. */
static void test_version_1(void)
{
    const struct stream *s = good_stream();
    gsize rest = s->name + CONF_BYTES;
    g_autofree uint8_t *bytes = g_memdup2(s->bytes, s->num_bytes);
    const struct guest_options options = options_of(ARGS);
    struct gpu *gpu = boot(ARGS);
    int fd;

    stl_be_p(bytes + s->version, 1);
    memmove(bytes + s->name, bytes + rest, s->num_bytes - rest);
    fd = file_of(bytes, s->num_bytes - CONF_BYTES);
    migrate_from_file(gpu->guest, &options, fd);
    close(fd);
    outputs_expect_size(gpu, 0, 1024, 800);
    outputs_expect_text(gpu, 0, "name", "QEMU Monitor");
    outputs_expect_text(gpu, 0, "control", "client");
}

int main(int argc, char **argv)
{
    harness_init(&argc, &argv);
    harness_add("/outputs/migration/all", test_migration);
    harness_add("/outputs/migration/held", test_migration_of_held);
    harness_add("/outputs/migration/without", test_plain_migration);
    harness_add("/outputs/migration/version-1", test_version_1);
    for (unsigned i = 0; i < G_N_ELEMENTS(edits); i++) {
        g_autofree char *path = g_strdup_printf("/outputs/migration/%s",
                                                edits[i].name);

        harness_add_data(path, test_edit, &edits[i]);
    }
    return harness_run();
}
