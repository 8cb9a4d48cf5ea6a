/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
/*
 * A display with OpenGL that has none, as QEMU's "-display egl-headless": takes
 * dma-bufs, and writes what it is told into the file QTEST_GL_VIEWER, a line for
 * each.  While the file beside it that ends with .busy is there it is not done
 * with what it draws.
 */
#include "qemu/osdep.h"

#include "qapi/error.h"
#include "qapi/qapi-types-ui.h"
#include "qapi/util.h"
#include "qemu/module.h"
#include "qemu/timer.h"
#include "ui/console.h"
#include "ui/dmabuf.h"

typedef struct Viewer {
    DisplayChangeListener listener;
    DisplayGLCtx context;
    QEMUTimer *timer;
    unsigned drawing;
} Viewer;

static void G_GNUC_PRINTF(1, 2) note(const char *format, ...)
{
    FILE *file = fopen(getenv("QTEST_GL_VIEWER"), "a");
    va_list args;

    va_start(args, format);
    vfprintf(file, format, args);
    va_end(args);
    fclose(file);
}

static bool is_busy(void)
{
    g_autofree char *path = g_strconcat(getenv("QTEST_GL_VIEWER"), ".busy",
                                        NULL);

    return access(path, F_OK) == 0;
}

static void look_again(void *opaque)
{
    Viewer *viewer = opaque;

    if (!is_busy()) {
        while (viewer->drawing) {
            viewer->drawing--;
            graphic_hw_gl_block(viewer->listener.con, false);
        }
        note("done\n");
        return;
    }
    timer_mod(viewer->timer, qemu_clock_get_ms(QEMU_CLOCK_REALTIME) + 5);
}

static void viewer_refresh(DisplayChangeListener *listener)
{
    graphic_hw_update(listener->con);
}

static void viewer_gfx_switch(DisplayChangeListener *listener,
                              DisplaySurface *surface)
{
    note("surface %dx%d\n", surface_width(surface), surface_height(surface));
}

static void viewer_gfx_update(DisplayChangeListener *listener, int x, int y,
                              int w, int h)
{
    note("pixels %dx%d+%d+%d\n", w, h, x, y);
}

/* As GTK, which is never done with what it was drawing then. */
static void viewer_disable(DisplayChangeListener *listener)
{
    Viewer *viewer = container_of(listener, Viewer, listener);

    note("disable\n");
    timer_del(viewer->timer);
}

static void viewer_texture(DisplayChangeListener *listener, uint32_t id,
                           bool y_0_top, uint32_t backing_width,
                           uint32_t backing_height, uint32_t x, uint32_t y,
                           uint32_t w, uint32_t h, void *d3d)
{
    note("texture\n");
}

static void viewer_dmabuf(DisplayChangeListener *listener, QemuDmaBuf *dmabuf)
{
    struct stat status;

    fstat(qemu_dmabuf_get_fd(dmabuf), &status);
    note("dmabuf %ux%u stride %u bytes %lld\n", qemu_dmabuf_get_width(dmabuf),
         qemu_dmabuf_get_height(dmabuf), qemu_dmabuf_get_stride(dmabuf),
         (long long)status.st_size);
}

static void viewer_release(DisplayChangeListener *listener, QemuDmaBuf *dmabuf)
{
    note("release\n");
}

static void viewer_update(DisplayChangeListener *listener, uint32_t x,
                          uint32_t y, uint32_t w, uint32_t h)
{
    Viewer *viewer = container_of(listener, Viewer, listener);

    note("update %ux%u+%u+%u\n", w, h, x, y);
    if (is_busy()) {
        viewer->drawing++;
        graphic_hw_gl_block(listener->con, true);
        look_again(viewer);
    }
}

static const DisplayChangeListenerOps listener_ops = {
    .dpy_name = "gl-viewer",
    .dpy_refresh = viewer_refresh,
    .dpy_gfx_switch = viewer_gfx_switch,
    .dpy_gfx_update = viewer_gfx_update,
    .dpy_gl_scanout_disable = viewer_disable,
    .dpy_gl_scanout_texture = viewer_texture,
    .dpy_gl_scanout_dmabuf = viewer_dmabuf,
    .dpy_gl_release_dmabuf = viewer_release,
    .dpy_gl_update = viewer_update,
};

static bool is_compatible(DisplayGLCtx *context,
                          DisplayChangeListener *listener)
{
    return true;
}

static const DisplayGLCtxOps context_ops = {
    .dpy_gl_ctx_is_compatible_dcl = is_compatible,
};

static void viewer_init(DisplayState *state, DisplayOptions *options)
{
    QemuConsole *con;

    for (int i = 0; (con = qemu_console_lookup_by_index(i)); i++) {
        Viewer *viewer = g_new0(Viewer, 1);

        viewer->listener.con = con;
        viewer->listener.ops = &listener_ops;
        viewer->context.ops = &context_ops;
        viewer->timer = timer_new_ms(QEMU_CLOCK_REALTIME, look_again, viewer);
        qemu_console_set_display_gl_ctx(con, &viewer->context);
        register_displaychangelistener(&viewer->listener);
    }
}

static QemuDisplay display = {
    .init = viewer_init,
};

/* The enumeration has a number more for each display that a QEMU is built with. */
static void register_viewer(void)
{
    display.type = qapi_enum_parse(&DisplayType_lookup, "egl-headless", 0,
                                   &error_abort);
    qemu_display_register(&display);
}

type_init(register_viewer);
