/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Copyright (c) 2026 The qemu-virtio-gpu authors */
#include "qemu/osdep.h"

#include "hw/virtio/virtio-gpu.h"

#include "qemu/main-loop.h"
#include "qemu/timer.h"
#include "virtio-gpu-gl-scanout.h"

/* Between our kicks the listener asks for nothing, ms. */
#define LISTENER_IDLE_MS 3000

/*
 * The displays behind us in QEMU's list refresh now, all in one call of a timer,
 * behind which this one comes first: it is long due.
 */
static void bracket_refresh(VirtIOGPUBase *base)
{
    base->is_refresh = true;
    timer_mod_ns(base->refresh_timer, 0);
}

static void refresh_ended(void *opaque)
{
    VirtIOGPUBase *base = opaque;

    base->is_refresh = false;
}

/*
 * Everybody looks now: no need to do so again before our next kick.  If somebody
 * who looked before us found a picture that others did not see, that is as soon
 * as a kick may be.
 */
static void listener_refresh(DisplayChangeListener *listener)
{
    VirtIOGPUBase *base = container_of(listener, VirtIOGPUBase, listener);

    bracket_refresh(base);
    update_displaychangelistener(listener, LISTENER_IDLE_MS);
    if (base->found_by_look) {
        base->kick_owed = true;
        timer_mod_anticipate_ns(base->present_timer, base->kick_at_ns);
    }
    base->found_by_look = false;
    if (!virtio_gpu_frames_are_looked_at(base)) {
        /* Not from here, where QEMU goes through the list. */
        qemu_bh_schedule(base->display_bh);
    }
}

static const DisplayChangeListenerOps listener_ops = {
    .dpy_name = "virtio-gpu",
    .dpy_refresh = listener_refresh,
    /* As others do: it is asked for the consoles of all devices. */
    .dpy_gfx_check_format = qemu_pixman_check_format,
};

void virtio_gpu_listener_start(VirtIOGPUBase *base)
{
    if (!base->listening) {
        base->listening = true;
        base->listener.update_interval = LISTENER_IDLE_MS;
        register_displaychangelistener(&base->listener);
        /* Who comes last is first in QEMU's list. */
        base->displays = base->listener.next.le_prev;
    }
}

static void end(VirtIOGPUBase *base)
{
    if (base->listening) {
        base->listening = false;
        unregister_displaychangelistener(&base->listener);
    }
}

void virtio_gpu_listener_stop(VirtIOGPUBase *base)
{
    if (!virtio_gpu_frames_are_looked_at(base)) {
        end(base);
    }
}

void virtio_gpu_listener_go_first(VirtIOGPUBase *base)
{
    end(base);
    virtio_gpu_listener_start(base);
}

bool virtio_gpu_listener_finds_glance(VirtIOGPUOutput *output)
{
    VirtIOGPUBase *base = output->gpu;

    bool has_gl = console_has_gl(output->con);

    if ((has_gl || base->pace_ns) && !base->is_refresh) {
        /* A screenshot, or a display that was opened behind our back. */
        virtio_gpu_listener_go_first(base);
    }
    if (has_gl) {
        virtio_gpu_gl_find_displays(output);
    }
    return base->is_refresh &&
           (base->pace_ns || virtio_gpu_gl_takes_any(output));
}

bool virtio_gpu_listener_is_dbus(const VirtIOGPUOutput *output)
{
    const DisplayChangeListener *display;
    bool has_one = false;

    if (!output->gpu->listening) {
        return false;
    }
    for (display = *output->gpu->displays; display;
         display = QLIST_NEXT(display, next)) {
        const char *name = display->ops->dpy_name;

        /* QEMU's own end of the console looks at nothing but the size. */
        if (!display->ops->dpy_gfx_switch || g_str_equal(name, "dbus-console") ||
            (display->con && display->con != output->con)) {
            continue;
        }
        if (!g_str_equal(name, "dbus")) {
            return false;
        }
        has_one = true;
    }
    return has_one;
}

void virtio_gpu_listener_init(VirtIOGPUBase *base)
{
    /* Of no console: otherwise all of ours would count as looked at. */
    base->listener.ops = &listener_ops;
    base->refresh_timer = timer_new_ns(QEMU_CLOCK_REALTIME, refresh_ended,
                                       base);
}

void virtio_gpu_listener_finish(VirtIOGPUBase *base)
{
    end(base);
    timer_free(base->refresh_timer);
}
