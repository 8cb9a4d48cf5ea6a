/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * zero-memory=: what a guest reads of new textures and buffers where those come
 * with what somebody left there, which dirty-memory.c is preloaded for.
 */
#include "qemu/osdep.h"

#include "draw.h"
#include "gl.h"
#include "gl-window.h"
#include "harness.h"

#define DIRT 0x5au              /* of dirty-memory.c */
#define ID 9u
#define BYTES 65536u

static void expect_bytes(const struct gl_texture *texture, uint8_t want,
                         const char *what)
{
    const uint8_t *data = gl_memory(texture);

    memset(gl_memory(texture), GPU_POISON, texture->backing_bytes);
    gl_from_host(texture, NULL);
    for (uint32_t i = 0; i < texture->backing_bytes; i++) {
        expect_eq(data[i], want, "byte %u of %s", i, what);
    }
}

/* New ones, and such as are made where one was. */
static void expect_new(struct gpu *gpu, uint8_t want)
{
    struct gl_texture texture = {
        .id = ID, .width = 200, .height = 120, .backing_bytes = 200 * 120 * 4,
    };
    struct gl_texture buffer = {
        .id = ID, .width = BYTES, .bind = VIRGL_BIND_VERTEX_BUFFER,
        .backing_bytes = BYTES,
    };

    for (unsigned i = 0; i < 3; i++) {
        gl_create(&texture, gpu);
        expect_bytes(&texture, want, "a new texture");
        draw_unref(gpu, ID);
        gl_create(&buffer, gpu);
        expect_bytes(&buffer, want, "a new buffer");
        draw_unref(gpu, ID);
    }
}

static void test_on(void)
{
    expect_new(gl_boot_kept(",zero-memory=on"), 0);
}

static void test_off(void)
{
    expect_new(gl_boot_kept(",zero-memory=off"), DIRT);
}

/* The software rasterizer clears by itself. */
static void test_auto(void)
{
    expect_new(gl_boot_kept(""), DIRT);
}

/* What a stream made, and the guest maps. */
static void expect_blob(const char *zero, uint8_t want)
{
    g_autofree char *properties =
        g_strdup_printf(",blob=on,hostmem=16M,zero-memory=%s", zero);
    struct gpu *gpu = gl_boot(properties, false, NULL);

    gl_create_context(gpu, 1, "first");
    window_create(gpu, ID, WINDOW_BYTES);
    window_map(gpu, ID, 0);
    window_expect(gpu, 0, want, WINDOW_BYTES, "new memory");
}

static void test_blob_off(void)
{
    expect_blob("off", DIRT);
}

static void test_blob_on(void)
{
    expect_blob("on", 0);
}

/* OpenGL of a driver that cannot. */
static void test_refused(void)
{
    g_autofree char *text = NULL;

    g_setenv("MESA_GL_VERSION_OVERRIDE", "4.3", true);
    g_setenv("MESA_EXTENSION_OVERRIDE", "+GL_ARB_direct_state_access", true);
    g_setenv("LACKS", "GL_ARB_clear_texture", true);
    text = guest_refusal(NULL, "-device virtio-gpu-gl-pci,renderer=software,"
                         "zero-memory=on");
    expect_true(strstr(text, "lacks GL_ARB_clear_texture") &&
                strstr(text, "zero-memory=off"), "refused with: %s", text);
}

int main(int argc, char **argv)
{
    gl_preload("QTEST_DIRTY_MEMORY");
    harness_init(&argc, &argv);
    harness_add("/zero/on", test_on);
    harness_add("/zero/off", test_off);
    harness_add("/zero/auto", test_auto);
    harness_add("/zero/blob-off", test_blob_off);
    harness_add("/zero/blob-on", test_blob_on);
    harness_add("/zero/refused", test_refused);
    return harness_run();
}
