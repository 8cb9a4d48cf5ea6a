/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * outputs=: what the heads are at start, what an operator changes while the VM
 * runs, and what becomes of clients' wishes beside it.
 */
#include "qemu/osdep.h"

#include "libqtest.h"
#include "display.h"
#include "harness.h"
#include "outputs.h"

static void wish(struct gpu *gpu, unsigned head, uint32_t width,
                 uint32_t height)
{
    display_set_mode(display_of(gpu->guest), head, width, height);
}

/* --- at start ----------------------------------------------------------- */

/* As QEMU's own device has it from 10.1 and 11.0 on: name, xres and yres. */
static void test_stock(void)
{
    struct gpu *gpu = outputs_boot(
        "virtio-gpu-pci", "[{\"name\": \"first\"}, "
        "{\"name\": \"second\", \"xres\": 1024, \"yres\": 768}, "
        "{\"name\": \"third\"}]", ", \"max_outputs\": 4, \"xres\": 800, "
        "\"yres\": 600");

    outputs_expect_size(gpu, 0, 800, 600);
    outputs_expect_size(gpu, 1, 1024, 768);
    outputs_expect_size(gpu, 2, 0, 0);
    outputs_expect_size(gpu, 3, 0, 0);
    outputs_expect_text(gpu, 0, "name", "first");
    outputs_expect_text(gpu, 2, "name", "third");
    outputs_expect_text(gpu, 3, "name", "QEMU Monitor");
    outputs_expect_text(gpu, 1, "control", "client");
    wish(gpu, 1, 640, 480);
    outputs_expect_size(gpu, 1, 640, 480);
}

static void test_start(const void *type)
{
    struct gpu *gpu = outputs_boot(
        type, "[{\"connected\": false}, {\"connected\": true, \"x\": 100, "
        "\"y\": 20, \"vendor\": \"ABC\", \"serial\": \"0815\", \"refresh\": "
        "59.94, \"widthmm\": 600, \"heightmm\": 340, \"xmax\": 1920, "
        "\"control\": \"operator\"}]", ", \"max_outputs\": 2");

    outputs_expect_size(gpu, 0, 0, 0);
    outputs_expect_mode(gpu, 1, (struct wire_rect){ 100, 20, 1280, 800 });
    outputs_expect_text(gpu, 1, "vendor", "ABC");
    outputs_expect_text(gpu, 1, "serial", "0815");
    expect_eq(outputs_number(gpu, 1, "widthmm"), 600, "widthmm");
    wish(gpu, 1, 640, 480);
    outputs_expect_mode(gpu, 1, (struct wire_rect){ 100, 20, 1280, 800 });
}

/* The same as text: where only strings can be given. */
static void test_as_text(const void *data)
{
    struct guest *guest = guest_start(&(struct guest_options){ .args = data });
    struct gpu *gpu = gpu_find(guest, 0);

    gpu_start(gpu, NULL);
    outputs_expect_size(gpu, 0, 640, 480);
    outputs_expect_text(gpu, 0, "name", "text");
    outputs_set(gpu, "\"[{\\\"xres\\\": 800}]\"");
    outputs_expect_size(gpu, 0, 800, 480);
}

/* --- while the VM runs -------------------------------------------------- */

static void test_plug(void)
{
    struct gpu *gpu = gpu_boot_with(",max_outputs=3", true);

    outputs_set(gpu, "[{}, {\"connected\": true, \"xres\": 2560, \"yres\": "
                "1440, \"x\": 1280}]");
    outputs_expect_event(gpu, true, "head 1 was plugged in");
    outputs_expect_size(gpu, 0, 1280, 800);
    outputs_expect_mode(gpu, 1, (struct wire_rect){ 1280, 0, 2560, 1440 });
    outputs_set(gpu, "[{\"connected\": false}]");
    outputs_expect_event(gpu, true, "head 0 was unplugged");
    outputs_expect_size(gpu, 0, 0, 0);
    outputs_expect_mode(gpu, 1, (struct wire_rect){ 1280, 0, 2560, 1440 });
    outputs_set(gpu, "[{\"connected\": true}]");
    outputs_expect_event(gpu, true, "head 0 was plugged in");
    outputs_expect_size(gpu, 0, 1280, 800);
}

static void test_events(void)
{
    static const char *const changes[] = {
        "[{\"xres\": 1024}]", "[{\"yres\": 768}]", "[{\"x\": 8}]",
        "[{\"y\": 8}]", "[{\"refresh\": 144}]",
        "[{\"widthmm\": 300, \"heightmm\": 200}]", "[{\"name\": \"desk\"}]",
        "[{\"vendor\": \"XYZ\"}]", "[{\"serial\": \"1\"}]",
        "[{\"xmax\": 2048}]", "[{\"ymax\": 2048}]", "[{\"xmax\": 0}]",
    };
    struct gpu *gpu = gpu_boot_with("", true);

    for (unsigned i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_autofree char *same = g_strdup_printf("%s again", changes[i]);

        outputs_set(gpu, changes[i]);
        outputs_expect_event(gpu, true, changes[i]);
        outputs_set(gpu, changes[i]);
        outputs_expect_event(gpu, false, same);
    }
    outputs_set(gpu, "[]");
    outputs_set(gpu, "[{}]");
    outputs_expect_event(gpu, false, "nothing was changed");
}

/* What is read can be written, and changes nothing. */
static void test_round_trip(void)
{
    struct gpu *gpu = gpu_boot_with(",max_outputs=16", true);
    g_autofree char *before = NULL, *after = NULL;

    wish(gpu, 3, 1600, 900);
    outputs_set(gpu, "[{}, {\"refresh\": 59.94, \"xres\": 4096}]");
    outputs_take_event(gpu);
    before = outputs_text(gpu);
    outputs_set(gpu, before);
    outputs_expect_event(gpu, false, "the same state");
    after = outputs_text(gpu);
    expect_true(g_str_equal(before, after), "%s became %s", before, after);
}

static void test_operator_decides(void)
{
    struct gpu *gpu = gpu_boot_with("", true);

    wish(gpu, 0, 1600, 900);
    outputs_expect_size(gpu, 0, 1600, 900);
    outputs_expect_text(gpu, 0, "control", "client");
    outputs_set(gpu, "[{\"refresh\": 50}]");
    outputs_expect_text(gpu, 0, "control", "operator");
    outputs_expect_size(gpu, 0, 1600, 900);
    outputs_set(gpu, "[{\"xres\": 1024, \"yres\": 768}]");
    outputs_take_event(gpu);
    wish(gpu, 0, 800, 600);
    outputs_expect_event(gpu, false, "a client's wish");
    outputs_expect_size(gpu, 0, 1024, 768);
    outputs_set(gpu, "[{\"control\": \"client\"}]");
    outputs_expect_event(gpu, true, "the client got the head back");
    outputs_expect_size(gpu, 0, 800, 600);
    outputs_set(gpu, "[{\"control\": \"operator\"}]");
    outputs_expect_event(gpu, false, "the operator kept what there is");
    wish(gpu, 0, 640, 480);
    outputs_expect_size(gpu, 0, 800, 600);
}

/* A size for now. */
static void test_client_goes_on(void)
{
    struct gpu *gpu = gpu_boot_with("", true);

    wish(gpu, 0, 1600, 900);
    outputs_set(gpu, "[{\"xres\": 1024, \"yres\": 768, \"control\": "
                "\"client\"}]");
    outputs_expect_size(gpu, 0, 1024, 768);
    wish(gpu, 0, 800, 600);
    outputs_expect_size(gpu, 0, 800, 600);
}

/* An operator who says nothing of the monitor leaves it to the client. */
static void test_name_only(void)
{
    struct gpu *gpu = gpu_boot_with("", true);

    outputs_set(gpu, "[{\"name\": \"desk\", \"xmax\": 1024}]");
    outputs_expect_text(gpu, 0, "control", "client");
    outputs_expect_size(gpu, 0, 1024, 800);
    wish(gpu, 0, 1920, 600);
    outputs_expect_size(gpu, 0, 1024, 600);
    outputs_set(gpu, "[{\"xmax\": 0}]");
    outputs_expect_size(gpu, 0, 1920, 600);
}

/* --- wrong input -------------------------------------------------------- */

struct refusal {
    const char *name;
    const char *json;
    const char *words[2];       /* cause and remedy */
};

static const struct refusal refusals[] = {
    { "number", "5", { "no array", "[{\"name\"" } },
    { "null", "null", { "no array", "[{\"name\"" } },
    { "object", "{\"xres\": 5}", { "no array", "[{\"name\"" } },
    { "no-json", "\"garbage\"", { "no JSON", "[{\"name\"" } },
    { "empty-text", "\"\"", { "no JSON", "[{\"name\"" } },
    { "half-text", "\"[{\"", { "no JSON", "[{\"name\"" } },
    { "twice", "\"[{\\\"x\\\": 1, \\\"x\\\": 2}]\"",
      { "duplicate", "[{\"name\"" } },
    { "list-in-it", "[[]]", { "outputs[0] is no object", "{}" } },
    { "null-in-it", "[{}, null]", { "outputs[1] is no object", "{}" } },
    { "too-many", "[{}, {}, {}]", { "3 elements", "max_outputs=3" } },
    { "far-too-many", "[{}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, {}, "
      "{}, {}, {}, {}]", { "more than 16", "no more heads" } },
    { "unknown", "[{\"colour\": 1}]", { "colour", "choose from name" } },
    { "unknown-line", "[{\"a\\nb\": 1}]", { "a\\nb", "choose from name" } },
    { "connected", "[{\"connected\": 1}]", { "connected", "true or false" } },
    { "xres-0", "[{\"xres\": 0}]", { "xres", "1 to 32767" } },
    { "xres-far", "[{\"xres\": 32768}]", { "xres", "1 to 32767" } },
    { "xres-negative", "[{\"xres\": -1}]", { "xres", "1 to 32767" } },
    { "xres-huge", "[{\"xres\": 4294967396}]", { "xres", "1 to 32767" } },
    { "xres-endless", "[{\"xres\": 1e300}]", { "xres", "1 to 32767" } },
    { "xres-fraction", "[{\"xres\": 800.5}]", { "xres", "whole" } },
    { "xres-text", "[{\"xres\": \"800\"}]", { "xres", "whole" } },
    { "yres", "[{}, {\"yres\": 32768}]", { "outputs[1]", "1 to 32767" } },
    { "x", "[{\"x\": -1}]", { "\"x\"", "0 to" } },
    { "y", "[{\"y\": 524273}]", { "\"y\"", "0 to" } },
    { "refresh-low", "[{\"refresh\": 9.9}]", { "refresh", "10 to 500" } },
    { "refresh-high", "[{\"refresh\": 501}]", { "refresh", "10 to 500" } },
    { "refresh-endless", "[{\"refresh\": 1e300}]", { "refresh", "500" } },
    { "refresh-negative", "[{\"refresh\": -60}]", { "refresh", "500" } },
    { "refresh-text", "[{\"refresh\": \"60\"}]", { "refresh", "500" } },
    { "widthmm", "[{\"widthmm\": 9, \"heightmm\": 9}]",
      { "widthmm", "10 to 2559" } },
    { "heightmm", "[{\"widthmm\": 600}]", { "heightmm", "set both" } },
    { "name-long", "[{\"name\": \"0123456789abc\"}]", { "name", "12" } },
    { "name-line", "[{\"name\": \"a\\nb\"}]", { "name", "ASCII" } },
    { "name-umlaut", "[{\"name\": \"gr\u00fcn\"}]", { "name", "ASCII" } },
    { "name-number", "[{\"name\": 1}]", { "name", "ASCII" } },
    { "serial", "[{\"serial\": \"0123456789abc\"}]", { "serial", "12" } },
    { "vendor-short", "[{\"vendor\": \"AB\"}]", { "vendor", "three" } },
    { "vendor-small", "[{\"vendor\": \"abc\"}]", { "vendor", "capital" } },
    { "control", "[{\"control\": \"guest\"}]", { "control", "operator" } },
    { "no-memory", "[{\"xres\": 16384, \"yres\": 4097}]",
      { "no memory", "max_hostmem=" } },
    { "more-than-max", "[{\"xres\": 1200, \"xmax\": 1024}]",
      { "more than its xmax", "raise" } },
    { "only-the-last", "[{\"xres\": 800}, {\"yres\": 0}]",
      { "outputs[1]", "yres" } },
};

/* One sentence with cause and remedy; nothing changes and there is no event. */
static void test_refusal(const void *data)
{
    const struct refusal *r = data;
    struct gpu *gpu = gpu_boot_with(",max_outputs=2", false);
    g_autofree char *before = outputs_text(gpu), *after = NULL, *text = NULL;

    text = outputs_refusal(gpu, r->json);
    g_test_message("%s", text);
    expect_true(!strchr(text, '\n'), "more than one line: %s", text);
    for (unsigned i = 0; i < G_N_ELEMENTS(r->words); i++) {
        expect_true(strstr(text, r->words[i]), "an error that says \"%s\": %s",
                    r->words[i], text);
    }
    outputs_expect_event(gpu, false, "a refusal");
    after = outputs_text(gpu);
    expect_true(g_str_equal(before, after), "%s became %s", before, after);
    gpu_expect_alive(gpu);
}

/* HMP reads and writes by visitors of strings, which cannot do as much. */
static void test_monitor(void)
{
    struct gpu *gpu = gpu_boot_with("", false);
    g_autofree char *tree = NULL, *refusal = NULL, *text = NULL;

    refusal = qtest_hmp(gpu->guest->qts,
                        "qom-set /machine/peripheral/gpu outputs 5");
    expect_true(strstr(refusal, "no array"), "HMP says %s", refusal);
    text = qtest_hmp(gpu->guest->qts, "qom-set /machine/peripheral/gpu outputs "
                     "[{\"name\":\"HMP\",\"xres\":800,\"yres\":600}]");
    outputs_expect_size(gpu, 0, 800, 600);
    tree = qtest_hmp(gpu->guest->qts, "info qtree");
    expect_true(strstr(tree, "\"HMP\""), "info qtree has no outputs");
}

int main(int argc, char **argv)
{
    static const char *const types[] = {
        "virtio-gpu-pci", "virtio-vga", "virtio-gpu-gl-pci", "virtio-vga-gl",
    };

    harness_init(&argc, &argv);
    harness_add("/outputs/start/stock", test_stock);
    for (unsigned i = 0; i < G_N_ELEMENTS(types); i++) {
        g_autofree char *path = g_strdup_printf("/outputs/start/%s", types[i]);

        harness_add_data(path, test_start, types[i]);
    }
    harness_add_data("/outputs/start/text", test_as_text,
                     "-device virtio-gpu-pci,id=gpu,outputs='[{\"name\": "
                     "\"text\",,\"xres\": 640,,\"yres\": 480}]'");
    harness_add_data("/outputs/start/global", test_as_text,
                     "-global virtio-gpu-device.outputs='[{\"name\": \"text\","
                     "\"xres\": 640,\"yres\": 480}]' "
                     "-device virtio-gpu-pci,id=gpu");
    harness_add("/outputs/plug", test_plug);
    harness_add("/outputs/events", test_events);
    harness_add("/outputs/round-trip", test_round_trip);
    harness_add("/outputs/operator-decides", test_operator_decides);
    harness_add("/outputs/client-goes-on", test_client_goes_on);
    harness_add("/outputs/name-only", test_name_only);
    harness_add("/outputs/monitor", test_monitor);
    for (unsigned i = 0; i < G_N_ELEMENTS(refusals); i++) {
        g_autofree char *path = g_strdup_printf("/outputs/refused/%s",
                                                refusals[i].name);

        harness_add_data(path, test_refusal, &refusals[i]);
    }
    return harness_run();
}
