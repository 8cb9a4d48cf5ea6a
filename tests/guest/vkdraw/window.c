/*
 * SPDX-License-Identifier: GPL-2.0-or-later
 * Copyright (c) 2026 The qemu-virtio-gpu authors
 */
#include "window.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <wayland-client.h>

#include "vkdraw.h"
#include "xdg-shell.h"

#define BYTES (SIDE * SIDE * 4)

static struct wl_display *display;
static struct wl_compositor *compositor;
static struct wl_shm *shm;
static struct xdg_wm_base *shell;
static struct wl_surface *surface;
static struct wl_buffer *buffer;
static unsigned char *pixels;
static bool is_configured, is_drawn, is_released;

static void wait_for(const bool *condition)
{
    while (!*condition) {
        if (wl_display_dispatch(display) < 0) {
            printf("error wayland: the compositor is gone\n");
            exit(1);
        }
    }
}

static void ping(void *data, struct xdg_wm_base *base, uint32_t serial)
{
    (void)data;
    xdg_wm_base_pong(base, serial);
}

static const struct xdg_wm_base_listener shell_listener = { .ping = ping };

static void add_global(void *data, struct wl_registry *registry, uint32_t name,
                       const char *interface, uint32_t version)
{
    (void)data;
    (void)version;
    if (!strcmp(interface, wl_compositor_interface.name)) {
        compositor = wl_registry_bind(registry, name, &wl_compositor_interface,
                                      4);
    } else if (!strcmp(interface, wl_shm_interface.name)) {
        shm = wl_registry_bind(registry, name, &wl_shm_interface, 1);
    } else if (!strcmp(interface, xdg_wm_base_interface.name)) {
        shell = wl_registry_bind(registry, name, &xdg_wm_base_interface, 1);
        xdg_wm_base_add_listener(shell, &shell_listener, NULL);
    }
}

static void remove_global(void *data, struct wl_registry *registry,
                          uint32_t name)
{
    (void)data;
    (void)registry;
    (void)name;
}

static const struct wl_registry_listener registry_listener = {
    .global = add_global,
    .global_remove = remove_global,
};

static void configure(void *data, struct xdg_surface *xdg, uint32_t serial)
{
    (void)data;
    xdg_surface_ack_configure(xdg, serial);
    is_configured = true;
}

static const struct xdg_surface_listener surface_listener = {
    .configure = configure,
};

/* The size that is wished, and the end: neither is for us to follow. */
static void configure_toplevel(void *data, struct xdg_toplevel *toplevel,
                               int32_t width, int32_t height,
                               struct wl_array *states)
{
    (void)data;
    (void)toplevel;
    (void)width;
    (void)height;
    (void)states;
}

static void close_toplevel(void *data, struct xdg_toplevel *toplevel)
{
    (void)data;
    (void)toplevel;
}

static const struct xdg_toplevel_listener toplevel_listener = {
    .configure = configure_toplevel,
    .close = close_toplevel,
};

static void release(void *data, struct wl_buffer *released)
{
    (void)data;
    (void)released;
    is_released = true;
}

static const struct wl_buffer_listener buffer_listener = { .release = release };

static void drawn(void *data, struct wl_callback *callback, uint32_t time)
{
    (void)data;
    (void)time;
    wl_callback_destroy(callback);
    is_drawn = true;
}

static const struct wl_callback_listener frame_listener = { .done = drawn };

static void create_buffer(void)
{
    int file = memfd_create("vkdraw", MFD_CLOEXEC);
    struct wl_shm_pool *pool;

    if (file < 0 || ftruncate(file, BYTES) ||
        (pixels = mmap(NULL, BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, file,
                       0)) == MAP_FAILED) {
        perror("memory for a window");
        exit(1);
    }
    pool = wl_shm_create_pool(shm, file, BYTES);
    buffer = wl_shm_pool_create_buffer(pool, 0, SIDE, SIDE, SIDE * 4,
                                       WL_SHM_FORMAT_XRGB8888);
    wl_buffer_add_listener(buffer, &buffer_listener, NULL);
    wl_shm_pool_destroy(pool);
    close(file);
    is_released = true;
}

void window_open(void)
{
    struct xdg_surface *xdg;
    struct xdg_toplevel *toplevel;

    display = wl_display_connect(NULL);
    if (!display) {
        printf("error wayland: no compositor\n");
        exit(1);
    }
    wl_registry_add_listener(wl_display_get_registry(display),
                             &registry_listener, NULL);
    wl_display_roundtrip(display);
    if (!compositor || !shm || !shell) {
        printf("error wayland: no compositor, shm or shell\n");
        exit(1);
    }
    create_buffer();
    surface = wl_compositor_create_surface(compositor);
    xdg = xdg_wm_base_get_xdg_surface(shell, surface);
    xdg_surface_add_listener(xdg, &surface_listener, NULL);
    toplevel = xdg_surface_get_toplevel(xdg);
    xdg_toplevel_add_listener(toplevel, &toplevel_listener, NULL);
    xdg_toplevel_set_title(toplevel, "vkdraw");
    wl_surface_commit(surface);
    wait_for(&is_configured);
}

void window_show(const unsigned char *rgba)
{
    wait_for(&is_released);
    for (int i = 0; i < BYTES; i += 4) {
        pixels[i] = rgba[i + 2];
        pixels[i + 1] = rgba[i + 1];
        pixels[i + 2] = rgba[i];
    }
    is_released = is_drawn = false;
    wl_callback_add_listener(wl_surface_frame(surface), &frame_listener, NULL);
    wl_surface_attach(surface, buffer, 0, 0);
    wl_surface_damage_buffer(surface, 0, 0, SIDE, SIDE);
    wl_surface_commit(surface);
    wait_for(&is_drawn);
}

void window_stay(void)
{
    bool never = false;

    wait_for(&never);
}
