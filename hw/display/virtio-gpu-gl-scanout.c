/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "virtio-gpu-gl-scanout.h"

#include "hw/virtio/virtio-gpu.h"
#include "qemu-compat.h"
#include "qemu/main-loop.h"
#include "qemu/timer.h"
#include "shared-picture.h"

/*
 * A display that takes longer, behind another window perhaps, is not waited for
 * until it draws again.
 */
#define PATIENCE_MS 250

enum takes {
    TAKES_NOTHING,
    TAKES_LINEAR,               /* does not look at modifiers */
    TAKES_ALL,
};

struct VirtIOGPUGLScanout {
    int takes;                  /* atomic, enum takes: by the main loop */
    QemuDmaBuf *dmabuf;         /* what the displays have, or NULL */
    struct vgpu_dmabuf *shown;  /* the same */
    bool is_leaving;            /* it ends as soon as they are done with it */
    GArray *tokens;             /* of flushes that wait for it, or NULL */
    struct vgpu_shared_picture next;    /* that they are to be told of */
    QEMUTimer *timer;
    bool is_stuck;              /* they have not drawn for too long */
};

/* --- the displays ----------------------------------------------------- */

static enum takes takes_of(const DisplayChangeListener *listener)
{
    const DisplayChangeListenerOps *ops = listener->ops;

    if (g_str_equal(ops->dpy_name, "egl-headless") ||
        !ops->dpy_gl_scanout_dmabuf || !ops->dpy_gl_update ||
        (ops->dpy_has_dmabuf &&
         !ops->dpy_has_dmabuf((DisplayChangeListener *)listener))) {
        return TAKES_NOTHING;
    }
    return g_str_equal(ops->dpy_name, "spice-egl") ? TAKES_LINEAR : TAKES_ALL;
}

/* Behind our listener, which was registered last, stand all others. */
static enum takes find_takes(const VirtIOGPUOutput *output)
{
    const DisplayChangeListener *listener = &output->gpu->listener;
    enum takes takes = TAKES_ALL;
    bool has_one = false;

    while ((listener = QLIST_NEXT(listener, next))) {
        if (listener->con == output->con && listener->ops->dpy_gfx_switch) {
            takes = MIN(takes, takes_of(listener));
            has_one = true;
        }
    }
    return has_one ? takes : TAKES_NOTHING;
}

void virtio_gpu_gl_find_displays(VirtIOGPUOutput *output)
{
    enum takes takes = TAKES_NOTHING;

    if (console_has_gl(output->con) && output->gpu->listening) {
        takes = find_takes(output);
    }
    qatomic_set(&output->gl->takes, takes);
}

bool virtio_gpu_gl_takes_any(const VirtIOGPUOutput *output)
{
    return qatomic_read(&output->gl->takes) != TAKES_NOTHING;
}

bool virtio_gpu_gl_takes(const VirtIOGPUOutput *output,
                         const struct vgpu_dmabuf *dmabuf)
{
    int takes = qatomic_read(&output->gl->takes);

    return takes != TAKES_NOTHING && virtio_gpu_compat_has_place_for(dmabuf) &&
           (takes == TAKES_ALL || dmabuf->modifier == VGPU_MODIFIER_LINEAR);
}

/* --- flushes that wait ------------------------------------------------ */

static void release(VirtIOGPUOutput *output, GArray **tokens)
{
    VirtIOGPU *gpu = container_of(output->gpu, VirtIOGPU, parent_obj);

    for (guint i = 0; *tokens && i < (*tokens)->len; i++) {
        virtio_gpu_fences_done(gpu, g_array_index(*tokens, uint64_t, i), false);
    }
    g_clear_pointer(tokens, g_array_unref);
}

static void release_all(VirtIOGPUOutput *output)
{
    release(output, &output->gl->tokens);
    release(output, &output->gl->next.tokens);
}

static void move_tokens(GArray **from, GArray **to)
{
    if (!*from) {
        return;
    }
    if (*to) {
        g_array_append_vals(*to, (*from)->data, (*from)->len);
        g_array_unref(*from);
    } else {
        *to = *from;
    }
    *from = NULL;
}

static bool is_blocked(const VirtIOGPUOutput *output)
{
    return qemu_console_is_gl_blocked(output->con);
}

/* What waits does so from now on, or, for displays that are stuck, no more. */
static void wait_for_displays(VirtIOGPUOutput *output)
{
    struct VirtIOGPUGLScanout *gl = output->gl;

    if (!is_blocked(output) || gl->is_stuck) {
        release_all(output);
    } else if ((gl->tokens || gl->next.tokens) && !timer_pending(gl->timer)) {
        timer_mod(gl->timer,
                  qemu_clock_get_ms(QEMU_CLOCK_REALTIME) + PATIENCE_MS);
    }
}

static void give_up(void *opaque)
{
    VirtIOGPUOutput *output = opaque;

    output->gl->is_stuck = true;
    release_all(output);
}

void virtio_gpu_gl_block(void *opaque, bool block)
{
    VirtIOGPUOutput *output = opaque;
    struct VirtIOGPUGLScanout *gl = output->gl;

    if (block) {
        return;
    }
    gl->is_stuck = false;
    timer_del(gl->timer);
    release(output, &gl->tokens);
    /* Not from here, where a display is in the middle of something. */
    if (gl->is_leaving || gl->next.tokens ||
        pixman_region32_not_empty(&gl->next.damage)) {
        qemu_bh_schedule(output->gpu->display_bh);
    }
}

/* --- what they show --------------------------------------------------- */

bool virtio_gpu_gl_shows(const VirtIOGPUOutput *output)
{
    return (output->gl->shown && !output->gl->is_leaving) ||
           output->gl->next.dmabuf;
}

/*
 * Before they have another: QEMU's D-Bus display takes the end of any for the end
 * of the picture.
 */
static void end(VirtIOGPUOutput *output)
{
    struct VirtIOGPUGLScanout *gl = output->gl;

    if (gl->dmabuf) {
        dpy_gl_release_dmabuf(output->con, gl->dmabuf);
        g_clear_pointer(&gl->dmabuf, qemu_dmabuf_free);
        g_clear_pointer(&gl->shown, vgpu_dmabuf_unref);
    }
    gl->is_leaving = false;
}

/*
 * Not while they draw: GTK still looks at what it draws, and when told to draw
 * something else it never says that it is done.
 */
static void stop(VirtIOGPUOutput *output)
{
    dpy_gl_scanout_disable(output->con);
    end(output);
}

/* What the console was given while they drew the one that ended now. */
static void show_surface_again(VirtIOGPUOutput *output)
{
    DisplaySurface *surface = qemu_console_surface(output->con);
    DisplaySurface *again = NULL;

    if (surface && !surface_is_placeholder(surface)) {
        again = qemu_create_displaysurface_pixman(surface->image);
        qemu_displaysurface_set_share_handle(again, surface->share_handle,
                                             surface->share_handle_offset);
    }
    if (output->surface == surface) {
        output->surface = again;
    }
    dpy_gfx_replace_surface(output->con, again);
    dpy_gfx_update_full(output->con);
}

/* A dma-buf that is new to them is drawn whole. */
static void begin(VirtIOGPUOutput *output)
{
    struct VirtIOGPUGLScanout *gl = output->gl;
    struct vgpu_dmabuf *dmabuf = gl->next.dmabuf;

    end(output);
    gl->shown = vgpu_dmabuf_ref(dmabuf);
    gl->dmabuf = virtio_gpu_compat_dmabuf(dmabuf);
    dpy_gl_scanout_dmabuf(output->con, gl->dmabuf);
    pixman_region32_fini(&gl->next.damage);
    pixman_region32_init_rect(&gl->next.damage, 0, 0, dmabuf->shown.width,
                              dmabuf->shown.height);
}

/*
 * One rectangle at a time, and the next when they are done: SPICE counts one end
 * for several that come together.
 */
static void submit(VirtIOGPUOutput *output)
{
    struct VirtIOGPUGLScanout *gl = output->gl;
    pixman_box32_t box;

    if (gl->next.dmabuf != gl->shown || gl->is_leaving) {
        begin(output);
    }
    move_tokens(&gl->next.tokens, &gl->tokens);
    if (pixman_region32_not_empty(&gl->next.damage)) {
        box = *pixman_region32_extents(&gl->next.damage);
        pixman_region32_clear(&gl->next.damage);
        dpy_gl_update(output->con, box.x1, box.y1, box.x2 - box.x1,
                      box.y2 - box.y1);
    }
}

void virtio_gpu_gl_continue(VirtIOGPUOutput *output)
{
    struct VirtIOGPUGLScanout *gl = output->gl;

    if (!is_blocked(output)) {
        if (gl->next.dmabuf) {
            submit(output);
        } else if (gl->is_leaving) {
            stop(output);
            show_surface_again(output);
        }
    }
    wait_for_displays(output);
}

void virtio_gpu_gl_show(VirtIOGPUOutput *output,
                        const struct vgpu_shared_picture *picture)
{
    struct VirtIOGPUGLScanout *gl = output->gl;

    vgpu_shared_picture_put(&gl->next, picture->dmabuf, &picture->damage, 0);
    for (guint i = 0; picture->tokens && i < picture->tokens->len; i++) {
        vgpu_shared_picture_put(&gl->next, picture->dmabuf, &picture->damage,
                                g_array_index(picture->tokens, uint64_t, i));
    }
    virtio_gpu_gl_continue(output);
}

void virtio_gpu_gl_tell(VirtIOGPUOutput *output,
                        const struct vgpu_shared_picture *picture)
{
    GArray *tokens = picture->tokens;

    if (tokens && !virtio_gpu_gl_shows(output)) {
        tokens = g_array_ref(tokens);
        release(output, &tokens);
    }
}

void virtio_gpu_gl_leave(VirtIOGPUOutput *output)
{
    struct VirtIOGPUGLScanout *gl = output->gl;

    release_all(output);
    vgpu_shared_picture_drop(&gl->next);
    gl->is_leaving = gl->dmabuf != NULL;
    if (gl->is_leaving && !is_blocked(output)) {
        stop(output);
    }
}

void virtio_gpu_gl_again(VirtIOGPUOutput *output)
{
    struct VirtIOGPUGLScanout *gl = output->gl;

    gl->is_leaving = gl->dmabuf != NULL;
    if (gl->next.dmabuf) {
        pixman_region32_union_rect(&gl->next.damage, &gl->next.damage, 0, 0,
                                   gl->next.dmabuf->shown.width,
                                   gl->next.dmabuf->shown.height);
    }
    virtio_gpu_gl_continue(output);
}

void virtio_gpu_gl_init(VirtIOGPUOutput *output)
{
    output->gl = g_new0(struct VirtIOGPUGLScanout, 1);
    vgpu_shared_picture_init(&output->gl->next);
    output->gl->timer = timer_new_ms(QEMU_CLOCK_REALTIME, give_up, output);
}

void virtio_gpu_gl_finish(VirtIOGPUOutput *output)
{
    struct VirtIOGPUGLScanout *gl = output->gl;

    g_clear_pointer(&gl->tokens, g_array_unref);
    g_clear_pointer(&gl->next.tokens, g_array_unref);
    virtio_gpu_gl_leave(output);
    end(output);
    vgpu_shared_picture_finish(&gl->next);
    timer_free(gl->timer);
    g_clear_pointer(&output->gl, g_free);
}
